//! A sealed part: what many replies changed in one listing, in few bytes. What lies in blocks while a game is on is moved here once it is
//! over; each place, change and figure comes back as it was.
//!
//! Prices are distances from the last price of their slot, places from the place before them. There is no entropy coder in it, so that SQL
//! can read it too (`read_sealed` in PostgreSQL).

use std::ops::Range;

use crate::block::{Change, put_price, take_price, value_of};
use crate::board::Order;
use crate::id::{ReplyId, Seq, SlotNo};
use crate::moment::Moment;
use crate::price::{NANOS, Posted, Price};
use crate::varint::{Damaged, Reader, put, put_moment, take_moment};

/// What a reply left at one place: changes, a cover, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The reply that it speaks for, by its place in the world.
    pub order: Order,
    /// The entry that it arrived with.
    pub seq: Seq,
    /// Whether the reply covered something of the listing here; its cover lies apart.
    pub is_covered: bool,
    /// Which of the part's changes are its.
    pub changes: Range<usize>,
}

/// A part: places in the order of their entries, and the changes of all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// The places.
    pub places: Vec<Place>,
    /// Changes, those of a place sorted by slot.
    pub changes: Vec<Change>,
}

impl Part {
    /// Adds a place with its changes.
    pub fn add(&mut self, order: Order, seq: Seq, is_covered: bool, changes: &[Change]) {
        let from = self.changes.len();
        self.changes.extend_from_slice(changes);
        self.places.push(Place { order, seq, is_covered, changes: from..self.changes.len() });
    }

    /// The changes of one of its places.
    #[must_use]
    pub fn changes_of(&self, place: &Place) -> &[Change] {
        &self.changes[place.changes.clone()]
    }
}

const IS_COVERED: u64 = 1;
const HAS_CHANGES: u64 = 2;
const HAS_TIME: u64 = 4;
/// In the place of a distance: the price follows whole.
const WHOLE: u64 = 1;
/// Slots beyond have each price whole: damaged bytes must not ask for all memory.
const SLOTS: usize = 1 << 20;
/// Hundredths of a decimal price, cents of a contract: what nearly all are posted in.
const HUNDREDTH: i64 = NANOS / 100;
const CENT: u32 = 10_000;

/// Writes a part as bytes. Its places lie in the order of their entries.
#[must_use]
pub fn encode(part: &Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(part.places.len() * 16 + part.changes.len() * 2);
    let mut last = Last::default();
    for place in &part.places {
        let flags = u64::from(place.is_covered) * IS_COVERED + u64::from(!place.changes.is_empty()) * HAS_CHANGES;
        put(&mut out, ((place.seq.0 - last.seq) as u64) << 2 | flags);
        put_moment(&mut out, place.order.at, last.at);
        out.extend_from_slice(&place.order.reply.0.to_le_bytes());
        (last.seq, last.at) = (place.seq.0, place.order.at);
        let changes = part.changes_of(place);
        if !changes.is_empty() {
            put(&mut out, changes.len() as u64);
            put_changes(&mut out, changes, place.order.at, &mut last.prices);
        }
    }
    out
}

fn put_changes(out: &mut Vec<u8>, changes: &[Change], at: Moment, prices: &mut Prices) {
    let mut next = 0;
    for change in changes {
        let timed = if change.changed_at.is_some() { HAS_TIME } else { 0 };
        put(out, (u64::from(change.slot.0 - next) << 3) | timed | change.value.state());
        if let Some(price) = change.value.price() {
            match prices.distance(change.slot, price) {
                Some(distance) => put(out, (((distance << 1) ^ (distance >> 63)) as u64) << 1),
                None => {
                    put(out, WHOLE);
                    put_price(out, price);
                }
            }
            prices.keep(change.slot, price);
        }
        if let Some(changed_at) = change.changed_at {
            put_moment(out, changed_at, at);
        }
        next = change.slot.0 + 1;
    }
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`Damaged`] where the bytes are no part.
pub fn decode(bytes: &[u8]) -> Result<Part, Damaged> {
    let (mut reader, mut part, mut last) = (Reader::new(bytes), Part::default(), Last::default());
    while !reader.is_at_end() {
        let head = reader.take("place")?;
        last.seq = i64::try_from(head >> 2).ok().and_then(|step| last.seq.checked_add(step)).ok_or(reader.damaged("entry"))?;
        last.at = take_moment(&mut reader, last.at)?;
        let order = Order { at: last.at, reply: ReplyId(i64::from_le_bytes(reader.take_bytes("reply")?)) };
        let from = part.changes.len();
        if head & HAS_CHANGES != 0 {
            take_changes(&mut reader, last.at, &mut last.prices, &mut part.changes)?;
        }
        part.places.push(Place { order, seq: Seq(last.seq), is_covered: head & IS_COVERED != 0, changes: from..part.changes.len() });
    }
    Ok(part)
}

