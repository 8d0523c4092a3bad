//! The past of an event: candles of its contracts, and trades. A candle tells what bid and ask stood at its end; a trade at what price two
//! met. Both name contracts by their tickers alone, and say nothing of what else stood then.
//!
//! Neither is recorded: both are read as the exchange documents them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{BookSeen, Decoded, ListingKind, ListingSeen, MarketSeen, OutcomeSeen, Refusal, Scope, Snapshot};
use odds::reply::{Basis, Reply};
use serde_json::value::RawValue;

use super::decode::bids_of;
use super::{BOOK, series};
use crate::contract::{Best, checked};
use crate::tolerant::{Notes, Object, list};

/// What an answer of the past has.
const CANDLES: &str = "market_candlesticks";
const TRADES: &str = "trades";

/// Whether a body tells of the past.
pub(super) fn is_answer(body: &Object<'_>) -> bool {
    body.has(CANDLES) || body.has(TRADES)
}

/// Outcomes by their moment, event and market.
type Said = BTreeMap<Moment, BTreeMap<String, BTreeMap<String, Vec<OutcomeSeen<'static>>>>>;

/// Reads candles or trades.
pub(super) fn decode(notes: &mut Notes, body: &Object<'_>, reply: &Reply<'_>) -> Vec<Snapshot<'static>> {
    let mut said = Said::new();
    if body.has(CANDLES) {
        candles(notes, body, reply, &mut said);
    } else {
        trades(notes, body, &mut said);
    }
    said.into_iter().flat_map(|(at, events)| events.into_iter().map(move |(event, markets)| snapshot(at, event, markets))).collect()
}

