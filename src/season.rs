//! The recorded season, as another `collect`: one real season of one league, cut into replies around each match day, so that it
//! moves as one watches. It goes into a store of its own that says what it is for, and can never mix with live data.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use providers::Provider;
use providers::football_data::FootballData;
use store::Store;

use crate::clock::Clock;
use crate::decode::Providers;
use crate::record::Recorder;

/// The season's file, as it lies in the repository: see data/recorded/README.md.
const FILE: &str = include_str!("../data/recorded/premier-league-2022-23.csv");
const ENDPOINT: &str = "season";
const PATH: &str = "/mmz4281/2223/E0.csv";
/// What a store that holds it says that it is for.
pub const REPLAY: &str = "replay";
/// What every other store says.
pub const LIVE: &str = "live";
/// For people.
pub const TITLE: &str = "Premier League 2022/23 (Football-Data.co.uk)";

/// The file as it stood at one moment: before the first match of a day with the prices that were collected by then, or after its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchDay {
    /// The lines of the matches around that moment, without what was not known yet.
    pub body: String,
    /// The moment.
    pub at: Moment,
}

/// Matches that ended longer ago are left out of a body: what they came to was told by an earlier one.
const BACK_SECS: i64 = 3 * 24 * 3600;

/// The season's moments, in order: two for each match day.
#[must_use]
pub fn match_days() -> Vec<MatchDay> {
    moments_of(FILE)
}

/// A line of the file, with the moments that its phases stand for.
struct Line<'a> {
    cells: Vec<&'a str>,
    day: &'a str,
    collected: Moment,
    closing: Moment,
    over: Moment,
}

fn moments_of(file: &str) -> Vec<MatchDay> {
    let (header, rows) = file.split_once('\n').unwrap_or((file, ""));
    let lines: Vec<Line<'_>> = rows.lines().filter_map(|row| line(header, row)).collect();
    let mut moments = Vec::new();
    for day in lines.chunk_by(|a, b| a.day == b.day) {
        let first = day.iter().map(|line| line.closing).min();
        let last = day.iter().map(|line| line.over).max();
        moments.extend(first.map(|at| at.plus_secs(-1)));
        moments.extend(last);
    }
    moments.into_iter().map(|at| MatchDay { body: body_at(header, &lines, at), at }).collect()
}

/// The moments of a line are those that the decoder gives it.
fn line<'a>(header: &str, row: &'a str) -> Option<Line<'a>> {
    let (file, request, headers) = (format!("{header}\n{row}\n"), Request::to(PATH), std::collections::BTreeMap::new());
    let reply = reply(&file, &request, &headers, Moment::MAX);
    let mut times: Vec<Moment> = FootballData.decode(&reply).snapshots.iter().map(|snapshot| snapshot.observed_at).collect();
    times.sort_unstable();
    let [collected, closing, over] = times[..] else { return None };
    let cells: Vec<&str> = row.trim_end().split(',').collect();
    Some(Line { day: cells.get(1).copied()?, cells, collected, closing, over })
}

fn body_at(header: &str, lines: &[Line<'_>], at: Moment) -> String {
    let columns: Vec<&str> = header.trim_end().split(',').collect();
    let around = lines.iter().filter(|line| line.collected <= at && line.over >= at.plus_secs(-BACK_SECS));
    let mut body = format!("{}\n", columns.join(","));
    for line in around {
        let known = |column: &str| match kind_of(column, &columns) {
            Told::Before => true,
            Told::AtTheStart => line.closing <= at,
            Told::Afterwards => line.over <= at,
        };
        let cells = columns.iter().zip(&line.cells).map(|(column, cell)| if known(column) { *cell } else { "" });
        body.push_str(&cells.collect::<Vec<_>>().join(","));
        body.push('\n');
    }
    body
}

/// When a column of the file can be known.
enum Told {
    Before,
    AtTheStart,
    Afterwards,
}

/// A closing column is named as an earlier one, with a `C` in it.
fn kind_of(column: &str, columns: &[&str]) -> Told {
    let without = |at: usize| format!("{}{}", &column[..at], &column[at + 1..]);
    let is_closing = column.match_indices('C').any(|(at, _)| columns.contains(&without(at).as_str()));
    match column {
        "FTHG" | "FTAG" | "FTR" | "HTHG" | "HTAG" | "HTR" => Told::Afterwards,
        _ if is_closing => Told::AtTheStart,
        _ => Told::Before,
    }
}

fn reply<'a>(body: &'a str, request: &'a Request, headers: &'a std::collections::BTreeMap<String, String>, at: Moment) -> Reply<'a> {
    Reply {
        provider: FootballData.key(),
        endpoint: ENDPOINT,
        request,
        status: 200,
        headers,
        body: body.as_bytes(),
        fetched_at: at,
        basis: Basis::Phase,
        sport: None,
    }
}

/// The season's own store.
pub struct Season {
    /// The step that records it, with its boards.
    pub recorder: Arc<Recorder>,
}

impl Season {
    /// Begins the season anew in a folder of its own.
    ///
    /// # Errors
    /// Where the folder holds something else, or cannot be written.
    pub fn begin(data_dir: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let folder = folder(data_dir);
        clear(&folder)?;
        let store = open(&folder)?;
        Ok(Self { recorder: Arc::new(Recorder::new(Arc::new(store), Providers::all(), clock)) })
    }

    /// Records a match day.
    ///
    /// # Errors
    /// What the store reports.
    pub fn record(&self, day: &MatchDay) -> store::Result<()> {
        let (request, headers) = (Request::to(PATH), std::collections::BTreeMap::new());
        let reply = reply(&day.body, &request, &headers, day.at);
        self.recorder.take(std::slice::from_ref(&reply), None).map(drop)
    }
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join(REPLAY)
}

fn open(folder: &Path) -> anyhow::Result<Store> {
    let store = Store::open(&format!("sqlite:{}", folder.join("season.db").display()), None, folder.join("archive"))?;
    if !store.claim_purpose(REPLAY)? {
        bail!("{} holds a store that is not for a replay; move it away", folder.display());
    }
    Ok(store)
}

/// Removes an earlier replay, if that is what it is.
fn clear(folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    drop(open(folder)?);
    std::fs::remove_dir_all(folder).with_context(|| format!("clearing the earlier replay in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_season_is_cut_into_two_moments_for_each_match_day() {
        let days = match_days();
        assert_eq!(days.len(), 2 * 117);
        assert!(days.windows(2).all(|pair| pair[0].at < pair[1].at));
        let lines = |body: &str| body.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        let whole: std::collections::BTreeSet<String> = lines(FILE).into_iter().collect();
        let told: std::collections::BTreeSet<String> =
            days.iter().flat_map(|day| lines(&day.body)).filter(|line| whole.contains(line)).collect();
        assert_eq!(told.len(), 380, "every match is told whole in the end");
    }

    #[test]
    fn nothing_is_told_before_it_could_be_known() {
        for day in match_days() {
            let (request, headers) = (Request::to(PATH), std::collections::BTreeMap::new());
            let decoded = FootballData.decode(&reply(&day.body, &request, &headers, day.at));
            assert!(decoded.problems.is_empty(), "{}: {:?}", day.at, decoded.problems);
            assert!(decoded.snapshots.iter().all(|snapshot| snapshot.observed_at <= day.at), "{}", day.at);
        }
    }
}
