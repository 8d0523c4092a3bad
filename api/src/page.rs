//! The plain page at `/`: events by day, prices by book, the best price, and how old each is. No script, nothing from elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State as Extract;
use axum::response::Html;
use odds::Moment;
use odds::observation::ListingKind;
use odds::price::Format;
use odds::sport::league;
use store::{Cut, ListingRow};

use crate::live::Live;
use crate::problem::Problem;
use crate::state::State;
use crate::view::{Quote, Shown, ShownPrice, State as Standing, standings};

const HOUR_SECS: i64 = 3600;
const MOST_EVENTS: usize = 60;
const MARKETS: [&str; 4] = ["moneyline", "three_way", "spread", "total"];
const STYLE: &str = include_str!("page.css");

pub async fn get(Extract(live): Extract<Arc<Live>>) -> Result<Html<String>, Problem> {
    live.state.blocking(|state| render(state).map(Html)).await
}

/// Text as HTML shows it: names come from providers and could hold anything.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Games that began this long ago are still shown; of a replay, whose clock jumps, those of the day before too.
const BACK_SECS: i64 = 6 * HOUR_SECS;
const REPLAY_BACK_SECS: i64 = 30 * HOUR_SECS;

type Days = BTreeMap<String, BTreeMap<(Moment, String), Vec<ListingRow>>>;

fn days(state: &State, now: Moment) -> Result<Days, Problem> {
    let back_secs = if state.is_replay { REPLAY_BACK_SECS } else { BACK_SECS };
    let rows = state.store.listings_between(now.plus_secs(-back_secs), now.plus_secs(8 * 24 * HOUR_SECS))?;
    let (mut days, mut events) = (Days::new(), 0);
    for row in rows.into_iter().filter(|row| row.kind == ListingKind::Contest) {
        let Some(starts_at) = row.starts_at else { continue };
        let zone = row.league.as_deref().and_then(league).map_or(jiff::tz::TimeZone::UTC, |league| league.time_zone());
        let day = days.entry(starts_at.day_in(&zone).to_string()).or_default();
        let event = row.event.to_string();
        match day.iter_mut().find(|((_, id), _)| *id == event) {
            Some((_, listings)) => listings.push(row),
            None if events < MOST_EVENTS => {
                events += 1;
                day.insert((starts_at, event), vec![row]);
            }
            None => {}
        }
    }
    Ok(days)
}

fn render(state: &State) -> Result<String, Problem> {
    let now = (state.now)();
    let mut body = String::new();
    for (day, events) in days(state, now)?.iter().filter(|(_, events)| !events.is_empty()) {
        write!(body, "<h2>{day}</h2>").expect("a text takes more");
        for ((starts_at, id), listings) in events {
            body.push_str(&event(state, now, *starts_at, id, listings)?);
        }
    }
    if body.is_empty() {
        body.push_str("<p class=none>Nothing is known of games between six hours ago and eight days from now. That says what was collected, not what is played: see <a href=/v1/quality>quality</a>.</p>");
    }
    let replay = if state.is_replay { "<div class=replay>REPLAY: recorded data with its real dates, not live prices</div>" } else { "" };
    Ok(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta http-equiv=refresh content=30><title>{}Predictive Play</title><style>{STYLE}</style>{replay}\
         <header><h1>Predictive Play</h1><p>as of {} UTC · <a href=/v1/health>health</a> · <a href=/v1/quality>quality</a> · \
         <a href=/docs>API</a></p></header><main>{body}</main></html>",
        if state.is_replay { "REPLAY · " } else { "" },
        clock(now),
    ))
}

fn clock(at: Moment) -> String {
    at.to_string().chars().take(16).map(|letter| if letter == 'T' { ' ' } else { letter }).collect()
}

