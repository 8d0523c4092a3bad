//! Sport keys: ESPN's own paths (`basketball/nba`), told from the request, from whoever replays a file, or from the body.

use odds::reply::{Reply, Request};
use odds::sport::League;

use super::wire;

/// Where the paths of the site API begin.
pub(super) const ROOT: &str = "/apis/site/v2/sports/";

/// A league as ESPN keys it: path, our key, and the numbers of its `uid` (`s:40~l:46`).
struct Known {
    path: &'static str,
    league: &'static str,
    uid: &'static str,
}

const fn known(path: &'static str, league: &'static str, uid: &'static str) -> Known {
    Known { path, league, uid }
}

/// The uids of NBA and WNBA are recorded; the others are general knowledge and used only where a reply names no slug.
const KNOWN: &[Known] = &[
    known("football/nfl", "football.nfl", "s:20~l:28"),
    known("football/college-football", "football.ncaaf", "s:20~l:23"),
    known("basketball/nba", "basketball.nba", "s:40~l:46"),
    known("basketball/wnba", "basketball.wnba", "s:40~l:59"),
    known("basketball/mens-college-basketball", "basketball.ncaab", "s:40~l:41"),
    known("basketball/womens-college-basketball", "basketball.ncaaw", "s:40~l:54"),
    known("baseball/mlb", "baseball.mlb", "s:1~l:10"),
    known("hockey/nhl", "hockey.nhl", "s:70~l:90"),
    known("soccer/eng.1", "soccer.eng.1", "s:600~l:700"),
    known("soccer/esp.1", "soccer.esp.1", "s:600~l:740"),
    known("soccer/ger.1", "soccer.ger.1", "s:600~l:720"),
    known("soccer/ita.1", "soccer.ita.1", "s:600~l:730"),
    known("soccer/fra.1", "soccer.fra.1", "s:600~l:710"),
    known("soccer/usa.1", "soccer.usa.1", "s:600~l:770"),
    known("soccer/uefa.champions", "soccer.uefa.champions", "s:600~l:775"),
    known("mma/ufc", "mma.ufc", ""),
    known("australian-football/afl", "aussierules.afl", ""),
    known("rugby-league/3", "rugbyleague.nrl", ""),
];

/// What it is asked for unless the operator says otherwise.
pub(super) const DEFAULTS: &[&str] = &[
    "football/nfl",
    "football/college-football",
    "basketball/nba",
    "basketball/wnba",
    "basketball/mens-college-basketball",
    "baseball/mlb",
    "hockey/nhl",
    "soccer/eng.1",
    "soccer/eng.2",
    "soccer/esp.1",
    "soccer/ger.1",
    "soccer/ita.1",
    "soccer/fra.1",
    "soccer/usa.1",
    "soccer/uefa.champions",
];

/// Our league of a path: by table, and for football clubs by the slug, which is ours as well.
pub(super) fn league(path: &str) -> Option<&'static League> {
    if let Some(known) = KNOWN.iter().find(|known| known.path == path) {
        return odds::sport::league(known.league);
    }
    path.strip_prefix("soccer/").and_then(|slug| odds::sport::league(&format!("soccer.{slug}")))
}

/// Whether the injury feed of a league is known to be empty for good: there, an empty list says nothing of anybody's health.
pub(super) fn has_no_injury_feed(path: &str) -> bool {
    path.starts_with("soccer/") || path == "basketball/mens-college-basketball"
}

/// Whether a key can stand in a path: two words of lower-case letters, digits, dots and hyphens.
pub(super) fn is_path(key: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')) && !word.contains("..");
    key.split_once('/').is_some_and(|(sport, league)| is_word(sport) && is_word(league))
}

/// The sport of a request's path.
pub(super) fn of_request(request: &Request) -> Option<String> {
    let mut words = request.path.strip_prefix(ROOT)?.split('/');
    let path = format!("{}/{}", words.next()?, words.next()?);
    is_path(&path).then_some(path)
}

/// The sport that the frame of a reply says: its request, else whoever replays it.
pub(super) fn of_reply(reply: &Reply<'_>) -> Option<String> {
    of_request(reply.request).or_else(|| reply.sport.map(str::to_owned).filter(|sport| !sport.is_empty()))
}

/// The sport of a league object: the family by the number in its `uid`, the league by its slug.
pub(super) fn of_league(league: &wire::League<'_>) -> Option<String> {
    let uid = league.uid.read()?.as_str();
    let by_slug = league.slug.read().and_then(|slug| Some(format!("{}/{}", family(uid)?, slug.as_str()))).filter(|path| is_path(path));
    by_slug.or_else(|| of_uid(uid))
}

/// The sport of any `uid` (`s:40~l:46~e:401585183`).
pub(super) fn of_uid(uid: &str) -> Option<String> {
    let mut parts = uid.split('~');
    let head = format!("{}~{}", parts.next()?, parts.next()?);
    KNOWN.iter().find(|known| !known.uid.is_empty() && known.uid == head).map(|known| known.path.to_owned())
}

/// The sport of a page's address (`https://www.espn.com/wnba/player/_/id/4597509/aaliyah-nye`).
pub(super) fn of_page(href: &str) -> Option<String> {
    let slug = href.split_once("espn.com/")?.1.split('/').next()?;
    let ends = |known: &&Known| known.path.split_once('/').is_some_and(|(_, league)| league == slug);
    KNOWN.iter().find(ends).map(|known| known.path.to_owned())
}

fn family(uid: &str) -> Option<&'static str> {
    Some(match uid.split('~').next()? {
        "s:1" => "baseball",
        "s:20" => "football",
        "s:40" => "basketball",
        "s:70" => "hockey",
        "s:600" => "soccer",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_league_that_is_asked_for_by_default_is_ours_too() {
        for path in DEFAULTS {
            assert!(league(path).is_some() && is_path(path), "{path}");
        }
    }

    #[test]
    fn a_sport_is_told_from_a_path_a_uid_and_a_page() {
        let request = Request::to("/apis/site/v2/sports/soccer/eng.1/scoreboard");
        assert_eq!(of_request(&request).as_deref(), Some("soccer/eng.1"));
        assert_eq!(of_uid("s:40~l:59~e:1").as_deref(), Some("basketball/wnba"));
        assert_eq!(of_uid("s:40~l:590"), None);
        assert_eq!(of_page("https://www.espn.com/wnba/player/_/id/1/x").as_deref(), Some("basketball/wnba"));
        assert_eq!(of_page("https://www.espn.com/soccer/player/_/id/1/x"), None);
    }

    #[test]
    fn a_key_that_would_leave_its_place_in_the_path_is_no_path() {
        for key in ["nba", "basketball/", "../nba", "basketball/nba/x", "basketball/nba?x", "Basketball/NBA", "basketball/.."] {
            assert!(!is_path(key), "{key}");
        }
    }
}
