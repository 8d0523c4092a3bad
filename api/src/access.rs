//! Who may read: nobody needs a key on the machine itself, unless a proxy forwards for somebody else; everybody does elsewhere.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use odds::Moment;
use store::keys::{ApiKey, find};

use crate::problem::Problem;
use crate::state::State;

/// Headers by which a proxy says that it asks for somebody else.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host"];
/// Where a key may stand in the URL: clients of The Odds API, and browsers' event sources, can put it nowhere else.
const IN_URL: [&str; 2] = ["/v4", "/v1/stream"];
/// Paths that answer everybody: what watches a service has no key.
const OPEN: [&str; 2] = ["/livez", "/readyz"];
/// How long a list of keys is good: a revoked key opens no longer than this.
const KEYS_GOOD_SECS: f64 = 2.0;
/// Callers whose rate is remembered at most.
const MOST_CALLERS: usize = 10_000;

/// Who asks, as far as we tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody on this machine.
    Local,
    /// A key, by its public id.
    Key(String),
    /// Somebody without a key, where that is allowed; `None` where not even his address is known.
    Anonymous(Option<IpAddr>),
}

/// Why somebody may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No key was shown.
    Missing,
    /// A key was shown, and it opens nothing.
    Wrong,
    /// Asked on this machine, without a good key, under a name that is not this machine's.
    ForeignHost,
    /// Too many requests; seconds until there may be one more.
    TooMany(u32),
    /// The keys cannot be read for now.
    Unknown,
}

struct Known {
    keys: Vec<ApiKey>,
    read_at: Moment,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Moment,
}

/// The rules, and what they remember.
pub(crate) struct Access {
    allow_anonymous: bool,
    per_sec: f64,
    known: RwLock<Option<Arc<Known>>>,
    buckets: Mutex<HashMap<Caller, Bucket>>,
}

impl Access {
    pub(crate) fn new(allow_anonymous: bool, per_sec: u32) -> Self {
        Self { allow_anonymous, per_sec: f64::from(per_sec.max(1)), known: RwLock::default(), buckets: Mutex::default() }
    }

    /// Lets a request in, or says why not.
    pub(crate) async fn admit(&self, state: &Arc<State>, request: &Parts) -> Result<Caller, Refused> {
        let path = request.uri.path();
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let is_forwarded = FORWARDED.iter().any(|name| request.headers.contains_key(*name));
        let is_near = peer.is_some_and(|peer| peer.is_loopback()) && !is_forwarded;
        if OPEN.contains(&path) || (is_near && (self.allow_anonymous || is_named_here(request))) {
            return Ok(Caller::Local);
        }
        self.caller_of(state, request, peer).await.map_err(|refused| match refused {
            Refused::Missing | Refused::Wrong if is_near => Refused::ForeignHost,
            other => other,
        })
    }

    async fn caller_of(&self, state: &Arc<State>, request: &Parts, peer: Option<IpAddr>) -> Result<Caller, Refused> {
        let caller = match key_shown(request.uri.path(), &request.headers, &request.uri) {
            Some(text) => match self.key_of(state, &text).await? {
                Some(id) => Caller::Key(id),
                None if self.allow_anonymous => Caller::Anonymous(peer),
                None => return Err(Refused::Wrong),
            },
            None if self.allow_anonymous => Caller::Anonymous(peer),
            None => return Err(Refused::Missing),
        };
        self.count(&caller, (state.now)()).map(|()| caller)
    }

    /// The key of a request that changes something: one is needed wherever it comes from, and it must be one that may.
    pub(crate) async fn decider(&self, state: &Arc<State>, request: &Parts) -> Result<ApiKey, Problem> {
        let Some(text) = key_shown(request.uri.path(), &request.headers, &request.uri) else {
            return Err(Problem::unauthorized(
                "a key that may decide is needed, on this machine too: `predictive-play keys create --name NAME --may-decide` makes one; \
                 `predictive-play matches` decides without",
            ));
        };
        let known = self.keys(state).await.map_err(Refused::problem)?;
        let key = find(&known.keys, &text).ok_or_else(|| Refused::Wrong.problem())?;
        if !key.may_decide {
            let why = format!(
                "key {} may read and not decide: `predictive-play keys create --name NAME --may-decide` makes one that may",
                key.id
            );
            return Err(Problem::forbidden(&why));
        }
        Ok(key.clone())
    }

    async fn key_of(&self, state: &Arc<State>, text: &str) -> Result<Option<String>, Refused> {
        let known = self.keys(state).await?;
        Ok(find(&known.keys, text).map(|key| key.id.clone()))
    }

    /// The keys, read again when they are no longer fresh; where they cannot be read, those known before go on opening.
    async fn keys(&self, state: &Arc<State>) -> Result<Arc<Known>, Refused> {
        let before = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        let now = (state.now)();
        if let Some(known) = before.as_ref().filter(|known| now.secs_since(known.read_at) < KEYS_GOOD_SECS) {
            return Ok(Arc::clone(known));
        }
        match state.blocking(|state| Ok(state.store.keys()?)).await {
            Ok(keys) => {
                let known = Arc::new(Known { keys, read_at: now });
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
                Ok(known)
            }
            Err(_) => before.ok_or(Refused::Unknown),
        }
    }

