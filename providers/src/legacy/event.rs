//! One row of `sports_events`: start, sides, state and score as far as they can be believed, and the odds that stand in it.

use std::borrow::Cow;

use odds::Moment;
use odds::observation::{EventStatus, FactKind, FactSeen, Refusal};
use odds::sport::League;

use super::reader::{EventWords, Place, Reader, moment_of, time_of};
use super::wire::{Cell, Row, folded};
use super::{foreign, leagues, odds_json};

/// No game lasts longer: an hour later at the latest it is over, or was never played.
const LONGEST_SECS: i64 = 12 * 3600;
/// Starts outside of these are slips of the pen.
const FIRST_START: Moment = Moment::from_secs(-2_208_988_800);
const YEARS_AHEAD_SECS: i64 = 5 * 366 * 24 * 3600;

const LONGEST_NAME: usize = 300;

/// The stamps of an event row. The trigger sets `updated_at` at every write, so nothing in the row is newer.
const STAMPS: &[&str] = &["updated_at", "created_at"];

/// What a row says of its event, for rows of other tables too; `None` where no event can be made of it: it has neither a start nor
/// two sides.
pub(super) fn words(row: &Row<'_>) -> Option<EventWords> {
    let has_name = |column| row.words(column).is_some_and(|name| name.len() <= LONGEST_NAME);
    let start = row.words("start_time").and_then(|text| time_of(&text));
    if start.is_none() && !(has_name("home_team") && has_name("away_team")) {
        return None;
    }
    let text = |column| row.words(column).unwrap_or_default();
    let sport = leagues::key(row.words("sport_key").as_deref(), &text("sport"), &text("league"));
    Some(EventWords { sport, start })
}

/// Reads an event row.
pub(super) fn read<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    let has_stamp = STAMPS[..1].iter().any(|stamp| super::reader::time(row, stamp).is_some());
    let at = if has_stamp { moment_of(row, STAMPS, reader.taken_at) } else { reader.taken_at };
    let mut facts = Vec::with_capacity(8);
    let start = start(reader, &place, row, &mut facts);
    sides(reader, &place, row, &mut facts);
    let Some(words) = reader.events.get(&place.id).cloned() else {
        return reader.refuse(place, "", Refusal::MissingField, "neither a start nor two sides can be read");
    };
    let league = leagues::of_key(&words.sport);
    let status = status(reader, &place, row, at, start);
    facts.extend(status.map(|status| fact(FactKind::Status, status.as_str())));
    let stats = row.object("stats").unwrap_or_default();
    scores(reader, &place, row, &stats, (status, league), &mut facts);
    venue(row, &stats, &mut facts);
    external_id(reader, &place, row, &mut facts);
    let id = place.id.clone();
    reader.facts(at, &id, &words.sport, facts);
    odds_json::read(reader, &place, row.raw("odds"), at, &words.sport);
    reader.keep(place, id);
}

fn fact<'a>(kind: FactKind, value: impl Into<Cow<'a, str>>) -> FactSeen<'a> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: value.into() }
}

fn start<'a>(reader: &mut Reader<'a>, place: &Place<'a>, row: &Row<'a>, facts: &mut Vec<FactSeen<'a>>) -> Option<Moment> {
    let Some(text) = row.words("start_time") else {
        reader.problem(place, "start_time", Refusal::MissingField, "no start");
        return None;
    };
    match time_of(&text) {
        None => reader.problem(place, "start_time", Refusal::BadTime, format!("{text:?} is no time")),
        Some(start) if start < FIRST_START || start > reader.taken_at.plus_secs(YEARS_AHEAD_SECS) => {
            reader.problem(place, "start_time", Refusal::Implausible, format!("{text:?} is no start of a game that anybody waits for"));
        }
        Some(start) => {
            facts.push(fact(FactKind::Start, start.to_string()));
            return Some(start);
        }
    }
    None
}

fn sides<'a>(reader: &mut Reader<'a>, place: &Place<'a>, row: &Row<'a>, facts: &mut Vec<FactSeen<'a>>) {
    for (column, kind) in [("home_team", FactKind::Home), ("away_team", FactKind::Away)] {
        match row.words(column) {
            Some(name) if name.len() <= LONGEST_NAME => facts.push(fact(kind, name)),
            Some(_) => reader.problem(place, column, Refusal::NotTheShape, "longer than any name"),
            None => reader.problem(place, column, Refusal::MissingField, "no name"),
        }
    }
}

/// The state, unless the clock says otherwise: rows stay `scheduled` for years, and none is over before it begins.
fn status(reader: &mut Reader<'_>, place: &Place<'_>, row: &Row<'_>, at: Moment, start: Option<Moment>) -> Option<EventStatus> {
    let word = row.words("status")?;
    let status = match folded(&word).as_str() {
        "scheduled" | "upcoming" | "pre" | "ns" | "notstarted" => EventStatus::Scheduled,
        "live" | "inprogress" | "in" => EventStatus::Live,
        "completed" | "final" | "finished" | "closed" | "ft" | "post" | "complete" => EventStatus::Final,
        "cancelled" | "canceled" => EventStatus::Cancelled,
        "postponed" => EventStatus::Postponed,
        "suspended" => EventStatus::Suspended,
        "delayed" => EventStatus::Delayed,
        _ => {
            reader.problem(place, "status", Refusal::NotTheShape, format!("{word:?} is no state that we know"));
            return None;
        }
    };
    let Some(start) = start else { return Some(status) };
    let is_long_past = at > start.plus_secs(LONGEST_SECS);
    let is_believed = match status {
        EventStatus::Scheduled | EventStatus::Live | EventStatus::Delayed => !is_long_past,
        EventStatus::Final => at >= start,
        _ => true,
    };
    if !is_believed {
        let hours = at.secs_since(start) / 3600.0;
        reader.problem(place, "status", Refusal::Implausible, format!("{word:?} {hours:+.0} hours from the start"));
    }
    is_believed.then_some(status)
}

