//! Where the operator stands: each step that was finished, in order, in our own ledger.

use serde::Serialize;
use serde_json::Value;

use super::error::{AdoptError, Result};
use super::session::Session;

/// A step of the take-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Our schema lies beside the old tables.
    Applied,
    /// Every old row is accounted for.
    Adopted,
    /// What was taken over was compared with the old rows.
    Verified,
    /// The old tables follow the log.
    CutOver,
    /// They follow it no more.
    Stopped,
    /// What we wrote into them was taken back.
    RolledBack,
}

impl Stage {
    const ALL: [Self; 6] = [Self::Applied, Self::Adopted, Self::Verified, Self::CutOver, Self::Stopped, Self::RolledBack];

    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Adopted => "adopted",
            Self::Verified => "verified",
            Self::CutOver => "cut_over",
            Self::Stopped => "stopped",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// A step that was finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Which.
    pub stage: Stage,
    /// When, by the server's clock.
    pub at: String,
    /// What it came to.
    pub detail: Value,
}

/// Every step that was finished, in order; none where our schema is not there.
///
/// # Errors
/// What the server reports.
pub fn all(session: &mut Session) -> Result<Vec<Done>> {
    let doing = "reading where the take-over stands";
    if session.count("select count(*) from pg_tables where schemaname = 'predictive_play' and tablename = 'adopt_stages'", doing)? == 0 {
        return Ok(Vec::new());
    }
    let sql = "select stage, to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), detail::text from predictive_play.adopt_stages order by n";
    let rows = session.rows(sql, &[], doing)?;
    let done = |row: &postgres::Row| {
        let text = |at: usize| row.try_get::<_, &str>(at).map_err(AdoptError::query(doing));
        let word = text(0)?;
        let stage = Stage::ALL.into_iter().find(|stage| stage.as_str() == word);
        let stage = stage.ok_or_else(|| AdoptError::Failed(format!("the ledger holds a step that this program does not know: {word}")))?;
        let detail = serde_json::from_str(text(2)?).map_err(|error| AdoptError::Failed(format!("{doing}: {error}")))?;
        Ok(Done { stage, at: text(1)?.to_owned(), detail })
    };
    rows.iter().map(done).collect()
}

/// Notes a step that was finished.
///
/// # Errors
/// What the server reports.
pub fn note(session: &mut Session, stage: Stage, detail: &Value) -> Result<()> {
    let sql = "insert into predictive_play.adopt_stages (stage, detail) values ($1, $2::jsonb)";
    session.rows(sql, &[stage.as_str(), &detail.to_string()], "noting where the take-over stands").map(drop)
}

/// The last of some steps.
#[must_use]
pub fn last<'a>(all: &'a [Done], of: &[Stage]) -> Option<&'a Done> {
    all.iter().rev().find(|done| of.contains(&done.stage))
}

/// Whether the old tables follow the log.
#[must_use]
pub fn is_cut_over(all: &[Done]) -> bool {
    last(all, &[Stage::CutOver, Stage::Stopped, Stage::RolledBack]).is_some_and(|done| done.stage == Stage::CutOver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_the_cut_over_counts() {
        let done = |stages: &[Stage]| stages.iter().map(|stage| Done { stage: *stage, at: String::new(), detail: Value::Null }).collect();
        let is_on = |stages: &[Stage]| is_cut_over(&done(stages) as &Vec<Done>);
        assert!(!is_on(&[]) && !is_on(&[Stage::Applied, Stage::Adopted, Stage::Verified]));
        assert!(is_on(&[Stage::CutOver, Stage::Verified]));
        assert!(!is_on(&[Stage::CutOver, Stage::Stopped]) && !is_on(&[Stage::CutOver, Stage::Stopped, Stage::RolledBack, Stage::Applied]));
        assert!(is_on(&[Stage::CutOver, Stage::RolledBack, Stage::Applied, Stage::CutOver]));
    }
}
