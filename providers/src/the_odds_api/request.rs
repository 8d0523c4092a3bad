//! Asks to calls, each with the most that it can cost.
//!
//! Always decimal odds and RFC 3339 times: American odds are converted for some books, with small errors.

use std::collections::BTreeSet;

use odds::Moment;
use odds::reply::Request;

use super::{books, leagues};
use crate::{Ask, Call, What};

/// Market keys that `/odds` takes. Lay keys come unasked with their back keys, and asking for them would be paid.
const FEATURED: [&str; 4] = ["h2h", "spreads", "totals", "outrights"];
/// What the provider may be asked beside the prices, free.
const ODDS_EXTRAS: [&str; 4] = ["includeBetLimits", "includeLinks", "includeRotationNumbers", "includeSids"];
/// How many books cost as much as one region.
const BOOKS_A_REGION: usize = 10;
/// How many times dearer history is.
const HISTORY_FACTOR: u32 = 10;

/// The calls that answer an ask: none where the ask lacks what its endpoint needs.
pub(super) fn calls(ask: &Ask) -> Vec<Call> {
    call(ask).into_iter().collect()
}

fn call(ask: &Ask) -> Option<Call> {
    match ask.what {
        What::Sports => Some(Call { endpoint: "sports", request: Request::to("/v4/sports").with("all", "true"), credits: 0 }),
        What::Events => events(ask),
        What::Odds => odds(ask),
        What::EventOdds => event_odds(ask),
        What::EventMarkets => event_markets(ask),
        What::Scores => scores(ask),
        What::Participants => {
            let request = Request::to(format!("/v4/sports/{}/participants", sport(ask)?));
            Some(Call { endpoint: "participants", request, credits: 1 })
        }
        What::HistoricalOdds => historical_odds(ask),
        What::HistoricalEvents => historical_events(ask),
        What::HistoricalEventOdds => historical_event_odds(ask),
        What::Rosters | What::Transactions | What::Injuries | What::Summary | What::Season | What::Fixtures => None,
    }
}

fn events(ask: &Ask) -> Option<Call> {
    let request = filtered(Request::to(format!("/v4/sports/{}/events", sport(ask)?)), ask)?;
    Some(Call { endpoint: "events", request: iso(request).with("includeRotationNumbers", "true"), credits: 0 })
}

fn odds(ask: &Ask) -> Option<Call> {
    let markets = featured(ask)?;
    let request = filtered(Request::to(format!("/v4/sports/{}/odds", sport(ask)?)), ask)?;
    let (request, regions) = priced(request, ask, &markets);
    let request = ODDS_EXTRAS.iter().fold(request, |request, name| request.with(name, "true"));
    Some(Call { endpoint: "odds", request, credits: cost(markets.len(), regions) })
}

fn event_odds(ask: &Ask) -> Option<Call> {
    let markets = any_markets(ask);
    let request = Request::to(format!("/v4/sports/{}/events/{}/odds", sport(ask)?, listing(ask)?));
    let (request, regions) = priced(request, ask, &markets);
    let request = ODDS_EXTRAS.iter().fold(request, |request, name| request.with(name, "true")).with("includeMultipliers", "true");
    Some(Call { endpoint: "event_odds", request, credits: cost(markets.len() + unasked(ask, &markets), regions) })
}

fn event_markets(ask: &Ask) -> Option<Call> {
    let request = Request::to(format!("/v4/sports/{}/events/{}/markets", sport(ask)?, listing(ask)?));
    Some(Call { endpoint: "event_markets", request: from_books(iso(request), ask).0, credits: 1 })
}

/// Scores of what is live or coming for 1 credit; where the ask names a day, of what has ended as well, for 2.
///
/// `day` is how many days back (`1` to `3`), or a date: then as far back as the endpoint goes, for a date cannot be counted without a clock.
fn scores(ask: &Ask) -> Option<Call> {
    let request = only_listing(iso(Request::to(format!("/v4/sports/{}/scores", sport(ask)?))), ask)?;
    let days = ask.day.as_deref().map(|day| if ["1", "2"].contains(&day) { day } else { "3" });
    Some(match days {
        Some(days) => Call { endpoint: "scores", request: request.with("daysFrom", days), credits: 2 },
        None => Call { endpoint: "scores", request, credits: 1 },
    })
}

fn historical_odds(ask: &Ask) -> Option<Call> {
    let markets = featured(ask)?;
    let request = filtered(Request::to(format!("/v4/historical/sports/{}/odds", sport(ask)?)), ask)?;
    let (request, regions) = priced(at(request, ask)?, ask, &markets);
    Some(Call { endpoint: "historical_odds", request, credits: cost(markets.len(), regions).saturating_mul(HISTORY_FACTOR) })
}

fn historical_events(ask: &Ask) -> Option<Call> {
    let request = filtered(Request::to(format!("/v4/historical/sports/{}/events", sport(ask)?)), ask)?;
    Some(Call { endpoint: "historical_events", request: iso(at(request, ask)?), credits: 1 })
}

