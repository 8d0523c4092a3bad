//! Teams by date: whether a sighting is in a player's team, and what it adds to what is known of it.

use super::kept::{Player, Sighting, Span, Teams};
use crate::participant::likeness_at;

/// How the teams of a sighting lie to those of a player at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Shared,
    Apart,
    /// All that is known of his teams is long ago.
    Past,
    /// One of the two has no team.
    Unknown,
}

/// A team that was said longer ago than this may be another by now.
const TEAM_HOLDS_SECS: i64 = 300 * 86_400;
/// Who was with a team longer ago than this may be the father of who is.
const CAREER_PAUSE_SECS: i64 = 3 * 365 * 86_400;

pub(super) fn relation(player: &Player, sighting: &Sighting<'_>) -> Relation {
    let theirs = sighting.teams.names();
    let is_within =
        |span: &Span, secs: i64| sighting.at.secs() >= span.first_at.secs() - secs && sighting.at.secs() <= span.last_at.secs() + secs;
    let is_theirs = |own: &str| theirs.iter().any(|other| likeness_at(sighting.league, own, other, Some(sighting.at)).is_one());
    if theirs.is_empty() || (player.teams.is_empty() && player.playing.is_empty()) {
        return Relation::Unknown;
    }
    if player.teams.is_empty() {
        return if player.playing.iter().any(|team| is_theirs(team)) { Relation::Shared } else { Relation::Apart };
    }
    if player.teams.iter().any(|span| is_within(span, CAREER_PAUSE_SECS) && is_theirs(&span.team)) {
        Relation::Shared
    } else if player.teams.iter().any(|span| is_within(span, TEAM_HOLDS_SECS)) {
        Relation::Apart
    } else {
        Relation::Past
    }
}

pub(super) fn note_teams(player: &mut Player, sighting: &Sighting<'_>) {
    let is_one = |a: &str, b: &str| likeness_at(sighting.league, a, b, Some(sighting.at)).is_one();
    match sighting.teams {
        Teams::Unknown => {}
        Teams::Stated(team) => match player.teams.iter_mut().find(|span| span.provider == sighting.provider && is_one(&span.team, team)) {
            Some(span) => (span.first_at, span.last_at) = (span.first_at.min(sighting.at), span.last_at.max(sighting.at)),
            None => player.teams.push(Span {
                team: team.to_owned(),
                provider: sighting.provider.to_owned(),
                first_at: sighting.at,
                last_at: sighting.at,
            }),
        },
        Teams::Playing(..) => {
            let theirs = sighting.teams.names();
            let both: Vec<String> = player.playing.iter().filter(|own| theirs.iter().any(|team| is_one(own, team))).cloned().collect();
            player.playing = if both.is_empty() { theirs.into_iter().map(str::to_owned).collect() } else { both };
        }
    }
}
