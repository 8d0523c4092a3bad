//! The table `odds`: every change of every quote, straight from the bytes of the blocks into columns.
//!
//! A row is a few numbers in vectors and the number of its slot; what the slot is called is looked up once a slot, and becomes columns when
//! a batch is handed on. No row allocates anything.

use std::collections::BTreeMap;

use arrow_array::{ArrayRef, RecordBatch};
use odds::block::{Change, Value};
use odds::{Line, ListingId, Moment, Price, SlotNo};
use store::{RawBlock, RawBlocks, StoreError};

use crate::asked::Asked;
use crate::columns::{Dictionary, bools, dates, decimals, floats, int32s, int64s, nulls, times};
use crate::error::{Result, TablesError};
use crate::event::{EventKnown, Place, day_number};
use crate::schema::{Column, Kind, Table};
use crate::source::{OnBatch, ROWS_AT_ONCE, Source, fits};
use crate::words::{Listing, SlotWords};

/// Makes the table.
pub(crate) fn make(source: &Source, asked: &Asked, places: &[&Place], on_batch: OnBatch<'_>) -> Result<()> {
    let mut odds = Odds::of(asked);
    if asked.has_one_dictionary {
        for place in places {
            each_listing(source, asked, place, &mut |_, said| {
                odds.slots.learn(said);
                Ok(())
            })?;
        }
    }
    for place in places {
        each_listing(source, asked, place, &mut |id, said| {
            let blocks = source.store.raw_blocks(id, asked.cut)?;
            odds.listing(said, &blocks, on_batch).map_err(|error| match error {
                TablesError::Store(StoreError::Damaged { source, .. }) => {
                    StoreError::Damaged { what: format!("a block of listing {id}"), source }.into()
                }
                other => other,
            })
        })?;
    }
    if odds.rows.slot.is_empty() { Ok(()) } else { odds.flush(on_batch) }
}

/// Hands on each listing of an event that has a slot that is asked for.
fn each_listing(
    source: &Source,
    asked: &Asked,
    place: &Place,
    on_listing: &mut dyn FnMut(ListingId, &Said<'_>) -> Result<()>,
) -> Result<()> {
    let Some(event) = place.read(&source.store, asked.cut)?.filter(|event| fits(asked, event)) else { return Ok(()) };
    for one in &event.listings {
        let names = source.store.names_known(one.0.id, asked.cut.known)?;
        let mut words = Listing::of(source, &event, one);
        let slots: Vec<Option<SlotWords>> = (0..names.slots().len() as u32).map(|slot| words.slot(&names, SlotNo(slot), asked)).collect();
        if slots.iter().any(Option::is_some) {
            on_listing(one.0.id, &Said { event: &event, provider: &one.0.provider, slots: &slots })?;
        }
    }
    Ok(())
}

/// A listing whose rows are made.
struct Said<'a> {
    event: &'a EventKnown,
    provider: &'a str,
    slots: &'a [Option<SlotWords>],
}

const LIVE: u8 = 0;
const SUSPENDED: u8 = 1;
const WITHDRAWN: u8 = 2;
const STATES: [&str; 3] = ["live", "suspended", "withdrawn"];

/// What stands at a slot, small enough to be compared at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stands {
    state: u8,
    nanos: i64,
}

/// Before anything was said.
const NOTHING: Stands = Stands { state: u8::MAX, nanos: 0 };
/// Stands for no time in a column of times.
const NEVER: i64 = i64::MIN;

/// Rows as they come; one vector a column that differs from row to row.
#[derive(Default)]
struct Rows {
    /// The number of the slot in the batch.
    slot: Vec<u32>,
    state: Vec<u8>,
    /// 0 once withdrawn.
    nanos: Vec<i64>,
    american: Vec<i32>,
    observed_at: Vec<i64>,
    changed_at: Vec<i64>,
    recorded_at: Vec<i64>,
    reply: Vec<i64>,
    seq: Vec<i64>,
}

