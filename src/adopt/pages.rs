//! Reads the old tables in one look: a transaction that cannot write and sees one state, a cursor for each table, rows as the server
//! tells them. Events come by their starts, and rows that point to them in the same order, so that a page holds an event whole.

use std::collections::{BTreeMap, HashSet, VecDeque};

use anyhow::{Context, bail};
use odds::Moment;

/// A connection to the old database, as much of it as reading needs. Statements have no names and no values, so that a pooler carries
/// them.
pub trait OldDatabase: Send {
    /// Runs statements that give nothing.
    ///
    /// # Errors
    /// What the server reports.
    fn run(&mut self, statements: &str) -> anyhow::Result<()>;

    /// Runs a query whose columns are all texts.
    ///
    /// # Errors
    /// What the server reports.
    fn texts(&mut self, query: &str) -> anyhow::Result<Vec<Vec<Option<String>>>>;
}

impl OldDatabase for postgres::Client {
    fn run(&mut self, statements: &str) -> anyhow::Result<()> {
        self.batch_execute(statements).map_err(anyhow::Error::from)
    }

    fn texts(&mut self, query: &str) -> anyhow::Result<Vec<Vec<Option<String>>>> {
        let rows = self.query_typed(query, &[])?;
        rows.iter().map(|row| (0..row.len()).map(|column| row.try_get(column).map_err(anyhow::Error::from)).collect()).collect()
    }
}

/// One state of the database, texts of values that are the same everywhere, and no row left out because of who asks: row level
/// security that would hide rows is an error.
const LOOK: &str = "begin transaction isolation level repeatable read read only; set local search_path = pg_catalog; \
    set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1; set local row_security = off; \
    set local lock_timeout = '5s'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; \
    set local cursor_tuple_fraction = 1; set local jit = off; set local work_mem = '32MB'";

/// Rows that are fetched at a time.
const FETCH: usize = 2000;

/// A row as the server tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRow {
    /// Its id.
    pub id: String,
    /// The event that it points to, where that is there.
    pub event: Option<String>,
    /// All of it, as JSON.
    pub json: String,
}

/// Rows of tables, as they go into one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// By table; the events first.
    pub tables: Vec<(String, Vec<OldRow>)>,
}

impl Rows {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The old tables of a schema, and which of their columns are there.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    schema: String,
    events: String,
    /// Of each table its columns, with their types.
    columns: BTreeMap<String, BTreeMap<String, String>>,
}

/// Columns without which a table holds no events.
const OF_EVENTS: [&str; 4] = ["id", "home_team", "away_team", "start_time"];
/// Tables whose rows are parts of an event.
const PARTS: [&str; 5] = ["odds_data", "player_props_odds", "historical_odds", "predictions", LISTS];
/// The table whose rows of an event are one list: a new one brings the others along.
pub(super) const LISTS: &str = "player_game_stats";
/// Tables whose rows stand alone.
const ALONE: [&str; 3] = ["bookmakers", "teams", "injury_reports"];

/// The names under which the events may stand.
const EVENTS: [&str; 2] = ["sports_events", "sports_events_old"];
const WORDS_COME_ALONG: &str = "its words come along with each row that points to it";
/// Tables of which no row is taken over, and why.
const STAYING: [(&str, &str); 10] = [
    ("bet_history", "what people did is theirs"),
    ("user_preferences", "what people chose is theirs"),
    ("sports_config", WORDS_COME_ALONG),
    ("players", WORDS_COME_ALONG),
    ("market_types", WORDS_COME_ALONG),
    ("player_prop_types", WORDS_COME_ALONG),
    ("player_season_stats", "sums over seasons, of no event: what they are sums of is not told"),
    ("news_articles", "texts: neither an event, nor a result, nor a price"),
    ("ai_predictions", "guesses of old programs, which nobody observed"),
    ("model_performance", "marks that old programs gave themselves, which nobody observed"),
];

