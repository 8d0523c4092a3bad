//! Reading again: slots whose rows were made by an older version of what their provider's words mean.
//!
//! By which version rows were made stands in the store, and moves in the transaction that writes them: killed anywhere, it goes on where
//! it was, and twice changes nothing. What is touched by new entries meanwhile is written by the newer version at once.

use std::collections::BTreeMap;

use odds::{EventId, ListingId, Moment, Seq};
use store::boards::Kept;
use store::meanings::{MeaningChange, MeaningRead, SlotWritten};
use store::{Following, ListingRow, Result, Store};

use super::RowsFollower;
use super::slot::{Understood, of_event, sides};

/// Listings, and slots, that are read again in one transaction.
pub(super) const MOST_LISTINGS: usize = 32;
const MOST_SLOTS: usize = 8_000;

/// By which version the rows of each provider were made.
pub(super) type Meanings = BTreeMap<String, MeaningRead>;

impl RowsFollower {
    /// Looks, once, by which versions the rows were made, and notes which are to be read again. `at` is where the follower stands.
    pub(super) fn look_at_meanings(&mut self, following: &mut Following<'_>, at: Seq) -> Result<()> {
        if self.meanings.is_some() {
            return Ok(());
        }
        let named = following.name_books()?;
        if named > 0 {
            tracing::info!(books = named, "books have our keys of them");
        }
        let known: Meanings = following.meanings(Self::NAME)?.into_iter().map(|read| (read.provider.clone(), read)).collect();
        let is_versioned = following.is_versioned(Self::NAME)?;
        let mut meanings = known.clone();
        for provider in self.providers.iter() {
            let (key, now) = (provider.key(), provider.meaning_version());
            let read = due(known.get(key).filter(|_| is_versioned), key, now, at);
            if known.get(key) == Some(&read) {
                continue;
            }
            if read.goes_on() || at == Seq(0) {
                following.forget_counts(key)?;
            }
            if read.goes_on() {
                tracing::info!(provider.key = key, from = read.version, to = now, "rows are read again by a newer version of the meaning");
            }
            following.set_meaning(Self::NAME, &read)?;
            meanings.insert(key.to_owned(), read);
        }
        self.meanings = Some(meanings);
        Ok(())
    }

    /// The re-reading that a listing may be still ahead of.
    pub(super) fn older(&self, listing: &ListingRow) -> Option<&MeaningRead> {
        let read = self.meanings.as_ref()?.get(&listing.provider)?;
        read.is_ahead_of(listing.id).then_some(read)
    }

    /// One step of re-reading; gives whether there was one to do.
    pub(super) fn read_again(&mut self, following: &mut Following<'_>, store: &Store, until: Seq) -> Result<bool> {
        let Some(read) = self.meanings.iter().flat_map(Meanings::values).find(|read| read.goes_on()).cloned() else { return Ok(false) };
        let listings = following.listings_after(&read.provider, read.read_up_to, self.most_again as i64)?;
        let (mut slots, mut read_up_to) = (0, read.read_up_to);
        for listing in &listings {
            slots += self.read_listing_again(following, store, *listing, until)?;
            read_up_to = *listing;
            if slots >= MOST_SLOTS {
                break;
            }
        }
        let is_done = listings.len() < self.most_again && listings.last().is_none_or(|last| *last == read_up_to);
        let read = if is_done { MeaningRead::whole(&read.provider, read.target) } else { MeaningRead { read_up_to, ..read } };
        following.set_meaning(Self::NAME, &read)?;
        if is_done {
            tracing::info!(provider.key = read.provider, version = read.version, "all rows are by the newer version of the meaning");
        }
        self.meanings.get_or_insert_default().insert(read.provider.clone(), read);
        self.shrink();
        Ok(true)
    }

    /// Gives how many slots it has, one where it has none.
    fn read_listing_again(&mut self, following: &mut Following<'_>, store: &Store, listing: ListingId, until: Seq) -> Result<usize> {
        let before = following.slots_written(listing)?;
        if before.is_empty() {
            let row = store.listing_known(listing, until)?;
            row.map_or(Ok(()), |row| Self::count_sides(following, &row, until))?;
            return Ok(1);
        }
        self.load(store, listing, until)?;
        let event = self.loaded(listing).listing.event;
        self.load_event(store, event, until)?;
        let kept = self.loaded(listing);
        let provider = self.providers.get(&kept.listing.provider).map(|provider| &**provider);
        let sides = sides(kept, of_event(&self.kept_of(event)).as_ref());
        let differs = |was: &SlotWritten| Understood::of(kept, was.slot, provider, &sides).is_some_and(|is| !fields(was, &is).is_empty());
        let is_changed = before.iter().any(differs);
        self.count_listing(following, listing, until)?;
        if is_changed {
            self.written.remove(&listing);
            self.write_event(following, store, event, false, until)?;
        }
        Ok(before.len())
    }

    /// An event with the boards of all its listings in memory.
    pub(super) fn load_event(&mut self, store: &Store, event: EventId, until: Seq) -> Result<()> {
        if !self.events.contains_key(&event) {
            self.meet_event(store, event, until)?;
        }
        let listings = self.events.get(&event).map(|known| known.listings.clone()).unwrap_or_default();
        listings.into_iter().try_for_each(|listing| self.load(store, listing, until))
    }

