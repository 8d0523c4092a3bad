//! Which player of ours a name is: by the directory as its follower has left it.

use std::collections::BTreeSet;
use std::sync::Arc;

use odds::Moment;
use odds::observation::FactKind;
use odds::player::{Directory, Seen, Sighting, Teams};
use store::boards::Kept;

use crate::problem::Problem;
use crate::state::State;

/// The directory, with the players that were asked for.
pub struct People {
    directory: Arc<Directory>,
    wanted: BTreeSet<String>,
}

impl People {
    /// The directory as it stands; `asked` is a part of a name in any spelling, or an id.
    pub fn of(state: &State, asked: Option<&String>) -> Result<Self, Problem> {
        let directory = state.store.players()?;
        let wanted = asked.map(|asked| directory.called(asked)).unwrap_or_default();
        Ok(Self { wanted: wanted.iter().map(ToString::to_string).collect(), directory })
    }

    /// Whether a player is among those that were asked for.
    pub fn are_wanted(&self, player: Option<&str>) -> bool {
        player.is_some_and(|player| self.wanted.contains(player))
    }

    /// The player whom a board speaks of.
    pub fn player_id(&self, kept: &Kept, name: Option<&str>, at: Moment) -> Option<String> {
        let (home, away) = (kept.board.fact(FactKind::Home), kept.board.fact(FactKind::Away));
        let teams = home.zip(away).map_or(Teams::Unknown, |(home, away)| Teams::Playing(home, away));
        let place = (kept.listing.league.as_deref()?, kept.listing.provider.as_str());
        self.find(place, (None, name?), teams, kept.board.starts_at().unwrap_or(at))
    }

    /// The player of a name in a league, as a provider names him, with the provider's id where there is one.
    pub fn find(&self, (league, provider): (&str, &str), (id, name): (Option<&str>, &str), teams: Teams<'_>, at: Moment) -> Option<String> {
        let id = id.filter(|id| odds::player::key(id) != odds::player::key(name));
        match self.directory.find(&Sighting { league, provider, id, name, teams, position: None, at }) {
            Seen::Is(player) => Some(player.to_string()),
            Seen::Several | Seen::Nobody => None,
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }
}
