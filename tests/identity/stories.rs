//! Stories: listings that change over several replies, and what is to come of them (`stories.txt`; `blind_stories.txt` was written without
//! a look at the tables of names).

use super::pairs::game;
use super::rig::{Game, House};

const STORIES: &str = include_str!("stories.txt");
const BLIND: &str = include_str!("blind_stories.txt");
const SECOND_BLIND: &str = include_str!("second_blind_stories.txt");

/// Sends one step (`one 5 | league | start | home v away [flags]`) at its minute.
fn step(house: &House, minute: usize, line: &str) {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let [who, league, start, names] = parts[..] else { panic!("{line:?}: four parts") };
    let (provider, id) = who.split_once(' ').unwrap();
    let game = Game { id: id.to_owned(), ..game(names, league, start) };
    house.take(provider, &format!("2000-01-01T00:{minute:02}:00Z"), &[game]);
}

/// Whether one expectation is met: `= a 1, b 1` one event, `! a 1, b 1` two, `? a 1` waits for a person.
fn is_met(house: &House, line: &str) -> bool {
    let (sign, rest) = line.split_at(1);
    let listings: Vec<(&str, &str)> = rest.split(',').map(|one| one.trim().split_once(' ').unwrap()).collect();
    match (sign, &listings[..]) {
        ("=", [one, others @ ..]) => others.iter().all(|other| house.event(other.0, other.1) == house.event(one.0, one.1)),
        ("!", [one, two]) => house.event(one.0, one.1) != house.event(two.0, two.1),
        ("?", waiting) => waiting.iter().all(|one| house.waits(one.0, one.1)),
        _ => panic!("{line:?}"),
    }
}

#[test]
fn every_story_comes_out_as_it_is_told() {
    tell(STORIES, 20);
}

#[test]
fn every_story_that_was_written_blind_comes_out_as_it_is_told() {
    tell(BLIND, 11);
}

#[test]
fn every_story_that_another_hand_wrote_blind_comes_out_as_it_is_told() {
    tell(SECOND_BLIND, 8);
}

fn tell(stories: &str, at_least: usize) {
    let stories: Vec<&str> = stories.split("\n\n").filter(|story| story.lines().any(|line| line.contains('|'))).collect();
    assert!(stories.len() >= at_least, "{} stories", stories.len());
    let mut wrong = Vec::new();
    for story in stories {
        let house = House::sqlite();
        let mut name = "";
        for (minute, line) in story.lines().filter(|line| !line.is_empty()).enumerate() {
            match line.as_bytes()[0] {
                b'#' => name = line,
                b'=' | b'!' | b'?' if is_met(&house, line) => {}
                b'=' | b'!' | b'?' => wrong.push(format!("{name}: {line}")),
                _ => step(&house, minute, line),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