/// The score of a game that has begun. Scripts write 0 to 0 before, which is no score.
fn scores<'a>(
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    row: &Row<'a>,
    stats: &Row<'a>,
    (status, league): (Option<EventStatus>, Option<&League>),
    facts: &mut Vec<FactSeen<'a>>,
) {
    let own = pair(reader, place, row, ["final_home_score", "final_away_score"], "");
    let told = pair(reader, place, stats, ["home_score", "away_score"], "stats.");
    if let (Some(own), Some(told)) = (own, told)
        && own != told
    {
        reader.problem(place, "stats", Refusal::Contradiction, format!("{}:{} beside a final {}:{}", told.0, told.1, own.0, own.1));
    }
    let Some((home, away)) = own.or(told) else { return };
    let is_nothing = (home, away) == (0, 0);
    let has_begun = matches!(status, Some(EventStatus::Live | EventStatus::Final | EventStatus::Suspended));
    if is_nothing && !has_begun {
        return;
    }
    if status == Some(EventStatus::Final) && home == away && league.is_some_and(|league| !league.has_draw && is_nothing) {
        reader.problem(place, "stats.home_score", Refusal::Implausible, "0:0 at the end of a game that has no draw");
        return;
    }
    facts.push(fact(FactKind::HomeScore, home.to_string()));
    facts.push(fact(FactKind::AwayScore, away.to_string()));
    periods(reader, place, row, facts);
}

/// Two scores, where both are told.
fn pair(reader: &mut Reader<'_>, place: &Place<'_>, row: &Row<'_>, columns: [&str; 2], under: &str) -> Option<(u16, u16)> {
    let mut read = |column: &str| {
        let text = row.words(column).filter(|text| !text.eq_ignore_ascii_case("null") && *text != "-")?;
        let score = odds::decimal::parse_scaled(&text, 0).ok().filter(|scaled| scaled.is_exact);
        let score = score.and_then(|scaled| u16::try_from(scaled.units).ok());
        if score.is_none() {
            reader.problem(place, &format!("{under}{column}"), Refusal::NotTheShape, format!("{text:?} is no score"));
        }
        Some(score)
    };
    match (read(columns[0]), read(columns[1])) {
        (Some(home), Some(away)) => home.zip(away),
        (None, None) => None,
        _ => {
            reader.problem(place, &format!("{under}{}", columns[0]), Refusal::MissingField, "the score of one side alone");
            None
        }
    }
}

/// Scores by period, where they have our shape: `{"home":[..],"away":[..]}`.
fn periods<'a>(reader: &mut Reader<'a>, place: &Place<'a>, row: &Row<'a>, facts: &mut Vec<FactSeen<'a>>) {
    let scores = match row.cell("period_scores") {
        Cell::Absent => return,
        Cell::Object(scores) if scores.0.is_empty() => return,
        Cell::Object(scores) => scores,
        _ => Row::default(),
    };
    let side = |name: &str| -> Option<Vec<u16>> { serde_json::from_str(scores.raw(name)?.get()).ok() };
    match (side("home"), side("away")) {
        (Some(home), Some(away)) => {
            facts.push(fact(FactKind::PeriodScores, serde_json::json!({ "home": home, "away": away }).to_string()));
        }
        _ => reader.problem(place, "period_scores", Refusal::NotTheShape, "not {\"home\":[..],\"away\":[..]} in whole numbers"),
    }
}

/// The place, unless it is the word that stands for none.
fn venue<'a>(row: &Row<'a>, stats: &Row<'a>, facts: &mut Vec<FactSeen<'a>>) {
    let is_said = |venue: &Cow<'_, str>| !matches!(folded(venue).as_str(), "" | "unknown" | "tbd" | "tba" | "na" | "none" | "null");
    let venue = row.words("venue").filter(is_said).or_else(|| stats.words("venue").filter(is_said));
    facts.extend(venue.map(|venue| fact(FactKind::Venue, venue)));
}

fn external_id<'a>(reader: &mut Reader<'a>, place: &Place<'a>, row: &Row<'a>, facts: &mut Vec<FactSeen<'a>>) {
    let Some(id) = row.words("external_event_id").filter(|id| id.len() <= 200) else { return };
    match foreign::owner(row.words("source").as_deref(), &id) {
        Ok(owned) => {
            let (provider, id) = owned.split_once('/').unwrap_or(("", &owned));
            let (subject, value) = (Cow::Owned(provider.to_owned()), Cow::Owned(id.to_owned()));
            facts.push(FactSeen { kind: FactKind::ExternalId, subject, value });
        }
        Err(why) => reader.problem(place, "external_event_id", Refusal::Ambiguous, format!("{id:?}: {why}")),
    }
}
