//! The free JSON of a row's `odds`, in the shapes that scripts wrote: a market by its sides, flat fields, a list by bookmaker.
//!
//! ```text
//! {"moneyline": {"home": -110, "away": "+105"}}
//! {"homeOdds": 1.91, "awayOdds": 1.95, "drawOdds": 3.4}
//! [{"bookmaker": "DraftKings", "moneyline": {..}, "totals": {"line": 220.5, "over": -110, "under": -110}}]
//! [{"key": "fanduel", "markets": [{"key": "h2h", "outcomes": [{"name": "Boston Celtics", "price": -110}]}]}]
//! ```

use std::borrow::Cow;

use odds::Moment;
use odds::line::Line;
use odds::observation::{CatalogueKind, Offer, OutcomeSeen, Refusal};
use serde_json::value::RawValue;

use super::figures::{self, Form};
use super::reader::{Place, Reader, Spot, time_of};
use super::wire::{Cell, Row, cell, folded, no_odds, says_something};

/// The book of odds that name none: nobody's offer, so never a best price.
pub(super) const NO_BOOK: &str = "unnamed";
const DEEPEST: usize = 6;

/// Where in the JSON one is, and what was said on the way there.
#[derive(Clone)]
struct Here<'r, 'a> {
    place: &'r Place<'a>,
    path: String,
    sport: &'r str,
    book: Cow<'a, str>,
    at: Moment,
    seen_at: Option<Moment>,
    form: Form,
    depth: usize,
}

/// One figure of a market.
struct Figure<'a> {
    name: Cow<'a, str>,
    description: Cow<'a, str>,
    point: Option<Cow<'a, str>>,
    text: Cow<'a, str>,
    form: Form,
    path: String,
}

/// Reads the odds of an event row.
pub(super) fn read<'a>(reader: &mut Reader<'a>, place: &Place<'a>, odds: Option<&'a RawValue>, at: Moment, sport: &str) {
    let Some(odds) = odds else { return };
    let book = Cow::Borrowed(NO_BOOK);
    let here = Here { place, path: "odds".to_owned(), sport, book, at, seen_at: None, form: Form::Unsaid, depth: 0 };
    node(reader, odds, here);
}

impl<'a> Here<'_, 'a> {
    fn below(&self, name: &str) -> Self {
        let path = format!("{}.{}", self.path, name.chars().take(60).collect::<String>());
        Self { path, depth: self.depth + 1, ..self.clone() }
    }

    fn refuse(&self, reader: &mut Reader<'a>, reason: Refusal, detail: impl AsRef<str>) {
        reader.unreadable(self.place, &self.path, reason, detail);
    }

    /// The same with what an object says of itself: its book, its time, the form of its figures.
    fn with(mut self, reader: &mut Reader<'a>, row: &Row<'a>) -> Self {
        for (name, raw) in &row.0 {
            match (folded(name).as_str(), cell(raw)) {
                ("bookmaker" | "book" | "sportsbook" | "bookmakerkey" | "provider" | "bookname", Cell::Object(book)) => {
                    self.book = book.first_words(&["key", "name", "title"]).unwrap_or(self.book);
                }
                ("bookmaker" | "book" | "sportsbook" | "bookmakerkey" | "provider" | "bookname", words) => {
                    self.book = words.words().filter(|book| book.len() <= 100).unwrap_or(self.book);
                }
                ("lastupdate" | "lastupdated" | "updatedat" | "timestamp" | "fetchedat", words) => {
                    let stated = words.words().and_then(|text| time_of(&text));
                    match stated {
                        Some(stated) if stated <= self.at => (self.at, self.seen_at) = (stated, Some(stated)),
                        Some(stated) => {
                            reader.problem(self.place, &self.path, Refusal::BookAhead, format!("{stated} is later than its row"))
                        }
                        None => {}
                    }
                }
                ("format" | "oddsformat", words) => {
                    self.form = match words.words().as_deref().map(folded).as_deref() {
                        Some("american" | "us") => Form::American,
                        Some("decimal" | "eu" | "european") => Form::Decimal,
                        _ => self.form,
                    }
                }
                _ => {}
            }
        }
        self
    }
}

