//! Judging again: a listing that stands alone is weighed anew once it has other names or another start, as when sides that were to be
//! determined become known, or a game that was put off finds its new day. What a person decided is left as it is.

use odds::Moment;
use odds::id::{EventId, ListingId};
use odds::observation::ListingKind;
use odds::participant::are_two;
use store::boards::Boards;
use store::log::Appending;
use store::{ListingRow, Result};

use super::bond::{Own, SAME_DAY_SECS, facts_of};
use super::evidence::weigh_all;
use super::said::Said;
use super::{Meeting, RULE, by_rule, told};

/// What a listing is known by: its sides and its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    home: Option<String>,
    away: Option<String>,
    starts_at: Option<Moment>,
}

impl Named {
    /// What a listing is known by now.
    #[must_use]
    pub fn of(listing: &ListingRow) -> Self {
        Self { home: listing.home.clone(), away: listing.away.clone(), starts_at: listing.starts_at }
    }
}

/// A listing names two other teams than before: its provider gave its id to another game, or somebody was replaced.
const OTHER_PARTICIPANTS: &str = "other_participants/2";
/// A listing starts on another day than all others of its event, at the very time of another game of the same two.
const OTHER_START: &str = "other_start/2";

/// Whether a side of a listing is known to be no side of the other.
fn is_another_game(league: &str, row: &ListingRow, other: &ListingRow) -> bool {
    let side = |name: &Option<String>| {
        let against = [&other.home, &other.away];
        name.as_deref().is_some_and(|name| {
            against.into_iter().all(|theirs| theirs.as_deref().is_some_and(|theirs| are_two(league, name, theirs, row.starts_at)))
        })
    };
    side(&row.home) || side(&row.away)
}

/// Whether a listing starts on another day than another one that is not called by one of its ids.
fn is_another_day(row: &ListingRow, other: &ListingRow, own: &Own<'_>) -> bool {
    let gap = row.starts_at.zip(other.starts_at).map(|(one, other)| (one.secs() - other.secs()).abs());
    gap.is_some_and(|gap| gap > SAME_DAY_SECS) && !own.called.contains(&other.id)
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
    let Some(row) = boards.get(id).map(|kept| kept.listing.clone()) else { return Ok(()) };
    let is_news = was.is_some_and(|was| was != Named::of(&row));
    let (Some(league), ListingKind::Contest, true) = (row.league.clone(), row.kind, is_news) else { return Ok(()) };
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
    let mut own = Own { id: Some(id), provider: &row.provider, is_listed_once, league: &league, said, foreign, called: Default::default() };
    own.look_up(log)?;
    let mut judged = None;
    if !others.is_empty() {
        let is_other = others.iter().all(|other| is_another_game(&league, &row, other));
        if !is_other && !others.iter().all(|other| is_another_day(&row, other, &own)) {
            return Ok(());
        }
        if !is_other {
            let elsewhere = weigh_all(log, boards, &own)?;
            if elsewhere.partner.as_ref().is_none_or(|(partner, _)| partner.event == row.event) {
                return Ok(());
            }
            // a game that is played on another day may be the first of two there
            judged = Some(if own.has_doubleheaders() {
                elsewhere.asked("starts when that game does, and on another day before")
            } else {
                elsewhere
            });
        }
        if !leave(log, boards, (&row, &others), if is_other { OTHER_PARTICIPANTS } else { OTHER_START }, decisions)? {
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