fn event(state: &State, now: Moment, starts_at: Moment, id: &str, listings: &[ListingRow]) -> Result<String, Problem> {
    let name = |name: &Option<String>| escape(name.as_deref().unwrap_or("?"));
    let first = &listings[0];
    let aggregates = state.aggregates()?;
    let mut quotes = Vec::new();
    for listing in listings {
        state.with_board(listing, Cut::ALL, |kept| {
            let shown = Shown { at: now, format: Format::Decimal };
            let wanted = |quote: &Quote| MARKETS.contains(&quote.market.as_str()) && quote.period == "full" && !quote.is_alternate;
            let all = standings(kept, &*state.meanings, now).map(|standing| standing.quote(shown));
            quotes.extend(all.filter(|quote| wanted(quote) && quote.stance == "back" && quote.state != Standing::Withdrawn));
            quotes.retain(|quote: &Quote| !aggregates.contains(&(quote.provider.clone(), quote.book.clone())));
        })?;
    }
    let status = listings.iter().find_map(|listing| listing.status.as_deref()).unwrap_or("");
    let league = first.league.as_deref().unwrap_or(&first.sport);
    let table = if quotes.is_empty() { "<p class=none>no price is known</p>".to_owned() } else { table(&quotes) };
    Ok(format!(
        "<section><h3><a href=\"/v1/events/{id}/odds\">{} <i>v</i> {}</a></h3><p class=meta>{} · {} UTC {}</p>{table}</section>",
        name(&first.home),
        name(&first.away),
        escape(league),
        clock(starts_at),
        if status.is_empty() { String::new() } else { format!("· {}", escape(status)) },
    ))
}

/// One row for a selection, one column for a book.
fn table(quotes: &[Quote]) -> String {
    let mut books: Vec<&str> = quotes.iter().map(|quote| quote.book.as_str()).collect();
    books.sort_unstable();
    books.dedup();
    let mut rows: BTreeMap<(usize, &str, i64), BTreeMap<&str, &Quote>> = BTreeMap::new();
    for quote in quotes {
        let market = MARKETS.iter().position(|market| *market == quote.market).unwrap_or(MARKETS.len());
        let line = quote.line.map_or(i64::MIN, |line| (line * 1000.0) as i64);
        rows.entry((market, &quote.selection, line)).or_default().insert(&quote.book, quote);
    }
    let mut out = String::from("<div class=wide><table><tr><th>");
    books.iter().for_each(|book| write!(out, "<th>{}", escape(book)).expect("a text takes more"));
    for ((market, selection, _), row) in &rows {
        let line = row.values().next().and_then(|quote| quote.line);
        let line = line.map_or_else(String::new, |line| if *market == 2 { format!(" {line:+}") } else { format!(" {line}") });
        let market = MARKETS.get(*market).copied().unwrap_or_default().replace('_', " ");
        write!(out, "<tr><th><small>{market}</small> {}{line}", escape(selection)).expect("a text takes more");
        let live = row.values().filter(|quote| quote.state == Standing::Live).filter_map(|quote| decimal(quote));
        let best = live.fold(0.0, f64::max);
        books
            .iter()
            .for_each(|book| out.push_str(&row.get(book).map_or_else(|| "<td class=empty>·".to_owned(), |quote| cell(quote, best))));
    }
    out.push_str("</table></div>");
    out
}

const fn decimal(quote: &Quote) -> Option<f64> {
    if let Some(ShownPrice::Decimal(price)) = quote.price { Some(price) } else { None }
}

fn cell(quote: &Quote, best: f64) -> String {
    let price = decimal(quote).unwrap_or_default();
    let (state, word) = match quote.state {
        // A source that says only "before" or "closing" tells what stood at its collection, not now.
        Standing::Live if quote.observed_basis == Some("phase") => ("live", "as collected"),
        Standing::Live => ("live", "live"),
        Standing::Suspended => ("suspended", "suspended"),
        Standing::Withdrawn => ("withdrawn", "withdrawn"),
        Standing::Stale => ("stale", "stale"),
        Standing::NotObserved => ("unseen", "not observed"),
        Standing::NotCovered => ("unseen", "not covered"),
    };
    let is_best = quote.state == Standing::Live && price >= best;
    let best = if is_best { " best" } else { "" };
    let age = quote.observed_age_secs.map_or_else(|| "never".to_owned(), age);
    format!("<td class=\"{state}{best}\"><b>{price:.2}</b><small>{word} · {age}</small>")
}

fn age(secs: f64) -> String {
    match secs.max(0.0) as u64 {
        secs @ 0..120 => format!("{secs} s"),
        secs @ 120..7200 => format!("{} min", secs / 60),
        secs @ 7200..172_800 => format!("{} h", secs / 3600),
        secs => format!("{} d", secs / 86_400),
    }
}
