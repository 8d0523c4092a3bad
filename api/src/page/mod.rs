//! The plain page at `/`: events by day, prices by book, the best price, and the state and age of each. No script, nothing from elsewhere.

mod table;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State as Extract;
use axum::response::Html;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use odds::Moment;
use odds::observation::{CatalogueKind, FactKind, ListingKind};
use odds::price::Format;
use odds::sport::league;
use store::{Cut, ListingRow};

use crate::live::Live;
use crate::problem::Problem;
use crate::sides::{EventSides, is_turned};
use crate::sources::{Told, once};
use crate::state::State;
use crate::trouble::troubles;
use crate::view::{Quote, Shown, State as Standing, standings};

const HOUR_SECS: i64 = 3600;
const MOST_EVENTS: usize = 60;
const STYLE: &str = include_str!("page.css");
/// Games that began this long ago are still shown; of a replay, whose clock jumps, those of the day before too.
const BACK_SECS: i64 = 6 * HOUR_SECS;
const REPLAY_BACK_SECS: i64 = 30 * HOUR_SECS;
const AHEAD_SECS: i64 = 8 * 24 * HOUR_SECS;

pub async fn get(Extract(live): Extract<Arc<Live>>) -> Result<Html<String>, Problem> {
    let because = live.options.replay_because.clone();
    live.state.blocking(move |state| Page::of(state)?.render(because.as_deref()).map(Html)).await
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

type Days = BTreeMap<Date, BTreeMap<(Moment, String), Vec<ListingRow>>>;

/// What the page is made from.
struct Page<'a> {
    state: &'a State,
    now: Moment,
    days: Days,
    left_out: usize,
    titles: HashMap<(String, String), String>,
    aggregates: std::collections::HashSet<(String, String)>,
}

/// The zone of a listing's league; UTC where it has none.
fn zone(listing: &ListingRow) -> TimeZone {
    listing.league.as_deref().and_then(league).map_or(TimeZone::UTC, |league| league.time_zone())
}

impl<'a> Page<'a> {
    fn of(state: &'a State) -> Result<Self, Problem> {
        let books = state.store.catalogue(CatalogueKind::Book)?;
        let titles = books.into_iter().filter(|book| !book.title.is_empty()).map(|book| ((book.provider, book.key), book.title)).collect();
        let aggregates = state.aggregates()?;
        let mut page = Self { state, now: (state.now)(), days: Days::new(), left_out: 0, titles, aggregates };
        page.find_events()?;
        Ok(page)
    }

    fn find_events(&mut self) -> Result<(), Problem> {
        let back_secs = if self.state.is_replay { REPLAY_BACK_SECS } else { BACK_SECS };
        let rows = self.state.store.listings_between(self.now.plus_secs(-back_secs), self.now.plus_secs(AHEAD_SECS))?;
        let mut shown: HashMap<String, (Date, Moment)> = HashMap::new();
        let mut left_out = std::collections::HashSet::new();
        for row in rows.into_iter().filter(|row| row.kind == ListingKind::Contest) {
            let Some(starts_at) = row.starts_at else { continue };
            let event = row.event.to_string();
            if !shown.contains_key(&event) && shown.len() >= MOST_EVENTS {
                left_out.insert(event);
                continue;
            }
            let (day, first_start) = *shown.entry(event.clone()).or_insert_with(|| (starts_at.day_in(&zone(&row)), starts_at));
            self.days.entry(day).or_default().entry((first_start, event)).or_default().push(row);
        }
        self.left_out = left_out.len();
        Ok(())
    }

