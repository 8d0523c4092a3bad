//! One call to a provider, to see what it says: the doctor's way out, behind a trait so that the collecting client can take its place.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use odds::reply::Request;
use providers::Auth;

/// What came back, whatever the status.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Response headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; cut at [`LONGEST_BODY`].
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

/// More than this of a body is not read: a provider's free call is far shorter.
pub const LONGEST_BODY: usize = 8 << 20;

/// Over HTTP, as the product itself asks.
pub struct HttpProbe {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl HttpProbe {
    /// A probe with this much patience a call.
    ///
    /// # Errors
    /// Where the system gives no runtime or no trusted certificates.
    pub fn patient_for(timeout: Duration) -> anyhow::Result<Self> {
        // Whoever came first in this process has chosen the same: which one it was does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = reqwest::Client::builder()
            .user_agent(concat!("predictive-play/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            .build()?;
        Ok(Self { client, runtime })
    }

    async fn call(&self, base_url: &str, request: &Request, signature: Signature<'_>) -> reqwest::Result<Answer> {
        let mut query: Vec<(&str, &str)> = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if let Some((Auth::Query(name), key)) = signature {
            query.push((name, key));
        }
        let mut call = self.client.get(address(base_url, &request.path, &query));
        if let Some((Auth::Header(name), key)) = signature {
            call = call.header(name, key);
        }
        let mut response = call.send().await?;
        let status = response.status().as_u16();
        let headers =
            response.headers().iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let headers = headers.collect();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            body.extend_from_slice(&piece[..piece.len().min(LONGEST_BODY - body.len())]);
            if body.len() == LONGEST_BODY {
                break;
            }
        }
        Ok(Answer { status, headers, body })
    }
}

fn address(base_url: &str, path: &str, query: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{base_url}{path}{mark}{query}")
}

impl Probe for HttpProbe {
    fn ask(&self, base_url: &str, request: &Request, signature: Signature<'_>) -> Result<Answer, Unreachable> {
        self.runtime.block_on(self.call(base_url, request, signature)).map_err(|error| Unreachable(why(error)))
    }
}

/// The innermost reason, in plain words where we know them.
fn why(error: reqwest::Error) -> String {
    let is_timeout = error.is_timeout();
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match is_timeout {
        true => "it did not answer in time".to_owned(),
        false => innermost.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_its_parameters_encoded() {
        assert_eq!(address("http://x", "/v4/sports", &[("all", "true"), ("apiKey", "a&b")]), "http://x/v4/sports?all=true&apiKey=a%26b");
        assert_eq!(address("http://x", "/a", &[]), "http://x/a");
    }
}
