//! A table of pairs with their reasons, and stories that take more than two names.

use super::*;
use crate::decision::Verb;
use crate::moment::Moment;

const PAIRS: &str = include_str!("pairs.txt");
/// Pairs that were written without a look at the tables of names.
const BLIND: &str = include_str!("blind_pairs.txt");
const SECOND_BLIND: &str = include_str!("second_blind_pairs.txt");

#[derive(Debug)]
struct Told {
    name: String,
    team: Option<String>,
    position: Option<String>,
    at: Moment,
}

fn at(year: u16) -> Moment {
    format!("{year}-01-10T20:00:00Z").parse().unwrap()
}

/// `name [@team] [:position] [^year]`.
fn told(text: &str) -> Told {
    let cut = |text: &str, mark: &str| -> (String, Option<String>) {
        match text.split_once(mark) {
            Some((before, after)) => (before.trim().to_owned(), Some(after.trim().to_owned())),
            None => (text.trim().to_owned(), None),
        }
    };
    let (text, year) = cut(text, "^");
    let (text, position) = cut(&text, " :");
    let (name, team) = cut(&text, "@");
    Told { name, team, position, at: at(year.map_or(2026, |year| year.parse().unwrap())) }
}

fn meet(directory: &mut Directory, league: &str, provider: &str, told: &Told) -> PlayerId {
    let teams = told.team.as_deref().map_or(Teams::Unknown, Teams::Stated);
    let sighting = Sighting { league, provider, id: None, name: &told.name, teams, position: told.position.as_deref(), at: told.at };
    match directory.meet(&sighting) {
        Seen::Is(player) => player,
        seen => panic!("{told:?}: {seen:?}"),
    }
}

fn verdict_in_directory(league: &str, first: &Told, second: &Told) -> &'static str {
    let mut directory = Directory::default();
    let one = meet(&mut directory, league, "a", first);
    let other = meet(&mut directory, league, "b", second);
    match (one == other, directory.bindings()[1].waits()) {
        (true, _) => "one",
        (false, true) => "asked",
        (false, false) => "two",
    }
}

#[test]
fn every_pair_is_what_its_reason_says_in_both_orders_of_arrival() {
    hold(PAIRS, 150);
}

#[test]
fn every_pair_that_was_written_blind_is_what_its_reason_says() {
    hold(BLIND, 40);
}

#[test]
fn every_pair_that_another_hand_wrote_blind_is_what_its_reason_says() {
    hold(SECOND_BLIND, 30);
}

fn hold(pairs: &'static str, at_least: usize) {
    let (mut league, mut rows, mut wrong) = ("", 0, Vec::new());
    for line in pairs.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(of) = line.strip_prefix("@ ") {
            league = of;
            continue;
        }
        let parts: Vec<&str> = line.split(" || ").map(str::trim).collect();
        let [a, b, names, in_directory, reason] = parts[..] else { panic!("not five parts: {line}") };
        assert!(!reason.is_empty(), "{line}");
        let (a, b) = (told(a), told(b));
        for (a, b) in [(&a, &b), (&b, &a)] {
            let verdict = match likeness(league, &a.name, &b.name).verdict() {
                Verdict::Same => "same",
                Verdict::Candidate => "candidate",
                Verdict::Different => "different",
            };
            let met = verdict_in_directory(league, a, b);
            let verdict = if names == "-" { "-" } else { verdict };
            if (verdict, met) != (names, in_directory) {
                wrong.push(format!("{league}: {} / {}: {verdict} {met}, told {names} {in_directory}: {reason}", a.name, b.name));
            }
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows >= at_least, "{rows}");
}

const NFL: &str = "football.nfl";

fn seen<'a>(provider: &'a str, id: Option<&'a str>, name: &'a str, teams: Teams<'a>) -> Sighting<'a> {
    Sighting { league: NFL, provider, id, name, teams, position: None, at: at(2024) }
}

