//! Compares what was taken over with the old rows: every row accounted for, every reference alive, a sample read again through the API. What
//! differs is told with its reason; what others wrote since is no fault, and is told apart.

mod references;
mod rows;
mod sample;

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

pub use references::ReferenceCheck;
pub use rows::TableCheck;
pub use sample::Sample;

use super::catalogue;
use super::compare;
use super::content;
use super::error::AdoptError;
use super::layout::Layout;
use super::manifest::Manifest;
use super::places::Places;
use super::stages::{self, Stage};
use super::surroundings;
use crate::clock::Clock;

/// An answer of the API: status and body.
pub type Ask<'a> = &'a dyn Fn(&str) -> anyhow::Result<(u16, Value)>;

/// What is asked for.
pub struct Request<'a> {
    /// The databases.
    pub places: &'a Places,
    /// Old events to be read again through the API.
    pub sample: usize,
    /// Asks the API.
    pub ask: Ask<'a>,
    /// The backup that the old tables are compared with.
    pub backup: Option<&'a Manifest>,
    /// Whether nothing is to be noted.
    pub dry_run: bool,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What is concerned (`sports_events/8b6f..`).
    pub of: String,
    /// What is not the same.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.of, self.what, self.why)
    }
}

/// Differences: all are counted, the first are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub told: Vec<Difference>,
}

/// More would hide what matters.
const TOLD: usize = 500;

impl Differences {
    fn add(&mut self, of: impl Into<String>, what: impl Into<String>, why: impl Into<String>) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(Difference { of: of.into(), what: what.into(), why: why.into() });
        }
    }
}

/// A table beside its backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupCheck {
    /// The backup's moment.
    pub made_at: String,
    /// Tables that are to the letter what they were.
    pub equal: usize,
    /// Tables that are not: others, or the follower, have written there since.
    pub changed: Vec<String>,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// When it was made.
    pub at: String,
    /// The old database.
    pub old: String,
    /// Our store.
    pub store: String,
    /// Whether nothing differs that nothing explains.
    pub passed: bool,
    /// Rows that others wrote since they were read: `adopt apply` takes them.
    pub later: u64,
    /// Each old table.
    pub tables: Vec<TableCheck>,
    /// Whatever refers to the old events.
    pub references: Vec<ReferenceCheck>,
    /// What was read again through the API.
    pub sample: Sample,
    /// The old tables beside their backup.
    pub backup: Option<BackupCheck>,
    /// What differs, and why.
    pub differences: Differences,
}

/// Compares. Notes in our ledger whether it passed, unless told not to.
///
/// # Errors
/// [`AdoptError::Usage`] where nothing was taken over yet; what the databases report.
pub fn verify(request: &Request<'_>, clock: &dyn Clock, on_rows: &mut dyn FnMut(u64)) -> anyhow::Result<Report> {
    let places = request.places;
    let status = places.store.migration_status()?;
    if status.version < status.known || !places.store.has_accounts()? {
        return Err(AdoptError::Usage("nothing was taken over yet: run `adopt apply`".to_owned()).into());
    }
    let mut session = places.open_old()?;
    session.begin_look()?;
    let (tables, columns) = (catalogue::tables(&mut session)?, catalogue::columns(&mut session)?);
    let layout = Layout::of(&tables, &columns);
    let (schema, events) = layout.events().ok_or_else(|| AdoptError::Usage("no table holds events any more".to_owned()))?;
    let mut differences = Differences::default();
    let checked = rows::check(request, (schema, events), &mut differences, on_rows)?;
    let keys = catalogue::references(&mut session)?;
    let references = references::check(&mut session, places, &layout, &keys, &mut differences)?;
    if places.has_ledger() {
        for (of, what, why) in surroundings::wrong(&mut places.open_ours()?)? {
            differences.add(of, what, why);
        }
    }
    let backup = request.backup.map(|manifest| beside_backup(&mut session, manifest)).transpose()?;
    session.end()?;
    let later = checked.tables.iter().map(|table| table.later).sum();
    let report = Report {
        at: clock.now().to_string(),
        old: places.old.shown(),
        store: places.store.engine().address(),
        passed: differences.count == 0,
        later,
        tables: checked.tables,
        references,
        sample: checked.sample,
        backup,
        differences,
    };
    if places.has_ledger() && !request.dry_run {
        let detail = json!({ "passed": report.passed, "differences": report.differences.count, "later": report.later, "sample": report.sample.events });
        stages::note(&mut places.open_ours()?, Stage::Verified, &detail)?;
    }
    Ok(report)
}

fn beside_backup(session: &mut super::session::Session, manifest: &Manifest) -> anyhow::Result<BackupCheck> {
    let mut without = manifest.without_schemas.clone();
    without.push("predictive_play".to_owned());
    let now = content::contents(session, &without)?;
    let was: Vec<_> = manifest.tables.iter().filter(|table| table.schema != "predictive_play").cloned().collect();
    let changed: Vec<String> = compare::contents(&was, &now).iter().map(ToString::to_string).collect();
    let is_equal = |table: &&content::Content| now.contains(table);
    Ok(BackupCheck { made_at: manifest.made_at.clone(), equal: was.iter().filter(is_equal).count(), changed })
}
