//! Looks at an old database and never writes: one read-only transaction that sees one state, through any pooler.

use serde::Serialize;

use super::address::Address;
use super::catalogue::{self, Host, Reference, Table};
use super::error::{AdoptError, Result};
use super::layout::Layout;
use super::objects::{self, Object, Role};
use super::pooler;
use super::problems::{self, Problem};
use super::references::{self, Loose};
use super::rights::{self, Missing};
use super::session::Session;
use super::shape::{self, Shape};
use super::sql;

/// What an old database is like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The server, and who we are there.
    pub server: Host,
    /// Whether the address is a pooler, so that a dump needs another.
    pub is_pooler: bool,
    /// Which of the shapes in use it has.
    pub shape: Shape,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Sport, league and status as written, with their rows.
    pub words: Vec<Words>,
    /// Forms of `external_event_id` by source.
    pub ids: Vec<IdForm>,
    /// Foreign keys.
    pub references: Vec<Reference>,
    /// Columns that refer to events without a key.
    pub loose_references: Vec<Loose>,
    /// Policies, triggers, publications, extensions, functions, views, types, grants.
    pub objects: Vec<Object>,
    /// Roles that the objects need.
    pub roles: Vec<Role>,
    /// Rights that steps to come need and we lack.
    pub missing_rights: Vec<Missing>,
    /// What is wrong with the rows.
    pub problems: Vec<Problem>,
    /// What is odd about the tables themselves.
    pub remarks: Vec<String>,
    /// Tables that the follower of the log reads whole, and the index that would spare it.
    pub slow: Vec<Slow>,
}

/// How games are named, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// `sport` as written.
    pub sport: Option<String>,
    /// `league` as written.
    pub league: Option<String>,
    /// `status` as written.
    pub status: Option<String>,
    /// Rows.
    pub rows: u64,
}

/// Ids of one form under one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdForm {
    /// `source` as written.
    pub source: Option<String>,
    /// The form: digits by their number, `uuid`, `32 hex`, `other`; `None` where there is no id.
    pub form: Option<String>,
    /// Rows.
    pub rows: u64,
}

/// A large table of rows that point to events, without an index that finds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slow {
    /// The table, with its schema.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The statement that makes the index, beside all who write.
    pub remedy: String,
}

/// Rows from which on reading a table whole is felt.
const LARGE: u64 = 10_000;

/// Large tables that the follower asks for the rows of an event, without an index for it.
fn slow(tables: &[Table], layout: &Layout, objects: &[Object]) -> Vec<Slow> {
    let Some((schema, _)) = layout.events() else { return Vec::new() };
    let of_events = ["odds_data", "player_props_odds", "injury_reports", "historical_odds"];
    let asked = of_events.into_iter().filter_map(|name| Some((name, layout.neighbour(name, &["event_id"])?)));
    let has_index = |named: &str| {
        let index = |object: &&Object| object.kind == "index" && !object.definition.contains(" WHERE ");
        let begins = |definition: &str| definition.contains(&format!(" ON {named} USING ")) && definition.contains("(event_id");
        objects.iter().filter(index).any(|object| begins(&object.definition.replace('"', "")))
    };
    let large = asked.filter_map(|(name, quoted)| {
        let rows = tables.iter().find(|table| table.schema == schema && table.name == name)?.rows?;
        let is_slow = rows >= LARGE && !has_index(&format!("{schema}.{name}"));
        is_slow.then(|| Slow {
            table: format!("{schema}.{name}"),
            rows,
            remedy: format!("create index concurrently on {quoted} (event_id)"),
        })
    });
    large.collect()
}

impl Report {
    /// Problems with at least one row, or that could not be looked at.
    pub fn found(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.rows != Some(0))
    }

    /// Objects of one kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }
}

/// Inspects the database of an address.
///
/// # Errors
/// Where it cannot be reached or read; rows that may not be read are told in the report instead.
pub fn inspect(address: &Address) -> Result<Report> {
    let is_pooler = pooler::is_pooler(address)?;
    let mut session = Session::open(address)?;
    session.begin_look()?;
    let report = report(&mut session, is_pooler)?;
    session.end()?;
    Ok(report)
}

