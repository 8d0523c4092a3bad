//! What each slot of a listing is called in a table: worked out once a slot, never once a row.

use std::collections::HashMap;

use odds::board::Board;
use odds::market::{Meaning, Side, Stance, Words};
use odds::names::Names;
use odds::observation::FactKind;
use odds::player::{Directory, Seen, Sighting, Teams};
use odds::sides::turned;
use odds::{Line, Moment, SlotNo};
use store::ListingRow;

use crate::asked::Asked;
use crate::event::{EventKnown, is_prop};
use crate::source::Source;

/// A slot in the words of the tables.
#[derive(Debug, Clone)]
pub(crate) struct SlotWords {
    pub(crate) book: String,
    pub(crate) market: String,
    pub(crate) period: String,
    pub(crate) subject: Option<String>,
    pub(crate) player_id: Option<String>,
    pub(crate) selection: String,
    pub(crate) line: Option<Line>,
    pub(crate) stance: &'static str,
    pub(crate) is_prop: bool,
    pub(crate) meaning: Option<Meaning>,
    /// Whether the book is one that several providers may deliver: of our own list.
    pub(crate) is_known_book: bool,
}

/// The slots of one listing.
pub(crate) struct Listing<'a> {
    source: &'a Source,
    event: &'a EventKnown,
    listing: &'a ListingRow,
    board: &'a Board,
    is_turned: bool,
    players: HashMap<String, Option<String>>,
}

impl<'a> Listing<'a> {
    pub(crate) fn of(source: &'a Source, event: &'a EventKnown, (listing, board): &'a (ListingRow, Board)) -> Self {
        Self { source, event, listing, board, is_turned: event.is_turned(board), players: HashMap::new() }
    }

    /// A slot in the words of the tables; `None` where it has no name, or is not asked for.
    pub(crate) fn slot(&mut self, names: &Names, slot: SlotNo, asked: &Asked) -> Option<SlotWords> {
        let words = names.words(slot)?;
        let provider = self.listing.provider.as_str();
        let book = odds::book::key(provider, words.book);
        if !asked.wants_book(book, words.book) {
            return None;
        }
        let meaning = self.source.means.meaning(provider, &self.listing.sport, &words);
        let market = meaning.as_ref().map_or_else(|| words.market.to_owned(), |meaning| meaning.kind.to_string());
        if !asked.wants_market(&market, words.market) {
            return None;
        }
        let is_prop = is_prop(meaning.as_ref(), words.market);
        let subject = subject(meaning.as_ref(), &words);
        let player_id = if is_prop { subject.as_deref().and_then(|name| self.player_id(name)) } else { None };
        Some(SlotWords {
            book: book.to_owned(),
            is_known_book: odds::book::known(provider, words.book).is_some(),
            market,
            period: meaning.as_ref().map_or_else(|| "full".to_owned(), |meaning| meaning.period.to_string()),
            subject,
            player_id,
            selection: meaning.as_ref().map_or_else(|| words.name.to_owned(), |meaning| self.selection(meaning)),
            line: meaning.as_ref().map_or(words.point, |meaning| meaning.line),
            stance: meaning.as_ref().map_or("back", |meaning| if meaning.stance == Stance::Lay { "lay" } else { "back" }),
            is_prop,
            meaning,
        })
    }

    /// Which side a selection is, from the event's own view.
    fn selection(&self, meaning: &Meaning) -> String {
        let own = match &meaning.side {
            Side::Named(name) if self.board.fact(FactKind::Home) == Some(name) => "home".to_owned(),
            Side::Named(name) if self.board.fact(FactKind::Away) == Some(name) => "away".to_owned(),
            side => side.to_string(),
        };
        turned(own, self.is_turned)
    }

    fn player_id(&mut self, name: &str) -> Option<String> {
        if let Some(known) = self.players.get(name) {
            return known.clone();
        }
        let (home, away) = (self.board.fact(FactKind::Home), self.board.fact(FactKind::Away));
        let teams = home.zip(away).map_or(Teams::Unknown, |(home, away)| Teams::Playing(home, away));
        let at = self.board.starts_at().or(self.event.starts_at).unwrap_or_default();
        let found = player_id(&self.source.players, self.listing, (None, name), teams, at);
        self.players.insert(name.to_owned(), found.clone());
        found
    }
}

/// The player of ours whom a name is, by what is known today.
pub(crate) fn player_id(
    players: &Directory,
    listing: &ListingRow,
    (id, name): (Option<&str>, &str),
    teams: Teams<'_>,
    at: Moment,
) -> Option<String> {
    let id = id.filter(|id| odds::player::key(id) != odds::player::key(name));
    let sighting = Sighting { league: listing.league.as_deref()?, provider: &listing.provider, id, name, teams, position: None, at };
    match players.find(&sighting) {
        Seen::Is(player) => Some(player.to_string()),
        Seen::Several | Seen::Nobody => None,
    }
}

fn subject(meaning: Option<&Meaning>, words: &Words<'_>) -> Option<String> {
    match meaning {
        Some(meaning) => meaning.subject.clone(),
        None => (!words.description.is_empty()).then(|| words.description.to_owned()),
    }
}
