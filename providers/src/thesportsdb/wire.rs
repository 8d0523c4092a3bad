//! TheSportsDB's own words, spelt as it spells them: one wrapper a path, `null` in place of an empty list, every scalar a text.

use odds::Moment;
use odds::observation::Refusal;

use crate::tolerant::{Notes, Object};

/// Wrappers of events: version 1, and version 2.
pub(super) const EVENTS: [&str; 5] = ["events", "results", "schedule", "livescore", "lookup"];
/// Wrappers of leagues and teams.
pub(super) const LISTS: [&str; 4] = ["leagues", "countries", "teams", "list"];

/// The wrapper that a body has, be it `null`.
pub(super) fn wrapper(body: &Object<'_>) -> Option<&'static str> {
    EVENTS.into_iter().chain(LISTS).find(|name| body.knows(name))
}

/// The message of an error (`{"Message":"Invalid API key"}`; hearsay).
pub(super) fn message(body: &Object<'_>) -> Option<String> {
    ["message", "Message", "error"].into_iter().find_map(|name| body.text(&mut Notes::default(), name))
}

/// `{"idEvent":"441613","strEvent":"Liverpool vs Swansea","idLeague":"4328","strHomeTeam":"Liverpool","intHomeScore":"4",
/// "strTimestamp":"2014-12-29T20:00:00","dateEvent":"2014-12-29","strTime":"20:00:00","strStatus":null,"strPostponed":"no"}`
pub(super) struct Event {
    pub(super) at: String,
    pub(super) id: Option<String>,
    pub(super) league: Option<String>,
    pub(super) title: Option<String>,
    pub(super) home: Option<String>,
    pub(super) away: Option<String>,
    pub(super) home_id: Option<String>,
    pub(super) away_id: Option<String>,
    pub(super) home_score: Option<String>,
    pub(super) away_score: Option<String>,
    pub(super) start: Option<Start>,
    pub(super) status: Option<String>,
    pub(super) is_postponed: bool,
    pub(super) venue: Option<String>,
    pub(super) api_football: Option<String>,
    pub(super) espn: Option<String>,
}

/// When an event starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// To the minute.
    Exact(Moment),
    /// Its day alone.
    OnDay(jiff::civil::Date),
}

impl Event {
    pub(super) fn read(notes: &mut Notes, event: &Object<'_>) -> Self {
        Self {
            at: event.at().to_owned(),
            id: event.need(notes, "idEvent"),
            league: event.text(notes, "idLeague"),
            title: event.text(notes, "strEvent"),
            home: event.text(notes, "strHomeTeam"),
            away: event.text(notes, "strAwayTeam"),
            home_id: event.text(notes, "idHomeTeam"),
            away_id: event.text(notes, "idAwayTeam"),
            home_score: event.text(notes, "intHomeScore"),
            away_score: event.text(notes, "intAwayScore"),
            start: start(notes, event),
            status: event.text(notes, "strStatus").or_else(|| event.text(notes, "strProgress")),
            is_postponed: event.flag(notes, "strPostponed").unwrap_or(false),
            venue: event.text(notes, "strVenue"),
            api_football: event.text(notes, "idAPIfootball"),
            espn: event.text(notes, "idESPN"),
        }
    }
}

/// `strTimestamp` is UTC, in older rows without saying so (seen). Midnight to the second, where no clock tells another time, is how a time
/// that nobody filled in looks. The clock of the place tells midnight apart from seven in the evening in New York.
fn start(notes: &mut Notes, event: &Object<'_>) -> Option<Start> {
    let mut day_of = |name| event.text(notes, name).and_then(|day| day.parse::<jiff::civil::Date>().ok());
    let (day, local_day) = (day_of("dateEvent"), day_of("dateEventLocal"));
    let on_day = |day| Start::OnDay(local_day.unwrap_or(day));
    let mut time_of = |name| event.text(notes, name).and_then(|time| time.get(..8)?.parse::<jiff::civil::Time>().ok());
    let (time, local_time) = (time_of("strTime"), time_of("strTimeLocal"));
    let has_time = [time, local_time].into_iter().flatten().any(|time| time != jiff::civil::Time::midnight());
    let Some(text) = event.text(notes, "strTimestamp") else {
        let Some(day) = day else {
            notes.refuse(event.place("strTimestamp"), Refusal::MissingField, "neither strTimestamp nor dateEvent");
            return None;
        };
        return Some(time.filter(|_| has_time).and_then(|time| utc(day.to_datetime(time))).map_or(on_day(day), Start::Exact));
    };
    let moment = text.parse::<Moment>().ok().or_else(|| utc(text.parse().ok()?));
    let Some(moment) = moment else {
        notes.refuse(event.place("strTimestamp"), Refusal::BadTime, format!("{text:?}: not a time like 2014-12-29T20:00:00"));
        return day.map(on_day);
    };
    let is_midnight = moment.secs().rem_euclid(86_400) == 0;
    Some(if is_midnight && !has_time { on_day(moment.day_in(&jiff::tz::TimeZone::UTC)) } else { Start::Exact(moment) })
}

fn utc(time: jiff::civil::DateTime) -> Option<Moment> {
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| Moment::from(zoned.timestamp()))
}
