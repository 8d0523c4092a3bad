//! The planner against a fixed loop of the same credits, on seasons that were really played: by the real prices of The Odds API, with
//! the menu and the keyless sources that stand where nothing is set.
#![allow(clippy::unwrap_used)]

mod recorded;
mod seasons;

use odds::Moment;
use predictive_play::collect::menu;
use predictive_play::decode::Providers;
use predictive_play::schedule::simulation::{Played, Season, Staleness, Trial, play};
use predictive_play::settings::Settings;
use providers::the_odds_api::TheOddsApi;

/// For how many days ahead games are known: leagues publish their schedules for longer.
pub const PUBLISHED_DAYS: i64 = 35;

/// A sport's season with what is asked of it by default.
pub fn season(sport: &str, mut starts: Vec<Moment>) -> Season {
    starts.sort_unstable();
    Season { sport: sport.to_owned(), menu: menu::menu(&Settings::default().ask, sport), starts }
}

/// Plays seasons from one day to another.
pub fn played(seasons: &[Season], (from, until): (&str, &str), per_month: i64, known_days: i64) -> Played {
    let providers = Providers::all();
    let wanted: Vec<String> = seasons.iter().map(|season| season.sport.clone()).collect();
    let (sports, unknown) = menu::sports(&["espn", "the-odds-api"], &providers, &wanted);
    assert_eq!(unknown, [""; 0]);
    let covered = menu::covered(&providers, &sports);
    let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
    play(&Trial { provider: &TheOddsApi, covered: &covered, seasons, from, until, per_month, known_days })
}

/// The two figures and what they cost, for people.
pub fn say(what: &str, per_month: i64, played: &Played) {
    let row = |kind: &str, of: &Staleness| {
        println!(
            "{what}, {per_month} credits a month, {} games, {kind}: {:.0} s planned, {:.0} s in a fixed loop, ratio {:.2} ({} and {} credits; {} games without a closing pull)",
            played.games,
            of.planned_secs,
            of.fixed_secs,
            of.ratio(),
            of.planned_credits,
            of.fixed_credits,
            of.without_closing
        );
    };
    row("featured", &played.odds);
    row("props", &played.props);
    println!("most in a month: {}", played.most_in_a_month);
}

/// At most half of what a fixed loop leaves, for money that is as much and never above the ceiling, and every game closed.
pub fn assert_at_most_half(per_month: i64, played: &Played) {
    assert!(played.most_in_a_month <= per_month, "{played:?}");
    for (kind, of) in [("featured", &played.odds), ("props", &played.props)] {
        assert!(of.ratio() <= 0.5, "{kind}: {played:?}");
        assert_eq!(of.without_closing, 0, "{kind}: {played:?}");
        let (planned, fixed) = (of.planned_credits as f64, of.fixed_credits as f64);
        assert!((fixed / planned - 1.0).abs() < 0.03, "{kind} is not compared for the same money: {played:?}");
    }
}
