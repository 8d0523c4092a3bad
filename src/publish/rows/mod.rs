//! Rows for people who speak SQL: a follower that keeps what stands now, every change, and opening and closing lines, as tables.

mod again;
mod books;
mod event;
mod history;
mod listing;
mod quote;
mod slot;
mod stats;
mod told;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odds::block::Value;
use odds::observation::ListingKind;
use odds::timeline::RowContent;
use odds::{EventId, ListingId, Moment, Seq};
use store::boards::{Boards, Kept};
use store::rows::Rows;
use store::{Cut, Entry, Following, ListingRow, Param, Result, Store};

use self::event::{EventShown, SHELVED_AFTER_SECS};
use self::quote::Written;
use super::follower::Follows;
use crate::decode::Providers;

/// For how long all changes are kept as rows; the log keeps them for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days after an event's start.
    pub rows_for_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { rows_for_days: 30 }
    }
}

/// An event as it was written last.
#[derive(Debug)]
struct KnownEvent {
    listings: Vec<ListingId>,
    shown: Option<EventShown>,
    is_history_due: bool,
}

/// The follower of the tables of `store::rows`.
pub struct RowsFollower {
    providers: Providers,
    retention: Retention,
    boards: Boards,
    written: HashMap<ListingId, Written>,
    events: HashMap<EventId, KnownEvent>,
    standing: Option<BTreeMap<(String, String), BTreeSet<ListingId>>>,
    books: HashMap<(String, String), bool>,
    markets: HashSet<(String, String)>,
    players: HashSet<(String, String)>,
    stats: HashMap<ListingId, stats::Written>,
    meanings: Option<again::Meanings>,
    hours: words::Hours,
    newest: Option<Moment>,
    /// Listings that the entries in hand found: nothing of them was written before.
    fresh: HashSet<ListingId>,
    most_slots: usize,
    most_again: usize,
    are_books_named: bool,
}

/// Slots that are held in memory; listings beyond them are read again from the log when they are spoken of.
const MOST_SLOTS: usize = 500_000;
/// Events whose lines are told in one transaction, unless their history is long.
const MOST_HISTORIES: i64 = 256;
/// Events whose old changes are pruned in one transaction.
const MOST_PRUNED: i64 = 2_000;

/// What a batch of entries touches: the listings, and whether something of it counts for their opening and closing.
type Touched = BTreeMap<ListingId, bool>;

/// Listing, slot, moment, reply, entry and state; nanos and American figure; when it changed.
type ChangeRow = ([i64; 6], Option<(i64, i64)>, Option<i64>);

impl RowsFollower {
    /// The name of its cursor.
    pub const NAME: &'static str = "rows";

    /// A follower that understands slots by these providers.
    #[must_use]
    pub fn new(providers: Providers, retention: Retention) -> Self {
        Self {
            providers,
            retention,
            boards: Boards::default(),
            written: HashMap::new(),
            events: HashMap::new(),
            standing: None,
            books: HashMap::new(),
            markets: HashSet::new(),
            players: HashSet::new(),
            stats: HashMap::new(),
            meanings: None,
            hours: words::Hours::default(),
            newest: None,
            fresh: HashSet::new(),
            most_slots: MOST_SLOTS,
            most_again: again::MOST_LISTINGS,
            are_books_named: false,
        }
    }

    /// The same, reading again so many listings in one step.
    #[must_use]
    pub fn reading_again(mut self, listings: usize) -> Self {
        self.most_again = listings;
        self
    }

    /// The same, holding at most so many slots in memory.
    #[must_use]
    pub fn holding(mut self, most_slots: usize) -> Self {
        self.most_slots = most_slots;
        self
    }

    fn touched(&mut self, store: &Store, entries: &[Entry]) -> Result<Touched> {
        let mut touched = Touched::new();
        for entry in entries {
            for (listing, row) in &entry.rows {
                let counts = self.counts_for_history(*listing, row);
                *touched.entry(*listing).or_default() |= counts;
            }
            touched.extend(entry.founded.iter().map(|listing| (*listing, true)));
            touched.extend(entry.decided.iter().map(|(listing, _)| (*listing, true)));
            if entry.scope.can_miss_listings() {
                for listing in self.sweepable(store, entry)? {
                    touched.entry(listing).or_default();
                }
            }
        }
        Ok(touched)
    }

