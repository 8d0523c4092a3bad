//! The recorded season, as another `collect`: one real season of one league, cut into one reply for each match day, so that it moves as
//! one watches. It goes into a store of its own that says what it is for, and can never mix with live data.

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

/// One match day: the file as it was after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchDay {
    /// The file up to this day.
    pub body: String,
    /// The end of the day's last match.
    pub at: Moment,
}

/// The season's match days, in order.
#[must_use]
pub fn match_days() -> Vec<MatchDay> {
    days_of(FILE)
}

fn days_of(file: &str) -> Vec<MatchDay> {
    let day = |line: &str| line.split(',').nth(1).unwrap_or_default().to_owned();
    let mut ends = Vec::new();
    let (mut at, mut last) = (0, None);
    for (number, line) in file.split_inclusive('\n').enumerate() {
        let today = (number > 0).then(|| day(line));
        if number > 1 && today != last {
            ends.push(at);
        }
        (at, last) = (at + line.len(), today);
    }
    ends.push(at);
    let found = ends.into_iter().filter_map(|end| {
        let (at, _) = FootballData.stamp(ENDPOINT, &file.as_bytes()[..end])?;
        Some(MatchDay { body: file[..end].to_owned(), at })
    });
    found.collect()
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
        let reply = Reply {
            provider: FootballData.key(),
            endpoint: ENDPOINT,
            request: &request,
            status: 200,
            headers: &headers,
            body: day.body.as_bytes(),
            fetched_at: day.at,
            basis: Basis::Phase,
            sport: None,
        };
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
    fn the_season_is_cut_into_its_match_days_each_with_its_own_end() {
        let days = match_days();
        assert_eq!(days.len(), 117);
        assert!(days.windows(2).all(|pair| pair[0].at < pair[1].at && pair[1].body.starts_with(&pair[0].body)));
        assert_eq!(days[116].body, FILE);
        assert_eq!(days[0].body.lines().count(), 2);
    }
}
