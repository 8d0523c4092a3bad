//! Takes everything back that we wrote into the old tables, at any stage, and proves it: they equal what they were, plus what others wrote since.

use std::collections::BTreeMap;

use postgres::Client;
use serde::Serialize;
use serde_json::json;

use super::apply::patiently;
use super::content::{self, Content};
use super::cutover as follower;
use super::cutover::proof::Proof;
use super::cutover::undo::Undone;
use super::error::{AdoptError, Result};
use super::manifest::Manifest;
use super::objects::{self, Object};
use super::places::Places;
use super::rights;
use super::session::Session;
use super::sql;
use super::stages::{self, Stage};
use super::switchover;

/// What was taken back, and the proof of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RolledBack {
    /// The old database.
    pub old: String,
    /// Whether the follower was on until now.
    pub was_followed: bool,
    /// Each old table: what was taken back, what was kept and why.
    pub tables: Vec<Undone>,
    /// Each old table beside what it was when it was cut over; in a rehearsal, as it would be. Empty where it never was.
    pub proofs: Vec<Proof>,
    /// Each old table beside the backup, where one was given.
    pub backup: Vec<BesideBackup>,
    /// Whether every difference is explained by who made it.
    pub is_whole: bool,
    /// Rows of ours that stay in the old tables.
    pub kept: u64,
    /// Whether our schema is there still.
    pub schema_stays: bool,
}

/// How an old table lies to its backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BesideBackup {
    /// The table.
    pub table: String,
    /// How.
    #[serde(flatten)]
    pub equality: Equality,
}

/// How equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "equality", rename_all = "snake_case")]
pub enum Equality {
    /// To the letter.
    Equal,
    /// To the letter, but for columns that triggers of the old database set when rows were written.
    EqualApart {
        /// Which columns.
        columns: Vec<String>,
        /// In how many rows.
        rows: u64,
    },
    /// It holds what others wrote since the backup.
    WrittenByOthers {
        /// Rows then.
        rows_then: u64,
        /// Rows now.
        rows_now: u64,
        /// What says that it was others.
        told_by: ToldBy,
    },
    /// It holds rows or values of ours that were not taken back, for the reasons that stand with its table.
    HoldsOurs {
        /// Rows then.
        rows_then: u64,
        /// Rows now.
        rows_now: u64,
        /// Rows that hold something of ours.
        ours: u64,
    },
    /// Its columns are others than in the backup: no hash can say whether the rows are what they were.
    Reshaped {
        /// Columns that are there no more, are new, or are of another type.
        columns: Vec<String>,
    },
    /// It is there no more.
    Missing,
}

/// What says that a difference is of others' making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// The ledger: we have never written into the table.
    Ledger,
    /// The comparison with the cut over: rows that others changed, added or took out since.
    SinceCutOver,
    /// The same: since the cut over nobody else wrote, so it was between the backup and the cut over, when we wrote nothing.
    BeforeCutOver,
}

/// Whether our schema is not in the old database at all: then nothing of ours is in the old tables, wherever our store is.
///
/// # Errors
/// What the server reports.
pub fn is_nothing_there(places: &Places) -> Result<bool> {
    let there = "select count(*) from pg_tables where schemaname = 'predictive_play' and tablename = 'migrations'";
    Ok(places.open_old()?.count(there, "looking for our schema")? == 0)
}

/// What a rollback is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// What the old tables are compared with after.
    pub backup: Option<&'a Manifest>,
    /// Tables of schema `public` that were dropped for good: what we wrote into them went with them.
    pub dropped: &'a [String],
}

impl Asked<'_> {
    fn note_dropped(&self, client: &mut Client, dry_run: bool) -> Result<Vec<Undone>> {
        let tables = self.backup.iter().flat_map(|manifest| &manifest.tables).filter(|table| table.schema == "public");
        let known: Vec<String> = tables.map(|table| table.table.clone()).collect();
        follower::note_dropped(client, self.dropped, &known, dry_run)
    }

    /// Whether a table that is there no more was dropped by somebody's word.
    fn is_dropped(&self, table: &str) -> bool {
        self.dropped.iter().any(|dropped| *dropped == table || table == format!("public.{dropped}"))
    }

    /// Whether every difference is explained.
    fn is_whole(&self, proofs: &[Proof], backup: &[BesideBackup]) -> bool {
        // A table that is gone is nobody's later write: it must not stand beside the word «proved».
        let is_there = |table: &BesideBackup| table.equality != Equality::Missing || self.is_dropped(&table.table);
        proofs.iter().all(Proof::is_whole) && backup.iter().all(is_there)
    }
}

