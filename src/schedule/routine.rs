//! What is asked by the clock and not by the money: catalogues, listings, scores, injuries, whole-season files. Where such an ask costs
//! credits, a keyless source that gives the same takes its place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use providers::{Ask, Auth, What};

use super::asked::{LastAsk, subject};
use super::cadence::LIVE_SECS;
use super::decide::Room;
use super::due::{Candidate, Draft, Priority, Reason};
use super::known::{Priced, Slate};
use super::slot::{Turns, salt, why_not};

/// How many days ahead listings are asked for, where they are asked day by day.
const DAYS_AHEAD: i64 = 7;
/// The shortest gap of a routine ask that costs credits.
const PRICED_GAP_SECS: i64 = 3600;
/// How often files of coming matches with prices in them are asked for.
const FIXTURES_SECS: i64 = 6 * 3600;

/// How often a game that is over is asked about.
const SUMMARY_SECS: i64 = 6 * 3600;
/// How often the moves of a league are asked for.
const MOVES_SECS: i64 = 6 * 3600;

/// Considers what is asked once for a provider.
pub(super) fn consider_catalogues<'a>(room: &Room<'a>, slates: &'a [Slate], draft: &mut Draft<'a>) {
    if offers(room, What::Sports) {
        consider_one(room, draft, None, &Ask::of(What::Sports, ""), &[], room.targets.catalogue_secs, 1);
    }
    if offers(room, What::Fixtures) {
        // One file tells of all sports: it is asked in the name of the first that it is offered for.
        let ask = slates.iter().map(|slate| Ask::of(What::Fixtures, &*slate.sport)).find(|ask| !room.provider.requests(ask).is_empty());
        if let Some(ask) = ask {
            consider_one(room, draft, None, &ask, &[], FIXTURES_SECS, 1);
        }
    }
}

/// Considers the routine asks of a sport.
pub(super) fn consider<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    let targets = &room.targets;
    if offers(room, What::Season) {
        let ask = Ask { day: slate.season.clone(), ..Ask::of(What::Season, &*slate.sport) };
        consider_one(room, draft, Some(slate), &ask, &[], targets.catalogue_secs, 1);
    }
    if offers(room, What::Participants) && is_keyless(room) {
        consider_one(room, draft, Some(slate), &Ask::of(What::Participants, &*slate.sport), &[], 7 * targets.catalogue_secs, 1);
    }
    consider_events(room, slate, draft);
    consider_injuries(room, slate, draft);
    consider_moves(room, slate, draft);
    consider_scores(room, slate, draft);
    consider_summaries(room, slate, draft);
}

/// What players did in games that are over: soon after the end, and again for corrections while the game is known.
fn consider_summaries<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    if !offers(room, What::Summary) || !is_keyless(room) {
        return;
    }
    for (at, listing) in slate.finished.iter().enumerate() {
        let ask = Ask { listing: Some(listing.clone()), ..Ask::of(What::Summary, &*slate.sport) };
        consider_one(room, draft, Some(slate), &ask, &[], SUMMARY_SECS, 1 + at as u64);
    }
}

fn consider_events<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    if !offers(room, What::Events) {
        return;
    }
    let also = told_by(slate);
    if !slate.lists.events_by_day {
        return consider_one(room, draft, Some(slate), &Ask::of(What::Events, &*slate.sport), &also, room.targets.events_secs, 1);
    }
    for ahead in 0..=DAYS_AHEAD {
        let day = day_of(slate, room.at.plus_secs(ahead * 86_400));
        let gap = if ahead <= 1 { room.targets.events_secs } else { room.targets.events_secs * 6 };
        let ask = Ask { day: Some(day), ..Ask::of(What::Events, &*slate.sport) };
        consider_one(room, draft, Some(slate), &ask, &also, gap, 1 + ahead as u64);
    }
}

/// Asks whose call is the same as the one for listings.
fn told_by(slate: &Slate) -> Vec<What> {
    let lists = slate.lists;
    [(lists.odds_tell_events, What::Odds), (lists.scores_tell_events, What::Scores)]
        .into_iter()
        .filter(|(tells, _)| *tells)
        .map(|(_, what)| what)
        .collect()
}

fn consider_injuries<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    if !offers(room, What::Injuries) {
        return;
    }
    match slate.timeline.phase(room.at) {
        (Some(_), _) => {
            let plain = Ask::of(What::Injuries, &*slate.sport);
            // moves of a league are asked for by its day; lists are of now
            let day = if slate.lists.injuries_by_day { Some(day_of(slate, room.at)) } else { None };
            consider_one(room, draft, Some(slate), &Ask { day, ..plain }, &[], room.targets.injuries_secs, 1);
        }
        (None, until) => draft.hold(What::Injuries, &slate.sport, None, until, Reason::NoGamesNear),
    }
}

/// Who plays for whom: the moves of a league, and the roster of each team, while games are near.
fn consider_moves<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    if !is_keyless(room) {
        return;
    }
    let (phase, until) = slate.timeline.phase(room.at);
    for (what, gap) in [(What::Transactions, MOVES_SECS), (What::Rosters, room.targets.catalogue_secs)] {
        if !offers(room, what) {
            continue;
        }
        if phase.is_none() {
            draft.hold(what, &slate.sport, None, until, Reason::NoGamesNear);
            continue;
        }
        let plain = Ask::of(what, &*slate.sport);
        if what == What::Transactions {
            consider_one(room, draft, Some(slate), &plain, &[], gap, 1);
            continue;
        }
        for (at, team) in slate.teams.iter().enumerate() {
            let ask = Ask { listing: Some(team.clone()), ..plain.clone() };
            consider_one(room, draft, Some(slate), &ask, &[], gap, 1 + at as u64);
        }
    }
}

