//! Which files answer an ask: the games of all seasons, and injuries and statistics of the one that is asked about.

use odds::reply::Request;

use super::SPORT;
use crate::ask::{Ask, What};
use crate::provider::Call;

/// Games with lines and results.
pub(super) const SCHEDULES: &str = "schedules";
/// Weekly injury reports.
pub(super) const INJURIES: &str = "injuries";
/// What players did, by week.
pub(super) const PLAYER_STATS: &str = "player_stats";

const RELEASES: &str = "/nflverse/nflverse-data/releases/download";

/// The calls that answer an ask.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    if ask.what != What::Season || ask.sport != SPORT {
        return Vec::new();
    }
    let call = |endpoint, path: String| Call { endpoint, request: Request::to(format!("{RELEASES}/{path}")), credits: 0 };
    let mut calls = vec![call(SCHEDULES, "schedules/games.csv".to_owned())];
    if let Some(year) = ask.day.as_deref().and_then(year) {
        calls.push(call(INJURIES, format!("injuries/injuries_{year}.csv")));
        calls.push(call(PLAYER_STATS, format!("stats_player/stats_player_week_{year}.csv")));
    }
    calls
}

/// The year in which a season began: of `2024`, and of `2425` as seasons are named elsewhere. `2021` is read as the season of 2020.
fn year(season: &str) -> Option<i32> {
    let figures = season.parse::<i32>().ok().filter(|_| season.len() == 4)?;
    let (first, second) = (figures / 100, figures % 100);
    let is_pair = (first + 1) % 100 == second;
    if is_pair { Some(2000 + first) } else { (1999..2100).contains(&figures).then_some(figures) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_in_either_spelling_asks_for_its_three_files() {
        for (season, year) in [("2425", "2024"), ("2024", "2024"), ("2021", "2020"), ("9900", "2099")] {
            let calls = requests(&Ask { day: Some(season.to_owned()), ..Ask::of(What::Season, "nfl") });
            let paths: Vec<&str> = calls.iter().map(|call| call.request.path.rsplit('/').next().unwrap_or_default()).collect();
            assert_eq!(paths, ["games.csv", &format!("injuries_{year}.csv"), &format!("stats_player_week_{year}.csv")]);
        }
        assert_eq!(requests(&Ask::of(What::Season, "nfl")).len(), 1);
        assert!(requests(&Ask::of(What::Season, "E0")).is_empty() && requests(&Ask::of(What::Odds, "nfl")).is_empty());
    }
}
