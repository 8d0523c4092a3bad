//! What the checks found, with its history: a finding is opened, seen again, and closed when it is no longer found.

use odds::Moment;

use crate::engine::{Connection, Param, Row, in_transaction};
use crate::error::Result;
use crate::store::Store;

/// A finding as a check gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewFinding {
    /// What kind (`no_price`); with the subject it tells findings apart.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// `info`, `warn` or `error`.
    pub severity: String,
    /// For people.
    pub detail: String,
}

/// A finding as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FindingRow {
    /// Its number in this store.
    pub id: i64,
    /// What kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// `info`, `warn` or `error`, as it was seen last.
    pub severity: String,
    /// For people, as it was seen last.
    pub detail: String,
    /// When it was found first.
    pub opened_at: Moment,
    /// When it was found last.
    pub seen_at: Moment,
    /// When it was found no more.
    pub closed_at: Option<Moment>,
}

/// The kind of a hand-over: those are opened and closed by whoever collects, see [`crate::handovers`].
pub(crate) const HANDOVER: &str = "handover";

const OPEN: &str = "select finding_id, kind, subject, severity, detail, opened_at, seen_at, closed_at from @findings
    where closed_at is null order by finding_id";

fn read(row: &dyn Row) -> Result<FindingRow> {
    Ok(FindingRow {
        id: row.int(0)?,
        kind: row.text(1)?.to_owned(),
        subject: row.text(2)?.to_owned(),
        severity: row.text(3)?.to_owned(),
        detail: row.text(4)?.to_owned(),
        opened_at: Moment::from_micros(row.int(5)?),
        seen_at: Moment::from_micros(row.int(6)?),
        closed_at: row.opt_int(7)?.map(Moment::from_micros),
    })
}

pub(crate) fn all(connection: &mut dyn Connection, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<FindingRow>> {
    let mut findings = Vec::new();
    connection.query(sql, params, &mut |row| {
        findings.push(read(row)?);
        Ok(())
    })?;
    Ok(findings)
}

impl Store {
    /// The findings that are open, the oldest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn open_findings(&self) -> Result<Vec<FindingRow>> {
        self.read(|connection| all(connection, OPEN, &[]))
    }

    /// The findings that were open at a moment, the oldest first, in the words in which they were seen last.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn findings_at(&self, at: Moment) -> Result<Vec<FindingRow>> {
        let sql = "select finding_id, kind, subject, severity, detail, opened_at, seen_at, closed_at from @findings
            where opened_at <= $1 and (closed_at is null or closed_at > $1) order by finding_id";
        self.read(|connection| all(connection, sql, &[at.into()]))
    }

    /// Findings that were open at some time since a moment, the newest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn findings_since(&self, since: Moment, limit: i64) -> Result<Vec<FindingRow>> {
        let sql = "select finding_id, kind, subject, severity, detail, opened_at, seen_at, closed_at from @findings
            where closed_at is null or closed_at >= $1 order by finding_id desc limit $2";
        self.read(|connection| all(connection, sql, &[since.into(), limit.into()]))
    }

    /// Keeps what one whole check found: what is new is opened, what is open and found again is seen, what is open and not found is
    /// closed. Gives what is open now. Two checks that run at once wait for each other.
    ///
    /// # Errors
    /// What the engine reports; then nothing of it is kept.
    pub fn keep_findings(&self, found: &[NewFinding], now: Moment) -> Result<Vec<FindingRow>> {
        let is_postgres = self.engine().name() == "postgres";
        self.write(|connection| in_transaction(connection, |connection| keep(connection, is_postgres, found, now)))
    }
}

fn keep(connection: &mut dyn Connection, is_postgres: bool, found: &[NewFinding], now: Moment) -> Result<Vec<FindingRow>> {
    lock(connection, is_postgres)?;
    let open = all(connection, OPEN, &[])?;
    let mut last = last_id(connection)?;
    for finding in found {
        match open.iter().find(|row| row.kind == finding.kind && row.subject == finding.subject) {
            Some(row) => see(connection, row.id, finding, now)?,
            None => {
                last += 1;
                insert(connection, last, finding, now)?;
            }
        }
    }
    let is_found = |row: &FindingRow| found.iter().any(|finding| row.kind == finding.kind && row.subject == finding.subject);
    for row in open.iter().filter(|row| row.kind != HANDOVER && !is_found(row)) {
        connection.execute("update @findings set closed_at = $1 where finding_id = $2", &[now.into(), row.id.into()])?;
    }
    all(connection, OPEN, &[])
}

/// One at a time numbers findings; SQLite has one writer anyway.
pub(crate) fn lock(connection: &mut dyn Connection, is_postgres: bool) -> Result<()> {
    if is_postgres {
        connection.run_script("select pg_advisory_xact_lock(7306)")?;
    }
    Ok(())
}

pub(crate) fn last_id(connection: &mut dyn Connection) -> Result<i64> {
    let mut last = 0;
    connection.query("select coalesce(max(finding_id), 0) from @findings", &[], &mut |row| {
        last = row.int(0)?;
        Ok(())
    })?;
    Ok(last)
}

fn see(connection: &mut dyn Connection, id: i64, finding: &NewFinding, now: Moment) -> Result<()> {
    let sql = "update @findings set severity = $1, detail = $2, seen_at = $3 where finding_id = $4";
    connection.execute(sql, &[(&finding.severity).into(), (&finding.detail).into(), now.into(), id.into()]).map(drop)
}

pub(crate) fn insert(connection: &mut dyn Connection, id: i64, finding: &NewFinding, now: Moment) -> Result<()> {
    let sql = "insert into @findings (finding_id, kind, subject, severity, detail, opened_at, seen_at) values ($1, $2, $3, $4, $5, $6, $7)";
    let params: [Param<'_>; 7] = [
        id.into(),
        (&finding.kind).into(),
        (&finding.subject).into(),
        (&finding.severity).into(),
        (&finding.detail).into(),
        now.into(),
        now.into(),
    ];
    connection.execute(sql, &params).map(drop)
}
