//! What rows of the old `sports_events` should hold: start, status, scores and odds of the events that live listings tell of.

use std::collections::{BTreeMap, HashMap};

use odds::Moment;
use odds::observation::EventStatus;
use odds::participant::{Likeness, likeness};
use odds::price::Price;
use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::batch::{Batch, Known, Old, Params, Quote, Sides};
use super::names::Names;
use super::old_table::{OldTable, quote, quote_text};
use super::reconcile::Field;
use super::spelling::{self, OddsShape, Winner};
use super::write::Wanted;

/// What the old rows of these events should hold, and the rows that are missing.
///
/// # Errors
/// What the server reports.
pub(super) fn wanted(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    words: &Words,
    names: &Names,
    batch: &Batch,
) -> Result<Vec<Wanted>, Error> {
    let mut wanted = Vec::new();
    for (known, olds) in batch.with_rows() {
        let quotes = batch.quotes(&known.event);
        wanted.extend(olds.iter().map(|old| Wanted {
            key: Some(old.key.clone()),
            event: old.event.clone(),
            fields: fields(table, old, known, quotes, words.usual),
            ..Wanted::default()
        }));
    }
    for known in batch.known.values().filter(|known| !batch.olds.contains_key(&known.event)) {
        if let Some(new) = new_row(tx, table, known, batch.quotes(&known.event), (words, names))? {
            wanted.push(Wanted { event: known.event.clone(), new: Some(new), ..Wanted::default() });
        }
    }
    Ok(wanted)
}

fn fields(table: &OldTable, old: &Old, known: &Known, quotes: &[Quote], usual: OddsShape) -> BTreeMap<Field, Value> {
    let mut fields = BTreeMap::new();
    if let Some(start) = known.starts_at {
        fields.insert(Field::column("start_time"), same_moment(old.row.get("start_time"), start));
    }
    if let Some(word) = known.status.and_then(spelling::status).filter(|word| table.takes_status(word)) {
        fields.insert(Field::column("status"), json!(word));
    }
    let sides = known.sides(old.names(), known.names());
    if let (Some((home, away)), Some(sides)) = (known.scores, sides) {
        let (home, away) = if sides == Sides::Same { (home, away) } else { (away, home) };
        fields.extend(scores(old, known, (home, away)));
    }
    let current = old.row.get("odds").cloned().unwrap_or_default();
    let shape = spelling::shape(&current).or_else(|| is_empty(&current).then_some(usual));
    let winners = winners(quotes, |quote| known.sides(old.names(), quote.names()));
    fields.extend(shape.map(|shape| spelling::odds(shape, &current, &winners)).unwrap_or_default());
    fields
}

fn is_empty(odds: &Value) -> bool {
    odds.as_object().is_some_and(Map::is_empty)
}

/// A start as text; as the row spells it where it is the same moment.
fn same_moment(current: Option<&Value>, start: Moment) -> Value {
    let stands = current.and_then(Value::as_str).filter(|text| text.parse::<Moment>().is_ok_and(|moment| moment == start));
    stands.map_or_else(|| json!(start.to_string()), |text| json!(text))
}

fn scores(old: &Old, known: &Known, (home, away): (i64, i64)) -> Vec<(Field, Value)> {
    let is_told = known.status.is_some_and(|status| matches!(status, EventStatus::Live | EventStatus::Final | EventStatus::Suspended));
    let is_final = known.status == Some(EventStatus::Final);
    let stat = |key: &str| old.row.get("stats").and_then(|stats| stats.get(key));
    let mut fields = Vec::new();
    if is_told {
        fields.push((Field::key("stats", "home_score"), spelling::score(stat("home_score"), home)));
        fields.push((Field::key("stats", "away_score"), spelling::score(stat("away_score"), away)));
    }
    if is_final {
        fields.push((Field::column("final_home_score"), json!(home)));
        fields.push((Field::column("final_away_score"), json!(away)));
    }
    fields
}

/// Whole offers of the winner's market, by book in the order of their keys: both sides live, and the draw where the market has one.
fn winners(quotes: &[Quote], sides: impl Fn(&Quote) -> Option<Sides>) -> Vec<Winner> {
    let mut books: BTreeMap<(&str, &str), HashMap<&str, Price>> = BTreeMap::new();
    for quote in quotes.iter().filter(|quote| quote.is_winner()) {
        let Some(sides) = sides(quote) else { continue };
        let selection = sides.turn(&quote.selection);
        let offers = books.entry((&quote.book, &quote.provider)).or_default();
        offers.insert(selection, quote.price);
    }
    let whole = books.into_iter().filter_map(|((book, _), offers)| {
        Some(Winner { book: book.to_owned(), home: *offers.get("home")?, away: *offers.get("away")?, draw: offers.get("draw").copied() })
    });
    let mut winners: Vec<Winner> = whole.collect();
    winners.dedup_by(|later, first| later.book == first.book);
    winners
}

