//! Judging again: a listing that stands alone is weighed anew once it has other names or another start, as when sides that were to be
//! determined become known, or a game that was put off finds its new day. What a person decided is left as it is.

use odds::Moment;
use odds::id::{EventId, ListingId};
use odds::observation::{FactKind, ListingKind};
use odds::participant::{Likeness, are_two, is_unnamed, likeness_at};
use store::boards::{Boards, Kept};
use store::log::Appending;
use store::{Decided, ListingRow, Result};

use super::bond::{self, Own, SAME_DAY_SECS, SAME_START_SECS, facts_of};
use super::evidence::{Judged, judge};
use super::room::{has_left_room, judge_in_room, make_room};
use super::said::Said;
use super::{Meeting, RULE, by_rule, told};

/// What a listing is known by: its sides, its start, and which game of the day it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    home: Option<String>,
    away: Option<String>,
    starts_at: Option<Moment>,
    number: Option<String>,
}

impl Named {
    /// What a listing is known by now.
    #[must_use]
    pub fn of(kept: &Kept) -> Self {
        let (listing, number) = (&kept.listing, kept.board.fact(FactKind::GameNumber).map(str::to_owned));
        Self { home: listing.home.clone(), away: listing.away.clone(), starts_at: listing.starts_at, number }
    }
}

/// A listing names other sides than before: its provider gave its id to another game, or somebody was replaced.
const OTHER_PARTICIPANTS: &str = "other_participants/3";
/// A listing is another game of the day than all others of its event: both say which.
const OTHER_NUMBER: &str = "other_number/3";
/// A listing starts at another time than all others of its event, at the very time of another game of the same two.
pub(super) const OTHER_START: &str = "other_start/3";

/// What two names of sides are to each other, in a league at a time.
type Apart = fn(&str, &str, &str, Option<Moment>) -> bool;

fn are_unlike(league: &str, one: &str, other: &str, at: Option<Moment>) -> bool {
    likeness_at(league, one, other, at) == Likeness::Different
}

/// Which sides of a listing are no sides of the other by what names are to each other: home and away. A side that is not named is any.
fn no_sides(league: &str, row: &ListingRow, other: &ListingRow, are_apart: Apart) -> [bool; 2] {
    let named = |name: &Option<String>| name.clone().filter(|name| !is_unnamed(name));
    let theirs = [named(&other.home), named(&other.away)];
    let is_none_of_theirs =
        |name: String| theirs.iter().all(|theirs| theirs.as_deref().is_some_and(|theirs| are_apart(league, &name, theirs, row.starts_at)));
    [&row.home, &row.away].map(|name| named(name).is_some_and(is_none_of_theirs))
}

/// Whether a listing starts on another day than another one that is not called by one of its ids, or, where two games of a day have the
/// same names, at another time without saying that it is the same of the day.
pub(super) fn is_another_time(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, other: &ListingRow) -> Result<bool> {
    let most = if own.has_doubleheaders() { SAME_START_SECS } else { SAME_DAY_SECS };
    let is_another = own.gap(other).is_some_and(|gap| gap > most) && !own.called.contains(&other.id);
    Ok(is_another && !bond::is_same_number(log, boards, own, other)?)
}

/// A listing leaves the event that it shares: it is its own from here on, or, where it founded that event, the others are the event of
/// the first of them. What a person decided of one of them keeps them together. Gives whether it has left.
pub(super) fn leave(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    (row, others): (&ListingRow, &[ListingRow]),
    rule: &'static str,
    decisions: &mut usize,
) -> Result<bool> {
    let own_event = |row: &ListingRow| EventId::founded_by(&row.provider, &row.external_id);
    let leaves: Vec<(&ListingRow, EventId)> = match others.first() {
        Some(first) if row.event == own_event(row) => others.iter().map(|other| (other, own_event(first))).collect(),
        _ => vec![(row, own_event(row))],
    };
    for (one, _) in &leaves {
        if log.decisions_of(one.id)?.iter().any(|decided| decided.decided_by != RULE) {
            return Ok(false);
        }
    }
    let evidence =
        serde_json::json!({ "event_before": row.event, "home": row.home, "away": row.away, "starts_at": row.starts_at }).to_string();
    for (one, event) in leaves {
        log.add_decision(*decisions, &by_rule("split", one.id, event, rule, evidence.clone()))?;
        *decisions += 1;
        log.set_event(one.id, event)?;
        boards.set_event(one.id, event);
    }
    Ok(true)
}

