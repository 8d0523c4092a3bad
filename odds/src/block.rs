//! The block: what one reply changed in one listing, as deltas in variable-length integers.
//!
//! A block says what stands from its moment on (slot, state, price); whether that opened, moved or returned is derived on reading.

use crate::id::SlotNo;
use crate::moment::Moment;
use crate::price::{Posted, Price};
use crate::varint::{Damaged, Reader, put, put_moment, put_signed, take_moment};

/// What stands at a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Bets are taken at this price.
    Live(Price),
    /// The provider says that bets are not taken for now; this is the price it shows.
    Suspended(Price),
    /// Taken down: its market was read and it was not in it.
    Withdrawn,
}

impl Value {
    /// The price, where one is shown.
    #[must_use]
    pub const fn price(self) -> Option<Price> {
        match self {
            Self::Live(price) | Self::Suspended(price) => Some(price),
            Self::Withdrawn => None,
        }
    }

    /// How it is written in bytes.
    pub(crate) const fn state(self) -> u64 {
        match self {
            Self::Live(_) => LIVE,
            Self::Suspended(_) => SUSPENDED,
            Self::Withdrawn => WITHDRAWN,
        }
    }

    /// Whether something is offered, suspended or not.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        !matches!(self, Self::Withdrawn)
    }
}

/// One change: from a block's moment on, this stands at the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which slot of the listing.
    pub slot: SlotNo,
    /// What stands there now.
    pub value: Value,
    /// When it changed, where the provider states it.
    pub changed_at: Option<Moment>,
}

const LIVE: u64 = 0;
const SUSPENDED: u64 = 1;
const WITHDRAWN: u64 = 2;
const HAS_TIME: u64 = 4;

/// Writes changes, sorted by slot, as the bytes of a block.
#[must_use]
pub fn encode(changes: &[Change], observed_at: Moment) -> Vec<u8> {
    let mut out = Vec::with_capacity(changes.len() * 5);
    let mut next = 0_u32;
    for change in changes {
        debug_assert!(change.slot.0 >= next, "changes of a block are sorted by slot");
        let timed = if change.changed_at.is_some() { HAS_TIME } else { 0 };
        put(&mut out, (u64::from(change.slot.0 - next) << 3) | timed | change.value.state());
        if let Some(price) = change.value.price() {
            put_price(&mut out, price);
        }
        if let Some(changed_at) = change.changed_at {
            put_moment(&mut out, changed_at, observed_at);
        }
        next = change.slot.0 + 1;
    }
    out
}

/// Reads the bytes of a block, handing each change on.
///
/// # Errors
/// [`Damaged`] where the bytes are not a block; the changes before that place were handed on.
pub fn decode(bytes: &[u8], observed_at: Moment, mut on_change: impl FnMut(Change)) -> Result<(), Damaged> {
    let mut reader = Reader::new(bytes);
    let mut next = 0_u64;
    while !reader.is_at_end() {
        let head = reader.take("slot")?;
        let slot = next.checked_add(head >> 3).filter(|slot| *slot < u64::from(u32::MAX)).ok_or(reader.damaged("slot"))?;
        next = slot + 1;
        let value = value_of(head & 3, || take_price(&mut reader)).ok_or(reader.damaged("state"))??;
        let changed_at = if head & HAS_TIME == 0 { None } else { Some(take_moment(&mut reader, observed_at)?) };
        on_change(Change { slot: SlotNo(slot as u32), value, changed_at });
    }
    Ok(())
}

/// What a state and a price are together, the price being read where there is one; `None` where there is no such state.
pub(crate) fn value_of(state: u64, price: impl FnOnce() -> Result<Price, Damaged>) -> Option<Result<Value, Damaged>> {
    match state {
        LIVE => Some(price().map(Value::Live)),
        SUSPENDED => Some(price().map(Value::Suspended)),
        WITHDRAWN => Some(Ok(Value::Withdrawn)),
        _ => None,
    }
}

const DECIMAL: u64 = 0;
const AMERICAN: u64 = 1;
const FRACTIONAL: u64 = 2;
const CONTRACT: u64 = 3;