fn read_names() -> impl Iterator<Item = &'static str> {
    EVENTS.into_iter().chain(PARTS).chain(ALONE)
}

impl Tables {
    /// Looks at the catalogue. Of the two names that the events can have, the table with most rows holds them.
    ///
    /// # Errors
    /// Where no table holds events, or the server refuses.
    pub fn find(old: &mut dyn OldDatabase, schema: &str) -> anyhow::Result<Self> {
        let query = format!(
            "select c.relname::text, a.attname::text, a.atttypid::regtype::text from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where n.nspname = {} and c.relkind in ('r', 'p', 'f') order by 1, 2",
            literal(schema)
        );
        let mut tables = Self { schema: schema.to_owned(), ..Self::default() };
        for row in old.texts(&query).context("looking at the catalogue")? {
            if let [Some(table), Some(column), Some(kind)] = &row[..] {
                tables.columns.entry(table.clone()).or_default().insert(column.clone(), kind.clone());
            }
        }
        let mut holding = Vec::new();
        for name in EVENTS {
            if tables.has(name, &OF_EVENTS) {
                let rows = old.texts(&format!("select count(*)::text from {}", tables.name(name))).context("counting the events")?;
                let count = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<u64>().ok()).unwrap_or_default();
                holding.push((count, std::cmp::Reverse(name)));
            }
        }
        let Some((_, name)) = holding.into_iter().max() else { bail!("no table of schema {schema:?} holds events (sports_events)") };
        name.0.clone_into(&mut tables.events);
        Ok(tables)
    }

    /// The table that holds the events.
    #[must_use]
    pub fn events(&self) -> &str {
        &self.events
    }

    /// The tables that are not read, and why: every row of theirs stays where it is, as it is.
    #[must_use]
    pub fn staying(&self) -> Vec<(&str, &'static str)> {
        let read = self.read();
        let why = |table: &str| match STAYING.iter().find(|(name, _)| *name == table) {
            Some((_, why)) => *why,
            None if read_names().any(|name| name == table) => {
                "it lacks a column without which its rows cannot be told apart, or belong to nothing"
            }
            None => "no table of the old programs",
        };
        self.columns.keys().filter(|table| !read.contains(&table.as_str())).map(|table| (table.as_str(), why(table))).collect()
    }

    fn has(&self, table: &str, columns: &[&str]) -> bool {
        self.columns.get(table).is_some_and(|own| columns.iter().all(|column| own.contains_key(*column)))
    }

    fn name(&self, table: &str) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(table))
    }

    /// Tables that are read, the events first. Where the migration left two tables of events, the smaller one comes behind: its rows are
    /// events too.
    #[must_use]
    pub fn read(&self) -> Vec<&str> {
        let parts = PARTS.into_iter().filter(|table| self.has(table, &["id", "event_id"]));
        let alone = ALONE.into_iter().filter(|table| self.has(table, &["id"]));
        let others = EVENTS.into_iter().filter(|table| *table != self.events && self.has(table, &OF_EVENTS));
        std::iter::once(self.events()).chain(parts).chain(alone).chain(others).collect()
    }

    fn events_query(&self) -> String {
        format!("select e.id::text, e.id::text, row_to_json(e)::text from {} e order by e.start_time, e.id", self.name(&self.events))
    }

    /// Rows that point to events, in the order of those; rows that point to none come last.
    fn parts_query(&self, table: &str) -> String {
        let (joins, words) = self.joined(table);
        let row = if table == "predictions" {
            // what people wrote is theirs, and stays where it is
            "json_build_object('id', d.id, 'event_id', d.event_id)".to_owned()
        } else {
            format!("(select row_to_json(x) from (select d.*{words}) x)")
        };
        format!(
            "select d.id::text, e.id::text, {row}::text from {} d left join {} e on {}{joins} order by e.start_time, e.id, d.id",
            self.name(table),
            self.name(&self.events),
            self.is_one(("e", &self.events, "id"), ("d", table, "event_id"))
        )
    }

    fn alone_query(&self, table: &str) -> String {
        let (mut joins, mut words) = self.joined(table);
        if self.has(table, &["event_id"]) {
            let is_one = self.is_one(("e", &self.events, "id"), ("d", table, "event_id"));
            joins.push_str(&format!(" left join {} e on {is_one}", self.name(&self.events)));
            words.push_str(&format!(", {} as \"_event\"", self.object(&self.events, "e", &["sport", "league", "sport_key"])));
        }
        format!(
            "select d.id::text, null::text, (select row_to_json(x) from (select d.*{words}) x)::text from {} d{joins} order by d.id",
            self.name(table)
        )
    }

    /// The words of tables that a table points to: joins, and columns that hold them.
    fn joined(&self, table: &str) -> (String, String) {
        const WORDS: [(&str, &str, &str, &[&str]); 5] = [
            ("bookmaker_id", "bookmakers", "_bookmaker", &["bookmaker_key", "key", "bookmaker_name", "display_name", "title", "name"]),
            ("market_type_id", "market_types", "_market_type", &["market_key", "market_type_key", "key", "market_name", "name"]),
            ("player_id", "players", "_player", &["full_name", "player_name", "display_name", "name"]),
            ("prop_type_id", "player_prop_types", "_prop_type", &["prop_key", "prop_type_key", "market_key", "key", "prop_name", "name"]),
            ("team_id", "teams", "_team", &["team_name", "name", "team_key", "sport_key", "sport"]),
        ];
        let (mut joins, mut words) = (String::new(), String::new());
        for (column, other, word, columns) in WORDS {
            if self.has(table, &[column]) && self.has(other, &["id"]) {
                // put together once for each row of the other table, not for each row that points to it
                let (object, is_one) = (self.object(other, "o", columns), self.is_one((word, other, "id"), ("d", table, column)));
                joins.push_str(&format!(
                    " left join (select o.id, {object} as word from {} o offset 0) {word} on {is_one}",
                    self.name(other)
                ));
                words.push_str(&format!(", coalesce({word}.word, {}) as \"{word}\"", self.nothing(other, columns)));
            }
        }
        (joins, words)
    }

    /// Whether two columns hold the same: as texts, where the migration left them with different types.
    fn is_one(&self, one: (&str, &str, &str), other: (&str, &str, &str)) -> String {
        let kind = |(_, table, column): (&str, &str, &str)| self.columns.get(table).and_then(|own| own.get(column));
        let cast = if kind(one) == kind(other) { "" } else { "::text" };
        format!("{}.{}{cast} = {}.{}{cast}", one.0, one.2, other.0, other.2)
    }

    /// The object of a row that is gone.
    fn nothing(&self, table: &str, columns: &[&str]) -> String {
        let there = columns.iter().filter(|column| self.has(table, &[column]));
        let fields: Vec<String> = there.map(|column| format!("'{column}', null")).collect();
        format!("json_build_object({})", fields.join(", "))
    }

    fn object(&self, table: &str, alias: &str, columns: &[&str]) -> String {
        let there = columns.iter().filter(|column| self.has(table, &[column]));
        let fields: Vec<String> = there.map(|column| format!("'{column}', {alias}.{column}")).collect();
        format!("json_build_object({})", fields.join(", "))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A cursor over one table.
struct Stream {
    table: String,
    cursor: String,
    ahead: VecDeque<OldRow>,
    is_done: bool,
}

impl Stream {
    fn open(old: &mut dyn OldDatabase, table: &str, number: usize, query: &str) -> anyhow::Result<Self> {
        let cursor = format!("adopt_{number}");
        old.run(&format!("declare {cursor} no scroll cursor for {query}")).with_context(|| format!("reading {table}"))?;
        Ok(Self { table: table.to_owned(), cursor, ahead: VecDeque::new(), is_done: false })
    }

    fn fill(&mut self, old: &mut dyn OldDatabase) -> anyhow::Result<()> {
        if !self.ahead.is_empty() || self.is_done {
            return Ok(());
        }
        let rows = old.texts(&format!("fetch {FETCH} from {}", self.cursor)).with_context(|| format!("reading {}", self.table))?;
        self.is_done = rows.len() < FETCH;
        for row in rows {
            let [id, event, json] = <[Option<String>; 3]>::try_from(row).map_err(|row| anyhow::anyhow!("{} columns", row.len()))?;
            self.ahead.push_back(OldRow { id: id.unwrap_or_default(), event, json: json.unwrap_or_else(|| "null".to_owned()) });
        }
        Ok(())
    }

    /// The next rows, as long as `wanted` holds.
    fn take(&mut self, old: &mut dyn OldDatabase, most: usize, wanted: impl Fn(&OldRow) -> bool) -> anyhow::Result<Vec<OldRow>> {
        let mut rows = Vec::new();
        while rows.len() < most {
            self.fill(old)?;
            match self.ahead.front() {
                Some(row) if wanted(row) => rows.extend(self.ahead.pop_front()),
                _ => break,
            }
        }
        Ok(rows)
    }
}

/// A look at the old database, from its beginning to its end.
pub struct Look<'a> {
    old: &'a mut dyn OldDatabase,
    taken_at: Moment,
    events: Stream,
    parts: Vec<Stream>,
    alone: Vec<Stream>,
    page_events: usize,
}

