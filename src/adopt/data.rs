//! Sends the rows of the old database through the route, as pages: archived, decoded, recorded, and each row accounted for in the
//! transaction that records its page.
//!
//! It may be killed anywhere and run again: what was archived is recorded first, and rows whose text was accounted for already are
//! passed over. Run again after the old scripts wrote on, it takes what changed.

use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;
use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::Context;
use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use odds::rows::fingerprint;
use providers::legacy;
use store::Store;
use store::adopted::old_row;

use super::pages::{LISTS, Look, OldDatabase, OldRow, Rows};
use crate::pending::LEFT;
use crate::record::Recorder;

/// Events on one page.
const PAGE_EVENTS: usize = 250;
/// Pages that are recorded in one transaction.
const TOGETHER: usize = 8;
/// Pages that are handed over at once: while some are recorded the next are archived and decoded.
const HANDED_OVER: usize = 4 * TOGETHER;
/// Boards that are held before they are given up: an old event is met once.
const MOST_BOARDS: usize = 20_000;

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// Rows that were read.
    pub read: usize,
    /// Of these, rows that were accounted for already, with the same text.
    pub known: usize,
    /// Rows that were recorded.
    pub recorded: usize,
    /// Pages that were recorded.
    pub pages: usize,
}

/// A page on its way: its bytes, and what stands for its request.
struct Page {
    body: Vec<u8>,
    request: Request,
    taken_at: Moment,
    rows: usize,
}

/// A message of the reading side.
enum Read {
    Pages(Vec<Page>),
    Passed(usize, usize),
}

