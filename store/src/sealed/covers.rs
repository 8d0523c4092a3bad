//! Covers of a sealed part, packed together: from one reply to the next they hardly differ.

use std::ops::Range;

use odds::varint::{Damaged, Reader, put, put_signed};

/// What no part comes near: damaged bytes must not ask for all memory.
const LONGEST: u64 = 64 << 20;
/// Packed once, read often.
const LEVEL: i32 = 12;

/// Packs covers, each with the number of what its reply asked for.
pub(super) fn pack(covers: &[(i64, &[u8])]) -> std::io::Result<Vec<u8>> {
    if covers.is_empty() {
        return Ok(Vec::new());
    }
    let (mut plain, mut last) = (Vec::new(), 0);
    for (scope, bytes) in covers {
        put_signed(&mut plain, scope - last);
        put(&mut plain, bytes.len() as u64);
        plain.extend_from_slice(bytes);
        last = *scope;
    }
    let mut out = Vec::new();
    put(&mut out, plain.len() as u64);
    out.extend(zstd::bulk::compress(&plain, LEVEL)?);
    Ok(out)
}

/// Covers that were packed together.
#[derive(Default)]
pub(super) struct Unpacked {
    plain: Vec<u8>,
    covers: Vec<(i64, Range<usize>)>,
}

impl Unpacked {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.covers.len()
    }

    /// Each with the number of what its reply asked for.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &[u8])> {
        self.covers.iter().map(|(scope, at)| (*scope, &self.plain[at.clone()]))
    }
}

/// Gives what was packed; says what is wrong with other bytes.
pub(super) fn unpack(bytes: &[u8]) -> Result<Unpacked, String> {
    if bytes.is_empty() {
        return Ok(Unpacked::default());
    }
    let mut head = Reader::new(bytes);
    let length = head.take("covers").map_err(|error| error.to_string())?;
    if length > LONGEST {
        return Err(format!("{length} bytes of covers are more than there can be"));
    }
    let plain = zstd::bulk::decompress(head.rest(), length as usize).map_err(|error| error.to_string())?;
    let covers = places(&plain).map_err(|error| error.to_string())?;
    Ok(Unpacked { plain, covers })
}

fn places(plain: &[u8]) -> Result<Vec<(i64, Range<usize>)>, Damaged> {
    let (mut reader, mut covers, mut last) = (Reader::new(plain), Vec::new(), 0_i64);
    while !reader.is_at_end() {
        last = last.wrapping_add(reader.take_signed("scope")?);
        let length = reader.take_slice("cover")?.len();
        let end = plain.len() - reader.rest().len();
        covers.push((last, end - length..end));
    }
    Ok(covers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn covers_come_back(covers in prop::collection::vec((any::<i32>(), prop::collection::vec(any::<u8>(), 0..40)), 0..20)) {
            let covers: Vec<(i64, Vec<u8>)> = covers.into_iter().map(|(scope, bytes)| (i64::from(scope), bytes)).collect();
            let given: Vec<(i64, &[u8])> = covers.iter().map(|(scope, bytes)| (*scope, bytes.as_slice())).collect();
            let unpacked = unpack(&pack(&given).unwrap()).unwrap();
            prop_assert_eq!(unpacked.iter().collect::<Vec<_>>(), given);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = unpack(&bytes);
        }
    }
}