/// Units of 1e-9 in a last digit, by how many digits there are.
const SCALES: [u64; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// Decimal odds as mantissa and number of fraction digits (`1.91` is 191 and 2), other forms as they were posted.
pub(crate) fn put_price(out: &mut Vec<u8>, price: Price) {
    match price.posted() {
        Posted::Decimal => {
            let (mut mantissa, mut digits) = (price.nanos() as u64, 9_u64);
            // Nearly all are posted in hundredths: seven divisions in one.
            if mantissa.is_multiple_of(10_000_000) {
                (mantissa, digits) = (mantissa / 10_000_000, 2);
            }
            while digits > 0 && mantissa % 10 == 0 {
                mantissa /= 10;
                digits -= 1;
            }
            put(out, ((mantissa * 10 + digits) << 2) | DECIMAL);
        }
        Posted::American(figure) => {
            put(out, AMERICAN);
            put_signed(out, i64::from(figure));
        }
        Posted::Fractional(gain, stake) => {
            put(out, (u64::from(gain) << 2) | FRACTIONAL);
            put(out, u64::from(stake));
        }
        Posted::Contract(millionths) => put(out, (u64::from(millionths) << 2) | CONTRACT),
    }
}

pub(crate) fn take_price(reader: &mut Reader<'_>) -> Result<Price, Damaged> {
    let head = reader.take("price")?;
    let price = match head & 3 {
        DECIMAL => {
            let (mantissa, digits) = ((head >> 2) / 10, (head >> 2) % 10);
            let scale = SCALES[digits as usize];
            mantissa.checked_mul(scale).and_then(|nanos| i64::try_from(nanos).ok()).and_then(|nanos| Price::from_nanos(nanos).ok())
        }
        AMERICAN => Price::from_american(reader.take_signed("price")?).ok(),
        FRACTIONAL => {
            let stake = reader.take_u32("price")?;
            u32::try_from(head >> 2).ok().and_then(|gain| Price::from_fraction(gain, stake).ok())
        }
        CONTRACT => u32::try_from(head >> 2).ok().and_then(|millionths| Price::from_contract(millionths).ok()),
        _ => None,
    };
    price.ok_or(reader.damaged("price"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::price::{LONGEST, NANOS};
    use proptest::prelude::*;

    pub(crate) fn any_price() -> impl Strategy<Value = Price> {
        prop_oneof![
            (NANOS + 1..=LONGEST * NANOS).prop_map(|nanos| Price::from_nanos(nanos).unwrap()),
            (101_i64..5000).prop_map(|cents| Price::from_nanos(cents * NANOS / 100).unwrap()),
            (100_i64..100_000).prop_map(|figure| Price::from_american(figure).unwrap()),
            (-100_000_i64..=-100).prop_map(|figure| Price::from_american(figure).unwrap()),
            (1_u32..5000, 1_u32..100).prop_map(|(gain, stake)| Price::from_fraction(gain, stake).unwrap()),
            (1_u32..1_000_000).prop_map(|millionths| Price::from_contract(millionths).unwrap()),
        ]
    }

    pub(crate) fn any_changes() -> impl Strategy<Value = Vec<Change>> {
        let value = prop_oneof![any_price().prop_map(Value::Live), any_price().prop_map(Value::Suspended), Just(Value::Withdrawn)];
        let changed_at = proptest::option::of(
            (-1_000_000_000_i64..1_000_000_000).prop_map(|micros| Moment::from_secs(1_700_000_000).plus_micros(micros)),
        );
        proptest::collection::btree_map(0_u32..5000, (value, changed_at), 0..60).prop_map(|by_slot| {
            by_slot.into_iter().map(|(slot, (value, changed_at))| Change { slot: SlotNo(slot), value, changed_at }).collect()
        })
    }

    proptest! {
        #[test]
        fn a_block_comes_back_with_the_posted_form(changes in any_changes()) {
            let at = Moment::from_secs(1_700_000_000);
            let mut read = Vec::new();
            decode(&encode(&changes, at), at, |change| read.push(change)).unwrap();
            let posted = |changes: &[Change]| changes.iter().map(|change| change.value.price().map(Price::posted)).collect::<Vec<_>>();
            prop_assert_eq!(posted(&read), posted(&changes));
            prop_assert_eq!(read, changes);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&bytes, Moment::default(), |_| ());
        }
    }

    #[test]
    fn a_usual_change_takes_three_bytes() {
        let change = |slot, cents: i64| Change {
            slot: SlotNo(slot),
            value: Value::Live(Price::from_nanos(cents * NANOS / 100).unwrap()),
            changed_at: None,
        };
        assert_eq!(encode(&[change(0, 191), change(3, 205), change(4, 187)], Moment::default()).len(), 9);
    }
}
