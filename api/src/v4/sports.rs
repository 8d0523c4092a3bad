//! `GET /v4/sports[?all=true]`: the sports that are on, or all that are known. Free.

use std::collections::{BTreeMap, BTreeSet};

use odds::Moment;
use serde::Deserialize;

use super::Answer;
use super::asked::Asked;
use super::body::Sport;
use super::games::{PROVIDER, all_games};
use super::problem::Wrong;
use crate::state::State;

/// What the catalogue keeps beside a sport's title.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    group: Option<String>,
    description: Option<String>,
    active: Option<bool>,
    has_outrights: Option<bool>,
}

pub(super) fn answer(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let wants_all = asked.all_sports()?;
    let on = sports_on(state, (state.now)())?;
    let mut told = BTreeMap::new();
    for row in state.store.named(PROVIDER, "sport", "")? {
        told.insert(row.key, (row.title, serde_json::from_str::<Detail>(&row.detail).unwrap_or_default()));
    }
    let known = state.v4.words().sport_keys().into_iter().map(str::to_owned);
    let keys: BTreeSet<String> = known.chain(told.keys().cloned()).chain(on.iter().cloned()).collect();
    let sports = keys.into_iter().map(|key| {
        let is_on = on.contains(&key);
        let told = told.remove(&key);
        sport(state, key, told, is_on)
    });
    Answer::of(&sports.filter(|sport| wants_all || sport.active).collect::<Vec<_>>(), 0)
}

/// Sports with an event that is to come, or began today.
fn sports_on(state: &State, now: Moment) -> Result<BTreeSet<String>, Wrong> {
    Ok(all_games(state, now, 1)?.into_iter().map(|game| game.sport).collect())
}

fn sport(state: &State, key: String, told: Option<(String, Detail)>, is_on: bool) -> Sport {
    let words = state.v4.words();
    let (title, detail) = told.map_or_else(|| (None, Detail::default()), |(title, detail)| (Some(title), detail));
    let known = words.title(&key);
    Sport {
        group: detail.group.unwrap_or_else(|| words.group(&key).to_owned()),
        title: title.unwrap_or_else(|| known.map_or_else(|| key.clone(), |(title, _)| title.to_owned())),
        description: detail.description.unwrap_or_else(|| known.map_or_else(String::new, |(_, description)| description.to_owned())),
        active: is_on || detail.active.unwrap_or_default(),
        has_outrights: detail.has_outrights.unwrap_or_else(|| words.is_outright(&key)),
        key,
    }
}
