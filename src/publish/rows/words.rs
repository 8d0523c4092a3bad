//! How often each word of a provider was met: market keys and books with their slots, names of participants. Counted as the log brings
//! them, so that whoever asks what is not understood yet need not look through all that is kept.

use std::collections::{BTreeMap, HashMap};

use odds::market::Words;
use odds::observation::{FactKind, ListingKind};
use odds::timeline::{Row, RowContent};
use odds::{ListingId, Moment, Seq};
use store::boards::Kept;
use store::meanings::{WordCount, WordKind};
use store::{Entry, Following, ListingRow, Result};

use super::RowsFollower;

const HOUR_MICROS: i64 = 3_600_000_000;

type Key = (String, String, WordKind, String);

/// The hour in which cells and words were seen last, as far as it was noted.
#[derive(Default)]
pub(super) struct Hours {
    cells: HashMap<(ListingId, u32), Moment>,
    words: HashMap<Key, Moment>,
}

impl Hours {
    /// Forgets the cells of listings that are not held any more.
    pub(super) fn retain(&mut self, is_held: impl Fn(ListingId) -> bool) {
        self.cells.retain(|(listing, _), _| is_held(*listing));
    }

    fn is_new_in(&mut self, cell: (ListingId, u32), hour: Moment) -> bool {
        let noted = self.cells.entry(cell).or_insert(Moment::from_micros(i64::MIN));
        let is_new = *noted < hour;
        *noted = hour.max(*noted);
        is_new
    }

    fn is_word_new_in(&mut self, word: &Key, hour: Moment) -> bool {
        let is_new = self.words.get(word).is_none_or(|noted| *noted < hour);
        if is_new {
            self.words.insert(word.clone(), hour);
        }
        is_new
    }
}

/// What some entries bring.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<Key, WordCount>,
    seen: BTreeMap<Key, Moment>,
}

const fn hour(at: Moment) -> Moment {
    Moment::from_micros(at.micros() - at.micros().rem_euclid(HOUR_MICROS))
}

fn key(listing: &ListingRow, kind: WordKind, word: &str) -> Key {
    (listing.provider.clone(), listing.sport.clone(), kind, word.to_owned())
}

impl Tally {
    fn met(&mut self, listing: &ListingRow, (kind, word): (WordKind, &str), at: Moment) -> &mut WordCount {
        let count = self.counts.entry(key(listing, kind, word)).or_insert_with(|| WordCount {
            provider: listing.provider.clone(),
            sport: listing.sport.clone(),
            kind,
            word: word.to_owned(),
            league: listing.league.clone(),
            met: 0,
            unknown: 0,
            example: String::new(),
            first_seen_at: at,
            last_seen_at: hour(at),
        });
        count.met += 1;
        count.first_seen_at = count.first_seen_at.min(at);
        count.last_seen_at = count.last_seen_at.max(hour(at));
        count
    }

    fn slot(&mut self, listing: &ListingRow, words: &Words<'_>, is_understood: bool, at: Moment) {
        self.met(listing, (WordKind::Book, words.book), at);
        let market = self.met(listing, (WordKind::Market, words.market), at);
        if !is_understood {
            market.unknown += 1;
            if market.example.is_empty() {
                market.example = format!("{:?} {:?} at {}", words.name, words.description, words.book);
            }
        }
    }

    fn sides(&mut self, listing: &ListingRow, row: &Row) {
        let RowContent::Facts(facts) = &row.content else { return };
        for fact in facts.iter().filter(|fact| matches!(fact.kind, FactKind::Home | FactKind::Away)) {
            if let Some(name) = fact.value.as_deref().filter(|_| listing.kind == ListingKind::Contest) {
                self.met(listing, (WordKind::Participant, name), row.order.at);
            }
        }
    }

    fn write(self, following: &mut Following<'_>) -> Result<()> {
        self.counts.values().try_for_each(|count| following.count_word(count))?;
        self.seen.iter().try_for_each(|((provider, sport, kind, word), at)| following.see_word((provider, sport), (*kind, word), *at))
    }
}

