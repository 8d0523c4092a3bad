//! Prices of a row of `odds` or `pickcenter`, from the flat fields, the nested ones, or both.
//!
//! A row keeps its last prices for a while after the start, and a summary for ever: then they are a record, not an offer, and are
//! kept as attributes. So is the `open` of each outcome, at any time: it is not what stands now.

use std::borrow::Cow;

use odds::observation::{BookSeen, FactKind, FactSeen, MarketSeen, Offer, OutcomeSeen, Refusal};
use odds::{Line, Price};
use serde::Serialize;

use super::contest::fact;
use super::notes::{Notes, place};
use super::phases;
use super::wire::{Field, OddsRow, Phases, Posted, Sides, Text};

pub(super) const MONEYLINE: &str = "moneyLine";
pub(super) const SPREAD: &str = "pointSpread";
pub(super) const TOTAL: &str = "total";

/// What a row tells.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The provider's id and name.
    pub(super) named: (String, String),
    /// What is offered; `None` where the row has no prices, or none that can be bet on any more.
    pub(super) book: Option<BookSeen<'static>>,
    /// Opening and last prices, and the words of rows without prices.
    pub(super) facts: Vec<FactSeen<'static>>,
}

/// A price with its line, as it was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Pair {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    odds: String,
}

/// One outcome as a row has it: the same thing in up to two places.
#[derive(Debug)]
struct Told {
    name: &'static str,
    at: String,
    open: Option<Pair>,
    nested: Option<Pair>,
    flat: Option<Pair>,
    /// How many of the places where its price could stand are of another type.
    damage: usize,
}

impl Told {
    fn last(&self) -> Option<&Pair> {
        self.nested.as_ref().or(self.flat.as_ref())
    }
}

/// Opening and last price of an outcome, as its attribute.
#[derive(Debug, Serialize)]
struct Kept<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<&'a Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<&'a Pair>,
}

/// What a row without prices says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Words {
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_under: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<String>,
}

/// What a row says of one market.
struct Market {
    key: &'static str,
    told: Vec<Told>,
    is_damaged: bool,
}

impl Market {
    fn is_priced(&self) -> bool {
        self.is_damaged || self.told.iter().any(|told| told.last().is_some())
    }
}

/// Reads a row; one whose provider is not named is refused, for its prices would belong to nobody.
pub(super) fn read(notes: &mut Notes, at: &str, row: OddsRow, is_open: bool) -> Option<Row> {
    let provider = notes.need(at, "provider", row.provider.clone());
    let Some((id, name)) =
        provider.and_then(|p| Some((notes.need_text(at, "provider.id", p.id)?, notes.text(at, "provider.name", p.name))))
    else {
        notes.unreadable += 1;
        return None;
    };
    let words = words(&row);
    let markets = markets(notes, at, row);
    let mut facts: Vec<_> = markets.iter().flat_map(|market| kept(&id, market, is_open)).collect();
    let is_priced =
        markets.iter().any(|market| market.is_damaged || market.told.iter().any(|told| told.nested.is_some() || told.flat.is_some()));
    if !is_priced {
        facts.extend(words.map(|value| attribute(id.clone(), value)));
    }
    let book = (is_open && is_priced).then(|| BookSeen { key: Cow::Owned(id.clone()), seen_at: None, markets: seen(notes, markets) });
    Some(Row { named: (id.clone(), name.unwrap_or(id)), book, facts })
}

fn attribute(subject: String, value: String) -> FactSeen<'static> {
    FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Attribute, value) }
}

fn words(row: &OddsRow) -> Option<String> {
    let read = |field: &Field<Text>| field.read().map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty());
    let words = Words { details: read(&row.details), over_under: read(&row.over_under), spread: read(&row.spread) };
    serde_json::to_string(&words).ok().filter(|json| json != "{}")
}

fn kept(book: &str, market: &Market, is_open: bool) -> Vec<FactSeen<'static>> {
    let kept = |told: &Told| {
        let close = if is_open { None } else { told.last() };
        let json = serde_json::to_string(&Kept { open: told.open.as_ref(), close }).ok().filter(|json| json != "{}")?;
        Some(attribute(format!("{book}/{}/{}", market.key, told.name), json))
    };
    market.told.iter().filter_map(kept).collect()
}

