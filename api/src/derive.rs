//! What an entry of the log changed, as it is told: opened, moved, suspended, returned and withdrawn are derived here, from what
//! stood before. The same entry gives the same changes whoever derives them and wherever he began.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use odds::block::Value;
use odds::board::{Board, Order};
use odds::names::Interner;
use odds::observation::FactKind;
use odds::timeline::{Row, RowContent, Timeline};
use odds::{EventId, ListingId, Moment, Seq, SlotNo};
use serde::Serialize;
use store::boards::{Boards, Kept};
use store::{Cut, Entry, EntryDecision, Result, Store, StoreError};

use crate::address::Address;
use crate::change::{Change, Tags};
use crate::sides::{EventSides, is_turned, turned};
use crate::state::Meanings;
use crate::view::selection;

/// Slots that a deriver of its own holds at most; what is beyond is read again when it changes.
const MOST_SLOTS: usize = 400_000;

/// What an entry came to.
pub struct Derived {
    /// The entry.
    pub seq: Seq,
    /// Its changes, in the order of their addresses.
    pub changes: Vec<Change>,
}

/// Derives changes, entry by entry, with the boards that this needs.
pub struct Deriver {
    store: Arc<Store>,
    meanings: Arc<dyn Meanings>,
    boards: Arc<RwLock<Boards>>,
    serves: bool,
    words: Interner,
    /// The founding listing of each event that was asked about, until somebody decides anew.
    founders: Mutex<HashMap<EventId, Option<ListingId>>>,
}

/// What stood at the changed slots before an entry.
#[derive(Default)]
struct Before {
    values: HashMap<(ListingId, Order, SlotNo), Value>,
    late: HashMap<ListingId, Kept>,
}

impl Deriver {
    /// A deriver with boards of its own.
    #[must_use]
    pub fn new(store: Arc<Store>, meanings: Arc<dyn Meanings>) -> Self {
        Self { store, meanings, boards: Arc::default(), serves: false, words: Interner::default(), founders: Mutex::default() }
    }

    /// A deriver that keeps the boards that this process serves.
    #[must_use]
    pub fn keeping(store: Arc<Store>, meanings: Arc<dyn Meanings>, boards: Arc<RwLock<Boards>>) -> Self {
        Self { store, meanings, boards, serves: true, words: Interner::default(), founders: Mutex::default() }
    }

    /// Reads the entries after one, at most `limit`, and what each changed. Entries must be read in order, without gaps; after a
    /// gap, and after an error, [`Deriver::forget`] first.
    ///
    /// # Errors
    /// What the store reports.
    pub fn read(&mut self, after: Seq, limit: i64) -> Result<Vec<Derived>> {
        let entries = self.store.entries_after(after, limit, &mut self.words)?;
        let Some(last) = entries.last().map(|entry| entry.seq) else { return Ok(Vec::new()) };
        let decided = self.store.decisions_between(after, last)?;
        let derived: Result<Vec<Derived>> = entries.iter().map(|entry| self.derive(entry, of_entry(&decided, entry.seq))).collect();
        if !self.serves {
            self.write().shrink_to(MOST_SLOTS);
        }
        derived
    }