/// Weighs a listing again that was known by something else before a reply. A join is a decision of the entry that is open; a question
/// is asked anew only where it is another one.
///
/// # Errors
/// What the store reports.
pub fn judge_again(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    (id, was): (ListingId, Option<Named>),
    decisions: &mut usize,
) -> Result<()> {
    let Some(kept) = boards.get(id).filter(|kept| was.is_some_and(|was| was != Named::of(kept))) else { return Ok(()) };
    let row = kept.listing.clone();
    let (Some(league), ListingKind::Contest) = (row.league.clone(), row.kind) else { return Ok(()) };
    if row.founded == log.next_seq() {
        return Ok(());
    }
    let others = others_of(log, &row)?;
    let said_before = log.decisions_of(id)?;
    if said_before.iter().any(|decided| decided.decided_by != RULE) {
        return Ok(());
    }
    let own_event = EventId::founded_by(&row.provider, &row.external_id);
    let alone = ListingRow { event: own_event, ..row.clone() };
    let Some(own) = own_of(log, boards, meeting, (&alone, &league))? else { return Ok(()) };
    let mut judged = None;
    if !others.is_empty() {
        let Some((rule, elsewhere)) = why_apart(log, boards, meeting, &own, (&row, &others), decisions)? else { return Ok(()) };
        judged = elsewhere;
        if !leave(log, boards, (&row, &others), rule, decisions)? {
            return Ok(());
        }
    }
    let judged = judged.map_or_else(|| judge_in_room(log, boards, meeting, &own, decisions), Ok)?;
    settle(log, boards, (&alone, &judged), said_before.last(), decisions)
}

/// The other listings of its event.
pub(super) fn others_of(log: &mut Appending<'_>, row: &ListingRow) -> Result<Vec<ListingRow>> {
    Ok(log.listings_of_event(row.event)?.into_iter().filter(|other| other.id != row.id).collect())
}

/// A listing by all that was said of it so far; `None` where that names no two sides or no start.
pub(super) fn own_of<'a>(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    (row, league): (&'a ListingRow, &'a str),
) -> Result<Option<Own<'a>>> {
    let Some(said) = Said::of_board(&facts_of(log, boards, row)?) else { return Ok(None) };
    let mut foreign = log.foreign_ids_of(row.id)?;
    if meeting.lists_once() {
        foreign.push(format!("{}/{}", row.provider, row.external_id));
    }
    let mut own = Own {
        id: Some(row.id),
        event: Some(EventId::founded_by(&row.provider, &row.external_id)),
        provider: &row.provider,
        external_id: &row.external_id,
        is_listed_once: meeting.lists_once(),
        league,
        said,
        foreign,
        called: Default::default(),
    };
    own.look_up(log)?;
    Ok(Some(own))
}

/// What a listing that stands alone came to: a join, or a question, where that is another one.
pub(super) fn settle(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    (alone, judged): (&ListingRow, &Judged),
    last: Option<&Decided>,
    decisions: &mut usize,
) -> Result<()> {
    let (id, (kind, rule, evidence)) = (alone.id, told(judged));
    let event = judged.partner.as_ref().map_or(alone.event, |(partner, _)| partner.event);
    let is_another_question = !judged.candidates.is_empty() && last.is_some_and(|last| last.evidence != evidence);
    if judged.partner.is_none() && !is_another_question {
        return Ok(());
    }
    log.add_decision(*decisions, &by_rule(kind, id, event, rule, evidence))?;
    *decisions += 1;
    if event != alone.event {
        log.set_event(id, event)?;
        boards.set_event(id, event);
    }
    Ok(())
}

