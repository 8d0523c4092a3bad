//! Contracts to listings: all contracts of an event are one listing, each answer of a contract an outcome that is backed at its ask and
//! laid at its bid. Quotes are of the one book `kalshi`, in the market of the series (asks) and in `{series}_bid` (bids).

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::attribute::{self, Day, OnDay, START};
use odds::cover::FactMask;
use odds::observation::{
    BookSeen, CatalogueKind, CatalogueRow, Decoded, EventStatus, FactKind, FactSeen, ListingKind, ListingSeen, MarketSeen, OutcomeSeen,
    Refusal, Snapshot,
};
use odds::reply::Reply;
use odds::{Line, Moment};

use super::title::sides;
use super::wire::{Book, Contract};
use super::{BOOK, depth, past, request, series};
use crate::contract::Best;
use crate::tolerant::{Notes, Object, fact, fact_of, head};

/// Where contracts stand in an answer.
pub(super) fn is_answer(body: &[u8]) -> bool {
    let has_any = |body: &Object<'_>| ["markets", "events", "event", "market"].iter().any(|name| body.has(name));
    Object::of_body(body).is_some_and(|body| has_any(&body) || depth::is_answer(&body) || past::is_answer(&body))
}

/// Reads a reply.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    let mut notes = Notes::default();
    let Some(body) = Object::of_body(reply.body).filter(|_| is_answer(reply.body)) else {
        notes.refuse("", Refusal::NotTheShape, format!("not what {} sends: {}", reply.endpoint, head(reply.body)));
        return Decoded { problems: notes.problems, ..Decoded::default() };
    };
    let cursor_of = |notes: &mut Notes| body.text(notes, "cursor").filter(|_| !reply.request.is_unknown());
    if past::is_answer(&body) {
        let (snapshots, cursor) = (past::decode(&mut notes, &body, reply), cursor_of(&mut notes));
        let next = cursor.map(|cursor| reply.request.clone().with("cursor", cursor));
        return Decoded { catalogue: vec![book_row()], next, ..past::decoded(notes, snapshots) };
    }
    let (contracts, is_readable) = contracts(&mut notes, &body);
    let cursor = body.text(&mut notes, "cursor");
    let is_page = cursor.is_some() || reply.request.query.contains_key("cursor") || reply.request.is_unknown();
    let mut events: BTreeMap<String, Vec<Contract>> = BTreeMap::new();
    let mut is_whole = is_readable && !is_page;
    for market in &contracts {
        let contract = Contract::read(&mut notes, market);
        match contract.event.clone() {
            Some(event) => events.entry(event).or_default().push(contract),
            None => {
                is_whole = false;
                notes.unreadable += 1;
            }
        }
    }
    let mut listings: Vec<_> = events.into_iter().map(|(event, contracts)| listing(&mut notes, event, contracts, !is_whole)).collect();
    if depth::is_answer(&body) {
        listings.extend(depth::listing(&mut notes, &body, reply.request));
    }
    let asked = request::series_of(reply.request).or(reply.sport).map(str::to_owned);
    let sport = asked.or_else(|| listings.first().map(|listing| listing.sport.to_string())).unwrap_or_default();
    let scope = request::scope(reply.endpoint, reply.request, sport, is_whole);
    let next = cursor.filter(|_| !reply.request.is_unknown()).map(|cursor| reply.request.clone().with("cursor", cursor));
    Decoded {
        decision: None,
        snapshots: vec![Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings }],
        problems: notes.problems,
        unreadable: notes.unreadable,
        catalogue: vec![book_row()],
        next,
        rows: Vec::new(),
    }
}

fn book_row() -> CatalogueRow<'static> {
    let detail = r#"{"exchange":true,"venue":"prediction_market"}"#.to_owned();
    CatalogueRow { kind: CatalogueKind::Book, key: BOOK.into(), title: "Kalshi".into(), detail }
}

/// All contracts of an answer, flat or below their events, and whether no item of a list was refused.
fn contracts<'a>(notes: &mut Notes, body: &Object<'a>) -> (Vec<Object<'a>>, bool) {
    let (flat, events) = (body.objects(notes, "markets"), body.objects(notes, "events"));
    let (mut found, mut is_whole) = (flat.items, flat.is_whole && events.is_whole);
    for event in events.items.into_iter().chain(body.object(notes, "event")) {
        let nested = event.objects(notes, "markets");
        is_whole &= nested.is_whole;
        found.extend(nested.items);
    }
    found.extend(body.object(notes, "market"));
    (found, is_whole)
}

