//! Books that are known now and were not when their rows were made, or are known as another: rows of SQL have them by their key of today, with
//! all their history; what stands of open events is written again, for of two providers of one book one is heard; and the report says it.

use odds::{Moment, Seq, book};
use store::meanings::MeaningChange;
use store::{Following, Result, Store};

use super::RowsFollower;

impl RowsFollower {
    /// Gives the next such book its key, and writes the open events again that it quotes; gives whether there was one. One book is one
    /// transaction: killed anywhere, it goes on where it was, and twice changes nothing.
    pub(super) fn name_books(&mut self, following: &mut Following<'_>, store: &Store, until: Seq, now: Moment) -> Result<bool> {
        if self.are_books_named {
            return Ok(false);
        }
        let Some((provider, own, was)) = following.book_named_otherwise()? else {
            self.are_books_named = true;
            return Ok(false);
        };
        let is = book::key(&provider, &own).to_owned();
        let version = self.providers.get(&provider).map_or(0, |provider| provider.meaning_version());
        for (sport, slots, listings) in following.slots_at_book(&provider, &own)? {
            following.note_meaning_change(&MeaningChange {
                provider: provider.clone(),
                from_version: version,
                to_version: version,
                sport,
                provider_market: own.clone(),
                was: was.clone(),
                became: is.clone(),
                fields: "book".to_owned(),
                slots,
                listings,
                first_at: now,
                last_at: now,
            })?;
        }
        following.name_book(&provider, &own, &is)?;
        for event in following.open_events_at_book(&provider, &own)? {
            self.load_event(store, event, until)?;
            let listings = self.events.get(&event).map(|known| known.listings.clone()).unwrap_or_default();
            listings.iter().for_each(|listing| drop(self.written.remove(listing)));
            self.write_event(following, store, event, false, until)?;
            if store.engine().name() == "postgres" {
                following.old_rows_are_due(&event.to_string())?;
            }
        }
        self.shrink();
        tracing::info!(provider.key = provider, book.key = is, was, "a book is known by our key of it");
        Ok(true)
    }
}
