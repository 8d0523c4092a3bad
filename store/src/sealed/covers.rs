//! Covers of a sealed part, packed together: from one reply to the next they hardly differ.

use odds::varint::{Reader, put, put_signed};

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

/// Gives what was packed; says what is wrong with other bytes.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<(i64, Vec<u8>)>, String> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut head = Reader::new(bytes);
    let length = head.take("covers").map_err(|error| error.to_string())?;
    if length > LONGEST {
        return Err(format!("{length} bytes of covers are more than there can be"));
    }
    let plain = zstd::bulk::decompress(head.rest(), length as usize).map_err(|error| error.to_string())?;
    let (mut reader, mut covers, mut last) = (Reader::new(&plain), Vec::new(), 0_i64);
    while !reader.is_at_end() {
        let step = reader.take_signed("scope").map_err(|error| error.to_string())?;
        last = last.wrapping_add(step);
        covers.push((last, reader.take_slice("cover").map_err(|error| error.to_string())?.to_vec()));
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
            prop_assert_eq!(unpack(&pack(&given).unwrap()), Ok(covers));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = unpack(&bytes);
        }
    }
}
