//! What a person decides: into the decisions of the entry that is open. What cannot be decided is a problem of that entry, and changes
//! nothing. Nothing is rewritten: each decision says from here on, and undoing one is another.

use std::collections::BTreeSet;

use odds::decision::{Decision, ListingName, Subject, Verb};
use odds::id::{EventId, ListingId, Seq};
use odds::observation::{Problem, Refusal};
use serde_json::{Value, json};
use store::adopted::Outcome;
use store::boards::Boards;
use store::ledger::{open_candidates, standing, stands};
use store::log::{Appending, NewDecision};
use store::{Decided, ListingRow, Result};

use super::by_rule;

/// The rules by which a person's decisions stand in the ledger.
const JOIN: &str = "person/join";
const REFUSE: &str = "person/refuse";
const SPLIT: &str = "person/split";
const UNDO: &str = "person/undo";
/// The rule of those who go where the listing goes for whose sake they were joined.
const FOLLOWS: &str = "follows/3";

/// Why something cannot be decided.
type Refused = (&'static str, Refusal, String);

/// Stages what a person decided; gives why not, where it cannot be.
///
/// # Errors
/// What the store reports.
pub fn decide(log: &mut Appending<'_>, boards: &mut Boards, decision: &Decision) -> Result<Vec<Problem>> {
    // which player a name is stands in the directory, whose follower takes the decision up from the log
    if decision.subject == Subject::Player {
        return Ok(Vec::new());
    }
    let mut desk = Desk { log, boards, decision, i: 0, touched: BTreeSet::new() };
    let refused = match (desk.overtaken()?, decision.what) {
        (Some(overtaken), _) => Some(overtaken),
        (None, Verb::Join) => desk.join()?,
        (None, Verb::Refuse) => desk.refuse()?,
        (None, Verb::Split) => desk.split()?,
        (None, Verb::Undo) => desk.undo()?,
    };
    desk.account()?;
    Ok(refused.map(|(path, reason, why)| Problem::at(path, reason, why)).into_iter().collect())
}

struct Desk<'a, 'b> {
    log: &'a mut Appending<'b>,
    boards: &'a mut Boards,
    decision: &'a Decision,
    i: usize,
    touched: BTreeSet<ListingId>,
}

fn unknown(path: &'static str, name: &ListingName) -> Refused {
    (path, Refusal::Orphan, format!("{} has no listing {:?}", name.provider, name.id))
}

fn shown(row: &ListingRow) -> Value {
    json!({ "provider": row.provider, "listing": row.external_id })
}

fn own_event(row: &ListingRow) -> EventId {
    EventId::founded_by(&row.provider, &row.external_id)
}

/// What a listing is, in the words of the ledger, once it is an event.
fn kind_of(row: &ListingRow, event: EventId) -> &'static str {
    if event == own_event(row) { "split" } else { "joined" }
}

impl Desk<'_, '_> {
    fn find(&mut self, name: &ListingName) -> Result<Option<ListingRow>> {
        let found = self.log.find_listing(&name.provider, &name.id)?;
        // the directory as this transaction left it
        found.map_or(Ok(None), |row| self.log.listing(row.id))
    }

    /// Why it changes nothing where another decided about its listings since it was judged.
    fn overtaken(&mut self) -> Result<Option<Refused>> {
        let Some(found) = &self.decision.found else { return Ok(None) };
        let name = self.stands(&self.decision.listing)?;
        let other = self.decision.with.as_ref().map(|with| self.stands(with)).transpose()?.flatten();
        let is_as_found = name.as_ref() == Some(&found.name) && other == found.other;
        let why = || "somebody else decided about it in the meantime: look at the listing again".to_owned();
        Ok((!is_as_found).then(|| ("found", Refusal::Implausible, why())))
    }

    fn stands(&mut self, name: &ListingName) -> Result<Option<String>> {
        let Some(row) = self.find(name)? else { return Ok(None) };
        Ok(Some(stands(row.event, &self.log.decisions_of(row.id)?)))
    }

