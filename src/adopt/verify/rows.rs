//! Every old row beside its account: taken over with the text that it has, or why not.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Context;
use odds::rows::fingerprint;
use serde::Serialize;
use store::adopted::{Accounted, Outcome, old_row};

use super::sample::{Sample, Sampler};
use super::{Differences, Request};
use crate::adopt::apply::HORIZON;
use crate::adopt::error::{AdoptError, Result};
use crate::adopt::pages::{Look, OldRow, Tables};
use crate::adopt::places::Places;
use crate::adopt::session::Session;
use crate::adopt::sql;

/// Events on one page.
const PAGE_EVENTS: usize = 250;

/// An old table beside its account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableCheck {
    /// Its name.
    pub table: String,
    /// Its rows now.
    pub rows: u64,
    /// Rows that are accounted for with the text that they have.
    pub equal: u64,
    /// Of the rows, how many came to what.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Why rows were refused, or could not be used whole: the most frequent reasons, with their rows.
    pub reasons: Vec<(String, u64)>,
    /// Rows that the follower wrote or added since.
    pub ours: u64,
    /// Rows that others wrote or added since they were read.
    pub later: u64,
    /// Rows that are accounted for, and that others have taken out of the table since.
    pub gone: u64,
    /// Rows that are not accounted for with the text that they have, and nothing says why.
    pub unexplained: u64,
}

/// What came of all tables.
pub(super) struct Checked {
    pub tables: Vec<TableCheck>,
    pub sample: Sample,
}

/// A row that has no account, or another text than its account.
struct Differing {
    id: String,
    is_known: bool,
}

pub(super) fn check(
    request: &Request<'_>,
    (schema, events): (&str, &str),
    differences: &mut Differences,
    on_rows: &mut dyn FnMut(u64),
) -> anyhow::Result<Checked> {
    let places = request.places;
    let mut session = places.open_old()?;
    let all = session.count(&format!("select count(*) from {}", sql::qualified(schema, events)), "counting the events")?;
    let mut sampler = Sampler::new(request.sample, all);
    let mut client = places.old.connect()?;
    let (mut look, tables) = Look::begin(&mut client, schema, PAGE_EVENTS)?;
    let mut checks: BTreeMap<String, (TableCheck, Vec<Differing>)> = BTreeMap::new();
    loop {
        let page = look.next_rows()?;
        if page.is_empty() {
            break;
        }
        let names: Vec<Vec<String>> =
            page.tables.iter().map(|(table, rows)| rows.iter().map(|row| old_row(table, &row.id)).collect()).collect();
        let keys: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
        let accounted = places.store.accounted(&keys).context("reading the account of old rows")?;
        for ((table, rows), names) in page.tables.iter().zip(&names) {
            let (check, differing) = checks.entry(table.clone()).or_default();
            rows.iter().zip(names).for_each(|(row, name)| check.count(row, accounted.get(name), differing));
            on_rows(rows.len() as u64);
        }
        sampler.read(&page, &accounted, request.ask, differences)?;
    }
    look.end()?;
    let tables = finished(places, &mut session, schema, &tables, checks, differences)?;
    Ok(Checked { tables, sample: sampler.finish() })
}

impl TableCheck {
    fn count(&mut self, row: &OldRow, accounted: Option<&Accounted>, differing: &mut Vec<Differing>) {
        self.rows += 1;
        if let Some(accounted) = accounted {
            *self.outcomes.entry(accounted.outcome.as_str()).or_default() += 1;
        }
        if is_equal(row, accounted) {
            self.equal += 1;
        } else {
            differing.push(Differing { id: row.id.clone(), is_known: accounted.is_some() });
        }
    }
}

/// Whether a row has the text with which it was accounted for.
pub(super) fn is_equal(row: &OldRow, accounted: Option<&Accounted>) -> bool {
    accounted.is_some_and(|accounted| accounted.fingerprint == fingerprint(row.json.as_bytes()))
}

/// Explains what differs: by our own ledger, by the transaction that wrote the row, else not at all.
fn finished(
    places: &Places,
    session: &mut Session,
    schema: &str,
    tables: &Tables,
    mut checks: BTreeMap<String, (TableCheck, Vec<Differing>)>,
    differences: &mut Differences,
) -> anyhow::Result<Vec<TableCheck>> {
    let horizon = places.store.setting(HORIZON)?;
    let accounts = places.store.adopted_counts()?;
    let reasons = places.store.adopted_reasons()?;
    for name in tables.read().into_iter().map(str::to_owned).chain(accounts.iter().map(|(table, ..)| table.clone())) {
        checks.entry(name).or_default();
    }
    let mut finished = Vec::with_capacity(checks.len());
    for (name, (mut check, differing)) in checks {
        let known: i64 = accounts.iter().filter(|(table, ..)| *table == name).map(|(.., rows)| rows).sum();
        let found: u64 = check.outcomes.values().sum();
        check.gone = known.unsigned_abs().saturating_sub(found);
        check.reasons = grouped(reasons.iter().filter(|(table, ..)| *table == name));
        if !differing.is_empty() {
            let ours = if places.has_ledger() { ledger(places, &name)? } else { HashMap::new() };
            let qualified = sql::qualified(schema, &name);
            let later = horizon.as_deref().map(|horizon| written_since(session, &qualified, horizon)).transpose()?.unwrap_or_default();
            for row in differing {
                explain(session, (&name, &qualified), &mut check, &row, (&ours, &later), differences)?;
            }
        }
        check.table = name;
        finished.push(check);
    }
    // the events first, as everywhere
    finished.sort_by_key(|check| (check.table != tables.events(), check.table.clone()));
    Ok(finished)
}