fn is(seen: Seen) -> PlayerId {
    match seen {
        Seen::Is(player) => player,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_prop_is_the_player_of_its_name_who_plays_in_its_game() {
    let mut directory = Directory::default();
    let quarterback = is(directory.meet(&seen("stats", Some("34"), "Josh Allen", Teams::Stated("Buffalo Bills"))));
    let linebacker = is(directory.meet(&seen("stats", Some("35"), "Josh Allen", Teams::Stated("Jacksonville Jaguars"))));
    assert_ne!(quarterback, linebacker, "one source, two ids");
    let prop = |home, away| seen("props", None, "Josh Allen", Teams::Playing(home, away));
    assert_eq!(is(directory.meet(&prop("Buffalo Bills", "Kansas City Chiefs"))), quarterback);
    assert_eq!(is(directory.meet(&prop("Houston Texans", "Jacksonville Jaguars"))), linebacker);
    assert_eq!(is(directory.meet(&prop("Buffalo Bills", "New York Jets"))), quarterback);
    assert_eq!(directory.meet(&prop("Buffalo Bills", "Jacksonville Jaguars")), Seen::Several, "both play: nobody can say");
    assert_eq!(directory.find(&prop("Miami Dolphins", "Buffalo Bills")), Seen::Is(quarterback));
}

#[test]
fn two_of_one_name_in_one_team_are_asked_about_even_where_one_was_joined_before() {
    let jets = Teams::Stated("New York Jets");
    let mut directory = Directory::default();
    let back = is(directory.meet(&seen("stats", Some("1"), "Michael Carter II", jets)));
    assert_eq!(is(directory.meet(&seen("props", None, "Michael Carter", Teams::Playing("New York Jets", "Buffalo Bills")))), back);
    let runner = is(directory.meet(&seen("stats", Some("2"), "Michael Carter", jets)));
    assert_ne!(runner, back);
    let prop = &directory.bindings()[1];
    assert_eq!((prop.now.word, prop.now.candidates.len()), (Word::Split, 2), "{prop:?}");
    assert!(prop.now.player != back && prop.now.player != runner);
    let mut told_late = Directory::default();
    told_late.meet(&seen("stats", Some("1"), "Michael Carter II", jets));
    told_late.meet(&seen("stats", Some("2"), "Michael Carter", jets));
    told_late.meet(&seen("props", None, "Michael Carter", Teams::Playing("New York Jets", "Buffalo Bills")));
    assert_eq!(told_late.bindings()[2].now.candidates.len(), 2);
}

#[test]
fn a_first_letter_that_fits_two_is_neither() {
    let mut directory = Directory::default();
    for (id, name) in [("1", "Marcus Morris"), ("2", "Markieff Morris")] {
        directory.meet(&seen("stats", Some(id), name, Teams::Stated("Buffalo Bills")));
    }
    let met = is(directory.meet(&seen("props", None, "M. Morris", Teams::Stated("Buffalo Bills"))));
    assert_eq!(directory.names_of(met).count(), 1);
    assert_eq!(directory.bindings()[2].now.candidates.len(), 2);
}

#[test]
fn a_traded_player_waits_until_a_source_says_where_he_plays() {
    let mut directory = Directory::default();
    let player = is(directory.meet(&seen("stats", Some("1"), "Davante Adams", Teams::Stated("Las Vegas Raiders"))));
    let prop = seen("props", None, "Davante Adams", Teams::Playing("New York Jets", "Buffalo Bills"));
    let alone = is(directory.meet(&prop));
    assert_ne!(alone, player);
    directory.meet(&seen("stats", Some("1"), "Davante Adams", Teams::Stated("New York Jets")));
    assert_eq!(is(directory.meet(&prop)), player);
    assert_eq!(directory.player(alone).unwrap().id, player, "the old id goes on working");
    assert_eq!(directory.players().count(), 1);
}

#[test]
fn an_id_is_one_player_whatever_he_is_called() {
    let mut directory = Directory::default();
    let met = is(directory.meet(&seen("stats", Some("1"), "Robby Anderson", Teams::Stated("New York Jets"))));
    assert_eq!(is(directory.meet(&seen("stats", Some("1"), "Chosen Anderson", Teams::Stated("Miami Dolphins")))), met);
    let player = directory.player(met).unwrap();
    assert_eq!((player.teams.len(), directory.bindings()[0].names.len()), (2, 2));
}

#[test]
fn women_and_men_of_one_name_are_two_leagues() {
    let mut directory = Directory::default();
    let of = |league| Sighting { league, ..seen("props", None, "Cameron Brink", Teams::Unknown) };
    assert_ne!(is(directory.meet(&of("basketball.wnba"))), is(directory.meet(&of("basketball.nba"))));
    assert!(directory.bindings().iter().all(|binding| !binding.waits()));
}

#[test]
fn a_persons_decision_stands_until_it_is_undone() {
    let team = Teams::Stated("New York Jets");
    let mut directory = Directory::default();
    let sauce = is(directory.meet(&seen("stats", Some("1"), "Tariq Woolen", team)));
    let riq = is(directory.meet(&seen("props", None, "Riq Woolen", team)));
    let before = directory.clone();
    let why = serde_json::json!({});
    assert_eq!(directory.decide(Verb::Join, ("props", "riqwoolen"), Some(Other::Name("stats", "1")), why.clone()), Ok(sauce));
    assert_eq!(is(directory.meet(&seen("props", None, "Riq Woolen", team))), sauce);
    assert!(directory.decide(Verb::Join, ("props", "riqwoolen"), Some(Other::Player(sauce)), why.clone()).is_err(), "already");
    assert_eq!(directory.decide(Verb::Undo, ("props", "riqwoolen"), None, why.clone()), Ok(riq));
    assert_eq!(directory.bindings()[1].now, before.bindings()[1].now);
    assert_eq!(directory.player(sauce), before.player(sauce), "as if they had never been joined");
    assert!(directory.decide(Verb::Undo, ("props", "riqwoolen"), None, why.clone()).is_err(), "nothing to undo");
    assert!(directory.decide(Verb::Join, ("props", "nobody"), Some(Other::Player(sauce)), why).unwrap_err().contains("no player"));
}

#[test]
fn a_refused_player_is_never_offered_again() {
    let team = Teams::Stated("New York Jets");
    let mut directory = Directory::default();
    let full = is(directory.meet(&seen("stats", Some("1"), "Antonio Gibson", team)));
    let short = seen("props", None, "A. Gibson", team);
    directory.meet(&short);
    assert!(directory.bindings()[1].waits());
    directory.decide(Verb::Refuse, ("props", "agibson"), Some(Other::Player(full)), serde_json::json!({})).unwrap();
    directory.meet(&short);
    assert!(!directory.bindings()[1].waits());
    directory.decide(Verb::Join, ("props", "agibson"), Some(Other::Player(full)), serde_json::json!({})).unwrap();
    directory.decide(Verb::Split, ("props", "agibson"), None, serde_json::json!({})).unwrap();
    assert_eq!(directory.bindings()[1].now.player, directory.bindings()[1].own());
}

#[test]
fn a_directory_that_was_kept_goes_on_as_it_was() {
    let mut directory = Directory::default();
    directory.meet(&seen("stats", Some("1"), "Josh Allen", Teams::Stated("Buffalo Bills")));
    directory.meet(&seen("props", None, "Josh Allen", Teams::Playing("Buffalo Bills", "New York Jets")));
    let (players, bindings) = directory.take_changed();
    let keep = |text: String| serde_json::from_str(&text).unwrap();
    let kept: Vec<Player> = keep(serde_json::to_string(&players).unwrap());
    let mut again = Directory::of(kept, serde_json::from_str(&serde_json::to_string(&bindings).unwrap()).unwrap());
    let prop = seen("props", None, "Josh Allen", Teams::Playing("Buffalo Bills", "Miami Dolphins"));
    assert_eq!(again.meet(&prop), directory.meet(&prop));
    assert_eq!(again.bindings(), directory.bindings());
}

#[test]
fn a_name_of_nobody_is_no_player() {
    for name in ["Buffalo Bills D/ST", "No Goalscorer", "Mahomes & Kelce", "Josh Allen + James Cook", "The Field", ""] {
        assert!(!is_person(name), "{name}");
    }
    assert!(is_person("Anderson Silva") && is_person("Ederson"));
}

#[test]
fn an_id_is_read_as_it_is_written() {
    let id = PlayerId::founded_by(NFL, "stats", "1");
    assert_eq!(id.to_string().parse(), Ok(id));
    assert!("x".parse::<PlayerId>().is_err() && "+123".parse::<PlayerId>().is_err());
}