fn take_changes(reader: &mut Reader<'_>, at: Moment, prices: &mut Prices, changes: &mut Vec<Change>) -> Result<(), Damaged> {
    let mut next = 0_u64;
    for _ in 0..reader.take_u32("changes")? {
        let head = reader.take("slot")?;
        let slot = next.checked_add(head >> 3).filter(|slot| *slot < u64::from(u32::MAX)).ok_or(reader.damaged("slot"))?;
        next = slot + 1;
        let slot = SlotNo(slot as u32);
        let value = value_of(head & 3, || take_near(reader, slot, prices)).ok_or(reader.damaged("state"))??;
        let changed_at = if head & HAS_TIME == 0 { None } else { Some(take_moment(reader, at)?) };
        changes.push(Change { slot, value, changed_at });
    }
    Ok(())
}

fn take_near(reader: &mut Reader<'_>, slot: SlotNo, prices: &mut Prices) -> Result<Price, Damaged> {
    let code = reader.take("price")?;
    let price = if code == WHOLE {
        take_price(reader)?
    } else {
        let folded = code >> 1;
        let distance = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        prices.at(slot, distance).filter(|_| code & WHOLE == 0).ok_or(reader.damaged("price"))?
    };
    prices.keep(slot, price);
    Ok(price)
}

/// What distances are taken from.
#[derive(Default)]
struct Last {
    seq: i64,
    at: Moment,
    prices: Prices,
}

/// The last price of each slot.
#[derive(Default)]
struct Prices(Vec<Option<Price>>);

impl Prices {
    fn of(&self, slot: SlotNo) -> Option<Price> {
        self.0.get(slot.0 as usize).copied().flatten()
    }

    fn keep(&mut self, slot: SlotNo, price: Price) {
        let at = slot.0 as usize;
        if at >= SLOTS {
            return;
        }
        if at >= self.0.len() {
            self.0.resize(at + 1, None);
        }
        self.0[at] = Some(price);
    }

    /// How far a price is from the last one of its slot, where both are posted in the same figures.
    fn distance(&self, slot: SlotNo, price: Price) -> Option<i64> {
        let (before, after) = (figure(self.of(slot)?)?, figure(price)?);
        (before.0 == after.0).then(|| after.1 - before.1)
    }

    fn at(&self, slot: SlotNo, distance: i64) -> Option<Price> {
        let (form, before) = figure(self.of(slot)?)?;
        let figure = before.checked_add(distance)?;
        match form {
            Form::Decimal => Price::from_nanos(figure.checked_mul(HUNDREDTH)?).ok(),
            Form::American => Price::from_american(figure).ok(),
            Form::Contract => Price::from_contract(u32::try_from(figure).ok()?.checked_mul(CENT)?).ok(),
        }
    }
}

#[derive(PartialEq, Eq)]
enum Form {
    Decimal,
    American,
    Contract,
}

/// A price as a whole number of what it was posted in; `None` for finer ones, and for fractions.
fn figure(price: Price) -> Option<(Form, i64)> {
    match price.posted() {
        Posted::Decimal => (price.nanos() % HUNDREDTH == 0).then(|| (Form::Decimal, price.nanos() / HUNDREDTH)),
        Posted::American(figure) => Some((Form::American, i64::from(figure))),
        Posted::Contract(millionths) => (millionths % CENT == 0).then(|| (Form::Contract, i64::from(millionths / CENT))),
        Posted::Fractional(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Value;
    use crate::block::tests::any_changes;
    use proptest::prelude::*;

    fn any_part() -> impl Strategy<Value = Part> {
        let place = (0_i64..4, -10_000_000_i64..400_000_000, any::<i64>(), any::<bool>(), prop::option::of(any_changes()));
        prop::collection::vec(place, 0..12).prop_map(|places| {
            let (mut part, mut seq, mut at) = (Part::default(), 0, Moment::from_secs(1_700_000_000));
            for (step, micros, reply, is_covered, changes) in places {
                (seq, at) = (seq + step, at.plus_micros(micros));
                part.add(Order { at, reply: ReplyId(reply) }, Seq(seq), is_covered, &changes.unwrap_or_default());
            }
            part
        })
    }

    proptest! {
        #[test]
        fn a_part_comes_back_with_the_posted_form(part in any_part()) {
            let read = decode(&encode(&part)).unwrap();
            let posted = |part: &Part| part.changes.iter().map(|change| change.value.price().map(Price::posted)).collect::<Vec<_>>();
            prop_assert_eq!(posted(&read), posted(&part));
            prop_assert_eq!(read, part);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..96)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_price_that_moves_takes_two_bytes() {
        let change =
            |cents: i64| Change { slot: SlotNo(0), value: Value::Live(Price::from_nanos(cents * HUNDREDTH).unwrap()), changed_at: None };
        let size = |count: usize| {
            let mut part = Part::default();
            let changes: Vec<Change> = (0..count).map(|at| Change { slot: SlotNo(at as u32), ..change(191) }).collect();
            part.add(Order::default(), Seq(1), false, &changes);
            let moved: Vec<Change> = (0..count).map(|at| Change { slot: SlotNo(at as u32), ..change(205) }).collect();
            part.add(Order::default(), Seq(2), false, &moved);
            encode(&part).len()
        };
        assert_eq!(size(11) - size(10), 4 + 2, "a slot and its price, whole and then as a distance");
    }
}
