//! What a bet pays: exact, comparable, and shown as the book posted it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::decimal::{NumberError, format_scaled, parse_scaled};

/// One unit of decimal odds in [`Price::nanos`].
pub const NANOS: i64 = 1_000_000_000;
/// The dearest price we keep, in decimal odds: a thousand times what any exchange quotes.
pub const LONGEST: i64 = 1_000_000;
/// What a contract pays, in the units of [`Posted::Contract`].
pub const PAYOUT: u32 = 1_000_000;

/// The form in which a price was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Posted {
    /// Decimal odds (`2.5`).
    Decimal,
    /// American odds (`+150`, `-110`).
    American(i32),
    /// Fractional odds (`6/4`), kept unreduced.
    Fractional(u32, u32),
    /// What a contract costs that pays 1 if it comes true, in millionths (`0.41` is 410,000).
    Contract(u32),
}

/// The name of a form, without its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Stake included: `2.5`.
    #[default]
    Decimal,
    /// Gain on 100, or stake to gain 100: `+150`, `-110`.
    American,
    /// Gain per stake: `6/4`.
    Fractional,
}

/// The price of one selection: decimal odds in units of 1e-9, above 1 and at most [`LONGEST`], with the form it was posted in.
///
/// Two prices are the same price when their `nanos` are equal; the form is shown, never compared.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    nanos: i64,
    posted: Posted,
}

/// Why a figure is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a number in the expected form.
    #[error("price {0}")]
    Number(#[from] NumberError),
    /// Decimal odds of 1 or less: nothing could be won; books show this for suspended or settled quotes.
    #[error("price of 1 or less in decimal odds")]
    NothingToWin,
    /// More than [`LONGEST`].
    #[error("price above 1,000,000 in decimal odds")]
    TooLong,
    /// An American figure between -100 and +100, or one with a fraction.
    #[error("American price must be a whole number of at least +100 or at most -100")]
    NotAmerican,
    /// A fraction whose terms are not positive.
    #[error("fractional price must be two positive whole numbers, like 6/4")]
    NotFractional,
    /// A contract's price outside 0 to 1, or finer than a millionth.
    #[error("a contract's price must lie above 0 and below 1, with at most six decimals, like 0.41")]
    NotAContract,
}

impl Price {
    /// From decimal odds in units of 1e-9.
    ///
    /// # Errors
    /// [`PriceError::NothingToWin`] at or below 1, [`PriceError::TooLong`] above [`LONGEST`].
    pub fn from_nanos(nanos: i64) -> Result<Self, PriceError> {
        Self::checked(nanos, Posted::Decimal)
    }

    /// Reads decimal odds (`1.91`, `2`, `2.5e0`), rounded to 1e-9.
    ///
    /// # Errors
    /// [`PriceError`] where the text is no number or no price.
    pub fn from_decimal(text: &str) -> Result<Self, PriceError> {
        let scaled = match parse_scaled(text, 9) {
            Err(NumberError::OutOfRange) if !text.starts_with('-') => return Err(PriceError::TooLong),
            other => other?,
        };
        Self::from_nanos(scaled.units)
    }

    /// From American odds.
    ///
    /// # Errors
    /// [`PriceError::NotAmerican`] strictly between -100 and +100; [`PriceError::TooLong`] beyond the range.
    pub fn from_american(american: i64) -> Result<Self, PriceError> {
        if american.abs() < 100 {
            return Err(PriceError::NotAmerican);
        }
        let posted = i32::try_from(american).map_err(|_| PriceError::TooLong)?;
        let gain = if american > 0 { american * (NANOS / 100) } else { rounded(100 * NANOS, -american) };
        Self::checked(NANOS + gain, Posted::American(posted))
    }

    /// Reads American odds (`-110`, `+105`, `105.0`, `EVEN`).
    ///
    /// # Errors
    /// [`PriceError`] where the text is no such figure.
    pub fn parse_american(text: &str) -> Result<Self, PriceError> {
        if text.eq_ignore_ascii_case("even") || text.eq_ignore_ascii_case("evens") {
            return Self::from_american(100);
        }
        let scaled = parse_scaled(text, 0)?;
        if scaled.is_exact { Self::from_american(scaled.units) } else { Err(PriceError::NotAmerican) }
    }

    /// From fractional odds `gain/stake`.
    ///
    /// # Errors
    /// [`PriceError::NotFractional`] where a term is zero.
    pub fn from_fraction(gain: u32, stake: u32) -> Result<Self, PriceError> {
        if gain == 0 || stake == 0 {
            return Err(PriceError::NotFractional);
        }
        let nanos = NANOS + rounded_div(i128::from(gain) * i128::from(NANOS), i128::from(stake));
        Self::checked(nanos, Posted::Fractional(gain, stake))
    }

