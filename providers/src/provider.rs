//! The shape of a provider: everything that is its own, and no I/O, so that it is tested by bytes alone.

use std::time::Duration;

use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Reply, Request};
use odds::sport::League;
use odds::{Moment, reply::Basis};

use crate::ask::{Ask, What};
use crate::push::Push;

/// Somebody who delivers quotes, scores or injuries.
pub trait Provider: Send + Sync {
    /// Its key in settings, URLs and tables (`the-odds-api`).
    fn key(&self) -> &'static str;

    /// What it can be asked for, and on what terms.
    fn offers(&self) -> &'static Offers;

    /// The calls that answer an ask: none where it cannot. Pure.
    fn requests(&self, ask: &Ask) -> Vec<Call>;

    /// What a reply means for the caller, by the provider's own rules. Looks at status, headers and, where it must, the body.
    fn judge(&self, reply: &Reply<'_>) -> Verdict;

    /// What the reply says of credits; `None` where it says nothing, as those do that sell none.
    fn meter(&self, _reply: &Reply<'_>) -> Option<Meter> {
        None
    }

    /// The moment that a stored reply states of itself (an envelope's timestamp, else its newest book time), with its basis;
    /// `None` where it states none. Used by replay only: a live reply is of the moment at which it was fetched.
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)>;

    /// Reply to observations and problems. Pure: same bytes and same [`Provider::decoder_version`], same result. Never panics.
    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a>;

    /// Raised whenever [`Provider::decode`] would read the same bytes differently.
    fn decoder_version(&self) -> u16;

    /// What a slot's words mean, or `None` where we do not know (yet). Pure.
    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning>;

    /// From 1, and raised whenever [`Provider::meaning`] would say something else of the same words: followers read again what they made
    /// by an older one, and tell what changed.
    fn meaning_version(&self) -> u16;

    /// Our league of a provider's sport key, where we know it.
    fn league(&self, sport: &str) -> Option<&'static League>;

    /// Endpoints that it is not asked for and whose stored replies it can read all the same.
    fn stored_endpoints(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether two listings of it are two events, whatever they are called: not where it gathered them from several sources.
    fn lists_an_event_once(&self) -> bool {
        true
    }

    /// Whether its prices are asked for listing by listing, so that an ask of a sport must name them.
    fn is_asked_by_listing(&self) -> bool {
        false
    }

    /// The most requests of a kind in a second that it allows.
    fn per_second(&self, _what: What) -> f64 {
        self.offers().per_second
    }

    /// The fewest of its regions that bring all of these books; none where it has no regions, or knows a book in none.
    fn regions_with(&self, _books: &[String]) -> Vec<&'static str> {
        Vec::new()
    }

    /// For how many days it keeps the history of an event; `None` where nothing says that it ever ends.
    fn keeps_history_days(&self) -> Option<i64> {
        None
    }

    /// Since when it has history of a kind; `None` where nothing says when that began.
    fn history_begins(&self, _what: What) -> Option<Moment> {
        None
    }

    /// Its push feed, where it has one.
    fn push(&self) -> Option<&dyn Push> {
        None
    }
}

/// What a provider offers, and on what terms.
#[derive(Debug, Clone, Copy)]
pub struct Offers {
    /// For people.
    pub title: &'static str,
    /// Where it answers, without a trailing slash.
    pub base_url: &'static str,
    /// How the key travels.
    pub auth: Auth,
    /// The most requests in a second that it allows.
    pub per_second: f64,
    /// Whether calls cost credits.
    pub is_metered: bool,
    /// What it can be asked for.
    pub asks: &'static [What],
    /// Sport keys that it is asked for unless the operator says otherwise.
    pub default_sports: &'static [&'static str],
    /// How long one call may take.
    pub timeout: Duration,
}

impl Offers {
    /// Those of who is never asked over HTTP: the product itself brings his replies.
    #[must_use]
    pub const fn of_nobody_asked(title: &'static str) -> Self {
        Self {
            title,
            base_url: "",
            auth: Auth::Keyless,
            per_second: 1.0,
            is_metered: false,
            asks: &[],
            default_sports: &[],
            timeout: Duration::from_secs(30),
        }
    }
}

/// How a key travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// No key.
    Keyless,
    /// A query parameter of this name.
    Query(&'static str),
    /// A header of this name.
    Header(&'static str),
    /// A part of the path, where the request has [`KEY_IN_PATH`].
    Path,
}

/// Stands in a request's path for the key, where it travels there.
pub const KEY_IN_PATH: &str = "{key}";

/// One call: the request without its secret, and the most it can cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The endpoint's name, as the folders of the recordings are named.
    pub endpoint: &'static str,
    /// What is asked.
    pub request: Request,
    /// The most credits it can cost.
    pub credits: u32,
}

/// What a reply means for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An answer.
    Good,
    /// Try again, no sooner than this where it says so.
    RetryAfter(Option<Duration>, String),
    /// Credits are spent.
    QuotaSpent(String),
    /// It will not answer this request; asking again changes nothing. The text names the error.
    Refused(String),
    /// The key is missing, wrong or switched off.
    KeyRefused(String),
    /// What was asked about is not there (any more).
    Gone(String),
    /// The answer does not have the shape that this endpoint sends.
    ChangedShape(String),
}

impl Verdict {
    /// Whether the body is to be decoded.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }

    /// Whether asking again soon can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::RetryAfter(..))
    }

    /// The word in text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::RetryAfter(..) => "retry_after",
            Self::QuotaSpent(_) => "quota_spent",
            Self::Refused(_) => "refused",
            Self::KeyRefused(_) => "key_refused",
            Self::Gone(_) => "gone",
            Self::ChangedShape(_) => "changed_shape",
        }
    }

    /// What the provider said, for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Good => "",
            Self::RetryAfter(_, reason)
            | Self::QuotaSpent(reason)
            | Self::Refused(reason)
            | Self::KeyRefused(reason)
            | Self::Gone(reason)
            | Self::ChangedShape(reason) => reason,
        }
    }
}

/// What a reply says of credits. Signed: what remains can be negative when calls race.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Meter {
    /// What this call cost.
    pub last: Option<i64>,
    /// Used in the period so far.
    pub used: Option<i64>,
    /// What remains of the period.
    pub remaining: Option<i64>,
}
