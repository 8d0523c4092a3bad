//! The one HTTP client: time-outs, a bound on bodies, redirects within the host (and to where a keyless host keeps its files), and keys that never leave it but on the wire.

use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;

use anyhow::Context;
use providers::sse::Splitter;
use providers::{Auth, KEY_IN_PATH};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Response, StatusCode};

use super::wire::{Coming, Fault, FaultKind, Flow, Head, NextFrame, Opening, Outgoing, Wire, WireReply};
use crate::settings::Secret;

const USER_AGENT: &str = concat!("predictive-play/", env!("CARGO_PKG_VERSION"));
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 3;
/// No reply of any provider comes near this, decompressed.
const LONGEST_BODY: usize = 64 << 20;
/// Headers that are kept: credits, time, patience, versions of the content.
const KEPT: &[&str] = &["date", "retry-after", "content-type", "last-modified", "etag"];
const KEPT_PREFIXES: [&str; 5] = ["x-error-detail-", "x-mashery-error-", "x-packagekey-", "x-plan-", "x-requests-"];
const SHOWN: &str = "[secret]";
/// Hosts that keep their files elsewhere, and the end of the names to which they send on: no key is ever sent to either.
const KEEPS_FILES_AT: &[(&str, &str)] = &[("github.com", ".githubusercontent.com")];

/// The client.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    longest: usize,
}

impl Client {
    /// A client for all providers.
    ///
    /// # Errors
    /// Where the machine has no usable TLS set-up.
    pub fn new() -> anyhow::Result<Self> {
        // An error means that it is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_WITHIN)
            .redirect(Policy::custom(within_the_host))
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(90))
            .build()
            .context("setting up HTTP")?;
        Ok(Self { http, longest: LONGEST_BODY })
    }

    /// The same with another bound on bodies, in bytes.
    #[must_use]
    pub const fn with_longest_body(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<WireReply, Fault> {
        let secret = hidden(outgoing);
        let request = self.request(outgoing)?.timeout(outgoing.timeout);
        let mut response = request.send().await.map_err(|error| fault(&error, secret, None))?;
        let head = head(&response, secret);
        let body = self.body(&mut response, secret, &head).await?;
        Ok(WireReply { head, body })
    }

    fn request(&self, outgoing: &Outgoing) -> Result<reqwest::RequestBuilder, Fault> {
        let url = address(outgoing).map_err(|detail| Fault { kind: FaultKind::Unreachable, detail, head: None })?;
        let request = self.http.get(url);
        match (outgoing.auth, &outgoing.secret) {
            (Auth::Header(name), Some(secret)) => Ok(request.header(name, sensitive(secret)?)),
            _ => Ok(request),
        }
    }

    /// A line has no end to wait for: its time is that of its head.
    async fn line(&self, outgoing: &Outgoing) -> Result<(Head, Box<dyn Flow>), Fault> {
        let secret = hidden(outgoing);
        let sent = self.request(outgoing)?.header(reqwest::header::ACCEPT, "text/event-stream").send();
        let slow = || Fault { kind: FaultKind::TimedOut, detail: "no head of the answer".to_owned(), head: None };
        let response = tokio::time::timeout(outgoing.timeout, sent).await.map_err(|_| slow())?;
        let response = response.map_err(|error| fault(&error, secret, None))?;
        let head = head(&response, secret);
        let is_of_frames = head.status == 200;
        Ok((
            head,
            Box::new(Frames { response, secret: secret.cloned(), is_of_frames, splitter: Splitter::default(), whole: VecDeque::new() }),
        ))
    }

    async fn body(&self, response: &mut Response, secret: Option<&Secret>, head: &Head) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| fault(&error, secret, Some(head)))? {
            if body.len() + piece.len() > self.longest {
                let detail = format!("the body is longer than {} bytes", self.longest);
                return Err(Fault { kind: FaultKind::TooLong, detail, head: Some(head.clone()) });
            }
            body.extend_from_slice(&piece);
        }
        Ok(without_secret(body, secret))
    }
}

impl Wire for Client {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        Box::pin(self.send(outgoing))
    }

    fn open<'a>(&'a self, outgoing: &'a Outgoing) -> Opening<'a> {
        Box::pin(self.line(outgoing))
    }
}

/// An open line: bytes in, frames without the key out.
struct Frames {
    response: Response,
    secret: Option<Secret>,
    is_of_frames: bool,
    splitter: Splitter,
    whole: VecDeque<String>,
}

