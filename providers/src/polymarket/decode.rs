//! Events to listings: a game is a contest, any other event a question with its answers. Quotes are of the one book `polymarket`: each
//! market's first answer is backed at `bestAsk` and laid at `bestBid`, the second the other way round at the rest, for both answers stand
//! in one book. Bids stand in a market of their own, `{market}_bid`.

use std::borrow::Cow;

use odds::attribute;
use odds::observation::{
    BookSeen, CatalogueKind, CatalogueRow, Decoded, FactKind, FactSeen, ListingKind, ListingSeen, MarketSeen, OutcomeSeen, Refusal,
    Snapshot,
};
use odds::reply::Reply;
use odds::{Line, Moment};

use super::wire::Market;
use super::{BOOK, leagues, request};
use crate::contract::Best;
use crate::tolerant::{Notes, Object, Objects, fact, fact_of, head, list};

/// The market key of an answer in a group (`Who wins?`), and that of a question that stands alone.
pub(super) const GROUP: &str = "group";
pub(super) const QUESTION: &str = "question";

/// Whether a body is a list of events, or one event.
pub(super) fn is_answer(body: &[u8]) -> bool {
    let is_list = std::str::from_utf8(body).ok().is_some_and(|text| text.trim_start().starts_with('['));
    match is_list {
        true => serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(body).is_ok(),
        false => Object::of_body(body).is_some_and(|body| body.has("id") && body.has("markets")),
    }
}

/// Reads a reply.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    let mut notes = Notes::default();
    let Some(events) = events(&mut notes, reply.body) else {
        notes.refuse("", Refusal::NotTheShape, format!("not what {} sends: {}", reply.endpoint, head(reply.body)));
        return Decoded { problems: notes.problems, ..Decoded::default() };
    };
    let asked = request::tag_of(reply.request).or(reply.sport).filter(|tag| leagues::is_tag(tag));
    let (mut listings, mut is_whole) = (Vec::<ListingSeen<'static>>::new(), events.is_whole && events.items.len() < request::LIMIT);
    for event in &events.items {
        let Some(listing) = listing(&mut notes, event, asked) else {
            is_whole = false;
            continue;
        };
        if listings.iter().any(|known| known.id == listing.id) {
            notes.refuse(event.at(), Refusal::ListingTwice, format!("{} stands in this reply already; the first is kept", listing.id));
        } else {
            listings.push(listing);
        }
    }
    let said = listings.first().map(|listing| listing.sport.to_string());
    let sport = asked.map(str::to_owned).or(said).unwrap_or_default();
    let scope = request::scope(reply.request, sport, is_whole);
    let detail = r#"{"exchange":true,"venue":"prediction_market"}"#.to_owned();
    Decoded {
        decision: None,
        snapshots: vec![Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings }],
        problems: notes.problems,
        unreadable: notes.unreadable,
        catalogue: vec![CatalogueRow { kind: CatalogueKind::Book, key: BOOK.into(), title: "Polymarket".into(), detail }],
        next: request::next(reply.request, events.items.len()),
        rows: Vec::new(),
    }
}

fn events<'a>(notes: &mut Notes, body: &'a [u8]) -> Option<Objects<'a>> {
    if !is_answer(body) {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?.trim_start();
    if text.starts_with('[') {
        return Some(list(notes, "", text));
    }
    Object::of_body(body).map(|event| Objects { items: vec![event], is_whole: true })
}

