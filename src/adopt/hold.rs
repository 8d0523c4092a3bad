//! One at a time: whoever changes something holds a lock of the old database for as long as the change takes. It is the lock of a transaction, so
//! that a pooler carries it, and a kill gives it back.

use super::address::Address;
use super::error::{AdoptError, Result};
use super::session::Session;

/// The number of the lock; our schema has others of its own.
const LOCK: u32 = 7310;
const WAIT: &str = "30s";

/// The lock, held until it is dropped.
pub struct Hold(Session);

impl Hold {
    /// Takes it; who was killed a moment ago is waited for.
    ///
    /// # Errors
    /// Where another holds it, with who that is; what the server reports.
    pub fn take(address: &Address) -> Result<Self> {
        let mut session = Session::open(address)?;
        session.begin_write()?;
        session.run(&format!("set local lock_timeout = '{WAIT}'"), "waiting short")?;
        let taken = session.trying("waiting for another adopt", |session| {
            session.run(&format!("select pg_advisory_xact_lock({LOCK})"), "waiting for another adopt to end")
        });
        match taken {
            Ok(()) => Ok(Self(session)),
            Err(error) if error.is_busy() => Err(AdoptError::Failed(held_by(&mut session)?)),
            Err(error) => Err(error),
        }
    }

    /// Gives it back.
    ///
    /// # Errors
    /// What the server reports: the lock is gone then too.
    pub fn release(mut self) -> Result<()> {
        self.0.end()
    }
}

fn held_by(session: &mut Session) -> Result<String> {
    let who = format!(
        "select a.pid::text || ' of ' || coalesce(a.usename, '?') || ', since ' || coalesce(a.xact_start::text, '?')
         from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where l.locktype = 'advisory' and l.objid = {LOCK} and l.granted
           and l.database = (select d.oid from pg_database d where d.datname = current_database())"
    );
    let rows = session.rows(&who, &[], "asking who holds the lock")?;
    let who = rows.first().map_or("somebody", |row| row.try_get(0).unwrap_or("somebody"));
    Ok(format!("another `adopt` is changing this database (server process {who}); wait for its end and run this again"))
}