impl Frames {
    async fn frame(&mut self) -> Result<Option<String>, Fault> {
        loop {
            if let Some(frame) = self.whole.pop_front() {
                return Ok(Some(frame));
            }
            let secret = self.secret.as_ref();
            let Some(piece) = self.response.chunk().await.map_err(|error| fault(&error, secret, None))? else { return Ok(None) };
            if !self.is_of_frames {
                return Ok(Some(redacted(&String::from_utf8_lossy(&piece), secret)));
            }
            let too_long = |error: providers::sse::TooLong| Fault { kind: FaultKind::TooLong, detail: error.to_string(), head: None };
            let frames = self.splitter.push(&piece).map_err(too_long)?;
            self.whole.extend(frames.into_iter().map(|frame| redacted(&frame, secret)));
        }
    }
}

impl Flow for Frames {
    fn next(&mut self) -> NextFrame<'_> {
        Box::pin(self.frame())
    }
}

fn sensitive(secret: &Secret) -> Result<reqwest::header::HeaderValue, Fault> {
    let mut value = reqwest::header::HeaderValue::from_str(secret.expose()).map_err(|_| Fault {
        kind: FaultKind::Unreachable,
        detail: "the key has characters that no header can carry".to_owned(),
        head: None,
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn within_the_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let Some(first) = attempt.previous().first() else { return attempt.stop() };
    let to = attempt.url();
    let is_secure = to.scheme() == first.scheme() || to.scheme() == "https";
    let is_ours = is_secure && (to.host_str() == first.host_str() || is_their_file(first, to));
    if is_ours && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

fn is_their_file(from: &url::Url, to: &url::Url) -> bool {
    let (Some(from), Some(to)) = (from.host_str(), to.host_str()) else { return false };
    KEEPS_FILES_AT.iter().any(|(host, end)| from == *host && to.ends_with(end))
}

/// The key where it is one to hide: free keys of this length are on the provider's own pages, and taking them out of a body would take
/// figures out of it.
fn hidden(outgoing: &Outgoing) -> Option<&Secret> {
    const PUBLIC: usize = 3;
    outgoing.secret.as_ref().filter(|secret| outgoing.auth != Auth::Path || secret.expose().len() > PUBLIC)
}

/// The whole address; the secret comes last, or in its place in the path.
fn address(outgoing: &Outgoing) -> Result<url::Url, String> {
    let path = &outgoing.request.path;
    let with_key = match (outgoing.auth, &outgoing.secret) {
        (Auth::Path, Some(secret)) => {
            let key: String = url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
            path.replace(KEY_IN_PATH, &key)
        }
        _ => path.clone(),
    };
    let refused = |error| format!("{:?} is no address: {error}", format!("{}{path}", outgoing.base_url));
    let mut url = url::Url::parse(&format!("{}{with_key}", outgoing.base_url)).map_err(refused)?;
    let key = match (outgoing.auth, &outgoing.secret) {
        (Auth::Query(name), Some(secret)) => Some((name, secret.expose())),
        _ => None,
    };
    if !outgoing.request.query.is_empty() || key.is_some() {
        url.query_pairs_mut().extend_pairs(outgoing.request.pairs()).extend_pairs(key);
    }
    Ok(url)
}

fn head(response: &Response, secret: Option<&Secret>) -> Head {
    let kept = |name: &str| KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let headers = response.headers().iter().filter(|(name, _)| kept(name.as_str()));
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), redacted(value.to_str().ok()?, secret)))).collect();
    Head { status: response.status().as_u16(), headers }
}

fn fault(error: &reqwest::Error, secret: Option<&Secret>, head: Option<&Head>) -> Fault {
    let kind = if error.is_connect() {
        FaultKind::Unreachable
    } else if error.is_timeout() {
        FaultKind::TimedOut
    } else {
        FaultKind::Broken
    };
    Fault { kind, detail: redacted(&told(error), secret), head: head.cloned() }
}

/// What went wrong, by the causes alone: the error's own text names the whole address, key included.
fn told(error: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut cause = error.source();
    while let Some(source) = cause {
        let text = source.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        cause = source.source();
    }
    if parts.is_empty() { error.status().unwrap_or(StatusCode::OK).to_string() } else { parts.join(": ") }
}

/// The shapes in which a key can come back: as it is, and as it stands in an address.
fn shapes(secret: &Secret) -> Vec<String> {
    let plain = secret.expose().to_owned();
    let encoded: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let mut shapes = vec![plain, encoded];
    shapes.retain(|shape| !shape.is_empty());
    shapes.dedup();
    shapes
}

