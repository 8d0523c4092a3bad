//! Bodies as The Odds API sends them: the same fields in the same order, whole numbers without a point, absent where absent there.

use odds::price::Format;
use odds::{Line, Moment, Price};
use serde::Serialize;
use serde_json::{Number, Value};

use super::asked::Dates;

/// A time in the form that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Time {
    Iso(String),
    Unix(i64),
}

impl Time {
    /// A moment in whole seconds.
    pub(super) fn of(moment: Moment, dates: Dates) -> Self {
        match dates {
            Dates::Iso => Self::Iso(Moment::from_secs(moment.secs()).to_string()),
            Dates::Unix => Self::Unix(moment.secs()),
        }
    }
}

/// A sport.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Sport {
    pub key: String,
    pub group: String,
    pub title: String,
    pub description: String,
    pub active: bool,
    pub has_outrights: bool,
}

/// What every body says of an event first.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Event {
    pub id: String,
    pub sport_key: String,
    pub sport_title: String,
    pub commence_time: Time,
    pub home_team: Option<String>,
    pub away_team: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

/// Rotation numbers.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Rotation {
    pub home_rotation_number: Option<u64>,
    pub away_rotation_number: Option<u64>,
}

/// An event with prices.
#[derive(Debug, Clone, Serialize)]
pub(super) struct EventOdds {
    #[serde(flatten)]
    pub event: Event,
    pub bookmakers: Vec<Bookmaker>,
}

/// A book.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Bookmaker {
    pub key: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update: Option<Time>,
    #[serde(flatten)]
    pub extras: Extras,
    pub markets: Vec<Market>,
}

/// A market; its outcomes are left out where only its being offered is told.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Market {
    pub key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update: Option<Time>,
    #[serde(flatten)]
    pub extras: Extras,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Vec<Outcome>>,
}

/// An outcome.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Outcome {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub price: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Number>,
    #[serde(flatten)]
    pub extras: Extras,
}

/// What comes along where it is asked for; what was asked for and is not known is null.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Extras {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bet_limit: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Value>,
}

/// A game with its score.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Game {
    pub id: String,
    pub sport_key: String,
    pub sport_title: String,
    pub commence_time: Time,
    pub completed: bool,
    pub home_team: Option<String>,
    pub away_team: Option<String>,
    pub scores: Option<Vec<Score>>,
    pub last_update: Option<Time>,
}

/// The score of a side.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Score {
    pub name: String,
    pub score: String,
}

/// A team, or a competitor of an individual sport.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Participant {
    pub id: String,
    pub full_name: String,
}

/// What stands around an answer about the past; its times can be asked for as they stand here.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Envelope<T> {
    pub timestamp: Time,
    pub previous_timestamp: Option<Time>,
    pub next_timestamp: Option<Time>,
    pub data: T,
}

/// A price: American odds are whole, decimal odds whole where they are.
pub(super) fn price(price: Price, format: Format) -> Number {
    match format {
        Format::American => Number::from(price.american()),
        Format::Decimal | Format::Fractional => number(price.nanos(), odds::price::NANOS, price.decimal()),
    }
}

/// A point.
pub(super) fn point(line: Line) -> Number {
    number(i64::from(line.milli()), 1000, line.as_f64())
}

fn number(units: i64, unit: i64, float: f64) -> Number {
    if units % unit == 0 {
        return Number::from(units / unit);
    }
    Number::from_f64(float).unwrap_or_else(|| Number::from(units / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_point_and_times_no_fractions() {
        let decimal = |text: &str| price(Price::from_decimal(text).unwrap(), Format::Decimal).to_string();
        assert_eq!((decimal("2"), decimal("1.91"), decimal("2.50")), ("2".into(), "1.91".into(), "2.5".into()));
        assert_eq!(price(Price::from_decimal("1.5").unwrap(), Format::American).to_string(), "-200");
        assert_eq!((point(Line::from_milli(-7000)).to_string(), point(Line::from_milli(-250)).to_string()), ("-7".into(), "-0.25".into()));
        let at = Moment::from_micros(1_700_000_000_900_000);
        assert_eq!(Time::of(at, Dates::Iso), Time::Iso("2023-11-14T22:13:20Z".to_owned()));
        assert_eq!(Time::of(at, Dates::Unix), Time::Unix(1_700_000_000));
    }
}
