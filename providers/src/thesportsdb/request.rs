//! Asks to calls of version 1, whose key stands in the path; a premium key works there as well, without the cuts.

use odds::observation::Scope;
use odds::reply::Request;

use super::leagues::is_number;
use crate::ask::{Ask, What};
use crate::provider::{Call, KEY_IN_PATH};

pub(super) const DAY: &str = "eventsday";
pub(super) const EVENT: &str = "lookupevent";
pub(super) const LEAGUES: &str = "all_leagues";
pub(super) const TEAMS: &str = "lookup_all_teams";

/// The calls that answer an ask: none for what it has not.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    call(ask).into_iter().collect()
}

fn call(ask: &Ask) -> Option<Call> {
    let call = |endpoint: &'static str, fill: &dyn Fn(Request) -> Request| {
        let request = fill(Request::to(format!("/api/v1/json/{KEY_IN_PATH}/{endpoint}.php")));
        Call { endpoint, request, credits: 0 }
    };
    if ask.what == What::Sports {
        return Some(call(LEAGUES, &|request| request));
    }
    let league = is_number(&ask.sport).then_some(ask.sport.as_str())?;
    match ask.what {
        What::Events | What::Scores => {
            let day: jiff::civil::Date = match (&ask.day, ask.at) {
                (Some(day), _) => day.parse().ok()?,
                (None, at) => at?.day_in(&jiff::tz::TimeZone::UTC),
            };
            Some(call(DAY, &|request| request.with("d", day.to_string()).with("l", league)))
        }
        What::Participants => Some(call(TEAMS, &|request| request.with("id", league))),
        What::Summary => {
            let id = ask.listing.as_deref().filter(|id| is_number(id))?;
            Some(call(EVENT, &|request| request.with("id", id)))
        }
        _ => None,
    }
}

/// The frame of an answer. The free key cuts lists without a word, so no list is whole: nothing that is missing was not there.
pub(super) fn scope(sport: String) -> Scope {
    Scope { sport, ..Scope::default() }
}
