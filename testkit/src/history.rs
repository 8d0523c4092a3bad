//! The history of a season as providers tell it afterwards: The Odds API's snapshots, which never lie on the minute, and ESPN's days.
//!
//! Empty days are empty, a book appears in mid-season, stamps that are spelt otherwise are refused, some moments always fail, and a
//! meter bills as the real one does: ten credits a market and region, one for a list of games, nothing for what is empty.

mod leagues;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::civil::Date;
use odds::Moment;

pub use leagues::{Fixture, League};

use crate::clock::HandClock;
use crate::provider_server::{Act, Answer, CreditsMeter, ProviderServer, Received};

const PERIOD: i64 = 300;
const DAY: i64 = 86_400;
/// How much later than scheduled a game really begins.
const LATE_SECS: i64 = 637;
/// Where ESPN's days begin, of whatever league.
const ESPN_ZONE: &str = "America/New_York";
const TEAMS: [(&str, &str); 6] = [
    ("Boston Celtics", "New York Knicks"),
    ("Miami Heat", "Chicago Bulls"),
    ("Denver Nuggets", "Utah Jazz"),
    ("New York Knicks", "Miami Heat"),
    ("Utah Jazz", "Boston Celtics"),
    ("Chicago Bulls", "Denver Nuggets"),
];
/// Markets that the whole board has.
const FEATURED: [&str; 4] = ["h2h", "spreads", "totals", "outrights"];
/// Where the historical endpoints lie.
pub const HISTORY: &str = "/v4/historical/sports";

/// A game of the season.
#[derive(Debug, Clone)]
pub struct Game {
    /// The Odds API's id of it.
    pub id: String,
    /// Its home team.
    pub home: &'static str,
    /// Its away team.
    pub away: &'static str,
    /// When it starts.
    pub start: Moment,
}

/// A season and how it misbehaves.
#[derive(Debug, Clone)]
pub struct History {
    /// The provider's sport key.
    pub sport: &'static str,
    /// Its games, by start.
    pub games: Vec<Game>,
    /// The day (of the season, from 0) from which the second book is there.
    pub second_book_from: usize,
    /// A market that no book offers before a day of the season (from 0).
    pub late_market: Option<(&'static str, usize)>,
    /// Whether games are still listed while they are played, with their real start (some minutes and an odd second late) written over the
    /// scheduled one.
    pub has_in_play: bool,
    /// Days of the season (from 0) whose snapshots always fail.
    pub failing: Vec<usize>,
    /// Every so manieth call is refused as too frequent; 0: none.
    pub too_frequent_every: usize,
    /// At the so manieth call somebody else has spent all that was left on the key; 0: never.
    pub spent_at: usize,
    /// How long each answer takes.
    pub pause: Duration,
    league: League,
    first: Moment,
}

impl History {
    /// A season of so many days from a winter's midnight in New York (05:00 UTC): three games a day, two of them at once, and every
    /// seventh day none.
    #[must_use]
    pub fn of(sport: &'static str, first: Moment, days: usize) -> Self {
        let game = |day: usize, of_day: usize| {
            let (home, away) = TEAMS[(of_day + 3 * (day % 2)) % 6];
            let start = first.plus_secs(day as i64 * DAY + [19, 19, 21][of_day] * 3600 + [0, 0, 1800][of_day]);
            Game { id: format!("{:032x}", 0xa000_0000 + day * 10 + of_day), home, away, start }
        };
        let games = (0..days).filter(|day| day % 7 != 6).flat_map(|day| (0..3).map(move |of_day| game(day, of_day))).collect();
        Self { sport, second_book_from: days / 2, ..Self::with(League::ALL[0], games, first) }
    }

    /// What a league plays from one day to another; the second book is there from the middle on.
    ///
    /// # Panics
    /// Where the league's zone is none.
    #[must_use]
    pub fn of_league(league: League, from: Date, to: Date) -> Self {
        let zone = jiff::tz::TimeZone::get(league.zone).expect("a zone that there is");
        let first = Moment::from(from.to_zoned(zone).expect("a day that there is").timestamp());
        let fixtures = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to).flat_map(|day| league.fixtures(day));
        let prefix = league.sport.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let game =
            |(at, Fixture { home, away, start }): (usize, Fixture)| Game { id: format!("{prefix:016x}{at:016x}"), home, away, start };
        let days = usize::try_from((to - from).get_days()).unwrap_or_default();
        Self { second_book_from: days / 2, ..Self::with(league, fixtures.enumerate().map(game).collect(), first) }
    }

