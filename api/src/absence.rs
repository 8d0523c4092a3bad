//! Absence is an answer: an empty list says why it is empty.

use serde::Serialize;
use utoipa::ToSchema;

use crate::asked::near;
use crate::contest::is_sport;
use crate::problem::Problem;
use crate::state::State;
use crate::view;

/// Why there is nothing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Absence {
    /// `not_covered` (nobody offers it to us) or `not_observed` (we have not looked, or nothing came).
    pub state: view::State,
    /// What it is that is absent, where the caller named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
}

impl Absence {
    /// Nobody offers it to us.
    pub fn not_covered(what: Option<&str>, reason: impl Into<String>) -> Self {
        Self { state: view::State::NotCovered, what: what.map(str::to_owned), reason: reason.into() }
    }

    /// We have not looked, or nothing came.
    pub fn not_observed(what: Option<&str>, reason: impl Into<String>) -> Self {
        Self { state: view::State::NotObserved, what: what.map(str::to_owned), reason: reason.into() }
    }
}

/// A reason, with words that were perhaps meant.
pub fn with_near(reason: &str, word: &str, known: &[String]) -> String {
    let near = near(word, known.iter().map(String::as_str));
    if near.is_empty() { reason.to_owned() } else { format!("{reason}; did you mean {}?", near.join(" or ")) }
}

/// Why nothing of a sport is there: no provider lists it, or nothing in it fits.
pub fn of_sport(state: &State, sport: Option<&String>, fits: &str) -> Result<Absence, Problem> {
    let Some(sport) = sport else { return Ok(Absence::not_observed(None, fits)) };
    let listed = state.store.sports_listed()?;
    if listed.iter().any(|one| is_sport(&one.key, one.league.as_deref(), Some(sport))) {
        return Ok(Absence::not_observed(Some(sport), fits));
    }
    let known: Vec<String> = listed.into_iter().flat_map(|one| [Some(one.key), one.league]).flatten().collect();
    Ok(Absence::not_covered(Some(sport), with_near("no reply has listed anything of this sport", sport, &known)))
}