/// Rehearses: what would be taken back and kept, and whether the end of it would be proved. Writes nothing; the follower goes on. Of a
/// backup it is told which tables are there no more: what the others hold can be compared after the rollback alone.
///
/// # Errors
/// [`AdoptError::Usage`] where a table that is said to be dropped is there, or unknown; what the server reports.
pub fn rehearse(places: &Places, asked: Asked<'_>) -> anyhow::Result<RolledBack> {
    let mut client = places.connect_ours()?;
    require_sight(places, &mut client)?;
    let state = follower::state(&mut client)?;
    let dropped = asked.note_dropped(&mut client, true)?;
    let mut tables = follower::undo_all(&mut client, true)?;
    let mut proofs = if state.switched_at.is_some() { follower::proof_rehearsed(&mut client, &tables)? } else { Vec::new() };
    proofs.retain(|proof| !asked.is_dropped(&proof.table));
    tables.extend(dropped);
    let backup = asked.backup.map(|manifest| missing(&mut places.open_ours()?, manifest)).transpose()?.unwrap_or_default();
    Ok(RolledBack {
        old: places.old.shown(),
        was_followed: state.is_on,
        kept: kept(&tables),
        is_whole: asked.is_whole(&proofs, &backup),
        tables,
        proofs,
        backup,
        schema_stays: true,
    })
}

/// Stops the follower, takes back what nobody else changed since, and compares every old table with what it was. Run again, it goes on
/// where it was ended.
///
/// # Errors
/// As [`rehearse`]: what was taken back by then stays so.
pub fn roll_back(places: &Places, asked: Asked<'_>, on_wait: &mut dyn FnMut(&str)) -> anyhow::Result<RolledBack> {
    let mut client = places.connect_ours()?;
    let mut session = places.open_ours()?;
    require_sight(places, &mut client)?;
    // What is asked wrongly is refused before anything is stopped.
    asked.note_dropped(&mut client, true)?;
    // Hashes are taken when the follower is switched on first: before, there is nothing to compare with, and nothing of ours.
    let was_ever_followed = follower::state(&mut client)?.switched_at.is_some();
    let was_followed = patiently(on_wait, || Ok(follower::switch_off(&mut client)?))?;
    if was_followed {
        stages::note(&mut session, Stage::Stopped, &json!({}))?;
    }
    let dropped = asked.note_dropped(&mut client, false)?;
    let mut tables = patiently(on_wait, || Ok(follower::undo_all(&mut client, false)?))?;
    tables.extend(dropped);
    let proofs = if was_ever_followed { follower::proof_all(&mut client)? } else { Vec::new() };
    let backup = asked.backup.map(|manifest| beside_backup(&mut session, manifest, &proofs)).transpose()?.unwrap_or_default();
    let is_whole = asked.is_whole(&proofs, &backup);
    let kept = standing(&mut session)?;
    if is_whole {
        let stages = stages::all(&mut session)?;
        let is_new =
            stages::last(&stages, &[Stage::RolledBack, Stage::Stopped, Stage::CutOver]).is_none_or(|last| last.stage != Stage::RolledBack);
        if is_new {
            stages::note(&mut session, Stage::RolledBack, &json!({ "kept": kept }))?;
        }
    }
    Ok(RolledBack { old: places.old.shown(), was_followed, tables, proofs, backup, is_whole, kept, schema_stays: true })
}

/// Refuses where rows that point to ours may be hidden from us: what nobody seems to need would be taken out, and they with it.
fn require_sight(places: &Places, client: &mut Client) -> Result<()> {
    let state = follower::state(client)?;
    if state.rows == 0 {
        return Ok(());
    }
    let referring = switchover::referring(client, &state.events_table)?;
    let missing = rights::for_rollback(&mut places.open_ours()?, &referring)?;
    if missing.is_empty() { Ok(()) } else { Err(rights::refused(&missing)) }
}

fn kept(tables: &[Undone]) -> u64 {
    tables.iter().flat_map(|table| table.kept.values()).sum()
}

