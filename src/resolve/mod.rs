//! Resolve: which event a listing is. Sure and modest: a wrong join is worse than an open question.

mod again;
mod bond;
mod evidence;
mod person;
mod room;
mod said;

use std::collections::HashMap;

use odds::Moment;
use odds::board::Board;
use odds::id::{EventId, ListingId, ReplyId};
use odds::names::Names;
use odds::observation::{FactKind, ListingSeen, Snapshot};
use providers::Provider;
use store::boards::{Boards, Kept};
use store::log::{Appending, Looks, NewDecision, NewListing};
use store::{ListingRow, Result};

pub use again::{Named, judge_again};
use evidence::Judged;
pub use person::decide;

/// The reply in which listings are met.
#[derive(Clone, Copy)]
pub struct Meeting<'a> {
    /// The provider's key.
    pub provider: &'a str,
    /// The reply.
    pub reply: ReplyId,
    /// The provider, for its leagues.
    pub speaks: Option<&'a dyn Provider>,
    /// Where the reply says who plays, for listings that it speaks of at several moments.
    pub introductions: &'a Introductions<'a>,
    /// All that the reply says.
    pub snapshots: &'a [&'a Snapshot<'a>],
}

impl<'a> Meeting<'a> {
    fn league(&self, sport: &str) -> Option<&'a str> {
        self.speaks.and_then(|provider| provider.league(sport)).map(|league| league.key)
    }

    fn lists_once(&self) -> bool {
        self.speaks.is_none_or(|provider| provider.lists_an_event_once())
    }
}

/// By listing: the first place in a reply that names its sides.
pub type Introductions<'a> = HashMap<&'a str, &'a ListingSeen<'a>>;

/// How a listing stands to the events that were known when it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is an event of its own.
    Founded,
    /// It is an event that was known.
    Joined,
    /// It is an event of its own until a person says otherwise: it may be one that was known.
    Waiting,
}

/// The introductions of a reply; none are needed where it speaks of one moment.
#[must_use]
pub fn introductions<'a>(snapshots: &[&'a Snapshot<'a>]) -> Introductions<'a> {
    let mut found = Introductions::new();
    if snapshots.len() > 1 {
        for seen in snapshots.iter().flat_map(|snapshot| &snapshot.listings).filter(|seen| fact(seen, FactKind::Home).is_some()) {
            found.entry(&*seen.id).or_insert(seen);
        }
    }
    found
}

/// A reply with fewer unknown listings than this asks for each by itself.
const FEW: usize = 4;

