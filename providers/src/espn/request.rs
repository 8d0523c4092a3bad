//! What is asked, and what an answer to it would cover: day by day, never a range (ranges stopped being accepted).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use odds::Moment;
use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::sport;
use crate::ask::{Ask, What};
use crate::provider::Call;

pub(super) const SCOREBOARD: &str = "scoreboard";
pub(super) const INJURIES: &str = "injuries";
pub(super) const TEAMS: &str = "teams";
pub(super) const SUMMARY: &str = "summary";
pub(super) const ROSTER: &str = "roster";
pub(super) const TRANSACTIONS: &str = "transactions";

/// More than any league plays in a day; the default page would cut a college Saturday.
const LIMIT: &str = "500";

/// The zone of `dates=`.
const ZONE: &str = "America/New_York";

/// The calls that answer an ask: none for a key or a day that ESPN could not read, or a feed that is known to be empty.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    if !sport::is_path(&ask.sport) {
        return Vec::new();
    }
    let call = match ask.what {
        What::Events | What::Scores | What::Odds => scoreboard(ask),
        What::Injuries if sport::has_no_injury_feed(&ask.sport) => None,
        What::Injuries => Some(call(INJURIES, &ask.sport, |request| request)),
        What::Participants => Some(call(TEAMS, &ask.sport, |request| request.with("limit", "1000"))),
        What::Summary => summary(ask),
        What::Rosters => roster(ask),
        What::Transactions => Some(call(TRANSACTIONS, &ask.sport, |request| request.with("limit", "100"))),
        _ => None,
    };
    call.into_iter().collect()
}

fn call(endpoint: &'static str, sport: &str, fill: impl FnOnce(Request) -> Request) -> Call {
    Call { endpoint, request: fill(Request::to(format!("{}{sport}/{endpoint}", sport::ROOT))), credits: 0 }
}

fn scoreboard(ask: &Ask) -> Option<Call> {
    let day = match (&ask.day, ask.at) {
        (Some(day), _) => Some(day.parse::<Date>().ok()?),
        (None, Some(at)) => Some(at.day_in(&eastern()?)),
        (None, None) => None,
    };
    Some(call(SCOREBOARD, &ask.sport, |request| {
        let request = request.with("limit", LIMIT);
        let request = day.iter().fold(request, |request, day| request.with("dates", day.strftime("%Y%m%d").to_string()));
        college_group(&ask.sport).into_iter().fold(request, |request, group| request.with("groups", group))
    }))
}

/// The conference id that stands for a whole college division; without it only ranked teams are listed (general knowledge).
fn college_group(sport: &str) -> Option<&'static str> {
    match sport {
        "football/college-football" => Some("80"),
        "basketball/mens-college-basketball" | "basketball/womens-college-basketball" => Some("50"),
        _ => None,
    }
}

fn summary(ask: &Ask) -> Option<Call> {
    let event = ask.listing.as_deref().filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(call(SUMMARY, &ask.sport, |request| request.with("event", event)))
}

/// A team is asked for by its row in the catalogue, `basketball/nba/20`: the number alone is another team in another league.
fn roster(ask: &Ask) -> Option<Call> {
    let (sport, team) = ask.listing.as_deref()?.rsplit_once('/')?;
    let is_team = sport == ask.sport && !team.is_empty() && team.bytes().all(|byte| byte.is_ascii_digit());
    is_team.then(|| Call { endpoint: ROSTER, request: Request::to(format!("{}{sport}/teams/{team}/roster", sport::ROOT)), credits: 0 })
}

/// The listing of the team that a roster was asked of.
fn roster_of(request: &Request, sport: &str) -> Option<String> {
    let team = request.path.strip_suffix("/roster")?.rsplit_once('/')?.1;
    Some(super::people::roster_id(sport, team))
}

/// What a request asked for. Prices vanish after the start without a word, so no market and no book is claimed.
pub(super) fn scope(endpoint: &str, request: &Request, sport: &str) -> Scope {
    let listings = match endpoint {
        SCOREBOARD => request.query.get("dates").and_then(|day| day_span(day)),
        SUMMARY => request.query.get("event").map(|event| ListingScope::Listed(vec![event.clone()])),
        INJURIES if !request.is_unknown() => Some(ListingScope::Listed(vec![injury_list(sport)])),
        ROSTER => roster_of(request, sport).map(|id| ListingScope::Listed(vec![id])),
        _ => None,
    };
    Scope { sport: sport.to_owned(), listings: listings.unwrap_or_default(), ..Scope::default() }
}

/// The listing of a league's injuries.
pub(super) fn injury_list(sport: &str) -> String {
    format!("injuries/{sport}")
}

