//! `export`: history as files, a folder for each sport and day. It is appended to: a day that is over, and of which nothing was recorded since,
//! is not touched. Files come to their places one by one, each in one step; what a killed run did not note is done again.

mod days;
mod manifest;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, ensure};
use jiff::civil::Date;
use odds::{Moment, Seq};
use serde::Serialize;
use store::Cut;
use tables::{Asked, Encoder, Format, Place, Source, Table, TablesError};

pub use self::manifest::{Day, Kept, MANIFEST, Manifest};
pub use self::target::Target;

/// Days after which what was done is noted.
const NOTED_AFTER: usize = 64;

/// How files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Parquet, packed with zstd.
    Parquet,
    /// CSV, packed with gzip.
    Csv,
    /// The Arrow IPC file format.
    Arrow,
}

impl FileFormat {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Arrow => "arrow",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Parquet => "data.parquet",
            Self::Csv => "data.csv.gz",
            Self::Arrow => "data.arrow",
        }
    }

    const fn encoding(self) -> Format {
        match self {
            Self::Parquet => Format::Parquet,
            Self::Csv => Format::Csv,
            Self::Arrow => Format::ArrowFile,
        }
    }
}

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct Wish {
    /// How.
    pub format: FileFormat,
    /// Leagues, sports or providers' keys; none asks for all.
    pub sports: Vec<String>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// As of this moment of the world; then it is not appended to.
    pub as_of: Option<Moment>,
    /// By what had been recorded at this moment; then it is not appended to.
    pub known_at: Option<Moment>,
    /// Whether every file is written again.
    pub is_anew: bool,
}

impl Wish {
    fn wants(&self, day: Option<Date>) -> bool {
        match day {
            Some(day) => self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to),
            None => self.from.is_none() && self.to.is_none(),
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Days that were looked through, and those that were left as they are.
    pub days_read: usize,
    /// Days of which nothing new was known.
    pub days_left: usize,
    /// Files that were written.
    pub files_written: usize,
    /// Files that were made again and are as they were.
    pub files_unchanged: usize,
    /// Files that were taken away: their events moved to another day.
    pub files_removed: usize,
    /// Rows of each table that the export holds now.
    pub rows: BTreeMap<&'static str, u64>,
    /// Bytes of all its files.
    pub bytes: u64,
    /// The entry of the log up to which this run read.
    pub seq: i64,
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
}

/// Makes an export, or goes on with one. `on_day` is told how many days are done of how many, and stops the run where it gives false.
///
/// # Errors
/// What the store or the target reports; where the folder holds another export.
pub fn export(
    source: &Source,
    wish: &Wish,
    target: &Target,
    now: Moment,
    on_day: &mut dyn FnMut(usize, usize) -> bool,
) -> anyhow::Result<Done> {
    let known = wish.known_at.map(|at| source.store.known_by(at)).transpose()?.unwrap_or(Seq(i64::MAX)).min(source.head());
    let cut = Cut { as_of: wish.as_of.unwrap_or(Moment::MAX), known };
    let at = wish.as_of.or(wish.known_at).unwrap_or(now);
    let (manifest, is_anew) = begun(source, wish, target, known)?;
    let mut run = Run { source, wish, target, cut, at, manifest, is_anew, done: Done { seq: known.0, ..Done::default() } };
    let due = run.due()?;
    let all = due.len();
    for (place, due) in due.into_iter().enumerate() {
        if !on_day(place, all) {
            run.done.is_stopped = true;
            break;
        }
        run.day(due)?;
        if (place + 1) % NOTED_AFTER == 0 {
            run.note()?;
        }
    }
    if !run.done.is_stopped {
        run.injuries()?;
        (run.manifest.seq, run.manifest.reply) = (known.0, source.store.reply_at(known)?.map(|reply| reply.to_string()));
    }
    run.end()
}

/// The manifest that is gone on with, and whether all files are written again.
fn begun(source: &Source, wish: &Wish, target: &Target, known: Seq) -> anyhow::Result<(Manifest, bool)> {
    let new = Manifest::new(wish.format.as_str(), wish.as_of, wish.known_at);
    let Some(bytes) = target.read(MANIFEST)? else { return Ok((new, wish.is_anew)) };
    let mut manifest = Manifest::read(&bytes)?;
    let is_same = manifest.goes_on(&new)?;
    if let Some(reply) = &manifest.reply {
        let here = source.store.reply_at(Seq(manifest.seq))?.map(|reply| reply.to_string());
        ensure!(here.as_ref() == Some(reply), "the folder holds an export of another store: take another folder");
    }
    if manifest.seq > known.0 {
        bail!("the folder holds an export up to entry {} of the log, and here it ends at {known}: take another folder", manifest.seq);
    }
    (manifest.schema_version, manifest.program) = (new.schema_version, new.program);
    Ok((manifest, wish.is_anew || !is_same))
}

/// A day that is to be written.
struct Due {
    /// Its folder.
    name: String,
    day: Option<Date>,
    is_over: bool,
    places: Vec<Place>,
}

/// The day of a folder.
fn day_of(folder: &str) -> Option<Date> {
    folder.rsplit_once("day=").and_then(|(_, day)| day.parse().ok())
}

struct Run<'a> {
    source: &'a Source,
    wish: &'a Wish,
    target: &'a Target,
    cut: Cut,
    at: Moment,
    manifest: Manifest,
    is_anew: bool,
    done: Done,
}

