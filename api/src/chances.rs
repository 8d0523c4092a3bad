//! What a source itself gives the sides, before a game and after each play of it. It is nobody's offer: it stands beside an event's facts,
//! and never among prices.

use odds::Moment;
use odds::board::{Board, Fact};
use odds::observation::FactKind;
use serde::{Deserialize, Serialize};
use store::ListingRow;
use utoipa::ToSchema;

use crate::asked::When;
use crate::contest::Told;
use crate::problem::Problem;
use crate::sides::{is_turned, of};
use crate::state::State;

/// What a source gives the sides of an event: shares of one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Chance {
    /// Who says so.
    provider: String,
    /// `projection` (before the game) or `win_probability` (after a play of it).
    kind: &'static str,
    /// Of the home side, 0 to 1.
    home: f64,
    /// Of the away side.
    away: f64,
    /// Of a tie, where the source gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    tie: Option<f64>,
    /// The moment of the play after which it stood, where the source tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Moment>,
    /// How it went, where the source tells when the plays were: of each minute the last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    course: Vec<Point>,
    /// When we first saw it stated so.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Moment,
    /// The reply that said so.
    reply: String,
}

/// A moment of the course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Point {
    /// The moment of the play.
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
    /// Of the home side, 0 to 1.
    home: f64,
    /// Of the away side.
    away: f64,
}

/// Chances as they are kept.
#[derive(Deserialize)]
struct Kept {
    home: String,
    away: Option<String>,
    tie: Option<String>,
    at: Option<Moment>,
}

impl Kept {
    /// Shares of home, away and tie out of a whole; what is no number is none.
    fn shares(&self, whole: f64, is_turned: bool) -> Option<(f64, f64, Option<f64>)> {
        let share = |text: &str| text.parse::<f64>().ok().map(|figure| figure / whole).filter(|share| (0.0..=1.0).contains(share));
        let tie = self.tie.as_deref().and_then(share);
        let home = share(&self.home)?;
        let away = match &self.away {
            Some(away) => share(away)?,
            None => 1.0 - home - tie.unwrap_or_default(),
        };
        let exact = |share: f64| (share * 1e6).round() / 1e6;
        let (home, away) = if is_turned { (away, home) } else { (home, away) };
        Some((exact(home), exact(away), tie.map(exact)))
    }
}

/// What all sources give, each by itself.
pub fn chances(state: &State, told: &[Told], when: When) -> Result<Vec<Chance>, Problem> {
    let sides = of(told);
    let mut chances = Vec::new();
    for one in told {
        let is_turned = is_turned(sides.as_ref(), &one.facts);
        // what is told of an event leaves attributes out
        chances.extend(state.with_board(&one.listing, when.cut, |kept| of_board(&one.listing, &kept.board, is_turned))?);
    }
    Ok(chances)
}

fn of_board(listing: &ListingRow, board: &Board, is_turned: bool) -> Vec<Chance> {
    let attribute = |subject: &str| board.facts().get(&(FactKind::Attribute, subject.into()));
    let text = |fact: Option<&Fact>| fact.and_then(|fact| fact.value.as_deref().map(|value| (value.to_owned(), fact.said)));
    let of = |kind, subject: &str, whole: f64| {
        let (value, said) = text(attribute(subject))?;
        let kept: Kept = serde_json::from_str(&value).ok()?;
        let (home, away, tie) = kept.shares(whole, is_turned)?;
        let course = if kind == "projection" { Vec::new() } else { course(text(attribute("win_probability/course")), is_turned) };
        Some(Chance {
            provider: listing.provider.clone(),
            kind,
            home,
            away,
            tie,
            at: kept.at,
            course,
            observed_at: said.at,
            reply: said.reply.to_string(),
        })
    };
    [of("projection", "predictor", 100.0), of("win_probability", "win_probability", 1.0)].into_iter().flatten().collect()
}

fn course(told: Option<(String, odds::board::Order)>, is_turned: bool) -> Vec<Point> {
    let kept: Vec<Kept> = told.and_then(|(value, _)| serde_json::from_str(&value).ok()).unwrap_or_default();
    let point = |kept: Kept| {
        let (home, away, _) = kept.shares(1.0, is_turned)?;
        Some(Point { at: kept.at?, home, away })
    };
    kept.into_iter().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_one_and_turn_with_the_sides() {
        let of = |text: &str, whole, is_turned| serde_json::from_str::<Kept>(text).unwrap().shares(whole, is_turned);
        assert_eq!(of(r#"{"home":"41.5","away":"58.5"}"#, 100.0, false), Some((0.415, 0.585, None)));
        assert_eq!(of(r#"{"home":"0.7","tie":"0.1"}"#, 1.0, false), Some((0.7, 0.2, Some(0.1))));
        assert_eq!(of(r#"{"home":"0.7","tie":"0.1"}"#, 1.0, true), Some((0.2, 0.7, Some(0.1))));
        assert_eq!(of(r#"{"home":"7"}"#, 1.0, false), None);
        assert_eq!(of(r#"{"home":"-"}"#, 1.0, false), None);
    }
}