    /// What is seen in play changes neither opening nor closing.
    fn counts_for_history(&self, listing: ListingId, row: &odds::timeline::Row) -> bool {
        let starts_at = self.boards.get(listing).and_then(|kept| kept.board.starts_at());
        let is_phase = matches!(&row.content, RowContent::Cover(cover, _) if !cover.basis.is_measured());
        is_phase || matches!(row.content, RowContent::Facts(_)) || starts_at.is_none_or(|start| row.order.at < start)
    }

    fn sweepable(&mut self, store: &Store, entry: &Entry) -> Result<Vec<ListingId>> {
        let standing = match &mut self.standing {
            Some(standing) => standing,
            none => none
                .insert(store.listings_with_quotes()?.into_iter().map(|(key, listings)| (key, listings.into_iter().collect())).collect()),
        };
        let key = (entry.provider.clone(), entry.sport.clone());
        Ok(standing.get(&key).map(|listings| listings.iter().copied().collect()).unwrap_or_default())
    }

    fn note_standing(&mut self, listing: &ListingRow, stands: bool) {
        let Some(standing) = &mut self.standing else { return };
        let listings = standing.entry((listing.provider.clone(), listing.sport.clone())).or_default();
        if stands {
            listings.insert(listing.id);
        } else {
            listings.remove(&listing.id);
        }
    }

    /// Boards that are not in memory come from the log, as of the last of the entries.
    fn load(&mut self, store: &Store, listing: ListingId, until: Seq) -> Result<()> {
        if self.boards.get(listing).is_some() {
            return Ok(());
        }
        let row =
            store.listing_known(listing, until)?.ok_or_else(|| store::StoreError::Missing { what: "listing", id: listing.to_string() })?;
        let kept = store.board(row, Cut { as_of: Moment::MAX, known: until })?;
        self.boards.insert(Kept { seq: until, ..kept });
        Ok(())
    }

    /// Boards of listings that the entries found: all that the log has of them is in these entries, so that it is read of all together.
    fn load_fresh(&mut self, store: &Store, until: Seq) -> Result<()> {
        let ids: Vec<ListingId> = self.fresh.iter().copied().filter(|listing| self.boards.get(*listing).is_none()).collect();
        let mut rows = store.rows_of_listings(&ids, until)?;
        for listing in store.listings_by_number(&ids, until)? {
            let rows = rows.remove(&listing.id).unwrap_or_default();
            self.boards.insert(Boards::fold(listing, rows, until));
        }
        Ok(())
    }

    /// Which events the listings are, with all their listings loaded.
    fn events_of(&mut self, store: &Store, touched: &Touched, until: Seq) -> Result<BTreeMap<EventId, bool>> {
        let (mut events, mut new) = (BTreeMap::new(), BTreeSet::new());
        for (listing, counts) in touched {
            self.load(store, *listing, until)?;
            let event = self.loaded(*listing).listing.event;
            *events.entry(event).or_default() |= *counts;
            let is_known = self.events.get(&event).is_some_and(|known| known.listings.contains(listing));
            if !is_known {
                new.insert(event);
            }
        }
        self.meet_events(store, &new.into_iter().collect::<Vec<_>>(), until)?;
        Ok(events)
    }

    /// The events that listings were before a batch decided about them, where they are others now: both are shown anew.
    fn left(&mut self, store: &Store, entries: &[Entry]) -> Result<BTreeSet<EventId>> {
        let Some(first) = entries.first() else { return Ok(BTreeSet::new()) };
        let before = Seq(first.seq.0 - 1);
        let founded: HashSet<ListingId> = entries.iter().flat_map(|entry| entry.founded.iter().copied()).collect();
        let mut left = BTreeSet::new();
        for (listing, _) in entries.iter().flat_map(|entry| &entry.decided).filter(|(listing, _)| !founded.contains(listing)) {
            left.extend(store.listing_known(*listing, before)?.map(|row| row.event));
        }
        // an event that a listing was only inside of the batch was never written
        let decided = entries.iter().flat_map(|entry| &entry.decided);
        self.events.retain(|event, _| !left.contains(event));
        decided.for_each(|(_, event)| drop(self.events.remove(event)));
        Ok(left)
    }

