//! Games as the old scripts left them, before any dirt: a calendar in which every team plays once a day.

use postgres::Client;

use super::copy::{Field, load as copy, moment};
use super::leagues::{BASEBALL, GAMES_A_DAY, LEAGUES, pairs};
use super::random::Random;
use super::recipe::{Part, Recipe};
use super::{Planted, enhanced};

pub(super) const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// A row of `sports_events`.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub id: String,
    /// Its place among the leagues.
    pub of: usize,
    pub sport: String,
    pub league: String,
    pub home: String,
    pub away: String,
    pub start: i64,
    /// What stands in the place of the start where no clock can say it (`infinity`).
    pub odd_start: Option<&'static str>,
    pub odds: String,
    pub stats: String,
    pub status: &'static str,
    pub created: i64,
    pub updated: i64,
    pub external: String,
    pub source: String,
    pub scores: Option<(i32, i32)>,
    /// Whether it carries dirt already.
    pub is_taken: bool,
}

/// The identifiers that a provider gives, by its form.
pub(super) fn external_id(source: &str, number: usize, random: &mut Random) -> String {
    match source {
        "ESPN" => format!("{}", 401_000_000 + number),
        "TheSportsDB" => format!("{}", 1_000_000 + number),
        _ => random.uuid(),
    }
}

const FEWEST_DAYS: usize = 40;

/// Events, the oldest first; the last days are still to come. A small database has some games of each day.
pub(super) fn scheduled(recipe: &Recipe, random: &mut Random) -> Vec<Event> {
    let last_day = recipe.now.div_euclid(DAY) + 2;
    let days = recipe.events.div_ceil(GAMES_A_DAY).max(FEWEST_DAYS);
    let first_day = last_day + 1 - i64::try_from(days).expect("a calendar of days");
    let is_kept = |nth: usize| nth * recipe.events / (days * GAMES_A_DAY) != (nth + 1) * recipe.events / (days * GAMES_A_DAY);
    let games = (first_day..=last_day).flat_map(games_of).enumerate().filter(|(nth, _)| is_kept(*nth));
    let mut events: Vec<Event> =
        games.enumerate().map(|(number, (_, (of, pair, start)))| event(recipe, random, of, pair, start, number)).collect();
    doubleheaders(recipe, &mut events, random);
    events
}

/// Every game of a day: its league, its pair, its start.
fn games_of(day: i64) -> impl Iterator<Item = (usize, (&'static str, &'static str), i64)> {
    LEAGUES.iter().enumerate().flat_map(move |(of, league)| {
        let begins = move |table: usize| day * DAY + league.hour * HOUR + i64::try_from(table % 4).expect("small") * 900;
        pairs(league, day).into_iter().enumerate().map(move |(table, pair)| (of, pair, begins(table)))
    })
}

/// Real ones: two games of one pair on one day, four hours apart. They are no dirt, and nobody may take them for it.
fn doubleheaders(recipe: &Recipe, events: &mut Vec<Event>, random: &mut Random) {
    let firsts: Vec<usize> = (0..events.len()).filter(|&at| events[at].of == BASEBALL && events[at].start < recipe.now - 3 * DAY).collect();
    for (extra, &at) in firsts.iter().enumerate().filter(|(nth, _)| nth % 40 == 7) {
        let first = &mut events[at];
        first.stats = first.stats.replace("\"Final\"", "\"Final - Game 2\"");
        first.is_taken = true;
        let (home, away, start) = (first.home.clone(), first.away.clone(), first.start - 4 * HOUR);
        let mut second = event(recipe, random, BASEBALL, ("", ""), start, recipe.events + 500_000 + extra);
        second.stats = second.stats.replace("\"Final\"", "\"Final - Game 1\"");
        (second.home, second.away, second.is_taken) = (home, away, true);
        events.push(second);
    }
}

