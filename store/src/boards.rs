//! The boards that are held in memory: a follower of the log. It may be dropped at any time and is made again from the log.
//!
//! A process that records applies what it appends; one that only serves applies the entries that it reads.

use std::collections::{HashMap, HashSet};

use odds::board::{Board, Order};
use odds::diff::Scratch;
use odds::id::{ListingId, Seq};
use odds::names::{Interner, Names};
use odds::observation::FactKind;
use odds::timeline::{Row, apply};
use odds::{EventId, Moment};

use crate::as_of;
use crate::directory::ListingRow;
use crate::error::Result;
use crate::log::{Appending, Looks};
use crate::read::{Cut, Entry, ListingRows};
use crate::store::Store;

/// A listing with its names and its board.
#[derive(Debug)]
pub struct Kept {
    /// What the directory says of it.
    pub listing: ListingRow,
    /// Its cells and slots.
    pub names: Names,
    /// What stands.
    pub board: Board,
    /// The last entry that touched it.
    pub seq: Seq,
}

impl Kept {
    /// What the directory is to show of it.
    #[must_use]
    pub fn looks(&self) -> Looks {
        let text = |kind| self.board.fact(kind).map(str::to_owned);
        Looks {
            starts_at: self.board.starts_at(),
            status: text(FactKind::Status),
            home: text(FactKind::Home).or_else(|| text(FactKind::Title)),
            away: text(FactKind::Away),
            is_standing: self.board.standing() > 0,
        }
    }
}

/// Boards by listing, as of one place in the log.
#[derive(Debug, Default)]
pub struct Boards {
    kept: HashMap<ListingId, Kept>,
    ids: HashMap<String, HashMap<String, ListingId>>,
    sweeps: HashMap<(String, String), HashSet<ListingId>>,
    last_sweeps: HashMap<(String, String), Option<Order>>,
    /// Words shared by all of them.
    pub words: Interner,
    /// Room that is used again.
    pub scratch: Scratch,
    /// The entry up to which they are right.
    pub seq: Seq,
}

impl Boards {
    /// Drops everything: it is read again from the log when it is needed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// A board that is in memory.
    #[must_use]
    pub fn get(&self, listing: ListingId) -> Option<&Kept> {
        self.kept.get(&listing)
    }

    /// All that are in memory.
    pub fn all(&self) -> impl Iterator<Item = &Kept> {
        self.kept.values()
    }

    /// The number of a listing, where it is in memory.
    #[must_use]
    pub fn id_of(&self, provider: &str, external_id: &str) -> Option<ListingId> {
        self.ids.get(provider)?.get(external_id).copied()
    }

    /// A board that is in memory, to be changed, with the words and the room that changing needs.
    pub fn open(&mut self, listing: ListingId) -> Option<(&mut Kept, &mut Interner, &mut Scratch)> {
        self.kept.get_mut(&listing).map(|kept| (kept, &mut self.words, &mut self.scratch))
    }

    /// Makes a listing that is in memory an event's from now on.
    pub fn set_event(&mut self, listing: ListingId, event: EventId) {
        if let Some(kept) = self.kept.get_mut(&listing) {
            kept.listing.event = event;
        }
    }

    /// Takes a board in.
    pub fn insert(&mut self, kept: Kept) {
        let row = &kept.listing;
        self.ids.entry(row.provider.clone()).or_default().insert(row.external_id.clone(), row.id);
        if kept.board.standing() > 0
            && let Some(listings) = self.sweeps.get_mut(&(row.provider.clone(), row.sport.clone()))
        {
            listings.insert(row.id);
        }
        self.kept.insert(row.id, kept);
    }

    /// Makes a board from a listing's rows.
    #[must_use]
    pub fn fold(listing: ListingRow, rows: ListingRows, seq: Seq) -> Kept {
        let board = rows.timeline.board_at(Order::end_of(Moment::MAX), &rows.names);
        Kept { listing, names: rows.names, board, seq }
    }