fn markets(notes: &mut Notes, at: &str, row: OddsRow) -> Vec<Market> {
    let before = notes.problems.len();
    let home = notes.take(at, "homeTeamOdds", row.home_team_odds).unwrap_or_default();
    let away = notes.take(at, "awayTeamOdds", row.away_team_odds).unwrap_or_default();
    let draw = notes.take(at, "drawOdds", row.draw_odds).unwrap_or_default();
    let damage = notes.problems.len() - before;
    notes.unreadable += damage as u64;
    let (spread, total) = (row.spread, row.over_under);
    let nested = |word: &'static str, own: Field<Sides>, told: Field<Sides>| match own {
        Field::Absent => ("teamOdds", told),
        own => (word, own),
    };
    let moneylines = nested("moneyline", row.moneyline, phases::moneyline(&home, &away, &draw));
    let spreads = nested("pointSpread", row.point_spread, phases::spread(&home, &away));
    let totals = nested("total", row.total, phases::total(&row.open, &row.close, &row.current));
    let flat = [
        ("home", "homeTeamOdds.moneyLine", Field::Absent, home.money_line),
        ("away", "awayTeamOdds.moneyLine", Field::Absent, away.money_line),
        ("draw", "drawOdds.moneyLine", Field::Absent, draw.money_line),
    ];
    let mut moneyline = market(notes, at, MONEYLINE, moneylines, flat);
    let flat = [
        ("home", "homeTeamOdds.spreadOdds", spread.clone(), home.spread_odds),
        ("away", "awayTeamOdds.spreadOdds", from_the_other_side(spread), away.spread_odds),
    ];
    let mut spread = market(notes, at, SPREAD, spreads, flat);
    moneyline.is_damaged |= damage > 0;
    spread.is_damaged |= damage > 0;
    let flat = [("over", "overOdds", total.clone(), row.over_odds), ("under", "underOdds", total, row.under_odds)];
    let total = market(notes, at, TOTAL, totals, flat);
    vec![moneyline, spread, total]
}

/// `spread` is the home side's: the away side's is its opposite. What is no number stays as it is, to be refused where it is used.
fn from_the_other_side(spread: Field<Text>) -> Field<Text> {
    match spread {
        Field::Read(text) => Field::Read(Line::parse(text.as_str()).map_or(text, |line| Text(line.negated().to_string()))),
        other => other,
    }
}

type Flat = (&'static str, &'static str, Field<Text>, Field<Text>);

fn market<const N: usize>(
    notes: &mut Notes,
    at: &str,
    key: &'static str,
    (nested, sides): (&str, Field<Sides>),
    flat: [Flat; N],
) -> Market {
    let before = notes.problems.len();
    let sides = notes.take(at, nested, sides).unwrap_or_default();
    let mut damage = notes.problems.len() - before;
    let at_sides = place(at, nested);
    let mut outcomes = Vec::with_capacity(N);
    for (name, at_flat, line, odds) in flat {
        let before = notes.problems.len();
        let phases = notes.take(&at_sides, name, of_name(&sides, name)).unwrap_or_default();
        damage += notes.problems.len() - before;
        let told = told(notes, &place(&at_sides, name), name, phases, (place(at, at_flat), line, odds));
        damage += told.damage;
        outcomes.push(told);
    }
    notes.unreadable += damage as u64;
    Market { key, told: outcomes, is_damaged: damage > 0 }
}

fn of_name(sides: &Sides, name: &str) -> Field<Phases> {
    match name {
        "home" => sides.home.clone(),
        "away" => sides.away.clone(),
        "draw" => sides.draw.clone(),
        "over" => sides.over.clone(),
        _ => sides.under.clone(),
    }
}

fn told(notes: &mut Notes, at: &str, name: &'static str, phases: Phases, flat: (String, Field<Text>, Field<Text>)) -> Told {
    let open = notes.take(at, "open", phases.open).and_then(|posted| pair(notes, at, posted));
    let before = notes.problems.len();
    let close = notes.take(at, "close", phases.close).and_then(|posted| pair(notes, at, posted));
    let current = notes.take(at, "current", phases.current).and_then(|posted| pair(notes, at, posted));
    let (at_flat, line, odds) = flat;
    let nested = current.or(close);
    let flat = pair(notes, &at_flat, Posted { line, odds });
    let at = if nested.is_some() { at.to_owned() } else { at_flat };
    Told { name, at, open, nested, flat, damage: notes.problems.len() - before }
}

/// A pair where there is a price at all: a line alone is no quote.
fn pair(notes: &mut Notes, at: &str, posted: Posted) -> Option<Pair> {
    let odds = notes.text(at, "odds", posted.odds)?;
    Some(Pair { line: notes.text(at, "line", posted.line), odds })
}

fn seen(notes: &mut Notes, markets: Vec<Market>) -> Vec<MarketSeen<'static>> {
    markets.into_iter().filter(Market::is_priced).map(|market| market_seen(notes, market)).collect()
}

fn market_seen(notes: &mut Notes, market: Market) -> MarketSeen<'static> {
    let mut seen = MarketSeen { key: Cow::Borrowed(market.key), is_damaged: market.is_damaged, ..MarketSeen::default() };
    for told in market.told {
        match outcome(notes, market.key, &told) {
            Reading::Quoted(outcomes) => seen.outcomes.extend(outcomes),
            Reading::Nothing => {}
            Reading::Unreadable => seen.is_damaged = true,
        }
    }
    seen
}

