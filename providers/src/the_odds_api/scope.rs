//! What a request asked for, told from its own words: the frame inside which absence speaks.

use odds::Moment;
use odds::cover::FactMask;
use odds::observation::{BookScope, FactKind, ListingScope, ListingSeen, Scope};
use odds::reply::{Reply, Request};

use super::books;

/// What a path names.
struct Target<'r> {
    sport: &'r str,
    listing: Option<&'r str>,
}

/// Whether an endpoint answers with prices.
pub(super) fn is_priced(endpoint: &str) -> bool {
    matches!(endpoint, "odds" | "event_odds" | "historical_odds" | "historical_event_odds")
}

/// The scope of a reply. The listings that it brought name its sport where nothing else does, and add to a region's books.
pub(super) fn scope(reply: &Reply<'_>, listings: &[ListingSeen<'_>]) -> Scope {
    let asked = (!reply.request.is_unknown()).then_some(reply.request);
    let target = asked.and_then(target);
    let is_priced = is_priced(reply.endpoint);
    Scope {
        sport: sport(reply, listings),
        listings: asked.zip(target).map_or(ListingScope::Unknown, |(request, target)| listing_scope(request, &target)),
        markets: asked.filter(|_| is_priced).map(markets),
        books: asked.filter(|_| is_priced).map_or(BookScope::Unknown, |request| book_scope(request, listings)),
    }
}

/// What was asked for to come along with quotes; nothing where the request is not known.
pub(super) fn extras(reply: &Reply<'_>) -> FactMask {
    let mut extras = FactMask::default();
    let is_asked = |name: &str| reply.request.query.get(name).is_some_and(|value| value == "true");
    if is_priced(reply.endpoint) {
        INCLUDES.iter().filter(|(name, _)| is_asked(name)).for_each(|(_, kind)| extras.add(*kind));
    }
    extras
}

const INCLUDES: [(&str, FactKind); 4] = [
    ("includeLinks", FactKind::Link),
    ("includeSids", FactKind::Sid),
    ("includeBetLimits", FactKind::BetLimit),
    ("includeMultipliers", FactKind::Multiplier),
];

/// The sport that a reply is about: as asked, as said by whoever replays it, or as all its listings say.
pub(super) fn sport(reply: &Reply<'_>, listings: &[ListingSeen<'_>]) -> String {
    let asked = target(reply.request).map(|target| target.sport).filter(|sport| *sport != "upcoming");
    if let Some(sport) = asked.or(reply.sport) {
        return sport.to_owned();
    }
    let first = listings.first().map_or("", |listing| &listing.sport);
    if listings.iter().all(|listing| listing.sport == first) { first.to_owned() } else { String::new() }
}

/// Gives the sport that was asked for to listings that came without theirs.
pub(super) fn fill_sport(listings: &mut [ListingSeen<'_>], sport: &str) {
    listings.iter_mut().filter(|listing| listing.sport.is_empty()).for_each(|listing| listing.sport = sport.to_owned().into());
}

fn target(request: &Request) -> Option<Target<'_>> {
    let mut parts = request.path.split('/').filter(|part| !part.is_empty()).skip_while(|part| *part != "sports").skip(1);
    let sport = parts.next()?;
    let listing = (parts.next() == Some("events")).then(|| parts.next()).flatten();
    Some(Target { sport, listing })
}

fn listing_scope(request: &Request, target: &Target<'_>) -> ListingScope {
    let time = |name| request.query.get(name).and_then(|text| text.parse::<Moment>().ok());
    if let Some(id) = target.listing {
        return ListingScope::Listed(vec![id.to_owned()]);
    }
    if let Some(ids) = request.query.get("eventIds") {
        return ListingScope::Listed(keys(ids));
    }
    match (target.sport, time("commenceTimeFrom"), time("commenceTimeTo")) {
        ("upcoming", ..) => ListingScope::Unknown,
        (_, None, None) => ListingScope::Sport,
        (_, from, to) => ListingScope::Starting { from, to },
    }
}

/// Market keys as asked; lay markets come unasked with their back markets, so they are looked at with them.
fn markets(request: &Request) -> Vec<String> {
    let mut asked = request.query.get("markets").map_or_else(|| vec!["h2h".to_owned()], |markets| keys(markets));
    for lay in ["h2h", "outrights"].map(|back| (back, format!("{back}_lay"))) {
        if asked.iter().any(|key| key == lay.0) && !asked.contains(&lay.1) {
            asked.push(lay.1);
        }
    }
    asked
}

fn book_scope(request: &Request, listings: &[ListingSeen<'_>]) -> BookScope {
    if let Some(asked) = request.query.get("bookmakers").map(|books| keys(books)).filter(|books| !books.is_empty()) {
        return BookScope::Listed(asked);
    }
    let Some(regions) = request.query.get("regions") else { return BookScope::Unknown };
    let known = keys(regions).into_iter().flat_map(|region| books::of_region(&region).iter().map(|book| (*book).to_owned()));
    let answered = listings.iter().flat_map(|listing| listing.books.iter().map(|book| book.key.to_string()));
    let mut listed: Vec<String> = known.chain(answered).collect();
    listed.sort_unstable();
    listed.dedup();
    BookScope::Listed(listed)
}

fn keys(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}
