//! What imported words mean: those of The Odds API, in which mappings are written, and our own words for the sides.

use odds::market::{Meaning, Side, Words};

use crate::provider::Provider;
use crate::the_odds_api::TheOddsApi;

/// The meaning of a slot's words, or `None` where they are none that we know.
pub(super) fn meaning(sport: &str, words: &Words<'_>) -> Option<Meaning> {
    let mut meaning = TheOddsApi.meaning(sport, words)?;
    meaning.side = match meaning.side {
        Side::Named(name) => match name.as_str() {
            "home" => Side::Home,
            "away" => Side::Away,
            "draw" => Side::Draw,
            _ => Side::Named(name),
        },
        side => side,
    };
    Some(meaning)
}
