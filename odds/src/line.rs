//! The point, handicap or total that a selection is about: exact, and signed from the selection's own side.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::decimal::{NumberError, format_scaled, parse_scaled};

/// A line in thousandths (`-3.5` is -3500): quarter lines and every recorded point fit whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(i32);

/// Why a figure is no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not a number.
    #[error("line {0}")]
    Number(#[from] NumberError),
    /// Finer than a thousandth: it could not be told apart from its neighbours.
    #[error("line is finer than a thousandth")]
    TooFine,
}

impl Line {
    /// From thousandths.
    #[must_use]
    pub const fn from_milli(milli: i32) -> Self {
        Self(milli)
    }

    /// Reads `-7`, `-7.0`, `+2.5`, `.25`: the first two are the same line.
    ///
    /// # Errors
    /// [`LineError`] where it is no number, too large, or finer than a thousandth.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let scaled = parse_scaled(text, 3)?;
        if !scaled.is_exact {
            return Err(LineError::TooFine);
        }
        i32::try_from(scaled.units).map(Self).map_err(|_| LineError::Number(NumberError::OutOfRange))
    }

    /// Thousandths.
    #[must_use]
    pub const fn milli(self) -> i32 {
        self.0
    }

    /// The same line from the other side.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// As a float, for display in JSON only.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_scaled(i64::from(self.0), 3))
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_point_in_two_spellings_is_one_line() {
        assert_eq!(Line::parse("-7.0"), Line::parse("-7"));
        assert_eq!(Line::parse("0.25").unwrap().to_string(), "0.25");
        assert_eq!(Line::parse("0.0005"), Err(LineError::TooFine));
        assert!(Line::parse("o231.5").is_err());
    }

    proptest! {
        #[test]
        fn a_line_comes_back(milli in any::<i32>()) {
            let line = Line::from_milli(milli);
            prop_assert_eq!(Line::parse(&line.to_string()), Ok(line));
        }
    }
}