fn listing(notes: &mut Notes, event: String, contracts: Vec<Contract>, is_cut: bool) -> ListingSeen<'static> {
    let sport = series::of_ticker(&event).to_owned();
    let title = contracts.iter().find_map(|contract| contract.title.clone());
    let players = title.as_deref().and_then(sides);
    let is_of_a_game = series::day(&event).is_some() && players.is_some();
    let mut seen = ListingSeen { kind: ListingKind::Outright, ..ListingSeen::default() };
    if let (true, Some((away, home))) = (is_of_a_game, players) {
        seen.kind = ListingKind::Contest;
        start(&mut seen.facts, &event, &sport);
        for (word, kind, name) in [("home", FactKind::Home, home), ("away", FactKind::Away, away)] {
            seen.facts.push(fact(kind, name));
            let team = contracts.iter().find(|contract| contract.sub_title.as_deref() == Some(name)).and_then(|one| one.team.clone());
            seen.facts.extend(team.map(|team| fact_of(FactKind::SideId, word, team)));
        }
    } else {
        seen.facts.extend(title.clone().map(|title| fact(FactKind::Title, title)));
    }
    let is_over = |contract: &Contract| {
        let is_told = matches!(contract.status.as_deref(), Some("determined" | "finalized" | "settled"));
        is_told && contract.result.as_deref().is_some_and(|result| result == "yes" || result == "no")
    };
    if contracts.iter().all(is_over) {
        seen.facts.push(fact(FactKind::Status, EventStatus::Final.as_str()));
    }
    if contracts.iter().any(|contract| contract.has_sizes) {
        seen.asked = FactMask::default();
        seen.asked.add(FactKind::BetLimit);
    }
    seen.books.push(book(notes, &sport, contracts, is_cut, &mut seen.facts));
    seen.id = Cow::Owned(event);
    seen.sport = Cow::Owned(sport);
    seen
}

/// No time of a contract is the game's start (seen: all lie hours or weeks behind it), so that its day is all that is known: the
/// ticker's, in the league's zone.
fn start(facts: &mut Vec<FactSeen<'static>>, event: &str, sport: &str) {
    let zone = series::league(sport).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    let at = |time: jiff::civil::DateTime| time.to_zoned(zone.clone()).ok().map(|zoned| Moment::from(zoned.timestamp()));
    let Some(day) = series::day(event) else { return };
    let Some((noon, end)) = at(day.at(12, 0, 0, 0)).zip(at(day.at(23, 59, 58, 0))) else { return };
    facts.push(fact(FactKind::Start, noon.to_string()));
    let on_day = serde_json::to_string(&OnDay { precision: Day::Day, closes_at: end }).ok();
    facts.extend(on_day.map(|value| fact_of(FactKind::Attribute, START, value)));
}

/// The key of the market in which bids stand.
pub(super) fn bids_of(series: &str) -> String {
    format!("{series}_bid")
}

fn book(notes: &mut Notes, sport: &str, contracts: Vec<Contract>, is_cut: bool, facts: &mut Vec<FactSeen<'static>>) -> BookSeen<'static> {
    let market = |key: String| MarketSeen { key: Cow::Owned(key), is_damaged: is_cut, ..MarketSeen::default() };
    let (mut asks, mut bids) = (market(sport.to_owned()), market(bids_of(sport)));
    for contract in contracts {
        let is_suspended = match contract.status.as_deref() {
            None | Some("active" | "open") => false,
            Some("inactive" | "paused") => true,
            Some("initialized" | "unopened" | "closed" | "determined" | "disputed" | "amended" | "finalized" | "settled") => continue,
            Some(other) => {
                notes.refuse(format!("{}.status", contract.at), Refusal::MissingField, format!("{other:?}: no status that we know"));
                true
            }
        };
        let Some(description) = contract.sub_title.clone().or_else(|| contract.ticker.clone()) else {
            notes.unreadable(&contract.at, Refusal::MissingField, "a contract without yes_sub_title and ticker");
            (asks.is_damaged, bids.is_damaged) = (true, true);
            continue;
        };
        let point = contract.strike.as_deref().and_then(|strike| Line::parse(strike).ok());
        let Contract { yes, no, ticker, .. } = contract;
        for (name, Book { bid, ask, bid_size, ask_size }) in [("Yes", yes), ("No", no)] {
            for (market, best, size) in [(&mut asks, ask, ask_size), (&mut bids, bid, bid_size)] {
                let answer = Answer { name, description: &description, point, ticker: ticker.as_deref() };
                add(market, &answer, best, size, is_suspended, facts);
            }
        }
    }
    BookSeen { key: BOOK.into(), seen_at: None, markets: vec![asks, bids] }
}

/// One answer of a contract.
struct Answer<'a> {
    name: &'static str,
    description: &'a str,
    point: Option<Line>,
    ticker: Option<&'a str>,
}

fn add(
    market: &mut MarketSeen<'static>,
    answer: &Answer<'_>,
    best: Best,
    size: Option<String>,
    is_suspended: bool,
    facts: &mut Vec<FactSeen<'static>>,
) {
    let Some(offer) = best.offer(is_suspended) else { return };
    let subject = attribute::of_outcome(BOOK, &market.key, answer.name, answer.description, answer.point);
    let stake = size.and_then(|size| best.stake(&size));
    facts.extend(stake.map(|stake| fact_of(FactKind::BetLimit, subject.clone(), stake)));
    facts.extend(answer.ticker.map(|ticker| fact_of(FactKind::Sid, subject, serde_json::json!(ticker).to_string())));
    let (name, description) = (Cow::Borrowed(answer.name), Cow::Owned(answer.description.to_owned()));
    market.outcomes.push(OutcomeSeen { name, description, point: answer.point, offer });
}
