//! The corpora of pairs (`pairs.txt`, and `blind_pairs.txt`, which was written without a look at the tables of names): each line in a
//! store that holds no other of its league, in both orders of arrival.

use std::collections::BTreeMap;

use odds::Moment;

use super::rig::{Game, House, say};

const CORPUS: &str = include_str!("pairs.txt");
const BLIND: &str = include_str!("blind_pairs.txt");
const SECOND_BLIND: &str = include_str!("second_blind_pairs.txt");

/// What two listings are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Same,
    Different,
    Open,
}

struct Pair {
    line: usize,
    /// Its place among the pairs of its league.
    round: usize,
    games: [Game; 2],
    verdict: Verdict,
    reason: String,
}

/// Reads a game: `home v away [flags]`, where flags move what stands around it.
pub fn game(text: &str, league: &str, start: &str) -> Game {
    let (names, flags) = text.split_once('[').map_or((text, ""), |(names, flags)| (names, flags.trim_end().trim_end_matches(']')));
    let (home, away) = names.split_once(" v ").unwrap_or_else(|| panic!("no ` v ` in {text:?}"));
    let mut game = Game {
        id: "1".to_owned(),
        league: league.to_owned(),
        home: home.trim().to_owned(),
        away: away.trim().to_owned(),
        start: start.to_owned(),
        ..Game::default()
    };
    for flag in flags.split_whitespace() {
        match flag.split_once('=') {
            Some(("league", league)) => league.clone_into(&mut game.league),
            Some(("n", number)) => game.number = Some(number.parse().unwrap()),
            Some(("venue", venue)) => game.venue = Some(venue.to_owned()),
            Some(("id", id)) => game.ids.push(id.to_owned()),
            Some(("status", status)) => game.status = Some(status.to_owned()),
            Some(("score", score)) => game.score = score.split_once('-').map(|(home, away)| (home.to_owned(), away.to_owned())),
            _ if flag == "day" => game.is_on_day = true,
            _ if flag == "neutral" => game.is_neutral = true,
            _ => game.start = moved(&game.start, flag),
        }
    }
    game
}

fn moved(start: &str, flag: &str) -> String {
    if let Some(at) = flag.strip_prefix('@') {
        return at.to_owned();
    }
    let (figure, unit) = flag.split_at(flag.len() - 1);
    let secs = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => panic!("{flag:?} is no flag"),
    };
    let figure: i64 = figure.parse().unwrap_or_else(|_| panic!("{flag:?} is no flag"));
    start.parse::<Moment>().unwrap().plus_secs(figure * secs).to_string()
}

fn pairs_of(text: &'static str) -> Vec<Pair> {
    let (mut league, mut start) = ("", "");
    let (mut pairs, mut rounds) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if let Some(around) = line.strip_prefix("@ ") {
            (league, start) = around.split_once(' ').unwrap();
            continue;
        }
        let parts: Vec<&str> = line.split("||").map(str::trim).collect();
        let [one, two, verdict, reason] = parts[..] else { panic!("line {}: four parts", at + 1) };
        let verdict = match verdict {
            "same" => Verdict::Same,
            "different" => Verdict::Different,
            "open" => Verdict::Open,
            other => panic!("line {}: {other:?} is no verdict", at + 1),
        };
        let games = [one, two].map(|text| Game { id: (at + 1).to_string(), ..game(text, league, start) });
        let round = rounds.entry(league).or_default();
        *round += 1;
        pairs.push(Pair { line: at + 1, round: *round, games, verdict, reason: reason.to_owned() });
    }
    pairs
}

/// What is made of pairs of different leagues whose listings come one after the other, each from its own provider.
fn judged(template: &std::path::Path, pairs: &[&Pair], is_reversed: bool) -> Vec<Verdict> {
    let house = House::copy_of(template);
    let listed = |second: bool| -> Vec<Game> { pairs.iter().map(|pair| pair.games[usize::from(second != is_reversed)].clone()).collect() };
    house.take("one", "2000-01-01T00:00:00Z", &listed(false));
    house.take("two", "2000-01-01T00:01:00Z", &listed(true));
    let verdict = |pair: &&Pair| {
        let id = pair.line.to_string();
        match house.event("one", &id) == house.event("two", &id) {
            true => Verdict::Same,
            false if house.waits("two", &id) => Verdict::Open,
            false => Verdict::Different,
        }
    };
    pairs.iter().map(verdict).collect()
}

#[test]
fn no_pair_of_the_corpus_is_joined_wrongly() {
    hold(&pairs_of(CORPUS), 400, 97);
}

#[test]
fn no_pair_that_was_written_blind_is_joined_wrongly() {
    hold(&pairs_of(BLIND), 100, 94);
}

#[test]
fn no_pair_that_another_hand_wrote_blind_is_joined_wrongly() {
    hold(&pairs_of(SECOND_BLIND), 180, 97);
}

/// Prints what became of a corpus, and holds it to no wrong join and so many in a hundred of the right ones.
fn hold(pairs: &[Pair], at_least: usize, recall: usize) {
    let (_folder, template_path) = House::template();
    assert!(pairs.len() >= at_least, "{} pairs", pairs.len());
    let (mut wrong, mut missed) = (Vec::new(), Vec::new());
    let mut table: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut verdicts: BTreeMap<usize, [Verdict; 2]> = BTreeMap::new();
    for round in 1..=pairs.iter().map(|pair| pair.round).max().unwrap_or_default() {
        let of_round: Vec<&Pair> = pairs.iter().filter(|pair| pair.round == round).collect();
        let (straight, reversed) = (judged(&template_path, &of_round, false), judged(&template_path, &of_round, true));
        for (pair, found) in of_round.iter().zip(straight.into_iter().zip(reversed)) {
            verdicts.insert(pair.line, [found.0, found.1]);
        }
    }
    for pair in pairs {
        let [one, two] = &pair.games;
        let found = verdicts[&pair.line];
        let row = table.entry(one.league.as_str()).or_default();
        row[0] += 1;
        row[1] += usize::from(pair.verdict == Verdict::Same);
        let told = format!("line {}: {} v {} / {} v {}: {}", pair.line, one.home, one.away, two.home, two.away, pair.reason);
        match pair.verdict {
            Verdict::Same if found == [Verdict::Same; 2] => row[2] += 1,
            Verdict::Same => missed.push(format!("{told} ({found:?})")),
            Verdict::Different | Verdict::Open if found.contains(&Verdict::Same) => {
                row[3] += 1;
                wrong.push(format!("{told} ({found:?})"));
            }
            Verdict::Different | Verdict::Open => {}
        }
    }
    say("league                  pairs  same  joined  wrong");
    for (league, [all, same, joined, wrong]) in &table {
        say(&format!("{league:<22} {all:>6} {same:>5} {joined:>7} {wrong:>6}"));
    }
    missed.iter().for_each(|missed| say(&format!("not joined: {missed}")));
    assert!(wrong.is_empty(), "joined wrongly:\n{}", wrong.join("\n"));
    let (same, joined) = table.values().fold((0, 0), |sum, row| (sum.0 + row[1], sum.1 + row[2]));
    assert!(joined * 100 >= same * recall, "{joined} of {same} were joined");
}
