//! A file to chunks: some thousand rows each, cut where no rows that belong together are torn apart.

use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};

use anyhow::bail;
use memchr::{memchr, memchr_iter};
use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use providers::Provider;
use providers::import::{Format, Frame, Import, is_empty, lines, split};
use rustc_hash::FxHasher;
use serde_json::value::RawValue;

use super::table::{Table, Wanted, tables};
use super::{Known, OF};
use crate::replay::Stored;

/// Rows of a chunk, unless its last ones belong together.
const ROWS: usize = 2000;

/// Rows on their way.
#[derive(Debug)]
pub struct Chunk {
    /// What stands for its request.
    pub request: Request,
    /// Its bytes.
    pub body: Vec<u8>,
    /// The file's own name.
    pub file: String,
    /// How many rows that say something.
    pub rows: usize,
}

impl Chunk {
    /// As the route takes it: `at` is the newest moment that it tells of, and `basis` what that rests on.
    #[must_use]
    pub fn reply<'a>(&'a self, headers: &'a BTreeMap<String, String>, (at, basis): (Moment, Basis)) -> Reply<'a> {
        let ((provider, endpoint), Self { request, body, .. }) = (OF, self);
        Reply { provider, endpoint, request, status: 200, headers, body, fetched_at: at, basis, sport: None }
    }
}

/// What takes the chunks of a file.
pub type OnChunk<'f> = &'f mut dyn FnMut(Chunk) -> anyhow::Result<()>;

/// Cuts a file.
///
/// # Errors
/// Where it is no table that we read, lacks a column that the mapping needs, or rows that belong together lie apart.
pub fn cut(stored: Stored, known: &Known, on_chunk: OnChunk<'_>) -> anyhow::Result<()> {
    let file = plain_name(&stored.name);
    let rows = &known.mapping.rows;
    let wanted = Wanted { at: rows.at.as_deref(), sheet: rows.sheet.as_deref() };
    tables(&file, stored.body, wanted, &mut |table| {
        let Table { format, header, outer, first_row, rows } = table;
        let frame = Frame { mapping: known.value.clone(), file: file.clone(), format, header, outer, first_row };
        let mut cutter = Cutter::of(frame, known)?;
        for row in rows {
            cutter.take(&row?, on_chunk)?;
        }
        cutter.end(on_chunk)
    })
}

/// Takes rows one by one, and gives chunks.
struct Cutter {
    frame: Frame,
    keys: Keys,
    needs_together: bool,
    /// The chunk that is being filled.
    body: Vec<u8>,
    /// Bytes of the longest one so far.
    longest: usize,
    lines: usize,
    told: usize,
    /// The number of the next row.
    next_row: usize,
    last: Option<u64>,
    begun: HashSet<u64>,
    ended: HashSet<u64>,
}

impl Cutter {
    fn of(frame: Frame, known: &Known) -> anyhow::Result<Self> {
        if let providers::Verdict::ChangedShape(wrong) = verdict(&frame) {
            bail!("{wrong}");
        }
        let (keys, needs_together, next_row) = (Keys::of(&frame, known), known.mapping.needs_together(), frame.first_row);
        let (body, begun, ended) = Default::default();
        Ok(Self { frame, keys, needs_together, body, longest: 0, lines: 0, told: 0, next_row, last: None, begun, ended })
    }

    fn take(&mut self, row: &str, on_chunk: OnChunk<'_>) -> anyhow::Result<()> {
        if !is_empty(row, self.frame.format) {
            let key = if self.keys.names.is_empty() { None } else { Some(self.keys.of_row(row)) };
            if self.told >= ROWS && (key.is_none() || key != self.last) {
                self.end(on_chunk)?;
            }
            if let Some(key) = key.filter(|key| self.needs_together && Some(*key) != self.last) {
                self.begin(key)?;
            }
            self.last = key;
            self.told += 1;
        }
        if self.lines == 0 {
            self.body = self.frame.body("");
            self.body.reserve(self.longest.saturating_sub(self.body.len()));
        }
        self.body.extend_from_slice(row.as_bytes());
        self.body.push(b'\n');
        self.lines += 1;
        self.next_row += lines(row);
        Ok(())
    }

