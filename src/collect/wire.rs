//! The wire door: a call goes out, a reply or a fault comes back. The live one is the HTTP client; simulations and tests play their own.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use odds::reply::Request;
use providers::Auth;

use crate::settings::Secret;

/// A call on its way out.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Where the provider answers, without a trailing slash.
    pub base_url: String,
    /// What is asked, without the secret.
    pub request: Request,
    /// How the key travels.
    pub auth: Auth,
    /// The key, added last and kept nowhere.
    pub secret: Option<Secret>,
    /// How long the whole call may take.
    pub timeout: Duration,
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// Headers that matter, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireReply {
    /// Its head.
    pub head: Head,
    /// Its body, decompressed.
    pub body: Vec<u8>,
}

/// Why no whole answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// In words, without secrets.
    pub detail: String,
    /// The head, where it came: it can tell what was billed.
    pub head: Option<Head>,
}

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Nobody was reached: the provider has seen nothing of the call.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// The connection or the encoding broke in between.
    Broken,
    /// The body is longer than any reply is.
    TooLong,
}

impl FaultKind {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
            Self::TooLong => "too_long",
        }
    }
}

/// What is to come of a call.
pub type Coming<'a> = Pin<Box<dyn Future<Output = Result<WireReply, Fault>> + Send + 'a>>;

/// Makes calls.
pub trait Wire: Send + Sync {
    /// Makes one call, once: no retries in here.
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a>;

    /// Opens a line on which frames of server-sent events come as text, one by one; what is no frame of the kind (a refusal) comes whole.
    /// A wire that carries none says so.
    fn open<'a>(&'a self, _outgoing: &'a Outgoing) -> Opening<'a> {
        let detail = "this wire carries no lines".to_owned();
        Box::pin(std::future::ready(Err(Fault { kind: FaultKind::Unreachable, detail, head: None })))
    }
}

/// A line that is being opened.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<(Head, Box<dyn Flow>), Fault>> + Send + 'a>>;

/// What is to come of a line: a frame, or `None` at its end.
pub type NextFrame<'a> = Pin<Box<dyn Future<Output = Result<Option<String>, Fault>> + Send + 'a>>;

/// A line that is open. Closed when dropped.
pub trait Flow: Send {
    /// The next frame. Dropped before it is done, nothing is lost.
    fn next(&mut self) -> NextFrame<'_>;
}
