//! A file to chunks: some thousand rows each, cut where no event's rows of one moment are torn apart.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, bail};
use odds::Moment;
use odds::observation::Decoded;
use odds::reply::{Basis, Reply, Request};
use providers::Provider;
use providers::import::{Format, Frame, Import, MOMENT, records};
use serde_json::value::RawValue;

use super::summary::Told;
use super::{Known, OF};
use crate::replay::Stored;

/// Rows of a chunk, unless its last ones belong together.
const ROWS: usize = 2000;

/// Rows on their way, with what they tell.
#[derive(Debug)]
pub struct Chunk {
    /// What stands for its request.
    pub request: Request,
    /// Its bytes.
    pub body: Arc<Vec<u8>>,
    /// The newest moment that it tells of.
    pub at: Moment,
    /// What that rests on.
    pub basis: Basis,
    /// What comes in with it.
    pub told: Told,
}

impl Chunk {
    /// The replies of some rows: as many as a listing in them has moments.
    fn of(frame: &Frame, rows: &[&str]) -> Vec<Self> {
        let (body, request, headers) = (Arc::new(frame.body(rows)), frame.request(), BTreeMap::new());
        let mut whole = Self { request, body, at: Moment::from_secs(0), basis: Basis::Assumed, told: Told::default() };
        let (moments, told) = {
            let decoded = Import.decode(&whole.reply(&headers));
            (moments(&decoded), Told::of(&frame.file, rows.len(), &decoded))
        };
        whole.told = told;
        let many = moments.len().max(1);
        let of = |number: usize| {
            let request = whole.request.clone().with(MOMENT, number.to_string());
            let (at, basis) = moments.get(number).copied().unwrap_or((whole.at, whole.basis));
            let told = if number == 0 { whole.told.clone() } else { Told::default() };
            Self { request, body: Arc::clone(&whole.body), at, basis, told }
        };
        (0..many).map(of).collect()
    }

    /// As the route takes it.
    #[must_use]
    pub fn reply<'a>(&'a self, headers: &'a BTreeMap<String, String>) -> Reply<'a> {
        Reply {
            provider: OF.0,
            endpoint: OF.1,
            request: &self.request,
            status: 200,
            headers,
            body: &self.body,
            fetched_at: self.at,
            basis: self.basis,
            sport: None,
        }
    }
}

/// The newest of the listings' first moments, of their second ones, and so on.
fn moments(decoded: &Decoded<'_>) -> Vec<(Moment, Basis)> {
    let (mut seen, mut newest): (HashMap<&str, usize>, Vec<(Moment, Basis)>) = Default::default();
    for snapshot in &decoded.snapshots {
        for listing in &snapshot.listings {
            let number = seen.entry(&*listing.id).or_default();
            let now = (snapshot.observed_at, snapshot.basis);
            match newest.get_mut(*number) {
                Some(known) => *known = (*known).max(now),
                None => newest.push(now),
            }
            *number += 1;
        }
    }
    newest
}

/// Cuts a file.
///
/// # Errors
/// Where it is no table that we read, or lacks a column that the mapping needs.
pub fn cut(stored: Stored, known: &Known, on_chunk: &mut dyn FnMut(Chunk) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let file = plain_name(&stored.name);
    let bytes = stored.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&stored.body);
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\u{FFFD}') {
        bail!("{file} is not UTF-8 text; save it as CSV in UTF-8 (`iconv -f WINDOWS-1252 -t UTF-8`), or as JSON lines");
    }
    let mut frame =
        Frame { mapping: known.value.clone(), file, format: Format::Csv, header: String::new(), outer: BTreeMap::new(), first_row: 1 };
    if matches!(text.trim_start().as_bytes().first(), Some(b'[' | b'{')) {
        frame.format = Format::Jsonl;
        let (rows, outer) = json_rows(&text, known.mapping.rows.at.as_deref())?;
        frame.outer = outer;
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        return pieces(frame, &rows, known, on_chunk);
    }
    let mut all = records(&text);
    let header = all.by_ref().find(|record| !record.trim().is_empty()).context("an empty file")?;
    frame.header = header.to_owned();
    frame.first_row = text.split_once(header).map_or(0, |(before, _)| before.matches('\n').count()) + 2 + header.matches('\n').count();
    let rows: Vec<&str> = all.collect();
    pieces(frame, &rows, known, on_chunk)
}

