//! Quotes of a game as bookmakers, markets and outcomes: in the order in which the provider sent them, and only those that
//! stand, were looked at lately and are not old.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odds::attribute;
use odds::market::{MarketKind, Period, Side, Stance};
use odds::observation::FactKind;
use odds::{Moment, SlotNo};
use serde_json::Value as Json;
use store::Cut;
use store::boards::Kept;

use super::asked::{Include, Prices};
use super::body::{self, Bookmaker, Extras, Market, Outcome, Time};
use super::desk::{BookName, Words};
use super::games::{Game, PROVIDER, Told};
use super::problem::Wrong;
use crate::state::State;
use crate::view::{Standing, State as Stands, UNLOOKED_SECS, standings};

/// What is asked of the quotes of each game.
pub(super) struct Ask<'a> {
    pub prices: &'a Prices,
    pub cut: Cut,
    pub at: Moment,
    /// Whether the book says when it was read: on answers about many events, and about the past.
    pub book_times: bool,
    pub titles: &'a HashMap<String, String>,
}

/// The books of a game.
#[derive(Default)]
pub(super) struct Found {
    pub books: Vec<Bookmaker>,
    /// Markets that were ever collected of it, whether they stand or not.
    pub collected: BTreeSet<String>,
}

/// Titles of books, as last told.
pub(super) fn titles(state: &State) -> Result<HashMap<String, String>, Wrong> {
    Ok(state.store.named(PROVIDER, "book", "")?.into_iter().map(|row| (row.key, row.title)).collect())
}

/// One outcome with where it belongs.
struct Placed {
    book: (String, String),
    market: String,
    seen_at: Moment,
    book_sid: [String; 2],
    outcome: Outcome,
    /// When its provider looked, and whether it may be shown: live, and looked at lately.
    looked_at: Moment,
    is_shown: bool,
}

/// What one listing says of a game, with what belongs to it.
struct Sheet {
    placed: Vec<Placed>,
    attributes: Attributes,
}

/// The books of a game that are asked for. Of several providers that tell of a market at a book, the one that looked last is heard;
/// the one spoken here where two looked at once.
pub(super) fn quotes(state: &State, game: &Game, told: &Told, ask: &Ask<'_>) -> Result<Found, Wrong> {
    let mut found = Found::default();
    let words = state.v4.words();
    let mut sheets = Vec::new();
    let sides = told.sides(game);
    for listing in &game.listings {
        let is_own = listing.provider == PROVIDER;
        state.with_board(listing, ask.cut, |kept| {
            note_collected(kept, is_own, &mut found.collected);
            let mut placed: Vec<(u32, Placed)> = standings(kept, &*state.meanings, ask.at, sides.as_ref())
                .filter(|standing| matches!(standing.state, Stands::Live | Stands::Suspended))
                .filter_map(|standing| {
                    let cell = kept.board.slots()[standing.slot.0 as usize].cell.0;
                    Some((cell, place(&standing, is_own, told, ask, words)?))
                })
                .collect();
            placed.sort_by_key(|(cell, _)| *cell);
            let placed = placed.into_iter().map(|(_, placed)| placed).collect();
            sheets.push(Sheet { placed, attributes: Attributes::of(kept, ask.prices) });
        })?;
    }
    let heard = heard(&sheets);
    let mut newest = BTreeMap::new();
    for (at, sheet) in sheets.into_iter().enumerate() {
        let is_heard = |one: &Placed| one.is_shown && heard.get(&(one.book.0.clone(), one.market.clone())).is_none_or(|heard| *heard == at);
        let placed: Vec<Placed> = sheet.placed.into_iter().filter(is_heard).collect();
        shelve((&mut found.books, &mut newest), placed.into_iter(), ask, &sheet.attributes);
    }
    Ok(found)
}

/// Which sheet is heard of each market at each book.
fn heard(sheets: &[Sheet]) -> HashMap<(String, String), usize> {
    let mut heard: HashMap<(String, String), (Moment, usize)> = HashMap::new();
    for (at, sheet) in sheets.iter().enumerate() {
        for one in &sheet.placed {
            let first = heard.entry((one.book.0.clone(), one.market.clone())).or_insert((one.looked_at, at));
            if one.looked_at > first.0 {
                *first = (one.looked_at, at);
            }
        }
    }
    heard.into_iter().map(|(place, (_, sheet))| (place, sheet)).collect()
}

