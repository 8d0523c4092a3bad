//! Scores: the only place where this provider says that a game has ended.

use std::borrow::Cow;

use odds::cover::FactMask;
use odds::decimal::{format_scaled, parse_scaled};
use odds::observation::{Decoded, EventStatus, FactKind, FactSeen, ListingKind, ListingSeen, Refusal, Scope, Snapshot};
use odds::reply::Reply;

use super::form::Form;
use super::listing::Reader;
use super::loose::{self, Item, List, Raw, short};
use super::place::Place;
use super::wire::{Game, Score};
use super::{clock, scope};

/// Games with their states, as far as they are told.
pub(super) fn scores<'a>(reply: &Reply<'a>, text: &'a str) -> Option<Decoded<'a>> {
    let mut reader = Reader::new(Form::DECIMAL, clock::latest_of(reply), false, Scope::default(), FactMask::default());
    let mut listings: Vec<ListingSeen<'a>> = Vec::new();
    for (index, item) in loose::list::<Game<'a>>(text)?.into_iter().enumerate() {
        let at = Place { event: Some(index), ..Place::default() };
        match item {
            Item::Fits(game) => listings.extend(listing(&mut reader, at, game)),
            Item::Not(raw) => reader.problem(at, "", Refusal::NotTheShape, format!("{} is no game", short(raw))),
        }
    }
    let mut listings = once_each(&mut reader, listings);
    let scope = scope::scope(reply, &listings);
    scope::fill_sport(&mut listings, &scope.sport);
    let snapshot = Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings };
    Some(Decoded { snapshots: vec![snapshot], problems: reader.problems, ..Decoded::default() })
}

fn once_each<'a>(reader: &mut Reader<'a>, listings: Vec<ListingSeen<'a>>) -> Vec<ListingSeen<'a>> {
    let mut known = std::collections::HashSet::new();
    let (first, again): (Vec<_>, Vec<_>) = listings.into_iter().partition(|listing| known.insert(listing.id.to_string()));
    for listing in again {
        reader.problem(Place::default(), "", Refusal::ListingTwice, format!("{} stands twice; the first is kept", listing.id));
    }
    first
}

fn listing<'a>(reader: &mut Reader<'a>, at: Place, game: Game<'a>) -> Option<ListingSeen<'a>> {
    let Some(id) = game.id.as_filled().map(str::to_owned) else {
        reader.problem(at, "id", Refusal::MissingField, game.id.complaint("a game's id"));
        return None;
    };
    let sport = reader.sport(at, game.sport_key);
    let mut seen = ListingSeen { id: Cow::Owned(id), sport, kind: ListingKind::Contest, ..ListingSeen::default() };
    reader.start(at, game.commence_time, &mut seen.facts);
    let sides = [game.home_team.as_filled().map(str::to_owned), game.away_team.as_filled().map(str::to_owned)];
    reader.side(at, FactKind::Home, "home_team", game.home_team, &mut seen.facts);
    reader.side(at, FactKind::Away, "away_team", game.away_team, &mut seen.facts);
    status(reader, at, game.completed, &game.scores, &mut seen.facts);
    points(reader, at, game.scores, &sides, &mut seen.facts);
    Some(seen)
}

/// Final where it says completed, live where there is a score; else nothing is told, and nothing is made up.
fn status<'a>(reader: &mut Reader<'a>, at: Place, completed: Raw<'a>, scores: &List<'a, Score<'a>>, facts: &mut Vec<FactSeen<'a>>) {
    let status = match completed.map(|raw| raw.get()) {
        Some("true") => EventStatus::Final,
        Some("false") if scores.items().is_empty() => return,
        Some("false") => EventStatus::Live,
        other => {
            reader.problem(at, "completed", Refusal::MissingField, format!("{}: completed is true or false", other.unwrap_or("missing")));
            return;
        }
    };
    facts.push(FactSeen { kind: FactKind::Status, subject: "".into(), value: status.as_str().into() });
}

fn points<'a>(reader: &mut Reader<'a>, at: Place, scores: List<'a, Score<'a>>, sides: &[Option<String>; 2], facts: &mut Vec<FactSeen<'a>>) {
    let scores = match scores {
        List::Of(scores) => scores,
        List::Missing => return,
        other => return reader.problem(at, "scores", Refusal::NotTheShape, other.complaint("scores")),
    };
    for (index, score) in scores.into_iter().enumerate() {
        let read = if let Item::Fits(score) = &score { score_of(score, sides) } else { None };
        match read {
            Some((kind, value)) => facts.push(FactSeen { kind, subject: "".into(), value: value.into() }),
            None => reader.problem(at, &format!("scores[{index}]"), Refusal::NotTheShape, complaint(&score)),
        }
    }
}

fn complaint(score: &Item<'_, Score<'_>>) -> String {
    let stood = match score {
        Item::Fits(score) => format!("{:?} {}", score.name.as_filled().unwrap_or_default(), score.score.map(short).unwrap_or_default()),
        Item::Not(raw) => short(raw),
    };
    format!("{stood}: a score is the name of a side and a number in quotes")
}

/// The side by its exact name, and the figure as a plain decimal number. The wire has it as a text; a number is read as well.
fn score_of(score: &Score<'_>, sides: &[Option<String>; 2]) -> Option<(FactKind, String)> {
    let name = score.name.as_filled()?;
    let kind = match sides {
        [Some(home), _] if home == name => FactKind::HomeScore,
        [_, Some(away)] if away == name => FactKind::AwayScore,
        _ => return None,
    };
    let figure = score.score?.get().trim_matches('"').trim();
    let scaled = parse_scaled(figure, 3).ok().filter(|scaled| scaled.is_exact)?;
    Some((kind, format_scaled(scaled.units, 3)))
}
