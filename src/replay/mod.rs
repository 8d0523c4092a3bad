//! Replay: stored replies through the same route, at any speed. Files, folders, `.gz`, `.bz2`, `.zst`, `.tar` and packed ones.

mod endpoints;
mod order;
pub mod own;
mod unpack;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use providers::Provider;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use endpoints::endpoints;
pub use order::Plan;
pub use unpack::{LONGEST, read};

/// What is replayed.
#[derive(Debug, Clone)]
pub struct What {
    /// The provider's key.
    pub provider: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// The sport, where the replies do not say it.
    pub sport: Option<String>,
    /// The moment that stands for replies without a time of their own.
    pub observed_at: Option<Moment>,
}

/// A stored reply, as it came out of a file.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Where it came from, for people: a path, and the name inside an archive.
    pub name: String,
    /// HTTP status: 200 unless the file says another.
    pub status: u16,
    /// Headers that the file keeps.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A stored reply with the moment that stands for it.
#[derive(Debug, Clone)]
pub struct Dated {
    /// The reply.
    pub stored: Stored,
    /// The moment.
    pub at: Moment,
    /// What the moment rests on.
    pub basis: Basis,
    /// Where the moment comes from, for people.
    pub source: &'static str,
}

impl Dated {
    /// As the route takes it.
    #[must_use]
    pub fn reply<'a>(&'a self, what: &'a What, request: &'a Request) -> Reply<'a> {
        Reply {
            provider: &what.provider,
            endpoint: &what.endpoint,
            request,
            status: self.stored.status,
            headers: &self.stored.headers,
            body: &self.stored.body,
            fetched_at: self.at,
            basis: self.basis,
            sport: what.sport.as_deref(),
        }
    }
}

/// Finds the moment of a stored reply: what is said on the command line, else what the reply states, else a stamp in the name.
///
/// # Errors
/// Where none of them tells it.
pub fn date(stored: Stored, what: &What, provider: &dyn Provider) -> anyhow::Result<Dated> {
    if is_csv(&stored.name) && sends_json(provider) {
        bail!("{}: a table (CSV), not a reply of {}; replies are JSON, and tables go in by `import`", stored.name, provider.key());
    }
    if let Some((at, basis)) = provider.stamp(&what.endpoint, &stored.body) {
        let source = if basis == Basis::Stated { "stated by the reply" } else { "the phases in the reply" };
        return Ok(Dated { stored, at, basis, source });
    }
    if let Some(at) = what.observed_at {
        return Ok(Dated { stored, at, basis: Basis::Assumed, source: "--observed-at" });
    }
    match stamp_in(&stored.name) {
        Some(at) => Ok(Dated { stored, at, basis: Basis::Assumed, source: "the stamp in its file name" }),
        None => bail!("{}: the reply states no time, its name holds none; say --observed-at 2026-03-31T23:10:00Z", stored.name),
    }
}

fn is_csv(name: &str) -> bool {
    name.trim_end_matches(".gz").trim_end_matches(".zst").ends_with(".csv")
}

fn sends_json(provider: &dyn Provider) -> bool {
    !provider.offers().asks.contains(&providers::What::Season)
}

/// Reads `20260306_023011`, `20230601T115539Z`, `20221123T0105Z`, `2023-10-24` or `20240115` out of a file's name.
fn stamp_in(name: &str) -> Option<Moment> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let is_part = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | 'T' | '_');
    file.split(|letter: char| !is_part(letter)).filter_map(|part| read_stamp(part.trim_matches(['-', '_', 'T']))).next()
}

fn read_stamp(part: &str) -> Option<Moment> {
    let pieces: Vec<String> = part.split(['T', '_']).map(|piece| piece.replace('-', "")).collect();
    let at = pieces.iter().position(|piece| piece.len() == 8 && piece.starts_with(['1', '2']))?;
    let (date, time) = (&pieces[at], pieces.get(at + 1).map_or("", String::as_str));
    let time = match time.len() {
        6 => format!("{}:{}:{}", &time[..2], &time[2..4], &time[4..]),
        4 => format!("{}:{}:00", &time[..2], &time[2..]),
        _ => "00:00:00".to_owned(),
    };
    format!("{}-{}-{}T{time}Z", &date[..4], &date[4..6], &date[6..]).parse().ok()
}

/// A file that keeps status and headers beside the body.
#[derive(Deserialize)]
struct Wrapped<'a> {
    status: u16,
    headers: BTreeMap<String, String>,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// One of several calls that a recorder kept in a file (a cassette), whose body is text where it was no JSON.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(rename = "request")]
    _request: serde::de::IgnoredAny,
    status: Code,
    headers: BTreeMap<String, String>,
    #[serde(borrow)]
    body: &'a RawValue,
}

#[derive(Deserialize)]
struct Code {
    code: u16,
}