    fn render(&self, because: Option<&str>) -> Result<String, Problem> {
        let mut body = String::new();
        for (day, events) in &self.days {
            write!(body, "<h2>{}</h2>", day.strftime("%A %-d %B %Y")).expect("a text takes more");
            for ((starts_at, id), listings) in events {
                body.push_str(&self.event(*starts_at, id, listings)?);
            }
        }
        let (troubles, title) = (self.troubles()?, if self.state.is_replay { "REPLAY · Predictive Play" } else { "Predictive Play" });
        if self.left_out > 0 {
            write!(body, "<p class=none>{} later games are not on this page: see <a href=/v1/events>/v1/events</a>.</p>", self.left_out)
                .expect("a text takes more");
        }
        if self.days.is_empty() {
            body.push_str(&self.nothing(troubles.is_empty()));
        }
        Ok(format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
             <meta http-equiv=refresh content=30><title>{title}</title><style>{STYLE}</style>{}\
             <header><h1>Predictive Play</h1><p>as of {} · <a href=/v1/health>health</a> · <a href=/v1/quality>quality</a> · \
             <a href=/docs>API</a></p></header><main>{troubles}{body}</main></html>",
            self.banner(because),
            shown(self.now, &TimeZone::UTC, "%Y-%m-%d %H:%M UTC"),
        ))
    }

    fn banner(&self, because: Option<&str>) -> String {
        if !self.state.is_replay {
            return String::new();
        }
        let because = because.map_or_else(String::new, |why| format!("<small>no live prices: {}</small>", escape(why)));
        format!("<div class=replay>REPLAY: recorded data with its real dates, not live prices{because}</div>")
    }

    /// Providers that bring nothing just now: what is shown below may be old for that reason.
    fn troubles(&self) -> Result<String, Problem> {
        let lines = troubles(&self.state.store, self.now)?;
        Ok(lines.iter().map(|line| format!("<p class=trouble>{}</p>", escape(line))).collect())
    }

    fn nothing(&self, is_well: bool) -> String {
        let why = match (self.state.is_replay, is_well) {
            (true, _) => "the recorded season is being read",
            (false, true) => "the first answers of the providers are still to come, or they list no game",
            (false, false) => "see above",
        };
        format!(
            "<p class=none>No game between {} hours ago and {} days from now is known: {why}. That says what was collected, not what is \
             played; <a href=/v1/quality>quality</a> tells when each provider was asked last.</p>",
            BACK_SECS / HOUR_SECS,
            AHEAD_SECS / HOUR_SECS / 24
        )
    }

    fn event(&self, starts_at: Moment, id: &str, listings: &[ListingRow]) -> Result<String, Problem> {
        let (mut quotes, mut score) = (Vec::new(), None);
        let first = &listings[0];
        let names = first.home.as_deref().zip(first.away.as_deref());
        let sides = names.map(|names| EventSides::named(first.league.as_deref().unwrap_or_default(), names, first.starts_at));
        for listing in listings {
            self.state.with_board(listing, Cut::ALL, |kept| {
                let shown = Shown { at: self.now, format: Format::Decimal };
                let all = standings(kept, &*self.state.meanings, self.now, sides.as_ref()).map(|standing| standing.quote(shown));
                let told = |quote| Told { quote, price: None, listing: listing.id };
                quotes.extend(all.filter(|quote| table::is_shown(quote) && !self.is_aggregate(quote)).map(told));
                let side = |kind| kept.board.fact(kind).map(str::to_owned);
                let told = || Some((side(FactKind::HomeScore)?, side(FactKind::AwayScore)?));
                let is_turned = is_turned(sides.as_ref(), &kept.board);
                score = score.take().or_else(|| told().map(|(home, away)| if is_turned { (away, home) } else { (home, away) }));
            })?;
        }
        let quotes: Vec<Quote> = once(quotes, &*self.state.meanings).into_iter().map(|told| told.quote).collect();
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "?".to_owned());
        let (home, away) = (name(&first.home), name(&first.away));
        let status = listings.iter().find_map(|listing| listing.status.as_deref()).unwrap_or("");
        let standing: Vec<&Quote> = quotes.iter().filter(|quote| quote.state != Standing::Withdrawn).collect();
        let prices = if standing.is_empty() {
            format!("<p class=none>{}</p>", without_price(!quotes.is_empty(), listings))
        } else {
            table::Table { home: &home, away: &away, titles: &self.titles }.of(&quotes)
        };
        let score = score.map_or_else(String::new, |(home, away)| format!(" <b>{}–{}</b>", escape(&home), escape(&away)));
        Ok(format!(
            "<section><h3><a href=\"/v1/events/{id}/odds\">{} <i>v</i> {}</a>{score}</h3><p class=meta>{}</p>{prices}</section>",
            escape(&home),
            escape(&away),
            escape(
                [league_title(first), time_of_day(starts_at, &zone(first)), status.replace('_', " ")]
                    .join(" · ")
                    .trim_end_matches([' ', '·'])
            ),
        ))
    }

    fn is_aggregate(&self, quote: &Quote) -> bool {
        self.aggregates.contains(&(quote.provider.clone(), quote.provider_book.clone()))
    }
}

/// Why a game has no price.
fn without_price(had_prices: bool, listings: &[ListingRow]) -> String {
    if had_prices {
        return "every price was taken down".to_owned();
    }
    let mut providers: Vec<String> = listings.iter().map(|listing| escape(&listing.provider)).collect();
    providers.dedup();
    format!("no price has come: {} listed this game, without one of its main markets", providers.join(" and "))
}

fn league_title(listing: &ListingRow) -> String {
    let key = listing.league.as_deref().unwrap_or(&listing.sport);
    league(key).map_or_else(|| key.to_owned(), |league| league.title.to_owned())
}

fn shown(at: Moment, zone: &TimeZone, format: &str) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime(format).to_string()
}

/// The time where it is played, and in UTC.
fn time_of_day(at: Moment, zone: &TimeZone) -> String {
    let utc = shown(at, &TimeZone::UTC, "%H:%M UTC");
    if *zone == TimeZone::UTC { utc } else { format!("{} ({utc})", shown(at, zone, "%H:%M %Z")) }
}
