//! Judging again: a listing that stands alone is weighed anew once it has other names or another start, as when sides that were to be
//! determined become known, or a game that was put off finds its new day. What a person decided is left as it is.

use odds::Moment;
use odds::id::{EventId, ListingId};
use odds::observation::{FactKind, ListingKind};
use odds::participant::{Likeness, are_two, is_unnamed, likeness_at};
use store::boards::{Boards, Kept};
use store::log::Appending;
use store::{ListingRow, Result};

use super::bond::{self, Own, SAME_DAY_SECS, SAME_START_SECS, facts_of};
use super::evidence::{Judged, weigh_all};
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
const OTHER_START: &str = "other_start/3";

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
/// same names, at another time.
fn is_another_time(row: &ListingRow, other: &ListingRow, own: &Own<'_>) -> bool {
    let most = if own.has_doubleheaders() { SAME_START_SECS } else { SAME_DAY_SECS };
    let gap = row.starts_at.zip(other.starts_at).map(|(one, other)| (one.secs() - other.secs()).abs());
    gap.is_some_and(|gap| gap > most) && !own.called.contains(&other.id)
}

/// A listing leaves the event that it shares: it is its own from here on, or, where it founded that event, the others are the event of
/// the first of them. What a person decided of one of them keeps them together. Gives whether it has left.
fn leave(
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
    let others: Vec<ListingRow> = log.listings_of_event(row.event)?.into_iter().filter(|other| other.id != id).collect();
    let said_before = log.decisions_of(id)?;
    if said_before.iter().any(|decided| decided.decided_by != RULE) {
        return Ok(());
    }
    let own_event = EventId::founded_by(&row.provider, &row.external_id);
    let alone = ListingRow { event: own_event, ..row.clone() };
    let Some(said) = Said::of_board(&facts_of(log, boards, &alone)?) else { return Ok(()) };
    let is_listed_once = meeting.speaks.is_none_or(|provider| provider.lists_an_event_once());
    let mut foreign = log.foreign_ids_of(id)?;
    if is_listed_once {
        foreign.push(format!("{}/{}", row.provider, row.external_id));
    }
    let mut own = Own {
        id: Some(id),
        event: Some(own_event),
        provider: &row.provider,
        is_listed_once,
        league: &league,
        said,
        foreign,
        called: Default::default(),
    };
    own.look_up(log)?;
    let mut judged = None;
    if !others.is_empty() {
        let Some((rule, elsewhere)) = why_apart(log, boards, &own, (&row, &others))? else { return Ok(()) };
        judged = elsewhere;
        if !leave(log, boards, (&row, &others), rule, decisions)? {
            return Ok(());
        }
    }
    let judged = judged.map_or_else(|| weigh_all(log, boards, &own), Ok)?;
    let (kind, rule, evidence) = told(&judged);
    let event = judged.partner.as_ref().map_or(alone.event, |(partner, _)| partner.event);
    let is_another_question = !judged.candidates.is_empty() && said_before.last().is_some_and(|last| last.evidence != evidence);
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
    own: &Own<'_>,
    (row, others): (&ListingRow, &[ListingRow]),
) -> Result<Option<(&'static str, Option<Judged>)>> {
    if others.iter().all(|other| no_sides(own.league, row, other, are_two).contains(&true)) {
        return Ok(Some((OTHER_PARTICIPANTS, None)));
    }
    if others.iter().all(|other| no_sides(own.league, row, other, are_unlike) == [true; 2]) {
        let mut judged = weigh_all(log, boards, own)?;
        if judged.partner.is_none() {
            judged.candidates.extend(others.first().map(|other| (other.clone(), "it was this event under other names".to_owned())));
        }
        return Ok(Some((OTHER_PARTICIPANTS, Some(judged))));
    }
    if own.has_doubleheaders() && is_another_number(log, boards, own, others)? {
        return Ok(Some((OTHER_NUMBER, None)));
    }
    if !others.iter().all(|other| is_another_time(row, other, own)) {
        return Ok(None);
    }
    let elsewhere = weigh_all(log, boards, own)?;
    if elsewhere.partner.as_ref().is_none_or(|(partner, _)| partner.event == row.event) {
        return Ok(None);
    }
    // a game that is played at another time may be the first of two there
    let is_asked = own.has_doubleheaders();
    let judged = if is_asked { elsewhere.asked("starts when that game does, and at another time before") } else { elsewhere };
    Ok(Some((OTHER_START, Some(judged))))
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