    /// The listings of a provider's sport that a sweep can miss; read from the store the first time.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sweepable(&mut self, log: &mut Appending<'_>, provider: &str, sport: &str) -> Result<Vec<ListingId>> {
        let key = (provider.to_owned(), sport.to_owned());
        if !self.sweeps.contains_key(&key) {
            let mut standing = HashSet::new();
            for row in log.standing_listings(provider, sport)? {
                standing.insert(row.id);
                if !self.kept.contains_key(&row.id) {
                    let rows = log.listing_rows(row.id, &mut self.words)?;
                    let kept = Self::fold(row, rows, log.head().seq);
                    self.insert(kept);
                }
            }
            standing.extend(
                self.kept
                    .values()
                    .filter(|kept| kept.listing.provider == provider && kept.listing.sport == sport)
                    .map(|kept| kept.listing.id),
            );
            self.sweeps.insert(key.clone(), standing);
        }
        let mut ids: Vec<ListingId> = self.sweeps[&key].iter().copied().collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Whether a sweep of a provider's sport is known that lies after a place in the order of the world: it may have missed what
    /// is said there.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_behind(&mut self, log: &mut Appending<'_>, provider: &str, sport: &str, order: Order) -> Result<bool> {
        let key = (provider.to_owned(), sport.to_owned());
        let last = match self.last_sweeps.get(&key) {
            Some(last) => *last,
            None => *self.last_sweeps.entry(key).or_insert(log.last_sweep(provider, sport)?),
        };
        Ok(last.is_some_and(|last| order < last))
    }

    /// Notes a sweep of a provider's sport.
    pub fn note_sweep(&mut self, provider: &str, sport: &str, order: Order) {
        if let Some(last) = self.last_sweeps.get_mut(&(provider.to_owned(), sport.to_owned())) {
            *last = (*last).max(Some(order));
        }
    }

    /// The listings of a provider's sport that are in memory, standing or not.
    #[must_use]
    pub fn in_memory(&self, provider: &str, sport: &str) -> Vec<ListingId> {
        let of_sport = |kept: &&Kept| kept.listing.provider == provider && kept.listing.sport == sport;
        self.kept.values().filter(of_sport).map(|kept| kept.listing.id).collect()
    }

    /// Notes whether a sweep can miss a listing from now on.
    pub fn set_standing(&mut self, provider: &str, sport: &str, listing: ListingId, is_standing: bool) {
        if let Some(listings) = self.sweeps.get_mut(&(provider.to_owned(), sport.to_owned())) {
            if is_standing {
                listings.insert(listing);
            } else {
                listings.remove(&listing);
            }
        }
    }

    /// Takes in an entry that somebody else appended. Listings that are not in memory are left to be read when needed; those
    /// whose rows do not lie at the end of the world are dropped, to be read again.
    pub fn follow(&mut self, entry: &Entry) {
        entry.decided.iter().for_each(|(listing, event)| self.set_event(*listing, *event));
        for (listing, cell, name) in &entry.cells {
            if let Some(kept) = self.kept.get_mut(listing)
                && kept.names.cells().len() == cell.0 as usize
            {
                kept.names.add_cell(name.clone());
            }
        }
        for (listing, name) in &entry.slots {
            if let Some(kept) = self.kept.get_mut(listing) {
                kept.names.add_slot(name.clone());
            }
        }
        if entry.rows.iter().any(|(listing, _)| !self.kept.contains_key(listing)) {
            self.sweeps.retain(|(provider, _), _| *provider != entry.provider);
        }
        for (listing, row) in &entry.rows {
            let is_other_sport = self.kept.get(listing).is_some_and(|kept| kept.listing.sport != entry.sport);
            if entry.is_behind || is_other_sport {
                self.drop_board(*listing);
            } else {
                self.follow_row(*listing, row);
            }
        }
        self.follow_misses(entry);
        self.seq = entry.seq;
    }

    fn follow_row(&mut self, listing: ListingId, row: &Row) {
        let Some(kept) = self.kept.get_mut(&listing) else { return };
        if kept.board.last().is_some_and(|last| row.order < last) {
            self.drop_board(listing);
            return;
        }
        kept.board.grow(&kept.names);
        kept.seq = row.seq;
        apply(&mut kept.board, row, &kept.names);
    }

    fn follow_misses(&mut self, entry: &Entry) {
        if !entry.scope.can_miss_listings() {
            return;
        }
        let order = Order { at: entry.observed_at, reply: entry.reply };
        self.note_sweep(&entry.provider, &entry.sport, order);
        let seen: HashSet<ListingId> = entry.rows.iter().map(|(listing, _)| *listing).collect();
        let (mut missed, mut late) = (Vec::new(), Vec::new());
        let of_sport = |kept: &&Kept| kept.listing.provider == entry.provider && kept.listing.sport == entry.sport;
        for kept in self.kept.values().filter(of_sport).filter(|kept| !seen.contains(&kept.listing.id)) {
            if kept.board.last().is_some_and(|last| order < last) {
                late.extend(kept.board.is_missable(order, &entry.scope, &kept.names).then_some(kept.listing.id));
            } else if entry.scope.asks_listing(&kept.listing.external_id, kept.board.starts_at()) {
                missed.push(kept.listing.id);
            }
        }
        late.into_iter().for_each(|listing| self.drop_board(listing));
        for listing in missed {
            if let Some(kept) = self.kept.get_mut(&listing) {
                kept.board.apply_missed(order, &entry.scope, &kept.names);
                kept.seq = entry.seq;
            }
        }
    }

    fn drop_board(&mut self, listing: ListingId) {
        if let Some(kept) = self.kept.remove(&listing) {
            self.ids.get_mut(&kept.listing.provider).map(|ids| ids.remove(&kept.listing.external_id));
            self.sweeps.remove(&(kept.listing.provider, kept.listing.sport));
        }
    }

    /// How many slots are held.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.kept.values().map(|kept| kept.board.slots().len()).sum()
    }

    /// Makes room: drops the boards that were touched longest ago, down to a number of slots.
    pub fn shrink_to(&mut self, most: usize) {
        let mut held = self.slots();
        if held <= most {
            return;
        }
        let mut oldest: Vec<(Seq, ListingId)> = self.kept.values().map(|kept| (kept.seq, kept.listing.id)).collect();
        oldest.sort_unstable();
        for (_, listing) in oldest {
            if held <= most * 3 / 4 {
                break;
            }
            held -= self.kept.get(&listing).map_or(0, |kept| kept.board.slots().len());
            self.drop_board(listing);
        }
        self.words.forget_unused();
    }
}

impl Store {
    /// The board of a listing inside a cut, from the log alone.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn board(&self, listing: ListingRow, cut: Cut) -> Result<Kept> {
        let (names, board, seq) =
            self.read(|connection| as_of::board(connection, &self.scopes, listing.id, cut, &mut Interner::default()))?;
        Ok(Kept { listing, names, board, seq })
    }
}
