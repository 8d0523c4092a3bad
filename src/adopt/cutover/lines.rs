//! What rows of the old `historical_odds` should hold: the opening and closing lines of games that have begun, and the movements between.
//! What stands there already was seen by somebody before us, and stays.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use odds::book;
use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::OLD_DATABASE;
use super::batch::{Batch, Known, Old, Params, text};
use super::children::Children;
use super::columns::Plan;
use super::names::Names;
use super::old_table::OldTable;
use super::prices::{Outcomes, Speech};
use super::reconcile::Field;
use super::sources;
use super::write::{Done, Wanted};
use crate::schedule::{RankedKind, Ranks};

/// One outcome's line at one book.
struct Line {
    provider: String,
    book: String,
    title: String,
    market: String,
    selection: String,
    opening: Option<Price>,
    closing: Option<Price>,
    /// When its close was seen.
    closed_at: Option<i64>,
    movement: String,
    home: Option<String>,
    away: Option<String>,
}

/// An American price, its point, and when it was seen.
#[derive(Debug, Clone)]
struct Price {
    american: i64,
    point: Option<f64>,
    at: String,
}

/// One market at one book, from the old row's sides.
type Sides<'a> = BTreeMap<String, &'a Line>;

const COLUMNS: [&str; 3] = ["opening_line", "closing_line", "line_movements"];

/// What the rows of these events should hold, and the rows that are missing.
///
/// # Errors
/// What the server reports.
pub(super) fn wanted(
    tx: &mut Transaction<'_>,
    plan: &Plan,
    names: &mut Names,
    (outcomes, children): (&Outcomes, &mut Children),
    (batch, ranks): (&Batch, &Ranks),
    done: &mut Done,
) -> Result<Vec<Wanted>, Error> {
    let is_of_lines = |table: &&OldTable| table.has("event_id") && COLUMNS.iter().any(|column| table.has(column));
    let Some(table) = plan.tables.get("historical_odds").filter(is_of_lines) else { return Ok(Vec::new()) };
    let Some(speech) = Speech::of(plan, names, table) else { return Ok(Vec::new()) };
    let rows = children.of(tx, table, &batch.keys(), plan.events_table())?;
    let events: Vec<&str> = batch.olds.keys().map(String::as_str).collect();
    let lines = lines(tx, &events)?;
    let mut wanted = Vec::new();
    for (known, olds) in batch.with_rows() {
        let (Some(first), Some(lines)) = (olds.first(), lines.get(&known.event)) else { continue };
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for sides in markets(known, first, lines, ranks) {
            let Some(line) = sides.values().next() else { continue };
            let book = speech.book(tx, plan, names, &sources::words(&line.provider, &line.book, &line.title), done)?;
            let Some(market) = speech.market(tx, plan, names, &line.market, done)? else { continue };
            for (outcome, fields) in said(table, &sides, first, outcomes) {
                let of_event = olds.iter().flat_map(|old| rows.get(&old.key).into_iter().flatten());
                let is_outcome = |row: &Map<String, Value>| {
                    let league = known.league.as_deref().unwrap_or_default();
                    outcome.as_ref().is_none_or(|(selection, _)| {
                        text(row, "outcome_name").is_some_and(|name| Outcomes::is(name, selection, league, first))
                    })
                };
                let mut same = of_event.filter(|row| book.is_in(row) && market.is_in(row) && is_outcome(row));
                match same.find_map(|row| table.key_of(row).filter(|key| taken.insert(key.clone()))) {
                    Some(key) => {
                        wanted.push(Wanted { key: Some(key), event: known.event.clone(), gentle: fields, ..Wanted::default() });
                    }
                    None => {
                        let (Some(book), Some(market)) = (book.for_a_new_row(), market.for_a_new_row()) else { continue };
                        let mut new = Map::from_iter([book, market, ("event_id".to_owned(), json!(first.key))]);
                        new.extend(outcome.map(|(_, name)| ("outcome_name".to_owned(), json!(name))));
                        new.extend(fields.into_iter().map(|(field, value)| (field.column, value)));
                        wanted.push(Wanted { event: known.event.clone(), new: Some(new), ..Wanted::default() });
                    }
                }
            }
        }
    }
    Ok(wanted)
}

/// The markets of an event: one source for each book and market, that which saw its close last, of two at once the better in rank.
fn markets<'a>(known: &Known, old: &Old, lines: &'a [Line], ranks: &Ranks) -> Vec<Sides<'a>> {
    type Market<'a> = (&'a str, &'a str);
    let market = |line: &'a Line| -> Market<'a> { (book::key(&line.provider, &line.book), &line.market) };
    let source = |line: &'a Line| (line.provider.as_str(), line.book.as_str());
    let fresh = |line: &Line| (line.closed_at, Reverse(ranks.place(RankedKind::Odds, &line.provider)));
    let mut freshest: BTreeMap<Market<'a>, &'a Line> = BTreeMap::new();
    for line in lines {
        let first = freshest.entry(market(line)).or_insert(line);
        if fresh(line) > fresh(first) {
            *first = line;
        }
    }
    let mut markets: BTreeMap<Market<'a>, Sides<'a>> = BTreeMap::new();
    for line in lines.iter().filter(|line| freshest.get(&market(line)).is_some_and(|first| source(first) == source(line))) {
        let Some(turn) = known.sides(old.names(), (line.home.as_deref(), line.away.as_deref())) else { continue };
        markets.entry(market(line)).or_default().entry(turn.turn(&line.selection).to_owned()).or_insert(line);
    }
    markets.into_values().collect()
}

