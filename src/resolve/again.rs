//! Judging again: a listing that stands alone is weighed anew once it has other names or another start, as when sides that were to be
//! determined become known, or a game that was put off finds its new day. What a person decided is left as it is.

use odds::Moment;
use odds::id::{EventId, ListingId};
use odds::observation::ListingKind;
use odds::participant::are_two;
use store::boards::Boards;
use store::log::Appending;
use store::{ListingRow, Result};

use super::bond::{Own, facts_of};
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

/// A listing names two other teams than before: its provider gave its id to another game.
const OTHER_TEAMS: &str = "other_participants/2";

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
    let own_event = EventId::founded_by(&row.provider, &row.external_id);
    let has_left = !others.is_empty() && row.event != own_event && others.iter().all(|other| is_another_game(&league, &row, other));
    if !others.is_empty() && !has_left {
        return Ok(());
    }
    let said_before = log.decisions_of(id)?;
    if said_before.iter().any(|decided| decided.decided_by != RULE) {
        return Ok(());
    }
    if has_left {
        let evidence = serde_json::json!({ "event_before": row.event, "home": row.home, "away": row.away }).to_string();
        log.add_decision(*decisions, &by_rule("split", id, own_event, OTHER_TEAMS, evidence))?;
        *decisions += 1;
        log.set_event(id, own_event)?;
        boards.set_event(id, own_event);
    }
    let row = ListingRow { event: own_event, ..row };
    let Some(said) = Said::of_board(&facts_of(log, boards, &row)?) else { return Ok(()) };
    let is_listed_once = meeting.speaks.is_none_or(|provider| provider.lists_an_event_once());
    let mut foreign = log.foreign_ids_of(id)?;
    if is_listed_once {
        foreign.push(format!("{}/{}", row.provider, row.external_id));
    }
    let own = Own { id: Some(id), provider: &row.provider, is_listed_once, league: &league, said, foreign, called: Default::default() };
    let judged = weigh_all(log, boards, own)?;
    let (kind, rule, evidence) = told(&judged);
    let event = judged.partner.as_ref().map_or(row.event, |(partner, _)| partner.event);
    let is_another_question = !judged.candidates.is_empty() && said_before.last().is_some_and(|last| last.evidence != evidence);
    if judged.partner.is_none() && !is_another_question {
        return Ok(());
    }
    log.add_decision(*decisions, &by_rule(kind, id, event, rule, evidence))?;
    *decisions += 1;
    if event != row.event {
        log.set_event(id, event)?;
        boards.set_event(id, event);
    }
    Ok(())
}
