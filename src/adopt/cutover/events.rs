//! What rows of the old `sports_events` should hold: start, status, scores and odds of the events that live listings tell of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odds::Moment;
use odds::observation::EventStatus;
use odds::participant::{Likeness, likeness};
use odds::price::Price;
use postgres::types::{ToSql, Type};
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::OLD_DATABASE;
use super::old_table::{OldTable, quote, quote_text};
use super::reconcile::Field;
use super::spelling::{self, OddsShape, Winner};
use super::write::Wanted;

/// An old row and the event that it was taken over as.
struct Old {
    key: String,
    event: String,
    home: Option<String>,
    away: Option<String>,
    row: Map<String, Value>,
}

/// What the log knows of an event today.
#[derive(Debug, Clone)]
struct Known {
    event: String,
    league: Option<String>,
    home: Option<String>,
    away: Option<String>,
    starts_at: Option<Moment>,
    status: Option<EventStatus>,
    scores: Option<(i64, i64)>,
}

/// A price of the winner's market.
struct Quote {
    provider: String,
    book: String,
    selection: String,
    price: Price,
    home: Option<String>,
    away: Option<String>,
}

/// How a row's sides lie to a listing's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sides {
    Same,
    Swapped,
}

/// What the old rows of these events should hold, and the rows that are missing.
///
/// # Errors
/// What the server reports.
pub fn wanted(tx: &mut Transaction<'_>, table: &OldTable, words: &Words, events: &[String]) -> Result<Vec<Wanted>, Error> {
    let known = known(tx, events)?;
    let mut quotes = quotes(tx, events)?;
    let olds = olds(tx, table, events)?;
    let mut wanted: Vec<Wanted> = Vec::with_capacity(olds.len());
    for old in &olds {
        let Some(known) = known.get(&old.event) else { continue };
        let quotes = quotes.get(&old.event).map_or(&[][..], Vec::as_slice);
        wanted.push(Wanted {
            key: Some(old.key.clone()),
            event: old.event.clone(),
            fields: fields(table, old, known, quotes, words.usual),
            new: None,
        });
    }
    let have: BTreeSet<&str> = olds.iter().map(|old| old.event.as_str()).collect();
    for known in known.values().filter(|known| !have.contains(known.event.as_str())) {
        let quotes = quotes.remove(&known.event).unwrap_or_default();
        if let Some(new) = new_row(tx, table, known, &quotes, words)? {
            wanted.push(Wanted { key: None, event: known.event.clone(), fields: BTreeMap::new(), new: Some(new) });
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
    let sides = sides(known, (old.home.as_deref(), old.away.as_deref()), (known.home.as_deref(), known.away.as_deref()));
    if let (Some((home, away)), Some(sides)) = (known.scores, sides) {
        let (home, away) = if sides == Sides::Same { (home, away) } else { (away, home) };
        fields.extend(scores(old, known, (home, away)));
    }
    let current = old.row.get("odds").cloned().unwrap_or_default();
    let shape = spelling::shape(&current).or_else(|| is_empty(&current).then_some(usual));
    let winners = winners(quotes, |quote| sides_of(old, known, quote));
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

/// How the old row lies to a quote, whose selection is from the event's view: a listing that has the event's sides the other way round
/// is looked at with its names exchanged.
fn sides_of(old: &Old, known: &Known, quote: &Quote) -> Option<Sides> {
    let names = quote.home.as_deref().zip(quote.away.as_deref());
    let event = known.home.as_deref().zip(known.away.as_deref());
    let league = known.league.as_deref().unwrap_or_default();
    let way = event.zip(names).map(|(event, names)| odds::participant::sides(league, event, names, known.starts_at));
    let quoted = (quote.home.as_deref(), quote.away.as_deref());
    let quoted = if way == Some(odds::participant::Sides::Swapped) { (quoted.1, quoted.0) } else { quoted };
    sides(known, (old.home.as_deref(), old.away.as_deref()), quoted)
}

/// One name that is the same tells both sides; where none is, nothing that belongs to a side is written.
fn sides(known: &Known, old: (Option<&str>, Option<&str>), new: (Option<&str>, Option<&str>)) -> Option<Sides> {
    let league = known.league.as_deref().unwrap_or_default();
    let is_one = |a: Option<&str>, b: Option<&str>| a.zip(b).is_some_and(|(a, b)| likeness(league, a, b).is_one());
    let same = is_one(old.0, new.0) || is_one(old.1, new.1);
    let swapped = is_one(old.0, new.1) || is_one(old.1, new.0);
    match (same, swapped) {
        (true, false) => Some(Sides::Same),
        (false, true) => Some(Sides::Swapped),
        _ => None,
    }
}

/// Whole offers of the winner's market, by book in the order of their keys: both sides live, and the draw where the market has one.
fn winners(quotes: &[Quote], sides: impl Fn(&Quote) -> Option<Sides>) -> Vec<Winner> {
    let mut books: BTreeMap<(&str, &str), HashMap<&str, Price>> = BTreeMap::new();
    for quote in quotes {
        let Some(sides) = sides(quote) else { continue };
        let selection = match (quote.selection.as_str(), sides) {
            ("home", Sides::Swapped) => "away",
            ("away", Sides::Swapped) => "home",
            (selection, _) => selection,
        };
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
    words: &Words,
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
    ]);
    row.retain(|name, _| table.has(name));
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

type Params<'a> = Vec<(&'a (dyn ToSql + Sync), Type)>;

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

fn known(tx: &mut Transaction<'_>, events: &[String]) -> Result<BTreeMap<String, Known>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&OLD_DATABASE, Type::TEXT)];
    let rows = tx.query_typed(
        "select e.event_id, e.league, e.home_team, e.away_team, e.starts_at, e.status, e.home_score, e.away_score
         from predictive_play.event_rows e where e.event_id = any($1) and e.kind = 'contest' and exists (
             select from predictive_play.listings l where l.event_id = e.event_id and l.provider <> $2)",
        &params,
    )?;
    let known = rows.iter().map(|row| Known {
        event: row.get(0),
        league: row.get(1),
        home: row.get(2),
        away: row.get(3),
        starts_at: row.get::<_, Option<i64>>(4).map(Moment::from_micros),
        status: row.get::<_, Option<&str>>(5).and_then(EventStatus::from_word),
        scores: row.get::<_, Option<i64>>(6).zip(row.get::<_, Option<i64>>(7)),
    });
    Ok(known.map(|known| (known.event.clone(), known)).collect())
}

fn quotes(tx: &mut Transaction<'_>, events: &[String]) -> Result<HashMap<String, Vec<Quote>>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&OLD_DATABASE, Type::TEXT)];
    let rows = tx.query_typed(
        "select q.event_id, q.provider, q.book, q.selection, q.price_nanos, l.home, l.away
         from predictive_play.quotes_now q join predictive_play.listings l on l.listing_id = q.listing_id
         left join predictive_play.book_rows b on b.provider = q.provider and b.book = q.book
         where q.event_id = any($1) and q.provider <> $2 and q.market in ('moneyline', 'three_way') and q.period = 'full' and q.stance = 'back'
           and q.state = 'live' and not q.is_alternate and coalesce(b.is_aggregate, 0) = 0 and q.subject is null
         order by q.event_id, q.book, q.provider",
        &params,
    )?;
    let mut quotes: HashMap<String, Vec<Quote>> = HashMap::new();
    for row in &rows {
        let Ok(price) = Price::from_nanos(row.get(4)) else { continue };
        let quote = Quote { provider: row.get(1), book: row.get(2), selection: row.get(3), price, home: row.get(5), away: row.get(6) };
        quotes.entry(row.get(0)).or_default().push(quote);
    }
    Ok(quotes)
}

fn olds(tx: &mut Transaction<'_>, table: &OldTable, events: &[String]) -> Result<Vec<Old>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&table.name, Type::TEXT)];
    let sql = format!(
        "select r.row_key, r.event_id, t.home_team, t.away_team, to_jsonb(t)::text from (
             select a.old_id as row_key, a.event_id from predictive_play.adopted a
             where a.event_id = any($1) and a.old_table = $2 and a.outcome in ('adopted', 'joined')
             union select o.row_key, o.event_id from predictive_play.old_rows o
             where o.event_id = any($1) and o.old_table = $2 and o.is_added and o.undone is null) r
         join {} t on t.{} = {} order by r.row_key",
        table.quoted(),
        quote(&table.key),
        table.keyed("r.row_key"),
    );
    let rows = tx.query_typed(&sql, &params)?;
    let old = |row: &postgres::Row| Old {
        key: row.get(0),
        event: row.get(1),
        home: row.get(2),
        away: row.get(3),
        row: serde_json::from_str(row.get(4)).expect("the server's own JSON of a row"),
    };
    Ok(rows.iter().map(old).collect())
}

/// The words that the old rows use, read once: which shape most odds have, and what each league is called.
#[derive(Debug, Clone)]
pub struct Words {
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
    pub fn read(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Self, Error> {
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
    let key = if table.has("sport_key") { "t.sport_key::text" } else { "null::text" };
    let sql = format!(
        "select distinct on (league) league, sport, word, key from (
             select l.league, t.sport::text as sport, t.league::text as word, {key} as key, count(*) as n
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
