//! The keeper of a bucket: copies finished files of the folder there, and takes old ones out of the folder where that is wanted.
//!
//! It follows the folder day by day with a cursor of its own, which lies in the folder (`bucket-cursor.json`), for what is copied is
//! a matter of this folder and this bucket, not of the database. A day is passed once it is over and all of it is there. Every step
//! may be the last one: a put is whole or not there, names are hashes of content, and the cursor only saves listing days again.

use std::collections::{BTreeMap, HashMap};

use odds::Moment;
use serde::{Deserialize, Serialize};

use super::dictionary::{ENDING as DICTIONARY_ENDING, FOLDER as DICTIONARIES};
use super::{Archive, BUNDLE_ENDING};
use crate::bucket::Bucket;
use crate::error::{Result, StoreError};

const CURSOR: &str = "bucket-cursor.json";
const DAY_SECS: i64 = 24 * 3600;
/// A day is passed when it has been over for a day: clocks of two processes may differ.
const OPEN_DAYS: i64 = 1;

/// What one pass came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Files that were copied.
    pub copied: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// Bundles that were taken out of the folder, the bucket having them.
    pub removed: usize,
    /// Files that cannot be copied, for their bytes are not those that their names tell.
    pub damaged: usize,
    /// Whether it was told to end before all was done.
    pub is_stopped: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    url: String,
    day: String,
}

/// Copies the files of one archive to its bucket.
pub struct Keeper {
    archive: Archive,
    bucket: Bucket,
    keep_days: Option<u32>,
    /// What the bucket has of days that are not passed, as far as it was asked: by day, names with their lengths.
    known: HashMap<String, HashMap<String, u64>>,
    cursor: Option<String>,
}

/// Somebody asked to end.
struct Stopped;

enum Ended {
    Stopped,
    Failed(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<Stopped> for Ended {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

struct Steps<'a>(&'a mut dyn FnMut() -> bool);

impl Steps<'_> {
    fn next(&mut self) -> Result<(), Stopped> {
        if (self.0)() { Ok(()) } else { Err(Stopped) }
    }
}

impl Keeper {
    /// The keeper of an archive; `None` where it has no bucket. Bundles older than so many days leave the folder, where said.
    #[must_use]
    pub fn of(archive: &Archive, keep_days: Option<u32>) -> Option<Self> {
        let bucket = archive.bucket()?.clone();
        Some(Self { archive: archive.clone(), bucket, keep_days, known: HashMap::new(), cursor: None })
    }

    /// Copies what is not copied yet, then takes out what is old. `may_go_on` is asked before each step; where it says no, the
    /// rest is left for the next pass. Twice changes nothing.
    ///
    /// # Errors
    /// Where the folder cannot be read, or the bucket is away: what was done by then stays.
    pub fn pass(&mut self, now: Moment, may_go_on: &mut dyn FnMut() -> bool) -> Result<Pass> {
        let (mut pass, mut steps) = (Pass::default(), Steps(may_go_on));
        let done = self.copy(now, &mut pass, &mut steps).and_then(|()| self.remove(now, &mut pass, &mut steps));
        match done {
            Err(Ended::Failed(error)) => Err(error),
            ended => Ok(Pass { is_stopped: ended.is_err(), ..pass }),
        }
    }

    fn copy(&mut self, now: Moment, pass: &mut Pass, steps: &mut Steps<'_>) -> Result<(), Ended> {
        // A bundle in the bucket must be readable from there alone: what it was packed with goes first.
        let days = self.days()?;
        let dictionaries = self.archive.shared.files.local_names(DICTIONARIES, DICTIONARY_ENDING)?;
        self.copy_files(DICTIONARIES, &dictionaries, pass, steps)?;
        let (open_from, mut is_behind) = (day_of(now.plus_secs(-OPEN_DAYS * DAY_SECS)), false);
        for (day, bundles) in days {
            if self.cursor.as_ref().is_some_and(|cursor| day <= *cursor) {
                continue;
            }
            is_behind |= !self.copy_files(&day, &bundles, pass, steps)?;
            if !is_behind && day < open_from {
                steps.next()?;
                self.move_to(&day)?;
            }
        }
        Ok(())
    }