impl Run<'_> {
    /// The days that are to be written, with their events; those that have none any more too.
    fn due(&mut self) -> anyhow::Result<Vec<Due>> {
        let all = days::all(self.source, self.wish, self.cut, self.at)?;
        let touched = days::touched(self.source, &all, &self.manifest, self.cut)?;
        let (mut due, mut names) = (Vec::new(), BTreeSet::new());
        for (day, places) in all {
            let name = days::folder(&day.0, day.1);
            let known = self.manifest.days.get(&name);
            let is_touched = |seq: i64| touched.get(&name).is_some_and(|last| last.0 > seq);
            let is_settled = known.is_some_and(|known| known.is_over && !is_touched(known.seq));
            if is_settled && !self.is_anew && self.is_whole(&name)? {
                self.done.days_left += 1;
                self.manifest.days.entry(name.clone()).and_modify(|known| known.seq = self.cut.known.0);
            } else {
                let is_over = self.is_frozen() || days::is_over(&day.0, day.1, self.at);
                due.push(Due { name: name.clone(), day: day.1, is_over, places });
            }
            names.insert(name);
        }
        let left = self.manifest.days.keys().filter(|name| !names.contains(*name) && self.is_wanted(name));
        due.extend(left.map(|name| Due { name: name.clone(), day: day_of(name), is_over: true, places: Vec::new() }));
        Ok(due)
    }

    /// Whether this export is of one moment: then nothing of it changes any more.
    const fn is_frozen(&self) -> bool {
        self.wish.as_of.is_some() || self.wish.known_at.is_some()
    }

    /// Whether a folder of the manifest is of a day that this wish is about.
    fn is_wanted(&self, name: &str) -> bool {
        let sport = name.strip_prefix("sport=").and_then(|rest| rest.split_once("/day=")).map_or("", |(sport, _)| sport);
        self.wish.wants(day_of(name)) && self.asked(Table::Events, None).wants_sport(sport, Some(sport))
    }

    /// Whether the files of a day are all there.
    fn is_whole(&self, name: &str) -> anyhow::Result<bool> {
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Injuries) {
            let file = self.file(table, name);
            if let Some(kept) = self.manifest.files.get(&file)
                && !self.target.holds(&file, kept, true)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn file(&self, table: Table, folder: &str) -> String {
        format!("{}/{folder}/{}", table.as_str(), self.wish.format.file())
    }

    fn asked(&self, table: Table, day: Option<Option<Date>>) -> Asked {
        Asked {
            columns: table.columns_of_files(),
            sports: self.wish.sports.clone(),
            day,
            has_one_dictionary: self.wish.format == FileFormat::Arrow,
            ..Asked::all_of(table, self.cut, self.at)
        }
    }

    fn day(&mut self, due: Due) -> anyhow::Result<()> {
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Injuries) {
            let (source, asked) = (self.source, self.asked(table, Some(due.day)));
            self.write(table, &due.name, &mut |take| source.make_of(&asked, &due.places, take))?;
        }
        self.done.days_read += 1;
        if due.places.is_empty() {
            self.manifest.days.remove(&due.name);
        } else {
            self.manifest.days.insert(due.name, Day { seq: self.cut.known.0, is_over: due.is_over });
        }
        Ok(())
    }

    /// The injuries: few enough to be told again, and written where they differ.
    fn injuries(&mut self) -> anyhow::Result<()> {
        let mut told = BTreeSet::new();
        for (sport, day, batch) in self.source.injuries_by_day(&self.asked(Table::Injuries, None))? {
            if self.wish.wants(Some(day)) {
                let name = days::folder(&sport, Some(day));
                self.write(Table::Injuries, &name, &mut |take| take(batch.clone()))?;
                told.insert(self.file(Table::Injuries, &name));
            }
        }
        let is_left = |file: &&String| {
            let folder = file.strip_prefix("injuries/").and_then(|rest| rest.rsplit_once('/')).map(|(folder, _)| folder);
            folder.is_some_and(|folder| self.is_wanted(folder)) && !told.contains(*file)
        };
        let left: Vec<String> = self.manifest.files.keys().filter(is_left).cloned().collect();
        left.iter().try_for_each(|file| self.remove(file))
    }

    /// Writes the file of a table and day: nothing where it would be as it is, and takes it away where it has no rows.
    fn write(&mut self, table: Table, folder: &str, make: Make<'_>) -> anyhow::Result<()> {
        let file = self.file(table, folder);
        let schema = table.schema(&table.columns_of_files());
        let (mut encoder, mut rows) = (None, 0);
        let format = self.wish.format;
        let target = self.target;
        make(&mut |batch| {
            rows += batch.num_rows() as u64;
            let encoder = match &mut encoder {
                Some(encoder) => encoder,
                none => {
                    let writing = target.begin(format == FileFormat::Csv).map_err(|error| TablesError::columns(table.as_str(), error))?;
                    none.insert(Encoder::new(table.as_str(), format.encoding(), &schema, writing)?)
                }
            };
            encoder.write(&batch)
        })?;
        let Some(encoder) = encoder else { return self.remove(&file) };
        let written = encoder.finish()?.end(rows)?;
        if self.manifest.files.get(&file) == Some(&written.kept) && self.target.holds(&file, &written.kept, false)? {
            self.done.files_unchanged += 1;
            return self.target.discard(&written);
        }
        self.target.put(&written, &file)?;
        self.done.files_written += 1;
        self.manifest.files.insert(file, written.kept);
        Ok(())
    }

    fn remove(&mut self, file: &str) -> anyhow::Result<()> {
        if self.target.remove(file)? {
            self.done.files_removed += 1;
        }
        self.manifest.files.remove(file);
        Ok(())
    }

    /// Writes the manifest, where it differs from the one that is there.
    fn note(&self) -> anyhow::Result<()> {
        let text = self.manifest.text()?;
        if self.target.read(MANIFEST)?.as_ref() != Some(&text) {
            self.target.put_bytes(&text, MANIFEST)?;
        }
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<Done> {
        self.note()?;
        for (file, kept) in &self.manifest.files {
            let table = file.split('/').next().and_then(Table::named);
            *self.done.rows.entry(table.map_or("other", Table::as_str)).or_default() += kept.rows;
            self.done.bytes += kept.bytes;
        }
        Ok(self.done)
    }
}

/// Makes the rows of a file.
type Make<'a> = &'a mut dyn FnMut(tables::OnBatch<'_>) -> tables::Result<()>;
