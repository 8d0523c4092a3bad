//! A replica that reads may go to: trusted while it answers, passed over while it does not, and asked how far it is behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::engine::Connection;
use crate::error::{Result, StoreError};
use crate::postgres::Address;

/// Where answers are read just now.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// At the database that is written to.
    Primary,
    /// At a replica; `None` where it cannot tell how far behind it is.
    Replica {
        /// Seconds behind the primary.
        lag_secs: Option<f64>,
    },
    /// At the database that is written to, because the replica cannot be used.
    InPlaceOfReplica {
        /// Why.
        reason: String,
    },
}

/// A replica and what is known of it.
#[derive(Debug)]
pub(crate) struct Replica {
    address: Address,
    is_trusted: AtomicBool,
    why_not: Mutex<String>,
}

/// Nothing left to replay while the stream is up: no lag. Else as old as what was replayed last.
const LAG: &str = "select case when not pg_is_in_recovery() then 0
    when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and exists (select from pg_stat_wal_receiver) then 0
    else (extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000000)::bigint end";

impl Replica {
    /// A replica that does not answer at once is passed over: there is another way.
    pub(crate) fn at(mut address: Address) -> Self {
        if address.config.get_connect_timeout().is_none() {
            address.config.connect_timeout(Duration::from_secs(2));
        }
        Self { address, is_trusted: AtomicBool::new(true), why_not: Mutex::default() }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn is_trusted(&self) -> bool {
        self.is_trusted.load(Ordering::Acquire)
    }

    /// Passes it over from now on, until it answers again.
    pub(crate) fn distrust(&self, error: &StoreError) {
        *self.why_not.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
        if self.is_trusted.swap(false, Ordering::AcqRel) {
            tracing::warn!(%error, replica = self.address.shown(), "the replica cannot be read; reads go to the primary");
        }
    }

    /// Asks it how it is, and trusts it again where it answers.
    pub(crate) fn look(&self, connect: impl FnOnce(&Address) -> Result<Box<dyn Connection>>) -> Reading {
        match connect(&self.address).and_then(|mut connection| lag(&mut *connection)) {
            Ok(lag_secs) => {
                if !self.is_trusted.swap(true, Ordering::AcqRel) {
                    tracing::info!(replica = self.address.shown(), "the replica answers again; reads go to it");
                }
                Reading::Replica { lag_secs }
            }
            Err(error) => {
                self.distrust(&error);
                Reading::InPlaceOfReplica { reason: error.to_string() }
            }
        }
    }
}

fn lag(connection: &mut dyn Connection) -> Result<Option<f64>> {
    let mut micros = None;
    connection.query(LAG, &[], &mut |row| {
        micros = row.opt_int(0)?;
        Ok(())
    })?;
    Ok(micros.map(|micros| micros as f64 / 1e6))
}