/// What came of an outcome.
enum Reading {
    Quoted(Vec<OutcomeSeen<'static>>),
    /// Not offered: not told, or told as `OFF`.
    Nothing,
    /// A price whose line cannot be read: which selection it is, nobody knows.
    Unreadable,
}

fn outcome(notes: &mut Notes, market: &str, told: &Told) -> Reading {
    let mut found: Vec<OutcomeSeen<'static>> = Vec::with_capacity(1);
    for pair in [&told.nested, &told.flat].into_iter().flatten() {
        let is_said_already = !found.is_empty() && market != MONEYLINE && pair.line.is_none();
        if is_said_already || pair.odds.eq_ignore_ascii_case("off") {
            break;
        }
        let Some(point) = point(notes, market, &told.at, pair) else {
            notes.unreadable += 1;
            return if found.is_empty() { Reading::Unreadable } else { Reading::Quoted(found) };
        };
        let offer = offer(notes, &told.at, &pair.odds);
        let next = OutcomeSeen { name: Cow::Borrowed(told.name), description: Cow::Borrowed(""), point, offer };
        found = match found.pop() {
            Some(first) => reconcile(notes, &told.at, first, next),
            None => vec![next],
        };
    }
    if found.is_empty() { Reading::Nothing } else { Reading::Quoted(found) }
}

/// The point of a pair: `Some(None)` where the market has none, `None` where it should have one and it cannot be read.
fn point(notes: &mut Notes, market: &str, at: &str, pair: &Pair) -> Option<Option<Line>> {
    if market == MONEYLINE {
        return Some(None);
    }
    let text = pair.line.as_deref().unwrap_or("");
    let figure = if market == TOTAL { text.strip_prefix(['o', 'O', 'u', 'U']).unwrap_or(text) } else { text };
    if market == SPREAD && ["pk", "pick", "even"].iter().any(|word| figure.eq_ignore_ascii_case(word)) {
        return Some(Some(Line::from_milli(0)));
    }
    match Line::parse(figure) {
        Ok(line) => Some(Some(line)),
        Err(error) => {
            notes.refuse(at, Refusal::BadLine, format!("{text:?}: {error}; like +2.5 or o231.5"));
            None
        }
    }
}

fn offer(notes: &mut Notes, at: &str, odds: &str) -> Result<Offer, Refusal> {
    let price = Price::parse_american(odds).map_err(|error| {
        let is_zero = odds::decimal::parse_scaled(odds, 0).is_ok_and(|scaled| scaled.units == 0);
        let reason = if is_zero { Refusal::ImpossiblePrice } else { Refusal::from(error) };
        notes.refuse(at, reason, format!("{odds:?}: {error}"));
        reason
    })?;
    Ok(Offer { price, is_suspended: false, changed_at: None })
}

/// The same outcome told twice: once where both agree or only one can be used, refused in both forms where they contradict each other.
fn reconcile(notes: &mut Notes, at: &str, first: OutcomeSeen<'static>, second: OutcomeSeen<'static>) -> Vec<OutcomeSeen<'static>> {
    let (Ok(one), Ok(other)) = (first.offer, second.offer) else {
        return vec![if first.offer.is_ok() { first } else { second }];
    };
    let is_same_line = first.point == second.point;
    if is_same_line && one.price == other.price {
        return vec![first];
    }
    let shown =
        |outcome: &OutcomeSeen<'_>, price: Price| format!("{} at {price}", outcome.point.map_or_else(String::new, |line| line.to_string()));
    notes.refuse(at, Refusal::Contradiction, format!("told twice: {}, and {}", shown(&first, one.price), shown(&second, other.price)));
    let refused = |outcome| OutcomeSeen { offer: Err(Refusal::Contradiction), ..outcome };
    if is_same_line { vec![refused(first)] } else { vec![refused(first), refused(second)] }
}

/// Rows of the same provider become one: what they agree on stands once.
pub(super) fn merge(notes: &mut Notes, at: &str, rows: Vec<Row>) -> Vec<Row> {
    let mut merged: Vec<Row> = Vec::new();
    for row in rows {
        match merged.iter_mut().find(|known| known.named.0 == row.named.0) {
            Some(known) => merge_row(notes, at, known, row),
            None => merged.push(row),
        }
    }
    merged
}

fn merge_row(notes: &mut Notes, at: &str, known: &mut Row, row: Row) {
    for fact in row.facts {
        if !known.facts.iter().any(|other| other.subject == fact.subject) {
            known.facts.push(fact);
        }
    }
    match (&mut known.book, row.book) {
        (Some(book), Some(other)) => other.markets.into_iter().for_each(|market| merge_market(notes, at, book, market)),
        (book @ None, other) => *book = other,
        (Some(_), None) => {}
    }
}

fn merge_market(notes: &mut Notes, at: &str, book: &mut BookSeen<'static>, market: MarketSeen<'static>) {
    let Some(known) = book.markets.iter_mut().find(|known| known.key == market.key) else {
        book.markets.push(market);
        return;
    };
    known.is_damaged |= market.is_damaged;
    for outcome in market.outcomes {
        match known.outcomes.iter().position(|other| other.name == outcome.name) {
            Some(index) => {
                let first = known.outcomes.remove(index);
                known.outcomes.extend(reconcile(notes, at, first, outcome));
            }
            None => known.outcomes.push(outcome),
        }
    }
}