/// Takes over every row of the old tables in a schema. `on_progress` hears of each batch.
///
/// # Errors
/// What the old database, the store or the archive report; what was recorded by then stays, and another run goes on from there.
pub fn migrate(
    old: &mut dyn OldDatabase,
    schema: &str,
    recorder: &Recorder,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Progress> {
    recorder.record_pending().context("recording what an earlier run left")?;
    let store = recorder.store();
    let mut progress = Progress::default();
    std::thread::scope(|scope| {
        let (to_recorder, read) = sync_channel(1);
        let reading = scope.spawn(move || read_all(old, schema, store, &to_recorder));
        let recorded = record_all(read, recorder, &mut progress, on_progress);
        let read = reading.join().expect("reading does not panic");
        recorded.and(read)
    })?;
    Ok(progress)
}

fn record_all(
    read: std::sync::mpsc::Receiver<Read>,
    recorder: &Recorder,
    progress: &mut Progress,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<()> {
    for message in read {
        match message {
            Read::Passed(rows, known) => {
                progress.read += rows;
                progress.known += known;
            }
            Read::Pages(pages) => {
                record(recorder, &pages)?;
                progress.pages += pages.len();
                progress.recorded += pages.iter().map(|page| page.rows).sum::<usize>();
                on_progress(*progress);
            }
        }
    }
    on_progress(*progress);
    Ok(())
}

fn record(recorder: &Recorder, pages: &[Page]) -> anyhow::Result<()> {
    let headers = BTreeMap::new();
    let reply = |page| {
        let Page { body, request, taken_at, .. }: &Page = page;
        let (provider, endpoint, basis) = (legacy::KEY, legacy::ENDPOINT, Basis::Assumed);
        Reply { provider, endpoint, request, status: 200, headers: &headers, body, fetched_at: *taken_at, basis, sport: None }
    };
    let replies: Vec<Reply<'_>> = pages.iter().map(reply).collect();
    for recorded in recorder.take_by(TOGETHER, &replies, None).context("recording old rows")? {
        anyhow::ensure!(recorded.verdict.is_good(), "a page of old rows cannot be read: {}", recorded.verdict.reason());
        anyhow::ensure!(!recorded.is_left, "{LEFT}");
    }
    let boards = recorder.boards();
    let mut boards = boards.write().unwrap_or_else(PoisonError::into_inner);
    if boards.all().nth(MOST_BOARDS).is_some() {
        boards.forget();
    }
    Ok(())
}

fn read_all(old: &mut dyn OldDatabase, schema: &str, store: &Store, to_recorder: &SyncSender<Read>) -> anyhow::Result<()> {
    let (mut look, tables) = Look::begin(old, schema, PAGE_EVENTS)?;
    let is_first_run = !store.has_accounts().context("looking for rows that were taken over")?;
    let ours = store.rows_of_ours().context("looking for rows that we wrote")?;
    let mut pages = Vec::new();
    loop {
        let rows = look.next_rows()?;
        let is_end = rows.is_empty();
        if !is_end {
            let mut known = known(store, &rows, &ours, is_first_run)?;
            bring_lists(&rows, &mut known);
            let page = page(&rows, &known, tables.events(), look.taken_at());
            let passed = known.iter().flatten().filter(|known| **known).count();
            pages.extend(page);
            if to_recorder.send(Read::Passed(rows.len(), passed)).is_err() {
                break;
            }
        }
        if pages.len() == HANDED_OVER || (is_end && !pages.is_empty()) {
            // nobody listens any more where recording failed: its error is the one to tell
            if to_recorder.send(Read::Pages(std::mem::take(&mut pages))).is_err() {
                break;
            }
        }
        if is_end {
            break;
        }
    }
    look.end()
}

/// Which rows were accounted for with the text that they have, or hold our own word, by table.
fn known(store: &Store, rows: &Rows, ours: &HashSet<String>, is_first_run: bool) -> anyhow::Result<Vec<Vec<bool>>> {
    if is_first_run {
        return Ok(rows.tables.iter().map(|(_, rows)| vec![false; rows.len()]).collect());
    }
    let names: Vec<Vec<String>> =
        rows.tables.iter().map(|(table, rows)| rows.iter().map(|row| old_row(table, &row.id)).collect()).collect();
    let keys: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    let accounted = store.adopted_fingerprints(&keys).context("looking for rows that were taken over")?;
    let is_known = |(row, name): (&OldRow, &String)| {
        ours.contains(name) || accounted.get(name).is_some_and(|text| *text == fingerprint(row.json.as_bytes()))
    };
    Ok(rows.tables.iter().zip(&names).map(|((_, rows), names)| rows.iter().zip(names).map(is_known).collect()).collect())
}

/// Who tells any of a list tells all of it: where one row of an event's list is new, its other rows go along, known or not.
fn bring_lists(rows: &Rows, known: &mut [Vec<bool>]) {
    for ((_, rows), known) in rows.tables.iter().zip(known).filter(|((table, _), _)| table == LISTS) {
        let new = rows.iter().zip(known.iter()).filter(|(_, known)| !**known);
        let events: HashSet<&String> = new.filter_map(|(row, _)| row.event.as_ref()).collect();
        let is_of_new = |row: &OldRow| row.event.as_ref().is_some_and(|event| events.contains(event));
        rows.iter().zip(known).filter(|(row, _)| is_of_new(row)).for_each(|(_, known)| *known = false);
    }
}

/// The page of the rows that are not known; `None` where all are. Events that a new row points to and that are known go along as
/// context.
fn page(rows: &Rows, known: &[Vec<bool>], events: &str, taken_at: Moment) -> Option<Page> {
    let fresh = |(table, known): (&(String, Vec<OldRow>), &Vec<bool>)| {
        let rows: Vec<String> = table.1.iter().zip(known).filter(|(_, known)| !**known).map(|(row, _)| row.json.clone()).collect();
        (table.0.clone(), rows)
    };
    let tables: Vec<(String, Vec<String>)> = rows.tables.iter().zip(known).map(fresh).filter(|(_, rows)| !rows.is_empty()).collect();
    let (first_table, _) = tables.first()?;
    let first_row =
        rows.tables.iter().find(|(table, _)| table == first_table).and_then(|(_, rows)| rows.first()).map(|row| row.id.as_str());
    let has_parts = tables.iter().any(|(table, _)| table != events);
    let of_events = rows.tables.iter().zip(known).filter(|((table, _), _)| table == events && has_parts);
    let context: Vec<&str> = of_events
        .flat_map(|((_, rows), known)| rows.iter().zip(known).filter(|(_, known)| **known).map(|(row, _)| row.json.as_str()))
        .collect();
    let texts: Vec<(&str, Vec<&str>)> =
        tables.iter().map(|(table, rows)| (table.as_str(), rows.iter().map(String::as_str).collect())).collect();
    Some(Page {
        body: legacy::page(taken_at, &texts, &context),
        request: legacy::request(first_table, first_row.unwrap_or_default()),
        taken_at,
        rows: tables.iter().map(|(_, rows)| rows.len()).sum(),
    })
}

#[cfg(test)]
mod tests;