/// The same reading of age for every basis: what nobody looked at for an hour is not shown.
fn is_fresh(standing: &Standing<'_>, at: Moment) -> bool {
    standing.state == Stands::Live && standing.seen.is_some_and(|seen| at.secs_since(seen.order.at) <= UNLOOKED_SECS)
}

fn note_collected(kept: &Kept, is_own: bool, collected: &mut BTreeSet<String>) {
    if kept.board.last().is_none() {
        return;
    }
    let has_slots = kept.names.cells().iter().zip(kept.board.cells()).filter(|(_, cell)| cell.seen.is_some());
    if is_own {
        collected.extend(has_slots.filter(|(name, _)| !name.market.is_empty()).map(|(name, _)| name.market.to_string()));
    } else if has_slots.count() > 0 {
        collected.extend(["h2h", "spreads", "totals"].map(str::to_owned));
    }
}

fn place(standing: &Standing<'_>, is_own: bool, told: &Told, ask: &Ask<'_>, words: &dyn Words) -> Option<Placed> {
    let slot = standing.kept.names.words(standing.slot)?;
    let (market, name) = if is_own { (slot.market.to_owned(), slot.name.to_owned()) } else { spoken(standing, told)? };
    if !ask.prices.wants_market(&market) {
        return None;
    }
    let book = book_name(&standing.kept.listing.provider, slot.book, ask, words)?;
    if !ask.prices.wants_book(&book.0, words) {
        return None;
    }
    let seen = standing.seen?;
    let line = if is_own { slot.point } else { standing.meaning.as_ref()?.line };
    let outcome = Outcome {
        name,
        description: (is_own && !slot.description.is_empty()).then(|| slot.description.to_owned()),
        price: body::price(standing.value.price()?, ask.prices.format),
        point: line.map(body::point),
        extras: Extras::default(),
    };
    let path = attribute::of_outcome(slot.book, slot.market, slot.name, slot.description, slot.point);
    let book_sid = [slot.book.to_owned(), path];
    let (looked_at, is_shown) = (seen.order.at, is_fresh(standing, ask.at));
    Some(Placed { book, market, seen_at: seen.book_seen_at.unwrap_or(seen.order.at), book_sid, outcome, looked_at, is_shown })
}

/// The words of a meaning, for the three markets that others tell of.
fn spoken(standing: &Standing<'_>, told: &Told) -> Option<(String, String)> {
    let meaning = standing.meaning.as_ref()?;
    let is_plain = meaning.period == Period::Full && meaning.stance == Stance::Back && !meaning.is_alternate && meaning.subject.is_none();
    let market = match meaning.kind {
        MarketKind::Moneyline => "h2h",
        MarketKind::Spread => "spreads",
        MarketKind::Total => "totals",
        _ => return None,
    };
    let name = match &meaning.side {
        Side::Home if standing.is_turned => told.away.clone()?,
        Side::Away if standing.is_turned => told.home.clone()?,
        Side::Home => told.home.clone()?,
        Side::Away => told.away.clone()?,
        Side::Draw => "Draw".to_owned(),
        Side::Over => "Over".to_owned(),
        Side::Under => "Under".to_owned(),
        Side::Named(name) => name.clone(),
        Side::Yes | Side::No | Side::Odd | Side::Even => return None,
    };
    is_plain.then(|| (market.to_owned(), name))
}

fn book_name(provider: &str, key: &str, ask: &Ask<'_>, words: &dyn Words) -> Option<(String, String)> {
    let titled = |key: &str, title: Option<String>| {
        let told = ask.titles.get(key).cloned();
        (key.to_owned(), told.or(title).unwrap_or_else(|| key.to_owned()))
    };
    if provider == PROVIDER {
        return Some(titled(key, None));
    }
    match words.book(provider, key) {
        BookName::Named(key, title) => Some(titled(&key, Some(title))),
        BookName::Own => Some((key.to_owned(), key.to_owned())),
        BookName::NoBook => None,
    }
}

/// When each book, and each of its markets, was read last.
type Newest = BTreeMap<(String, Option<String>), Moment>;

