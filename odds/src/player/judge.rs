//! Whom a new name may be: the players of its league with a name like it, weighed by team, position and the ids of their providers.

use std::collections::{BTreeMap, BTreeSet};

use super::directory::Directory;
use super::kept::{Player, Sighting, Teams};
use super::teams::{Relation, relation};
use super::{Likeness, PlayerId, Verdict, likeness};

/// What a name comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct Judged {
    /// The player that it is, with the rule.
    pub(super) partner: Option<(PlayerId, &'static str)>,
    /// Players that it may be, with the reason.
    pub(super) candidates: BTreeMap<PlayerId, String>,
    /// Players of a name like it that it certainly is not.
    pub(super) against: BTreeSet<PlayerId>,
    pub(super) evidence: serde_json::Value,
}

/// A sport of persons: there is no team that could tell two of one name apart.
fn has_teams(league: &str) -> bool {
    let sport = league.split('.').next().unwrap_or_default();
    !matches!(sport, "tennis" | "golf" | "mma" | "boxing" | "darts" | "snooker" | "motorsport" | "athletics" | "cycling")
}

struct Weighed {
    id: PlayerId,
    like: Likeness,
    relation: Relation,
    /// He plays where two men of one name may play, and one man seldom does.
    is_unlike: bool,
}

impl Weighed {
    fn is_beyond_doubt(&self, league: &str) -> bool {
        match self.relation {
            Relation::Shared if self.is_unlike => false,
            Relation::Shared => self.like.verdict() == Verdict::Same || self.like.is_helped_by_team(),
            Relation::Unknown => self.like.verdict() == Verdict::Same && !has_teams(league),
            Relation::Apart | Relation::Past => false,
        }
    }

    const fn question(&self) -> Option<&'static str> {
        match (self.like.verdict(), self.relation) {
            (Verdict::Same, Relation::Apart) => Some("the same name with another team"),
            (Verdict::Same, Relation::Past) => Some("the same name, and its teams are of long ago"),
            (Verdict::Same, Relation::Unknown) => Some("the same name, and no team"),
            (Verdict::Same, Relation::Shared) if self.is_unlike => Some("the same name and team, and another position"),
            (Verdict::Candidate, Relation::Shared) => Some(self.like.as_str()),
            _ => None,
        }
    }
}

pub(super) fn judge(directory: &Directory, sighting: &Sighting<'_>, own: PlayerId, refused: &BTreeSet<PlayerId>) -> Judged {
    let mut judged = Judged::default();
    let mut weighed = Vec::new();
    for id in directory.near(sighting.league, sighting.name) {
        let Some(player) = directory.players.get(&id).filter(|player| player.id != own) else { continue };
        let names = || directory.names_of(id);
        let likenesses = names().flat_map(|binding| &binding.names).map(|name| likeness(sighting.league, sighting.name, name));
        let Some(like) = likenesses.min_by_key(|like| like.verdict()).filter(|like| *like != Likeness::Different) else { continue };
        let has_other_id = sighting.id.is_some() && names().any(|binding| binding.has_id && binding.provider == sighting.provider);
        if refused.contains(&id) || has_other_id || plays_elsewhere(player, sighting) {
            judged.against.insert(id);
            continue;
        }
        weighed.push(Weighed { id, like, relation: relation(player, sighting), is_unlike: is_unlike(player, sighting) });
    }
    let sure: Vec<&Weighed> = weighed.iter().filter(|one| one.is_beyond_doubt(sighting.league)).collect();
    if let [one] = sure.as_slice() {
        judged.partner = Some((one.id, rule(one, sighting)));
        judged.evidence = serde_json::json!({ "name": sighting.name, "names": one.like.as_str(), "teams": sighting.teams.names(), "position": sighting.position });
        return judged;
    }
    let several = (sure.len() > 1).then_some("several players of this name are in one game");
    for one in &weighed {
        let is_sure = one.is_beyond_doubt(sighting.league);
        let why = if is_sure { several } else { one.question() };
        judged.candidates.extend(why.map(|why| (one.id, why.to_owned())));
    }
    judged.evidence = serde_json::json!({ "name": sighting.name, "teams": sighting.teams.names(), "position": sighting.position });
    judged
}

const fn rule(one: &Weighed, sighting: &Sighting<'_>) -> &'static str {
    match (one.like.verdict(), sighting.teams) {
        (Verdict::Same, Teams::Stated(_)) => "league+name+team",
        (Verdict::Same, Teams::Playing(..)) => "league+name+game",
        (Verdict::Same, Teams::Unknown) => "league+name",
        (_, Teams::Stated(_)) => "league+likename+team",
        _ => "league+likename+game",
    }
}

/// Whether a player stands where this one seldom does: a forward is no defenceman and a pitcher no catcher, though one man may have been both.
fn is_unlike(player: &Player, sighting: &Sighting<'_>) -> bool {
    let sport = sighting.league.split('.').next().unwrap_or_default();
    let place = |position: &str| -> Option<&'static str> {
        Some(match (sport, position.to_ascii_uppercase().as_str()) {
            ("hockey", "D" | "LD" | "RD") => "defence",
            ("hockey", _) => "attack",
            ("baseball", "P" | "SP" | "RP" | "CP" | "LHP" | "RHP") => "mound",
            ("baseball", "C" | "1B" | "2B" | "3B" | "SS" | "IF" | "INF" | "LF" | "CF" | "RF" | "OF") => "field",
            _ => return None,
        })
    };
    let Some(own) = sighting.position.and_then(place) else { return false };
    !player.positions.is_empty() && player.positions.iter().all(|position| place(position).is_some_and(|other| other != own))
}

pub(super) fn plays_elsewhere(player: &Player, sighting: &Sighting<'_>) -> bool {
    let Some(position) = sighting.position else { return false };
    !player.positions.is_empty() && player.positions.iter().all(|own| are_two(sighting.league, own, position))
}

/// Whether two positions are never one man's: only where sources agree on what they mean.
pub(super) fn are_two(league: &str, a: &str, b: &str) -> bool {
    let group = |position: &str| -> Option<&'static str> {
        let position = position.to_ascii_uppercase();
        let sport = league.split('.').next().unwrap_or_default();
        Some(match (sport, position.as_str()) {
            ("football", "QB") => "passer",
            ("football", "RB" | "FB" | "HB" | "WR" | "TE") => "carrier",
            ("football", "T" | "OT" | "G" | "OG" | "C" | "OL" | "LT" | "RT" | "LG" | "RG") => "line",
            ("football", "DE" | "DT" | "NT" | "DL" | "EDGE" | "LB" | "ILB" | "OLB" | "MLB") => "front",
            ("football", "CB" | "S" | "FS" | "SS" | "SAF" | "DB") => "back",
            ("football", "LS") => "snapper",
            ("football", "K" | "P" | "PK") => "kicker",
            ("hockey", "G") => "goalkeeper",
            ("hockey", "C" | "L" | "R" | "LW" | "RW" | "F" | "D") => "skater",
            _ => return None,
        })
    };
    group(a).zip(group(b)).is_some_and(|(a, b)| a != b)
}
