//! The database: unreachable, read-only, too old, or of a newer program; and whether our clock is behind what it knows.

use std::fs::{File, OpenOptions};

use ::store::postgres::MissingRight;
use ::store::{Server, Status, Store, StoreError};

use super::{Line, Patient, State};
use crate::settings::StoreUrl;

const SUBJECT: &str = "database";

pub(super) fn examine(patient: &Patient<'_>) -> Vec<Line> {
    if let StoreUrl::Sqlite(path) = &patient.settings.store.url
        && !path.exists()
    {
        return vec![Line::ok(SUBJECT, format!("no store yet; the first start makes {}", path.display()))];
    }
    let server = match patient.store.server() {
        Ok(server) => server,
        Err(error) => return vec![failed(&error, patient)],
    };
    if server.is_too_old() {
        let reason = format!("PostgreSQL {} is too old", server.version);
        return vec![Line::of(State::Misconfigured, SUBJECT, "server_too_old", reason, "use PostgreSQL 15 or newer")];
    }
    match patient.store.migration_status() {
        Ok(status) => schema(patient, &server, &status),
        Err(error) => vec![failed(&error, patient)],
    }
}

fn schema(patient: &Patient<'_>, server: &Server, status: &Status) -> Vec<Line> {
    let Status { version, known, .. } = status;
    let versions = format!("its schema is at version {version}, this program knows {known}");
    if version > known {
        let advice = "a newer program wrote it; use that one";
        return vec![Line::of(State::Misconfigured, SUBJECT, "schema_newer", versions, advice)];
    }
    if *version == 0 && server.is_read_only {
        let reason = format!("{} takes no writes, and has not our schema yet", patient.store.engine().address());
        return vec![Line::of(State::Wrong, SUBJECT, "read_only", reason, ON_A_PRIMARY)];
    }
    if *version == 0 {
        return vec![Line::ok(
            SUBJECT,
            format!("{} is there, without our schema yet; the first start makes it", engine(patient.store, server)),
        )];
    }
    if version < known {
        return vec![Line::of(State::Wrong, SUBJECT, "schema_older", versions, "run `predictive-play migrate up`")];
    }
    let mut lines = vec![match patient.store.try_writing() {
        Ok(()) => Line::ok(SUBJECT, format!("{} reads and writes, schema version {version}", engine(patient.store, server))),
        Err(error) => failed(&error, patient),
    }];
    lines.extend(behind(patient));
    lines.extend(rights(patient));
    lines
}

/// Roles that are not there: everything works, with more rights than it needs.
fn rights(patient: &Patient<'_>) -> Vec<Line> {
    let missing = patient.store.missing_rights().unwrap_or_default();
    let line = |right: MissingRight| {
        let advice = format!("as a superuser: {}", right.sql);
        Line::of(State::Warning, "database roles", "rights_missing", format!("the login lacks {}", right.right), advice)
    };
    missing.into_iter().map(line).collect()
}

fn engine(store: &Store, server: &Server) -> String {
    format!("{} ({} {})", store.engine().address(), store.engine().name(), server.version)
}

fn failed(error: &StoreError, patient: &Patient<'_>) -> Line {
    let reason = format!("{}: {error}", patient.store.engine().address());
    let is_file = matches!(patient.settings.store.url, StoreUrl::Sqlite(_));
    let of = |code, advice: &str| Line::of(State::Wrong, SUBJECT, code, reason.clone(), advice);
    match error {
        error if error.is_full() => of("disk_full", "make room where the database lies"),
        error if error.is_read_only() && is_file => {
            of("read_only", "let this user write the file and its folder, or mount the disk for writing")
        }
        error if error.is_read_only() => of("read_only", ON_A_PRIMARY),
        error if error.is_disconnected() && is_locked(&patient.settings.store.url) => {
            of("read_only", "let this user write the file and its folder, or mount the disk for writing")
        }
        error if error.is_disconnected() && is_file => of("unreachable", "let this user open the file and its folder"),
        error if error.is_disconnected() => of("unreachable", "start PostgreSQL, or correct host, port, user and password in DATABASE_URL"),
        error if error.is_retryable() => {
            of("busy", "somebody holds a lock for long: look for a second program, or a transaction left open")
        }
        _ => of("failing", "see what the engine says"),
    }
}

const ON_A_PRIMARY: &str = "connect to the primary and not to a replica, with a user that owns schema predictive_play";

/// Whether a file may be read and not written: SQLite says of it only that it cannot be opened, for it writes beside what it reads.
fn is_locked(url: &StoreUrl) -> bool {
    let StoreUrl::Sqlite(path) = url else { return false };
    File::open(path).is_ok() && OpenOptions::new().write(true).open(path).is_err()
}

/// A store that knows a later moment than our clock shows: the clock was set back, or another machine's runs ahead.
fn behind(patient: &Patient<'_>) -> Option<Line> {
    let head = patient.store.head().ok()?;
    let ahead = head.recorded_at.secs_since(patient.clock.now());
    let reason = format!("{ahead:.0} s behind the last entry of the store, which was recorded at {}", head.recorded_at);
    (ahead > 5.0).then(|| {
        Line::of(State::Wrong, "clock", "clock_behind", reason, "set the clock; until then times move on by a microsecond an entry")
    })
}