    fn meet_event(&mut self, store: &Store, event: EventId, until: Seq) -> Result<()> {
        self.meet_events(store, &[event], until)
    }

    fn meet_events(&mut self, store: &Store, events: &[EventId], until: Seq) -> Result<()> {
        for event in events {
            let known = self.events.entry(*event).or_insert(KnownEvent { listings: Vec::new(), shown: None, is_history_due: false });
            known.listings.clear();
            known.shown = None;
        }
        for found in store.events_known(events, until)? {
            if let Some(known) = self.events.get_mut(&found.id) {
                known.listings = found.listings.iter().map(|row| row.id).collect();
            }
        }
        Ok(())
    }

    /// Adds rows of a listing; where it is new, at the end and together with those of others.
    fn add(&self, following: &mut Following<'_>, rows: Rows, listing: ListingId, values: &[store::Param<'_>]) -> Result<()> {
        if self.fresh.contains(&listing) { following.add_at_end(rows, values) } else { following.add(rows, values) }
    }

    /// Takes out what was written of a listing.
    fn clear(&self, following: &mut Following<'_>, rows: Rows, listing: ListingId) -> Result<()> {
        if self.fresh.contains(&listing) { Ok(()) } else { following.clear(rows, listing) }
    }

    fn write_event(&mut self, following: &mut Following<'_>, store: &Store, event: EventId, counts: bool, until: Seq) -> Result<()> {
        let listings = self.events.get(&event).map(|known| known.listings.clone()).unwrap_or_default();
        for listing in &listings {
            self.load(store, *listing, until)?;
        }
        let kept: Vec<&Kept> = listings.iter().filter_map(|listing| self.boards.get(*listing)).collect();
        let Some(shown) = EventShown::of(event, &kept, self.newest) else { return Ok(()) };
        let lists: Vec<ListingId> =
            kept.iter().filter(|kept| kept.listing.kind == ListingKind::InjuryList).map(|kept| kept.listing.id).collect();
        if kept.iter().any(|kept| !kept.listing.kind.is_event()) {
            return lists.into_iter().try_for_each(|listing| self.write_injuries(following, listing));
        }
        let is_shelved = shown.is_shelved;
        let known = self.events.get_mut(&event).expect("a touched event was met");
        if known.shown.is_none() || known.shown.as_ref() != Some(&shown) || (counts && !known.is_history_due) {
            let id = event.to_string();
            let is_changed = known.shown.as_ref().is_some_and(|before| *before != shown);
            let is_due = counts || is_changed || known.is_history_due || following.is_history_due(&id)?;
            if listings.iter().all(|listing| self.fresh.contains(listing)) {
                following.add_event_row(&shown.values(is_due))?;
            } else {
                following.set_event_row(&id, &shown.values(is_due))?;
            }
            if is_changed && !shown.has_begun(self.newest) {
                following.clear_all(Rows::History, &listings)?;
            }
            (known.is_history_due, known.shown) = (is_due, Some(shown));
        }
        listings.iter().try_for_each(|listing| self.write_stats(following, *listing))?;
        self.write_listings(following, store, &listings, is_shelved)
    }

    fn write_changes(following: &mut Following<'_>, entries: &[Entry]) -> Result<()> {
        let mut rows: Vec<ChangeRow> = Vec::new();
        for entry in entries {
            for (listing, row) in &entry.rows {
                let RowContent::Changes(changes) = &row.content else { continue };
                rows.extend(changes.iter().map(|change| {
                    let state = match change.value {
                        Value::Live(_) => 0,
                        Value::Suspended(_) => 1,
                        Value::Withdrawn => 2,
                    };
                    let place = [listing.0, i64::from(change.slot.0), row.order.at.micros(), row.order.reply.0, row.seq.0, state];
                    let price = change.value.price().map(|price| (price.nanos(), price.american()));
                    (place, price, change.changed_at.map(Moment::micros))
                }));
            }
        }
        rows.sort_unstable_by_key(|(place, ..)| *place);
        let mut values = Vec::with_capacity(rows.len() * 9);
        for (place, price, changed_at) in &rows {
            values.extend(place.map(Param::Int));
            values.extend([price.map(|price| price.0).into(), price.map(|price| price.1).into(), Param::from(*changed_at)]);
        }
        following.add(Rows::Changes, &values)
    }

    fn shrink(&mut self) {
        if self.boards.slots() <= self.most_slots {
            return;
        }
        self.boards.shrink_to(self.most_slots);
        let boards = &self.boards;
        self.written.retain(|listing, _| boards.get(*listing).is_some());
        self.stats.retain(|listing, _| boards.get(*listing).is_some());
        self.hours.retain(|listing| boards.get(listing).is_some());
        self.events.retain(|_, known| known.listings.iter().any(|listing| boards.get(*listing).is_some()));
    }

    /// The newest moment of the log that is not ahead of our clock: time passes for rows as it passed in what was read.
    fn note_newest(&mut self, store: &Store, entries: &[Entry]) -> Result<()> {
        if self.newest.is_none()
            && let Some(first) = entries.first()
        {
            self.newest = store.newest_observed(Seq(first.seq.0 - 1))?;
        }
        let of_the_world = entries.iter().filter(|entry| entry.provider != odds::decision::PROVIDER);
        let observed = of_the_world.map(|entry| entry.observed_at.min(entry.recorded_at));
        self.newest = observed.chain(self.newest).max();
        Ok(())
    }
}

