//! Props: the pulls of single games, and the look that tells which prop markets there are.

use std::borrow::Cow;

use odds::Moment;
use providers::{Ask, What};

use super::asked::LastAsk;
use super::cadence::{CLOSING_LEAD_SECS, CLOSING_SECS, PROPS_SECS, Phase};
use super::closing_first::is_done;
use super::decide::Room;
use super::due::{Candidate, Draft, Priority, Reason};
use super::known::{Listed, Priced, Props, Slate};
use super::slot::{Turns, is_among, mix, salt, why_not};

/// A look is made this long before the start where credits reach for closing pulls only.
const LOOK_SECS: i64 = 3600;
/// A look that found nothing is repeated after this: markets appear as the start comes near.
const LOOK_AGAIN_SECS: i64 = 6 * 3600;

/// Considers every game of a slate that is to come.
pub(super) fn consider<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    let at = room.at;
    let first = slate.first_after(at);
    let near = slate.first_after(at.plus_secs(PROPS_SECS)).max(first);
    let row = salt(room.seed, &slate.sport);
    let is_given = room.covered.has_first(What::EventOdds, slate.league);
    for listed in &slate.games[first..near] {
        match &listed.props {
            props if is_given && props.full_credits() > 0 => {
                draft.hold(What::EventOdds, &slate.sport, Some(&listed.game.listing), listed.game.starts_at, Reason::FirstGives);
            }
            Props::Nothing => draft.hold(What::EventOdds, &slate.sport, Some(&listed.game.listing), Moment::MAX, Reason::NoProps),
            Props::Look { look, .. } => consider_look(room, listed, look, draft),
            Props::Known { main, full } => consider_pull(room, slate, listed, (main, full), row, draft),
        }
    }
    if let Some(next) = slate.games.get(near) {
        draft.wake(next.game.starts_at.plus_secs(-PROPS_SECS));
    }
    if room.with_holds {
        for listed in &slate.games[near..] {
            let begins_at = listed.game.starts_at.plus_secs(-PROPS_SECS);
            draft.hold(What::EventOdds, &slate.sport, Some(&listed.game.listing), begins_at, Reason::NoGamesNear);
        }
    }
}

fn consider_look<'a>(room: &Room<'a>, listed: &'a Listed, look: &'a Priced, draft: &mut Draft<'a>) {
    let (at, game) = (room.at, &listed.game);
    let wants_now = phase_of(game.starts_at, at).is_some_and(|(phase, _)| room.cadence.props_gap(phase).is_some());
    let begins_at = game.starts_at.plus_secs(-LOOK_SECS);
    let last = room.asked.last(at, What::EventMarkets, &game.listing);
    if !wants_now && at < begins_at {
        return hold(draft, &look.ask, begins_at, Reason::ClosingOnly);
    }
    let due_at = Turns { anchor: None, gap: LOOK_AGAIN_SECS, salt: 0 }.due_at(at, last.as_ref());
    if at < due_at {
        return hold(draft, &look.ask, due_at, why_not(last.as_ref(), at));
    }
    propose(room, draft, look, (Priority::ClosingProps, Reason::FirstLook), game.starts_at, at.plus_secs(LOOK_AGAIN_SECS));
}

fn consider_pull<'a>(
    room: &Room<'a>,
    slate: &Slate,
    listed: &'a Listed,
    (main, full): (&'a Priced, &'a Priced),
    row: u64,
    draft: &mut Draft<'a>,
) {
    let (at, game) = (room.at, &listed.game);
    let Some((phase, phase_ends_at)) = phase_of(game.starts_at, at) else { return };
    let pull = if room.cadence.has_all_props() { full } else { main };
    let last = room.asked.last(at, What::EventOdds, &game.listing);
    let opens_at = game.starts_at.plus_secs(-CLOSING_SECS);
    let closing_at = game.starts_at.plus_secs(-CLOSING_LEAD_SECS);
    let is_closing = at >= opens_at && !is_done(last.as_ref(), opens_at);
    draft.wake(phase_ends_at);
    let gap = room.cadence.props_gap_at(phase, &slate.weights);
    let turns = gap.map(|gap| Turns { anchor: Some(closing_at), gap, salt: row });
    let in_turn = turns.map(|turns| turns.due_at(at, last.as_ref()));
    let is_open = at < opens_at || is_closing;
    let to_close = is_open.then(|| closing_due_at(at, closing_at, opens_at, last.as_ref()));
    let due_at = in_turn.into_iter().chain(to_close).min().unwrap_or(game.starts_at);
    if at < due_at {
        let reason = if gap.is_none() && at < closing_at { Reason::ClosingOnly } else { why_not(last.as_ref(), at) };
        return hold(draft, &pull.ask, due_at, reason);
    }
    if is_closing && !is_among(room.pace.props_share, mix(salt(row, &game.listing))) {
        return hold(draft, &pull.ask, game.starts_at, Reason::GivenUp);
    }
    let (priority, reason) = match gap {
        _ if is_closing => (Priority::ClosingProps, Reason::Closing),
        Some(gap) => (Priority::Regular, Reason::Cadence(phase, gap)),
        None => return hold(draft, &pull.ask, game.starts_at, Reason::NotYet),
    };
    let then_at = turns.map_or(game.starts_at, |turns| turns.after(at));
    draft.wake(closing_at);
    propose(room, draft, pull, (priority, reason), game.starts_at, then_at);
    if is_closing && pull.credits > main.credits {
        // Credits are set aside for the main markets: the rest is asked with them where it is free.
        draft.candidates.iter_mut().rev().take(1).for_each(|candidate| candidate.otherwise = Some(main));
    }
}

/// When a closing pull goes out that is no part of a row of turns; later where an attempt of it failed.
pub(super) fn closing_due_at(at: Moment, closing_at: Moment, opens_at: Moment, last: Option<&LastAsk>) -> Moment {
    let begun = last.filter(|last| last.asked_at >= opens_at);
    begun.map_or(closing_at, |last| Turns { anchor: None, gap: 86_400, salt: 0 }.due_at(at, Some(last)).max(closing_at))
}

fn phase_of(starts_at: Moment, at: Moment) -> Option<(Phase, Moment)> {
    let phase = Phase::before_start(starts_at.secs() - at.secs())?;
    let (end, _) = phase.span()?;
    Some((phase, starts_at.plus_secs(-end)))
}

fn hold(draft: &mut Draft<'_>, ask: &Ask, until: Moment, reason: Reason) {
    draft.hold(ask.what, &ask.sport, ask.listing.as_deref(), until, reason);
}

fn propose<'a>(room: &Room<'a>, draft: &mut Draft<'a>, pull: &'a Priced, why: (Priority, Reason), starts_at: Moment, then_at: Moment) {
    let credits = pull.credits;
    let (priority, reason) = if credits == 0 { (Priority::Free, why.1) } else { why };
    let again_at = room.at.plus_secs(room.retry_secs);
    let nearness = starts_at.secs() - room.at.secs();
    draft.candidates.push(Candidate {
        ask: Cow::Borrowed(&pull.ask),
        credits,
        priority,
        reason,
        nearness,
        again_at,
        then_at,
        otherwise: None,
    });
}
