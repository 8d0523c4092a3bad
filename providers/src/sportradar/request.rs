//! Asks to calls, and what an answer to one would cover. Every call counts one against the quota of its product.

use odds::Moment;
use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::leagues::{self, Access, Product};
use crate::ask::{Ask, What};
use crate::provider::Call;

pub(super) const SCHEDULE: &str = "schedule";
pub(super) const BOXSCORE: &str = "boxscore";
pub(super) const HIERARCHY: &str = "hierarchy";
pub(super) const INJURIES: &str = "injuries";
pub(super) const SERIES: &str = "series";
pub(super) const STANDINGS: &str = "standings";
pub(super) const TIMELINE: &str = "timeline";
pub(super) const PROBABILITIES: &str = "probabilities";
pub(super) const PREMATCH: &str = "oddscomparison_prematch";
pub(super) const PLAYER_PROPS: &str = "oddscomparison_player_props";

/// The packages of the odds comparison as they stand in paths.
const PACKAGES: [(&str, &str); 2] = [(PREMATCH, "oddscomparison-prematch"), (PLAYER_PROPS, "oddscomparison-player-props")];

/// The calls that answer an ask: none for what it has not, or a key that could not stand in a path.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    if ask.what == What::Sports {
        // Counts one like any other call. It is priced at nothing, for only a reply tells what is left of the quota, and the
        // catalogue is asked once a day.
        let path = "/oddscomparison-prematch/trial/v2/en/sports.json";
        return vec![Call { endpoint: PREMATCH, request: Request::to(path), credits: 0 }];
    }
    if let Some((competition, access)) = leagues::competition_of(&ask.sport) {
        return of_competition(ask, competition, access);
    }
    let Some((product, access)) = leagues::product_of(&ask.sport) else { return Vec::new() };
    of_product(ask, product, access).into_iter().collect()
}

fn of_product(ask: &Ask, product: &Product, access: Access) -> Option<Call> {
    let call = |endpoint, tail: &str| {
        let path = format!("/{}/{}/{}/en/{tail}.json", product.key, access.as_str(), product.version);
        Some(Call { endpoint, request: Request::to(path), credits: 1 })
    };
    match ask.what {
        What::Events | What::Scores if product.has_days => {
            let day: jiff::civil::Date = match (&ask.day, ask.at) {
                (Some(day), _) => day.parse().ok()?,
                (None, at) => at?.day_in(&leagues::league(product.key)?.time_zone()),
            };
            call(SCHEDULE, &format!("games/{}/schedule", day.strftime("%Y/%m/%d")))
        }
        What::Events | What::Scores => call(SCHEDULE, "games/current_week/schedule"),
        What::Injuries if product.lists_injuries => call(INJURIES, "league/injuries"),
        What::Participants => call(HIERARCHY, "league/hierarchy"),
        What::Summary => call(BOXSCORE, &format!("games/{}/boxscore", guid(ask.listing.as_deref()?)?)),
        _ => None,
    }
}

fn of_competition(ask: &Ask, competition: &str, access: Access) -> Vec<Call> {
    let call = |(endpoint, package): (&'static str, &str), tail: String| {
        let path = format!("/{package}/{}/v2/en/{tail}.json", access.as_str());
        Call { endpoint, request: Request::to(path), credits: 1 }
    };
    let [prematch, props] = PACKAGES;
    match (ask.what, ask.listing.as_deref()) {
        (What::Events, _) => vec![call(prematch, format!("competitions/{competition}/schedules"))],
        (What::Odds, _) => vec![call(prematch, format!("competitions/{competition}/sport_event_markets"))],
        (What::EventOdds, Some(listing)) if is_urn(listing) => vec![call(props, format!("sport_events/{listing}/players_props"))],
        _ => Vec::new(),
    }
}

fn guid(listing: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    (!listing.is_empty() && listing.len() <= 36 && listing.bytes().all(is_plain)).then_some(listing)
}

fn is_urn(listing: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b':' | b'_');
    listing.starts_with("sr:") && listing.len() < 60 && listing.bytes().all(is_plain)
}

/// The sport that a request's path names: a product, or a competition, with the access level where that is no trial.
pub(super) fn sport_of(request: &Request) -> Option<String> {
    let words: Vec<&str> = request.path.split('/').skip(1).collect();
    let (product, access) = (words.first()?, words.get(1)?);
    let key = if product.starts_with("oddscomparison") {
        let at = words.iter().position(|word| *word == "competitions")?;
        leagues::competition_of(words.get(at + 1)?)?.0
    } else {
        leagues::product_named(product)?.key
    };
    let is_trial = *access == Access::Trial.as_str();
    Some(if is_trial { key.to_owned() } else { format!("{key}/{access}") })
}

/// What a request asked for. Only a day's schedule is a whole list: feeds of the odds comparison may be pages.
pub(super) fn scope(endpoint: &str, request: &Request, sport: &str, is_whole: bool) -> Scope {
    let listings = match endpoint {
        SCHEDULE if is_whole => day_of(request, sport),
        INJURIES if !request.is_unknown() => Some(ListingScope::Listed(vec![injury_list(sport)])),
        BOXSCORE | PLAYER_PROPS => asked_about(request).map(|listing| ListingScope::Listed(vec![listing])),
        _ => None,
    };
    Scope { sport: sport.to_owned(), listings: listings.unwrap_or_default(), ..Scope::default() }
}

/// The listing of a league's injuries.
pub(super) fn injury_list(sport: &str) -> String {
    format!("injuries/{sport}")
}

fn asked_about(request: &Request) -> Option<String> {
    let mut words = request.path.split('/').skip_while(|word| !matches!(*word, "games" | "sport_events"));
    words.nth(1).map(str::to_owned)
}

/// The league's day that a schedule was asked for, from its first to its last moment.
fn day_of(request: &Request, sport: &str) -> Option<ListingScope> {
    let text = request.path.split_once("/games/")?.1.strip_suffix("/schedule.json")?;
    let day = jiff::civil::Date::strptime("%Y/%m/%d", text).ok()?;
    let zone = leagues::league(sport)?.time_zone();
    let begin = |day: jiff::civil::Date| Some(Moment::from(day.to_zoned(zone.clone()).ok()?.timestamp()));
    let to = begin(day.tomorrow().ok()?)?.plus_micros(-1);
    Some(ListingScope::Starting { from: Some(begin(day)?), to: Some(to) })
}
