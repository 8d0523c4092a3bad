//! Where the operator stands, and what comes next.

use std::path::Path;

use serde::Serialize;
use store::adopted::Outcome;

use super::apply::{self, Account};
use super::cutover::{self, State};
use super::error::Result;
use super::manifest::Manifest;
use super::places::Places;
use super::stages::{self, Done, Stage};
use super::switchover;

/// A backup, as far as it was shown to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Its folder.
    pub folder: String,
    /// When its snapshot was taken.
    pub made_at: String,
    /// When it was restored elsewhere and compared.
    pub proved_at: String,
    /// Its rows.
    pub rows: u64,
    /// Why it is none.
    pub refused: Option<String>,
}

/// Where the take-over stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The old database.
    pub old: String,
    /// Our store.
    pub store: String,
    /// Whether it lies beside the old tables.
    pub is_beside: bool,
    /// The version of our schema; 0 where there is none.
    pub version: i64,
    /// The version that this program needs.
    pub needs_version: i64,
    /// The backup that was named.
    pub backup: Option<Backup>,
    /// What became of old rows.
    pub accounts: Vec<Account>,
    /// Old rows that wait for a person.
    pub waiting: u64,
    /// Steps that were finished, in order.
    pub stages: Vec<Done>,
    /// Whether the last comparison after the last rows were taken over passed.
    pub is_verified: bool,
    /// The follower of the old tables.
    pub follower: Option<State>,
    /// What is switched off.
    pub off: Vec<String>,
    /// What comes next.
    pub next: Vec<String>,
}

/// Looks where the take-over stands. Writes nothing.
///
/// # Errors
/// What a database reports.
pub fn report(places: &Places, backup: Option<&Path>) -> anyhow::Result<Report> {
    let status = apply::status(places)?;
    let is_there = status.version == status.known;
    let accounts = if is_there { apply::accounts(places)? } else { Vec::new() };
    let stages = if status.version > 0 && places.has_ledger() { stages::all(&mut places.open_ours()?)? } else { Vec::new() };
    let (follower, off) = if is_there && places.is_beside { followed(places)? } else { (None, Vec::new()) };
    let mut report = Report {
        old: places.old.shown(),
        store: places.store.engine().address(),
        is_beside: places.is_beside,
        version: status.version,
        needs_version: status.known,
        backup: backup.map(shown),
        waiting: accounts.iter().filter(|account| account.outcome == Outcome::Waiting).map(|account| account.rows).sum(),
        accounts,
        is_verified: switchover::is_verified(&stages),
        stages,
        follower,
        off,
        next: Vec::new(),
    };
    report.next = report.what_comes_next();
    Ok(report)
}

fn followed(places: &Places) -> Result<(Option<State>, Vec<String>)> {
    let mut client = places.connect_ours()?;
    let state = cutover::state(&mut client)?;
    let columns = cutover::columns(&mut client)?;
    let off = columns.into_iter().filter(|column| !column.is_on && column.why_not.is_none()).map(|column| column.name).collect();
    Ok((Some(state), off))
}

fn shown(folder: &Path) -> Backup {
    let name = folder.display().to_string();
    match Manifest::read(folder) {
        Ok(manifest) => {
            let (made_at, proved_at, rows) = (manifest.made_at.clone(), manifest.restored.at.clone(), manifest.rows());
            Backup { folder: name, made_at, proved_at, rows, refused: None }
        }
        Err(error) => Backup { folder: name, made_at: String::new(), proved_at: String::new(), rows: 0, refused: Some(error.to_string()) },
    }
}

impl Report {
    fn what_comes_next(&self) -> Vec<String> {
        let say = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let is_on = self.follower.as_ref().is_some_and(|state| state.is_on);
        let was_rolled_back = stages::last(&self.stages, &[Stage::Applied, Stage::Adopted, Stage::CutOver, Stage::RolledBack])
            .is_some_and(|last| last.stage == Stage::RolledBack);
        if self.version == 0 {
            return say(&["adopt backup --out DIR (if there is none yet)", "adopt apply --dry-run, then adopt apply"]);
        }
        if self.version < self.needs_version || self.accounts.is_empty() {
            return say(&["adopt apply: our schema is older than this program, or no rows were taken over yet"]);
        }
        if was_rolled_back {
            return say(&[
                "the old ingestion service and its key are on again, if they were off",
                "adopt verify and adopt cutover to follow once more, or adopt rollback --drop-schema to take our schema away",
            ]);
        }
        if is_on {
            return say(&[
                "predictive-play up, with DATABASE_URL naming this database, keeps the old tables up to date while it runs",
                "the old ingestion service goes off once rows are written here for a day, its key a week later; adopt rollback goes back at any time",
            ]);
        }
        if !self.is_beside {
            return say(&["adopt verify; the old tables cannot be followed from here: our store is another database"]);
        }
        if self.is_verified { say(&["adopt cutover --dry-run, then adopt cutover"]) } else { say(&["adopt verify"]) }
    }
}
