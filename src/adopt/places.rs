//! The two databases of a take-over: the old one, and our store, which lies in it beside the old tables or somewhere else.

use std::sync::Arc;

use postgres::Client;
use store::{Store, StoreError};

use super::address::Address;
use super::error::{AdoptError, Result};
use super::pooler::Identity;
use super::session::Session;
use crate::settings::Secret;

/// The old database, our store, and how they lie to each other.
pub struct Places {
    /// The old database.
    pub old: Address,
    /// Our store.
    pub store: Arc<Store>,
    /// The address of our store where it is a PostgreSQL database: what we write into old tables is in a ledger there.
    ours: Option<Secret>,
    /// Whether our schema lies beside the old tables, in one database: then they can be followed.
    pub is_beside: bool,
}

impl Places {
    /// Our store in the old database itself.
    ///
    /// # Errors
    /// Never yet: no connection is made.
    #[must_use]
    pub fn beside(old: Address, store: Arc<Store>) -> Self {
        let ours = Some(old.url());
        Self { old, store, ours, is_beside: true }
    }

    /// Our store where somebody named it; `ours` is its address where it is a PostgreSQL database. Asks both servers who they are.
    ///
    /// # Errors
    /// Where one of them cannot be reached.
    pub fn named(old: Address, store: Arc<Store>, ours: Option<Secret>) -> Result<Self> {
        let mut places = Self { old, store, ours, is_beside: false };
        if places.ours.is_some() {
            let old = Identity::of(&mut places.open_old()?)?;
            places.is_beside = Identity::of(&mut places.open_ours()?)?.is_same_database(&old);
        }
        Ok(places)
    }

    /// A connection to the old database.
    ///
    /// # Errors
    /// As [`Address::connect`].
    pub fn open_old(&self) -> Result<Session> {
        Session::open(&self.old)
    }

    /// A connection to our store's database, as whoever logs in there.
    ///
    /// # Errors
    /// [`AdoptError::Usage`] where our store is no PostgreSQL database; what the server says.
    pub fn open_ours(&self) -> Result<Session> {
        Ok(Session::of(self.connect_ours()?, self.store.engine().address()))
    }

    /// The same for statements of all kinds.
    ///
    /// # Errors
    /// As [`Places::open_ours`].
    pub fn connect_ours(&self) -> Result<Client> {
        let address = self.store.engine().address();
        let Some(url) = &self.ours else { return Err(self.is_elsewhere()) };
        store::postgres::connect(url.expose()).map_err(|source| match source {
            StoreError::Connection { part, reason } => AdoptError::Usage(format!("the address of our store: {part} {reason}")),
            source => AdoptError::Connect { address, source },
        })
    }

    /// Whether our store keeps the ledger of old tables: it is a PostgreSQL database.
    #[must_use]
    pub const fn has_ledger(&self) -> bool {
        self.ours.is_some()
    }

    /// Why the old tables cannot be followed from where our store is.
    #[must_use]
    pub fn is_elsewhere(&self) -> AdoptError {
        AdoptError::Usage(format!(
            "our store is {}, and the old tables are in {}: rows can be taken over from there, and the old tables cannot be kept up to date, for a write \
             and its line in the ledger must be in one transaction; unset DATABASE_URL, or set it to {}, and run `adopt apply`",
            self.store.engine().address(),
            self.old.shown(),
            self.old.shown_url()
        ))
    }
}