fn event(recipe: &Recipe, random: &mut Random, of: usize, (home, away): (&str, &str), start: i64, number: usize) -> Event {
    let league = &LEAGUES[of];
    let status = status_of(recipe, start, number);
    let scores = (status == "completed")
        .then(|| (i32::try_from(random.below(120)).expect("small"), i32::try_from(random.below(120)).expect("small")));
    let source = ["ESPN", "ESPN", "TheSportsDB", "ESPN", "SportRadar"][number % 5];
    Event {
        id: random.uuid(),
        of,
        sport: league.sport.to_owned(),
        league: league.league.to_owned(),
        home: home.to_owned(),
        away: away.to_owned(),
        start,
        odd_start: None,
        odds: "{}".to_owned(),
        stats: stats(scores, status, number),
        status,
        created: start.min(recipe.now) - 7 * DAY,
        updated: if start < recipe.now { (start + 3 * HOUR).min(recipe.now) } else { recipe.now - HOUR },
        external: external_id(source, number, random),
        source: source.to_owned(),
        scores,
        is_taken: false,
    }
}

fn status_of(recipe: &Recipe, start: i64, number: usize) -> &'static str {
    match start {
        _ if start > recipe.now => "scheduled",
        _ if start > recipe.now - 4 * HOUR => "live",
        _ if number % 97 == 13 => "cancelled",
        _ if number % 89 == 31 && recipe.has(Part::Sources) => "postponed",
        _ => "completed",
    }
}

pub(super) fn stats(scores: Option<(i32, i32)>, status: &str, number: usize) -> String {
    let score = |pick: fn((i32, i32)) -> i32| scores.map_or("null".to_owned(), |scores| pick(scores).to_string());
    let detail = if status == "completed" { "Final" } else { "Scheduled" };
    format!(
        r#"{{"venue": "Arena {0}", "city": "City {0}", "home_score": {1}, "away_score": {2}, "spectators": {3}, "status_detail": "{detail}", "home_logo": "https://img.example.com/{number}.png"}}"#,
        number % 30,
        score(|(home, _)| home),
        score(|(_, away)| away),
        10_000 + number % 9_000
    )
}

/// Loads them in the columns that are there.
pub(super) fn load(client: &mut Client, recipe: &Recipe, events: &[Event], planted: &mut Planted) {
    let mut columns = "id, sport, league, home_team, away_team, start_time, odds, stats, status, created_at, updated_at".to_owned();
    let optional = [
        (Part::Sources, ", external_event_id, source"),
        (Part::SportKey, ", sport_key"),
        (Part::Teams, ", home_team_id, away_team_id"),
        (Part::Venue, ", venue, venue_city, attendance"),
        (Part::FinalScores, ", final_home_score, final_away_score"),
        (Part::Metadata, ", metadata"),
    ];
    columns.extend(optional.iter().filter(|(part, _)| recipe.has(*part)).map(|(_, names)| *names));
    let rows = copy(client, "sports_events", &columns, events.iter().map(|event| row(recipe, event)));
    planted.count(&format!("public.{}", recipe.events_table()), rows);
}

fn row<'a>(recipe: &Recipe, event: &'a Event) -> Vec<Field<'a>> {
    let start = event.odd_start.map_or_else(|| moment(event.start), str::to_owned);
    let mut row: Vec<Field<'a>> = vec![event.id.as_str().into(), event.sport.as_str().into(), event.league.as_str().into()];
    row.extend([event.home.as_str().into(), event.away.as_str().into(), start.into(), event.odds.as_str().into()]);
    row.extend([event.stats.as_str().into(), event.status.into(), moment(event.created).into(), moment(event.updated).into()]);
    let known = |text: &'a str| (!text.is_empty()).then_some(text);
    if recipe.has(Part::Sources) {
        row.extend([known(&event.external).into(), known(&event.source).into()]);
    }
    if recipe.has(Part::SportKey) {
        row.push(enhanced::has_lists(recipe).then_some(LEAGUES[event.of].key).into());
    }
    if recipe.has(Part::Teams) {
        let team = |name: &str| enhanced::has_lists(recipe).then(|| enhanced::team_id(event.of, name)).flatten();
        row.extend([&event.home, &event.away].map(|name| team(name).map_or(Field::Null, Field::from)));
    }
    if recipe.has(Part::Venue) {
        row.extend(["Arena".into(), "City".into(), Field::Null]);
    }
    if recipe.has(Part::FinalScores) {
        let score = |pick: fn((i32, i32)) -> i32| event.scores.map_or(Field::Null, |scores| pick(scores).to_string().into());
        row.extend([score(|(home, _)| home), score(|(_, away)| away)]);
    }
    if recipe.has(Part::Metadata) {
        row.push("{}".into());
    }
    row
}