/// Which of the columns that differ from row to row are asked for: what nobody reads is not worked out.
#[derive(Clone, Copy)]
struct Wants {
    american: bool,
    observed_at: bool,
    changed_at: bool,
    recorded_at: bool,
    reply: bool,
    seq: bool,
}

impl Wants {
    fn of(columns: &[Column]) -> Self {
        let wants = |name| columns.iter().any(|column| column.name == name);
        Self {
            american: wants("american"),
            observed_at: wants("observed_at"),
            changed_at: wants("changed_at"),
            recorded_at: wants("recorded_at"),
            reply: wants("reply_id"),
            seq: wants("seq"),
        }
    }
}

/// A column of words, by slot.
#[derive(Default)]
struct Words {
    dictionary: Dictionary,
    by_slot: Vec<i32>,
}

/// What a batch knows of its slots; a column by its place in `COLUMNS`.
#[derive(Default)]
struct Slots {
    words: [Words; WORDS.len()],
    day: Vec<Option<i32>>,
    starts_at: Vec<i64>,
    line: Vec<Option<Line>>,
    flags: Vec<[bool; 4]>,
}

/// The columns of words that are a slot's.
const WORDS: [&str; 12] =
    ["sport", "event_id", "home", "away", "provider", "book", "market", "period", "subject", "player_id", "selection", "stance"];
/// The truths that are a slot's.
const FLAGS: [&str; 4] = ["is_prop", "is_alternate", "is_milestone", "is_understood"];

/// The table on its way.
struct Odds<'a> {
    columns: &'a [Column],
    wants: Wants,
    has_one_dictionary: bool,
    rows: Rows,
    slots: Slots,
    states: Dictionary,
    /// What stands at each slot of the listing, and its number in the batch where it has one.
    stands: Vec<Stands>,
    number: Vec<u32>,
}

/// Stands for a slot that is not in the batch yet.
const UNNUMBERED: u32 = u32::MAX;
/// Stands for a slot that is not asked for.
const UNWANTED: u32 = u32::MAX - 1;

impl<'a> Odds<'a> {
    fn of(asked: &'a Asked) -> Self {
        let mut states = Dictionary::default();
        for state in STATES {
            states.number(state);
        }
        Self {
            columns: &asked.columns,
            wants: Wants::of(&asked.columns),
            has_one_dictionary: asked.has_one_dictionary,
            rows: Rows::default(),
            slots: Slots::default(),
            states,
            stands: Vec::new(),
            number: Vec::new(),
        }
    }

    fn listing(&mut self, said: &Said<'_>, blocks: &RawBlocks, on_batch: OnBatch<'_>) -> Result<()> {
        self.stands.clear();
        self.stands.resize(said.slots.len(), NOTHING);
        self.number(said);
        let all = blocks.all();
        let mut at = 0;
        while at < all.len() {
            let of_reply = 1 + all[at + 1..].iter().take_while(|block| block.order == all[at].order).count();
            if of_reply == 1 {
                blocks.each_change(&all[at], |change| self.change(said, &all[at], &change)).map_err(damaged)?;
            } else {
                self.reply(said, &all[at..at + of_reply], blocks)?;
            }
            at += of_reply;
            if self.rows.slot.len() >= ROWS_AT_ONCE {
                self.flush(on_batch)?;
                self.number(said);
            }
        }
        Ok(())
    }

    /// Slots get a number in the batch when their first row comes.
    fn number(&mut self, said: &Said<'_>) {
        self.number.clear();
        self.number.extend(said.slots.iter().map(|slot| if slot.is_some() { UNNUMBERED } else { UNWANTED }));
    }

