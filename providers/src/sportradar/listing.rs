//! What a game or a sport event states besides prices, as facts.

use std::borrow::Cow;

use odds::attribute::{Day, OnDay, START};
use odds::decimal::{format_scaled, parse_scaled};
use odds::observation::{EventStatus, FactKind, FactSeen, ListingKind, ListingSeen, Refusal};
use odds::roster::Official;
use odds::{Line, Moment};

use super::leagues::{self, Product};
use super::status::{self, Standing};
use super::wire::{Game, Side, SportEvent};
use crate::tolerant::{Notes, Object, fact, fact_of};

/// The URN by which Sportradar's other families of feeds call a game of a league's interface.
pub(super) const URN: &str = "sportradar-urn";

/// A game of a league's interface as a listing; `None` where it has no id, or is no fixture yet.
pub(super) fn of_game(notes: &mut Notes, game: Game, product: Option<&'static Product>, sport: &str) -> Option<ListingSeen<'static>> {
    let id = game.id?;
    let standing = standing(notes, &game.at, game.status.as_deref());
    if standing == Some(Standing::IfNecessary) {
        notes.refuse(&game.at, Refusal::NoPlace, format!("{id} is played only if it is necessary: no fixture until it is scheduled"));
        return None;
    }
    let is_begun = status::is_begun(standing);
    let mut facts = Vec::with_capacity(16);
    start(&mut facts, game.scheduled, standing == Some(Standing::OnDay), sport);
    facts.extend(status_word(standing).map(|word| fact(FactKind::Status, word)));
    facts.extend(game.venue.map(|venue| fact(FactKind::Venue, venue)));
    facts.extend(game.neutral_site.map(|is| fact(FactKind::NeutralSite, is.to_string())));
    facts.extend(game.officials.into_iter().filter_map(|(id, name, role)| official(id, name, role)));
    facts.extend(game.season_type.map(|word| fact(FactKind::SeasonType, word)));
    let number = game.game_number.filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    facts.extend(number.map(|number| fact(FactKind::GameNumber, number)));
    facts.extend(game.sr_id.map(|urn| fact_of(FactKind::ExternalId, URN, urn)));
    let reference = product.map(|product| product.reference).zip(game.reference);
    facts.extend(reference.map(|(whose, id)| fact_of(FactKind::ExternalId, whose, id)));
    facts.extend(period_scores(&game.home, &game.away).filter(|_| is_begun));
    side(notes, &game.at, &mut facts, game.home, ("home", FactKind::Home, FactKind::HomeScore), is_begun);
    side(notes, &game.at, &mut facts, game.away, ("away", FactKind::Away, FactKind::AwayScore), is_begun);
    Some(contest(id, sport, facts))
}

/// An official, by the provider's id, else by the name.
fn official(id: Option<String>, name: String, role: Option<String>) -> Option<FactSeen<'static>> {
    let subject = id.unwrap_or_else(|| name.clone());
    Some(fact_of(FactKind::Official, subject, serde_json::to_string(&Official { name, role }).ok()?))
}

fn contest(id: String, sport: &str, facts: Vec<FactSeen<'static>>) -> ListingSeen<'static> {
    ListingSeen { id: Cow::Owned(id), sport: Cow::Owned(sport.to_owned()), kind: ListingKind::Contest, facts, ..ListingSeen::default() }
}

fn standing(notes: &mut Notes, at: &str, word: Option<&str>) -> Option<Standing> {
    let standing = status::standing(word?);
    if standing.is_none() {
        notes.refuse(format!("{at}.status"), Refusal::MissingField, format!("{word:?}: no status that we know"));
    }
    standing
}

const fn status_word(standing: Option<Standing>) -> Option<&'static str> {
    match standing {
        Some(Standing::Status(status)) => Some(status.as_str()),
        Some(Standing::OnDay) => Some(EventStatus::Scheduled.as_str()),
        Some(Standing::IfNecessary) | None => None,
    }
}

/// The start; where only its day is known, it says so, and its closing prices stand at the day's end.
fn start(facts: &mut Vec<FactSeen<'static>>, start: Option<Moment>, is_on_day: bool, sport: &str) {
    let Some(start) = start else { return };
    facts.push(fact(FactKind::Start, start.to_string()));
    if is_on_day {
        let zone = leagues::league(sport).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
        let end = start.day_in(&zone).tomorrow().ok().and_then(|day| day.to_zoned(zone).ok());
        let closes_at = end.map_or(start, |end| Moment::from(end.timestamp()).plus_secs(-1));
        let on_day = serde_json::to_string(&OnDay { precision: Day::Day, closes_at }).ok();
        facts.extend(on_day.map(|value| fact_of(FactKind::Attribute, START, value)));
    }
}