fn redacted(text: &str, secret: Option<&Secret>) -> String {
    let shapes = secret.map(shapes).unwrap_or_default();
    shapes.iter().fold(text.to_owned(), |text, shape| text.replace(shape.as_str(), SHOWN))
}

/// Providers have been seen to send a wrong key back in the error: what is stored does not have it.
fn without_secret(body: Vec<u8>, secret: Option<&Secret>) -> Vec<u8> {
    secret.map(shapes).unwrap_or_default().iter().fold(body, |body, shape| replaced(body, shape.as_bytes(), SHOWN.as_bytes()))
}

fn replaced(body: Vec<u8>, what: &[u8], with: &[u8]) -> Vec<u8> {
    let find = |from: usize| body[from..].windows(what.len()).position(|window| window == what).map(|at| from + at);
    let Some(mut at) = find(0) else { return body };
    let (mut kept, mut from) = (Vec::with_capacity(body.len()), 0);
    loop {
        kept.extend_from_slice(&body[from..at]);
        kept.extend_from_slice(with);
        from = at + what.len();
        match find(from) {
            Some(next) => at = next,
            None => break,
        }
    }
    kept.extend_from_slice(&body[from..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::reply::Request;

    fn outgoing(auth: Auth) -> Outgoing {
        Outgoing {
            base_url: "http://127.0.0.1:1".to_owned(),
            request: Request::to("/v4/odds").with("markets", "h2h,spreads"),
            auth,
            secret: Some(Secret::new("s&cret")),
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_key_is_added_last_and_only_where_it_belongs() {
        let url = |auth| address(&outgoing(auth)).unwrap().to_string();
        assert_eq!(url(Auth::Query("apiKey")), "http://127.0.0.1:1/v4/odds?markets=h2h%2Cspreads&apiKey=s%26cret");
        assert_eq!(url(Auth::Header("X-Key")), "http://127.0.0.1:1/v4/odds?markets=h2h%2Cspreads");
    }

    #[test]
    fn a_key_stands_in_the_path_where_it_belongs_there_and_a_public_one_is_not_hidden() {
        let in_path = |key: &str, base: &str| Outgoing {
            base_url: base.to_owned(),
            request: Request::to("/api/v1/json/{key}/eventsday.php").with("l", "4328"),
            secret: Some(Secret::new(key)),
            ..outgoing(Auth::Path)
        };
        let url = |key: &str, base: &str| address(&in_path(key, base)).unwrap().to_string();
        assert_eq!(url("123", "http://127.0.0.1:1"), "http://127.0.0.1:1/api/v1/json/123/eventsday.php?l=4328");
        assert_eq!(url("a/../b", "http://127.0.0.1:1/x"), "http://127.0.0.1:1/x/api/v1/json/a%2F..%2Fb/eventsday.php?l=4328");
        assert!(hidden(&in_path("123", "http://h")).is_none() && hidden(&in_path("501234567", "http://h")).is_some());
        assert!(hidden(&outgoing(Auth::Header("X-Key"))).is_some());
    }

    #[test]
    fn a_key_that_comes_back_is_taken_out() {
        let secret = Secret::new("s&cret");
        assert_eq!(redacted("no s&cret, no s%26cret", Some(&secret)), "no [secret], no [secret]");
        assert_eq!(without_secret(b"as&cretb s%26cret".to_vec(), Some(&secret)), b"a[secret]b [secret]");
        assert_eq!(without_secret(b"abc".to_vec(), None), b"abc");
    }

    #[tokio::test]
    async fn a_host_that_is_not_there_is_unreachable_and_the_fault_tells_no_key() {
        let fault = Client::new().unwrap().call(&outgoing(Auth::Query("apiKey"))).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable);
        assert!(!fault.detail.contains("cret") && !fault.detail.is_empty(), "{}", fault.detail);
    }

    #[test]
    fn a_keyless_host_sends_on_to_where_it_keeps_its_files_and_nobody_else_does() {
        let is_followed = |from: &str, to: &str| is_their_file(&from.parse().unwrap(), &to.parse().unwrap());
        assert!(is_followed("https://github.com/a/b/releases/download/c/d.csv", "https://release-assets.githubusercontent.com/x?sig=1"));
        for (from, to) in [
            ("https://github.com/a", "https://elsewhere.example/x"),
            ("https://github.com/a", "https://githubusercontent.com.example/x"),
            ("https://api.the-odds-api.com/v4", "https://release-assets.githubusercontent.com/x"),
        ] {
            assert!(!is_followed(from, to), "{from} {to}");
        }
    }
}