    /// Several blocks in the name of one reply: the last to be recorded is right, and what stood before is what stood before the reply.
    fn reply(&mut self, said: &Said<'_>, of_reply: &[RawBlock], blocks: &RawBlocks) -> Result<()> {
        let mut last: BTreeMap<SlotNo, (usize, Change)> = BTreeMap::new();
        for (place, block) in of_reply.iter().enumerate() {
            let take = |change: Change| {
                last.insert(change.slot, (place, change));
            };
            blocks.each_change(block, take).map_err(damaged)?;
        }
        last.into_values().for_each(|(place, change)| self.change(said, &of_reply[place], &change));
        Ok(())
    }

    #[inline]
    fn change(&mut self, said: &Said<'_>, block: &RawBlock, change: &Change) {
        let at = change.slot.0 as usize;
        let (Some(before), Some(number)) = (self.stands.get_mut(at), self.number.get_mut(at)) else { return };
        let (state, price) = match change.value {
            Value::Live(price) => (LIVE, Some(price)),
            Value::Suspended(price) => (SUSPENDED, Some(price)),
            Value::Withdrawn => (WITHDRAWN, None),
        };
        let nanos = price.map_or(0, Price::nanos);
        let stands = Stands { state, nanos };
        // what is said again is no change, nor is what was never offered and is withdrawn
        let is_news = *before != stands && !(*before == NOTHING && state == WITHDRAWN);
        *before = stands;
        if !is_news || *number == UNWANTED {
            return;
        }
        if *number == UNNUMBERED {
            *number = self.slots.add(said, at);
        }
        self.rows.slot.push(*number);
        self.rows.state.push(state);
        self.rows.nanos.push(nanos);
        let Wants { american, observed_at, changed_at, recorded_at, reply, seq } = self.wants;
        if american {
            self.rows.american.push(price.map_or(0, Price::american) as i32);
        }
        if observed_at {
            self.rows.observed_at.push(block.order.at.micros());
        }
        if changed_at {
            self.rows.changed_at.push(change.changed_at.map_or(NEVER, Moment::micros));
        }
        if recorded_at {
            self.rows.recorded_at.push(block.recorded_at.micros());
        }
        if reply {
            self.rows.reply.push(block.order.reply.0);
        }
        if seq {
            self.rows.seq.push(block.seq.0);
        }
    }

    fn flush(&mut self, on_batch: OnBatch<'_>) -> Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        let slots = &mut self.slots;
        let prices = rows.state.contains(&WITHDRAWN).then(|| nulls(rows.state.iter().map(|state| *state != WITHDRAWN))).flatten();
        let mut arrays = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            arrays.push(match slots.column(column, &rows.slot) {
                Some(array) => array,
                None => match column.name {
                    "state" => self.states.column(rows.state.iter().map(|state| i32::from(*state)).collect()),
                    "price_exact" => decimals(rows.nanos.iter().map(|nanos| i128::from(*nanos)).collect(), prices.clone(), Kind::Price),
                    "price" => floats(rows.nanos.iter().map(|nanos| *nanos as f64 / odds::price::NANOS as f64).collect(), prices.clone()),
                    "american" => int32s(std::mem::take(&mut rows.american), prices.clone()),
                    "observed_at" => times(std::mem::take(&mut rows.observed_at), None),
                    "changed_at" => {
                        let has_none = rows.changed_at.contains(&NEVER);
                        let nulls = if has_none { nulls(rows.changed_at.iter().map(|at| *at != NEVER)) } else { None };
                        times(std::mem::take(&mut rows.changed_at), nulls)
                    }
                    "recorded_at" => times(std::mem::take(&mut rows.recorded_at), None),
                    "reply_id" => int64s(std::mem::take(&mut rows.reply), None),
                    "seq" => int64s(std::mem::take(&mut rows.seq), None),
                    other => return Err(TablesError::columns(Table::Odds.as_str(), format!("no column {other}"))),
                },
            });
        }
        slots.forget(self.has_one_dictionary);
        let batch = RecordBatch::try_new(Table::Odds.schema(self.columns), arrays).map_err(|error| TablesError::columns("odds", error))?;
        on_batch(batch)
    }
}

