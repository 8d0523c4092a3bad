//! What is wanted of history, as it is kept with a plan: the same words, whoever reads them later.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use odds::Moment;
use serde::{Deserialize, Serialize};

/// How many snapshots of a game are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Resolution {
    /// The last one before the start.
    #[serde(rename = "close")]
    Close,
    /// That, and one a day before.
    #[serde(rename = "open-close")]
    OpenClose,
    /// One an hour through the day before the start, and the last one.
    #[serde(rename = "1h")]
    Hour,
    /// Every one of the day before the start.
    #[serde(rename = "5m")]
    FiveMinutes,
}

impl Resolution {
    /// All, the cheapest first.
    pub const ALL: [Self; 4] = [Self::Close, Self::OpenClose, Self::Hour, Self::FiveMinutes];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::OpenClose => "open-close",
            Self::Hour => "1h",
            Self::FiveMinutes => "5m",
        }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Resolution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|resolution| resolution.as_str() == text);
        found.ok_or_else(|| "it is one of 5m, 1h, open-close, close".to_owned())
    }
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// The provider's key.
    pub provider: String,
    /// Its sport keys.
    pub sports: Vec<String>,
    /// The first day, by the league's own calendar.
    #[serde(with = "day")]
    pub from: Date,
    /// The last day.
    #[serde(with = "day")]
    pub to: Date,
    /// Market keys; a word that is no featured market of the provider is asked game by game.
    pub markets: Vec<String>,
    /// Book keys.
    pub books: Vec<String>,
    /// The provider's regions, where no book is named.
    pub regions: Vec<String>,
    /// How many snapshots.
    pub resolution: Resolution,
}

impl Goal {
    /// The id of the plan for this goal with so much money: the same goal is the same plan, so asking for it again goes on with it.
    #[must_use]
    pub fn id(&self, max_credits: Option<i64>) -> String {
        let text = serde_json::to_string(&(self, max_credits)).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex()[..12].to_owned()
    }

    /// Its days.
    pub fn days(&self) -> impl Iterator<Item = Date> + use<> {
        let to = self.to;
        std::iter::successors(Some(self.from).filter(move |day| *day <= to), move |day| day.tomorrow().ok().filter(|day| *day <= to))
    }
}

/// The beginning of a day in a zone.
#[must_use]
pub fn midnight(day: Date, zone: &jiff::tz::TimeZone) -> Moment {
    day.to_zoned(zone.clone()).map_or(Moment::MIN, |zoned| Moment::from(zoned.timestamp()))
}

mod day {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
