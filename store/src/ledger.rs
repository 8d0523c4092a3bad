//! The ledger of joins: every decision of identity, and the questions that wait for a person.

use std::collections::HashSet;

use odds::id::{ListingId, ReplyId, Seq};
use odds::{EventId, Moment};
use serde::Deserialize;

use crate::engine::Row;
use crate::error::{Result, StoreError};
use crate::log::Appending;
use crate::store::Store;

/// A decision of identity, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Its entry.
    pub seq: Seq,
    /// Its number in the entry.
    pub i: i64,
    /// What the listing is from then on: `founded`, `joined` or `split`.
    pub kind: String,
    /// The listing.
    pub listing: ListingId,
    /// The listing's provider.
    pub provider: String,
    /// The provider's id of it.
    pub external_id: String,
    /// The event that it is from then on.
    pub event: EventId,
    /// Name and version of the rule.
    pub rule: String,
    /// What it rests on, as JSON.
    pub evidence: String,
    /// Who decided.
    pub decided_by: String,
    /// `refused` or `undone`, where it is that.
    pub what: Option<String>,
    /// The other listing of a pair that is refused.
    pub other: Option<ListingId>,
    /// The entry whose decision it takes back.
    pub undoes: Option<Seq>,
    /// The reply in which it was said, or in which the listing was met.
    pub reply: ReplyId,
    /// When it was recorded.
    pub recorded_at: Moment,
}

impl Decided {
    /// What was decided, in one word: `founded`, `joined`, `split`, `refused` or `undone`.
    #[must_use]
    pub fn word(&self) -> &str {
        self.what.as_deref().unwrap_or(&self.kind)
    }

    /// Whether a person decided it, and no rule.
    #[must_use]
    pub fn is_persons(&self) -> bool {
        self.rule.starts_with("person/")
    }

    /// Whether it says which event the listing is, and not only which it is not.
    #[must_use]
    pub fn places(&self) -> bool {
        self.what.as_deref() != Some("refused")
    }
}

/// The decisions that stand, of all about one listing in the order of the log: those that were taken back are left out, and so is
/// what took them back.
#[must_use]
pub fn standing(decided: &[Decided]) -> Vec<&Decided> {
    let gone: HashSet<Seq> = decided.iter().filter_map(|one| one.undoes).collect();
    decided.iter().filter(|one| one.undoes.is_none() && !gone.contains(&one.seq)).collect()
}

/// How a listing stands: the event that it is, and the last decision of a person about it that stands. Two texts are the same where nobody
/// decided in between.
#[must_use]
pub fn stands(event: EventId, decided: &[Decided]) -> String {
    let last = standing(decided).into_iter().rev().find(|one| one.is_persons());
    last.map_or_else(|| event.to_string(), |one| format!("{event} {}", one.reply))
}

/// A listing that a question names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// Its provider.
    pub provider: String,
    /// The provider's id of it.
    pub listing: String,
}

/// A listing that may be the same event as the one that waits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// Which.
    pub with: Named,
    /// The event that it was when the question was asked.
    pub event: String,
    /// Its home participant.
    pub home: Option<String>,
    /// Its away participant.
    pub away: Option<String>,
    /// Its start.
    pub starts_at: Option<Moment>,
    /// Why it is left to a person.
    pub why: String,
}

#[derive(Deserialize)]
struct Evidence {
    #[serde(default)]
    waits_for_a_person: bool,
    #[serde(default)]
    candidates: Vec<Candidate>,
}

/// What was left to a person and not answered, by the decisions about the listing itself ([`Store::waiting_about`] looks at the others' too).
#[must_use]
pub fn open_candidates(decided: &[Decided]) -> Vec<Candidate> {
    let standing = standing(decided);
    let Some(last) = standing.iter().rev().find(|one| one.places()) else { return Vec::new() };
    let evidence: Option<Evidence> = serde_json::from_str(&last.evidence).ok();
    let Some(evidence) = evidence.filter(|evidence| evidence.waits_for_a_person) else { return Vec::new() };
    let refused: Vec<Named> = standing
        .iter()
        .filter(|one| !one.places())
        .filter_map(|one| serde_json::from_str::<serde_json::Value>(&one.evidence).ok()?.get("with").cloned())
        .filter_map(|with| serde_json::from_value(with).ok())
        .collect();
    evidence.candidates.into_iter().filter(|candidate| !refused.contains(&candidate.with)).collect()
}

