//! One call to a provider, to see what it says: the doctor's way out, behind a trait so that tests answer in its place.

use std::collections::BTreeMap;
use std::time::Duration;

use odds::reply::Request;
use providers::Auth;

use crate::collect::{Client, Fault, FaultKind, Head, Outgoing, Wire, WireReply};
use crate::settings::Secret;

/// What came back, whatever the status.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Response headers that matter, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why nothing came back, without the address that was asked: it may carry a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable(pub String);

/// How a call is signed.
pub type Signature<'a> = Option<(Auth, &'a str)>;

/// Makes one call.
pub trait Probe {
    /// Asks once, without trying again.
    ///
    /// # Errors
    /// Where no answer came: no such host, refused, no route, a certificate that is not trusted, or out of patience.
    fn ask(&self, base_url: &str, request: &Request, signature: Signature<'_>) -> Result<Answer, Unreachable>;
}

/// Over HTTP, with the client that collects: what it cannot reach, the product cannot either.
pub struct HttpProbe {
    client: Client,
    runtime: tokio::runtime::Runtime,
    timeout: Duration,
}

impl HttpProbe {
    /// A probe with this much patience a call.
    ///
    /// # Errors
    /// Where the system gives no runtime or no trusted certificates.
    pub fn patient_for(timeout: Duration) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client: Client::new()?, runtime, timeout })
    }
}

impl Probe for HttpProbe {
    fn ask(&self, base_url: &str, request: &Request, signature: Signature<'_>) -> Result<Answer, Unreachable> {
        let outgoing = Outgoing {
            base_url: base_url.to_owned(),
            request: request.clone(),
            auth: signature.map_or(Auth::Keyless, |(auth, _)| auth),
            secret: signature.map(|(_, key)| Secret::new(key)),
            timeout: self.timeout,
        };
        match self.runtime.block_on(self.client.call(&outgoing)) {
            Ok(WireReply { head: Head { status, headers }, body }) => Ok(Answer { status, headers, body }),
            Err(Fault { kind: FaultKind::TimedOut, .. }) => Err(Unreachable("it did not answer in time".to_owned())),
            Err(fault) => Err(Unreachable(fault.detail)),
        }
    }
}
