//! Followers of the log: each has a cursor, and moves it in the transaction that writes what it made of the entries.

use odds::{Moment, Seq};

use crate::engine::Connection;
use crate::error::Result;
use crate::later::Later;
use crate::store::Store;

/// An open transaction of a follower, its cursor held: nobody else follows under its name until it ends.
pub struct Following<'a> {
    pub(crate) connection: &'a mut dyn Connection,
    pub(crate) later: Later,
}

impl Store {
    /// How far a follower has read; 0 where it never did.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn cursor(&self, follower: &str) -> Result<Seq> {
        self.read(|connection| read_cursor(connection, follower, false).map(Option::unwrap_or_default))
    }

    /// Does a follower's work and moves its cursor from one place to another, in one transaction; what `work` returns as an error
    /// undoes all of it. `None`, and nothing done, where the cursor is not at `from`: somebody else follows under the same name.
    ///
    /// # Errors
    /// What the engine or `work` reports.
    pub fn follow<T>(
        &self,
        follower: &str,
        (from, to): (Seq, Seq),
        now: Moment,
        work: impl FnOnce(&mut Following<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut writer = self.pool.follower()?;
        let is_postgres = self.pool.engine().name() == "postgres";
        let done = in_transaction(writer.connection(), |connection| {
            let sql = "insert into @cursors (follower, seq, moved_at) values ($1, 0, $2) on conflict (follower) do nothing";
            connection.execute(sql, &[follower.into(), now.into()])?;
            if read_cursor(connection, follower, is_postgres)?.unwrap_or_default() != from {
                return Ok(None);
            }
            let mut following = Following { connection: &mut *connection, later: Later::default() };
            let value = work(&mut following)?;
            std::mem::take(&mut following.later).load_all(connection)?;
            let sql = "update @cursors set seq = $1, moved_at = $2, versioned_seq = $3 where follower = $4";
            connection.execute(sql, &[to.0.into(), now.into(), to.0.into(), follower.into()])?;
            Ok(Some(value))
        });
        if done.is_err() {
            writer.discard();
        }
        done
    }
}

fn in_transaction<T>(connection: &mut dyn Connection, work: impl FnOnce(&mut dyn Connection) -> Result<T>) -> Result<T> {
    connection.begin()?;
    match work(connection) {
        Ok(value) => connection.commit().map(|()| value),
        Err(error) => {
            if let Err(undone) = connection.rollback() {
                tracing::warn!(error = %undone, "could not roll back; the connection is given up");
            }
            Err(error)
        }
    }
}

fn read_cursor(connection: &mut dyn Connection, follower: &str, lock: bool) -> Result<Option<Seq>> {
    let sql = if lock { "select seq from @cursors where follower = $1 for update" } else { "select seq from @cursors where follower = $1" };
    let mut seq = None;
    connection.query(sql, &[follower.into()], &mut |row| {
        seq = Some(Seq(row.int(0)?));
        Ok(())
    })?;
    Ok(seq)
}