    /// Takes one request out of a caller's bucket, which fills up over time.
    fn count(&self, caller: &Caller, now: Moment) -> Result<(), Refused> {
        let most = self.per_sec * 2.0;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_CALLERS && !buckets.contains_key(caller) {
            buckets.retain(|_, bucket| bucket.left + now.secs_since(bucket.at) * self.per_sec < most);
        }
        let bucket = buckets.entry(caller.clone()).or_insert(Bucket { left: most, at: now });
        bucket.left = (bucket.left + now.secs_since(bucket.at).max(0.0) * self.per_sec).min(most);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Refused::TooMany(((1.0 - bucket.left) / self.per_sec).ceil().max(1.0) as u32));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// Whether a request names this machine as such. A page that had its own name made to mean 127.0.0.1 would else have the browser of
/// whoever looks at it read here; the browser sends that name along. Who sends none is no browser.
fn is_named_here(request: &Parts) -> bool {
    let told = request.headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or("?"));
    request.uri.authority().map(Authority::as_str).into_iter().chain(told).all(is_loopback_name)
}

/// `localhost`, an address of 127.0.0.0/8 or `[::1]`, with or without a port.
fn is_loopback_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| name.eq_ignore_ascii_case("localhost"), |address| address.to_canonical().is_loopback())
}

fn key_shown(path: &str, headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
    });
    let is_allowed_in_url = IN_URL.iter().any(|start| path == *start || path.strip_prefix(start).is_some_and(|rest| rest.starts_with('/')));
    let in_url = || if is_allowed_in_url { key_in(uri) } else { None };
    bearer.or_else(|| text("x-api-key").map(str::to_owned)).or_else(in_url).filter(|key| !key.is_empty())
}

fn is_key(pair: &str) -> bool {
    pair.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("apikey"))
}

fn key_in(uri: &Uri) -> Option<String> {
    let pair = uri.query()?.split('&').find(|pair| is_key(pair))?;
    pair.split_once('=').map(|(_, key)| key.to_owned())
}

/// A URL without the key in it: from here on nobody can log or keep it.
pub(crate) fn without_key(uri: &Uri) -> Option<Uri> {
    let query = uri.query().filter(|query| query.split('&').any(is_key))?;
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_key(pair)).collect();
    let path = uri.path();
    if rest.is_empty() { path.parse().ok() } else { format!("{path}?{}", rest.join("&")).parse().ok() }
}

impl Refused {
    pub(crate) fn problem(self) -> Problem {
        match self {
            Self::Missing => Problem::unauthorized(
                "a key is needed from other machines: send it as `Authorization: Bearer pp_...` or `X-API-Key: pp_...`; \
                 on /v4 and /v1/stream also as apiKey=; `predictive-play keys create` makes one",
            ),
            Self::Wrong => Problem::unauthorized("this key opens nothing: it is misspelt or was revoked; see `predictive-play keys list`"),
            Self::ForeignHost => Problem::misdirected(
                "without a key this machine is answered under its own name alone, so that no web page can read here by a name of its own: \
                 ask http://localhost or http://127.0.0.1, or send a key (`predictive-play keys create` makes one), or set \
                 PREDICTIVE_PLAY_ALLOW_ANONYMOUS=true",
            ),
            Self::TooMany(secs) => Problem::too_many(&format!("more requests than this key may make; again in {secs} s")),
            Self::Unknown => Problem::unavailable("keys cannot be read for now; try again in a few seconds"),
        }
    }

    /// The word that The Odds API has for it, for clients of `/v4`.
    pub(crate) const fn v4_code(self) -> &'static str {
        match self {
            Self::Missing | Self::ForeignHost => "MISSING_KEY",
            Self::Wrong => "INVALID_KEY",
            Self::TooMany(_) => "EXCEEDED_FREQ_LIMIT",
            Self::Unknown => "INTERNAL_ERROR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leaves_the_url_and_everything_else_stays() {
        let clean = |text: &str| without_key(&text.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(clean("/v4/sports?apiKey=pp_1&all=true").as_deref(), Some("/v4/sports?all=true"));
        assert_eq!(clean("/v4/sports/?APIKEY=pp_1").as_deref(), Some("/v4/sports/"));
        assert_eq!(clean("/v1/stream?sport=a&apiKey=b&book=c&apikey=d").as_deref(), Some("/v1/stream?sport=a&book=c"));
        assert_eq!(clean("/v4/sports?all=true"), None);
    }

    #[test]
    fn only_this_machine_s_own_names_are_its_names() {
        for ours in ["localhost", "LocalHost:8080", "127.0.0.1", "127.9.8.7:1", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]:80"] {
            assert!(is_loopback_name(ours), "{ours}");
        }
        let theirs =
            ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "[::]"];
        for theirs in theirs.into_iter().chain(["", "evil@localhost", "localhost@evil.example", "127.0.0.1 evil", "localhost/x", "::1"]) {
            assert!(!is_loopback_name(theirs), "{theirs}");
        }
    }

    #[test]
    fn a_bucket_empties_and_fills_up_again() {
        let access = Access::new(false, 2);
        let (caller, start) = (Caller::Key("a".to_owned()), Moment::from_secs(1000));
        let taken = (0..10).filter(|_| access.count(&caller, start).is_ok()).count();
        assert_eq!(taken, 4);
        assert_eq!(access.count(&caller, start), Err(Refused::TooMany(1)));
        assert_eq!(access.count(&Caller::Key("b".to_owned()), start), Ok(()));
        assert_eq!(access.count(&caller, start.plus_secs(1)), Ok(()));
    }
}