/// Reasons without the figures and names of single rows, the most frequent first.
fn grouped<'a>(reasons: impl Iterator<Item = &'a (String, Outcome, String, i64)>) -> Vec<(String, u64)> {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for (_, outcome, reason, count) in reasons {
        let begins = if *outcome == Outcome::Refused { "refused" } else { "taken over, but" };
        *rows.entry(format!("{begins}: {}", kind_of(reason))).or_default() += count.unsigned_abs();
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    rows
}

/// A reason without what stands in quotes or parentheses, and without places in lists.
fn kind_of(reason: &str) -> String {
    let (mut kind, mut depth, mut is_quoted) = (String::new(), 0_usize, false);
    for letter in reason.chars() {
        match letter {
            '"' if is_quoted => {
                is_quoted = false;
                kind.push_str(if depth == 0 { ".." } else { "" });
            }
            '"' => is_quoted = true,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '0'..='9' if kind.ends_with('*') => {}
            '0'..='9' if kind.ends_with('.') => kind.push('*'),
            letter => kind.push(letter),
        }
    }
    kind.replace(" ;", ";").trim().to_owned()
}

fn explain(
    session: &mut Session,
    (table, qualified): (&str, &str),
    check: &mut TableCheck,
    row: &Differing,
    (ours, later): (&HashMap<String, bool>, &HashSet<String>),
    differences: &mut Differences,
) -> Result<()> {
    if ours.get(&row.id).is_some_and(|is_added| *is_added || row.is_known) {
        check.ours += 1;
    } else if later.contains(&row.id) {
        check.later += 1;
    } else if session.count(&format!("select count(*) from {qualified} t where t.id::text = {}", sql::literal(&row.id)), "looking again")?
        == 0
    {
        check.gone += 1;
    } else {
        check.unexplained += 1;
        let what = if row.is_known { "has another text than the row that was taken over" } else { "is not accounted for" };
        let why = "no transaction after the last `adopt apply` is known to have written it: run `adopt apply` again, and verify again";
        differences.add(format!("{table}/{}", row.id), what, why);
    }
    Ok(())
}

/// Rows that the follower wrote into, and whether it added them.
fn ledger(places: &Places, table: &str) -> Result<HashMap<String, bool>> {
    let doing = "reading what was written into the old tables";
    let rows = places.open_ours()?.rows("select row_key, is_added from predictive_play.old_rows where old_table = $1", &[table], doing)?;
    let read = |row: &postgres::Row| {
        let failed = || AdoptError::query(doing);
        Ok((row.try_get(0).map_err(failed())?, row.try_get(1).map_err(failed())?))
    };
    rows.iter().map(read).collect()
}

/// Rows whose version was written by a transaction that was not over when the last look began. A row keeps 32 bits of its transaction's number: the
/// rest is that of the snapshot, half of their range to either side.
fn written_since(session: &mut Session, qualified: &str, snapshot: &str) -> Result<HashSet<String>> {
    let doing = "looking for rows that were written since";
    let sql = format!(
        "select t.id::text from {qualified} t, (select $1::pg_snapshot as seen, pg_snapshot_xmax($1::pg_snapshot)::text::int8 as ends) s
         where not pg_visible_in_snapshot(greatest(
             s.ends + (t.xmin::text::int8 - s.ends % 4294967296 + 6442450944) % 4294967296 - 2147483648, 3)::text::xid8, s.seen)"
    );
    let rows = session.rows(&sql, &[snapshot], doing)?;
    rows.iter().map(|row| row.try_get(0).map_err(AdoptError::query(doing))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_grouped_without_what_is_of_one_row() {
        let told = |reason: &str, rows| ("odds_data".to_owned(), Outcome::Refused, reason.to_owned(), rows);
        let reasons = [
            told("odds.0.home: ambiguous (331: American (or) decimal); odds.12.away: ambiguous (7)", 1),
            told("odds.1.home: ambiguous (9); odds.2.away: ambiguous (102)", 2),
            told("event_id: no row of sports_events has the id \"a(b\"", 1),
        ];
        let expected = [
            ("refused: odds.*.home: ambiguous; odds.*.away: ambiguous", 3),
            ("refused: event_id: no row of sports_events has the id ..", 1),
        ];
        assert_eq!(grouped(reasons.iter()), expected.map(|(reason, rows)| (reason.to_owned(), rows)));
    }
}