fn snapshot(observed_at: Moment, event: String, markets: BTreeMap<String, Vec<OutcomeSeen<'static>>>) -> Snapshot<'static> {
    let sport = series::of_ticker(&event).to_owned();
    let market = |(key, outcomes)| MarketSeen { key: Cow::Owned(key), is_damaged: true, outcomes, ..MarketSeen::default() };
    let books = vec![BookSeen { key: BOOK.into(), seen_at: None, markets: markets.into_iter().map(market).collect() }];
    let kind = if series::day(&event).is_some() { ListingKind::Contest } else { ListingKind::Outright };
    let listing = ListingSeen { id: Cow::Owned(event), sport: Cow::Owned(sport.clone()), kind, books, ..ListingSeen::default() };
    Snapshot { observed_at, basis: Basis::Stated, scope: Scope { sport, ..Scope::default() }, listings: vec![listing] }
}

/// `{"market_tickers":["KXNBAGAME-26JAN09WESNOR-NOR"],"market_candlesticks":[[{"end_period_ts":1767970800,"yes_bid":{"close_dollars":
/// "0.6000",..},"yes_ask":{"close_dollars":"0.6200",..},..}]],"adjusted_end_ts":1768050000}`.
fn candles(notes: &mut Notes, body: &Object<'_>, reply: &Reply<'_>, said: &mut Said) {
    let tickers = body.raw("market_tickers").and_then(|raw| serde_json::from_str::<Vec<String>>(raw).ok());
    let series = body.raw(CANDLES).and_then(|raw| serde_json::from_str::<Vec<&RawValue>>(raw).ok());
    let (Some(tickers), Some(series)) = (tickers, series) else {
        return notes.refuse(CANDLES, Refusal::NotTheShape, "no list of candles beside one of tickers");
    };
    if tickers.len() != series.len() {
        let detail = format!("{} tickers and {} lists of candles: whose they are, nobody knows", tickers.len(), series.len());
        return notes.refuse(CANDLES, Refusal::NotTheShape, detail);
    }
    let (asked, ended) = (reply.request.query.get("end_ts"), body.text(notes, "adjusted_end_ts"));
    if let Some((asked, ended)) = asked.zip(ended).and_then(|(asked, ended)| Some((asked.parse::<i64>().ok()?, ended.parse::<i64>().ok()?)))
        && (1..asked).contains(&ended)
    {
        notes.refuse(
            "adjusted_end_ts",
            Refusal::NotTheShape,
            format!("cut at {}, before the end that was asked for", Moment::from_secs(ended)),
        );
    }
    for (at, (ticker, candles)) in tickers.iter().zip(series).enumerate() {
        let Some((event, of)) = named(ticker) else {
            notes.refuse(format!("market_tickers[{at}]"), Refusal::MissingField, format!("{ticker:?} names no contract of an event"));
            continue;
        };
        for candle in list(notes, &format!("{CANDLES}[{at}]"), candles.get()).items {
            let Some(end) = seconds(notes, &candle, "end_period_ts") else { continue };
            // A candle that is not over yet says what nobody knows of its end.
            if end > reply.fetched_at {
                continue;
            }
            let close = |notes: &mut Notes, side: &str| {
                candle.object(notes, side).map_or(Best::Nobody, |side| Best::read(notes, &side, "close_dollars", Some("close")))
            };
            let (bid, ask) = (close(notes, "yes_bid"), close(notes, "yes_ask"));
            let (bid, ask) = checked(notes, candle.at(), bid, ask);
            for (market, best) in [(of.to_owned(), ask), (bids_of(of), bid)] {
                add(said, end, event, market, "Yes", ticker, best);
            }
        }
    }
}

/// `{"trades":[{"ticker":"KXNBAGAME-26JAN09WESNOR-NOR","yes_price_dollars":"0.6100","no_price_dollars":"0.3900","count_fp":"12.00",
/// "taker_side":"yes","created_time":"2026-01-09T14:00:00.123Z"}],"cursor":""}`. What was traded last in a microsecond stands for it.
fn trades(notes: &mut Notes, body: &Object<'_>, said: &mut Said) {
    for trade in body.objects(notes, TRADES).items {
        let (ticker, at) = (trade.need(notes, "ticker"), trade.time(notes, "created_time"));
        let Some((ticker, at)) = ticker.zip(at) else {
            notes.unreadable(trade.at(), Refusal::MissingField, "a trade without its ticker or its time");
            continue;
        };
        let Some((event, of)) = named(&ticker) else {
            notes.unreadable(trade.at(), Refusal::MissingField, format!("{ticker:?} names no contract of an event"));
            continue;
        };
        let price = Best::read(notes, &trade, "yes_price_dollars", Some("yes_price"));
        add(said, at, event, trades_of(of), "Yes", &ticker, price);
    }
}

/// The key of the market in which trades stand: they are no offers.
fn trades_of(series: &str) -> String {
    format!("{series}_trade")
}

/// Event and series of a contract's ticker.
fn named(ticker: &str) -> Option<(&str, &str)> {
    let (event, _) = ticker.rsplit_once('-').filter(|_| series::is_ticker(ticker))?;
    event.contains('-').then(|| (event, series::of_ticker(event)))
}

fn seconds(notes: &mut Notes, object: &Object<'_>, name: &str) -> Option<Moment> {
    let text = object.need(notes, name)?;
    let secs = text.parse::<i64>().ok().filter(|secs| (0..=32_503_680_000).contains(secs));
    if secs.is_none() {
        notes.unreadable(object.place(name), Refusal::BadTime, format!("{text:?} is no time"));
    }
    secs.map(Moment::from_secs)
}

fn add(said: &mut Said, at: Moment, event: &str, market: String, name: &'static str, ticker: &str, best: Best) {
    let Some(offer) = best.offer(false) else { return };
    let outcomes = said.entry(at).or_default().entry(event.to_owned()).or_default().entry(market).or_default();
    outcomes.retain(|outcome| outcome.description != ticker || outcome.name != name);
    outcomes.push(OutcomeSeen { name: Cow::Borrowed(name), description: Cow::Owned(ticker.to_owned()), point: None, offer });
}

/// An answer of the past as a whole.
pub(super) fn decoded(notes: Notes, snapshots: Vec<Snapshot<'static>>) -> Decoded<'static> {
    Decoded { snapshots, problems: notes.problems, unreadable: notes.unreadable, ..Decoded::default() }
}
