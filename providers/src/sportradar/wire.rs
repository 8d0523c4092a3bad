//! Sportradar's own words, spelt as it spells them: which answer is which, and the shapes of games, boards and injuries.

use odds::Moment;

use super::request::{BOXSCORE, HIERARCHY, INJURIES, PLAYER_PROPS, PREMATCH, PROBABILITIES, SCHEDULE, SERIES, STANDINGS, TIMELINE};
use crate::tolerant::{Notes, Object, Objects};

/// Lists of events with markets, and of events alone, as the feeds of the odds comparison wrap them.
pub(super) const WRAPPERS: [&str; 7] = [
    "competition_sport_event_markets",
    "sport_event_markets",
    "sport_schedule_sport_event_markets",
    "schedules",
    "sport_events",
    "competition_sport_events_players_props",
    "sport_schedule_sport_events_players_props",
];
/// The one event of a props feed.
pub(super) const EVENT_PROPS: &str = "sport_event_players_props";
/// Catalogues of the odds comparison.
pub(super) const CATALOGUES: [&str; 3] = ["sports", "competitions", "books"];

/// Whether a body is an answer of its endpoint.
pub(super) fn is_answer(endpoint: &str, body: &Object<'_>) -> bool {
    let has = |name: &str| body.has(name);
    match endpoint {
        SCHEDULE => has("games") || has("week"),
        BOXSCORE => has("id") && has("home") && has("away"),
        HIERARCHY | STANDINGS => has("league") && (has("leagues") || has("conferences") || has("divisions") || has("teams")),
        INJURIES => has("teams"),
        SERIES => has("series"),
        TIMELINE | PROBABILITIES => has("sport_event"),
        PREMATCH | PLAYER_PROPS => has("sport_event") || has(EVENT_PROPS) || WRAPPERS.iter().chain(&CATALOGUES).any(|wrapper| has(wrapper)),
        _ => true,
    }
}

/// `{"id":"29c1..","status":"closed","game_number":1,"double_header":false,"scheduled":"2025-06-08T17:05:00+00:00","reference":"777586",
/// "venue":{"name":"American Family Field"},"home":{..},"away":{..},"home_points":113,
/// "officials":[{"id":"1b..","full_name":"..","assignment":"Referee"}]}`; officials are hearsay.
pub(super) struct Game {
    pub(super) at: String,
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) scheduled: Option<Moment>,
    pub(super) sr_id: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) neutral_site: Option<bool>,
    pub(super) game_number: Option<String>,
    pub(super) venue: Option<String>,
    pub(super) season_type: Option<String>,
    /// Id, name and what each does.
    pub(super) officials: Vec<(Option<String>, String, Option<String>)>,
    pub(super) home: Side,
    pub(super) away: Side,
}

/// `{"name":"Brewers","market":"Milwaukee","abbr":"MIL","id":"dcfd.."}`, or `{"name":"Charlotte Hornets","alias":"CHA","points":113}`
#[derive(Default)]
pub(super) struct Side {
    pub(super) name: Option<String>,
    pub(super) id: Option<String>,
    pub(super) points: Option<String>,
    /// Points by period, in the order of the periods.
    pub(super) scoring: Vec<Option<String>>,
}

impl Game {
    pub(super) fn read(notes: &mut Notes, game: &Object<'_>) -> Self {
        let scheduled = if game.need(notes, "scheduled").is_some() { game.time(notes, "scheduled") } else { None };
        Self {
            at: game.at().to_owned(),
            id: game.need(notes, "id"),
            status: game.need(notes, "status"),
            scheduled,
            sr_id: game.text(notes, "sr_id"),
            reference: game.text(notes, "reference"),
            neutral_site: game.flag(notes, "neutral_site"),
            game_number: game.text(notes, "game_number"),
            venue: game.object(notes, "venue").and_then(|venue| venue.text(notes, "name")),
            season_type: game.object(notes, "season").and_then(|season| season.text(notes, "type")),
            officials: officials(notes, game),
            home: Side::read(notes, game, "home", "home_points"),
            away: Side::read(notes, game, "away", "away_points"),
        }
    }
}

fn officials(notes: &mut Notes, game: &Object<'_>) -> Vec<(Option<String>, String, Option<String>)> {
    let rows = game.objects(notes, "officials").items;
    let of = |row: &Object<'_>| Some((row.text(notes, "id"), row.need(notes, "full_name")?, row.text(notes, "assignment")));
    rows.iter().filter_map(of).collect()
}

impl Side {
    fn read(notes: &mut Notes, game: &Object<'_>, side: &str, points: &str) -> Self {
        let outside = game.text(notes, points);
        let Some(team) = game.object(notes, side) else { return Self { points: outside, ..Self::default() } };
        let scoring = team.objects(notes, "scoring").items;
        Self {
            name: team_name(notes, &team),
            id: team.text(notes, "id"),
            points: outside.or_else(|| team.text(notes, "points")).or_else(|| team.text(notes, "runs")),
            scoring: scoring.iter().map(|period| period.text(notes, "points").or_else(|| period.text(notes, "runs"))).collect(),
        }
    }
}

