//! One request as the scripted provider got it.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use odds::Moment;

use crate::clock::HandClock;

pub(super) const LONGEST_HEAD: usize = 64 * 1024;

/// A request, its key and all: a test may look whether the secret travelled where it should.
#[derive(Debug, Clone)]
pub struct Received {
    /// `GET`.
    pub method: String,
    /// The path, decoded, without the query.
    pub path: String,
    /// The query's parameters, decoded; of one given twice the last.
    pub query: BTreeMap<String, String>,
    /// Headers, names in lower case; of one given twice the last.
    pub headers: BTreeMap<String, String>,
    /// When it came: the hand clock's time where the server has one, else the wall's.
    pub at: Moment,
    /// When it came, for measuring the spacing of requests.
    pub instant: Instant,
}

impl Received {
    /// A query parameter, or nothing at all where it was not given.
    #[must_use]
    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// The parts of a parameter that is a list with commas; none where it was not given.
    #[must_use]
    pub fn listed(&self, name: &str) -> Vec<&str> {
        self.query(name).split(',').filter(|part| !part.is_empty()).collect()
    }

    pub(super) fn read(head: &str, clock: Option<&HandClock>) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (decoded(name), decoded(value)));
        let headers =
            lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        let at = clock.map_or_else(wall, HandClock::now);
        Some(Self { method, path: decoded(path), query: query.collect(), headers: headers.collect(), at, instant: Instant::now() })
    }
}

fn wall() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    Moment::from_micros(i64::try_from(since).unwrap_or(i64::MAX))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped =
            (*first == b'%').then(|| after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok())).flatten();
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
