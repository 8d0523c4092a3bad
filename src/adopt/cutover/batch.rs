//! Some events, and all that is needed to tell what their old rows should hold: what the log knows of them, the prices that stand, and the
//! old rows that they were taken over from.

use std::collections::{BTreeMap, HashMap};

use odds::Moment;
use odds::observation::EventStatus;
use odds::participant::likeness;
use odds::price::Price;
use postgres::types::{ToSql, Type};
use postgres::{Error, Transaction};
use serde_json::{Map, Value};

use super::OLD_DATABASE;
use super::old_table::{OldTable, quote};
use super::sources::{Look, freshest, words};
use crate::schedule::Ranks;

pub(super) type Params<'a> = Vec<(&'a (dyn ToSql + Sync), Type)>;

/// An old row and the event that it was taken over as.
#[derive(Debug, Clone)]
pub(super) struct Old {
    pub key: String,
    pub event: String,
    pub home: Option<String>,
    pub away: Option<String>,
    pub row: Map<String, Value>,
}

/// What the log knows of an event today.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub event: String,
    pub league: Option<String>,
    pub home: Option<String>,
    pub away: Option<String>,
    pub starts_at: Option<Moment>,
    pub status: Option<EventStatus>,
    pub scores: Option<(i64, i64)>,
}

/// A price that stands: of the full game or of a player, on the main line, at one book.
#[derive(Debug, Clone)]
pub(super) struct Quote {
    pub provider: String,
    pub book: String,
    pub title: String,
    pub market: String,
    pub provider_market: String,
    pub selection: String,
    pub price: Price,
    pub point: Option<f64>,
    /// The player that it is about.
    pub player: Option<String>,
    /// When it was seen, as the server writes it.
    pub seen_at: Value,
    /// The newest look at it, in microseconds.
    pub observed_at: i64,
    /// Whether it can be bet on, and is not suspended.
    pub is_open: bool,
    pub home: Option<String>,
    pub away: Option<String>,
}

/// How a row's sides lie to a listing's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    Same,
    Swapped,
}

impl Sides {
    /// A selection, from the row's sides.
    pub(super) fn turn(self, selection: &str) -> &str {
        match (selection, self) {
            ("home", Self::Swapped) => "away",
            ("away", Self::Swapped) => "home",
            (selection, _) => selection,
        }
    }
}

/// The two names of a game.
pub(super) type Names<'a> = (Option<&'a str>, Option<&'a str>);

impl Old {
    pub(super) fn names(&self) -> Names<'_> {
        (self.home.as_deref(), self.away.as_deref())
    }
}

impl Known {
    pub(super) fn names(&self) -> Names<'_> {
        (self.home.as_deref(), self.away.as_deref())
    }

    /// How these names lie to the row's. One name that is the same tells both sides; where none is, nothing that belongs to a side is written.
    /// Selections are from the event's view: a listing that has the event's sides the other way round is looked at with its names exchanged.
    pub(super) fn sides(&self, old: Names<'_>, new: Names<'_>) -> Option<Sides> {
        let league = self.league.as_deref().unwrap_or_default();
        let (event, listing) = (self.home.as_deref().zip(self.away.as_deref()), new.0.zip(new.1));
        let way = event.zip(listing).map(|(event, listing)| odds::participant::sides(league, event, listing, self.starts_at));
        let new = if way == Some(odds::participant::Sides::Swapped) { (new.1, new.0) } else { new };
        let is_one = |a: Option<&str>, b: Option<&str>| a.zip(b).is_some_and(|(a, b)| likeness(league, a, b).is_one());
        let same = is_one(old.0, new.0) || is_one(old.1, new.1);
        let swapped = is_one(old.0, new.1) || is_one(old.1, new.0);
        match (same, swapped) {
            (true, false) => Some(Sides::Same),
            (false, true) => Some(Sides::Swapped),
            _ => None,
        }
    }
}

impl Quote {
    pub(super) fn names(&self) -> Names<'_> {
        (self.home.as_deref(), self.away.as_deref())
    }

    /// The words that a list may have for its book.
    pub(super) fn words_of_book(&self) -> Vec<&str> {
        words(&self.provider, &self.book, &self.title)
    }

    /// Whether it is of the winner's market.
    pub(super) fn is_winner(&self) -> bool {
        is_winner(&self.market)
    }
}

/// Whether a market asks who wins.
pub(super) fn is_winner(market: &str) -> bool {
    matches!(market, "moneyline" | "three_way")
}

/// Some events.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch {
    pub known: BTreeMap<String, Known>,
    pub quotes: HashMap<String, Vec<Quote>>,
    /// The rows of each event; first the one that it was taken over as.
    pub olds: BTreeMap<String, Vec<Old>>,
}

impl Batch {
    /// Reads what there is of these events; those that only the old database tells of are left out. Of the sources of a market at a book
    /// one is heard.
    pub(super) fn read(tx: &mut Transaction<'_>, table: &OldTable, events: &[String], ranks: &Ranks) -> Result<Self, Error> {
        let mut olds: BTreeMap<String, Vec<Old>> = BTreeMap::new();
        for old in self::olds(tx, table, events)? {
            olds.entry(old.event.clone()).or_default().push(old);
        }
        let mut taken_down = taken_down(tx, events)?;
        let heard = |(event, quotes)| {
            let taken_down = taken_down.remove(&event).unwrap_or_default();
            (event, freshest(quotes, taken_down, ranks))
        };
        let quotes = quotes(tx, events)?.into_iter().map(heard).collect();
        Ok(Self { known: known(tx, events)?, quotes, olds })
    }

    pub(super) fn quotes(&self, event: &str) -> &[Quote] {
        self.quotes.get(event).map_or(&[], Vec::as_slice)
    }

