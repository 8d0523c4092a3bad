//! A person's decision of identity, into the log. It says how it found what it is about, and is taken up only where that stands so at its
//! place in the log: of two who decide at once, the second changes nothing and is told. Of listings that is looked at in the transaction that
//! records it. The directory of players is a fold of the log, and an entry does not depend on how far a follower has read: so a decision
//! about a player is judged by the directory at the end of the log before it enters it, and the fold looks whether it finds the names so.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::Seq;
use odds::decision::{Decision, Found, ListingName, Subject};
use odds::player::Directory;
use providers::person;
use store::Result;
use store::ledger::stands;

use crate::publish::players::{apply, became, stood};
use crate::publish::{Follower, PlayersFollower};
use crate::record::{Recorder, Settled};

/// Listings that one decision is about, at most.
const MOST_DECISIONS: i64 = 10_000;

impl Recorder {
    /// Records what a person decided: archived first, as every reply is. Said twice, it is one entry. What cannot be about a player is
    /// refused here and is not in the log; what cannot be about a listing is a problem of its entry.
    ///
    /// # Errors
    /// What the store reports.
    pub fn decide(&self, decision: &Decision) -> Result<Settled> {
        match decision.subject {
            Subject::Listing => self.settle_listing(&self.judge_listing(decision)?),
            Subject::Player => self.decide_player(decision),
        }
    }

    /// A decision about a listing with how it stands now, and how the other does. Nothing is recorded.
    ///
    /// # Errors
    /// What the store reports.
    pub fn judge_listing(&self, decision: &Decision) -> Result<Decision> {
        let stands = |name: &ListingName| -> Result<Option<String>> {
            let Some(row) = self.store().listing_of(&name.provider, &name.id)? else { return Ok(None) };
            Ok(Some(stands(row.event, &self.store().decisions_of(row.id, Seq(i64::MAX))?)))
        };
        let other = decision.with.as_ref().map(stands).transpose()?.flatten();
        let found = stands(&decision.listing)?.map(|name| Found { name, other });
        Ok(Decision { found, ..decision.clone() })
    }

    /// Records a decision about a listing that was judged, and tells what became of it.
    ///
    /// # Errors
    /// What the store reports.
    pub fn settle_listing(&self, decision: &Decision) -> Result<Settled> {
        let (body, request, headers) = (person::document(decision), person::request(), BTreeMap::new());
        let recorded = self.take(&[person::reply(&request, &headers, &body, decision.made_at)], None)?.remove(0);
        if !recorded.verdict.is_good() {
            return Ok(Settled { reply: Some(recorded.reply), ..Settled::refused(recorded.verdict.reason().to_owned()) });
        }
        let entry = self.store().entry_of(recorded.reply)?;
        let seq = entry.as_ref().map(|entry| entry.seq);
        let refused = entry.map(|entry| entry.problems.into_iter().map(|(.., detail)| detail).collect()).unwrap_or_default();
        let decided = match seq {
            Some(seq) => self.store().decisions((Seq(seq.0 - 1), i64::MAX), seq, MOST_DECISIONS)?,
            None => Vec::new(),
        };
        Ok(Settled { reply: Some(recorded.reply), seq, refused, decided, player: None })
    }

    fn decide_player(&self, decision: &Decision) -> Result<Settled> {
        match self.judge_player(decision)? {
            Ok(judged) => self.settle_player(judged),
            Err(why) => Ok(Settled::refused(why)),
        }
    }

    /// Judges a decision about a player by the directory at the end of the log. Nothing is recorded.
    ///
    /// # Errors
    /// What the store reports; inside, why the decision cannot be.
    pub fn judge_player(&self, decision: &Decision) -> Result<std::result::Result<Judged, String>> {
        self.read_players()?;
        let (at, directory) = self.store().players_at()?;
        let judged = stood(&directory, decision).and_then(|found| {
            let decision = Decision { found: Some(found), ..decision.clone() };
            apply(&mut Directory::clone(&directory), &decision).map(|_| decision)
        });
        Ok(judged.map(|decision| Judged { decision, at, directory }))
    }

    /// Records a decision that was judged, and tells what became of it at its place in the log.
    ///
    /// # Errors
    /// What the store reports.
    pub fn settle_player(&self, judged: Judged) -> Result<Settled> {
        let Judged { decision, at, directory } = judged;
        let settled = self.settle_listing(&decision)?;
        let Some(seq) = settled.seq.filter(|_| settled.refused.is_empty()) else { return Ok(settled) };
        self.read_players()?;
        let known = (at, Arc::unwrap_or_clone(directory));
        Ok(match became(self.store(), self.providers().clone(), known, (&decision, seq))? {
            Ok(player) => Settled { player: Some(player), ..settled },
            Err(why) => Settled { refused: vec![why], ..settled },
        })
    }

    /// Brings the directory of players to the end of the log.
    fn read_players(&self) -> Result<()> {
        let follows = PlayersFollower::new(self.providers().clone());
        Follower::new(Arc::clone(self.store()), Arc::clone(self.clock()), follows).catch_up().map(drop)
    }
}

/// A decision about a player that may be, by the directory at an entry.
#[derive(Debug, Clone)]
pub struct Judged {
    decision: Decision,
    at: Seq,
    directory: Arc<Directory>,
}
