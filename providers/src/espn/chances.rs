//! What ESPN itself gives the sides: its projection before the game, and the win probability of the last play. Nobody's price.

use std::borrow::Cow;

use odds::observation::{FactKind, FactSeen};
use serde::Serialize;

use super::contest::fact;
use super::notes::Notes;
use super::wire::{Field, Items, Predictor, Projection, WinProbability};

/// In percent, as written.
#[derive(Serialize)]
struct Chances {
    home: String,
    away: String,
}

/// As a share of one, as written, with the play after which it stood.
#[derive(Serialize)]
struct AfterPlay {
    home: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tie: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    play: Option<String>,
}

/// The attributes of a summary that tell chances.
pub(super) fn facts(notes: &mut Notes, predictor: Field<Predictor>, plays: Items<'_>) -> Vec<FactSeen<'static>> {
    let mut facts: Vec<FactSeen<'static>> = projection(notes, predictor).into_iter().collect();
    let Some((at, last)) = notes.items::<WinProbability>("", "winprobability", plays).pop() else { return facts };
    if let Some(home) = notes.need_text(&at, "homeWinPercentage", last.home_win_percentage) {
        let tie = notes.text(&at, "tiePercentage", last.tie_percentage);
        let play = notes.text(&at, "playId", last.play_id);
        facts.extend(attribute("win_probability", &AfterPlay { home, tie, play }));
    }
    facts
}

fn projection(notes: &mut Notes, predictor: Field<Predictor>) -> Option<FactSeen<'static>> {
    let predictor = notes.take("", "predictor", predictor)?;
    let mut of = |name: &str, side: Field<Projection>| {
        let side = notes.take("predictor", name, side)?;
        notes.text("predictor", &format!("{name}.gameProjection"), side.game_projection)
    };
    let (home, away) = (of("homeTeam", predictor.home_team)?, of("awayTeam", predictor.away_team)?);
    attribute("predictor", &Chances { home, away })
}

fn attribute(subject: &'static str, value: &impl Serialize) -> Option<FactSeen<'static>> {
    let value = serde_json::to_string(value).ok()?;
    Some(FactSeen { subject: Cow::Borrowed(subject), ..fact(FactKind::Attribute, value) })
}