    /// Events that are known and have a row, with their rows.
    pub(super) fn with_rows(&self) -> impl Iterator<Item = (&Known, &[Old])> {
        self.known.values().filter_map(|known| Some((known, self.olds.get(&known.event)?.as_slice())))
    }

    /// The keys of all old rows.
    pub(super) fn keys(&self) -> Vec<&str> {
        self.olds.values().flatten().map(|old| old.key.as_str()).collect()
    }
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
        "select q.event_id, q.provider, q.provider_book, q.selection, q.price_nanos, l.home, l.away, q.market, q.provider_market,
             case when q.is_prop then q.line::float8 else q.point::float8 end, case when q.is_prop then q.subject end,
             to_jsonb(q.last_update) #>> '{}', coalesce(c.title, q.provider_book), q.state = 'live',
             coalesce((extract(epoch from q.observed_at) * 1000000)::bigint, 0)
         from predictive_play.quotes_now q join predictive_play.listings l on l.listing_id = q.listing_id
         left join predictive_play.book_rows b on b.provider = q.provider and b.book = q.provider_book
         left join predictive_play.catalogue c on c.provider = q.provider and c.kind = 'book' and c.key = q.provider_book
         where q.event_id = any($1) and q.provider <> $2 and q.period = 'full' and q.stance = 'back' and q.is_understood
           and q.state in ('live', 'suspended') and not q.is_alternate and coalesce(b.is_aggregate, 0) = 0
           and (q.is_prop and q.subject is not null or q.market in ('moneyline', 'three_way', 'spread', 'total') and q.subject is null)
         order by q.event_id, q.provider_book, q.provider, q.market, q.listing_id, q.slot",
        &params,
    )?;
    let mut quotes: HashMap<String, Vec<Quote>> = HashMap::new();
    for row in &rows {
        let Ok(price) = Price::from_nanos(row.get(4)) else { continue };
        let quote = Quote {
            provider: row.get(1),
            book: row.get(2),
            selection: row.get(3),
            price,
            home: row.get(5),
            away: row.get(6),
            market: row.get(7),
            provider_market: row.get(8),
            point: row.get(9),
            player: row.get(10),
            seen_at: row.get::<_, Option<String>>(11).map_or(Value::Null, Value::String),
            title: row.get(12),
            is_open: row.get(13),
            observed_at: row.get(14),
        };
        quotes.entry(row.get(0)).or_default().push(quote);
    }
    Ok(quotes)
}

/// What was taken down in events that several providers tell of: where one alone does, there is nothing to choose.
fn taken_down(tx: &mut Transaction<'_>, events: &[String]) -> Result<HashMap<String, Vec<Look>>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&OLD_DATABASE, Type::TEXT)];
    let rows = tx.query_typed(
        "select l.event_id, l.provider, s.book, s.market, case when s.is_prop = 1 then s.subject end, max(last.observed_at)
         from predictive_play.listings l join predictive_play.slot_rows s on s.listing_id = l.listing_id
         cross join lateral (
             select r.observed_at, r.state from predictive_play.change_rows r where r.listing_id = s.listing_id and r.slot = s.slot
             order by r.observed_at desc, r.reply_id desc, r.seq desc limit 1) last
         where l.event_id = any($1) and l.provider <> $2 and last.state = 2
           and s.period = 'full' and s.stance = 'back' and s.is_understood = 1 and s.is_alternate = 0
           and (s.is_prop = 1 and s.subject is not null or s.market in ('moneyline', 'three_way', 'spread', 'total') and s.subject is null)
           and exists (select from predictive_play.listings o where o.event_id = l.event_id and o.provider not in (l.provider, $2))
         group by 1, 2, 3, 4, 5",
        &params,
    )?;
    let mut looks: HashMap<String, Vec<Look>> = HashMap::new();
    for row in &rows {
        let look = Look { provider: row.get(1), book: row.get(2), market: row.get(3), player: row.get(4), observed_at: row.get(5) };
        looks.entry(row.get(0)).or_default().push(look);
    }
    Ok(looks)
}

fn olds(tx: &mut Transaction<'_>, table: &OldTable, events: &[String]) -> Result<Vec<Old>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&table.name, Type::TEXT)];
    let sql = format!(
        "select r.row_key, r.event_id, t.home_team, t.away_team, to_jsonb(t)::text from (
             select r.row_key, r.event_id, min(r.place) as place from (
                 select substr(a.old_row, length(a.old_table) + 2) as row_key, l.event_id, a.outcome as place
                 from predictive_play.listings l join predictive_play.adopted_rows a on a.listing_id = l.listing_id
                 where l.event_id = any($1) and a.old_table = $2 and a.outcome in ('adopted', 'joined')
                 union all select o.row_key, o.event_id, 'added' from predictive_play.old_rows o
                 where o.event_id = any($1) and o.old_table = $2 and o.is_added and o.undone is null) r group by 1, 2) r
         join {} t on t.{} = {} order by r.event_id, r.place, r.row_key",
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

/// Keys of rows of a table that we wrote for these events.
pub(super) fn ours(tx: &mut Transaction<'_>, table: &OldTable, events: &[&str]) -> Result<Vec<String>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&table.name, Type::TEXT)];
    let sql = "select row_key from predictive_play.old_rows where event_id = any($1) and old_table = $2 and undone is null";
    Ok(tx.query_typed(sql, &params)?.iter().map(|row| row.get(0)).collect())
}

/// A word without case, spaces and signs.
pub(super) fn folded(word: &str) -> String {
    word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A text of a row.
pub(super) fn text<'a>(row: &'a Map<String, Value>, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str().filter(|text| !text.is_empty())
}
