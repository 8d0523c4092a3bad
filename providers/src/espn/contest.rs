//! What a competition states besides prices: start, standing, sides, scores, place. Sides are told by `homeAway`, never by position.

use std::borrow::Cow;

use odds::Moment;
use odds::decimal::{format_scaled, parse_scaled};
use odds::observation::{FactKind, FactSeen, Refusal};

use super::notes::{Notes, place};
use super::status::{self, Standing};
use super::wire::{Competition, CompetitionType, Competitor, Field, Items, LineScore, Season, Status, Text, Venue};

/// What stands outside the competition and is about it.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) date: Field<Text>,
    pub(super) status: Field<Status>,
    pub(super) season: Field<Season>,
    pub(super) venue: Field<Venue>,
}

/// A competition as read: its facts, where it stands, and its odds, still raw.
pub(super) struct Contest<'a> {
    pub(super) facts: Vec<FactSeen<'static>>,
    pub(super) standing: Standing,
    pub(super) odds: Items<'a>,
}

/// A fact without a subject.
pub(super) fn fact(kind: FactKind, value: impl Into<String>) -> FactSeen<'static> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: Cow::Owned(value.into()) }
}

/// Reads a competition; each thing that is missing or bad is refused by itself.
pub(super) fn read<'a>(notes: &mut Notes, at: &str, competition: Competition<'a>, around: Around) -> Contest<'a> {
    let standing = status::read(notes, at, first_of(competition.status, around.status));
    let date = first_of(first_of(competition.date, competition.start_date), around.date);
    let mut facts: Vec<_> = start(notes, at, date).into_iter().collect();
    facts.extend(standing.status.map(|status| fact(FactKind::Status, status.as_str())));
    facts.extend(venue(notes, at, first_of(competition.venue, around.venue)));
    facts.extend(notes.take(at, "neutralSite", competition.neutral_site).map(|is| fact(FactKind::NeutralSite, is.to_string())));
    facts.extend(season_type(notes, at, competition.r#type, around.season));
    facts.extend(sides(notes, at, competition.competitors, standing));
    Contest { facts, standing, odds: competition.odds }
}

/// The first unless it is absent.
fn first_of<T>(first: Field<T>, second: Field<T>) -> Field<T> {
    if matches!(first, Field::Absent) { second } else { first }
}

fn start(notes: &mut Notes, at: &str, date: Field<Text>) -> Option<FactSeen<'static>> {
    let text = notes.need_text(at, "date", date)?;
    match text.parse::<Moment>() {
        Ok(start) => Some(fact(FactKind::Start, start.to_string())),
        Err(error) => {
            notes.refuse(place(at, "date"), Refusal::BadTime, error.to_string());
            None
        }
    }
}

fn venue(notes: &mut Notes, at: &str, venue: Field<Venue>) -> Option<FactSeen<'static>> {
    let venue = notes.take(at, "venue", venue)?;
    notes.text(at, "venue.fullName", venue.full_name).map(|name| fact(FactKind::Venue, name))
}

/// `ALLSTAR` beats the season's slug, which stays `regular-season` for such a game. A summary has neither, and so says nothing.
fn season_type(notes: &mut Notes, at: &str, kind: Field<CompetitionType>, season: Field<Season>) -> Option<FactSeen<'static>> {
    let kind = notes.take(at, "type", kind).and_then(|kind| notes.text(at, "type.abbreviation", kind.abbreviation));
    let slug = notes.take(at, "season", season).and_then(|season| notes.text(at, "season.slug", season.slug));
    kind.filter(|kind| kind == "ALLSTAR").or(slug).map(|word| fact(FactKind::SeasonType, word))
}

/// One side of a contest.
struct Side {
    name: Option<String>,
    id: Option<String>,
    score: Option<String>,
    periods: Vec<Option<String>>,
}