/// Rows in the old tables that hold something of ours which was not taken back: rows that we added and others need, fields that others wrote too.
fn standing(session: &mut Session) -> Result<u64> {
    session.count(&format!("select count(*) from ({STANDING}) r"), "counting rows of ours that stay")
}

const STANDING: &str = "select r.old_table from predictive_play.old_rows r
    where r.undone is null or (r.is_added and r.undone not in ('removed', 'gone'))
        or (not r.is_added and exists (select from predictive_play.old_fields f where f.old_table = r.old_table and f.row_key = r.row_key and f.state = 'ours'))";

/// Takes our schema away, with all that is in it. The archive of replies, a folder, stays.
///
/// # Errors
/// [`AdoptError::Failed`] where something of ours is left in the old tables, or a service works on the store; what the server reports.
pub fn drop_schema(places: &Places, now: odds::Moment, on_wait: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let mut session = places.open_ours()?;
    let kept = standing(&mut session)?;
    if kept > 0 {
        return Err(AdoptError::Failed(format!(
            "our schema stays: {kept} rows of ours are left in the old tables, and the ledger of them is in it; what they are is in predictive_play.old_rows"
        ))
        .into());
    }
    let holders = format!("select holder from predictive_play.leases where until_at > {} order by 1", now.micros());
    let doing = "asking who works on our store";
    if let Some(row) = session.rows(&holders, &[], doing)?.first() {
        let holder: String = row.try_get(0).map_err(AdoptError::query(doing))?;
        return Err(
            AdoptError::Failed(format!("our schema stays: {holder} works on it; end `predictive-play up` and `collect` first")).into()
        );
    }
    places.store.migrate_down(0)?;
    patiently(on_wait, || {
        session.begin_write()?;
        let dropped = session.run("drop table if exists predictive_play.migrations; drop schema predictive_play", "dropping our schema");
        if dropped.is_err() {
            session.end()?
        } else {
            session.commit()?
        }
        Ok(dropped?)
    })
}

/// Tables of a backup that are there no more.
fn missing(session: &mut Session, manifest: &Manifest) -> Result<Vec<BesideBackup>> {
    session.begin_look()?;
    let doing = "looking for the tables of the backup";
    let mut missing = Vec::new();
    for was in manifest.tables.iter().filter(|was| was.schema != "predictive_play") {
        let there = session.row("select to_regclass($1) is not null", &[&sql::qualified(&was.schema, &was.table)], doing)?;
        if !there.try_get::<_, bool>(0).map_err(AdoptError::query(doing))? {
            missing.push(BesideBackup { table: format!("{}.{}", was.schema, was.table), equality: Equality::Missing });
        }
    }
    session.end()?;
    Ok(missing)
}

fn beside_backup(session: &mut Session, manifest: &Manifest, proofs: &[Proof]) -> Result<Vec<BesideBackup>> {
    let mut without = manifest.without_schemas.clone();
    without.push("predictive_play".to_owned());
    session.begin_look()?;
    let columns = reshaped(session, manifest, &without)?;
    let now = content::contents(session, &without)?;
    let mut found = Vec::new();
    for was in manifest.tables.iter().filter(|was| was.schema != "predictive_play") {
        let is = now.iter().find(|is| (&is.schema, &is.table) == (&was.schema, &was.table));
        let equality = match is {
            None => Equality::Missing,
            Some(is) if is == was => Equality::Equal,
            Some(is) => match columns.get(&format!("{}.{}", was.schema, was.table)) {
                Some(columns) => Equality::Reshaped { columns: columns.clone() },
                None => match apart(session, was)? {
                    Some(equality) => equality,
                    None => explained(session, was, is, proofs)?,
                },
            },
        };
        found.push(BesideBackup { table: format!("{}.{}", was.schema, was.table), equality });
    }
    session.end()?;
    Ok(found)
}