    fn kept_of(&self, event: EventId) -> Vec<&Kept> {
        let listings = self.events.get(&event).into_iter().flat_map(|known| &known.listings);
        listings.filter_map(|listing| self.boards.get(*listing)).collect()
    }

    /// Notes that slots of an event mean something else: what was made of them elsewhere is made again.
    pub(super) fn note_changed(&mut self, following: &mut Following<'_>, store: &Store, event: EventId) -> Result<()> {
        let id = event.to_string();
        following.history_is_due(&id)?;
        if store.engine().name() == "postgres" {
            following.old_rows_are_due(&id)?;
        }
        if let Some(known) = self.events.get_mut(&event) {
            known.is_history_due = true;
        }
        Ok(())
    }
}

/// By which version the rows of a provider are, and are to be. What a newer program made is left to it: it reads again what an older one
/// writes from here on.
fn due(known: Option<&MeaningRead>, provider: &str, now: u16, at: Seq) -> MeaningRead {
    let from = |version| MeaningRead { version, target: now, ..MeaningRead::whole(provider, version) };
    match known {
        _ if at == Seq(0) => MeaningRead::whole(provider, now),
        None => from(0),
        Some(read) if read.target == now => read.clone(),
        Some(read) if read.target < now => from(read.version),
        Some(read) => {
            tracing::warn!(provider.key = provider, rows = read.target, ours = now, "a newer program made these rows; it reads them again");
            if read.version == 0 { from(0) } else { MeaningRead::whole(provider, now) }
        }
    }
}

/// What of a slot is not as it was written.
fn fields(was: &SlotWritten, is: &Understood<'_>) -> Vec<&'static str> {
    let now = is.flags();
    let all = [
        ("market", was.market != is.market),
        ("period", was.period != is.period),
        ("subject", was.subject.as_deref() != is.subject()),
        ("selection", was.selection != is.selection),
        ("line", was.line != is.line()),
        ("stance", was.stance != is.stance()),
        ("is_prop", was.flags[0] != now[0]),
        ("is_alternate", was.flags[1] != now[1]),
        ("is_understood", was.flags[2] != now[2]),
        ("is_milestone", was.flags[3] != now[3]),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

fn called(market: &str, period: &str, is_understood: bool) -> String {
    if is_understood { format!("{market} {period}") } else { "unknown".to_owned() }
}

/// Tells the report and the markets what became of the slots of a listing; gives whether anything did.
pub(super) fn tell_changes(
    following: &mut Following<'_>,
    read: &MeaningRead,
    listing: &ListingRow,
    before: &[SlotWritten],
    understood: &[Understood<'_>],
    at: Moment,
) -> Result<bool> {
    let mut changes: BTreeMap<(&str, String, String, String), i64> = BTreeMap::new();
    for is in understood {
        let Ok(place) = before.binary_search_by_key(&is.slot, |was| was.slot) else { continue };
        let (was, now) = (&before[place], is.flags());
        let fields = fields(was, is);
        if fields.is_empty() {
            continue;
        }
        let (from, to) = (called(&was.market, &was.period, was.flags[2]), called(&is.market, &is.period, now[2]));
        let key = (is.words.market, from, to, fields.join(","));
        if !changes.contains_key(&key) {
            following.meet_market_anew(&listing.provider, was, (&is.market, &is.period), now[0], now[2])?;
        }
        *changes.entry(key).or_default() += 1;
    }
    let is_changed = !changes.is_empty();
    for ((market, was, became, fields), slots) in changes {
        following.note_meaning_change(&MeaningChange {
            provider: listing.provider.clone(),
            from_version: read.version,
            to_version: read.target,
            sport: listing.sport.clone(),
            provider_market: market.to_owned(),
            was,
            became,
            fields,
            slots,
            listings: 1,
            first_at: at,
            last_at: at,
        })?;
    }
    Ok(is_changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_again_where_they_are_by_an_older_version_and_left_where_they_are_by_a_newer() {
        let read = |version, target, up_to| MeaningRead { provider: "p".to_owned(), version, target, read_up_to: ListingId(up_to) };
        let due = |known: Option<MeaningRead>, now, at| due(known.as_ref(), "p", now, Seq(at));
        assert_eq!(due(None, 3, 0), read(3, 3, 0), "nothing was made yet");
        assert_eq!(due(None, 3, 9), read(0, 3, 0), "made before versions were kept");
        assert_eq!(due(Some(read(3, 3, 0)), 3, 9), read(3, 3, 0));
        assert_eq!(due(Some(read(2, 3, 7)), 3, 9), read(2, 3, 7), "it goes on");
        assert_eq!(due(Some(read(2, 2, 0)), 3, 9), read(2, 3, 0));
        assert_eq!(due(Some(read(1, 2, 7)), 3, 9), read(1, 3, 0), "from the beginning, by the newest");
        assert_eq!(due(Some(read(4, 4, 0)), 3, 9), read(3, 3, 0), "what we write is older: the newer program reads again");
        assert_eq!(due(Some(read(4, 4, 0)), 3, 0), read(3, 3, 0));
    }
}