/// Puts outcomes under their books and markets, in the order in which these were first met.
fn shelve(
    (books, newest): (&mut Vec<Bookmaker>, &mut Newest),
    placed: impl Iterator<Item = Placed>,
    ask: &Ask<'_>,
    attributes: &Attributes,
) {
    let dates = ask.prices.dates;
    for one in placed {
        let (key, title) = one.book;
        let [book_key, path] = one.book_sid;
        let book_at = books.iter().position(|book| book.key == key).unwrap_or_else(|| {
            let extras = attributes.of_book(&attribute::of_book(&book_key));
            books.push(Bookmaker { key: key.clone(), title, last_update: None, extras, markets: Vec::new() });
            books.len() - 1
        });
        let markets = &mut books[book_at].markets;
        let market_at = markets.iter().position(|market| market.key == one.market).unwrap_or_else(|| {
            let extras = attributes.of_book(&attribute::of_market(&book_key, &one.market));
            markets.push(Market { key: one.market.clone(), last_update: None, extras, outcomes: Some(Vec::new()) });
            markets.len() - 1
        });
        for slot in [(key.clone(), None), (key, Some(one.market))] {
            let latest = newest.entry(slot).or_insert(one.seen_at);
            *latest = one.seen_at.max(*latest);
        }
        let mut outcome = one.outcome;
        outcome.extras = attributes.of_outcome(&path);
        markets[market_at].outcomes.get_or_insert_default().push(outcome);
    }
    for book in books {
        let time = |market: Option<&String>| newest.get(&(book.key.clone(), market.cloned())).map(|at| Time::of(*at, dates));
        if let Some(at) = time(None) {
            book.markets.iter_mut().for_each(|market| market.last_update = time(Some(&market.key)).or(market.last_update.take()));
            book.last_update = ask.book_times.then_some(at);
        }
    }
}

/// Links, ids and limits of a listing, by what they belong to.
struct Attributes {
    told: HashMap<(FactKind, String), Json>,
    include: Include,
}

impl Attributes {
    fn of(kept: &Kept, prices: &Prices) -> Self {
        let mut told = HashMap::new();
        for kind in FactKind::ALL.into_iter().filter(|kind| is_included(prices.include, *kind)) {
            let facts = kept.board.facts_of(kind).filter_map(|(subject, fact)| Some((subject, fact.value.as_deref()?)));
            told.extend(facts.filter_map(|(subject, value)| Some(((kind, subject.to_string()), serde_json::from_str(value).ok()?))));
        }
        Self { told, include: prices.include }
    }

    fn value(&self, subject: &str, kind: FactKind) -> Option<Json> {
        if is_included(self.include, kind) { self.told.get(&(kind, subject.to_owned())).cloned() } else { None }
    }

    /// What was asked for and is not known is null.
    fn of_book(&self, subject: &str) -> Extras {
        let shown = |kind| is_included(self.include, kind).then(|| self.value(subject, kind).unwrap_or(Json::Null));
        Extras { link: shown(FactKind::Link), sid: shown(FactKind::Sid), ..Extras::default() }
    }

    /// Limits and multipliers are there only where the book has one.
    fn of_outcome(&self, subject: &str) -> Extras {
        Extras {
            bet_limit: self.value(subject, FactKind::BetLimit),
            multiplier: self.value(subject, FactKind::Multiplier),
            ..self.of_book(subject)
        }
    }
}

const fn is_included(include: Include, kind: FactKind) -> bool {
    match kind {
        FactKind::Link => include.links,
        FactKind::Sid => include.sids,
        FactKind::BetLimit => include.bet_limits,
        FactKind::Multiplier => include.multipliers,
        _ => false,
    }
}

/// Which markets each book was seen to offer of a game, with when it was read.
pub(super) fn offered(kept: &Kept, at: Moment, state: &State) -> Vec<(String, String, Moment)> {
    let mut cells: BTreeMap<u32, Moment> = BTreeMap::new();
    for standing in standings(kept, &*state.meanings, at, None).filter(|standing| is_fresh(standing, at)) {
        let SlotNo(slot) = standing.slot;
        if let Some(seen) = standing.seen {
            cells.insert(kept.board.slots()[slot as usize].cell.0, seen.book_seen_at.unwrap_or(seen.order.at));
        }
    }
    let named =
        |(cell, seen_at)| kept.names.cells().get(cell as usize).map(|name| (name.book.to_string(), name.market.to_string(), seen_at));
    cells.into_iter().filter_map(named).collect()
}