    /// Copies files that lie below a folder; gives whether the bucket has all of them now.
    fn copy_files(&mut self, below: &str, names: &[String], pass: &mut Pass, steps: &mut Steps<'_>) -> Result<bool, Ended> {
        let mut is_whole = true;
        for name in names {
            if !self.known.contains_key(below) {
                steps.next()?;
                self.known.insert(below.to_owned(), self.bucket.names(below)?.into_iter().collect());
            }
            let length = self.archive.shared.files.local_length(name)?;
            if self.known.get(below).and_then(|known| known.get(name)) == Some(&length) {
                continue;
            }
            steps.next()?;
            is_whole &= self.copy_one(below, name, pass)?;
        }
        Ok(is_whole)
    }

    fn copy_one(&mut self, below: &str, name: &str, pass: &mut Pass) -> Result<bool> {
        let bytes = self.archive.shared.files.read_local(name)?;
        if !is_named_by(name, &bytes) {
            tracing::error!(name, "a file of the archive is damaged and is not copied to the bucket");
            pass.damaged += 1;
            return Ok(false);
        }
        let length = bytes.len() as u64;
        self.bucket.put(name, bytes)?;
        if self.bucket.length(name)? != Some(length) {
            return Err(StoreError::damaged(format!("{name} in the bucket"), "it has another length than was written"));
        }
        self.known.entry(below.to_owned()).or_default().insert(name.to_owned(), length);
        (pass.copied, pass.bytes) = (pass.copied + 1, pass.bytes + length);
        Ok(true)
    }

    /// The bundles in the folder by day, the oldest first.
    fn days(&mut self) -> Result<BTreeMap<String, Vec<String>>> {
        if self.cursor.is_none() {
            self.cursor = self.read_cursor();
        }
        let mut days: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in self.archive.shared.files.local_names("", BUNDLE_ENDING)? {
            let Some((day, _)) = name.rsplit_once('/') else { continue };
            days.entry(day.to_owned()).or_default().push(name);
        }
        Ok(days)
    }

    /// A cursor that is lost, damaged or of another bucket means that all days are looked at again.
    fn read_cursor(&self) -> Option<String> {
        let bytes = self.archive.shared.files.read_local(CURSOR).ok()?;
        let cursor: Cursor = serde_json::from_slice(&bytes).ok()?;
        (cursor.url == self.bucket.url()).then_some(cursor.day)
    }

    fn move_to(&mut self, day: &str) -> Result<()> {
        let cursor = Cursor { url: self.bucket.url().to_owned(), day: day.to_owned() };
        let text = serde_json::to_vec(&cursor).map_err(|error| StoreError::damaged(CURSOR, error))?;
        self.archive.shared.files.replace(CURSOR, &text)?;
        self.known.remove(day);
        self.cursor = Some(day.to_owned());
        Ok(())
    }

    /// Takes bundles of old days out of the folder. Each is read back from the bucket before: one that is not there, or other, is
    /// copied again and stays until the next pass.
    fn remove(&mut self, now: Moment, pass: &mut Pass, steps: &mut Steps<'_>) -> Result<(), Ended> {
        let Some(keep_days) = self.keep_days else { return Ok(()) };
        let oldest = day_of(now.plus_secs(-i64::from(keep_days) * DAY_SECS));
        for (day, bundles) in self.days()?.into_iter().filter(|(day, _)| *day < oldest) {
            for name in bundles {
                steps.next()?;
                let is_there = self.bucket.get(&name)?.is_some_and(|bytes| is_named_by(&name, &bytes));
                steps.next()?;
                if is_there {
                    self.archive.shared.files.remove(&name)?;
                    pass.removed += 1;
                } else {
                    self.copy_one(&day, &name, pass)?;
                }
            }
        }
        Ok(())
    }
}

fn day_of(moment: Moment) -> String {
    moment.timestamp().strftime("%Y/%m/%d").to_string()
}

/// Whether a file's name tells its content.
fn is_named_by(name: &str, bytes: &[u8]) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split('.').next().is_some_and(|hash| hash.len() == 32 && blake3::hash(bytes).to_hex().starts_with(hash))
}
