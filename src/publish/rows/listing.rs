//! The rows of one listing: slots, quotes, cells, injuries, lines. Each is replaced whole where it differs from what was written.

use odds::injury::Injury;
use odds::observation::FactKind;
use odds::sides::EventSides;
use odds::{ListingId, SlotNo};
use store::boards::Kept;
use store::rows::Rows;
use store::{Following, Param, Result, Store, StoreError};

use super::RowsFollower;
use super::again::tell_changes;
use super::quote::{self, Heard, Quote, Written};
use super::slot::{Question, Understood, of_event, sides};

impl RowsFollower {
    /// Writes the listings of an event; which price is best is a question over all of them.
    pub(super) fn write_listings(
        &mut self,
        following: &mut Following<'_>,
        store: &Store,
        listings: &[ListingId],
        is_shelved: bool,
    ) -> Result<()> {
        let kept: Vec<&Kept> = listings.iter().filter_map(|listing| self.boards.get(*listing)).collect();
        let event = of_event(&kept);
        for listing in listings {
            self.write_slots(following, store, *listing, event.as_ref())?;
        }
        let mut stand: Vec<Vec<Option<Quote>>> = listings.iter().map(|listing| self.quotes(*listing, is_shelved)).collect();
        let heard = self.heard(listings, &stand);
        let best = quote::best(&heard, listings.iter().map(|listing| self.questions(*listing)).zip(stand.iter().map(Vec::as_slice)));
        for (place, (listing, quotes)) in listings.iter().zip(&mut stand).enumerate() {
            quote::mark_best(self.questions(*listing), quotes, &best, (&heard, place));
        }
        for (listing, quotes) in listings.iter().zip(stand) {
            self.write_quotes(following, *listing, quotes, is_shelved)?;
        }
        Ok(())
    }

    fn heard<'s>(&'s self, listings: &[ListingId], stand: &'s [Vec<Option<Quote>>]) -> Heard {
        if listings.len() < 2 {
            return Heard::default();
        }
        let of = |(listing, quotes): (&ListingId, &'s [Option<Quote>])| (self.questions(*listing), quotes, self.boards.get(*listing));
        quote::heard(listings.iter().zip(stand.iter().map(Vec::as_slice)).map(of))
    }

    fn questions(&self, listing: ListingId) -> &[Question] {
        self.written.get(&listing).map_or(&[], |written| &written.questions)
    }

    fn quotes(&self, listing: ListingId, is_shelved: bool) -> Vec<Option<Quote>> {
        self.boards.get(listing).filter(|_| !is_shelved).map(quote::quotes).unwrap_or_default()
    }

    fn write_quotes(
        &mut self,
        following: &mut Following<'_>,
        listing: ListingId,
        quotes: Vec<Option<Quote>>,
        is_shelved: bool,
    ) -> Result<()> {
        let Some(kept) = self.boards.get(listing) else { return Ok(()) };
        let cells = if is_shelved { Vec::new() } else { quote::cells(kept) };
        let row = kept.listing.clone();
        let written = self.written.get(&listing);
        if written.map_or(&[][..], |written| &written.quotes) != quotes {
            self.clear(following, Rows::Quotes, listing)?;
            self.add(following, Rows::Quotes, listing, &quote::quote_values(listing, &quotes))?;
        }
        if written.map_or(&[][..], |written| &written.cells) != cells {
            self.clear(following, Rows::Cells, listing)?;
            self.add(following, Rows::Cells, listing, &quote::cell_values(listing, &cells))?;
        }
        let stands = quotes.iter().any(Option::is_some);
        let written = self.written.entry(listing).or_default();
        (written.quotes, written.cells) = (quotes, cells);
        self.note_standing(&row, stands);
        Ok(())
    }

