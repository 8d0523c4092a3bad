//! What is wrong with the rows, kind by kind: each a query that lists the rows, which an operator can run alone. `inspect` only counts
//! them; whoever takes the rows over decides.

mod events;
mod odds;
mod pairs;

use serde::Serialize;

use super::catalogue::Reference;
use super::error::Result;
use super::layout::Layout;
use super::references::{self, Loose};
use super::session::Session;

/// A kind of problem, and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A word for scripts (`same_game_twice`).
    pub key: &'static str,
    /// The table, or the column and what it refers to.
    pub about: String,
    /// What it is.
    pub title: String,
    /// Rows (or pairs); `None` where they could not be looked at.
    pub rows: Option<u64>,
    /// Lists them.
    pub query: String,
    /// Why they could not be looked at.
    pub failed: Option<String>,
}

/// A kind that is to be looked for.
pub struct Check {
    key: &'static str,
    about: String,
    title: String,
    query: String,
}

impl Check {
    fn of(key: &'static str, about: &str, title: impl Into<String>, query: impl Into<String>) -> Self {
        Self { key, about: about.to_owned(), title: title.into(), query: trimmed(&query.into()) }
    }
}

/// A query as one line, to be copied.
fn trimmed(query: &str) -> String {
    query.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Everything that can be looked for in this layout.
pub fn checks(layout: &Layout, references: &[Reference], loose: &[Loose]) -> Vec<Check> {
    let mut checks = pairs::checks(layout);
    checks.extend(events::checks(layout));
    checks.extend(odds::checks(layout));
    checks.extend(references.iter().map(orphans));
    if let Some(events) = layout.events() {
        checks.extend(loose.iter().map(|loose| orphans_of_loose(loose, events)));
    }
    checks
}

fn orphans(key: &Reference) -> Check {
    let about = format!("{}.{} ({})", key.from_schema, key.from_table, key.from_columns.join(", "));
    let title = format!("rows that refer to {}.{} rows that are gone, past the foreign key {}", key.to_schema, key.to_table, key.name);
    Check::of("orphans", &about, title, references::orphans_of(key))
}

fn orphans_of_loose(loose: &Loose, events: (&str, &str)) -> Check {
    let about = format!("{}.{} ({})", loose.schema, loose.table, loose.column);
    let title = format!("rows that refer to events of {}.{} that are gone; no foreign key holds them", events.0, events.1);
    Check::of("orphans", &about, title, references::orphans_of_loose(loose, events))
}

/// Counts the rows of every kind, within what was begun.
///
/// # Errors
/// Where the connection is lost; a kind that cannot be looked at is told in its place.
pub fn look(session: &mut Session, checks: Vec<Check>) -> Result<Vec<Problem>> {
    checks.into_iter().map(|check| look_for(session, check)).collect()
}

fn look_for(session: &mut Session, Check { key, about, title, query }: Check) -> Result<Problem> {
    let counting = format!("select count(*) from ({query}) as listed");
    let counted = session.trying(key, |session| session.count(&counting, &title));
    let (rows, failed) = match counted {
        Ok(rows) => (Some(rows), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(Problem { key, about, title, rows, query, failed })
}
