//! What the directory holds: players, names with what is decided of them, and the sightings that it is made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::PlayerId;
use crate::moment::Moment;

/// In whose games a name is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teams<'a> {
    /// The source names the team.
    Stated(&'a str),
    /// One of the two sides of a game.
    Playing(&'a str, &'a str),
    /// Nothing is said.
    Unknown,
}

impl<'a> Teams<'a> {
    /// The teams that it may be.
    pub(super) fn names(self) -> Vec<&'a str> {
        match self {
            Self::Stated(team) => vec![team],
            Self::Playing(home, away) => vec![home, away],
            Self::Unknown => Vec::new(),
        }
    }
}

/// A name as a source gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// Our league.
    pub league: &'a str,
    /// The provider's key.
    pub provider: &'a str,
    /// The provider's id of the player, where it gives one.
    pub id: Option<&'a str>,
    /// Its spelling.
    pub name: &'a str,
    /// In whose games.
    pub teams: Teams<'a>,
    /// The position, in the source's abbreviation.
    pub position: Option<&'a str>,
    /// The moment of the world.
    pub at: Moment,
}

/// A team of a player, with the first and the last moment at which a source said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The team in the source's spelling.
    pub team: String,
    /// Who says so.
    pub provider: String,
    /// First said.
    pub first_at: Moment,
    /// Last said.
    pub last_at: Moment,
}

/// A player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// Our id.
    pub id: PlayerId,
    /// Our league.
    pub league: String,
    /// The spelling that founded him.
    pub name: String,
    /// His teams.
    pub teams: Vec<Span>,
    /// The teams that he may play for, by the games that he was seen in.
    pub playing: Vec<String>,
    /// His positions, as sources abbreviate them.
    pub positions: BTreeSet<String>,
}

/// What a name is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A player of its own.
    Founded,
    /// The player of other names.
    Joined,
    /// A player of its own again.
    Split,
}

impl Word {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Founded => "founded",
            Self::Joined => "joined",
            Self::Split => "split",
        }
    }
}

/// What is decided about a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The player that it is.
    pub player: PlayerId,
    /// How it came to him.
    pub word: Word,
    /// Name and version of the rule.
    pub rule: String,
    /// What it rests on.
    pub evidence: serde_json::Value,
    /// Who decided.
    pub by: String,
    /// Whom it may be, and why it is left to a person.
    pub candidates: BTreeMap<PlayerId, String>,
    /// Whom it never is.
    pub refused: BTreeSet<PlayerId>,
}

/// A name of a provider, or its id, with the player that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Our league.
    pub league: String,
    /// The provider's key.
    pub provider: String,
    /// The provider's id, or the letters of the name; behind `@` the team, where the provider has one name for two players.
    pub reference: String,
    /// Whether the reference is an id of the provider.
    pub has_id: bool,
    /// Its spellings, the first one first.
    pub names: Vec<String>,
    /// The teams that it was last seen with.
    pub teams: Vec<String>,
    /// The position that was last said.
    pub position: Option<String>,
    /// First seen.
    pub first_at: Moment,
    /// Last seen.
    pub last_at: Moment,
    /// What stands.
    pub now: Decided,
    /// What stood before, the oldest first.
    pub before: Vec<Decided>,
}

impl Binding {
    /// The player that it founds by itself.
    #[must_use]
    pub fn own(&self) -> PlayerId {
        PlayerId::founded_by(&self.league, &self.provider, &self.reference)
    }

    /// Whether a person is to say whom it is.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.now.candidates.is_empty()
    }
}

/// What became of a sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is this player.
    Is(PlayerId),
    /// Several go by it, and nothing says which.
    Several,
    /// It is nobody: a team's defence, a pair of players.
    Nobody,
}
