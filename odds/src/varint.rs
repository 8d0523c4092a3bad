//! Variable-length integers: small figures in few bytes, the same bytes in every store.

/// Bytes that end too early or say something impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored bytes are damaged at offset {offset}: {what}")]
pub struct Damaged {
    /// Where reading stopped.
    pub offset: usize,
    /// What was being read.
    pub what: &'static str,
}

/// Appends an unsigned integer, 7 bits a byte, low bits first.
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed integer, folded so that small magnitudes stay small.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Reads what [`put`] and [`put_signed`] wrote.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Whether all bytes were read.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.offset == self.bytes.len()
    }

    /// The error of a reader that stands here.
    #[must_use]
    pub const fn damaged(&self, what: &'static str) -> Damaged {
        Damaged { offset: self.offset, what }
    }

    /// Reads an unsigned integer.
    ///
    /// # Errors
    /// [`Damaged`] at the end of the bytes, or past 64 bits.
    pub fn take(&mut self, what: &'static str) -> Result<u64, Damaged> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.offset).ok_or(self.damaged(what))?;
            self.offset += 1;
            if shift == 63 && byte > 1 {
                return Err(self.damaged(what));
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damaged(what))
    }

    /// Reads so many bytes as they are.
    ///
    /// # Errors
    /// [`Damaged`] where there are fewer.
    pub fn take_bytes<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Damaged> {
        let found = self.bytes[self.offset..].first_chunk::<N>().ok_or(self.damaged(what))?;
        self.offset += N;
        Ok(*found)
    }

    /// Reads a run of bytes that begins with its length.
    ///
    /// # Errors
    /// [`Damaged`] where there are fewer.
    pub fn take_slice(&mut self, what: &'static str) -> Result<&'a [u8], Damaged> {
        let length = self.take_u32(what)? as usize;
        let found = self.bytes[self.offset..].get(..length).ok_or(self.damaged(what))?;
        self.offset += length;
        Ok(found)
    }

    /// What was not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.offset..]
    }

    /// Reads a signed integer.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn take_signed(&mut self, what: &'static str) -> Result<i64, Damaged> {
        let folded = self.take(what)?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// Reads an unsigned integer that must fit 32 bits.
    ///
    /// # Errors
    /// [`Damaged`] where it does not.
    pub fn take_u32(&mut self, what: &'static str) -> Result<u32, Damaged> {
        u32::try_from(self.take(what)?).map_err(|_| self.damaged(what))
    }
}

/// Appends a time as its distance from another: whole seconds in few bytes, microseconds where there are any.
pub fn put_moment(out: &mut Vec<u8>, moment: crate::Moment, base: crate::Moment) {
    let micros = moment.micros() - base.micros();
    if micros % 1_000_000 == 0 {
        put_signed(out, (micros / 1_000_000) << 1);
    } else {
        put_signed(out, (micros << 1) | 1);
    }
}

/// Reads what [`put_moment`] wrote.
///
/// # Errors
/// [`Damaged`] where the bytes are.
pub fn take_moment(reader: &mut Reader<'_>, base: crate::Moment) -> Result<crate::Moment, Damaged> {
    let coded = reader.take_signed("time")?;
    Ok(if coded & 1 == 0 { base.plus_secs(coded >> 1) } else { base.plus_micros(coded >> 1) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_come_back(unsigned in any::<u64>(), signed in any::<i64>()) {
            let mut bytes = Vec::new();
            put(&mut bytes, unsigned);
            put_signed(&mut bytes, signed);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!((reader.take("u"), reader.take_signed("s")), (Ok(unsigned), Ok(signed)));
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn times_come_back(base in -60_000_000_000_000_000_i64..250_000_000_000_000_000, micros in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
            let (base, moment) = (Moment::from_micros(base), Moment::from_micros(micros));
            let mut bytes = Vec::new();
            put_moment(&mut bytes, moment, base);
            prop_assert_eq!(take_moment(&mut Reader::new(&bytes), base), Ok(moment));
        }

        #[test]
        fn damaged_bytes_are_told_not_trusted(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut reader = Reader::new(&bytes);
            while !reader.is_at_end() {
                if reader.take("x").is_err() { break; }
            }
        }
    }
}
