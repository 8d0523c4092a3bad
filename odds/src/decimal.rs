//! Exact reading of decimal numbers into scaled integers: no float stands between the wire and the store.

/// Why a text is not a number that we can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number at all.
    #[error("is not a number")]
    NotANumber,
    /// A number, but larger than the scaled integer holds.
    #[error("is out of range")]
    OutOfRange,
}

/// A decimal number, scaled by `10^scale` and rounded half away from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaled {
    /// The number times `10^scale`.
    pub units: i64,
    /// Whether nothing was lost by rounding.
    pub is_exact: bool,
}

/// Reads `-1.5`, `+2`, `1e3`, `0.000125e2` (JSON's numbers, and a leading plus) as an integer of `10^-scale`.
///
/// # Errors
/// [`NumberError`] where the text is no number, or too large for 64 bits at that scale.
pub fn parse_scaled(text: &str, scale: i32) -> Result<Scaled, NumberError> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (mantissa, exponent) = split_exponent(digits)?;
    let (value, fraction_len) = read_mantissa(mantissa)?;
    let shift = i64::from(exponent) + i64::from(scale) - fraction_len;
    let Scaled { units, is_exact } = shifted(value, shift)?;
    Ok(Scaled { units: if negative { -units } else { units }, is_exact })
}

fn split_exponent(digits: &[u8]) -> Result<(&[u8], i32), NumberError> {
    let Some(at) = digits.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
        return Ok((digits, 0));
    };
    let text = std::str::from_utf8(&digits[at + 1..]).map_err(|_| NumberError::NotANumber)?;
    let figures = text.strip_prefix(['+', '-']).unwrap_or(text);
    if figures.is_empty() || !figures.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let exponent = text.parse().map_err(|_| NumberError::OutOfRange)?;
    Ok((&digits[..at], exponent))
}

fn read_mantissa(bytes: &[u8]) -> Result<(i128, i64), NumberError> {
    let (mut value, mut fraction_len, mut seen_point, mut seen_digit) = (0_i128, 0_i64, false, false);
    for byte in bytes {
        match byte {
            b'0'..=b'9' => {
                seen_digit = true;
                value = value.checked_mul(10).and_then(|v| v.checked_add(i128::from(byte - b'0'))).ok_or(NumberError::OutOfRange)?;
                fraction_len += i64::from(seen_point);
            }
            b'.' if !seen_point => seen_point = true,
            _ => return Err(NumberError::NotANumber),
        }
    }
    if seen_digit { Ok((value, fraction_len)) } else { Err(NumberError::NotANumber) }
}

fn shifted(value: i128, shift: i64) -> Result<Scaled, NumberError> {
    if value == 0 {
        return Ok(Scaled { units: 0, is_exact: true });
    }
    if shift >= 0 {
        let power = u32::try_from(shift).ok().filter(|s| *s < 38).ok_or(NumberError::OutOfRange)?;
        let units = value.checked_mul(10_i128.pow(power)).ok_or(NumberError::OutOfRange)?;
        return Ok(Scaled { units: i64::try_from(units).map_err(|_| NumberError::OutOfRange)?, is_exact: true });
    }
    if shift < -37 {
        return Ok(Scaled { units: 0, is_exact: false });
    }
    let divisor = 10_i128.pow(shift.unsigned_abs() as u32);
    let rounded = (value + divisor / 2) / divisor;
    Ok(Scaled { units: i64::try_from(rounded).map_err(|_| NumberError::OutOfRange)?, is_exact: value % divisor == 0 })
}

/// Writes an integer of `10^-scale` as the shortest decimal text.
#[must_use]
pub fn format_scaled(units: i64, scale: u32) -> String {
    let unit = 10_u64.pow(scale);
    let magnitude = units.unsigned_abs();
    let sign = if units < 0 { "-" } else { "" };
    let fraction = magnitude % unit;
    if fraction == 0 {
        return format!("{sign}{}", magnitude / unit);
    }
    let digits = format!("{fraction:0width$}", width = scale as usize);
    format!("{sign}{}.{}", magnitude / unit, digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_exactly() {
        let read = |text| parse_scaled(text, 3).map(|s| (s.units, s.is_exact));
        assert_eq!(read("-7.0"), Ok((-7000, true)));
        assert_eq!(read("+2"), Ok((2000, true)));
        assert_eq!(read("1.5e2"), Ok((150_000, true)));
        assert_eq!(read("0.0005"), Ok((1, false)));
        assert_eq!(read("0e999999"), Ok((0, true)));
        assert_eq!(read("1e-400"), Ok((0, false)));
    }

    #[test]
    fn what_is_no_number_is_told_apart_from_what_is_too_large() {
        for text in ["", "-", ".", "EVEN", "1.2.3", "1e", "1e+", "0x10", "1 "] {
            assert_eq!(parse_scaled(text, 9), Err(NumberError::NotANumber), "{text}");
        }
        for text in ["-1e400", "1e99999999999", "99999999999999999999"] {
            assert_eq!(parse_scaled(text, 9), Err(NumberError::OutOfRange), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_number_reads_back(units in any::<i64>().prop_filter("no minimum", |u| *u != i64::MIN), scale in 0_u32..10) {
            let text = format_scaled(units, scale);
            prop_assert_eq!(parse_scaled(&text, scale as i32), Ok(Scaled { units, is_exact: true }));
        }
    }
}
