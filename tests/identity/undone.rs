//! Joined, split, joined with another, refused and undone at random while history arrives: once all of it is taken back, every answer and
//! every row is what it is where nobody ever decided anything. `UNDONE_SEEDS` says how many seeds more, `UNDONE_FIRST` where those begin.

use odds::decision::Verb;
use testkit::bodies::Random;

use super::person::{celtics, decide, dump};
use super::rig::{Game, House, say};
use super::served::{Served, follower, rows};

/// Provider and id; minutes from the first start, too many for any rule to join them.
const LISTINGS: [(&str, &str, i64); 3] = [("one", "1", 0), ("two", "2", 47), ("three", "3", 95)];
const STEPS: u64 = 14;

/// One listing as it is told at a moment. The third names the sides the other way round.
struct Told {
    which: usize,
    at: String,
    game: Game,
}

fn told(seed: u64) -> Vec<Told> {
    let mut random = Random::from_seed(seed);
    let start: odds::Moment = "2024-01-16T01:00:00Z".parse().unwrap();
    let price = |random: &mut Random| format!("{}.{:02}", random.between(1, 3), random.between(5, 95));
    let mut all: Vec<Told> = Vec::new();
    for step in 0..STEPS {
        let which = if step < 3 { step as usize } else { random.below(3) as usize };
        let (_, id, minutes) = LISTINGS[which];
        let game = celtics(id, &start.plus_secs(minutes * 60).to_string());
        let (home, away) = if which == 2 { (game.away, game.home) } else { (game.home, game.away) };
        let quotes = Some((price(&mut random), price(&mut random), random.between(-12, 12) as i32));
        let at = start.plus_secs(-36_000 + 2_400 * step as i64).to_string();
        all.push(Told { which, at, game: Game { home, away, quotes, ..game } });
    }
    for (which, (_, _, minutes)) in LISTINGS.iter().enumerate() {
        let last = all.iter().rev().find(|told| told.which == which).unwrap().game.clone();
        let scores = ["110", "99"].map(str::to_owned);
        let [home, away] = if which == 2 { [scores[1].clone(), scores[0].clone()] } else { scores };
        let game = Game { status: Some("final".to_owned()), score: Some((home, away)), ..last };
        all.push(Told { which, at: start.plus_secs(minutes * 60 + 10_800).to_string(), game });
    }
    all
}

fn named(which: usize) -> String {
    format!("{}/{}", LISTINGS[which].0, LISTINGS[which].1)
}

/// Something a person may decide, which may be refused: what matters is that it can be taken back.
fn decide_at_random(house: &House, random: &mut Random, met: usize) -> bool {
    let (which, other) = (random.below(met as u64) as usize, random.below(met as u64) as usize);
    let (verb, other) = match random.below(6) {
        0..=2 if which != other => (Verb::Join, Some(named(other))),
        3 => (Verb::Split, None),
        4 if which != other => (Verb::Refuse, Some(named(other))),
        _ => (Verb::Undo, None),
    };
    decide(house, verb, &named(which), other.as_deref()).refused.is_empty()
}

/// Takes back every decision, the newest first.
fn take_all_back(house: &House) {
    for _ in 0..200 {
        let undone = (0..LISTINGS.len()).filter(|which| decide(house, Verb::Undo, &named(*which), None).refused.is_empty()).count();
        if undone == 0 {
            return;
        }
    }
    panic!("there is no end of what can be undone");
}

fn answers(house: &House) -> Vec<(String, u16, String)> {
    let served = Served::over(house);
    let ask = |path: String| {
        let (status, text) = served.ask(&path);
        (path, status, text)
    };
    let mut answers = Vec::new();
    for (provider, id, _) in LISTINGS {
        let event = house.event(provider, id);
        for path in ["", "/odds", "/history", "/props"] {
            for at in ["2024-01-15T17:30:00Z", "2024-01-15T21:00:00Z", "2024-01-17T00:00:00Z"] {
                answers.push(ask(format!("/v1/events/{event}{path}?as_of={at}")));
            }
        }
    }
    answers.extend(["/v1/events", "/v1/results", "/v1/odds"].map(|path| ask(format!("{path}?as_of=2024-01-17T00:00:00Z"))));
    answers.push(ask("/v4/sports/basketball_nba/scores?daysFrom=3".to_owned()));
    answers
}

fn hold(seed: u64, (house, other): (&House, &House)) -> usize {
    let (traffic, mut random) = (told(seed), Random::from_seed(seed ^ 0xdec1de));
    let mut follows = follower(house);
    let mut decided = 0;
    for (step, told) in traffic.iter().enumerate() {
        house.take(LISTINGS[told.which].0, &told.at, std::slice::from_ref(&told.game));
        while random.happens(550) {
            decided += usize::from(decide_at_random(house, &mut random, (step + 1).min(3)));
            if random.happens(400) {
                follows.catch_up().unwrap();
            }
        }
    }
    take_all_back(house);
    follows.catch_up().unwrap();
    for told in &traffic {
        other.take(LISTINGS[told.which].0, &told.at, std::slice::from_ref(&told.game));
    }
    follower(other).catch_up().unwrap();
    assert_eq!(rows(house.store()), rows(other.store()), "seed {seed}: rows");
    for (with, without) in answers(house).into_iter().zip(answers(other)) {
        assert_eq!(with, without, "seed {seed}");
    }
    // what was refused is told of by the replies of the person alone
    let kept = dump(house).lines().filter(|line| !line.starts_with("  problem ")).collect::<Vec<_>>().join("\n");
    assert_eq!(kept, dump(other), "seed {seed}: what is kept");
    decided
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn whatever_was_decided_and_taken_back_at_random_is_as_if_it_had_never_been() {
    let mut decided: usize = House::on_both().iter().zip(&House::on_both()).map(|both| hold(3, both)).sum();
    let first = number("UNDONE_FIRST", 100);
    for seed in (10..14).chain(first..first + number("UNDONE_SEEDS", 0)) {
        decided += hold(seed, (&House::sqlite(), &House::sqlite()));
    }
    say(&format!("{decided} decisions were taken back"));
    assert!(decided >= 20, "{decided}");
}