    /// Drops the boards: they are read again when they are needed.
    pub fn forget(&mut self) {
        self.write().forget();
        self.words = Interner::default();
        self.founders.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads the boards of every listing with a quote that stands, as of an entry.
    ///
    /// # Errors
    /// What the store reports.
    pub fn load_standing(&self, known: Seq) -> Result<()> {
        for row in self.store.all_listings()?.into_iter().filter(|row| row.is_standing) {
            let kept = self.store.board(row, Cut { as_of: Moment::MAX, known })?;
            self.write().insert(kept);
        }
        self.write().seq = known;
        Ok(())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Boards> {
        self.boards.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn derive(&self, entry: &Entry, decided: &[EntryDecision]) -> Result<Derived> {
        let mut told: Vec<ListingId> = decided.iter().map(|decision| decision.listing).collect();
        told.extend(entry.rows.iter().filter(|(_, row)| self.serves || is_told(row)).map(|(listing, _)| *listing));
        told.sort_unstable();
        told.dedup();
        for listing in &told {
            self.load(*listing, Seq(entry.seq.0 - 1))?;
        }
        let mut before = self.before(entry, &told)?;
        self.write().follow(entry);
        for (_, kept) in before.late.drain() {
            self.write().insert(kept);
        }
        // What lies behind a sweep of its sport is not followed but dropped, to be read as it came out.
        for listing in &told {
            self.load(*listing, entry.seq)?;
        }
        if entry.decided.iter().any(|(listing, _)| !entry.founded.contains(listing)) {
            self.founders.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        let founders = self.founders(&told, entry.seq)?;
        let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
        let mut telling = Telling { entry, meanings: &*self.meanings, before: &before, is_turned: false, changes: Vec::new() };
        for listing in told {
            let kept = boards.get(listing).ok_or_else(|| missing(listing))?;
            let founder = founders.get(&listing).and_then(|founder| boards.get(*founder));
            let sides = founder.and_then(|founder| EventSides::of_board(founder.listing.league.as_deref(), &founder.board));
            telling.is_turned = is_turned(sides.as_ref(), &kept.board);
            telling.tell(kept, decided);
        }
        Ok(Derived { seq: entry.seq, changes: telling.changes })
    }

    fn load(&self, listing: ListingId, known: Seq) -> Result<()> {
        if self.boards.read().unwrap_or_else(PoisonError::into_inner).get(listing).is_some() {
            return Ok(());
        }
        let row = self.store.listing_known(listing, known)?.ok_or_else(|| missing(listing))?;
        let kept = self.store.board(row, Cut { as_of: Moment::MAX, known })?;
        self.write().insert(kept);
        Ok(())
    }

    /// The founding listings of the events of those that joined one, loaded: home and away are as they have them.
    fn founders(&self, told: &[ListingId], known: Seq) -> Result<HashMap<ListingId, ListingId>> {
        let mut founders = HashMap::new();
        for listing in told {
            let event = self.boards.read().unwrap_or_else(PoisonError::into_inner).get(*listing).and_then(|kept| {
                let row = &kept.listing;
                (EventId::founded_by(&row.provider, &row.external_id) != row.event).then_some(row.event)
            });
            let Some(event) = event else { continue };
            let founder = self.founder(event, known)?;
            if let Some(founder) = founder.filter(|founder| founder != listing) {
                self.load(founder, known)?;
                founders.insert(*listing, founder);
            }
        }
        Ok(founders)
    }

    fn founder(&self, event: EventId, known: Seq) -> Result<Option<ListingId>> {
        if let Some(founder) = self.founders.lock().unwrap_or_else(PoisonError::into_inner).get(&event) {
            return Ok(*founder);
        }
        let founder = self.store.event_known(event, known)?.and_then(|event| event.listings.first().map(|row| row.id));
        self.founders.lock().unwrap_or_else(PoisonError::into_inner).insert(event, founder);
        Ok(founder)
    }

    fn before(&self, entry: &Entry, told: &[ListingId]) -> Result<Before> {
        let mut before = Before::default();
        for listing in told {
            let rows = || entry.rows.iter().filter(|(of, _)| of == listing).map(|(_, row)| row);
            let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
            let kept = boards.get(*listing).ok_or_else(|| missing(*listing))?;
            if rows().any(|row| kept.board.last().is_some_and(|last| row.order < last)) {
                let directory = kept.listing.clone();
                drop(boards);
                let known = Cut { as_of: Moment::MAX, known: entry.seq };
                let all = self.store.listing_rows(*listing, known)?;
                let folded = |board: &Timeline, order| board.board_before(order, &all.names);
                rows().for_each(|row| before.note(*listing, row, &folded(&all.timeline, row.order)));
                before.late.insert(*listing, Boards::fold(directory, all, entry.seq));
            } else {
                rows().for_each(|row| before.note(*listing, row, &kept.board));
                before.chain(*listing, rows());
            }
        }
        Ok(before)
    }
}

fn of_entry(decided: &[EntryDecision], seq: Seq) -> &[EntryDecision] {
    let from = decided.partition_point(|decision| decision.seq < seq);
    let to = decided.partition_point(|decision| decision.seq <= seq);
    &decided[from..to]
}

fn is_told(row: &Row) -> bool {
    matches!(row.content, RowContent::Changes(_) | RowContent::Facts(_))
}

fn missing(listing: ListingId) -> StoreError {
    StoreError::Missing { what: "listing", id: listing.to_string() }
}

impl Before {
    fn note(&mut self, listing: ListingId, row: &Row, board: &Board) {
        let RowContent::Changes(changes) = &row.content else { return };
        for change in changes {
            if let Some(value) = board.slot(change.slot).and_then(|slot| slot.value) {
                self.values.insert((listing, row.order, change.slot), value);
            }
        }
    }

    /// Where one entry says several values of a slot, each stands before the next.
    fn chain<'a>(&mut self, listing: ListingId, rows: impl Iterator<Item = &'a Row>) {
        let mut said: HashMap<SlotNo, Value> = HashMap::new();
        for row in rows {
            let RowContent::Changes(changes) = &row.content else { continue };
            for change in changes {
                if let Some(value) = said.insert(change.slot, change.value) {
                    self.values.insert((listing, row.order, change.slot), value);
                }
            }
        }
    }
}

/// What happened to a quote.
fn change_of(before: Option<Value>, now: Value) -> &'static str {
    match (before, now) {
        (_, Value::Withdrawn) => "withdrawn",
        (None, _) => "opened",
        (Some(Value::Withdrawn), _) | (Some(Value::Suspended(_)), Value::Live(_)) => "returned",
        (Some(Value::Live(_)), Value::Suspended(_)) => "suspended",
        (Some(before), now) if before.price() == now.price() => "confirmed",
        _ => "moved",
    }
}

fn state_of(value: Value) -> &'static str {
    match value {
        Value::Live(_) => "live",
        Value::Suspended(_) => "suspended",
        Value::Withdrawn => "withdrawn",
    }
}

struct Telling<'a> {
    entry: &'a Entry,
    meanings: &'a dyn Meanings,
    before: &'a Before,
    is_turned: bool,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Head<'a> {
    id: Address,
    kind: &'static str,
    event: String,
    provider: &'a str,
    listing: &'a str,
    sport: &'a str,
    recorded_at: Moment,
    reply: String,
}