    /// Slots that were met since; all of them where nothing is remembered, or the sides have other names.
    fn write_slots(&mut self, following: &mut Following<'_>, store: &Store, listing: ListingId, event: Option<&EventSides>) -> Result<()> {
        let Some(kept) = self.boards.get(listing) else { return Ok(()) };
        let (sides, count) = (sides(kept, event), kept.names.slots().len());
        let older = self.older(&kept.listing).cloned();
        let mut before = Vec::new();
        let first = match self.written.get(&listing) {
            Some(written) if written.sides == sides => written.questions.len(),
            _ => {
                if older.is_some() {
                    before = following.slots_written(listing)?;
                }
                for rows in [Rows::Slots, Rows::Quotes, Rows::Cells] {
                    self.clear(following, rows, listing)?;
                }
                self.written.insert(listing, Written { sides: sides.clone(), ..Written::default() });
                0
            }
        };
        if first == count {
            return Ok(());
        }
        self.meet_words(following, store, listing, first)?;
        let Some(kept) = self.boards.get(listing) else { return Ok(()) };
        let provider = self.providers.get(&kept.listing.provider).map(|provider| &**provider);
        let slots = (first as u32..count as u32).map(SlotNo);
        let understood: Vec<Understood<'_>> = slots.filter_map(|slot| Understood::of(kept, slot, provider, &sides)).collect();
        let is_changed = match &older {
            Some(read) => tell_changes(following, read, &kept.listing, &before, &understood, self.newest.unwrap_or_default())?,
            None => false,
        };
        let event = kept.listing.event;
        let mut values = Vec::with_capacity(understood.len() * 19);
        understood.iter().for_each(|slot| slot.values(listing, &mut values));
        self.add(following, Rows::Slots, listing, &values)?;
        let written = self.written.entry(listing).or_default();
        for slot in &understood {
            let is_aggregate = is_aggregate(&self.books, &kept.listing.provider, slot.words.book);
            written.questions.push(slot.question(&kept.listing.provider, is_aggregate));
            meet(following, (&mut self.markets, &mut self.players), &kept.listing, slot)?;
        }
        if is_changed { self.note_changed(following, store, event) } else { Ok(()) }
    }

    /// Books whose kind is not known yet.
    fn meet_words(&mut self, following: &mut Following<'_>, store: &Store, listing: ListingId, first: usize) -> Result<()> {
        let Some(kept) = self.boards.get(listing) else { return Ok(()) };
        for slot in (first as u32..kept.names.slots().len() as u32).map(SlotNo) {
            let Some(words) = kept.names.words(slot) else { continue };
            let provider = &kept.listing.provider;
            let key = (provider.clone(), words.book.to_owned());
            if self.books.contains_key(&key) {
                continue;
            }
            let is_aggregate = store.is_aggregate_book(provider, words.book)?;
            following.meet_book(provider, words.book, is_aggregate)?;
            self.books.insert(key, is_aggregate);
        }
        Ok(())
    }

    pub(super) fn write_injuries(&mut self, following: &mut Following<'_>, listing: ListingId) -> Result<()> {
        let Some(kept) = self.boards.get(listing) else { return Ok(()) };
        let observed_at = kept.board.facts_seen(FactKind::Injury).map(|order| order.at).unwrap_or_default();
        let mut injuries = Vec::new();
        for (subject, fact) in kept.board.facts_of(FactKind::Injury) {
            let Some(value) = &fact.value else { continue };
            let damaged =
                |error: serde_json::Error| StoreError::Damaged { what: format!("an injury of listing {listing}"), source: error.into() };
            let injury: Injury = serde_json::from_str(value).map_err(damaged)?;
            let meaning = injury.meaning.and_then(|meaning| serde_json::to_value(meaning).ok()?.as_str().map(str::to_owned));
            injuries.push((subject.clone(), injury, meaning, fact.said.at));
        }
        self.clear(following, Rows::Injuries, listing)?;
        let mut values = Vec::with_capacity(injuries.len() * 13);
        for (subject, injury, meaning, said_at) in &injuries {
            values.extend([
                Param::Int(listing.0),
                Param::Text(subject),
                Param::Text(&injury.player),
                Param::Text(&injury.team),
                Param::Text(&injury.status),
                meaning.as_deref().into(),
                injury.body_part.as_deref().into(),
                injury.comment.as_deref().into(),
                injury.expected_return.as_deref().into(),
                injury.reported_at.into(),
                injury.position.as_deref().into(),
                (*said_at).into(),
                observed_at.into(),
            ]);
        }
        self.add(following, Rows::Injuries, listing, &values)?;
        for (_, injury, ..) in &injuries {
            if self.players.insert((kept.listing.sport.clone(), injury.player.clone())) {
                following.meet_player(&kept.listing.sport, &injury.player)?;
            }
        }
        Ok(())
    }
}

type Met = std::collections::HashSet<(String, String)>;

fn is_aggregate(books: &std::collections::HashMap<(String, String), bool>, provider: &str, book: &str) -> bool {
    books.get(&(provider.to_owned(), book.to_owned())).copied().unwrap_or(false)
}

/// Notes the market and the player of a slot, each once.
fn meet(
    following: &mut Following<'_>,
    (markets, players): (&mut Met, &mut Met),
    listing: &store::ListingRow,
    slot: &Understood<'_>,
) -> Result<()> {
    if markets.insert((listing.provider.clone(), slot.words.market.to_owned())) {
        let words = (slot.market.as_str(), slot.period.as_str());
        following.meet_market(&listing.provider, slot.words.market, words, slot.is_prop(), slot.meaning.is_some())?;
    }
    match slot.subject().filter(|_| slot.is_prop()) {
        Some(player) if players.insert((listing.sport.clone(), player.to_owned())) => following.meet_player(&listing.sport, player),
        _ => Ok(()),
    }
}