fn consider_scores<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    if !offers(room, What::Scores) {
        return;
    }
    let begun = slate.games.partition_point(|listed| listed.game.starts_at <= room.at);
    let earliest = slate.games.partition_point(|listed| listed.game.starts_at <= room.at.plus_secs(-LIVE_SECS - 2 * 3600));
    let on: Vec<Moment> =
        slate.games[earliest..begun].iter().filter(|listed| listed.game.is_on(room.at)).map(|listed| listed.game.starts_at).collect();
    let next_start = slate.games.get(begun).map_or(Moment::MAX, |listed| listed.game.starts_at);
    draft.wake(next_start);
    if on.is_empty() {
        return draft.hold(What::Scores, &slate.sport, None, next_start, Reason::NoGamesOn);
    }
    let also: &[What] = if slate.lists.odds_tell_scores { &[What::Odds] } else { &[] };
    if !slate.lists.scores_by_day {
        return consider_one(room, draft, Some(slate), &Ask::of(What::Scores, &*slate.sport), also, room.targets.scores_secs, 1);
    }
    let mut days: Vec<String> = on.into_iter().map(|starts_at| day_of(slate, starts_at)).collect();
    days.dedup();
    for day in days {
        let ask = Ask { day: Some(day), ..Ask::of(What::Scores, &*slate.sport) };
        consider_one(room, draft, Some(slate), &ask, also, room.targets.scores_secs, 1);
    }
}

/// Featured odds of a free source that is asked day by day: each day with games, as often as its nearest start wants.
pub(super) fn consider_odds_by_day<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    let (from, until) = (room.at.plus_secs(-LIVE_SECS), room.at.plus_secs(DAYS_AHEAD * 86_400));
    let mut gaps: BTreeMap<String, i64> = BTreeMap::new();
    for listed in &slate.games[slate.first_after(from)..slate.first_after(until)] {
        let is_near = listed.game.starts_at <= room.at.plus_secs(86_400);
        let gap = if is_near { room.targets.odds_secs } else { room.targets.odds_secs.max(3600) };
        gaps.entry(day_of(slate, listed.game.starts_at)).and_modify(|known| *known = gap.min(*known)).or_insert(gap);
    }
    for (day, gap) in gaps {
        let markets = slate.odds.as_ref().map(|odds| odds.ask.clone()).unwrap_or_else(|| Ask::of(What::Odds, &*slate.sport));
        consider_one(room, draft, Some(slate), &Ask { day: Some(day), ..markets }, &[], gap, 1);
    }
}

/// Considers one ask with a fixed gap. `also` names kinds whose call is the same one, so that it was made if they were asked.
fn consider_one<'a>(room: &Room<'a>, draft: &mut Draft<'a>, slate: Option<&Slate>, ask: &Ask, also: &[What], gap: i64, row: u64) {
    let hold = |draft: &mut Draft<'a>, until, reason| draft.hold(ask.what, &ask.sport, ask.listing.as_deref(), until, reason);
    let last = last_of(room, ask, also);
    let turns = |gap| Turns { anchor: None, gap, salt: salt(room.seed, &ask.sport).wrapping_add(row) };
    let due_at = |gap| turns(gap).due_at(room.at, last.as_ref());
    if room.at < due_at(gap) {
        return hold(draft, due_at(gap), why_not(last.as_ref(), room.at));
    }
    let Some(priced) = Priced::of(room.provider, ask.clone()) else { return };
    // Where prices are asked as well, its own listings are what they are asked about.
    let is_needed = ask.what == What::Events && slate.is_some_and(|slate| slate.odds.is_some());
    if priced.credits > 0 && !is_needed && room.covered.has(ask.what, slate.and_then(|slate| slate.league)) {
        return hold(draft, Moment::MAX, Reason::KeylessGives);
    }
    if priced.credits > 0 && !is_needed && room.covered.has_first(ask.what, slate.and_then(|slate| slate.league)) {
        return hold(draft, Moment::MAX, Reason::FirstGives);
    }
    let gap = if priced.credits > 0 { gap.max(PRICED_GAP_SECS) } else { gap };
    if room.at < due_at(gap) {
        return hold(draft, due_at(gap), why_not(last.as_ref(), room.at));
    }
    let priority = if priced.credits == 0 { Priority::Free } else { Priority::Regular };
    let then_at = turns(gap).after(room.at);
    draft.candidates.push(Candidate {
        credits: priced.credits,
        ask: Cow::Owned(priced.ask),
        priority,
        reason: Reason::Routine(gap),
        nearness: rank(ask.what),
        again_at: then_at,
        then_at,
        otherwise: None,
    });
}

/// Where one call answers several asks, the one that tells most stands for them. Rosters, of which there are many, come last.
const fn rank(what: What) -> i64 {
    let below = match what {
        What::Odds => 4,
        What::Scores => 3,
        What::Events => 2,
        What::Rosters => 0,
        _ => 1,
    };
    i64::MAX - below
}

fn last_of(room: &Room<'_>, ask: &Ask, also: &[What]) -> Option<LastAsk> {
    let subject = subject(ask);
    let kinds = also.iter().copied().chain([ask.what]);
    kinds.filter_map(|what| room.asked.last(room.at, what, &subject)).max_by_key(|last| last.asked_at)
}

fn offers(room: &Room<'_>, what: What) -> bool {
    room.provider.offers().asks.contains(&what)
}

fn is_keyless(room: &Room<'_>) -> bool {
    room.provider.offers().auth == Auth::Keyless
}

fn day_of(slate: &Slate, at: Moment) -> String {
    let zone = slate.league.map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    at.day_in(&zone).to_string()
}