impl Follows for RowsFollower {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn apply(&mut self, following: &mut Following<'_>, store: &Store, entries: &[Entry]) -> Result<()> {
        let Some(until) = entries.last().map(|entry| entry.seq) else { return Ok(()) };
        self.note_newest(store, entries)?;
        self.look_at_meanings(following, Seq(entries[0].seq.0 - 1))?;
        let touched = self.touched(store, entries)?;
        Self::write_changes(following, entries)?;
        entries.iter().for_each(|entry| self.boards.follow(entry));
        self.fresh = entries.iter().flat_map(|entry| entry.founded.iter().copied()).collect();
        self.load_fresh(store, until)?;
        let left = self.left(store, entries)?;
        let mut events = self.events_of(store, &touched, until)?;
        self.count_words(following, entries)?;
        let decided = entries.iter().flat_map(|entry| &entry.decided).filter(|(listing, _)| !self.fresh.contains(listing));
        let recast: BTreeSet<EventId> = decided.map(|(_, event)| *event).chain(left.iter().copied()).collect();
        for event in left {
            self.meet_event(store, event, until)?;
            if self.events.get(&event).is_some_and(|known| known.listings.is_empty()) {
                self.events.remove(&event);
                following.remove_event_row(&event.to_string())?;
            } else {
                events.insert(event, true);
            }
        }
        for (event, counts) in events {
            if recast.contains(&event) {
                following.clear_all(Rows::History, self.events.get(&event).map_or(&[], |known| &known.listings))?;
            }
            self.write_event(following, store, event, counts, until)?;
        }
        self.fresh.clear();
        self.shrink();
        Ok(())
    }

    fn at_head(&mut self, following: &mut Following<'_>, store: &Store, seq: Seq, now: Moment) -> Result<bool> {
        if self.newest.is_none() {
            self.newest = store.newest_observed(seq)?;
        }
        self.look_at_meanings(following, seq)?;
        if self.name_books(following, store, seq, now)? || self.read_again(following, store, seq)? {
            return Ok(true);
        }
        let Some(world) = self.newest.map(|newest| newest.min(now)) else { return Ok(false) };
        for listing in following.shelve_before(world.plus_secs(-SHELVED_AFTER_SECS))? {
            if let Some(written) = self.written.get_mut(&listing) {
                written.quotes.clear();
                written.cells.clear();
            }
        }
        let pruned = world.plus_secs(-i64::from(self.retention.rows_for_days) * 86_400);
        let is_more = following.prune_before(pruned, MOST_PRUNED)?;
        let due = following.history_due(world, MOST_HISTORIES)?;
        let told = self.write_histories(following, store, &due, seq)?;
        Ok(is_more || told < due.len() || due.len() as i64 == MOST_HISTORIES)
    }

    fn forget(&mut self) {
        *self = Self::new(self.providers.clone(), self.retention).holding(self.most_slots).reading_again(self.most_again);
    }

    fn drop_all(&mut self, following: &mut Following<'_>) -> Result<()> {
        following.drop_rows()
    }
}