impl<'a> Look<'a> {
    /// Begins a look; a page will hold so many events at most.
    ///
    /// # Errors
    /// What the server reports, or where there are no events.
    pub fn begin(old: &'a mut dyn OldDatabase, schema: &str, page_events: usize) -> anyhow::Result<(Self, Tables)> {
        old.run(LOOK).context("beginning to look")?;
        let tables = Tables::find(old, schema)?;
        let now = old.texts("select to_char(now(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')").context("asking for the time")?;
        let taken_at = now.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).context("the server's time cannot be read")?;
        let (mut parts, mut alone) = (Vec::new(), Vec::new());
        let events = Stream::open(old, tables.events(), 0, &tables.events_query())?;
        for (at, table) in tables.read().into_iter().enumerate().skip(1) {
            if PARTS.contains(&table) {
                parts.push(Stream::open(old, table, at, &tables.parts_query(table))?);
            } else {
                alone.push(Stream::open(old, table, at, &tables.alone_query(table))?);
            }
        }
        Ok((Self { old, taken_at, events, parts, alone, page_events }, tables))
    }

    /// The moment of the state that is seen, by the server's clock.
    #[must_use]
    pub const fn taken_at(&self) -> Moment {
        self.taken_at
    }

    /// The rows of the next page; none at the end. A page holds events with all rows that point to them; then come rows that point to
    /// no event, and rows that stand alone.
    ///
    /// # Errors
    /// What the server reports.
    pub fn next_rows(&mut self) -> anyhow::Result<Rows> {
        let events = self.events.take(self.old, self.page_events, |_| true)?;
        let mut rows = Rows::default();
        if !events.is_empty() {
            let ids: HashSet<String> = events.iter().map(|row| row.id.clone()).collect();
            rows.tables.push((self.events.table.clone(), events));
            for part in &mut self.parts {
                let taken = part.take(self.old, usize::MAX, |row| row.event.as_ref().is_some_and(|event| ids.contains(event)))?;
                rows.tables.push((part.table.clone(), taken));
            }
            return Ok(rows);
        }
        for stream in self.parts.iter_mut().chain(&mut self.alone) {
            let taken = stream.take(self.old, FETCH, |_| true)?;
            if !taken.is_empty() {
                rows.tables.push((stream.table.clone(), taken));
                return Ok(rows);
            }
        }
        Ok(rows)
    }

    /// Ends the look.
    ///
    /// # Errors
    /// What the server reports.
    pub fn end(self) -> anyhow::Result<()> {
        self.old.run("rollback").context("ending the look")
    }
}
