//! What a person decides of a name: whom it is, whom it is not, and that the decision before stands again.

use std::collections::BTreeMap;

use super::PlayerId;
use super::directory::{Directory, PERSON};
use super::kept::{Binding, Decided, Word};
use crate::decision::Verb;

/// The other side of a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other<'a> {
    /// A player by our id.
    Player(PlayerId),
    /// A name of a provider: its key and the reference.
    Name(&'a str, &'a str),
}

impl Directory {
    /// The name of a reference (`id` or letters) of a provider in any league, where it is one.
    fn named(&self, provider: &str, reference: &str) -> Result<usize, String> {
        let is_it = |binding: &Binding| {
            binding.provider == provider
                && (binding.reference == reference || format!("{}/{}", binding.league, binding.reference) == reference)
        };
        let found: Vec<usize> = (0..self.bindings.len()).filter(|at| is_it(&self.bindings[*at])).collect();
        match found.as_slice() {
            [at] => Ok(*at),
            [] => Err(format!("{provider} names no player {reference:?}")),
            _ => Err(format!("{provider} names {} players {reference:?}: write LEAGUE/{reference}", found.len())),
        }
    }

    /// How a name or a player stands: the player, and who decided that when, where a person did. Two texts are the same where nobody decided
    /// in between.
    ///
    /// # Errors
    /// That there is no such name or player, in words.
    pub fn standing(&self, of: Other<'_>) -> Result<String, String> {
        let now = match of {
            Other::Player(id) => return Ok(self.player(id).ok_or_else(|| format!("no player {id}"))?.id.to_string()),
            Other::Name(provider, reference) => &self.bindings[self.named(provider, reference)?].now,
        };
        let decided = if now.by == PERSON { format!(" {} {}", now.evidence["made_at"], now.evidence["by"]) } else { String::new() };
        Ok(format!("{}{decided}", now.player))
    }

    /// Takes up what a person decided about a name; the other is a player's id or another name.
    ///
    /// # Errors
    /// Why it cannot be, in words; then nothing changes.
    pub fn decide(
        &mut self,
        what: Verb,
        name: (&str, &str),
        other: Option<Other<'_>>,
        evidence: serde_json::Value,
    ) -> Result<PlayerId, String> {
        let at = self.named(name.0, name.1)?;
        let binding = &self.bindings[at];
        let (own, now) = (binding.own(), binding.now.clone());
        let other = match other {
            Some(Other::Player(id)) => Some(self.player(id).ok_or_else(|| format!("no player {id}"))?.id),
            Some(Other::Name(provider, reference)) => Some(self.bindings[self.named(provider, reference)?].now.player),
            None => None,
        };
        let base = Decided { rule: format!("person/{}", what.as_str()), evidence, by: PERSON.to_owned(), ..now.clone() };
        let new = match (what, other) {
            (Verb::Join, Some(other)) if other == now.player => return Err(format!("it is the player {other} already")),
            (Verb::Join, Some(other)) if self.players[&other].league != binding.league => {
                return Err("the two are of two leagues".to_owned());
            }
            (Verb::Join, Some(other)) => Decided { player: other, word: Word::Joined, candidates: BTreeMap::new(), ..base },
            (Verb::Refuse, Some(other)) if other == now.player => return Err("the two are one player: split them first".to_owned()),
            (Verb::Refuse, Some(other)) => {
                let mut base = base;
                base.candidates.remove(&other);
                base.refused.insert(other);
                base
            }
            (Verb::Split, _) if now.player == own => return Err("it is a player of its own already".to_owned()),
            (Verb::Split, _) => {
                let mut base = Decided { player: own, word: Word::Split, candidates: BTreeMap::new(), ..base };
                base.refused.insert(now.player);
                base
            }
            (Verb::Undo, _) => return self.undo(at),
            (Verb::Join | Verb::Refuse, None) => return Err("say which other".to_owned()),
        };
        let player = new.player;
        self.set(at, new);
        Ok(player)
    }

    /// The decision before stands again.
    fn undo(&mut self, at: usize) -> Result<PlayerId, String> {
        let binding = &mut self.bindings[at];
        let before = binding.before.pop().ok_or("there is nothing to undo: nothing was decided about it since it was met")?;
        let (from, to) = (binding.now.player, before.player);
        binding.now = before;
        self.move_to(at, from, to);
        Ok(to)
    }
}