/// Fields that say something of what stands beside them, and hold no figures.
fn is_about(name: &str) -> bool {
    matches!(
        name,
        "bookmaker"
            | "book"
            | "sportsbook"
            | "bookmakerkey"
            | "provider"
            | "bookname"
            | "lastupdate"
            | "lastupdated"
            | "updatedat"
            | "timestamp"
            | "fetchedat"
            | "format"
            | "oddsformat"
            | "source"
            | "id"
            | "url"
            | "link"
            | "details"
            | "title"
            | "key"
            | "name"
            | "eventid"
            | "commencetime"
            | "region"
            | "currency"
    )
}

fn node<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, here: Here<'_, 'a>) {
    if here.depth > DEEPEST {
        return here.refuse(reader, Refusal::NotTheShape, "nested deeper than any odds");
    }
    match cell(raw) {
        Cell::Absent => {}
        Cell::Object(row) => object(reader, &row, here),
        Cell::List(items) => {
            for (at, item) in items.into_iter().enumerate() {
                let here = here.below(&at.to_string());
                match cell(item) {
                    Cell::Object(row) => {
                        let book = row.first_words(&["bookmaker", "key", "title", "name"]).filter(|book| book.len() <= 100);
                        let here = Here { book: book.unwrap_or_else(|| here.book.clone()), ..here };
                        object(reader, &row, here);
                    }
                    Cell::Absent => {}
                    _ => here.refuse(reader, Refusal::NotTheShape, "no object in a list by bookmaker"),
                }
            }
        }
        Cell::Text(text) if text.trim().is_empty() => {}
        _ => here.refuse(reader, Refusal::NotTheShape, "neither an object nor a list"),
    }
}

fn object<'a>(reader: &mut Reader<'a>, row: &Row<'a>, here: Here<'_, 'a>) {
    let here = here.with(reader, row);
    flat(reader, row, &here);
    for (name, raw) in &row.0 {
        let word = folded(name);
        let below = here.below(name);
        match (word.as_str(), cell(raw)) {
            (_, Cell::Absent) => {}
            (word, _) if is_about(word) || is_flat(word) => {}
            ("markets", Cell::List(markets)) => listed_markets(reader, markets, &below),
            ("bookmakers" | "books" | "sportsbooks" | "odds" | "data" | "lines" | "markets", Cell::List(_) | Cell::Object(_)) => {
                node(reader, raw, below);
            }
            (_, Cell::Object(market)) if is_market(&word) => market_object(reader, name, &market, &below),
            (_, Cell::Object(book)) if has_figures(&book) => object(reader, &book, Here { book: name.clone(), ..below }),
            _ => below.refuse(reader, Refusal::NotTheShape, "no shape of odds that we know"),
        }
    }
}

fn is_market(word: &str) -> bool {
    super::meaning::kind(word).is_some()
}

/// Whether an object holds odds of its own, so that its name is a book's.
fn has_figures(row: &Row<'_>) -> bool {
    row.0.iter().any(|(name, _)| {
        let word = folded(name);
        is_flat(&word) || is_market(&word) || word == "markets"
    })
}

/// Fields of an object without markets: the market, the answer, and whether the figure is known to be American.
const FLAT: &[(&str, &str, &str)] = &[
    ("home", "moneyline", "home"),
    ("away", "moneyline", "away"),
    ("draw", "moneyline", "draw"),
    ("homeodds", "moneyline", "home"),
    ("awayodds", "moneyline", "away"),
    ("drawodds", "moneyline", "draw"),
    ("homemoneyline", "moneyline", "home"),
    ("awaymoneyline", "moneyline", "away"),
    ("moneylinehome", "moneyline", "home"),
    ("moneylineaway", "moneyline", "away"),
    ("homewin", "moneyline", "home"),
    ("awaywin", "moneyline", "away"),
    ("hometeamodds", "moneyline", "home"),
    ("awayteamodds", "moneyline", "away"),
    ("overodds", "total", "over"),
    ("underodds", "total", "under"),
];
/// Lines that stand beside flat fields.
const FLAT_LINES: &[&str] = &["overunder", "totalline", "total", "totalpoints"];