    fn with(league: League, games: Vec<Game>, first: Moment) -> Self {
        Self {
            sport: league.sport,
            games,
            second_book_from: 0,
            late_market: None,
            has_in_play: false,
            failing: Vec::new(),
            too_frequent_every: 0,
            spent_at: 0,
            pause: Duration::ZERO,
            league,
            first,
        }
    }

    /// The stamp of the newest snapshot at a moment: 37 to 40 seconds past every fifth minute.
    #[must_use]
    pub fn stamp(at: Moment) -> Moment {
        let of = |slot: i64| slot * PERIOD + 37 + slot.rem_euclid(4);
        let slot = at.secs().div_euclid(PERIOD);
        Moment::from_secs(if of(slot) <= at.secs() { of(slot) } else { of(slot - 1) })
    }

    fn next(stamp: Moment) -> Moment {
        Self::stamp(stamp.plus_secs(PERIOD + 10))
    }

    /// Answers for the season at a server: history with its bill, the catalogue, and ESPN's days.
    pub fn answer_at(self, server: &ProviderServer, meter: &CreditsMeter) {
        Self::answer_all(vec![self], server, meter);
    }

    /// The same for several leagues; how the provider as a whole misbehaves is said by the first.
    ///
    /// # Panics
    /// Where there is none.
    pub fn answer_all(seasons: Vec<Self>, server: &ProviderServer, meter: &CreditsMeter) {
        let seasons = Arc::new(seasons);
        let (of_cost, of_days, purse) = (Arc::clone(&seasons), Arc::clone(&seasons), meter.clone());
        let (spent_at, every, pause) = (seasons[0].spent_at, seasons[0].too_frequent_every, seasons[0].pause);
        let asked = AtomicUsize::new(0);
        server.answer(HISTORY, move |received| {
            let count = asked.fetch_add(1, Ordering::Relaxed) + 1;
            if count == spent_at {
                purse.spend_elsewhere(purse.remaining());
            }
            let is_too_frequent = every > 0 && count.is_multiple_of(every);
            let act = match of_path(&seasons, &received.path) {
                _ if is_too_frequent => Act::too_many(Some("1")),
                Some(season) => season.history(received),
                None => refusal("INVALID_SPORT"),
            };
            if pause.is_zero() { act } else { Act::After(pause, Box::new(act)) }
        });
        server.bill(HISTORY, meter, move |received| of_path(&of_cost, &received.path).map_or(0, |season| season.cost(received)));
        let sport = |season: &Self| {
            format!(r#"{{"key":"{}","group":"Sport","title":"{0}","description":"","active":true,"has_outrights":false}}"#, season.sport)
        };
        let sports: Vec<String> = of_days.iter().map(sport).collect();
        server.script("/v4/sports", [Act::json(format!("[{}]", sports.join(",")))]);
        server.bill("/v4/sports", meter, |_| 0);
        let espn = "/apis/site/v2/sports";
        server.answer(espn, move |received| {
            let season = of_days.iter().find(|season| received.path == format!("{espn}/{}/scoreboard", season.league.espn));
            season.map_or_else(|| Act::status(404), |season| Act::json(season.scoreboard(received)))
        });
    }

    /// Answers for what is on the board now as well, by a clock, at a tenth of the price of history.
    pub fn answer_live(self, server: &ProviderServer, meter: &CreditsMeter, clock: &HandClock) {
        let (season, now) = (Arc::new(self), clock.clone());
        let path = format!("/v4/sports/{}", season.sport);
        let of_board = Arc::clone(&season);
        server.answer(&path, move |received| {
            let at = now.now();
            let listed = of_board.listed(received, at);
            let events: Vec<String> = listed.iter().map(|game| of_board.event(game, received, at)).collect();
            Act::json(format!("[{}]", events.join(",")))
        });
        server.bill(&path, meter, |received| (received.listed("markets").len() * received.listed("regions").len()) as i64);
    }

    /// What a call costs by the provider's own rules.
    #[must_use]
    pub fn cost(&self, received: &Received) -> i64 {
        let Some(at) = moment(received.query("date")) else { return 0 };
        let listed = self.listed(received, Self::stamp(at));
        if listed.is_empty() {
            return 0;
        }
        if received.path.ends_with("/events") {
            return 1;
        }
        let books = received.listed("bookmakers").len();
        let regions = if books > 0 { books.div_ceil(10) } else { received.listed("regions").len() };
        10 * (received.listed("markets").len() * regions) as i64
    }

    fn history(&self, received: &Received) -> Act {
        let Some(at) = moment(received.query("date")) else {
            return refusal("INVALID_HISTORICAL_TIMESTAMP");
        };
        let is_board = received.path.ends_with(&format!("{}/odds", self.sport));
        let is_refused = |market: &&str| is_board && !FEATURED.contains(market);
        if received.listed("markets").iter().any(is_refused) {
            return refusal("INVALID_MARKET");
        }
        let stamp = Self::stamp(at);
        let day = (stamp.secs() - self.first.secs()).div_euclid(DAY);
        if usize::try_from(day).is_ok_and(|day| self.failing.contains(&day)) && !received.path.ends_with("/events") {
            return Act::status(503);
        }
        let one = received.path.contains("/events/");
        let listed = self.listed(received, stamp);
        let events: Vec<String> = listed.iter().map(|game| self.event(game, received, stamp)).collect();
        let data = match (one, events.first()) {
            (true, Some(event)) => event.clone(),
            (true, None) => return Act::Answer(Answer::json(404, r#"{"message":"not found","error_code":"EVENT_NOT_FOUND"}"#)),
            (false, _) => format!("[{}]", events.join(",")),
        };
        let (before, next) = (Self::stamp(stamp.plus_secs(-1)), Self::next(stamp));
        Act::json(format!(r#"{{"timestamp":"{stamp}","previous_timestamp":"{before}","next_timestamp":"{next}","data":{data}}}"#))
    }

    fn listed(&self, received: &Received, stamp: Moment) -> Vec<&Game> {
        let (from, to) = (moment(received.query("commenceTimeFrom")), moment(received.query("commenceTimeTo")));
        let is_listed = |game: &&Game| {
            let ahead = game.start.secs() - stamp.secs();
            ((1..=2 * DAY).contains(&ahead) || self.has_in_play && (-9000..=0).contains(&ahead))
                && from.is_none_or(|from| game.start >= from)
                && to.is_none_or(|to| game.start <= to)
                && (!received.path.contains("/events/") || received.path.contains(&game.id))
        };
        self.games.iter().filter(is_listed).collect()
    }

    fn event(&self, game: &Game, received: &Received, stamp: Moment) -> String {
        let Game { id, home, away, start } = game;
        let start = if *start <= stamp { start.plus_secs(LATE_SECS) } else { *start };
        let head = format!(
            r#""id":"{id}","sport_key":"{}","sport_title":"NBA","commence_time":"{start}","home_team":"{home}","away_team":"{away}""#,
            self.sport
        );
        if received.path.ends_with("/events") {
            return format!("{{{head}}}");
        }
        let day = (stamp.secs() - self.first.secs()).div_euclid(DAY);
        let has_second = usize::try_from(day).is_ok_and(|day| day >= self.second_book_from);
        let books: Vec<String> = ["draftkings", "fanduel"]
            .into_iter()
            .take(1 + usize::from(has_second))
            .map(|book| {
                let is_offered = |market: &&str| self.late_market.is_none_or(|(late, from)| late != *market || day >= from as i64);
                let markets = received.listed("markets").into_iter().filter(is_offered);
                let markets: Vec<String> = markets.map(|market| self.priced(game, market, book, stamp)).collect();
                format!(r#"{{"key":"{book}","title":"{book}","last_update":"{}","markets":[{}]}}"#, stamp.plus_secs(-20), markets.join(","))
            })
            .collect();
        format!(r#"{{{head},"bookmakers":[{}]}}"#, books.join(","))
    }

    /// ESPN's scoreboard of a day: the games whose start falls on it in New York, in winter.
    fn scoreboard(&self, received: &Received) -> String {
        let day = received.query("dates");
        let zone = jiff::tz::TimeZone::get(ESPN_ZONE).unwrap_or(jiff::tz::TimeZone::UTC);
        let of_day = |game: &&Game| game.start.day_in(&zone).strftime("%Y%m%d").to_string() == day;
        let League { uid, espn, .. } = self.league;
        let slug = espn.rsplit('/').next().unwrap_or_default();
        let league_id = uid.rsplit(':').next().unwrap_or_default();
        // An id of an event is one of ESPN's, not of a league: no two leagues share one.
        let first_id = 401_000_000 + 100_000 * League::ALL.iter().position(|league| league.sport == self.league.sport).unwrap_or_default();
        let mut events = String::new();
        for (at, game) in self.games.iter().enumerate().filter(|(_, game)| of_day(game)) {
            let (id, date) = (first_id + at, &game.start.to_string()[..16]);
            let comma = if events.is_empty() { "" } else { "," };
            let side = |team: &str, side: &str| {
                let id = team.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 99_991) + 1;
                format!(r#"{{"id":"{id}","homeAway":"{side}","score":"100","team":{{"id":"{id}","displayName":"{team}"}}}}"#)
            };
            let sides = format!("{},{}", side(game.home, "home"), side(game.away, "away"));
            let status = r#"{"type":{"id":"3","name":"STATUS_FINAL","state":"post","completed":true}}"#;
            let _ = write!(
                events,
                r#"{comma}{{"id":"{id}","uid":"{uid}~e:{id}","date":"{date}Z","season":{{"year":2025,"type":2,"slug":"regular-season"}},"competitions":[{{"id":"{id}","date":"{date}Z","timeValid":true,"neutralSite":false,"competitors":[{sides}],"status":{status}}}]}}"#
            );
        }
        format!(r#"{{"leagues":[{{"id":"{league_id}","uid":"{uid}","abbreviation":"{slug}","slug":"{slug}"}}],"events":[{events}]}}"#)
    }

    fn priced(&self, game: &Game, market: &str, book: &str, stamp: Moment) -> String {
        // Moves once an hour, each game and book in its own way.
        let seed = stamp.secs() / 3600 + game.id.bytes().map(i64::from).sum::<i64>() + book.len() as i64;
        let price = |more: i64| format!("1.{:02}", 50 + (seed * 7 + more).rem_euclid(45));
        let outcomes = match market {
            "h2h" => {
                let draw = if self.league.has_draws { r#",{"name":"Draw","price":3.4}"# } else { "" };
                format!(r#"{{"name":"{}","price":{}}},{{"name":"{}","price":2.1}}{draw}"#, game.home, price(0), game.away)
            }
            "spreads" => {
                format!(
                    r#"{{"name":"{}","price":{},"point":-4.5}},{{"name":"{}","price":1.9,"point":4.5}}"#,
                    game.home,
                    price(1),
                    game.away
                )
            }
            "totals" => format!(r#"{{"name":"Over","price":{},"point":220.5}},{{"name":"Under","price":1.9,"point":220.5}}"#, price(2)),
            _ => format!(
                r#"{{"name":"Over","description":"Some Body","price":{},"point":20.5}},{{"name":"Under","description":"Some Body","price":1.9,"point":20.5}}"#,
                price(3)
            ),
        };
        format!(r#"{{"key":"{market}","last_update":"{}","outcomes":[{outcomes}]}}"#, stamp.plus_secs(-20))
    }
}

/// The season that a path asks about.
fn of_path<'a>(seasons: &'a [History], path: &str) -> Option<&'a History> {
    let sport = path.strip_prefix(HISTORY)?.trim_start_matches('/').split('/').next()?;
    seasons.iter().find(|season| season.sport == sport)
}

fn refusal(code: &str) -> Act {
    Act::Answer(Answer::json(422, format!(r#"{{"message":"refused","error_code":"{code}"}}"#)))
}

/// A moment in the one spelling that is taken.
fn moment(text: &str) -> Option<Moment> {
    (text.len() == 20 && text.ends_with('Z') && !text.contains('.')).then(|| text.parse().ok()).flatten()
}