fn pieces(mut frame: Frame, rows: &[&str], known: &Known, on_chunk: &mut dyn FnMut(Chunk) -> anyhow::Result<()>) -> anyhow::Result<()> {
    if let providers::Verdict::ChangedShape(wrong) = verdict(&frame) {
        bail!("{wrong}");
    }
    let keys = Keys::of(&frame, known);
    let mut from = 0;
    while from < rows.len() {
        let mut to = (from + ROWS).min(rows.len());
        while to < rows.len() && keys.is_one(rows[to - 1], rows[to]) {
            to += 1;
        }
        let piece = &rows[from..to];
        Chunk::of(&frame, piece).into_iter().try_for_each(&mut *on_chunk)?;
        frame.first_row += piece.iter().map(|row| 1 + row.matches('\n').count()).sum::<usize>();
        from = to;
    }
    Ok(())
}

fn verdict(frame: &Frame) -> providers::Verdict {
    let (request, headers, body) = (Request::default(), BTreeMap::new(), frame.body(&[""]));
    let (provider, endpoint) = OF;
    let (fetched_at, basis) = (Moment::MIN, Basis::Assumed);
    Import.judge(&Reply {
        provider,
        endpoint,
        request: &request,
        status: 200,
        headers: &headers,
        body: &body,
        fetched_at,
        basis,
        sport: None,
    })
}

/// The columns whose rows are not cut apart.
struct Keys {
    names: Vec<String>,
    places: Vec<usize>,
    format: Format,
}

impl Keys {
    fn of(frame: &Frame, known: &Known) -> Self {
        let rows = &known.mapping.rows;
        let names: Vec<String> = rows.together.iter().chain(&rows.same).cloned().collect();
        let header = cells(&frame.header);
        let places = names.iter().filter_map(|name| header.iter().position(|known| known == name)).collect();
        Self { names, places, format: frame.format }
    }

    fn is_one(&self, one: &str, other: &str) -> bool {
        !self.names.is_empty() && self.key(one) == self.key(other)
    }

    fn key(&self, row: &str) -> Vec<String> {
        match self.format {
            Format::Csv => {
                let cells = cells(row);
                self.places.iter().map(|at| cells.get(*at).cloned().unwrap_or_default()).collect()
            }
            Format::Jsonl => {
                let row: BTreeMap<String, &RawValue> = serde_json::from_str(row).unwrap_or_default();
                self.names.iter().map(|name| row.get(name).map(|raw| raw.get().to_owned()).unwrap_or_default()).collect()
            }
        }
    }
}

fn cells(record: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record.as_bytes());
    let row = reader.records().next().and_then(Result::ok).unwrap_or_default();
    row.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// The rows of a JSON document, each in one line, and what it says around them.
fn json_rows(text: &str, at: Option<&str>) -> anyhow::Result<(Vec<String>, BTreeMap<String, String>)> {
    let in_line = |raw: &RawValue| raw.get().replace(['\n', '\r'], " ");
    let trimmed = text.trim_start();
    if let Some(at) = at.filter(|_| trimmed.starts_with('{')) {
        let mut document: BTreeMap<String, &RawValue> = serde_json::from_str(trimmed).context("no JSON document")?;
        let list = document.remove(at).with_context(|| format!("the document has no list {at:?}"))?;
        let rows: Vec<&RawValue> = serde_json::from_str(list.get()).with_context(|| format!("{at:?} is no list"))?;
        let is_plain = |raw: &&RawValue| !raw.get().starts_with(['{', '[']);
        let text_of = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let outer = document.into_iter().filter(|(_, raw)| is_plain(raw)).map(|(name, raw)| (name, text_of(raw))).collect();
        return Ok((rows.into_iter().map(in_line).collect(), outer));
    }
    if trimmed.starts_with('[') {
        let rows: Vec<&RawValue> = serde_json::from_str(trimmed).context("no JSON list of rows")?;
        return Ok((rows.into_iter().map(in_line).collect(), BTreeMap::new()));
    }
    Ok((text.lines().map(str::to_owned).collect(), BTreeMap::new()))
}

/// A file's own name, without folders and packing.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let endings = [".gz", ".bz2", ".zst"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
}
