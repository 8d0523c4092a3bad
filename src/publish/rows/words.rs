//! How often each word of a provider was met: market keys and books with their slots, names of participants. Counted as the log brings
//! them, so that whoever asks what is not understood yet need not look through all that is kept.

use std::collections::{BTreeMap, HashMap};

use odds::market::Words;
use odds::observation::{FactKind, ListingKind};
use odds::timeline::{Row, RowContent};
use odds::{ListingId, Moment, Seq};
use store::boards::Kept;
use store::meanings::{WordCount, WordKind};
use store::{Entry, Following, Result};

use super::RowsFollower;

const HOUR_MICROS: i64 = 3_600_000_000;

/// The hour in which each cell was seen last, as far as it was noted.
pub(super) type Hours = HashMap<(ListingId, u32), Moment>;

type Key = (String, String, WordKind, String);

/// What some entries bring.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<Key, WordCount>,
    seen: BTreeMap<Key, Moment>,
}

const fn hour(at: Moment) -> Moment {
    Moment::from_micros(at.micros() - at.micros().rem_euclid(HOUR_MICROS))
}

fn key(kept: &Kept, kind: WordKind, word: &str) -> Key {
    (kept.listing.provider.clone(), kept.listing.sport.clone(), kind, word.to_owned())
}

impl Tally {
    fn met(&mut self, kept: &Kept, (kind, word): (WordKind, &str), at: Moment) -> &mut WordCount {
        let listing = &kept.listing;
        let count = self.counts.entry(key(kept, kind, word)).or_insert_with(|| WordCount {
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

    fn slot(&mut self, kept: &Kept, words: &Words<'_>, is_understood: bool, at: Moment) {
        self.met(kept, (WordKind::Book, words.book), at);
        let market = self.met(kept, (WordKind::Market, words.market), at);
        if !is_understood {
            market.unknown += 1;
            if market.example.is_empty() {
                market.example = format!("{:?} {:?} at {}", words.name, words.description, words.book);
            }
        }
    }

    fn sides(&mut self, kept: &Kept, row: &Row) {
        let RowContent::Facts(facts) = &row.content else { return };
        for fact in facts.iter().filter(|fact| matches!(fact.kind, FactKind::Home | FactKind::Away)) {
            if let Some(name) = fact.value.as_deref().filter(|_| kept.listing.kind == ListingKind::Contest) {
                self.met(kept, (WordKind::Participant, name), row.order.at);
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
                    tally.slot(kept, &words, self.is_understood(kept, &words), entry.observed_at);
                }
            }
            for (listing, row) in &entry.rows {
                let kept = self.loaded(*listing);
                if !self.is_counted_later(kept) {
                    tally.sides(kept, row);
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
                let noted = self.hours.entry((*listing, cell)).or_insert(Moment::from_micros(i64::MIN));
                let Some(name) = kept.names.cells().get(cell as usize).filter(|_| *noted < at) else { continue };
                *noted = at;
                for (kind, word) in [(WordKind::Book, &name.book), (WordKind::Market, &name.market)] {
                    let seen = tally.seen.entry(key(kept, kind, word)).or_insert(at);
                    *seen = (*seen).max(at);
                }
            }
        }
    }

    /// Counts all that is kept of a listing that a program without counts wrote.
    pub(super) fn count_listing(&mut self, following: &mut Following<'_>, listing: ListingId, until: Seq) -> Result<()> {
        let met = following.slots_met_at(listing, until)?;
        let kept = self.loaded(listing);
        let mut tally = Tally::default();
        for (slot, at) in met {
            let Some(words) = kept.names.words(slot) else { continue };
            tally.slot(kept, &words, self.is_understood(kept, &words), at);
            let last = kept.board.seen(slot).map_or(at, |seen| seen.order.at);
            for (kind, word) in [(WordKind::Book, words.book), (WordKind::Market, words.market)] {
                let seen = tally.seen.entry(key(kept, kind, word)).or_insert_with(|| hour(last));
                *seen = (*seen).max(hour(last));
            }
        }
        for kind in [FactKind::Home, FactKind::Away] {
            let said = kept.board.facts_of(kind).find(|(subject, _)| subject.is_empty()).map(|(_, fact)| fact.clone());
            if let Some((name, at)) = said.and_then(|fact| Some((fact.value?, fact.said.at)))
                && kept.listing.kind == ListingKind::Contest
            {
                tally.met(kept, (WordKind::Participant, &name), at);
            }
        }
        tally.write(following)
    }

    /// Whether a listing was written by a program without counts, and is counted once it is read again.
    fn is_counted_later(&self, kept: &Kept) -> bool {
        self.older(&kept.listing).is_some_and(|read| read.version == 0)
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
