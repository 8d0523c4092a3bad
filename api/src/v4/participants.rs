//! `GET /v4/sports/{sport}/participants`: the sides that play in a sport's events. One credit.

use std::collections::{BTreeSet, HashMap};

use odds::EventId;
use odds::observation::ListingKind;

use super::Answer;
use super::asked::Asked;
use super::body::Participant;
use super::games::{PROVIDER, games, require_sport};
use super::problem::Wrong;
use crate::state::State;

/// How far back a side may have played last, in days.
const LATELY: i64 = 400;

pub(super) fn answer(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    require_sport(state, &asked.sport)?;
    let mut names = BTreeSet::new();
    for game in games(state, &asked.sport, (state.now)(), LATELY)? {
        let sides = game.listings.into_iter().next().filter(|listing| listing.kind == ListingKind::Contest);
        names.extend(sides.into_iter().flat_map(|listing| [listing.home, listing.away]).flatten());
    }
    let told: HashMap<String, String> =
        state.store.named(PROVIDER, "participant", "")?.into_iter().map(|row| (row.title, row.key)).collect();
    let participants: Vec<Participant> = names
        .into_iter()
        .map(|name| Participant { id: told.get(&name).cloned().unwrap_or_else(|| own_id(&asked.sport, &name)), full_name: name })
        .collect();
    let is_missing = participants.is_empty();
    if is_missing {
        state.v4.miss(&asked.sport, "participants");
    }
    Ok(Answer::of(&participants, 1)?.not_collected(is_missing))
}

/// A stable id for a side whose id there was not told to us.
fn own_id(sport: &str, name: &str) -> String {
    format!("par_{}", EventId::founded_by(sport, &format!("participant {name}")))
}