/// Columns that are others than in the backup, by table.
fn reshaped(session: &mut Session, manifest: &Manifest, without: &[String]) -> Result<BTreeMap<String, Vec<String>>> {
    // Of a column its type alone: a default or a not-null leaves the rows what they are.
    let kind = |definition: &str| definition.split(" default ").next().unwrap_or_default().replace(" not null", "");
    let columns = |objects: &[Object]| -> BTreeMap<String, String> {
        let columns = objects.iter().filter(|object| object.kind == "column");
        columns.map(|column| (column.name.clone(), kind(&column.definition))).collect()
    };
    let (was, is) = (columns(&manifest.objects), columns(&objects::columns(session, without)?));
    let others =
        was.iter().filter(|(name, kind)| is.get(*name) != Some(kind)).chain(is.iter().filter(|(name, _)| !was.contains_key(*name)));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, _) in others {
        if let Some((table, column)) = name.rsplit_once('.') {
            found.entry(table.to_owned()).or_default().push(column.to_owned());
        }
    }
    Ok(found)
}

/// Who made a table another than its backup, as far as the ledger and the comparison with the cut over tell.
fn explained(session: &mut Session, was: &Content, is: &Content, proofs: &[Proof]) -> Result<Equality> {
    let (rows_then, rows_now) = (was.rows, is.rows);
    let by = |told_by| Equality::WrittenByOthers { rows_then, rows_now, told_by };
    let Some(proof) = proofs.iter().find(|proof| was.schema == "public" && proof.table == was.table) else { return Ok(by(ToldBy::Ledger)) };
    let doing = "counting rows of ours that stay";
    let ours = session.row(&format!("select count(*)::int8 from ({STANDING}) r where r.old_table = $1"), &[&was.table], doing)?;
    let ours: i64 = ours.try_get(0).map_err(AdoptError::query(doing))?;
    let written = "select exists (select from predictive_play.old_rows where old_table = $1)";
    let was_written: bool = session.row(written, &[&was.table], doing)?.try_get(0).map_err(AdoptError::query(doing))?;
    Ok(match (ours.unsigned_abs(), proof.of_others()) {
        (0, _) if !was_written => by(ToldBy::Ledger),
        (0, 0) => by(ToldBy::BeforeCutOver),
        (0, _) => by(ToldBy::SinceCutOver),
        (ours, _) => Equality::HoldsOurs { rows_then, rows_now, ours },
    })
}

/// Whether a table equals its backup once the columns that triggers set when we wrote are as they were in our before-images.
fn apart(session: &mut Session, was: &Content) -> Result<Option<Equality>> {
    if was.schema != "public" {
        return Ok(None);
    }
    let doing = "hashing a table without what triggers set";
    let ledger = "from predictive_play.old_rows r where r.old_table = $1 and not r.is_added and r.apart <> '{}'";
    let row = session.row(
        &format!(
            "select count(*)::int8, coalesce(string_agg(distinct c, e'\\n'), '') {}",
            ledger.replace(" where", ", unnest(r.apart) c where")
        ),
        &[&was.table],
        doing,
    )?;
    let columns: String = row.try_get(1).map_err(AdoptError::query(doing))?;
    let rows = session.row(&format!("select count(*)::int8 {ledger}"), &[&was.table], doing)?;
    let rows: i64 = rows.try_get(0).map_err(AdoptError::query(doing))?;
    let Some(key) = key_of(session, &was.table)? else { return Ok(None) };
    if rows == 0 {
        return Ok(None);
    }
    let (named, key) = (sql::qualified(&was.schema, &was.table), sql::name(&key));
    let text = "case when r.row_key is null then \"the whole row\"::text else (jsonb_populate_record(\"the whole row\",
        (select jsonb_object_agg(c, r.before -> c) from unnest(r.apart) c)))::text end";
    let from = format!(
        "only {named} as \"the whole row\" left join predictive_play.old_rows r on r.old_table = {} and r.row_key = \"the whole row\".{key}::text
             and not r.is_added and r.apart <> '{{}}'",
        sql::literal(&was.table)
    );
    let is = content::of_rows(session, &from, text, doing)?;
    let is_equal = (is.0, &is.1) == (was.rows, &was.hash);
    Ok(is_equal.then(|| Equality::EqualApart { columns: columns.lines().map(str::to_owned).collect(), rows: rows.unsigned_abs() }))
}

fn key_of(session: &mut Session, table: &str) -> Result<Option<String>> {
    let doing = "asking for the key of a table";
    let sql = "select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = to_regclass($1) and i.indisprimary and i.indnkeyatts = 1";
    let rows = session.rows(sql, &[&sql::qualified("public", table)], doing)?;
    rows.first().map(|row| row.try_get(0).map_err(AdoptError::query(doing))).transpose()
}