macro_rules! decisions {
    ($tail:literal) => {
        concat!(
            "select d.seq, d.i, d.kind, d.listing_id, l.provider, l.external_id, d.event_id, d.rule, d.evidence, d.decided_by, d.what, d.other_id,
                d.undoes, coalesce(e.reply_id, 0), coalesce(e.recorded_at, 0)
            from @decisions d join @listings l on l.listing_id = d.listing_id left join @entries e on e.seq = d.seq ",
            $tail
        )
    };
}

impl Store {
    /// Decisions in the order of the log, after one (entry and number in it), up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn decisions(&self, after: (Seq, i64), known: Seq, limit: i64) -> Result<Vec<Decided>> {
        let sql = decisions!("where (d.seq > $1 or (d.seq = $1 and d.i > $2)) and d.seq <= $3 order by d.seq, d.i limit $4");
        self.collect(sql, &[after.0.0.into(), after.1.into(), known.0.into(), limit.into()], &decided)
    }

    /// The decisions about a listing, up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn decisions_of(&self, listing: ListingId, known: Seq) -> Result<Vec<Decided>> {
        let sql = decisions!("where d.listing_id = $1 and d.seq <= $2 order by d.seq, d.i");
        self.collect(sql, &[listing.0.into(), known.0.into()], &decided)
    }
}

impl Store {
    /// What still waits for a person about a listing, of all that was decided about it up to an entry: nothing, once it is one event with
    /// a listing that it may be, whichever of the two was decided about.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn waiting_about(&self, decided: &[Decided], known: Seq) -> Result<Vec<Candidate>> {
        let (open, own) = (open_candidates(decided), decided.last().map(|last| last.event));
        for Named { provider, listing } in open.iter().map(|candidate| &candidate.with) {
            let Some(other) = self.listing_of(provider, listing)? else { continue };
            if self.decisions_of(other.id, known)?.last().map(|last| last.event) == own {
                return Ok(Vec::new());
            }
        }
        Ok(open)
    }
}

impl Appending<'_> {
    /// The decisions about a listing so far, those of the entry that is open included.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn decisions_of(&mut self, listing: ListingId) -> Result<Vec<Decided>> {
        self.flush()?;
        let mut all = Vec::new();
        let sql = decisions!("where d.listing_id = $1 order by d.seq, d.i");
        self.connection.query(sql, &[listing.0.into()], &mut |row| {
            all.push(decided(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The decisions of one entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn decisions_at(&mut self, seq: Seq) -> Result<Vec<Decided>> {
        self.flush()?;
        let mut all = Vec::new();
        let sql = decisions!("where d.seq = $1 order by d.i");
        self.connection.query(sql, &[seq.0.into()], &mut |row| {
            all.push(decided(row)?);
            Ok(())
        })?;
        Ok(all)
    }
}

fn decided(row: &dyn Row) -> Result<Decided> {
    Ok(Decided {
        seq: Seq(row.int(0)?),
        i: row.int(1)?,
        kind: row.text(2)?.to_owned(),
        listing: ListingId(row.int(3)?),
        provider: row.text(4)?.to_owned(),
        external_id: row.text(5)?.to_owned(),
        event: row.text(6)?.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a decision", error))?,
        rule: row.text(7)?.to_owned(),
        evidence: row.text(8)?.to_owned(),
        decided_by: row.text(9)?.to_owned(),
        what: row.opt_text(10)?.map(str::to_owned),
        other: row.opt_int(11)?.map(ListingId),
        undoes: row.opt_int(12)?.map(Seq),
        reply: ReplyId(row.int(13)?),
        recorded_at: Moment::from_micros(row.int(14)?),
    })
}