/// A team's whole name: baseball has town and name apart, basketball has both in the name and the town again beside it.
pub(super) fn team_name(notes: &mut Notes, team: &Object<'_>) -> Option<String> {
    let name = team.need(notes, "name")?;
    match team.text(notes, "market") {
        Some(market) if !name.starts_with(&market) => Some(format!("{market} {name}")),
        _ => Some(name),
    }
}

/// `{"id":"sr:sport_event:59796354","start_time":"2025-06-09T00:00:00+00:00","start_time_confirmed":true,"status":"not_started",
/// "competitors":[{"id":"sr:competitor:3418","name":"Oklahoma City Thunder","qualifier":"home"},..]}`; older feeds say `scheduled`.
pub(super) struct SportEvent {
    pub(super) at: String,
    pub(super) id: Option<String>,
    pub(super) start: Option<Moment>,
    pub(super) is_start_sure: bool,
    pub(super) status: Option<String>,
    pub(super) competition: Option<String>,
    pub(super) venue: Option<String>,
    pub(super) competitors: Vec<Competitor>,
}

/// `{"id":"sr:competitor:3418","name":"Oklahoma City Thunder","qualifier":"home"}`
pub(super) struct Competitor {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) qualifier: Option<String>,
}

impl SportEvent {
    pub(super) fn read(notes: &mut Notes, event: &Object<'_>) -> Self {
        let start = event.time(notes, "start_time").or_else(|| event.time(notes, "scheduled"));
        let is_unsure = event.flag(notes, "start_time_confirmed") == Some(false) || event.flag(notes, "start_time_tbd") == Some(true);
        let context = event.object(notes, "sport_event_context");
        let competition = context.and_then(|context| context.object(notes, "competition")).or_else(|| event.object(notes, "tournament"));
        let competition = competition.and_then(|one| one.text(notes, "id"));
        let competitors = event.objects(notes, "competitors").items;
        Self {
            at: event.at().to_owned(),
            id: event.need(notes, "id"),
            start,
            is_start_sure: !is_unsure,
            status: event.text(notes, "status"),
            competition,
            venue: event.object(notes, "venue").and_then(|venue| venue.text(notes, "name")),
            competitors: competitors.iter().map(|one| Competitor::read(notes, one)).collect(),
        }
    }
}

impl Competitor {
    fn read(notes: &mut Notes, one: &Object<'_>) -> Self {
        Self { id: one.text(notes, "id"), name: one.need(notes, "name"), qualifier: one.need(notes, "qualifier") }
    }
}

/// `{"type":"home","odds_decimal":"1.91","odds_american":"-110","open_odds_american":"-105","handicap":"-6.5","removed":false,
/// "external_outcome_id":"0QA1"}`
pub(super) struct Outcome {
    pub(super) at: String,
    pub(super) kind: Option<String>,
    pub(super) decimal: Option<String>,
    pub(super) american: Option<String>,
    pub(super) open_decimal: Option<String>,
    pub(super) open_american: Option<String>,
    pub(super) line: Option<String>,
    pub(super) open_line: Option<String>,
    pub(super) is_handicap: bool,
    pub(super) is_removed: bool,
    pub(super) external_id: Option<String>,
    /// The player of an outcome of a market that is about many.
    pub(super) player: Option<String>,
}

impl Outcome {
    pub(super) fn read(notes: &mut Notes, outcome: &Object<'_>) -> Self {
        let lined = |notes: &mut Notes, names: [&str; 3]| names.into_iter().find_map(|name| outcome.text(notes, name));
        Self {
            at: outcome.at().to_owned(),
            kind: outcome.text(notes, "type").or_else(|| outcome.text(notes, "name")),
            decimal: outcome.text(notes, "odds_decimal"),
            american: outcome.text(notes, "odds_american"),
            open_decimal: outcome.text(notes, "open_odds_decimal"),
            open_american: outcome.text(notes, "open_odds_american"),
            line: lined(notes, ["total", "handicap", "spread"]),
            open_line: lined(notes, ["open_total", "open_handicap", "open_spread"]),
            is_handicap: !outcome.has("total") && (outcome.has("handicap") || outcome.has("spread")),
            is_removed: outcome.flag(notes, "removed").unwrap_or(false),
            external_id: outcome.text(notes, "external_outcome_id"),
            player: outcome.text(notes, "player_name").or_else(|| outcome.text(notes, "player_id")),
        }
    }
}

/// `{"id":"sr:book:18149","name":"DraftKings","removed":false,"external_sport_event_id":"..","external_market_id":"..","outcomes":[..]}`
pub(super) struct Book<'a> {
    pub(super) at: String,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) is_removed: bool,
    pub(super) event_id: Option<String>,
    pub(super) market_id: Option<String>,
    pub(super) outcomes: Objects<'a>,
}

impl<'a> Book<'a> {
    pub(super) fn read(notes: &mut Notes, book: &Object<'a>) -> Self {
        Self {
            at: book.at().to_owned(),
            id: book.need(notes, "id"),
            name: book.text(notes, "name"),
            is_removed: book.flag(notes, "removed").unwrap_or(false),
            event_id: book.text(notes, "external_sport_event_id"),
            market_id: book.text(notes, "external_market_id"),
            outcomes: book.objects(notes, "outcomes"),
        }
    }
}
