//! Versions of our own schema: each step has a way up and a way down, and is done in one transaction.

use crate::engine::{Connection, Engine, in_transaction};
use crate::error::{Result, StoreError};
use crate::postgres::roles;
use crate::sealed;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, from 1.
    pub version: i64,
    /// What it brings.
    pub name: &'static str,
    /// The oldest version whose program still reads and writes a store of this one: what only adds or rearranges leaves it as it was.
    pub works_from: i64,
    up: &'static str,
    down: &'static str,
    /// What PostgreSQL alone gets: after the way up, and before the way down.
    postgres: Option<(&'static str, &'static str)>,
}

impl Migration {
    fn ways_up(&self, engine: &dyn Engine) -> Vec<&'static str> {
        let own = self.postgres.filter(|_| is_postgres(engine)).map(|(up, _)| up);
        std::iter::once(self.up).chain(own).collect()
    }

    fn ways_down(&self, engine: &dyn Engine) -> Vec<&'static str> {
        let own = self.postgres.filter(|_| is_postgres(engine)).map(|(_, down)| down);
        own.into_iter().chain([self.down]).collect()
    }
}

/// Every step, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "log, archive, directory, ledgers",
        works_from: 1,
        up: include_str!("../migrations/0001_log.up.sql"),
        down: include_str!("../migrations/0001_log.down.sql"),
        postgres: None,
    },
    Migration {
        version: 2,
        name: "rows for people who speak SQL",
        works_from: 1,
        up: include_str!("../migrations/0002_rows.up.sql"),
        down: include_str!("../migrations/0002_rows.down.sql"),
        postgres: Some((
            include_str!("../migrations/0002_rows.postgres.up.sql"),
            include_str!("../migrations/0002_rows.postgres.down.sql"),
        )),
    },
    Migration {
        version: 3,
        name: "rows of an old database, and what became of each",
        works_from: 2,
        up: include_str!("../migrations/0003_adopt.up.sql"),
        down: include_str!("../migrations/0003_adopt.down.sql"),
        postgres: None,
    },
    Migration {
        version: 4,
        name: "partitions, vacuum and named indexes for PostgreSQL",
        works_from: 2,
        up: include_str!("../migrations/0004_production.up.sql"),
        down: include_str!("../migrations/0004_production.down.sql"),
        postgres: Some((
            include_str!("../migrations/0004_production.postgres.up.sql"),
            include_str!("../migrations/0004_production.postgres.down.sql"),
        )),
    },
    Migration {
        version: 5,
        name: "ledger of what is written into old tables",
        works_from: 2,
        up: "",
        down: "",
        postgres: Some((
            include_str!("../migrations/0005_old_tables.postgres.up.sql"),
            include_str!("../migrations/0005_old_tables.postgres.down.sql"),
        )),
    },
    Migration {
        version: 6,
        name: "the old tables as a follower that is switched on and off",
        works_from: 2,
        up: "",
        down: "",
        postgres: Some((
            include_str!("../migrations/0006_cutover.postgres.up.sql"),
            include_str!("../migrations/0006_cutover.postgres.down.sql"),
        )),
    },
    Migration {
        version: 7,
        name: "rows of what players did",
        works_from: 7,
        up: include_str!("../migrations/0007_stats.up.sql"),
        down: include_str!("../migrations/0007_stats.down.sql"),
        postgres: Some((
            include_str!("../migrations/0007_stats.postgres.up.sql"),
            include_str!("../migrations/0007_stats.postgres.down.sql"),
        )),
    },
    Migration {
        version: 8,
        name: "decisions of a person, and keys that may decide",
        works_from: 2,
        up: include_str!("../migrations/0008_identity.up.sql"),
        down: include_str!("../migrations/0008_identity.down.sql"),
        postgres: Some((
            include_str!("../migrations/0008_identity.postgres.up.sql"),
            include_str!("../migrations/0008_identity.postgres.down.sql"),
        )),
    },
    Migration {
        version: 9,
        name: "who is who among players",
        works_from: 7,
        up: include_str!("../migrations/0009_players.up.sql"),
        down: include_str!("../migrations/0009_players.down.sql"),
        postgres: Some((
            include_str!("../migrations/0009_players.postgres.up.sql"),
            include_str!("../migrations/0009_players.postgres.down.sql"),
        )),
    },
    Migration {
        version: 10,
        name: "plans of back-fill, and what history answered",
        works_from: 2,
        up: include_str!("../migrations/0010_backfill.up.sql"),
        down: include_str!("../migrations/0010_backfill.down.sql"),
        postgres: Some((
            include_str!("../migrations/0010_backfill.postgres.up.sql"),
            include_str!("../migrations/0010_backfill.postgres.down.sql"),
        )),
    },
    Migration {
        version: 11,
        name: "versions of what words mean, and what they changed",
        works_from: 7,
        up: include_str!("../migrations/0011_meaning.up.sql"),
        down: include_str!("../migrations/0011_meaning.down.sql"),
        postgres: Some((
            include_str!("../migrations/0011_meaning.postgres.up.sql"),
            include_str!("../migrations/0011_meaning.postgres.down.sql"),
        )),
    },
    Migration {
        version: 12,
        name: "accounts of old rows, a million at once",
        works_from: 2,
        up: include_str!("../migrations/0012_accounts.up.sql"),
        down: include_str!("../migrations/0012_accounts.down.sql"),
        postgres: Some((
            include_str!("../migrations/0012_accounts.postgres.up.sql"),
            include_str!("../migrations/0012_accounts.postgres.down.sql"),
        )),
    },
    Migration {
        version: 13,
        name: "how far an opening line can be trusted",
        works_from: 2,
        up: include_str!("../migrations/0013_opening.up.sql"),
        down: include_str!("../migrations/0013_opening.down.sql"),
        postgres: None,
    },
    Migration {
        version: 14,
        name: "what a look is worth: speeds of markets, and demand",
        works_from: 2,
        up: include_str!("../migrations/0014_weights.up.sql"),
        down: include_str!("../migrations/0014_weights.down.sql"),
        postgres: Some((
            include_str!("../migrations/0014_weights.postgres.up.sql"),
            include_str!("../migrations/0014_weights.postgres.down.sql"),
        )),
    },
    Migration {
        version: 15,
        name: "listings that are over in few bytes",
        works_from: 2,
        up: include_str!("../migrations/0015_sealed.up.sql"),
        down: include_str!("../migrations/0015_sealed.down.sql"),
        postgres: Some((
            include_str!("../migrations/0015_sealed.postgres.up.sql"),
            include_str!("../migrations/0015_sealed.postgres.down.sql"),
        )),
    },
    Migration {
        version: 16,
        name: "our keys of books beside the providers'",
        works_from: 2,
        up: include_str!("../migrations/0016_books.up.sql"),
        down: include_str!("../migrations/0016_books.down.sql"),
        postgres: Some((
            include_str!("../migrations/0016_books.postgres.up.sql"),
            include_str!("../migrations/0016_books.postgres.down.sql"),
        )),
    },
    Migration {
        version: 17,
        name: "scopes of any length in PostgreSQL",
        works_from: 2,
        up: "",
        down: "",
        postgres: Some((
            include_str!("../migrations/0017_scopes.postgres.up.sql"),
            include_str!("../migrations/0017_scopes.postgres.down.sql"),
        )),
    },
];

