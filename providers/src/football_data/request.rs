//! Which file answers which ask.

use odds::reply::Request;

use super::divisions::{Division, division};
use crate::ask::{Ask, What};
use crate::provider::Call;

/// Endpoint of a season's file (`/mmz4281/2223/E0.csv`), and of an extra league's file of all seasons (`/new/USA.csv`).
pub(super) const SEASON: &str = "season";
/// Endpoint of the file of coming matches, one for all main divisions (`/fixtures.csv`).
pub(super) const FIXTURES: &str = "fixtures";

/// The calls that answer an ask; none where no file does.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    let Some(division) = division(&ask.sport) else { return Vec::new() };
    let found = match ask.what {
        What::Season => season_path(division, ask.day.as_deref()).map(|path| (SEASON, path)),
        What::Fixtures if !division.is_extra() => Some((FIXTURES, "/fixtures.csv".to_owned())),
        _ => None,
    };
    found.into_iter().map(|(endpoint, path)| Call { endpoint, request: Request::to(path), credits: 0 }).collect()
}

fn season_path(division: &Division, season: Option<&str>) -> Option<String> {
    if division.is_extra() {
        return Some(format!("/new/{}.csv", division.code));
    }
    let season = season.filter(|season| is_season(season))?;
    Some(format!("/mmz4281/{season}/{}.csv", division.code))
}

/// Whether a text is two years that follow each other: `2223`, `9900`.
fn is_season(text: &str) -> bool {
    let year = |at: std::ops::Range<usize>| text.get(at).and_then(|year| year.parse::<u8>().ok());
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) && year(0..2).map(|first| (first + 1) % 100) == year(2..4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(what: What, sport: &str, day: Option<&str>) -> Option<String> {
        let calls = requests(&Ask { day: day.map(str::to_owned), ..Ask::of(what, sport) });
        calls.first().map(|call| format!("{} {}", call.endpoint, call.request.path))
    }

    #[test]
    fn a_season_and_the_coming_matches_are_each_one_file() {
        assert_eq!(path(What::Season, "E0", Some("2223")).as_deref(), Some("season /mmz4281/2223/E0.csv"));
        assert_eq!(path(What::Season, "SP1", Some("9900")).as_deref(), Some("season /mmz4281/9900/SP1.csv"));
        assert_eq!(path(What::Season, "USA", None).as_deref(), Some("season /new/USA.csv"));
        assert_eq!(path(What::Fixtures, "D1", None).as_deref(), Some("fixtures /fixtures.csv"));
    }

    #[test]
    fn what_no_file_answers_is_not_asked() {
        for season in [None, Some("2022"), Some("22/23"), Some("222"), Some("../x"), Some("2224")] {
            assert_eq!(path(What::Season, "E0", season), None, "{season:?}");
        }
        assert_eq!(path(What::Season, "basketball_nba", Some("2223")), None);
        assert_eq!(path(What::Fixtures, "USA", None), None);
        assert_eq!(path(What::Odds, "E0", None), None);
    }
}
