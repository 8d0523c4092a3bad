//! Asks to calls: the open events of a tag with their markets, or one event.

use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::leagues::is_tag;
use crate::ask::{Ask, What};
use crate::provider::Call;

pub(super) const EVENTS: &str = "events";
/// Events in a page.
pub(super) const LIMIT: usize = 100;

/// The calls that answer an ask: none for what could not stand in a request.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    let request = match ask.what {
        What::Events | What::Odds if is_tag(&ask.sport) => {
            let request = Request::to("/events").with("closed", "false").with("limit", LIMIT.to_string());
            Some(request.with("offset", "0").with("tag_slug", &*ask.sport))
        }
        What::Summary => {
            let listing = ask.listing.as_deref();
            let id = listing.filter(|id| !id.is_empty() && id.len() < 20 && id.bytes().all(|byte| byte.is_ascii_digit()));
            id.map(|id| Request::to("/events").with("id", id))
        }
        _ => None,
    };
    request.into_iter().map(|request| Call { endpoint: EVENTS, request, credits: 0 }).collect()
}

/// The tag that a request names.
pub(super) fn tag_of(request: &Request) -> Option<&str> {
    request.query.get("tag_slug").map(String::as_str)
}

/// What a request asked for: all that is open under a tag, where the first page held it all.
pub(super) fn scope(request: &Request, sport: String, is_whole: bool) -> Scope {
    let is_first = request.query.get("offset").is_some_and(|offset| offset == "0");
    let listings = match request.query.get("id") {
        Some(id) => ListingScope::Listed(vec![id.clone()]),
        None if is_whole && is_first && tag_of(request).is_some() => ListingScope::Sport,
        None => ListingScope::Unknown,
    };
    Scope { sport, listings, ..Scope::default() }
}

/// The page after a full one.
pub(super) fn next(request: &Request, events: usize) -> Option<Request> {
    let offset: usize = request.query.get("offset")?.parse().ok()?;
    (events >= LIMIT).then(|| request.clone().with("offset", offset.saturating_add(LIMIT).to_string()))
}
