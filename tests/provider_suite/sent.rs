//! What was sent: fixtures with their endpoints, as each provider answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use odds::Moment;
use odds::observation::Decoded;
use odds::reply::{Basis, Reply, Request};
use predictive_play::decode::Providers;
use providers::{Provider, Verdict};

/// Provider, endpoint, what was asked, fixture.
pub const SENT: &[[&str; 4]] = &[
    ["the-odds-api", "sports", "/v4/sports", "sports.json"],
    ["the-odds-api", "participants", "/v4/sports/basketball_nba/participants", "participants.json"],
    ["the-odds-api", "events", "/v4/sports/basketball_nba/events", "events_with_rotation_numbers.json"],
    ["the-odds-api", "odds", "/v4/sports/basketball_nba/odds", "odds_two_books_with_links.json"],
    ["the-odds-api", "odds", "/v4/sports/basketball_nba/odds", "odds_outright_without_sides.json"],
    [
        "the-odds-api",
        "event_odds",
        "/v4/sports/basketball_nba/events/60718293a4b5c6d7e8f90a1b2c3d4e5f/odds",
        "event_odds_props_and_multipliers.json",
    ],
    ["the-odds-api", "event_markets", "/v4/sports/basketball_nba/events/60718293a4b5c6d7e8f90a1b2c3d4e5f/markets", "event_markets.json"],
    ["the-odds-api", "scores", "/v4/sports/basketball_nba/scores", "scores_of_every_state.json"],
    ["the-odds-api", "historical_odds", "/v4/historical/sports/basketball_nba/odds", "historical_odds_with_books_ahead.json"],
    ["the-odds-api", "historical_event_odds", "/v4/historical/sports/basketball_nba/events/x/odds", "historical_event_odds_american.json"],
    ["betfair-historic", "stream", "", "match-odds.jsonl"],
    ["betfair-historic", "stream", "", "race-win.jsonl"],
    ["espn", "scoreboard", "/apis/site/v2/sports/basketball/nba/scoreboard", "scoreboard_mixed.json"],
    ["espn", "scoreboard", "/apis/site/v2/sports/basketball/nba/scoreboard", "scoreboard_old_odds.json"],
    ["espn", "summary", "/apis/site/v2/sports/basketball/nba/summary", "summary_final.json"],
    ["espn", "summary", "/apis/site/v2/sports/football/nfl/summary", "summary_box_score.json"],
    ["espn", "injuries", "/apis/site/v2/sports/basketball/nba/injuries", "injuries_nba.json"],
    ["espn", "teams", "/apis/site/v2/sports/basketball/nba/teams", "teams_nba.json"],
    ["espn", "roster", "/apis/site/v2/sports/basketball/nba/teams/2/roster", "roster_nba.json"],
    ["espn", "roster", "/apis/site/v2/sports/football/nfl/teams/2/roster", "roster_nfl.json"],
    ["espn", "transactions", "/apis/site/v2/sports/basketball/nba/transactions", "transactions_nba.json"],
    ["football-data", "season", "/mmz4281/2223/E0.csv", "season-new.csv"],
    ["football-data", "fixtures", "/fixtures.csv", "fixtures.csv"],
    ["kalshi", "markets", "/trade-api/v2/markets", "markets_nba.json"],
    ["legacy", "rows", "/rows", "page_of_events.json"],
    ["mlb-statsapi", "schedule", "/api/v1/schedule", "schedule.json"],
    ["mlb-statsapi", "boxscore", "/api/v1/game/745804/boxscore", "boxscore.json"],
    ["mlb-statsapi", "transactions", "/api/v1/transactions", "transactions.json"],
    ["nflverse", "schedules", "/games.csv", "games.csv"],
    ["nflverse", "injuries", "/injuries_2024.csv", "injuries.csv"],
    ["nflverse", "player_stats", "/player_stats_2024.csv", "player_stats.csv"],
    ["nhl-web", "schedule", "/v1/schedule/2026-01-10", "schedule.json"],
    ["nhl-web", "boxscore", "/v1/gamecenter/2025020001/boxscore", "boxscore.json"],
    ["nhl-web", "standings", "/v1/standings/2026-01-10", "standings.json"],
    ["nhl-web", "partner_game", "/v1/partner-game/US/now", "partner.json"],
    ["oddsjam", "games", "/games", "games.json"],
    ["oddsjam", "odds", "/game-odds", "odds_flat_pages.json"],
    ["oddsjam", "scores", "/scores", "scores.json"],
    ["oddsjam", "futures_odds", "/future-odds", "future_odds.json"],
    ["oddsjam", "stream_odds", "/stream/odds", "stream.sse"],
    ["opticodds", "fixtures", "/fixtures", "fixtures_of_every_state.json"],
    ["opticodds", "fixtures_odds", "/fixtures/odds", "fixtures_odds_two_books.json"],
    ["opticodds", "fixtures_odds_historical", "/fixtures/odds/historical", "fixtures_odds_historical.json"],
    ["opticodds", "futures_odds", "/futures/odds", "futures_odds.json"],
    ["opticodds", "injuries", "/injuries", "injuries_two_leagues.json"],
    ["opticodds", "markets", "/markets", "markets.json"],
    ["opticodds", "players", "/players", "players.json"],
    ["opticodds", "stream_odds", "/stream/odds/football", "stream_of_every_frame.sse"],
    ["polymarket", "events", "/events", "events_nba.json"],
    ["sportradar", "schedule", "/mlb/trial/v8/en/games/2026/07/04/schedule.json", "schedule_mlb.json"],
    ["sportradar", "injuries", "/nba/trial/v8/en/league/injuries.json", "injuries_nba.json"],
    ["sportradar", "timeline", "/soccer/trial/v4/en/sport_events/x/timeline.json", "timeline_live.json"],
    [
        "sportradar",
        "oddscomparison_prematch",
        "/oddscomparison-prematch/trial/v2/en/competitions/sr:competition:132/sport_event_markets.json",
        "competition_markets.json",
    ],
    ["sportradar", "oddscomparison_player_props", "/oddscomparison-player-props/trial/v2/en/players_props.json", "players_props.json"],
    ["thesportsdb", "eventsday", "/api/v1/json/{key}/eventsday.php", "eventsday_mixed.json"],
    ["thesportsdb", "lookup_all_teams", "/api/v1/json/{key}/lookup_all_teams.php", "teams.json"],
    ["person", "decision", "/decision", "decision_join.json"],
];

pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// One reply of the suite, to be read with any body.
pub struct Sent {
    pub name: String,
    pub provider: std::sync::Arc<dyn Provider>,
    pub endpoint: &'static str,
    pub request: Request,
    pub body: Vec<u8>,
    headers: BTreeMap<String, String>,
}

pub fn all() -> Vec<Sent> {
    let providers = Providers::all();
    let sent = |[provider, endpoint, path, file]: &[&'static str; 4]| Sent {
        name: format!("{provider} {endpoint} {file}"),
        provider: std::sync::Arc::clone(providers.get(provider).unwrap()),
        endpoint,
        request: Request::to(*path),
        body: std::fs::read(here("providers/fixtures").join(provider).join(file)).unwrap(),
        headers: BTreeMap::new(),
    };
    SENT.iter().map(sent).collect()
}

/// What became of a body.
pub struct Read {
    pub is_good: bool,
    pub verdict: Verdict,
    /// Ids of listings, with what is told of each.
    pub listings: BTreeMap<String, String>,
    /// Rows of the catalogue.
    pub names: BTreeSet<String>,
    pub outcomes: usize,
    pub problems: BTreeSet<String>,
    /// All of it but the problems, as text.
    pub all: String,
}

impl Read {
    /// Whether something is said that is not said of another body.
    pub fn says_more_than(&self, other: &Self) -> bool {
        !self.is_good || !self.problems.is_subset(&other.problems)
    }
}

impl Sent {
    pub fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }

    pub fn reply<'a>(&'a self, status: u16, body: &'a [u8]) -> Reply<'a> {
        Reply {
            provider: self.provider.key(),
            endpoint: self.endpoint,
            request: &self.request,
            status,
            headers: &self.headers,
            body,
            fetched_at: Moment::from_secs(1_798_761_600),
            basis: Basis::Fetched,
            sport: None,
        }
    }

    pub fn judge(&self, status: u16, body: &[u8]) -> Verdict {
        self.provider.judge(&self.reply(status, body))
    }

    pub fn read(&self, body: &[u8]) -> Read {
        let reply = self.reply(200, body);
        let verdict = self.provider.judge(&reply);
        let decoded: Decoded<'_> = self.provider.decode(&reply);
        let listings: BTreeMap<String, String> = decoded
            .snapshots
            .iter()
            .flat_map(|snapshot| &snapshot.listings)
            .map(|listing| (listing.id.to_string(), format!("{listing:?}")))
            .collect();
        let seen = decoded.snapshots.iter().flat_map(|snapshot| &snapshot.listings);
        let outcomes = seen.flat_map(|listing| &listing.books).flat_map(|book| &book.markets).map(|market| market.outcomes.len()).sum();
        let problems = decoded.problems.iter().map(|problem| format!("{problem:?}")).collect();
        let names = decoded.catalogue.iter().map(|row| format!("{:?} {}", row.kind, row.key)).collect();
        let all = format!("{:?} {:?} {:?} {:?} {:?}", decoded.snapshots, decoded.catalogue, decoded.next, decoded.rows, decoded.decision);
        Read { is_good: verdict.is_good(), verdict, listings, names, outcomes, problems, all }
    }
}
