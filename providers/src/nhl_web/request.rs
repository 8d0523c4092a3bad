//! What is asked: a week from a day, a day's scores, a game, the standings, the partner's prices of now.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::SPORT;
use crate::ask::{Ask, What};
use crate::provider::Call;

pub(super) const SCHEDULE: &str = "schedule";
pub(super) const SCORE: &str = "score";
pub(super) const BOXSCORE: &str = "boxscore";
pub(super) const STANDINGS: &str = "standings";
pub(super) const PARTNER: &str = "partner_game";

/// The calls that answer an ask.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    if ask.sport != SPORT {
        return Vec::new();
    }
    let found = match ask.what {
        What::Events => day(ask).map(|day| (SCHEDULE, format!("/v1/schedule/{day}"))),
        What::Scores => day(ask).map(|day| (SCORE, format!("/v1/score/{day}"))),
        What::Summary => ask.listing.as_deref().filter(|id| is_game(id)).map(|id| (BOXSCORE, format!("/v1/gamecenter/{id}/boxscore"))),
        What::Participants => Some((STANDINGS, "/v1/standings/now".to_owned())),
        What::Odds if ask.at.is_none() => Some((PARTNER, "/v1/partner-game/US/now".to_owned())),
        _ => None,
    };
    found.into_iter().map(|(endpoint, path)| Call { endpoint, request: Request::to(path), credits: 0 }).collect()
}

/// The day asked about; `now` is the API's own word for its today.
fn day(ask: &Ask) -> Option<String> {
    match (&ask.day, ask.at) {
        (Some(day), _) => Some(day.parse::<Date>().ok()?.to_string()),
        (None, Some(at)) => Some(at.day_in(&TimeZone::get("America/New_York").ok()?).to_string()),
        (None, None) => Some("now".to_owned()),
    }
}

fn is_game(id: &str) -> bool {
    id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a request asked for. A schedule holds a week whose ends it chooses itself: no absence is told by it.
pub(super) fn scope(endpoint: &str, request: &Request) -> Scope {
    let game = request.path.strip_prefix("/v1/gamecenter/").and_then(|rest| rest.split('/').next());
    let listings = match endpoint {
        BOXSCORE => game.filter(|id| is_game(id)).map(|id| ListingScope::Listed(vec![id.to_owned()])),
        _ => None,
    };
    Scope { sport: SPORT.to_owned(), listings: listings.unwrap_or_default(), ..Scope::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_a_game_and_what_stands_now_are_asked() {
        let path = |ask: Ask| requests(&ask).pop().map(|call| call.request.path);
        let on = |what| path(Ask { day: Some("2026-01-02".to_owned()), ..Ask::of(what, "nhl") });
        assert_eq!(
            (on(What::Events).as_deref(), on(What::Scores).as_deref()),
            (Some("/v1/schedule/2026-01-02"), Some("/v1/score/2026-01-02"))
        );
        let game = |id: &str| path(Ask { listing: Some(id.to_owned()), ..Ask::of(What::Summary, "nhl") });
        assert_eq!((game("2025020123").as_deref(), game("../../x")), (Some("/v1/gamecenter/2025020123/boxscore"), None));
        assert_eq!(path(Ask::of(What::Odds, "nhl")).as_deref(), Some("/v1/partner-game/US/now"));
        assert_eq!(
            (path(Ask::of(What::Odds, "nba")), path(Ask { day: Some("2526".to_owned()), ..Ask::of(What::Scores, "nhl") })),
            (None, None)
        );
    }
}