fn is_flat(word: &str) -> bool {
    FLAT.iter().any(|(name, ..)| *name == word)
}

fn flat<'a>(reader: &mut Reader<'a>, row: &Row<'a>, here: &Here<'_, 'a>) {
    let line = row.0.iter().find(|(name, _)| FLAT_LINES.contains(&folded(name).as_str())).and_then(|(_, raw)| cell(raw).words());
    for market in ["moneyline", "total"] {
        let mut figures = Vec::new();
        for (name, raw) in &row.0 {
            let word = folded(name);
            let Some((_, _, side)) = FLAT.iter().find(|(own, of, _)| *own == word && *of == market) else { continue };
            let point = line.clone().filter(|_| market == "total");
            figures.extend(figure(reader, Cow::Borrowed(*side), raw, &here.below(name), point));
        }
        let whole = if market == "total" { ["over", "under"] } else { ["home", "away"] };
        offer(reader, here, Cow::Borrowed(market), figures, &whole);
    }
}

/// A figure as a number, a text, or an object that holds it beside its point. What is none of these is refused; what is null, or a text of
/// nothing, was never said.
fn figure<'a>(
    reader: &mut Reader<'a>,
    name: Cow<'a, str>,
    raw: &'a RawValue,
    here: &Here<'_, 'a>,
    point: Option<Cow<'a, str>>,
) -> Option<Figure<'a>> {
    let read = figure_of(name, raw, here, point);
    if read.is_none() && says_something(raw) {
        here.refuse(reader, Refusal::NotTheShape, no_odds(raw));
    }
    read
}

fn figure_of<'a>(name: Cow<'a, str>, raw: &'a RawValue, here: &Here<'_, 'a>, point: Option<Cow<'a, str>>) -> Option<Figure<'a>> {
    let made = |text, form, point, path| Some(Figure { name: name.clone(), description: Cow::Borrowed(""), point, text, form, path });
    match cell(raw) {
        Cell::Object(row) => {
            let point = row.first_words(&["point", "points", "line", "spread", "handicap", "total"]).or(point);
            let fields = [("price", here.form), ("odds", here.form), ("value", here.form)];
            let own =
                [("american", Form::American), ("moneyLine", Form::American), ("moneyline", Form::American), ("decimal", Form::Decimal)];
            let found = fields.into_iter().chain(own).find_map(|(field, form)| Some((row.words(field)?, form, field)));
            found.and_then(|(text, form, field)| made(text, form, point, format!("{}.{field}", here.path)))
        }
        other => other.words().and_then(|text| made(text, here.form, point, here.path.clone())),
    }
}

/// A market by its sides.
fn market_object<'a>(reader: &mut Reader<'a>, key: &Cow<'a, str>, market: &Row<'a>, here: &Here<'_, 'a>) {
    let here = here.clone().with(reader, market);
    let line = market.first_words(&["line", "point", "points", "total", "handicap", "spread"]);
    let mut figures = Vec::new();
    for (name, raw) in &market.0 {
        let word = folded(name);
        let below = here.below(name);
        let side = match word.as_str() {
            "home" | "homeodds" | "homeprice" | "1" => "home",
            "away" | "awayodds" | "awayprice" | "2" => "away",
            "draw" | "drawodds" | "drawprice" | "x" | "tie" => "draw",
            "over" | "overodds" | "overprice" => "over",
            "under" | "underodds" | "underprice" => "under",
            _ if is_about(&word) || matches!(word.as_str(), "line" | "point" | "points" | "total" | "handicap" | "spread") => continue,
            _ => {
                below.refuse(reader, Refusal::NotTheShape, "no answer that we know");
                continue;
            }
        };
        // one line beside two sides does not say whose it is; of a total it is both's
        let shared = line.clone().filter(|_| matches!(side, "over" | "under"));
        figures.extend(figure(reader, Cow::Borrowed(side), raw, &below, shared));
    }
    let whole = if figures.iter().any(|figure| figure.name == "over") { ["over", "under"] } else { ["home", "away"] };
    offer(reader, &here, key.clone(), figures, &whole);
}

