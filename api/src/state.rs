//! What every handler is handed: the store, the boards in memory, the clock, and what words mean.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use odds::market::{Meaning, Words};
use odds::observation::CatalogueKind;
use odds::{EventId, ListingId, Moment};
use store::boards::{Boards, Kept};
use store::{Cut, EventRow, ListingRow, Store, StoreError};

use crate::problem::Problem;

/// What slots mean: the providers' knowledge, handed in, so that this room knows no provider.
pub trait Meanings: Send + Sync {
    /// What the words of a provider's slot mean in a sport; `None` where we do not know.
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning>;

    /// For how many days a provider keeps history; `None` where nothing says that it ever ends.
    fn keeps_history_days(&self, _provider: &str) -> Option<i64> {
        None
    }

    /// The rank that the operator gave a provider, the best first: told apart by it alone where two sources looked at once.
    fn rank(&self, _provider: &str) -> usize {
        0
    }
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

    /// Uses the board of a listing where it is in memory.
    pub fn board_in_memory<T>(&self, listing: ListingId, work: impl FnOnce(&Kept) -> T) -> Option<T> {
        self.boards.read().unwrap_or_else(PoisonError::into_inner).get(listing).map(work)
    }

    /// An event by its id, as known at a place in the log. Ids that it had before a join, ids that a provider gave its listings, and
    /// the ids of old rows that it was taken over from, go on working.
    ///
    /// # Errors
    /// 404 where no event has it, with ids that begin alike.
    pub fn event(&self, id: &str, cut: Cut) -> Result<EventRow, Problem> {
        let plain = id.to_ascii_lowercase();
        let (own, uuid) = (plain.parse::<EventId>().ok(), EventId::of_uuid(&plain).ok());
        // a UUID is its old row's: its digits may have come to be the id of another event, by a listing of a provider
        if uuid.is_some()
            && let Some(event) = self.event_called(&plain, uuid, cut)?
        {
            return Ok(event);
        }
        if let Some(parsed) = own.or(uuid)
            && let Some(event) = self.store.event_known(parsed, cut.known)?
        {
            return Ok(event);
        }
        // what was joined goes on working by its former id, in either spelling of it
        let respelt = own.map(|own| own.as_uuid()).or(uuid.map(|uuid| uuid.to_string()));
        for name in [Some(id), respelt.as_deref()].into_iter().flatten().filter(|name| name.len() <= 200) {
            if let Some(event) = self.event_called(name, own.or(uuid), cut)? {
                return Ok(EventRow { asked_as: event.asked_as.map(|_| id.to_owned()), ..event });
            }
        }
        if let Some(known) = id.parse().ok().map(|parsed| self.store.event_known(parsed, Cut::ALL.known)).transpose()?.flatten() {
            return Err(Problem::not_found("event", &known.id.to_string(), "it was not known yet at the known_at that was asked for"));
        }
        Err(self.no_event(id)?)
    }

    /// The event of the listing that went by a name, or gave an event that name; `own` is the id that the name spells.
    fn event_called(&self, name: &str, own: Option<EventId>, cut: Cut) -> Result<Option<EventRow>, StoreError> {
        let Some(alias) = self.store.event_alias(name, cut.known)? else { return Ok(None) };
        let Some(event) = self.store.event_known(alias, cut.known)? else { return Ok(None) };
        let founder = event.listings.first().map(|founder| founder.external_id.as_str());
        let is_other = own != Some(event.id) && founder != Some(name);
        Ok(Some(EventRow { asked_as: is_other.then(|| name.to_owned()), ..event }))
    }

    fn no_event(&self, id: &str) -> Result<Problem, StoreError> {
        let start: String = id.chars().take_while(char::is_ascii_hexdigit).take(6).collect::<String>().to_lowercase();
        let near = if start.len() < 4 { Vec::new() } else { self.store.events_like(&start, 3)? };
        let right = if near.is_empty() {
            "an event id has 32 hexadecimal digits, as /v1/events lists them".to_owned()
        } else {
            format!("those that begin alike: {}", near.join(", "))
        };
        Ok(Problem::not_found("event", id, &right))
    }

    /// Books whose prices are the best or the mean of others, by provider and key: never a best price, for nobody takes a bet at them.
    ///
    /// # Errors
    /// What the store reports.
    pub fn aggregates(&self) -> Result<HashSet<(String, String)>, StoreError> {
        let is_aggregate = |named: &store::Named| {
            let detail: Option<serde_json::Value> = serde_json::from_str(&named.detail).ok();
            detail.is_some_and(|detail| detail["aggregate"] == true)
        };
        let books = self.store.catalogue(CatalogueKind::Book)?;
        Ok(books.into_iter().filter(is_aggregate).map(|named| (named.provider, named.key)).collect())
    }
}