    /// Reads fractional odds (`6/4`).
    ///
    /// # Errors
    /// [`PriceError::NotFractional`] for anything else.
    pub fn parse_fractional(text: &str) -> Result<Self, PriceError> {
        let (gain, stake) = text.split_once('/').ok_or(PriceError::NotFractional)?;
        let read = |term: &str| term.trim().parse::<u32>().map_err(|_| PriceError::NotFractional);
        Self::from_fraction(read(gain)?, read(stake)?)
    }

    /// From the price of a contract that pays 1, in millionths: decimal odds are 1 / price, rounded half up to 1e-9. Two such prices are
    /// never rounded to the same odds, for at the dearest a millionth still moves them by a thousand units; fees are not in it.
    ///
    /// # Errors
    /// [`PriceError::NotAContract`] at 0 and from 1 on.
    pub fn from_contract(millionths: u32) -> Result<Self, PriceError> {
        if millionths == 0 || millionths >= PAYOUT {
            return Err(PriceError::NotAContract);
        }
        let nanos = rounded_div(i128::from(NANOS) * i128::from(PAYOUT), i128::from(millionths));
        Self::checked(nanos, Posted::Contract(millionths))
    }

    /// Reads the price of a contract that pays 1 (`0.4100`).
    ///
    /// # Errors
    /// [`PriceError::NotAContract`] for anything that does not lie between 0 and 1, or is finer than a millionth.
    pub fn parse_contract(text: &str) -> Result<Self, PriceError> {
        let scaled = parse_scaled(text, 6)?;
        let millionths = u32::try_from(scaled.units).ok().filter(|_| scaled.is_exact).ok_or(PriceError::NotAContract)?;
        Self::from_contract(millionths)
    }

    /// Rebuilt from the store, where it was checked before.
    ///
    /// # Errors
    /// As [`Price::from_nanos`]: a stored figure is checked again, for the bytes may be damaged.
    pub fn restored(nanos: i64, posted: Posted) -> Result<Self, PriceError> {
        Self::checked(nanos, posted)
    }

    fn checked(nanos: i64, posted: Posted) -> Result<Self, PriceError> {
        if nanos <= NANOS {
            Err(PriceError::NothingToWin)
        } else if nanos > LONGEST * NANOS {
            Err(PriceError::TooLong)
        } else {
            Ok(Self { nanos, posted })
        }
    }

    /// Decimal odds in units of 1e-9.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.nanos
    }

    /// The form in which it was posted, with its figures.
    #[must_use]
    pub const fn posted(self) -> Posted {
        self.posted
    }

    /// Decimal odds as a float: for arithmetic of probabilities, never for comparing prices.
    #[must_use]
    pub fn decimal(self) -> f64 {
        self.nanos as f64 / NANOS as f64
    }

    /// Implied probability with the vig in it: 1 / decimal odds.
    #[must_use]
    pub fn implied(self) -> f64 {
        NANOS as f64 / self.nanos as f64
    }

    /// American odds: as posted, else the nearest whole figure (even money is +100).
    #[must_use]
    pub fn american(self) -> i64 {
        if let Posted::American(figure) = self.posted {
            return i64::from(figure);
        }
        let gain = self.nanos - NANOS;
        if self.nanos >= 2 * NANOS { rounded(gain * 100, NANOS) } else { -rounded(100 * NANOS, gain) }
    }

    /// Fractional odds: as posted, else the simplest fraction within half of 1e-9 of the price, or the nearest with a stake of at most 1,000.
    #[must_use]
    pub fn fraction(self) -> (u32, u32) {
        if let Posted::Fractional(gain, stake) = self.posted {
            return (gain, stake);
        }
        simplest_fraction(self.nanos - NANOS)
    }

    /// The price in a form, as text: `2.5`, `+150`, `3/2`.
    #[must_use]
    pub fn in_format(self, format: Format) -> String {
        match format {
            Format::Decimal => format_scaled(self.nanos, 9),
            Format::American => format!("{:+}", self.american()),
            Format::Fractional => {
                let (gain, stake) = self.fraction();
                format!("{gain}/{stake}")
            }
        }
    }
}

/// The same where neither comes near the end of 64 bits: a tenth of the time.
const fn rounded(numerator: i64, denominator: i64) -> i64 {
    (numerator * 2 + denominator) / (denominator * 2)
}

fn rounded_div(numerator: i128, denominator: i128) -> i64 {
    ((numerator * 2 + denominator) / (denominator * 2)) as i64
}

/// Walks the continued fraction of `gain / NANOS` until it is met or the stake would pass 1,000.
fn simplest_fraction(gain: i64) -> (u32, u32) {
    let (mut numerator, mut denominator) = (i128::from(gain), i128::from(NANOS));
    let (mut before, mut now) = ((0_i128, 1_i128), (1_i128, 0_i128));
    while denominator != 0 {
        let whole = numerator / denominator;
        let next = (whole * now.0 + before.0, whole * now.1 + before.1);
        if next.1 > 1000 && now.0 > 0 && now.1 > 0 {
            break;
        }
        (before, now) = (now, next);
        (numerator, denominator) = (denominator, numerator % denominator);
        if rounded_div(now.0 * i128::from(NANOS), now.1) == gain {
            break;
        }
    }
    (u32::try_from(now.0).unwrap_or(u32::MAX).max(1), u32::try_from(now.1).unwrap_or(u32::MAX).max(1))
}

