//! What a market's definition states: when, who, where it stands, what came of each runner.

use std::borrow::Cow;

use odds::attribute::{of_market, of_outcome};
use odds::decimal::format_scaled;
use odds::observation::{EventStatus, FactKind, FactSeen, ListingKind};
use odds::{Line, Moment};
use serde::Serialize;

use super::decode::{BOOK, TRADED};
use super::market::{Market, Runner, RunnerState};
use super::sports;
use super::wire::Figure;

/// Market types that end with the event: of others the end says nothing of it.
const WHOLE: &[&str] = &["MATCH_ODDS", "MATCH_WINNER", "MONEY_LINE", "MONEYLINE", "WIN"];

/// The sides of an event's name, home first: `Home v Away`, `Away @ Home`.
pub(super) fn sides<'a>(market: &Market<'a>) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    if sports::is_racing(&market.definition.event_type_id) {
        return None;
    }
    let name = &market.definition.event_name;
    let pair = |mark: &str| {
        let (one, other) = name.split_once(mark)?;
        let is_pair = !one.trim().is_empty() && !other.trim().is_empty() && !other.contains(mark);
        is_pair.then(|| (Cow::Owned(one.trim().to_owned()), Cow::Owned(other.trim().to_owned())))
    };
    pair(" v ").or_else(|| pair(" @ ").map(|(away, home)| (home, away)))
}

/// What kind of listing a market is: of two sides, or of many.
pub(super) fn kind(market: &Market<'_>) -> ListingKind {
    if sides(market).is_some() { ListingKind::Contest } else { ListingKind::Outright }
}

/// All that a definition states.
pub(super) fn of_definition<'a>(market: &Market<'a>) -> Vec<FactSeen<'a>> {
    let definition = &market.definition;
    let mut facts = Vec::with_capacity(8 + market.runners.len());
    if let Ok(start) = definition.market_time.parse::<Moment>() {
        facts.push(fact(FactKind::Start, start.to_string()));
    }
    facts.extend(status(market).map(|status| fact(FactKind::Status, status.as_str())));
    match sides(market) {
        Some((home, away)) => facts.extend([fact(FactKind::Home, home), fact(FactKind::Away, away)]),
        None => facts.push(fact(FactKind::Title, title(market))),
    }
    if !definition.venue.is_empty() {
        facts.push(fact(FactKind::Venue, definition.venue.clone()));
    }
    if !definition.event_id.is_empty() {
        facts.push(FactSeen { subject: Cow::Borrowed("betfair-event"), ..fact(FactKind::ExternalId, definition.event_id.clone()) });
    }
    facts.extend(attribute(of_market(BOOK, market.kind()), &Rules::of(market)));
    facts.extend(market.runners.iter().filter_map(|runner| attribute(subject(market, runner), &Standing::of(runner))));
    facts
}

/// The subject of what became of a runner: beside its last matched price, for every file has that.
fn subject(market: &Market<'_>, runner: &Runner<'_>) -> String {
    of_outcome(TRADED, market.kind(), runner.name(), "", point(runner))
}

/// A runner's handicap as a line; `None` where there is none.
pub(super) fn point(runner: &Runner<'_>) -> Option<Line> {
    let milli = i32::try_from(runner.handicap / 1_000_000).ok()?;
    (runner.handicap != 0).then(|| Line::from_milli(milli))
}

fn status(market: &Market<'_>) -> Option<EventStatus> {
    let is_whole = WHOLE.contains(&market.kind());
    let is_void = || market.runners.iter().all(|runner| runner.state() == RunnerState::Removed);
    match (market.status(), market.is_in_play()) {
        ("CLOSED", _) if is_whole => Some(if is_void() { EventStatus::Cancelled } else { EventStatus::Final }),
        ("CLOSED", _) => None,
        (_, true) => Some(EventStatus::Live),
        (_, false) => Some(EventStatus::Scheduled),
    }
}

fn title(market: &Market<'_>) -> String {
    [market.definition.event_name.trim(), market.definition.name.trim()].join(" ").trim().to_owned()
}

fn fact<'a>(kind: FactKind, value: impl Into<Cow<'a, str>>) -> FactSeen<'a> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: value.into() }
}

fn attribute<'a>(subject: String, value: &impl Serialize) -> Option<FactSeen<'a>> {
    let value = serde_json::to_string(value).ok().filter(|json| json != "{}")?;
    Some(FactSeen { kind: FactKind::Attribute, subject: Cow::Owned(subject), value: Cow::Owned(value) })
}

/// How bets on a market are settled.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct Rules<'a> {
    title: &'a str,
    betting_type: &'a str,
    status: &'a str,
    number_of_winners: u32,
    turns_in_play: bool,
    has_starting_price: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_rate_percent: Option<String>,
}

impl<'a> Rules<'a> {
    fn of(market: &'a Market<'_>) -> Self {
        let definition = &market.definition;
        Self {
            title: &definition.name,
            betting_type: &definition.betting_type,
            status: &definition.status,
            number_of_winners: definition.number_of_winners,
            turns_in_play: definition.turn_in_play_enabled,
            has_starting_price: definition.bsp_market,
            base_rate_percent: shown(definition.market_base_rate),
        }
    }
}

/// Where a runner stands: a removal with the factor by which the others' prices are reduced, the starting price, what came of it.
#[derive(Serialize)]
struct Standing<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reduction_factor: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    removed_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_price: Option<String>,
}

impl<'a> Standing<'a> {
    fn of(runner: &'a Runner<'_>) -> Self {
        let definition = &runner.definition;
        let (reduction_factor, starting_price) = (shown(definition.adjustment_factor), shown(definition.bsp));
        Self { status: &definition.status, reduction_factor, removed_at: &definition.removal_date, starting_price }
    }
}

/// A figure as text: exact, whatever reads it.
fn shown(figure: Figure) -> Option<String> {
    figure.0.map(|units| format_scaled(units, 9))
}