/// Why a listing is no game of the event that it shares: the rule, and what it is by its start where that says so.
fn why_apart(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    own: &Own<'_>,
    (row, others): (&ListingRow, &[ListingRow]),
    decisions: &mut usize,
) -> Result<Option<(&'static str, Option<Judged>)>> {
    // one whose sides are not known says nothing, where others do
    let named: Vec<&ListingRow> = others.iter().filter(|other| names_both(other)).collect();
    let named = if named.is_empty() { others.iter().collect() } else { named };
    if named.iter().all(|other| no_sides(own.league, row, other, are_two).contains(&true)) {
        return Ok(Some((OTHER_PARTICIPANTS, None)));
    }
    if named.iter().all(|other| no_sides(own.league, row, other, are_unlike) == [true; 2]) {
        let mut judged = judge(log, boards, meeting, own)?;
        if judged.partner.is_none() {
            judged.candidates.extend(others.first().map(|other| (other.clone(), "it was this event under other names".to_owned())));
        }
        return Ok(Some((OTHER_PARTICIPANTS, Some(judged))));
    }
    if own.has_doubleheaders() && is_another_number(log, boards, own, others)? {
        return Ok(Some((OTHER_NUMBER, None)));
    }
    for other in others {
        if !is_another_time(log, boards, own, other)? {
            return Ok(None);
        }
    }
    let judged = elsewhere(log, boards, meeting, own, (row, others), decisions)?;
    Ok(judged.map(|judged| (OTHER_START, Some(judged))))
}

fn names_both(row: &ListingRow) -> bool {
    [&row.home, &row.away].into_iter().all(|name| name.as_deref().is_some_and(|name| !is_unnamed(name)))
}

/// What a listing is by its start that starts at another time than all others of its event: `None` where nothing says that it is another
/// game than before.
fn elsewhere(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    own: &Own<'_>,
    (row, others): (&ListingRow, &[ListingRow]),
    decisions: &mut usize,
) -> Result<Option<Judged>> {
    let mut judged = judge(log, boards, meeting, own)?;
    let is_elsewhere = |other: &ListingRow| other.event != row.event;
    let taken: Vec<_> = judged.taken.iter().filter(|(fits, _)| is_elsewhere(fits)).cloned().collect();
    if make_room(log, boards, meeting, own, &taken, decisions)? {
        judged = judge(log, boards, meeting, own)?;
    }
    if judged.partner.as_ref().is_some_and(|(partner, _)| is_elsewhere(partner)) {
        // a game that is played at another time may be the first of two there
        let is_asked = own.has_doubleheaders();
        return Ok(Some(if is_asked { judged.asked("starts when that game does, and at another time before") } else { judged }));
    }
    let has_left = has_left_room(log, own, (row, others))?;
    if taken.is_empty() && !has_left {
        return Ok(None);
    }
    let own_game = |(fits, by): (ListingRow, ListingRow)| {
        let why = format!("it starts when that game does, and {} lists that event as {} already", by.provider, by.external_id);
        (fits, why)
    };
    let mut judged = judged.asked("it was this event, and starts at another time now");
    judged.candidates.retain(|(row, _)| taken.iter().all(|(fits, _)| fits.id != row.id));
    judged.candidates.extend(taken.into_iter().map(own_game));
    if has_left {
        judged
            .candidates
            .extend(others.first().map(|other| (other.clone(), "it was this event until its provider listed another then".to_owned())));
    }
    Ok(Some(judged))
}

/// Whether a listing says which game of the day it is, and all others say another one.
fn is_another_number(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, others: &[ListingRow]) -> Result<bool> {
    for other in others {
        if !bond::is_another_number(log, boards, own, other)? {
            return Ok(false);
        }
    }
    Ok(true)
}