    /// Rows that belong together begin. Where some of them went out in an earlier chunk, what these do not tell would be taken for gone.
    fn begin(&mut self, key: u64) -> anyhow::Result<()> {
        if self.ended.contains(&key) {
            let (columns, row) = (self.keys.names.join(", "), self.next_row);
            bail!("row {row} belongs to rows that ended long before it: sort the file so that rows alike in {columns} lie together");
        }
        self.begun.insert(key);
        Ok(())
    }

    fn end(&mut self, on_chunk: OnChunk<'_>) -> anyhow::Result<()> {
        if self.lines == 0 {
            return Ok(());
        }
        let (request, body) = (self.frame.request(), std::mem::take(&mut self.body));
        self.longest = self.longest.max(body.len());
        let chunk = Chunk { request, body, file: self.frame.file.clone(), rows: self.told };
        (self.lines, self.told, self.frame.first_row) = (0, 0, self.next_row);
        self.ended.extend(self.begun.drain());
        on_chunk(chunk)
    }
}

fn verdict(frame: &Frame) -> providers::Verdict {
    let (request, headers) = (Request::default(), BTreeMap::new());
    let (file, rows, body) = (String::new(), 0, frame.body("\n"));
    Import.judge(&Chunk { request, body, file, rows }.reply(&headers, (Moment::MIN, Basis::Assumed)))
}

/// The columns whose rows are not cut apart.
struct Keys {
    names: Vec<String>,
    /// Where they lie, from the left.
    places: Vec<usize>,
    format: Format,
}

impl Keys {
    fn of(frame: &Frame, known: &Known) -> Self {
        let rows = &known.mapping.rows;
        let names: Vec<String> = rows.together.iter().chain(&rows.same).cloned().collect();
        let header = split(&frame.header);
        let mut places: Vec<usize> = names.iter().filter_map(|name| header.iter().position(|known| known == name)).collect();
        places.sort_unstable();
        places.dedup();
        Self { names, places, format: frame.format }
    }

    /// A hash of the row's cells in these columns.
    fn of_row(&self, row: &str) -> u64 {
        let mut hasher = FxHasher::default();
        match self.format {
            Format::Csv if memchr(b'"', row.as_bytes()).is_some() => {
                let cells = split(row);
                self.places.iter().for_each(|at| cells.get(*at).map_or("", |cell| &**cell).hash(&mut hasher));
            }
            Format::Csv => {
                let (mut ends, mut from, mut next) = (memchr_iter(b',', row.as_bytes()), 0, 0);
                for place in &self.places {
                    // what ends before the wanted cell begins is passed over; behind the last comma the last cell goes to the end
                    if *place > next {
                        from = ends.nth(place - next - 1).map_or(row.len(), |end| end + 1);
                    }
                    let end = ends.next();
                    row[from..end.unwrap_or(row.len())].trim().hash(&mut hasher);
                    (from, next) = (end.map_or(row.len(), |end| end + 1), place + 1);
                }
            }
            Format::Jsonl => {
                let row: BTreeMap<String, &RawValue> = serde_json::from_str(row).unwrap_or_default();
                self.names.iter().for_each(|name| row.get(name).map_or("", |raw| raw.get()).hash(&mut hasher));
            }
        }
        hasher.finish()
    }
}

/// A file's own name, without folders and packing.
pub(super) fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let endings = [".gz", ".bz2", ".zst"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(places: &[usize], row: &str) -> u64 {
        Keys { names: Vec::new(), places: places.to_vec(), format: Format::Csv }.of_row(row)
    }

    #[test]
    fn rows_are_alike_by_the_cells_that_count_however_they_are_written() {
        for places in [&[0][..], &[1], &[0, 1], &[0, 2], &[1, 2, 3], &[3], &[2, 7], &[7, 8]] {
            let (plain, quoted) = (hashed(places, "a, b ,,d"), hashed(places, r#""a"," b ","","d""#));
            assert_eq!(plain, quoted, "{places:?}");
            let other = places.iter().filter(|place| **place < 4).map(|place| {
                let mut cells = ["a", "b", "", "d"];
                cells[*place] = "x";
                hashed(places, &cells.join(","))
            });
            assert!(other.into_iter().all(|other| other != plain), "{places:?}");
        }
    }
}