/// From this version on listings may be sealed: the first that is sealed raises what this step works from to it, and the way down opens
/// all of them again.
pub(crate) const SEALED: i64 = 15;

/// The version that this program works with.
#[must_use]
pub fn known_version() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// Where a store's schema stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// The version that is there; 0 where none is.
    pub version: i64,
    /// The version that this program knows.
    pub known: i64,
    /// Names of the steps that are still to be done.
    pub pending: Vec<&'static str>,
}

/// Where the schema stands.
///
/// # Errors
/// What the engine reports.
pub fn status(connection: &mut dyn Connection, engine: &dyn Engine) -> Result<Status> {
    let version = version(connection, engine)?;
    let pending = MIGRATIONS.iter().filter(|step| step.version > version).map(|step| step.name).collect();
    Ok(Status { version, known: known_version(), pending })
}

/// Goes up to the version that this program knows; a second run changes nothing. Two that run at once wait for each other.
///
/// # Errors
/// What the engine reports; a step that fails is not there at all.
pub fn up(connection: &mut dyn Connection, engine: &dyn Engine) -> Result<Status> {
    up_to(connection, engine, known_version())?;
    if is_postgres(engine) {
        roles::settle(connection)?;
    }
    status(connection, engine)
}

/// Goes up to one version, and leaves who may do what as it is.
///
/// # Errors
/// As [`up`].
pub fn up_to(connection: &mut dyn Connection, engine: &dyn Engine, to: i64) -> Result<Status> {
    if is_postgres(engine) {
        roles::require_ownership(connection)?;
    }
    connection.run_script(prelude(engine))?;
    for step in MIGRATIONS.iter().filter(|step| step.version <= to) {
        patiently(connection, step, &mut |connection| {
            lock(connection, engine)?;
            if version(connection, engine)? >= step.version {
                return Ok(());
            }
            for script in step.ways_up(engine) {
                connection.run_script(&engine.dialect().spell(script))?;
            }
            connection.execute("insert into @migrations (version, name) values ($1, $2)", &[step.version.into(), step.name.into()])?;
            let (name, oldest) = (works_from(step.version), step.works_from.to_string());
            let sql = "insert into @settings (name, value) values ($1, $2)";
            connection.execute(sql, &[(&name).into(), (&oldest).into()]).map(drop)
        })?;
    }
    status(connection, engine)
}