#[derive(Serialize)]
struct QuoteChange<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    change: &'static str,
    state: &'static str,
    book: &'a str,
    provider_book: &'a str,
    market: String,
    period: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    selection: String,
    name: &'a str,
    line: Option<f64>,
    price: Option<f64>,
    price_before: Option<f64>,
    stance: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_milestone: bool,
    provider_market: &'a str,
    changed_at: Option<Moment>,
    observed_at: Moment,
    is_late: bool,
}

#[derive(Serialize)]
struct FactTold<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    fact: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
    value: serde_json::Value,
    observed_at: Moment,
    is_late: bool,
}

#[derive(Serialize)]
struct DecisionTold<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    decision: &'a str,
    rule: &'a str,
    evidence: serde_json::Value,
    decided_by: &'a str,
    observed_at: Moment,
}

impl<'a> Telling<'a> {
    fn tell(&mut self, kept: &'a Kept, decided: &'a [EntryDecision]) {
        let listing = kept.listing.id;
        decided.iter().filter(|decision| decision.listing == listing).for_each(|decision| self.tell_decision(kept, decision));
        let entry = self.entry;
        for (_, row) in entry.rows.iter().filter(|(of, _)| *of == listing) {
            match &row.content {
                RowContent::Changes(changes) => changes.iter().for_each(|change| self.tell_quote(kept, row, *change)),
                RowContent::Facts(facts) => facts.iter().for_each(|fact| self.tell_fact(kept, row, fact)),
                RowContent::Cover(..) | RowContent::Missed(_) => {}
            }
        }
    }

    fn next_id(&self) -> Address {
        Address { seq: self.entry.seq, i: self.changes.len() as u32 }
    }

