//! What every handler is handed: the store, the boards in memory, the clock, and what words mean.

use std::sync::{Arc, PoisonError, RwLock};

use odds::Moment;
use odds::market::{Meaning, Words};
use store::boards::{Boards, Kept};
use store::{Cut, EventRow, ListingRow, Store, StoreError};

use crate::problem::Problem;

/// What slots mean: the providers' knowledge, handed in, so that this room knows no provider.
pub trait Meanings: Send + Sync {
    /// What the words of a provider's slot mean in a sport; `None` where we do not know.
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning>;
}

/// What handlers work with.
pub struct State {
    /// The store.
    pub store: Arc<Store>,
    /// Boards that follow the log in this process.
    pub boards: Arc<RwLock<Boards>>,
    /// What words mean.
    pub meanings: Arc<dyn Meanings>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// What /v4 works with besides.
    pub v4: crate::v4::Desk,
    /// Whether this is a replay of recorded data: then every answer says so.
    pub is_replay: bool,
}

impl State {
    /// Runs work that waits for the store on a thread where waiting is allowed.
    ///
    /// # Errors
    /// What the work reports.
    pub async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&state)).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(%error, "a handler broke off");
                Err(Problem::internal())
            }
        }
    }

    /// Uses the board of a listing inside a cut: from memory where it stands there and all of it is wanted, else from the log.
    ///
    /// # Errors
    /// What the store reports.
    pub fn with_board<T>(&self, listing: &ListingRow, cut: Cut, work: impl FnOnce(&Kept) -> T) -> Result<T, StoreError> {
        if cut == Cut::ALL {
            let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = boards.get(listing.id) {
                return Ok(work(kept));
            }
        }
        Ok(work(&self.store.board(listing.clone(), cut)?))
    }

    /// An event by its id.
    ///
    /// # Errors
    /// 404 where no event has it.
    pub fn event(&self, id: &str) -> Result<EventRow, Problem> {
        let parsed =
            id.parse().map_err(|_| Problem::not_found("event", id, "an event id has 32 hexadecimal digits, as /v1/events lists them"))?;
        self.store.event(parsed)?.ok_or_else(|| Problem::not_found("event", id, "see /v1/events for those that are known"))
    }
}