fn historical_event_odds(ask: &Ask) -> Option<Call> {
    let markets = any_markets(ask);
    let request = Request::to(format!("/v4/historical/sports/{}/events/{}/odds", sport(ask)?, listing(ask)?));
    let (request, regions) = priced(at(request, ask)?, ask, &markets);
    let credits = cost(markets.len() + unasked(ask, &markets), regions).saturating_mul(HISTORY_FACTOR);
    Some(Call { endpoint: "historical_event_odds", request, credits })
}

/// A moment as the historical endpoints want it: whole seconds and `Z`, nothing else is taken.
pub(super) fn date(moment: Moment) -> String {
    Moment::from_secs(moment.secs()).to_string()
}

fn at(request: Request, ask: &Ask) -> Option<Request> {
    Some(request.with("date", date(ask.at?)))
}

fn iso(request: Request) -> Request {
    request.with("dateFormat", "iso")
}

fn priced(request: Request, ask: &Ask, markets: &[&str]) -> (Request, usize) {
    from_books(iso(request).with("oddsFormat", "decimal").with("markets", markets.join(",")), ask)
}

/// Names the books, or else the regions, and how many regions that is paid as.
fn from_books(request: Request, ask: &Ask) -> (Request, usize) {
    let books = sorted(&ask.books);
    if !books.is_empty() {
        return (request.with("bookmakers", books.join(",")), books.len().div_ceil(BOOKS_A_REGION));
    }
    let regions = regions(ask);
    (request.with("regions", regions.join(",")), regions.len())
}

fn regions(ask: &Ask) -> Vec<&str> {
    let regions = sorted(&ask.regions);
    if regions.is_empty() { vec!["us"] } else { regions }
}

fn sorted(keys: &[String]) -> Vec<&str> {
    keys.iter().map(|key| key.trim()).filter(|key| !key.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The featured keys of an ask; `None` where it asks for others alone.
fn featured(ask: &Ask) -> Option<Vec<&str>> {
    let wanted: BTreeSet<&str> = any_markets(ask).into_iter().map(|key| key.strip_suffix("_lay").unwrap_or(key)).collect();
    let keys: Vec<&str> = wanted.into_iter().filter(|key| FEATURED.contains(key) && is_asked_of(key, &ask.sport)).collect();
    (!keys.is_empty()).then_some(keys)
}

/// An outright sport has no sides to win, and asking for them refuses the whole call.
fn is_asked_of(key: &str, sport: &str) -> bool {
    !leagues::is_outright(sport) || key == "outrights"
}

fn any_markets(ask: &Ask) -> Vec<&str> {
    let markets = sorted(&ask.markets);
    match (markets.is_empty(), leagues::is_outright(&ask.sport)) {
        (false, _) => markets,
        (true, true) => vec!["outrights"],
        (true, false) => vec!["h2h", "spreads", "totals"],
    }
}

/// How many lay markets may come unasked where each distinct market in the answer is paid.
fn unasked(ask: &Ask, markets: &[&str]) -> usize {
    let books = sorted(&ask.books);
    let may_come =
        if books.is_empty() { regions(ask).into_iter().any(books::has_exchange) } else { books.into_iter().any(books::is_exchange) };
    let lays = |key: &&&str| ["h2h", "outrights"].contains(*key) && !markets.contains(&format!("{key}_lay").as_str());
    if may_come { markets.iter().filter(lays).count() } else { 0 }
}

fn cost(markets: usize, regions: usize) -> u32 {
    u32::try_from(markets.saturating_mul(regions)).unwrap_or(u32::MAX)
}

/// A key that can stand in a path as it is: anything else is no key of theirs.
fn in_path(key: &str) -> Option<&str> {
    let is_plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    is_plain.then_some(key)
}

fn sport(ask: &Ask) -> Option<&str> {
    in_path(&ask.sport)
}

fn listing(ask: &Ask) -> Option<&str> {
    in_path(ask.listing.as_deref()?)
}

fn only_listing(request: Request, ask: &Ask) -> Option<Request> {
    match &ask.listing {
        Some(id) => Some(request.with("eventIds", in_path(id)?)),
        None => Some(request),
    }
}

/// Narrows a call to one listing, and to the league's day where the ask names one.
fn filtered(request: Request, ask: &Ask) -> Option<Request> {
    let request = only_listing(request, ask)?;
    let Some(day) = &ask.day else { return Some(request) };
    let day: jiff::civil::Date = day.parse().ok()?;
    let zone = leagues::league(&ask.sport).map_or(jiff::tz::TimeZone::UTC, |league| league.time_zone());
    let midnight = |day: jiff::civil::Date| day.to_zoned(zone.clone()).ok().map(|zoned| Moment::from(zoned.timestamp()));
    let (from, next) = (midnight(day)?, midnight(day.tomorrow().ok()?)?);
    Some(request.with("commenceTimeFrom", date(from)).with("commenceTimeTo", date(next.plus_secs(-1))))
}