    fn head(&self, kept: &'a Kept, kind: &'static str, reply: odds::ReplyId) -> Head<'a> {
        let listing = &kept.listing;
        Head {
            id: self.next_id(),
            kind,
            event: listing.event.to_string(),
            provider: &listing.provider,
            listing: &listing.external_id,
            sport: listing.league.as_deref().unwrap_or(&listing.sport),
            recorded_at: self.entry.recorded_at,
            reply: reply.to_string(),
        }
    }

    fn push(&mut self, tags: Tags, told: &impl Serialize) {
        self.changes.push(Change::new(self.next_id(), tags, told));
    }

    fn tell_quote(&mut self, kept: &'a Kept, row: &Row, change: odds::block::Change) {
        let Some(words) = kept.names.words(change.slot) else { return };
        let meaning = self.meanings.meaning(&kept.listing.provider, &kept.listing.sport, &words);
        let meaning = meaning.as_ref();
        let before = self.before.values.get(&(kept.listing.id, row.order, change.slot)).copied();
        let market = meaning.map_or_else(|| words.market.to_owned(), |meaning| meaning.kind.to_string());
        let described = || (!words.description.is_empty()).then(|| words.description.to_owned());
        let book = odds::book::key(&kept.listing.provider, words.book);
        let told = QuoteChange {
            head: self.head(kept, "quote", row.order.reply),
            change: change_of(before, change.value),
            state: state_of(change.value),
            book,
            provider_book: words.book,
            market: market.clone(),
            period: meaning.map_or_else(|| "full".to_owned(), |meaning| meaning.period.to_string()),
            subject: meaning.map_or_else(described, |meaning| meaning.subject.clone()),
            selection: meaning.map_or_else(|| words.name.to_owned(), |meaning| turned(selection(kept, meaning), self.is_turned)),
            name: words.name,
            line: meaning.map_or(words.point, |meaning| meaning.line).map(odds::Line::as_f64),
            price: change.value.price().map(odds::Price::decimal),
            price_before: before.and_then(Value::price).map(odds::Price::decimal),
            stance: if meaning.is_some_and(|meaning| meaning.stance == odds::market::Stance::Lay) { "lay" } else { "back" },
            is_milestone: meaning.is_some_and(|meaning| meaning.is_milestone),
            provider_market: words.market,
            changed_at: change.changed_at,
            observed_at: row.order.at,
            is_late: kept.board.slot(change.slot).is_some_and(|slot| slot.said > row.order),
        };
        let tags = Tags::of(kept, "quote").of_quote([book, words.book], [&market, words.market]);
        self.push(tags, &told);
    }

    fn tell_fact(&mut self, kept: &'a Kept, row: &Row, fact: &odds::board::FactChange) {
        let stands = kept.board.facts().get(&(fact.kind, Arc::clone(&fact.subject)));
        let told = FactTold {
            head: self.head(kept, "fact", row.order.reply),
            fact: fact.kind.as_str(),
            subject: &fact.subject,
            value: fact_value(fact.kind, fact.value.as_deref()),
            observed_at: row.order.at,
            is_late: stands.is_some_and(|stands| stands.said > row.order),
        };
        self.push(Tags::of(kept, "fact"), &told);
    }

    fn tell_decision(&mut self, kept: &'a Kept, decision: &EntryDecision) {
        let mut head = self.head(kept, "decision", self.entry.reply);
        head.event = decision.event.to_string();
        let told = DecisionTold {
            head,
            decision: &decision.kind,
            rule: &decision.rule,
            evidence: serde_json::from_str(&decision.evidence).unwrap_or_else(|_| decision.evidence.clone().into()),
            decided_by: &decision.decided_by,
            observed_at: self.entry.observed_at,
        };
        self.push(Tags::of(kept, "decision"), &told);
    }
}

/// Facts that are kept as JSON are told as JSON; `null` says that the fact is gone.
fn fact_value(kind: FactKind, value: Option<&str>) -> serde_json::Value {
    let Some(text) = value else { return serde_json::Value::Null };
    let parsed = if kind.is_json() { serde_json::from_str(text).ok() } else { None };
    parsed.unwrap_or_else(|| text.into())
}