/// Looks up all listings of a reply that are not in memory, and the foreign ids that it gives them, at once.
///
/// # Errors
/// What the store reports.
pub fn expect(log: &mut Appending<'_>, boards: &Boards, meeting: &Meeting<'_>, snapshots: &[&Snapshot<'_>]) -> Result<()> {
    let (mut ids, mut foreign) = (Vec::new(), Vec::new());
    let listings = snapshots.iter().flat_map(|snapshot| &snapshot.listings);
    for seen in listings.filter(|seen| boards.id_of(meeting.provider, &seen.id).is_none()) {
        ids.push(&*seen.id);
        foreign.extend(all_ids(meeting, seen));
    }
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < FEW {
        return Ok(());
    }
    let foreign: Vec<&str> = foreign.iter().map(String::as_str).collect();
    log.expect_listings(meeting.provider, &ids, &foreign)
}

/// Gives a new listing its number and its event: the one that it is on evidence, else a new one.
///
/// # Errors
/// What the store reports.
pub fn meet(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    seen: &ListingSeen<'_>,
    decisions: &mut usize,
) -> Result<(Kept, Standing)> {
    let seen = meeting.introductions.get(&*seen.id).copied().unwrap_or(seen);
    let league = meeting.league(&seen.sport);
    let own = EventId::founded_by(meeting.provider, &seen.id);
    let met = evidence::met(log, meeting, seen, league)?;
    let judged = met.map_or_else(|| Ok(Judged::default()), |own| room::judge_in_room(log, boards, meeting, &own, decisions))?;
    let event = judged.partner.as_ref().map_or(own, |(row, _)| row.event);
    let listing = NewListing { provider: meeting.provider, external_id: &seen.id, sport: &seen.sport, league, kind: seen.kind };
    let id = log.add_listing(&listing, event)?;
    let looks = looks(seen);
    log.set_looks(id, looks.clone());
    foreign_ids(seen).iter().for_each(|foreign| log.add_foreign_id(id, foreign));
    let (kind, rule, evidence) = told(&judged);
    log.add_decision(*decisions, &by_rule(kind, id, event, rule, evidence))?;
    *decisions += 1;
    let row = ListingRow {
        id,
        provider: meeting.provider.to_owned(),
        external_id: seen.id.to_string(),
        sport: seen.sport.to_string(),
        kind: seen.kind,
        event,
        league: league.map(str::to_owned),
        starts_at: looks.starts_at,
        status: looks.status,
        home: looks.home,
        away: looks.away,
        is_standing: false,
        founded: log.next_seq(),
    };
    let kept = Kept { listing: row, names: Names::default(), board: Board::default(), seq: log.next_seq() };
    Ok((kept, standing(&judged)))
}

/// Who decides where nobody does.
const RULE: &str = "rule";

fn by_rule(kind: &'static str, listing: ListingId, event: EventId, rule: &'static str, evidence: String) -> NewDecision {
    NewDecision { kind, listing, event, rule, evidence, decided_by: RULE.to_owned(), what: None, other: None, undoes: None }
}

const fn standing(judged: &Judged) -> Standing {
    match (&judged.partner, judged.candidates.is_empty()) {
        (Some(_), _) => Standing::Joined,
        (None, true) => Standing::Founded,
        (None, false) => Standing::Waiting,
    }
}

/// The kind of a decision, its rule, and what it rests on.
fn told(judged: &Judged) -> (&'static str, &'static str, String) {
    let shown = |row: &ListingRow| serde_json::json!({ "provider": row.provider, "listing": row.external_id });
    match &judged.partner {
        Some((with, rule)) => {
            let evidence = serde_json::json!({
                "with": shown(with), "league": with.league, "home": with.home, "away": with.away, "starts_at": with.starts_at,
            });
            ("joined", rule, evidence.to_string())
        }
        None if judged.candidates.is_empty() => ("founded", bond::EXACT, String::from("{}")),
        None => {
            let candidate = |(row, why): &(ListingRow, String)| {
                serde_json::json!({
                    "with": shown(row), "event": row.event, "home": row.home, "away": row.away, "starts_at": row.starts_at, "why": why,
                })
            };
            let candidates: Vec<_> = judged.candidates.iter().map(candidate).collect();
            ("founded", bond::EXACT, serde_json::json!({ "waits_for_a_person": true, "candidates": candidates }).to_string())
        }
    }
}

fn fact<'a>(seen: &'a ListingSeen<'_>, kind: FactKind) -> Option<&'a str> {
    seen.facts.iter().find(|fact| fact.kind == kind && fact.subject.is_empty()).map(|fact| &*fact.value)
}

/// What a listing is introduced with: others of the same reply are to find it, though its facts may be of a later moment than the
/// prices that come first.
fn looks(seen: &ListingSeen<'_>) -> Looks {
    let text = |kind| fact(seen, kind).map(str::to_owned);
    Looks {
        starts_at: start_of(seen),
        status: text(FactKind::Status),
        home: text(FactKind::Home).or_else(|| text(FactKind::Title)),
        away: text(FactKind::Away),
        is_standing: false,
    }
}

fn start_of(seen: &ListingSeen<'_>) -> Option<Moment> {
    fact(seen, FactKind::Start).and_then(|start| start.parse().ok())
}

/// Other providers' ids that a listing passes on: `espn/401585183`.
fn foreign_ids(seen: &ListingSeen<'_>) -> Vec<String> {
    let given = seen.facts.iter().filter(|fact| fact.kind == FactKind::ExternalId && !fact.subject.is_empty());
    let mut ids: Vec<String> = given.map(|fact| format!("{}/{}", fact.subject, fact.value)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The same, with the listing's own id where its provider lists an event once: then another id of that provider is another event.
fn all_ids(meeting: &Meeting<'_>, seen: &ListingSeen<'_>) -> Vec<String> {
    let mut ids = foreign_ids(seen);
    if meeting.speaks.is_some_and(|provider| provider.lists_an_event_once()) {
        ids.push(format!("{}/{}", meeting.provider, seen.id));
    }
    ids
}
