//! The line to PostgreSQL: bulk loads go over it on a thread of their own, so that what comes next is compared while the server writes.
//!
//! Whoever uses the line otherwise waits until the loads are through, and is told where one failed: nothing is committed past that.

use std::error::Error;
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use postgres::{Client, Statement};

use crate::engine::{Kind, Param, Table};
use crate::error::{Failure, Result, StoreError};
use crate::postgres::{failed, keepable};

/// A client, or the thread that has it.
pub(crate) enum Line {
    Free(Box<Client>),
    Loading { loads: SyncSender<Load>, thread: JoinHandle<(Box<Client>, Result<()>)> },
    Lost,
}

type Load = (Statement, Vec<u8>);

/// Loads that wait for the one under way.
const MOST_WAITING: usize = 4;
/// Bytes in one message.
const PART: usize = 1 << 20;

impl Line {
    /// The client, once every load is through.
    pub(crate) fn client(&mut self) -> Result<&mut Client> {
        let loaded = self.settle();
        match self {
            Self::Free(client) => loaded.map(|()| &mut **client),
            Self::Loading { .. } | Self::Lost => Err(lost()),
        }
    }

    /// Waits for the loads and gives what came of them, once.
    pub(crate) fn settle(&mut self) -> Result<()> {
        match std::mem::replace(self, Self::Lost) {
            Self::Loading { loads, thread } => {
                drop(loads);
                let (client, loaded) = thread.join().map_err(|_| lost())?;
                *self = Self::Free(client);
                loaded
            }
            other => {
                *self = other;
                Ok(())
            }
        }
    }

    /// Hands rows over to be loaded, after those before them; waits where several are waiting already.
    pub(crate) fn load(&mut self, statement: Statement, rows: Vec<u8>) -> Result<()> {
        if let Self::Free(_) = self
            && let Self::Free(client) = std::mem::replace(self, Self::Lost)
        {
            let (loads, waiting) = sync_channel(MOST_WAITING);
            let thread = std::thread::Builder::new().name("load".to_owned()).spawn(move || load_all(client, &waiting));
            *self = Self::Loading { loads, thread: thread.map_err(|source| broken(Box::new(source)))? };
        }
        match self {
            Self::Loading { loads, .. } => loads.send((statement, rows)).map_err(|_| lost()),
            Self::Free(_) | Self::Lost => Err(lost()),
        }
    }
}

fn load_all(mut client: Box<Client>, waiting: &Receiver<Load>) -> (Box<Client>, Result<()>) {
    let mut loaded = Ok(());
    for (statement, rows) in waiting {
        if loaded.is_ok() {
            loaded = load(&mut client, &statement, &rows);
        }
    }
    (client, loaded)
}

fn load(client: &mut Client, statement: &Statement, rows: &[u8]) -> Result<()> {
    let mut writer = client.copy_in(statement).map_err(failed("beginning a load"))?;
    for part in rows.chunks(PART) {
        writer.write_all(part).map_err(|error| match error.downcast::<postgres::Error>() {
            Ok(error) => failed("loading rows")(error),
            Err(error) => broken(Box::new(error)),
        })?;
    }
    writer.finish().map_err(failed("ending a load"))?;
    Ok(())
}

fn broken(source: Box<dyn Error + Send + Sync>) -> StoreError {
    StoreError::Engine { doing: "loading rows", kind: Failure::Unreachable, source }
}

fn lost() -> StoreError {
    broken("the thread that loads rows is gone".into())
}

/// Rows in the binary format of `copy`, in one piece: sent one by one, a row's way costs more than the row.
pub(crate) fn copied(table: &Table, values: &[Param<'_>]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(64 + values.len() * 16);
    out.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for row in values.chunks_exact(table.columns.len()) {
        out.extend_from_slice(&(row.len() as i16).to_be_bytes());
        for ((name, kind), value) in table.columns.iter().zip(row) {
            match (kind, value) {
                (_, Param::Null) => out.extend_from_slice(&(-1_i32).to_be_bytes()),
                (Kind::Int, Param::Int(value)) => put_field(&mut out, &value.to_be_bytes())?,
                (Kind::Text, Param::Text(value)) => put_field(&mut out, keepable(value).as_bytes())?,
                (Kind::Blob, Param::Blob(value)) => put_field(&mut out, value)?,
                _ => return Err(StoreError::damaged(format!("a row for {}", table.name), format!("{name} is no {kind:?}"))),
            }
        }
    }
    out.extend_from_slice(&(-1_i16).to_be_bytes());
    Ok(out)
}

fn put_field(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    let length = i32::try_from(bytes.len()).map_err(|error| StoreError::damaged("a value to load", error))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Connection, Engine};
    use crate::postgres::Postgres;

    const PAIRS: Table = Table { name: "@pairs", columns: &[("id", Kind::Int), ("word", Kind::Text)] };

    /// A connection to a database of its own with an empty table of pairs.
    fn connection(url: &str) -> Box<dyn Connection> {
        let mut connection = Postgres::at(url).unwrap().connect().unwrap();
        connection
            .run_script("create schema predictive_play; create table predictive_play.pairs (id bigint primary key, word text)")
            .unwrap();
        connection
    }

    fn count(connection: &mut dyn Connection) -> i64 {
        let mut count = 0;
        connection.query("select count(*) from @pairs", &[], &mut |row| row.int(0).map(|found| count = found)).unwrap();
        count
    }

    #[test]
    fn loads_under_way_are_seen_by_whatever_comes_next() {
        let Some(cluster) = testkit::postgres::shared() else { return };
        let database = cluster.database();
        let mut connection = connection(&database.url);
        connection.begin().unwrap();
        for id in 0..40 {
            connection.load(&PAIRS, &[Param::Int(2 * id), Param::Text("even"), Param::Int(2 * id + 1), Param::Null]).unwrap();
        }
        assert_eq!(count(&mut *connection), 80);
        connection.commit().unwrap();
        assert_eq!(count(&mut *connection), 80);
    }

    #[test]
    fn a_load_that_fails_is_told_before_the_commit_and_nothing_of_it_stays() {
        let Some(cluster) = testkit::postgres::shared() else { return };
        let database = cluster.database();
        let mut connection = connection(&database.url);
        connection.begin().unwrap();
        connection.load(&PAIRS, &[Param::Int(1), Param::Text("one"), Param::Int(1), Param::Text("one again")]).unwrap();
        connection.load(&PAIRS, &[Param::Int(2), Param::Text("two")]).unwrap();
        let error = connection.commit().unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().source().unwrap().to_string().contains("duplicate key"), "{error:?}");
        connection.rollback().unwrap();
        assert_eq!(count(&mut *connection), 0);
        connection.begin().unwrap();
        connection.load(&PAIRS, &[Param::Int(1), Param::Text("one")]).unwrap();
        connection.commit().unwrap();
        assert_eq!(count(&mut *connection), 1);
    }

    #[test]
    fn a_value_of_another_kind_than_its_column_is_refused() {
        let refused = copied(&PAIRS, &[Param::Text("one"), Param::Text("one")]).unwrap_err();
        assert!(refused.to_string().contains("@pairs"), "{refused}");
    }
}