/// Markets as The Odds API lists them.
fn listed_markets<'a>(reader: &mut Reader<'a>, markets: Vec<&'a RawValue>, here: &Here<'_, 'a>) {
    for (at, raw) in markets.into_iter().enumerate() {
        let below = here.below(&at.to_string());
        let Some(market) = Row::read(raw) else {
            below.refuse(reader, Refusal::NotTheShape, "no market");
            continue;
        };
        let own_book = below.book.clone();
        let below = Here { book: own_book, ..below.with(reader, &market) };
        let (Some(key), Cell::List(outcomes)) = (market.first_words(&["key", "name", "market"]), market.cell("outcomes")) else {
            below.refuse(reader, Refusal::MissingField, "a market without its key or its outcomes");
            continue;
        };
        let mut figures = Vec::new();
        for (at, raw) in outcomes.into_iter().enumerate() {
            let place = below.below(&at.to_string());
            let row = Row::read(raw).unwrap_or_default();
            let Some(name) = row.words("name") else {
                place.refuse(reader, Refusal::MissingField, "an outcome without its name");
                continue;
            };
            let description = row.words("description").unwrap_or_default();
            match figure_of(name, raw, &place, None) {
                Some(read) => figures.push(Figure { description, ..read }),
                None => place.refuse(reader, Refusal::MissingField, "an outcome without its price"),
            }
        }
        offer(reader, &below, key, figures, &[]);
    }
}

/// Reads the figures of a market together, and keeps them. `whole` names the answers without which the market is not whole.
fn offer<'a>(reader: &mut Reader<'a>, here: &Here<'_, 'a>, market: Cow<'a, str>, figures: Vec<Figure<'a>>, whole: &[&str]) {
    if figures.is_empty() {
        return;
    }
    let is_whole = !whole.is_empty() && whole.iter().all(|side| figures.iter().any(|figure| figure.name == *side));
    let texts: Vec<(&str, Form)> = figures.iter().map(|figure| (&*figure.text, figure.form)).collect();
    let read = figures::read(&texts, is_whole);
    if here.book == NO_BOOK {
        reader.add_name(CatalogueKind::Book, Cow::Borrowed(NO_BOOK), Cow::Borrowed("Old odds without a book"), r#"{"aggregate":true}"#);
    }
    for (figure, price) in figures.into_iter().zip(read) {
        let point = figure.point.as_deref().map(Line::parse).transpose();
        let is_lined = super::meaning::needs_line(&market);
        let offer = match (price, &point) {
            (Err((reason, detail)), _) => Err((reason, detail)),
            (Ok(_), Err(error)) => Err((Refusal::BadLine, format!("{:?}: {error}", figure.point.as_deref().unwrap_or_default()))),
            (Ok(_), Ok(None)) if is_lined => Err((Refusal::BadLine, "a price without its line".to_owned())),
            (Ok(price), Ok(_)) => Ok(Offer { price, is_suspended: false, changed_at: None }),
        };
        let offer = offer.map_err(|(reason, detail)| {
            reader.problem(here.place, &figure.path, reason, detail);
            reason
        });
        let point = point.ok().flatten();
        let outcome = OutcomeSeen { name: figure.name, description: figure.description, point, offer };
        let spot = Spot { book: here.book.clone(), market: market.clone(), seen_at: here.seen_at };
        reader.quote(here.at, &here.place.id, here.sport, spot, outcome);
    }
}