    /// The event that the decision names, with the listing that it was named by.
    fn other(&mut self) -> Result<std::result::Result<(EventId, Vec<ListingRow>), Refused>> {
        if let Some(name) = &self.decision.with {
            let Some(row) = self.find(name)? else { return Ok(Err(unknown("with", name))) };
            return Ok(Ok((row.event, vec![row])));
        }
        let text = self.decision.event.as_deref().unwrap_or_default();
        let Ok(event) = text.parse::<EventId>() else {
            return Ok(Err(("event", Refusal::NotTheShape, format!("{text:?} is no event's id: it has 32 hexadecimal digits"))));
        };
        let listings = self.log.listings_of_event(event)?;
        if listings.is_empty() {
            return Ok(Err(("event", Refusal::Orphan, format!("no listing is the event {event}"))));
        }
        Ok(Ok((event, listings)))
    }

    fn add(&mut self, row: &ListingRow, event: EventId, rule: &'static str, evidence: Value, more: More) -> Result<()> {
        let by = self.decision.by.clone();
        let mut evidence = evidence;
        if !self.decision.reason.is_empty() {
            evidence["reason"] = json!(self.decision.reason);
        }
        let decision = NewDecision {
            kind: kind_of(row, event),
            listing: row.id,
            event,
            rule,
            evidence: evidence.to_string(),
            decided_by: by,
            what: more.what,
            other: more.other.map(|other| other.id),
            undoes: more.undoes,
        };
        self.log.add_decision(self.i, &decision)?;
        self.i += 1;
        self.touched.insert(row.id);
        if event != row.event {
            self.log.set_event(row.id, event)?;
            self.boards.set_event(row.id, event);
        }
        Ok(())
    }

    /// Old rows that were decided about are accounted for anew.
    fn account(&mut self) -> Result<()> {
        for id in std::mem::take(&mut self.touched) {
            let Some(row) = self.log.listing(id)?.filter(|row| row.provider == providers::legacy::KEY) else { continue };
            let outcome = if row.event != own_event(&row) {
                Outcome::Joined
            } else if open_candidates(&self.log.decisions_of(id)?).is_empty() {
                Outcome::Adopted
            } else {
                Outcome::Waiting
            };
            self.log.set_outcome(id, outcome)?;
        }
        Ok(())
    }

    fn join(&mut self) -> Result<Option<Refused>> {
        let Some(row) = self.find(&self.decision.listing)? else { return Ok(Some(unknown("listing", &self.decision.listing))) };
        let (event, named) = match self.other()? {
            Ok(found) => found,
            Err(refused) => return Ok(Some(refused)),
        };
        if event == row.event {
            return Ok(Some(("listing", Refusal::Implausible, format!("it is the event {event} already"))));
        }
        let with = &named[0];
        if with.kind != row.kind {
            let why = format!("one is a {}, the other a {}", row.kind.as_str(), with.kind.as_str());
            return Ok(Some(("listing", Refusal::Implausible, why)));
        }
        for one in self.log.listings_of_event(row.event)? {
            let evidence = json!({ "with": shown(with), "event_before": row.event });
            self.add(&one, event, JOIN, evidence, More::default())?;
        }
        Ok(None)
    }

    fn refuse(&mut self) -> Result<Option<Refused>> {
        let Some(row) = self.find(&self.decision.listing)? else { return Ok(Some(unknown("listing", &self.decision.listing))) };
        let (event, named) = match self.other()? {
            Ok(found) => found,
            Err(refused) => return Ok(Some(refused)),
        };
        if event == row.event {
            return Ok(Some(("listing", Refusal::Implausible, "the two are one event: split them first".to_owned())));
        }
        for other in &named {
            self.refuse_pair(&row, other, row.event)?;
        }
        Ok(None)
    }

    fn refuse_pair(&mut self, row: &ListingRow, other: &ListingRow, event: EventId) -> Result<()> {
        let row = ListingRow { event, ..row.clone() };
        let more = More { what: Some("refused"), other: Some(other.clone()), undoes: None };
        self.add(&row, event, REFUSE, json!({ "with": shown(other) }), more)
    }

    /// The listing is an event of its own from here on. Where it founded the event that it shares, the others are the event of the
    /// first of them: it was theirs before they met it.
    fn split(&mut self) -> Result<Option<Refused>> {
        let Some(row) = self.find(&self.decision.listing)? else { return Ok(Some(unknown("listing", &self.decision.listing))) };
        let others: Vec<ListingRow> = self.log.listings_of_event(row.event)?.into_iter().filter(|other| other.id != row.id).collect();
        let Some(first) = others.first() else {
            return Ok(Some(("listing", Refusal::Implausible, "it is an event of its own already".to_owned())));
        };
        let evidence = json!({ "event_before": row.event });
        let own = own_event(&row);
        if row.event == own {
            let rest = own_event(first);
            for other in &others {
                self.add(other, rest, SPLIT, evidence.clone(), More::default())?;
            }
        } else {
            self.add(&row, own, SPLIT, evidence, More::default())?;
            self.take_along(&row, own)?;
        }
        for other in &others {
            if self.log.listing(other.id)?.is_some_and(|other| other.event != own || row.event == own) {
                self.refuse_pair(&row, other, own)?;
            }
        }
        Ok(None)
    }