fn damaged(error: odds::varint::Damaged) -> TablesError {
    StoreError::Damaged { what: String::new(), source: error.into() }.into()
}

impl Said<'_> {
    /// The words of a slot, in the order of `WORDS`.
    fn texts<'a>(&'a self, words: &'a SlotWords) -> [Option<&'a str>; WORDS.len()] {
        let event = self.event;
        [
            Some(&event.sport),
            Some(&event.id_text),
            event.home.as_deref(),
            event.away.as_deref(),
            Some(self.provider),
            Some(&words.book),
            Some(&words.market),
            Some(&words.period),
            words.subject.as_deref(),
            words.player_id.as_deref(),
            Some(&words.selection),
            Some(words.stance),
        ]
    }
}

impl Slots {
    /// Takes the words of a listing into the dictionaries.
    fn learn(&mut self, said: &Said<'_>) {
        for words in said.slots.iter().flatten() {
            for (column, text) in self.words.iter_mut().zip(said.texts(words)) {
                column.dictionary.number_of(text);
            }
        }
    }

    /// Forgets the slots of a batch, and their words too unless all batches share them.
    fn forget(&mut self, keeps_words: bool) {
        let words = std::mem::take(self).words;
        if keeps_words {
            self.words = words.map(|words| Words { dictionary: words.dictionary, by_slot: Vec::new() });
        }
    }

    /// Takes a slot in and gives its number.
    fn add(&mut self, said: &Said<'_>, slot: usize) -> u32 {
        let number = self.line.len() as u32;
        let Some(words) = &said.slots[slot] else { return UNWANTED };
        let event = said.event;
        for (column, text) in self.words.iter_mut().zip(said.texts(words)) {
            let word = column.dictionary.number_of(text);
            column.by_slot.push(word);
        }
        self.day.push(event.day.map(day_number));
        self.starts_at.push(event.starts_at.map_or(NEVER, Moment::micros));
        self.line.push(words.line);
        let meaning = words.meaning.as_ref();
        let (is_alternate, is_milestone) = meaning.map_or((false, false), |meaning| (meaning.is_alternate, meaning.is_milestone));
        self.flags.push([words.is_prop, is_alternate, is_milestone, meaning.is_some()]);
        number
    }

    /// A column that is a slot's, spread over the rows.
    fn column(&mut self, column: &Column, rows: &[u32]) -> Option<ArrayRef> {
        if let Some(place) = WORDS.iter().position(|name| *name == column.name) {
            let words = &mut self.words[place];
            let by_slot = &words.by_slot;
            return Some(words.dictionary.column(rows.iter().map(|slot| by_slot[*slot as usize]).collect()));
        }
        if let Some(place) = FLAGS.iter().position(|name| *name == column.name) {
            return Some(bools(rows.iter().map(|slot| self.flags[*slot as usize][place])));
        }
        match column.name {
            "day" => {
                let days = || rows.iter().map(|slot| self.day[*slot as usize]);
                Some(dates(days().map(Option::unwrap_or_default).collect(), nulls(days().map(|day| day.is_some()))))
            }
            "starts_at" => {
                let starts = || rows.iter().map(|slot| self.starts_at[*slot as usize]);
                Some(times(starts().collect(), nulls(starts().map(|at| at != NEVER))))
            }
            "line_exact" | "line" => {
                let milli = || rows.iter().map(|slot| self.line[*slot as usize]);
                let nulls = nulls(milli().map(|line| line.is_some()));
                Some(if column.name == "line" {
                    floats(milli().map(|line| line.map_or(0.0, Line::as_f64)).collect(), nulls)
                } else {
                    decimals(milli().map(|line| line.map_or(0, |line| i128::from(line.milli()))).collect(), nulls, Kind::Line)
                })
            }
            _ => None,
        }
    }
}