fn report(session: &mut Session, is_pooler: bool) -> Result<Report> {
    let server = catalogue::host(session)?;
    let mut tables = catalogue::tables(session)?;
    catalogue::count_rows(session, &mut tables)?;
    let columns = catalogue::columns(session)?;
    let references = catalogue::references(session)?;
    let layout = Layout::of(&tables, &columns);
    let loose_references = references::loose(&layout, &references);
    let checks = problems::checks(&layout, &references, &loose_references);
    let objects = objects::objects(session, &[])?;
    Ok(Report {
        is_pooler,
        shape: shape::recognise(layout.events(), &layout.event_columns(), &layout.neighbours()),
        words: words(session, &layout)?,
        ids: id_forms(session, &layout)?,
        roles: objects::roles(session)?,
        missing_rights: rights::missing(session, &server, &tables, &layout)?,
        problems: problems::look(session, checks)?,
        remarks: remarks(&tables, &layout, &references, &loose_references),
        slow: slow(&tables, &layout, &objects),
        objects,
        server,
        tables,
        references,
        loose_references,
    })
}

/// What can be said of the events' words; nothing where rows or columns are closed to us.
fn words(session: &mut Session, layout: &Layout) -> Result<Vec<Words>> {
    let Some(events) = readable(layout, &["sport", "league", "status"]) else { return Ok(Vec::new()) };
    let query =
        format!("select sport::text, league::text, status::text, count(*)::int8 from {events} group by 1, 2, 3 order by 4 desc, 1, 2, 3");
    let doing = "counting sports, leagues and statuses";
    let rows = session.trying(doing, |session| session.rows(&query, &[], doing)).unwrap_or_default();
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, Option<String>>(at).map_err(AdoptError::query(doing));
    rows.iter()
        .map(|row| Ok(Words { sport: text(row, 0)?, league: text(row, 1)?, status: text(row, 2)?, rows: counted(row, 3)? }))
        .collect()
}

fn id_forms(session: &mut Session, layout: &Layout) -> Result<Vec<IdForm>> {
    let Some(events) = readable(layout, &["source", "external_event_id"]) else { return Ok(Vec::new()) };
    let query = format!(
        r"select source::text, case when external_event_id is null then null when external_event_id ~ '^\d+$' then length(external_event_id) || ' digits'
            when external_event_id ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' then 'uuid' when external_event_id ~* '^[0-9a-f]{{32}}$' then '32 hex'
            when external_event_id ~ '^sr:' then 'sr:' else 'other' end, count(*)::int8 from {events} group by 1, 2 order by 3 desc, 1, 2"
    );
    let doing = "counting forms of ids";
    let rows = session.trying(doing, |session| session.rows(&query, &[], doing)).unwrap_or_default();
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, Option<String>>(at).map_err(AdoptError::query(doing));
    rows.iter().map(|row| Ok(IdForm { source: text(row, 0)?, form: text(row, 1)?, rows: counted(row, 2)? })).collect()
}

fn readable(layout: &Layout, columns: &[&str]) -> Option<String> {
    let (schema, table) = layout.events()?;
    let known = layout.event_columns();
    columns.iter().all(|name| known.contains(name)).then(|| sql::qualified(schema, table))
}

fn counted(row: &postgres::Row, at: usize) -> Result<u64> {
    Ok(row.try_get::<_, i64>(at).map_err(AdoptError::query("counting rows"))?.unsigned_abs())
}

fn remarks(tables: &[Table], layout: &Layout, references: &[Reference], loose: &[Loose]) -> Vec<String> {
    let mut said = Vec::new();
    match layout.events() {
        None => said.push("no table holds events: none is named sports_events.. with id, home_team, away_team and start_time".to_owned()),
        Some((schema, table)) if table != "sports_events" => {
            said.push(format!("the events stand in {schema}.{table}: sports_events was renamed"));
            let beside = tables.iter().find(|other| other.schema == schema && other.name == "sports_events");
            said.extend(
                beside.map(|other| format!("beside it stands {schema}.sports_events with {} rows", other.rows.unwrap_or_default())),
            );
        }
        Some(_) => {}
    }
    let neighbours = layout.neighbours();
    let is_enhanced = |table: &&Table| neighbours.contains(table.name.as_str()) && shape::is_enhanced_table(&table.name);
    let empty: Vec<&str> =
        tables.iter().filter(is_enhanced).filter(|table| table.rows == Some(0)).map(|table| table.name.as_str()).collect();
    if !empty.is_empty() {
        said.push(format!("made and never filled: {}", empty.join(", ")));
    }
    said.extend(
        loose.iter().map(|loose| format!("{}.{}.{} refers to events and no foreign key holds it", loose.schema, loose.table, loose.column)),
    );
    let unchecked = references.iter().filter(|key| !key.is_validated);
    said.extend(
        unchecked
            .map(|key| format!("the foreign key {} of {}.{} was never checked (not valid)", key.name, key.from_schema, key.from_table)),
    );
    let hidden = tables.iter().filter(|table| table.hides_rows);
    said.extend(hidden.map(|table| format!("row level security hides rows of {}.{} from us: not counted", table.schema, table.name)));
    said
}