impl PartialEq for Price {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Price {}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Price {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Price {
    /// As it was posted; a contract's price in hundredths of what it pays (`41c`), so that nobody takes it for decimal odds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.posted {
            Posted::Contract(millionths) => return write!(f, "{}c", format_scaled(i64::from(millionths), 4)),
            Posted::Decimal => Format::Decimal,
            Posted::American(_) => Format::American,
            Posted::Fractional(..) => Format::Fractional,
        };
        f.write_str(&self.in_format(format))
    }
}

impl Serialize for Price {
    /// A JSON number in decimal odds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_american_price_up_to_100_000_comes_back_whole_from_its_decimal() {
        for figure in (-100_000..=-101).chain(100..=100_000) {
            let posted = Price::from_american(figure).unwrap();
            let read = Price::from_nanos(posted.nanos()).unwrap();
            assert_eq!((posted.american(), read.american()), (figure, figure));
        }
    }

    #[test]
    fn even_money_is_shown_as_it_was_posted() {
        assert_eq!(Price::from_american(-100).unwrap().to_string(), "-100");
        assert_eq!(Price::parse_american("EVEN").unwrap().to_string(), "+100");
        assert_eq!(Price::from_american(-100).unwrap(), Price::from_decimal("2.0").unwrap());
    }

    #[test]
    fn what_is_no_price_is_refused_with_its_reason() {
        assert_eq!(Price::from_decimal("0"), Err(PriceError::NothingToWin));
        assert_eq!(Price::from_decimal("1"), Err(PriceError::NothingToWin));
        assert_eq!(Price::from_decimal("1.0"), Err(PriceError::NothingToWin));
        assert_eq!(Price::from_decimal("-1e400"), Err(PriceError::Number(NumberError::OutOfRange)));
        assert_eq!(Price::from_decimal("1e400"), Err(PriceError::TooLong));
        assert_eq!(Price::from_decimal("text"), Err(PriceError::Number(NumberError::NotANumber)));
        assert_eq!(Price::parse_american("-99"), Err(PriceError::NotAmerican));
        assert_eq!(Price::parse_american("110.5"), Err(PriceError::NotAmerican));
        assert_eq!(Price::parse_fractional("6-4"), Err(PriceError::NotFractional));
        assert_eq!(Price::parse_fractional("0/4"), Err(PriceError::NotFractional));
    }

    #[test]
    fn a_fraction_is_shown_unreduced_where_posted_and_simplest_where_not() {
        assert_eq!(Price::parse_fractional("6/4").unwrap().to_string(), "6/4");
        assert_eq!(Price::from_decimal("2.5").unwrap().in_format(Format::Fractional), "3/2");
        assert_eq!(Price::from_decimal("1.909090909").unwrap().in_format(Format::Fractional), "10/11");
        assert_eq!(Price::from_decimal("1.001").unwrap().in_format(Format::Fractional), "1/1000");
    }

    #[test]
    fn a_contracts_price_is_kept_and_its_odds_are_its_inverse() {
        for (text, shown, decimal, american) in
            [("0.4100", "41c", 2_439_024_390, 144), ("0.5", "50c", 2_000_000_000, 100), ("0.125", "12.5c", 8_000_000_000, 700)]
        {
            let price = Price::parse_contract(text).unwrap();
            assert_eq!((price.to_string().as_str(), price.nanos(), price.american()), (shown, decimal, american), "{text}");
        }
        let dearest = [999_999, 999_998].map(|millionths| Price::from_contract(millionths).unwrap());
        assert!(dearest[0] < dearest[1], "the last two differ");
        for text in ["0", "0.0000", "1.0000", "1.2", "-0.4", "0.1234567"] {
            assert_eq!(Price::parse_contract(text), Err(PriceError::NotAContract), "{text}");
        }
        assert_eq!(Price::parse_contract("half"), Err(PriceError::Number(NumberError::NotANumber)));
    }

    proptest! {
        #[test]
        fn decimal_text_comes_back(nanos in NANOS + 1..=LONGEST * NANOS) {
            let price = Price::from_nanos(nanos).unwrap();
            prop_assert_eq!(Price::from_decimal(&price.to_string()).unwrap().nanos(), nanos);
        }

        #[test]
        fn fractions_with_small_terms_come_back_equal(gain in 1_u32..2000, stake in 1_u32..200) {
            let posted = Price::from_fraction(gain, stake).unwrap();
            let (again_gain, again_stake) = Price::from_nanos(posted.nanos()).unwrap().fraction();
            prop_assert_eq!(Price::from_fraction(again_gain, again_stake).unwrap(), posted);
        }

        #[test]
        fn reading_never_panics(text in ".{0,20}") {
            let _ = (Price::from_decimal(&text), Price::parse_american(&text), Price::parse_fractional(&text), Price::parse_contract(&text));
        }
    }
}
