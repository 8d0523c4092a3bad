//! A moment of the world, in microseconds: the precision that both stores keep, so that a time written is the time read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, UTC, in microseconds since 1970-01-01T00:00:00Z.
///
/// Shown and read as RFC 3339 (`2026-03-31T23:10:00Z`); fractions are shown only where there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(i64);

/// A text that is not a moment.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("not an RFC 3339 time in UTC: {text:?} (like 2026-03-31T23:10:00Z)")]
pub struct NotAMoment {
    text: String,
}

const SECOND: i64 = 1_000_000;

impl Moment {
    /// Before everything that can be told.
    pub const MIN: Moment = Moment(-62_135_596_800 * SECOND);
    /// After everything that can be told: the end of the year 9998.
    pub const MAX: Moment = Moment(253_370_764_800 * SECOND);

    /// From microseconds since the epoch; held inside [`Moment::MIN`] and [`Moment::MAX`].
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// From whole seconds since the epoch; held inside the range.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_micros(secs.saturating_mul(SECOND))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// This moment moved by a number of seconds, either way.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self::from_micros(self.0.saturating_add(secs.saturating_mul(SECOND)))
    }

    /// This moment moved by a number of microseconds, either way.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// Seconds from `earlier` to this moment, with fractions; negative where `earlier` is later.
    #[must_use]
    pub fn secs_since(self, earlier: Moment) -> f64 {
        (self.0 - earlier.0) as f64 / SECOND as f64
    }

    /// As the time library's type.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The calendar day that this moment falls on in a zone.
    #[must_use]
    pub fn day_in(self, zone: &jiff::tz::TimeZone) -> jiff::civil::Date {
        zone.to_datetime(self.timestamp()).date()
    }
}

impl From<jiff::Timestamp> for Moment {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self::from_micros(timestamp.as_microsecond())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.timestamp(), f)
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    /// Reads RFC 3339 with `Z` or an offset; a time without seconds (`2024-01-15T18:00Z`) is read as well.
    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        text.parse::<jiff::Timestamp>().map(Self::from).map_err(|_| NotAMoment { text: text.chars().take(40).collect() })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_as_it_was_written() {
        for text in ["2026-03-31T23:10:00Z", "2022-11-23T01:05:10Z", "2026-04-16T18:59:54.982601Z"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_time_without_seconds_and_one_with_an_offset_are_read() {
        assert_eq!("2024-01-15T18:00Z".parse::<Moment>().unwrap().to_string(), "2024-01-15T18:00:00Z");
        assert_eq!("2021-09-01T12:00:00-04:00".parse::<Moment>().unwrap().to_string(), "2021-09-01T16:00:00Z");
    }

    #[test]
    fn the_ends_hold_and_can_be_shown() {
        assert_eq!(Moment::from_micros(i64::MAX), Moment::MAX);
        assert!(Moment::MIN.to_string().parse::<Moment>().is_ok());
        assert!(Moment::MAX.to_string().parse::<Moment>().is_ok());
        assert!("yesterday".parse::<Moment>().is_err());
    }
}
