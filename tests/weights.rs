//! What a look is worth, learnt: how fast prices moved between looks, and what users ask for, on both engines and over a restart.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::Served;
use odds::Moment;
use predictive_play::clock::Clock;
use predictive_play::collect::menu::{Known, slates};
use predictive_play::publish::{Follower, SpeedsFollower};
use predictive_play::schedule::cadence::Phase;
use predictive_play::schedule::weights::Kind;
use predictive_play::settings::Settings;
use providers::the_odds_api::TheOddsApi;
use store::weights::{Demand, MarketSpeed};

const NOW: &str = "2026-01-10T20:05:00Z";
const SPORTS: [&str; 2] = ["basketball_nba", "icehockey_nhl"];

struct At(Moment);

impl Clock for At {
    fn now(&self) -> Moment {
        self.0
    }
}

fn served() -> Vec<(Served, Option<testkit::postgres::TestDatabase>)> {
    let postgres = testkit::postgres::shared().map(|cluster| {
        let database = cluster.database();
        (Served::filled_at(&database.url), Some(database))
    });
    std::iter::once((Served::filled(), None)).chain(postgres).collect()
}

fn learn(served: &Served) -> Vec<MarketSpeed> {
    let clock = Arc::new(At(NOW.parse().unwrap()));
    Follower::new(Arc::clone(&served.state.store), clock, SpeedsFollower::default()).catch_up().unwrap();
    served.state.store.market_speeds("the-odds-api").unwrap()
}

fn weight(served: &Served, sport: &str, kind: Kind, phase: Phase) -> f64 {
    let sports = SPORTS.map(str::to_owned);
    let (ask, now) = (Settings::default().ask, NOW.parse().unwrap());
    let slates = slates(&served.state.store, &TheOddsApi, &ask, &sports, now, Known::Own).unwrap();
    slates.iter().find(|slate| slate.sport == sport).unwrap().weights.of(kind, phase)
}

#[test]
fn how_fast_a_league_moves_is_learnt_from_the_log_once_and_made_again_from_it() {
    for (served, _database) in served() {
        let speeds = learn(&served);
        let [speed] = &speeds[..] else { panic!("two looks at one game, four minutes apart: {speeds:?}") };
        assert_eq!((speed.sport.as_str(), speed.kind.as_str(), speed.phase.as_str()), ("basketball_nba", "odds", "six_hours"));
        assert!(speed.changes > 0 && speed.market_secs >= 240 && speed.market_secs % 240 == 0, "{speed:?}");
        assert_eq!(learn(&served), speeds, "the same entries count once, also after a restart");
        let clock = Arc::new(At(NOW.parse().unwrap()));
        let mut again = Follower::new(Arc::clone(&served.state.store), clock, SpeedsFollower::default());
        again.reset().unwrap();
        assert_eq!(served.state.store.market_speeds("the-odds-api").unwrap(), []);
        again.catch_up().unwrap();
        assert_eq!(served.state.store.market_speeds("the-odds-api").unwrap(), speeds);
    }
}

#[test]
fn what_was_learnt_weighs_in_the_next_decision_and_old_sums_fade() {
    for (served, _database) in served() {
        let store = &served.state.store;
        assert_eq!(weight(&served, "basketball_nba", Kind::Odds, Phase::Hour), 1.0, "nothing is known");
        let seen = |sport: &str, changes| {
            let of = |text: &str| text.to_owned();
            MarketSpeed { sport: of(sport), kind: of("odds"), phase: of("hour"), changes, market_secs: 10_000 * 3600 }
        };
        let add = |speed: &MarketSpeed| {
            let cursor = store.cursor(SpeedsFollower::NAME).unwrap();
            let at = NOW.parse().unwrap();
            store
                .follow(SpeedsFollower::NAME, (cursor, cursor), at, |following| following.add_market_speed("the-odds-api", speed))
                .unwrap()
                .unwrap();
        };
        add(&seen("basketball_nba", 40_000));
        add(&seen("icehockey_nhl", 10_000));
        let (nba, nhl) =
            (weight(&served, "basketball_nba", Kind::Odds, Phase::Hour), weight(&served, "icehockey_nhl", Kind::Odds, Phase::Hour));
        assert!(nba > 1.4 && nhl < 0.6, "{nba} and {nhl}");
        assert_eq!(weight(&served, "basketball_nba", Kind::Props, Phase::Hour), 1.0);
        for _ in 0..12 {
            add(&seen("basketball_nba", 0));
        }
        let nba = weight(&served, "basketball_nba", Kind::Odds, Phase::Hour);
        assert!(nba < nhl + 1.0 && nba < 1.0, "it has stood still since: {nba}");
    }
}

#[test]
fn what_users_ask_for_weighs_too() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (served, _database) in served() {
        let game = format!("/v1/events/{}/odds", common::GAME);
        for path in [
            "/v1/odds?sport=basketball.nba",
            "/v1/odds?sport=basketball.nba&as_of=2026-01-10T20:01:00Z",
            game.as_str(),
            "/v1/props?sport=basketball.nba",
            "/v4/sports/basketball_nba/odds?apiKey=x&bookmakers=draftkings&markets=outrights",
        ] {
            runtime.block_on(served.get(path));
        }
        let count = |(league, kind, calls): (String, String, u64)| Demand { league, kind, calls: calls as i64 };
        let demand: Vec<Demand> = served.state.v4.take_demand().into_iter().map(count).collect();
        let of = |kind: &str| demand.iter().filter(|one| one.kind == kind).map(|one| one.calls).sum::<i64>();
        assert_eq!((of("odds"), of("props")), (3, 1), "a call for the past is no wish for fresh prices: {demand:?}");
        let (store, now): (_, Moment) = (&served.state.store, NOW.parse().unwrap());
        let old = Demand { league: "x".to_owned(), kind: "odds".to_owned(), calls: 9 };
        store.add_demand(now.plus_secs(-100 * 86_400), &[old]).unwrap();
        assert_eq!(store.demand_since(Moment::from_secs(0)).unwrap().len(), 1);
        for _ in 0..400 {
            store.add_demand(now, &demand).unwrap();
        }
        let lately = store.demand_since(now.plus_secs(-7 * 86_400)).unwrap();
        assert_eq!(lately, store.demand_since(Moment::from_secs(0)).unwrap(), "what was asked long ago is forgotten");
        let [nba, nhl] = SPORTS.map(|sport| weight(&served, sport, Kind::Odds, Phase::Day));
        assert!(nba > 1.3 && nhl < 0.6, "{nba} and {nhl}");
    }
}