fn sides<'a>(notes: &mut Notes, at: &str, competitors: Items<'a>, standing: Standing) -> Vec<FactSeen<'static>> {
    let (mut home, mut away) = (Vec::new(), Vec::new());
    for (at, competitor) in notes.items::<Competitor<'a>>(at, "competitors", competitors) {
        let Some(word) = notes.need_text(&at, "homeAway", competitor.home_away.clone()) else { continue };
        match word.as_str() {
            "home" => home.push(side(notes, &at, competitor, standing)),
            "away" => away.push(side(notes, &at, competitor, standing)),
            _ => notes.refuse(place(&at, "homeAway"), Refusal::MissingField, format!("{word:?} is neither home nor away")),
        }
    }
    let home = only(notes, at, "home", home);
    let away = only(notes, at, "away", away);
    let mut facts = period_scores(home.as_ref(), away.as_ref());
    facts.extend(home.into_iter().flat_map(|side| side_facts(side, "home", FactKind::Home, FactKind::HomeScore)));
    facts.extend(away.into_iter().flat_map(|side| side_facts(side, "away", FactKind::Away, FactKind::AwayScore)));
    facts
}

/// The side of a word, where there is exactly one.
fn only(notes: &mut Notes, at: &str, word: &str, mut sides: Vec<Side>) -> Option<Side> {
    if sides.len() == 1 {
        return sides.pop();
    }
    let reason = if sides.is_empty() { Refusal::MissingField } else { Refusal::Contradiction };
    notes.refuse(place(at, "competitors"), reason, format!("{} competitors are {word}; exactly one can be", sides.len()));
    None
}

fn side(notes: &mut Notes, at: &str, competitor: Competitor<'_>, standing: Standing) -> Side {
    let (place_of_name, who) = match competitor.team {
        Field::Absent => ("athlete", competitor.athlete),
        team => ("team", team),
    };
    let who = notes.need(at, place_of_name, who).unwrap_or_default();
    let name = notes.need_text(at, &format!("{place_of_name}.displayName"), who.display_name);
    let id = notes.text(at, "team.id", first_of(who.id, competitor.id));
    let score = standing.is_begun.then(|| score(notes, at, competitor.score)).flatten();
    let rows = if standing.is_begun { notes.items::<LineScore>(at, "linescores", competitor.linescores) } else { Vec::new() };
    let periods = rows.into_iter().map(|(_, row)| period(&row)).collect();
    Side { name, id, score, periods }
}

fn score(notes: &mut Notes, at: &str, score: Field<Text>) -> Option<String> {
    let text = notes.need_text(at, "score", score)?;
    let number = decimal(&text);
    if number.is_none() {
        notes.refuse(place(at, "score"), Refusal::MissingField, format!("{text:?} is no number"));
    }
    number
}

/// A period's points; `None` for one that was not played (`X` in the ninth of a home side that leads).
fn period(row: &LineScore) -> Option<String> {
    [&row.display_value, &row.value].into_iter().find_map(|field| field.read().and_then(|text| decimal(text.as_str())))
}

/// A number with at most three decimals, written shortest (`33.0` is `33`).
fn decimal(text: &str) -> Option<String> {
    let scaled = parse_scaled(text, 3).ok().filter(|scaled| scaled.is_exact)?;
    Some(format_scaled(scaled.units, 3))
}

fn side_facts(side: Side, word: &'static str, name: FactKind, score: FactKind) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::with_capacity(3);
    facts.extend(side.name.map(|value| fact(name, value)));
    facts.extend(side.id.map(|id| FactSeen { subject: Cow::Borrowed(word), ..fact(FactKind::SideId, id) }));
    facts.extend(side.score.map(|value| fact(score, value)));
    facts
}

fn period_scores(home: Option<&Side>, away: Option<&Side>) -> Vec<FactSeen<'static>> {
    let (Some(home), Some(away)) = (home, away) else { return Vec::new() };
    if home.periods.is_empty() && away.periods.is_empty() {
        return Vec::new();
    }
    let list = |side: &Side| side.periods.iter().map(|points| points.as_deref().unwrap_or("null")).collect::<Vec<_>>().join(",");
    vec![fact(FactKind::PeriodScores, format!(r#"{{"home":[{}],"away":[{}]}}"#, list(home), list(away)))]
}