fn eastern() -> Option<TimeZone> {
    TimeZone::get(ZONE).ok()
}

/// The span of a `YYYYMMDD`, from its first to its last moment in New York.
fn day_span(day: &str) -> Option<ListingScope> {
    let date = Date::strptime("%Y%m%d", day).ok()?;
    let begin = |date: Date| Some(Moment::from(date.to_zoned(eastern()?).ok()?.timestamp()));
    let to = begin(date.tomorrow().ok()?)?.plus_micros(-1);
    Some(ListingScope::Starting { from: Some(begin(date)?), to: Some(to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(ask: &Ask) -> Call {
        requests(ask).pop().expect("one call")
    }

    #[test]
    fn a_day_of_a_college_league_is_asked_whole() {
        let ask = Ask { day: Some("2026-01-31".into()), ..Ask::of(What::Scores, "basketball/mens-college-basketball") };
        let call = one(&ask);
        assert_eq!((call.endpoint, call.credits), ("scoreboard", 0));
        assert_eq!(
            call.request.canonical(),
            r#"{"path":"/apis/site/v2/sports/basketball/mens-college-basketball/scoreboard","query":{"dates":"20260131","groups":"50","limit":"500"}}"#
        );
    }

    #[test]
    fn a_moment_is_asked_for_by_its_day_in_new_york() {
        let ask = Ask { at: Some("2024-01-16T03:30:00Z".parse().unwrap()), ..Ask::of(What::Odds, "basketball/nba") };
        assert_eq!(one(&ask).request.query["dates"], "20240115");
    }

    #[test]
    fn what_espn_could_not_read_is_not_asked() {
        let season = Ask { day: Some("2223".into()), ..Ask::of(What::Scores, "soccer/eng.1") };
        let nobody = Ask { listing: None, ..Ask::of(What::Summary, "basketball/nba") };
        let elsewhere = Ask { listing: Some("1&x=2".into()), ..Ask::of(What::Summary, "basketball/nba") };
        let team = |id: &str| Ask { listing: Some(id.to_owned()), ..Ask::of(What::Rosters, "basketball/nba") };
        for ask in ["20", "football/nfl/20", "basketball/nba/", "basketball/nba/../1"].map(team) {
            assert_eq!(requests(&ask), Vec::new(), "{ask:?}");
        }
        for ask in [season, nobody, elsewhere, Ask::of(What::Odds, "../secret"), Ask::of(What::Injuries, "soccer/eng.1")] {
            assert_eq!(requests(&ask), Vec::new(), "{ask:?}");
        }
    }

    #[test]
    fn a_roster_is_asked_by_the_team_of_the_catalogue_and_moves_by_the_league() {
        let ask = Ask { listing: Some("basketball/nba/20".into()), ..Ask::of(What::Rosters, "basketball/nba") };
        let call = one(&ask);
        assert_eq!((call.endpoint, call.request.path.as_str()), ("roster", "/apis/site/v2/sports/basketball/nba/teams/20/roster"));
        assert_eq!(
            scope(ROSTER, &call.request, "basketball/nba").listings,
            ListingScope::Listed(vec!["roster/basketball/nba/20".to_owned()])
        );
        let moves = one(&Ask::of(What::Transactions, "hockey/nhl"));
        assert_eq!(moves.request.canonical(), r#"{"path":"/apis/site/v2/sports/hockey/nhl/transactions","query":{"limit":"100"}}"#);
        assert_eq!(scope(TRANSACTIONS, &moves.request, "hockey/nhl").listings, ListingScope::Unknown);
    }

    #[test]
    fn a_day_covers_its_hours_in_new_york_also_when_the_clocks_change() {
        for (day, from, to) in [
            ("20240115", "2024-01-15T05:00:00Z", "2024-01-16T04:59:59.999999Z"),
            ("20240310", "2024-03-10T05:00:00Z", "2024-03-11T03:59:59.999999Z"),
        ] {
            let request = Request::to("/apis/site/v2/sports/basketball/nba/scoreboard").with("dates", day);
            let scope = scope(SCOREBOARD, &request, "basketball/nba");
            assert_eq!(scope.listings, ListingScope::Starting { from: from.parse().ok(), to: to.parse().ok() });
            assert_eq!(scope.markets, None);
        }
    }

    #[test]
    fn a_file_without_its_request_covers_nothing() {
        assert_eq!(scope(SCOREBOARD, &Request::default(), "basketball/nba").listings, ListingScope::Unknown);
        assert_eq!(scope(INJURIES, &Request::default(), "basketball/nba").listings, ListingScope::Unknown);
    }
}
