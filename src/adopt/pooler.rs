//! Whether an address is a pooler that hands each transaction to whichever connection is free. A dump through one sets the session of
//! somebody else, so it is refused; everything else of ours works there.

use super::address::Address;
use super::error::{AdoptError, Result};
use super::session::Session;

const LOOKS: usize = 6;
const BACKEND: &str = "select pg_backend_pid()";

/// Whether two of our connections were given one and the same backend: only a pooler does that. One that is told here is one; a pooler
/// whose every connection is busy elsewhere may not be.
///
/// # Errors
/// What the server reports.
pub fn is_pooler(address: &Address) -> Result<bool> {
    let doing = "asking which backend answers";
    let mut first = Session::open(address)?;
    let of_first = first.count(BACKEND, doing)?;
    let mut held = Vec::new();
    for _ in 0..LOOKS {
        // A server with few connections left has told enough by refusing.
        let Ok(mut other) = Session::open(address) else { break };
        other.run("begin read only", doing)?;
        if other.count(BACKEND, doing)? == of_first {
            return Ok(true);
        }
        held.push(other);
        if first.count(BACKEND, doing)? != of_first {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Who a server is, as two connections can compare it: its system's identifier where it tells it, and the moment its processes began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    system: Option<String>,
    began: String,
    database: String,
}

impl Identity {
    /// Asks.
    ///
    /// # Errors
    /// What the server reports.
    pub fn of(session: &mut Session) -> Result<Self> {
        let doing = "asking the server who it is";
        session.begin_look()?;
        let system = session.trying(doing, |session| session.row("select system_identifier::text from pg_control_system()", &[], doing));
        let row = session.row(
            "select pg_postmaster_start_time()::text, d.oid::text || ' ' || d.datname from pg_database d where d.datname = current_database()",
            &[],
            doing,
        )?;
        session.end()?;
        let text = |row: &postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
        // Hosts may close the function to us: then the other marks must do.
        let system = system.ok().map(|row| text(&row, 0)).transpose()?;
        Ok(Self { system, began: text(&row, 0)?, database: text(&row, 1)? })
    }

    /// Whether this is the same server, or a copy of it that follows.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        self.system.is_some() && self.system == other.system || self.began == other.began
    }

    /// Whether this is the same database of the same server.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        self.is_same_server(other) && self.database == other.database
    }
}