fn new_row(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    known: &Known,
    quotes: &[Quote],
    (words, names): (&Words, &Names),
) -> Result<Option<Map<String, Value>>, Error> {
    let (Some(home), Some(away), Some(start)) = (&known.home, &known.away, known.starts_at) else { return Ok(None) };
    let Some(league) = &known.league else { return Ok(None) };
    let Some(called) = words.leagues.get(league) else { return Ok(None) };
    if is_in_question(tx, table, league, (home, away), start)? {
        return Ok(None);
    }
    let status = known.status.and_then(spelling::status).filter(|word| table.takes_status(word)).unwrap_or("scheduled");
    let winners = winners(quotes, |_| Some(Sides::Same));
    let odds = spelling::odds(words.usual, &json!({}), &winners);
    let mut row = Map::from_iter([
        ("id".to_owned(), json!(as_uuid(&known.event))),
        ("sport".to_owned(), called.sport.clone()),
        ("league".to_owned(), called.league.clone()),
        ("sport_key".to_owned(), called.key.clone()),
        ("home_team".to_owned(), json!(home)),
        ("away_team".to_owned(), json!(away)),
        ("start_time".to_owned(), json!(start.to_string())),
        ("status".to_owned(), json!(status)),
        ("source".to_owned(), json!("Predictive Play")),
        ("external_event_id".to_owned(), json!(known.event)),
        ("odds".to_owned(), as_object(odds)),
        ("home_team_id".to_owned(), names.team(league, home)),
        ("away_team_id".to_owned(), names.team(league, away)),
    ]);
    // Keys that the database numbers are its own to give.
    row.retain(|name, _| table.has(name) && (*name != table.key || matches!(table.key_type.as_str(), "uuid" | "text")));
    Ok(Some(row))
}

fn as_object(fields: BTreeMap<Field, Value>) -> Value {
    let mut object = Map::new();
    for (field, value) in fields {
        match field.key {
            Some(key) => drop(object.insert(key, value)),
            None => return value,
        }
    }
    Value::Object(object)
}

/// An event's id is 128 bits: as a uuid it is the same for whoever adds the row, at whichever try.
fn as_uuid(event: &str) -> String {
    let mut text = event.to_owned();
    for at in [20, 16, 12, 8] {
        if text.is_char_boundary(at) && at < text.len() {
            text.insert(at, '-');
        }
    }
    text
}

/// Whether an old row that stands for another event may be this game after all: a row of around that time whose names are like these. Such a
/// question is a person's; until it is answered no row is added beside it.
fn is_in_question(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    league: &str,
    (home, away): (&str, &str),
    start: Moment,
) -> Result<bool, Error> {
    let micros = start.micros();
    let params: Params<'_> = vec![(&micros, Type::INT8)];
    let sql = format!(
        "select t.home_team::text, t.away_team::text from {} t where t.start_time between to_timestamp($1 / 1000000.0) - interval '36 hours'
             and to_timestamp($1 / 1000000.0) + interval '36 hours'
           and not exists (select from predictive_play.old_rows o where o.old_table = {} and o.row_key = t.{}::text and o.is_added)",
        table.quoted(),
        quote_text(&table.name),
        quote(&table.key),
    );
    let is_like = |a: &str, b: &str| likeness(league, a, b) >= Likeness::Alike;
    let rows = tx.query_typed(&sql, &params)?;
    Ok(rows.iter().any(|row| {
        let (Some(old_home), Some(old_away)) = (row.get::<_, Option<&str>>(0), row.get::<_, Option<&str>>(1)) else { return false };
        (is_like(old_home, home) && is_like(old_away, away)) || (is_like(old_home, away) && is_like(old_away, home))
    }))
}

/// The words that the old rows use, read once: which shape most odds have, and what each league is called.
#[derive(Debug, Clone)]
pub(super) struct Words {
    usual: OddsShape,
    leagues: HashMap<String, League>,
}

/// What the old rows call a league: only leagues that are there already get new rows.
#[derive(Debug, Clone)]
struct League {
    sport: Value,
    league: Value,
    key: Value,
}

impl Words {
    /// Reads them.
    ///
    /// # Errors
    /// What the server reports.
    pub(super) fn read(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Self, Error> {
        Ok(Self { usual: usual_shape(tx, table)?, leagues: leagues(tx, table)? })
    }
}

fn usual_shape(tx: &mut Transaction<'_>, table: &OldTable) -> Result<OddsShape, Error> {
    if !table.has("odds") {
        return Ok(OddsShape::Moneyline);
    }
    let sql = format!(
        "select t.odds::text from {} t where t.odds::text not in ('{{}}', '[]', 'null') order by t.start_time desc limit 200",
        table.quoted()
    );
    let mut counts: BTreeMap<OddsShape, usize> = BTreeMap::new();
    for row in tx.query_typed(&sql, &[])? {
        let odds: Value = serde_json::from_str(row.get(0)).unwrap_or_default();
        if let Some(shape) = spelling::shape(&odds) {
            *counts.entry(shape).or_default() += 1;
        }
    }
    Ok(counts.into_iter().max_by_key(|(_, count)| *count).map_or(OddsShape::Moneyline, |(shape, _)| shape))
}

fn leagues(tx: &mut Transaction<'_>, table: &OldTable) -> Result<HashMap<String, League>, Error> {
    let column = |name: &str| if table.has(name) { format!("t.{name}::text") } else { "null::text".to_owned() };
    let (sport, word, key) = (column("sport"), column("league"), column("sport_key"));
    let sql = format!(
        "select distinct on (league) league, sport, word, key from (
             select l.league, {sport} as sport, {word} as word, {key} as key, count(*) as n
             from predictive_play.adopted_rows r join predictive_play.listings l on l.listing_id = r.listing_id
             join {} t on t.{}::text = substr(r.old_row, length(r.old_table) + 2)
             where r.old_table = $1 and l.league is not null group by 1, 2, 3, 4) w order by league, n desc, sport, word",
        table.quoted(),
        quote(&table.key),
    );
    let rows = tx.query_typed(&sql, &[(&table.name, Type::TEXT)])?;
    let value = |text: Option<String>| text.map_or(Value::Null, Value::String);
    let league = |row: &postgres::Row| League { sport: value(row.get(1)), league: value(row.get(2)), key: value(row.get(3)) };
    Ok(rows.iter().map(|row| (row.get(0), league(row))).collect())
}