type Said = (Option<(String, String)>, BTreeMap<Field, Value>);

/// The fields of one row with all sides, or of a row for each outcome where rows name outcomes.
fn said(table: &OldTable, sides: &Sides<'_>, old: &Old, outcomes: &Outcomes) -> Vec<Said> {
    if !table.has("outcome_name") {
        return vec![(None, whole(table, sides))];
    }
    let one = |(selection, line): (&String, &&Line)| {
        let name = outcomes.name(selection, old)?;
        let price = |price: &Option<Price>| {
            price.as_ref().map_or(Value::Null, |price| shown(&[("price", json!(price.american))], price.point, &price.at))
        };
        let fields =
            [("opening_line", price(&line.opening)), ("closing_line", price(&line.closing)), ("line_movements", movements(line, &name))];
        Some((Some((selection.clone(), name)), kept(table, fields)))
    };
    sides.iter().filter_map(one).collect()
}

fn whole(table: &OldTable, sides: &Sides<'_>) -> BTreeMap<Field, Value> {
    let of = |pick: fn(&Line) -> Option<&Price>| {
        let prices: Vec<(&str, &Price)> = sides.iter().filter_map(|(side, line)| Some((side.as_str(), pick(line)?))).collect();
        // The point of the home side, or of over; a row holds one.
        let first = prices.iter().find(|(side, _)| matches!(*side, "home" | "over")).or_else(|| prices.first());
        let figures: Vec<(&str, Value)> = prices.iter().map(|(side, price)| (*side, json!(price.american))).collect();
        first.map_or(Value::Null, |(_, price)| shown(&figures, price.point, &price.at))
    };
    let mut moved: Vec<Value> = Vec::new();
    for (side, line) in sides {
        moved.extend(movements(line, side).as_array().cloned().unwrap_or_default());
    }
    moved.sort_by_key(|one| one.get("timestamp").and_then(Value::as_str).unwrap_or_default().to_owned());
    let fields = [
        ("opening_line", of(|line| line.opening.as_ref())),
        ("closing_line", of(|line| line.closing.as_ref())),
        ("line_movements", Value::Array(moved)),
    ];
    kept(table, fields)
}

/// Fields that the table has and of which there is something to say.
fn kept(table: &OldTable, fields: [(&str, Value); 3]) -> BTreeMap<Field, Value> {
    let is_said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
    let fields = fields.into_iter().filter(|(column, value)| table.has(column) && is_said(value));
    fields.map(|(column, value)| (Field::column(column), value)).collect()
}

fn shown(figures: &[(&str, Value)], point: Option<f64>, at: &str) -> Value {
    let mut shown: Map<String, Value> = figures.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    shown.extend(point.map(|point| ("point".to_owned(), json!(point))));
    shown.insert("timestamp".to_owned(), json!(at));
    Value::Object(shown)
}

/// The movements of a line, each with the outcome that it is of.
fn movements(line: &Line, name: &str) -> Value {
    let steps: Vec<Value> = serde_json::from_str(&line.movement).unwrap_or_default();
    let step = |step: &Value| {
        let at = step.get("at").and_then(Value::as_str).unwrap_or_default();
        let figures = [("outcome_name", json!(name)), ("price", step.get("american").cloned().unwrap_or_default())];
        shown(&figures, step.get("line").and_then(Value::as_f64), at)
    };
    steps.iter().map(step).collect()
}

fn lines(tx: &mut Transaction<'_>, events: &[&str]) -> Result<BTreeMap<String, Vec<Line>>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&OLD_DATABASE, Type::TEXT)];
    let rows = tx.query_typed(
        "select l.event_id, l.provider, s.book, coalesce(c.title, s.book), case when s.market = 'three_way' then 'moneyline' else s.market end,
             s.selection, h.opening_american, h.opening_line, to_jsonb(to_timestamp(h.opening_at / 1000000.0)) #>> '{}',
             h.closing_american, h.closing_line, to_jsonb(to_timestamp(h.closing_at / 1000000.0)) #>> '{}', h.movement, l.home, l.away, h.closing_at
         from predictive_play.listings l
         join predictive_play.historical_rows h on h.listing_id = l.listing_id
         join predictive_play.slot_rows s on s.listing_id = h.listing_id and s.slot = h.slot
         left join predictive_play.book_rows b on b.provider = l.provider and b.book = s.book
         left join predictive_play.catalogue c on c.provider = l.provider and c.kind = 'book' and c.key = s.book
         where l.event_id = any($1) and l.provider <> $2 and s.market in ('moneyline', 'three_way', 'spread', 'total') and s.period = 'full'
             and s.stance = 'back' and s.subject is null and s.is_alternate = 0 and s.is_understood = 1 and coalesce(b.is_aggregate, 0) = 0
         order by l.event_id, s.book, l.provider, s.market, l.listing_id, h.slot",
        &params,
    )?;
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for row in &rows {
        let price = |at: usize| {
            let (american, point, seen): (Option<i64>, Option<i64>, Option<String>) = (row.get(at), row.get(at + 1), row.get(at + 2));
            Some(Price { american: american?, point: point.map(|milli| milli as f64 / 1000.0), at: seen? })
        };
        let line = Line {
            provider: row.get(1),
            book: row.get(2),
            title: row.get(3),
            market: row.get(4),
            selection: row.get(5),
            opening: price(6),
            closing: price(9),
            movement: row.get(12),
            home: row.get(13),
            away: row.get(14),
            closed_at: row.get(15),
        };
        lines.entry(row.get(0)).or_default().push(line);
    }
    Ok(lines)
}