/// Goes down to a version; a second run changes nothing.
///
/// # Errors
/// What the engine reports; a step that fails is not done at all.
pub fn down(connection: &mut dyn Connection, engine: &dyn Engine, to: i64) -> Result<Status> {
    connection.run_script(prelude(engine))?;
    for step in MIGRATIONS.iter().rev().filter(|step| step.version > to) {
        patiently(connection, step, &mut |connection| {
            lock(connection, engine)?;
            if version(connection, engine)? < step.version {
                return Ok(());
            }
            if step.version == SEALED {
                sealed::open_all(connection)?;
            }
            for script in step.ways_down(engine) {
                connection.run_script(&engine.dialect().spell(script))?;
            }
            connection.execute("delete from @migrations where version = $1", &[step.version.into()])?;
            if step.version == 1 {
                return Ok(());
            }
            let name = works_from(step.version);
            connection.execute("delete from @settings where name = $1", &[(&name).into()]).map(drop)
        })?;
    }
    status(connection, engine)
}

/// The setting by which a step tells programs that do not know it whether they may go on.
pub(crate) fn works_from(version: i64) -> String {
    format!("schema.{version}.works_from")
}

/// Whether every step beyond those that we know says that our version still works.
fn is_expanded_only(connection: &mut dyn Connection) -> Result<bool> {
    let mut is_willing = true;
    let sql =
        "select s.value from @migrations m left join @settings s on s.name = 'schema.' || m.version || '.works_from' where m.version > $1";
    connection.query(sql, &[known_version().into()], &mut |row| {
        is_willing &= row.opt_text(0)?.and_then(|oldest| oldest.parse().ok()).is_some_and(|oldest: i64| oldest <= known_version());
        Ok(())
    })?;
    Ok(is_willing)
}

/// Refuses a store whose schema this program does not know. A newer one that was only expanded is taken: so a program may start again
/// while others are replaced.
///
/// # Errors
/// [`StoreError::Schema`] where it is older, or newer and says that we no longer fit.
pub fn require_known(connection: &mut dyn Connection, engine: &dyn Engine) -> Result<()> {
    let Status { version, known, .. } = status(connection, engine)?;
    match version.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(StoreError::Schema { found: version, known, advice: "run `predictive-play migrate up`" }),
        std::cmp::Ordering::Greater if is_expanded_only(connection)? => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::Schema { found: version, known, advice: "a newer program wrote it; use that one" }),
    }
}

fn is_postgres(engine: &dyn Engine) -> bool {
    engine.name() == "postgres"
}

fn prelude(engine: &dyn Engine) -> &'static str {
    if is_postgres(engine) {
        "do $$ begin perform pg_advisory_xact_lock(7305);
         if to_regnamespace('predictive_play') is null then create schema predictive_play; end if;
         create table if not exists predictive_play.migrations (version bigint primary key, name text not null, applied_at timestamptz not null default now()); end $$"
    } else {
        "create table if not exists migrations (version integer primary key, name text not null, applied_at text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')))"
    }
}

/// SQLite's write lock is taken by `begin`; PostgreSQL needs one of its own. Whoever else changes the schema is waited for; who reads or
/// writes is not waited for long, for all who come after would wait behind us.
fn lock(connection: &mut dyn Connection, engine: &dyn Engine) -> Result<()> {
    if !is_postgres(engine) {
        return Ok(());
    }
    connection.run_script("select pg_advisory_xact_lock(7305); set local lock_timeout = '3s'")
}

/// How often a step is begun anew that somebody held up.
const TRIES: usize = 30;

/// Does a step in one transaction; where somebody holds a lock for too long, it is given up, and begun anew.
fn patiently(connection: &mut dyn Connection, step: &Migration, work: &mut dyn FnMut(&mut dyn Connection) -> Result<()>) -> Result<()> {
    for _ in 1..TRIES {
        match in_transaction(connection, &mut *work) {
            Err(error) if error.is_busy() => {
                tracing::warn!(%error, version = step.version, "somebody holds a table that is to be changed; trying again");
            }
            other => return other,
        }
    }
    in_transaction(connection, work)
}

fn version(connection: &mut dyn Connection, engine: &dyn Engine) -> Result<i64> {
    let exists = if is_postgres(engine) {
        "select count(*) from information_schema.tables where table_schema = 'predictive_play' and table_name = 'migrations'"
    } else {
        "select count(*) from sqlite_schema where type = 'table' and name = 'migrations'"
    };
    let mut version = 0;
    connection.query(exists, &[], &mut |row| {
        version = row.int(0)?;
        Ok(())
    })?;
    if version > 0 {
        connection.query("select coalesce(max(version), 0) from @migrations", &[], &mut |row| {
            version = row.int(0)?;
            Ok(())
        })?;
    }
    Ok(version)
}