/// `{"id":"350828","slug":"wnba-2026-champion-464","title":"WNBA: 2026 Champion","active":true,"closed":false,"markets":[..]}`
fn listing(notes: &mut Notes, event: &Object<'_>, asked: Option<&str>) -> Option<ListingSeen<'static>> {
    let id = event.need(notes, "id")?;
    let slug = event.text(notes, "slug").or_else(|| event.text(notes, "ticker")).unwrap_or_default();
    let sport = asked.or_else(|| leagues::tag_of(&slug)).unwrap_or_default().to_owned();
    let title = event.need(notes, "title");
    let rows = event.objects(notes, "markets");
    let markets: Vec<Market> = rows.items.iter().map(|row| Market::read(notes, row)).collect();
    let is_game = markets.iter().any(|market| market.kind.is_some() || market.game_start.is_some());
    let sides = title.as_deref().filter(|_| is_game).and_then(sides);
    let mut seen = ListingSeen { kind: ListingKind::Outright, ..ListingSeen::default() };
    match sides {
        Some((first, second)) => {
            seen.kind = ListingKind::Contest;
            let (home, away) = if leagues::is_home_first(&sport) { (first, second) } else { (second, first) };
            seen.facts.extend([fact(FactKind::Home, home), fact(FactKind::Away, away)]);
            seen.facts.extend(start(notes, event, &markets).map(|start| fact(FactKind::Start, start.to_string())));
        }
        None => seen.facts.extend(title.map(|title| fact(FactKind::Title, title))),
    }
    let is_closed = event.flag(notes, "closed").unwrap_or(false);
    seen.books.push(book(notes, markets, is_closed, !rows.is_whole, &mut seen.facts));
    seen.id = Cow::Owned(id);
    seen.sport = Cow::Owned(sport);
    Some(seen)
}

/// `Lakers vs. Celtics`.
fn sides(title: &str) -> Option<(&str, &str)> {
    let head = title.split(" - ").next()?;
    let (first, second) = [" vs. ", " vs ", " @ "].iter().find_map(|between| head.split_once(between))?;
    let (first, second) = (first.trim(), second.trim());
    (!first.is_empty() && !second.is_empty() && !second.contains(" vs")).then_some((first, second))
}

/// The one start that the markets name.
fn start(notes: &mut Notes, event: &Object<'_>, markets: &[Market]) -> Option<Moment> {
    let mut starts: Vec<Moment> = markets.iter().filter_map(|market| market.game_start).collect();
    starts.sort_unstable();
    starts.dedup();
    if starts.len() > 1 {
        notes.refuse(event.place("markets"), Refusal::Contradiction, format!("{} starts are named", starts.len()));
    }
    starts.pop().filter(|_| starts.is_empty())
}

fn book(notes: &mut Notes, rows: Vec<Market>, is_closed: bool, is_cut: bool, facts: &mut Vec<FactSeen<'static>>) -> BookSeen<'static> {
    let mut markets: Vec<MarketSeen<'static>> = Vec::new();
    for row in rows {
        let group = if row.group.is_some() { GROUP } else { QUESTION };
        let key = row.kind.clone().unwrap_or_else(|| group.to_owned());
        let (at_asks, at_bids) = (place(&mut markets, &key), place(&mut markets, &format!("{key}_bid")));
        let is_open = !is_closed && !row.is_closed;
        let Some([first, second]) = row.outcomes.clone().filter(|_| is_open) else {
            if is_open {
                notes.unreadable(format!("{}.outcomes", row.at), Refusal::MissingField, "a market whose two answers cannot be read");
                (markets[at_asks].is_damaged, markets[at_bids].is_damaged) = (true, true);
            }
            continue;
        };
        let line = match row.line.as_deref().map(Line::parse) {
            None => None,
            Some(Ok(line)) => Some(line),
            Some(Err(error)) => {
                notes.unreadable(format!("{}.line", row.at), Refusal::BadLine, format!("{:?}: {error}", row.line));
                (markets[at_asks].is_damaged, markets[at_bids].is_damaged) = (true, true);
                continue;
            }
        };
        let answers = [(first, row.bid, row.ask), (second, row.ask.mirrored(), row.bid.mirrored())];
        for (at, (name, bid, ask)) in answers.into_iter().enumerate() {
            // A spread's line is the first answer's; the other side has its opposite.
            let point = if at == 1 && key.contains("spread") { line.map(Line::negated) } else { line };
            add(&mut markets[at_asks], &row, &name, point, ask, facts);
            add(&mut markets[at_bids], &row, &name, point, bid, facts);
        }
    }
    markets.iter_mut().for_each(|market| market.is_damaged |= is_cut);
    BookSeen { key: BOOK.into(), seen_at: None, markets }
}

/// The place of a market by its key.
fn place(markets: &mut Vec<MarketSeen<'static>>, key: &str) -> usize {
    markets.iter().position(|market| market.key == key).unwrap_or_else(|| {
        markets.push(MarketSeen { key: Cow::Owned(key.to_owned()), ..MarketSeen::default() });
        markets.len() - 1
    })
}

fn add(market: &mut MarketSeen<'static>, row: &Market, name: &str, point: Option<Line>, best: Best, facts: &mut Vec<FactSeen<'static>>) {
    let Some(offer) = best.offer(row.is_paused) else { return };
    // Answers that name a side say who is meant; Yes and No are about the group's answer, or the question.
    let is_plain = row.kind.is_some() && !matches!(name, "Yes" | "No");
    let about = if is_plain { None } else { row.group.as_deref().or(row.question.as_deref()) };
    let description = about.unwrap_or_default().to_owned();
    let subject = attribute::of_outcome(BOOK, &market.key, name, &description, point);
    facts.extend(row.id.as_ref().map(|id| fact_of(FactKind::Sid, subject, serde_json::json!(id).to_string())));
    market.outcomes.push(OutcomeSeen { name: Cow::Owned(name.to_owned()), description: Cow::Owned(description), point, offer });
}
