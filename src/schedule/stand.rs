//! A stand-in for the providers in the scheduler's tests: prices as The Odds API has them, and a month of games in five leagues.

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply, Request};
use odds::sport::{League, league};
use providers::{Ask, Auth, Call, Meter, Offers, Provider, Verdict, What};

use super::known::{Game, Menu, Slate};

/// A provider that sells credits.
pub struct Metered;
/// A keyless one that is asked day by day, odds and scores and listings in one call.
pub struct Keyless;

const METERED: Offers = Offers {
    title: "metered",
    base_url: "http://127.0.0.1",
    auth: Auth::Query("apiKey"),
    per_second: 30.0,
    is_metered: true,
    asks: &[What::Sports, What::Events, What::Odds, What::EventOdds, What::EventMarkets, What::Scores, What::Participants],
    default_sports: &[],
    timeout: Duration::from_secs(10),
};
const KEYLESS: Offers = Offers {
    title: "keyless",
    auth: Auth::Keyless,
    is_metered: false,
    asks: &[What::Events, What::Odds, What::Scores, What::Injuries],
    ..METERED
};

pub const SPORTS: [(&str, &str); 6] = [
    ("basketball_nba", "basketball.nba"),
    ("americanfootball_nfl", "football.nfl"),
    ("icehockey_nhl", "hockey.nhl"),
    ("baseball_mlb", "baseball.mlb"),
    ("soccer_epl", "soccer.eng.1"),
    ("aussierules_afl", "aussierules.afl"),
];

fn league_of(sport: &str) -> Option<&'static League> {
    SPORTS.iter().find(|(key, _)| *key == sport).and_then(|(_, ours)| league(ours))
}

fn price(ask: &Ask) -> Option<u32> {
    Some(match ask.what {
        What::Sports | What::Events => 0,
        What::Odds | What::EventOdds => (ask.markets.len() * ask.regions.len().max(1)) as u32,
        What::EventMarkets | What::Participants => 1,
        What::Scores => 2,
        _ => return None,
    })
}

macro_rules! no_replies {
    () => {
        fn judge(&self, _: &Reply<'_>) -> Verdict {
            Verdict::Good
        }
        fn meter(&self, _: &Reply<'_>) -> Option<Meter> {
            None
        }
        fn stamp(&self, _: &str, _: &[u8]) -> Option<(Moment, Basis)> {
            None
        }
        fn decode<'a>(&self, _: &Reply<'a>) -> Decoded<'a> {
            Decoded::default()
        }
        fn decoder_version(&self) -> u16 {
            1
        }
        fn meaning(&self, _: &str, _: &Words<'_>) -> Option<Meaning> {
            None
        }
        fn meaning_version(&self) -> u16 {
            1
        }
        fn league(&self, sport: &str) -> Option<&'static League> {
            league_of(sport)
        }
    };
}

impl Provider for Metered {
    fn key(&self) -> &'static str {
        "metered"
    }
    fn offers(&self) -> &'static Offers {
        &METERED
    }
    fn requests(&self, ask: &Ask) -> Vec<Call> {
        let request =
            Request::to(format!("/{}/{}", ask.sport, ask.listing.as_deref().unwrap_or_default())).with("markets", ask.markets.join(","));
        price(ask).map(|credits| Call { endpoint: ask.what.as_str(), request, credits }).into_iter().collect()
    }
    no_replies!();
}

impl Provider for Keyless {
    fn key(&self) -> &'static str {
        "keyless"
    }
    fn offers(&self) -> &'static Offers {
        &KEYLESS
    }
    fn requests(&self, ask: &Ask) -> Vec<Call> {
        let request = match ask.what {
            What::Injuries => Request::to(format!("/{}/injuries", ask.sport)),
            _ => Request::to(format!("/{}/scoreboard", ask.sport)),
        };
        let request = ask.day.iter().fold(request, |request, day| request.with("dates", day.replace('-', "")));
        vec![Call { endpoint: "scoreboard", request, credits: 0 }]
    }
    no_replies!();
}

pub fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

pub fn menu() -> Menu {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Menu {
        markets: words(&["h2h", "spreads", "totals"]),
        prop_markets: words(&["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"]),
        main_props: 4,
        books: Vec::new(),
        regions: words(&["us"]),
    }
}

/// A game with all props of the menu seen, but for soccer.
pub fn game(sport: &str, number: usize, starts_at: Moment) -> Game {
    let props = if sport.starts_with("soccer") { Vec::new() } else { menu().prop_markets };
    Game { props: Some(props), ..Game::coming(format!("{sport}-{number}"), starts_at) }
}

pub fn slate(sport: &str, starts: &[Moment], until: Moment) -> Slate {
    let games = starts.iter().enumerate().map(|(number, start)| game(sport, number, *start)).collect();
    Slate::prepare(&Metered, &menu(), sport, games).complete_until(until)
}

/// Starts on days of the month (from 0), at minutes after midnight UTC.
fn starts(first: Moment, days: impl Iterator<Item = i64>, minutes: impl Fn(i64) -> Vec<i64>) -> Vec<Moment> {
    days.flat_map(|day| minutes(day).into_iter().map(move |minute| first.plus_secs(day * 86_400 + minute * 60))).collect()
}

const EVENING: [i64; 12] = [1380, 1380, 1410, 1410, 1410, 1440, 1440, 1470, 1500, 1560, 1590, 1620];

/// The games of October 2026 by the rhythm of the leagues: the one month in which all five play. NBA from the 20th, NHL from the 6th,
/// NFL from Thursday to Monday, the end of the MLB season, EPL at weekends: 1 October is a Thursday.
pub fn october() -> Vec<Slate> {
    let (first, end) = (at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z"));
    let evening = |games: usize| move |day: i64| EVENING.iter().copied().cycle().skip(day as usize * 5).take(games).collect::<Vec<_>>();
    let nfl = |day: i64| match day % 7 {
        0 | 4 => vec![1455],
        3 => [vec![1020; 9], vec![1205, 1225, 1225], vec![1460]].concat(),
        _ => Vec::new(),
    };
    let epl = |day: i64| match day % 7 {
        2 => vec![690, 840, 840, 840, 840, 990],
        3 => vec![780, 780, 930],
        4 if day % 2 == 0 => vec![1140],
        _ => Vec::new(),
    };
    let mlb = |day: i64| {
        if day < 4 {
            vec![1025, 1030, 1090, 1180, 1300, 1360, 1365, 1365, 1370, 1370, 1385, 1390, 1440, 1450, 1455]
        } else {
            vec![1210, 1330, 1448]
        }
    };
    vec![
        slate("basketball_nba", &starts(first, 19..30, evening(7)), end),
        slate("americanfootball_nfl", &starts(first, 0..30, nfl), end),
        slate("icehockey_nhl", &starts(first, 5..30, evening(7)), end),
        slate("baseball_mlb", &starts(first, 0..27, mlb), end),
        slate("soccer_epl", &starts(first, 0..30, epl), end),
    ]
}