    /// The last decision about the listing is taken back, for every listing that it was about.
    fn undo(&mut self) -> Result<Option<Refused>> {
        let Some(row) = self.find(&self.decision.listing)? else { return Ok(Some(unknown("listing", &self.decision.listing))) };
        let decided = self.log.decisions_of(row.id)?;
        let Some((seq, word)) = last_standing(&decided).filter(|(_, word)| *word != "founded") else {
            return Ok(Some((
                "listing",
                Refusal::Implausible,
                "there is nothing to undo: nothing was decided about it since it was met".to_owned(),
            )));
        };
        // an entry of a provider may have decided about many listings, each by itself; a person's is one decision
        let is_persons = decided.iter().any(|one| one.seq == seq && one.is_persons());
        let of_entry = if is_persons { self.log.decisions_at(seq)? } else { Vec::new() };
        let mut listings: BTreeSet<_> = of_entry.iter().map(|one| one.listing).collect();
        listings.insert(row.id);
        let mut back = Vec::new();
        for id in listings {
            let decided = self.log.decisions_of(id)?;
            let Some(listing) = self.log.listing(id)? else { continue };
            if standing(&decided).last().is_some_and(|last| last.seq != seq) {
                let why = format!("{} {} was decided about again since: undo that first", listing.provider, listing.external_id);
                return Ok(Some(("listing", Refusal::Implausible, why)));
            }
            let event = event_without(&decided, seq).unwrap_or_else(|| own_event(&listing));
            back.push((listing, event));
        }
        for (listing, event) in &back {
            let evidence = json!({ "event_before": listing.event, "undone": word });
            self.add(listing, *event, UNDO, evidence, More { what: Some("undone"), other: None, undoes: Some(seq) })?;
        }
        for (listing, event) in &back {
            self.take_along(listing, *event)?;
        }
        Ok(None)
    }

    /// Whom a rule joined for the sake of a listing goes where that goes: nothing else spoke for the event that both were.
    fn take_along(&mut self, leader: &ListingRow, event: EventId) -> Result<()> {
        if event == leader.event {
            return Ok(());
        }
        for row in self.log.listings_of_event(leader.event)? {
            let decided = self.log.decisions_of(row.id)?;
            let last = standing(&decided).into_iter().rev().find(|one| one.places());
            let Some(evidence) = last.and_then(|last| evidence_of_join(last, leader)) else { continue };
            self.log.add_decision(self.i, &by_rule("joined", row.id, event, FOLLOWS, evidence.to_string()))?;
            self.i += 1;
            self.touched.insert(row.id);
            self.log.set_event(row.id, event)?;
            self.boards.set_event(row.id, event);
            self.take_along(&row, event)?;
        }
        Ok(())
    }
}

/// What a row of the ledger says beside the event.
#[derive(Default)]
struct More {
    what: Option<&'static str>,
    other: Option<ListingRow>,
    undoes: Option<Seq>,
}

/// What a decision rests on, where a rule joined its listing with another one.
fn evidence_of_join(decided: &Decided, with: &ListingRow) -> Option<Value> {
    let evidence: Value = serde_json::from_str(&decided.evidence).ok()?;
    let is_join = !decided.is_persons() && decided.kind == "joined" && evidence["with"] == shown(with);
    is_join.then_some(evidence)
}

/// The last entry whose decision about a listing stands, with what it decided: that it is refused, only where it placed nothing.
fn last_standing(decided: &[Decided]) -> Option<(Seq, &str)> {
    let standing = standing(decided);
    let seq = standing.last()?.seq;
    let of_entry = || standing.iter().filter(|one| one.seq == seq);
    of_entry().find(|one| one.places()).or(of_entry().next()).map(|one| (seq, one.word()))
}

/// The event that a listing was by the decisions that stand without those of one entry.
fn event_without(decided: &[Decided], seq: Seq) -> Option<EventId> {
    standing(decided).into_iter().rev().find(|one| one.seq != seq && one.places()).map(|one| one.event)
}
