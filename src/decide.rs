//! A person's decision of identity, into the log. Of listings it is judged in the transaction that records it. The directory of players is
//! a fold of the log, and an entry does not depend on how far a follower has read: so a decision about a player is judged by the directory
//! at the end of the log before it enters it, and looked at once more behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::Seq;
use odds::decision::{Decision, Subject, Verb};
use odds::player::{Directory, PlayerId};
use providers::person;
use store::Result;

use crate::publish::players::{apply, evidence_of};
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
            Subject::Listing => self.decide_listing(decision),
            Subject::Player => self.decide_player(decision),
        }
    }

    fn decide_listing(&self, decision: &Decision) -> Result<Settled> {
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
        let read = self.read_players()?;
        let directory = self.store().players()?;
        let player = match apply(&mut Directory::clone(&directory), decision) {
            Ok(player) => player,
            Err(why) => return Ok(Settled::refused(why)),
        };
        let settled = self.decide_listing(decision)?;
        let Some(seq) = settled.seq.filter(|_| settled.refused.is_empty()) else { return Ok(settled) };
        self.read_players()?;
        // nothing came in between, or what came left the decision as it was foreseen
        let stands = seq.0 == read.0 + 1 || has_decided(&*self.store().players()?, decision, player);
        let why = "what came into the log just before it made it impossible: look at the name again";
        let refused = if stands { Vec::new() } else { vec![why.to_owned()] };
        Ok(Settled { refused, player: Some(player), ..settled })
    }

    /// Brings the directory of players to the end of the log; gives how far that was.
    fn read_players(&self) -> Result<Seq> {
        let follows = PlayersFollower::new(self.providers().clone());
        Follower::new(Arc::clone(self.store()), Arc::clone(self.clock()), follows).catch_up()
    }
}

fn has_decided(directory: &Directory, decision: &Decision, player: PlayerId) -> bool {
    let (evidence, name) = (evidence_of(decision), &decision.listing);
    let is_named = |reference: &str, league: &str| reference == name.id || format!("{league}/{reference}") == name.id;
    directory.bindings().iter().any(|binding| {
        let is_it = binding.provider == name.provider && is_named(&binding.reference, &binding.league);
        is_it && binding.now.player == player && (decision.what == Verb::Undo || binding.now.evidence == evidence)
    })
}
