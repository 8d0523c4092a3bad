//! What the live half of the API works with: the tail, the keys, the counters, the cache, and what the operator allows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use store::Sums;
use tokio::sync::Semaphore;

use crate::access::Access;
use crate::cache::Cache;
use crate::changes::Readers;
use crate::decide::Decides;
use crate::metrics::Metrics;
use crate::reads::Reads;
use crate::state::State;
use crate::tail::Tail;

/// What the operator allows, and how much of it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether nobody needs a key.
    pub allow_anonymous: bool,
    /// Web origins whose pages may read answers.
    pub cors_origins: Vec<String>,
    /// Requests a second of one key, over time; twice as many at once.
    pub requests_per_sec: u32,
    /// Requests that are answered at once.
    pub most_requests: usize,
    /// Streams that are open at once.
    pub most_streams: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How often a quiet stream says that it is there.
    pub heartbeat: Duration,
    /// Why a replay is shown in place of live prices; nothing where the replay is what was asked for.
    pub replay_because: Option<String>,
    /// Who takes decisions; nothing where none are taken here.
    pub decides: Option<Arc<dyn Decides>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_anonymous: false,
            cors_origins: Vec::new(),
            requests_per_sec: 100,
            most_requests: 1024,
            most_streams: 4096,
            timeout: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            replay_because: None,
            decides: None,
        }
    }
}

/// Clients that read the log at the same time because they are behind.
const MOST_READING: usize = 4;

/// Tables of history that are read at the same time.
const MOST_TABLES: usize = 8;

/// What the live half works with.
pub struct Live {
    /// What every handler works with.
    pub state: Arc<State>,
    /// The tail of the log.
    pub tail: Arc<Tail>,
    /// What the operator allows.
    pub options: Options,
    pub(crate) reads: Reads,
    pub(crate) access: Access,
    pub(crate) readers: Readers,
    pub(crate) metrics: Metrics,
    pub(crate) cache: Cache,
    pub(crate) sums: Mutex<Sums>,
    pub(crate) reading: Arc<Semaphore>,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) tables: Arc<Semaphore>,
    pub(crate) is_asking: Arc<Semaphore>,
}

impl Live {
    /// Puts it together.
    #[must_use]
    pub fn new(state: Arc<State>, tail: Arc<Tail>, options: Options) -> Arc<Self> {
        Arc::new(Self {
            access: Access::new(options.allow_anonymous, options.requests_per_sec),
            reads: Reads::default(),
            readers: Readers::default(),
            metrics: Metrics::default(),
            cache: Cache::default(),
            sums: Mutex::default(),
            reading: Arc::new(Semaphore::new(MOST_READING)),
            requests: Arc::new(Semaphore::new(options.most_requests)),
            streams: Arc::new(Semaphore::new(options.most_streams)),
            tables: Arc::new(Semaphore::new(MOST_TABLES)),
            is_asking: Arc::new(Semaphore::new(1)),
            state,
            tail,
            options,
        })
    }
}