/// The cells that a row speaks of.
fn cells(kept: &Kept, row: &Row) -> Vec<u32> {
    match &row.content {
        RowContent::Cover(cover, _) => cover.cells.iter().map(|covered| covered.cell.0).collect(),
        RowContent::Changes(changes) => {
            let mut cells: Vec<u32> = changes.iter().filter_map(|change| Some(kept.names.slot(change.slot)?.cell.0)).collect();
            cells.dedup();
            cells
        }
        RowContent::Missed(_) | RowContent::Facts(_) => Vec::new(),
    }
}

impl RowsFollower {
    /// Counts what entries bring; the boards of what they touch are in memory.
    pub(super) fn count_words(&mut self, following: &mut Following<'_>, entries: &[Entry]) -> Result<()> {
        let mut tally = Tally::default();
        for entry in entries {
            for (listing, slot) in &entry.slots {
                let kept = self.loaded(*listing);
                let cell = kept.names.cells().get(slot.cell.0 as usize).filter(|_| !self.is_counted_later(kept));
                if let Some(cell) = cell {
                    let (name, description) = (&*slot.name, &*slot.description);
                    let words = Words { book: &cell.book, market: &cell.market, name, description, point: slot.point };
                    tally.slot(&kept.listing, &words, self.is_understood(kept, &words), entry.observed_at);
                }
            }
            for (listing, row) in &entry.rows {
                let kept = self.loaded(*listing);
                if !self.is_counted_later(kept) {
                    tally.sides(&kept.listing, row);
                }
            }
        }
        self.see_cells(entries, &mut tally);
        tally.write(following)
    }

    /// Notes in which hour words were seen, where it is later than what was noted.
    fn see_cells(&mut self, entries: &[Entry], tally: &mut Tally) {
        for (listing, row) in entries.iter().flat_map(|entry| &entry.rows) {
            let Some(kept) = self.boards.get(*listing) else { continue };
            let at = hour(row.order.at);
            for cell in cells(kept, row) {
                let Some(name) = kept.names.cells().get(cell as usize).filter(|_| self.hours.is_new_in((*listing, cell), at)) else {
                    continue;
                };
                for (kind, word) in [(WordKind::Book, &name.book), (WordKind::Market, &name.market)] {
                    let key = key(&kept.listing, kind, word);
                    if self.hours.is_word_new_in(&key, at) {
                        tally.seen.insert(key, at);
                    }
                }
            }
        }
    }

    /// Counts all that is kept of a listing.
    pub(super) fn count_listing(&mut self, following: &mut Following<'_>, listing: ListingId, until: Seq) -> Result<()> {
        let met = following.slots_met_at(listing, until)?;
        let kept = self.loaded(listing);
        let mut tally = Tally::default();
        for (slot, at) in met {
            let Some(words) = kept.names.words(slot) else { continue };
            tally.slot(&kept.listing, &words, self.is_understood(kept, &words), at);
            let last = kept.board.seen(slot).map_or(at, |seen| seen.order.at);
            for (kind, word) in [(WordKind::Book, words.book), (WordKind::Market, words.market)] {
                let seen = tally.seen.entry(key(&kept.listing, kind, word)).or_insert_with(|| hour(last));
                *seen = (*seen).max(hour(last));
            }
        }
        let row = kept.listing.clone();
        tally.write(following)?;
        Self::count_sides(following, &row, until)
    }

    /// Counts what the sides of a listing were ever called.
    pub(super) fn count_sides(following: &mut Following<'_>, listing: &ListingRow, until: Seq) -> Result<()> {
        if listing.kind != ListingKind::Contest {
            return Ok(());
        }
        let mut tally = Tally::default();
        for (name, at) in following.sides_said(listing.id, until)? {
            tally.met(listing, (WordKind::Participant, &name), at);
        }
        tally.write(following)
    }

    /// Whether a listing is still to be read again: it is counted whole then.
    fn is_counted_later(&self, kept: &Kept) -> bool {
        self.older(&kept.listing).is_some()
    }

    fn is_understood(&self, kept: &Kept, words: &Words<'_>) -> bool {
        let provider = self.providers.get(&kept.listing.provider);
        provider.is_some_and(|provider| provider.meaning(&kept.listing.sport, words).is_some())
    }

    /// A board that is in memory by now.
    pub(super) fn loaded(&self, listing: ListingId) -> &Kept {
        self.boards.get(listing).expect("what entries touch was loaded before")
    }
}
