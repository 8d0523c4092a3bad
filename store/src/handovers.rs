//! Hand-overs: what a provider of a lower rank gives because the first is out. Kept among the findings, opened and closed by whoever
//! collects, at the moment at which it passes, and not by checks.

use odds::Moment;

use crate::engine::in_transaction;
use crate::error::Result;
use crate::findings::{FindingRow, HANDOVER, NewFinding, all, insert, last_id, lock};
use crate::store::Store;

impl Store {
    /// Writes down that a fact (`odds/basketball.nba`) passes on, in the words `from A to B: why`, or back to the first: what stood
    /// before is closed. Twice at one moment leaves two rows, of which the first lasted no time.
    ///
    /// # Errors
    /// What the engine reports; then nothing of it is kept.
    pub fn hand_over(&self, fact: &str, passed: Option<&str>, at: Moment) -> Result<()> {
        let is_postgres = self.engine().name() == "postgres";
        self.write(|connection| {
            in_transaction(connection, |connection| {
                lock(connection, is_postgres)?;
                let sql = "update @findings set closed_at = $1, seen_at = $1 where kind = $2 and subject = $3 and closed_at is null";
                connection.execute(sql, &[at.into(), HANDOVER.into(), fact.into()])?;
                let Some(passed) = passed else { return Ok(()) };
                let finding = NewFinding {
                    kind: HANDOVER.to_owned(),
                    subject: fact.to_owned(),
                    severity: "warn".to_owned(),
                    detail: passed.to_owned(),
                };
                let last = last_id(connection)?;
                insert(connection, last + 1, &finding, at)
            })
        })
    }

    /// Hand-overs that stand.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn open_handovers(&self) -> Result<Vec<FindingRow>> {
        let sql = "select finding_id, kind, subject, severity, detail, opened_at, seen_at, closed_at from @findings
            where closed_at is null and kind = $1 order by finding_id";
        self.read(|connection| all(connection, sql, &[HANDOVER.into()]))
    }

    /// Hand-overs that stood at some time since a moment, the oldest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn handovers_since(&self, since: Moment) -> Result<Vec<FindingRow>> {
        let sql = "select finding_id, kind, subject, severity, detail, opened_at, seen_at, closed_at from @findings
            where kind = $1 and (closed_at is null or closed_at >= $2) order by finding_id";
        self.read(|connection| all(connection, sql, &[HANDOVER.into(), since.into()]))
    }
}