type Kinds = (&'static str, FactKind, FactKind);

fn side(notes: &mut Notes, at: &str, facts: &mut Vec<FactSeen<'static>>, side: Side, (word, name, score): Kinds, is_begun: bool) {
    match side.name {
        Some(value) => facts.push(fact(name, value)),
        None => notes.refuse(format!("{at}.{word}"), Refusal::MissingField, "no team with a name"),
    }
    facts.extend(side.id.map(|id| fact_of(FactKind::SideId, word, id)));
    if let Some(points) = side.points.filter(|_| is_begun) {
        match number(&points) {
            Some(points) => facts.push(fact(score, points)),
            None => notes.refuse(format!("{at}.{word}"), Refusal::MissingField, format!("{points:?} are no points")),
        }
    }
}

/// A number with at most three decimals, written shortest.
fn number(text: &str) -> Option<String> {
    let scaled = parse_scaled(text, 3).ok().filter(|scaled| scaled.is_exact)?;
    Some(format_scaled(scaled.units, 3))
}

fn period_scores(home: &Side, away: &Side) -> Option<FactSeen<'static>> {
    let list =
        |side: &Side| side.scoring.iter().map(|points| points.as_deref().and_then(number).unwrap_or_else(|| "null".to_owned())).collect();
    scores_of(list(home), list(away))
}

fn scores_of(home: Vec<String>, away: Vec<String>) -> Option<FactSeen<'static>> {
    let has_any = !home.is_empty() || !away.is_empty();
    has_any.then(|| fact(FactKind::PeriodScores, format!(r#"{{"home":[{}],"away":[{}]}}"#, home.join(","), away.join(","))))
}

/// A sport event of the odds comparison, a timeline or a probabilities feed; `status` is told beside it in the latter two.
pub(super) fn of_event(notes: &mut Notes, event: SportEvent, told: Option<&Object<'_>>, sport: &str) -> Option<ListingSeen<'static>> {
    let id = event.id?;
    let is_other = |competition: &String| sport.split('/').next() != Some(competition);
    let sport = event.competition.filter(is_other).unwrap_or_else(|| sport.to_owned());
    let word = told.and_then(|told| told.text(notes, "status")).or(event.status);
    let standing = standing(notes, &event.at, word.as_deref());
    let mut facts = Vec::with_capacity(8);
    start(&mut facts, event.start, !event.is_start_sure, &sport);
    facts.extend(status_word(standing).map(|word| fact(FactKind::Status, word)));
    facts.extend(event.venue.map(|venue| fact(FactKind::Venue, venue)));
    for one in event.competitors {
        let (word, kind) = match one.qualifier.as_deref() {
            Some("home") => ("home", FactKind::Home),
            Some("away") => ("away", FactKind::Away),
            other => {
                notes.refuse(format!("{}.competitors", event.at), Refusal::MissingField, format!("{other:?} is neither home nor away"));
                continue;
            }
        };
        if facts.iter().any(|fact| fact.kind == kind) {
            notes.refuse(format!("{}.competitors", event.at), Refusal::Contradiction, format!("two competitors are {word}"));
            continue;
        }
        facts.extend(one.name.map(|name| fact(kind, name)));
        facts.extend(one.id.map(|id| fact_of(FactKind::SideId, word, id)));
    }
    if let Some(told) = told.filter(|_| status::is_begun(standing)) {
        facts.extend(told_scores(notes, told));
    }
    Some(contest(id, &sport, facts))
}

/// `{"status":"live","home_score":1,"away_score":1,"period_scores":[{"home_score":1,"away_score":1,"number":1}]}`
fn told_scores(notes: &mut Notes, told: &Object<'_>) -> Vec<FactSeen<'static>> {
    let read = |notes: &mut Notes, object: &Object<'_>, name: &str| object.text(notes, name).as_deref().and_then(number);
    let mut facts = Vec::new();
    facts.extend(read(notes, told, "home_score").map(|points| fact(FactKind::HomeScore, points)));
    facts.extend(read(notes, told, "away_score").map(|points| fact(FactKind::AwayScore, points)));
    let periods = told.objects(notes, "period_scores").items;
    let side = |notes: &mut Notes, name: &str| {
        let points = periods.iter().map(|period| read(notes, period, name).unwrap_or_else(|| "null".to_owned()));
        points.collect::<Vec<_>>()
    };
    let (home, away) = (side(notes, "home_score"), side(notes, "away_score"));
    facts.extend(scores_of(home, away));
    facts
}

/// Percents that add to 100, as attributes of the listing: what Sportradar reckons, and nobody's offer.
pub(super) fn probabilities(notes: &mut Notes, body: &Object<'_>) -> Vec<FactSeen<'static>> {
    let Some(probabilities) = body.object(notes, "probabilities") else { return Vec::new() };
    let mut facts = Vec::new();
    for market in probabilities.objects(notes, "markets").items {
        let Some(name) = market.need(notes, "name") else { continue };
        for outcome in market.objects(notes, "outcomes").items {
            let (word, percent) = (outcome.need(notes, "name"), outcome.need(notes, "probability"));
            let percent = percent.filter(|percent| Line::parse(percent).is_ok());
            let told = word.zip(percent);
            facts.extend(told.map(|(word, percent)| {
                fact_of(FactKind::Attribute, format!("probability/{name}/{word}"), format!(r#"{{"percent":{percent}}}"#))
            }));
        }
    }
    facts
}