/// The replies of a file: one, or the calls of a cassette in their order.
fn opened(name: String, bytes: Vec<u8>) -> Vec<Stored> {
    let is_list = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let calls = if is_list { serde_json::from_slice::<Vec<Call<'_>>>(&bytes).unwrap_or_default() } else { Vec::new() };
    if calls.is_empty() {
        return vec![unwrap(name, bytes)];
    }
    let many = calls.len();
    let open = |(at, call): (usize, Call<'_>)| Stored {
        name: if many == 1 { name.clone() } else { format!("{name}[{at}]") },
        status: call.status.code,
        headers: call.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect(),
        body: serde_json::from_str::<String>(call.body.get()).map_or_else(|_| call.body.get().as_bytes().to_vec(), String::into_bytes),
    };
    calls.into_iter().enumerate().map(open).collect()
}

fn unwrap(name: String, bytes: Vec<u8>) -> Stored {
    match serde_json::from_slice::<Wrapped<'_>>(&bytes) {
        Ok(wrapped) => {
            let headers = wrapped.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
            let body = if wrapped.body.get() == "null" { Vec::new() } else { wrapped.body.get().as_bytes().to_vec() };
            Stored { name, status: wrapped.status, headers, body }
        }
        Err(_) => Stored { name, status: 200, headers: BTreeMap::new(), body: bytes },
    }
}

/// The files below the paths, sorted within each folder. What lies in a folder and is no file, or a folder that cannot be read, is
/// among them: whoever reads it names it, and the rest goes in. A link to a folder that it lies in leads nowhere new.
///
/// # Errors
/// Where a path is not there.
pub fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() && !path.is_file() {
            bail!("{} is neither a file nor a folder", path.display());
        }
        add_below(path, &mut Vec::new(), &mut files);
    }
    Ok(files)
}

fn add_below(path: &Path, above: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) {
    let inside = if path.is_dir() { std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) } else { Ok(Vec::new()) };
    let (true, Ok(inside)) = (path.is_dir(), inside) else { return files.push(path.to_owned()) };
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if above.contains(&place) {
        return;
    }
    above.push(place);
    let mut inside: Vec<PathBuf> = inside.into_iter().map(|entry| entry.path()).collect();
    inside.sort();
    inside.iter().for_each(|path| add_below(path, above, files));
    above.pop();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_round_are_not_followed_and_what_is_no_file_is_left_to_its_reader() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("deep")).unwrap();
        std::fs::write(at("deep/a.json"), "[]").unwrap();
        for (name, to) in [("deep/one", ".."), ("deep/two", "."), ("three", "."), ("gone.json", "nowhere"), ("full.json", "/dev/full")] {
            std::os::unix::fs::symlink(to, at(name)).unwrap();
        }
        let found = files(&[folder.path().to_owned()]).unwrap();
        assert_eq!(found, [at("deep/a.json"), at("full.json"), at("gone.json")]);
        for (name, says) in [("gone.json", "is not there"), ("full.json", "is no file")] {
            let error = read(&at(name), &mut |_| Ok(())).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(says), "{error}");
        }
        assert!(files(&[at("nowhere")]).is_err());
    }

    #[test]
    fn a_stamp_is_read_out_of_the_names_that_recorders_give() {
        let stamps = [
            ("afl_player_props_20260306_023011.csv.gz", "2026-03-06T02:30:11Z"),
            ("odds/nba_20221123T0105Z_us_eu_au_multi.json", "2022-11-23T01:05:00Z"),
            ("odds_2023-10-24_featured.json", "2023-10-24T00:00:00Z"),
            ("nba_20240115.json", "2024-01-15T00:00:00Z"),
        ];
        for (name, at) in stamps {
            assert_eq!(stamp_in(name).map(|at| at.to_string()).as_deref(), Some(at), "{name}");
        }
        assert_eq!(stamp_in("wnba_allstar.json"), None);
        assert_eq!(stamp_in("nba_99999999.json"), None);
    }

    #[test]
    fn a_file_that_keeps_its_status_is_unwrapped() {
        let stored =
            unwrap("x".to_owned(), br#"{"status":401,"headers":{"X-Requests-Last":"0"},"body":{"error_code":"INVALID_KEY"}}"#.to_vec());
        assert_eq!((stored.status, stored.headers["x-requests-last"].as_str()), (401, "0"));
        assert_eq!(stored.body, br#"{"error_code":"INVALID_KEY"}"#);
        assert_eq!(unwrap("x".to_owned(), b"[]".to_vec()).status, 200);
    }

    #[test]
    fn a_cassette_is_as_many_replies_as_it_has_calls() {
        let cassette =
            br#"[{"request":{"uri":"u"},"status":{"code":403,"message":"Forbidden"},"headers":{"X-Code":"C"},"body":"<h1>No</h1>"},
            {"request":{},"status":{"code":200},"headers":{},"body":{"games":[]}}]"#;
        let replies = opened("x".to_owned(), cassette.to_vec());
        let told: Vec<_> = replies.iter().map(|one| (one.name.as_str(), one.status, String::from_utf8_lossy(&one.body))).collect();
        assert_eq!(told, [("x[0]", 403, "<h1>No</h1>".into()), ("x[1]", 200, r#"{"games":[]}"#.into())]);
        assert_eq!(replies[0].headers["x-code"], "C");
        for plain in ["[]", "[{\"id\":1}]", "{}", "a,b"] {
            assert_eq!(opened("x".to_owned(), plain.as_bytes().to_vec())[0].body, plain.as_bytes(), "{plain}");
        }
    }
}
