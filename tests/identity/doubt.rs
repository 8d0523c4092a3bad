//! What keeps a join from being made, or takes it back: what a person took back, two games of one reply, a question that was answered from
//! the other side; and which way round sides are that no table has.

use odds::decision::Verb;
use predictive_play::check::check;
use predictive_play::settings::{Settings, Sources};
use testkit::HandClock;

use super::pairs::game;
use super::person::{celtics, decide};
use super::rig::{Game, Hand, House, providers};
use super::served::Served;

const TIP: &str = "2024-01-16T01:00:00Z";

fn is_one(house: &House, one: (&str, &str), other: (&str, &str)) -> bool {
    house.event(one.0, one.1) == house.event(other.0, other.1)
}

#[test]
fn a_join_that_a_person_took_back_is_not_made_again_by_a_rule() {
    for house in House::on_both() {
        house.take("one", "2024-01-15T12:00:00Z", &[celtics("1", TIP)]);
        house.take("two", "2024-01-15T12:01:00Z", &[celtics("2", TIP)]);
        assert!(is_one(&house, ("one", "1"), ("two", "2")), "by rule");
        assert_eq!(decide(&house, Verb::Undo, "two/2", None).refused, [""; 0]);
        for (minute, start) in ["2024-01-16T01:05:00Z", "2024-01-16T02:30:00Z", TIP].into_iter().enumerate() {
            house.take("one", &format!("2024-01-15T13:0{minute}:00Z"), &[celtics("1", start)]);
            house.take("two", &format!("2024-01-15T13:0{minute}:30Z"), &[celtics("2", start)]);
            assert!(!is_one(&house, ("one", "1"), ("two", "2")), "{start}");
        }
        assert_eq!(decide(&house, Verb::Join, "two/2", Some("one/1")).refused, [""; 0]);
        assert!(is_one(&house, ("one", "1"), ("two", "2")));
    }
}

#[test]
fn a_question_that_was_answered_from_the_other_side_waits_no_more() {
    for house in House::on_both() {
        house.take("one", "2024-01-15T12:00:00Z", &[celtics("1", TIP)]);
        house.take("two", "2024-01-15T12:01:00Z", &[celtics("2", "2024-01-16T01:45:00Z")]);
        assert!(house.waits("two", "2"));
        let before = house.store().head().unwrap().seq;
        assert_eq!(decide(&house, Verb::Join, "one/1", Some("two/2")).refused, [""; 0]);
        assert!(!house.waits("two", "2"));
        let served = Served::over(&house);
        assert_eq!(served.get("/v1/decisions?waiting=true")["decisions"].as_array().unwrap().len(), 0);
        assert!(served.get("/v1/listings/two/2").get("candidates").is_none());
        let two = house.store().listing_of("two", "2").unwrap().unwrap();
        let then = house.store().decisions_of(two.id, before).unwrap();
        assert_eq!(house.store().waiting_about(&then, before).unwrap().len(), 1, "as it was known then");
        assert_eq!(decide(&house, Verb::Undo, "one/1", None).refused, [""; 0]);
        assert!(house.waits("two", "2"), "the answer was taken back");
    }
}

/// What `check` asks of one contest that is kept as two events.
fn asked_twice(house: &House) -> usize {
    let clock = Hand(HandClock::at_text("2024-01-15T14:00:00Z"));
    let settings = Settings::read(&Sources::of_env(std::iter::empty::<(&str, &str)>())).unwrap();
    let found = check(house.store(), &providers(), &settings, &clock).unwrap();
    found.iter().filter(|finding| finding.kind == "same_event_twice").count()
}

#[test]
fn check_asks_no_more_where_a_person_said_that_it_is_two() {
    for verb in [Verb::Split, Verb::Undo] {
        for house in House::on_both() {
            house.take("one", "2024-01-15T12:00:00Z", &[celtics("1", TIP)]);
            house.take("two", "2024-01-15T12:01:00Z", &[celtics("2", TIP)]);
            assert_eq!(decide(&house, verb, "two/2", None).refused, [""; 0]);
            assert!(!is_one(&house, ("one", "1"), ("two", "2")));
            assert_eq!(asked_twice(&house), 0, "{verb:?}");
        }
    }
}

fn red_sox(id: &str, start: &str, names: &str) -> Game {
    Game { id: id.to_owned(), ..game(names, "baseball.mlb", start) }
}

#[test]
fn of_two_games_at_one_time_in_one_reply_neither_is_joined_with_a_third() {
    for starts in [["17:15", "17:10"], ["17:10", "17:15"], ["17:10", "17:10"]] {
        let house = House::sqlite();
        house.take("two", "2024-07-06T12:00:00Z", &[red_sox("1", "2024-07-06T17:10:00Z", "Red Sox v Yankees")]);
        let both = [("a", starts[0]), ("b", starts[1])];
        let both = both.map(|(id, at)| red_sox(id, &format!("2024-07-06T{at}:00Z"), "Boston Red Sox v New York Yankees"));
        house.take("one", "2024-07-06T12:01:00Z", &both);
        assert!(!is_one(&house, ("one", "a"), ("two", "1")) && !is_one(&house, ("one", "b"), ("two", "1")), "{starts:?}");
        assert!(house.waits("one", "a") && house.waits("one", "b"), "{starts:?}");
    }
    let house = House::sqlite();
    house.take("two", "2024-07-06T12:00:00Z", &[red_sox("1", "2024-07-06T17:10:00Z", "Red Sox v Yankees [n=2]")]);
    let both = [("a", 1), ("b", 2)];
    let both = both.map(|(id, n)| red_sox(id, "2024-07-06T17:10:00Z", &format!("Boston Red Sox v New York Yankees [n={n}]")));
    house.take("one", "2024-07-06T12:01:00Z", &both);
    assert!(is_one(&house, ("one", "b"), ("two", "1")) && !is_one(&house, ("one", "a"), ("two", "1")), "their numbers tell");
}

fn quoted(id: &str, names: &str, quotes: (&str, &str, i32)) -> Game {
    let quotes = Some((quotes.0.to_owned(), quotes.1.to_owned(), quotes.2));
    Game { id: id.to_owned(), quotes, ..game(names, "football.nfl", "2024-02-11T23:30:00Z") }
}

#[test]
fn sides_stay_turned_where_their_spelling_becomes_one_that_no_table_has() {
    for house in House::on_both() {
        house.take("one", "2024-02-10T12:00:00Z", &[quoted("1", "Kansas City Chiefs v Philadelphia Eagles [neutral]", ("1.8", "2.1", -5))]);
        for (minute, names) in
            ["Philadelphia Eagles v Kansas City Chiefs", "Philadelphia Eagles (N) v Kansas City Chiefs (N)"].iter().enumerate()
        {
            let game = quoted("2", &format!("{names} [neutral]"), ("2.05", "1.85", 5));
            house.take("two", &format!("2024-02-10T12:0{}:00Z", minute + 1), &[game]);
            assert!(is_one(&house, ("one", "1"), ("two", "2")));
            let event = house.event("one", "1");
            let board = Served::over(&house).get(&format!("/v1/events/{event}/odds?as_of=2024-02-10T13:00:00Z&provider=two"));
            let told: Vec<(String, f64)> = board["quotes"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|quote| quote["selection"] == "home" && quote["state"] == "live")
                .map(|quote| (quote["market"].as_str().unwrap().to_owned(), quote["line"].as_f64().unwrap_or_default()))
                .collect();
            assert!(told.contains(&("spread".to_owned(), -2.5)) && told.contains(&("moneyline".to_owned(), 0.0)), "{names}: {board:#}");
            let home =
                board["quotes"].as_array().unwrap().iter().find(|quote| quote["selection"] == "home" && quote["market"] == "moneyline");
            assert_eq!(home.unwrap()["price"], 1.85, "{names}: the Chiefs are the event's home side");
        }
    }
}

#[test]
fn what_a_person_told_apart_is_not_joined_through_a_third() {
    let later = "2024-01-16T01:45:00Z";
    for house in House::on_both() {
        house.take("one", "2024-01-15T12:00:00Z", &[celtics("1", TIP)]);
        house.take("two", "2024-01-15T12:01:00Z", &[celtics("2", later)]);
        assert_eq!(decide(&house, Verb::Refuse, "two/2", Some("one/1")).refused, [""; 0]);
        house.take("three", "2024-01-15T12:02:00Z", &[celtics("3", later)]);
        assert!(is_one(&house, ("three", "3"), ("two", "2")));
        house.take("one", "2024-01-15T12:03:00Z", &[celtics("1", later)]);
        assert!(!is_one(&house, ("one", "1"), ("two", "2")), "refused");
    }
    for house in House::on_both() {
        house.take("one", "2024-01-15T12:00:00Z", &[celtics("1", TIP)]);
        house.take("two", "2024-01-15T12:01:00Z", &[celtics("2", TIP)]);
        assert_eq!(decide(&house, Verb::Undo, "two/2", None).refused, [""; 0]);
        house.take("two", "2024-01-15T12:02:00Z", &[celtics("2", later)]);
        house.take("three", "2024-01-15T12:03:00Z", &[celtics("3", later)]);
        assert!(is_one(&house, ("three", "3"), ("two", "2")));
        house.take("one", "2024-01-15T12:04:00Z", &[celtics("1", later)]);
        assert!(!is_one(&house, ("one", "1"), ("two", "2")), "taken back");
    }
}

fn red_sox_at(id: &str, start: &str, flags: &str) -> Game {
    red_sox(id, &format!("2024-07-{start}:00Z"), &format!("Boston Red Sox v New York Yankees {flags}"))
}

#[test]
fn two_games_that_one_reply_moves_to_the_time_of_a_third_are_not_joined_with_it() {
    let house = House::sqlite();
    house.take("one", "2024-07-06T10:00:00Z", &[red_sox_at("a", "06T17:10", ""), red_sox_at("b", "06T23:10", "")]);
    house.take("two", "2024-07-06T12:00:00Z", &[red_sox_at("1", "06T20:10", "")]);
    house.take("one", "2024-07-06T12:01:00Z", &[red_sox_at("a", "06T20:10", ""), red_sox_at("b", "06T20:10", "")]);
    assert!(!is_one(&house, ("one", "a"), ("two", "1")) && !is_one(&house, ("one", "b"), ("two", "1")));
}

#[test]
fn a_game_that_is_made_up_before_the_next_one_leaves_nobody_with_the_wrong_game() {
    for is_reversed in [false, true] {
        let house = House::sqlite();
        house.take("one", "2024-07-05T10:00:00Z", &[red_sox_at("1", "05T23:10", ""), red_sox_at("2", "06T17:10", "")]);
        house.take("two", "2024-07-05T12:00:00Z", &[red_sox_at("a", "05T23:10", ""), red_sox_at("b", "06T17:10", "")]);
        assert!(is_one(&house, ("one", "1"), ("two", "a")) && is_one(&house, ("one", "2"), ("two", "b")));
        let mut then = [red_sox_at("1", "06T17:10", "[n=1]"), red_sox_at("2", "06T23:10", "[n=2]")];
        if is_reversed {
            then.reverse();
        }
        house.take("one", "2024-07-05T23:00:00Z", &then);
        assert!(!is_one(&house, ("one", "2"), ("two", "b")), "the second game is no game of the afternoon");
        assert!(house.waits("one", "1") && house.waits("one", "2"));
    }
}

#[test]
fn who_was_joined_for_the_sake_of_a_listing_goes_where_that_goes() {
    let later = "2024-01-16T01:45:00Z";
    for verb in [Verb::Undo, Verb::Split] {
        for house in House::on_both() {
            house.take("one", "2024-01-15T12:00:00Z", &[celtics("1", TIP)]);
            house.take("two", "2024-01-15T12:01:00Z", &[celtics("2", later)]);
            assert_eq!(decide(&house, Verb::Join, "two/2", Some("one/1")).refused, [""; 0]);
            house.take("three", "2024-01-15T12:02:00Z", &[celtics("3", later)]);
            assert!(is_one(&house, ("three", "3"), ("one", "1")));
            assert_eq!(decide(&house, verb, "two/2", None).refused, [""; 0]);
            assert!(is_one(&house, ("three", "3"), ("two", "2")), "{verb:?}: it is at the time of the second alone");
            assert!(!is_one(&house, ("three", "3"), ("one", "1")), "{verb:?}");
            house.take("three", "2024-01-15T12:03:00Z", &[celtics("3", "2024-01-16T01:50:00Z")]);
            assert!(is_one(&house, ("three", "3"), ("two", "2")), "{verb:?}");
            if verb == Verb::Split {
                assert_eq!(decide(&house, Verb::Undo, "two/2", None).refused, [""; 0]);
                assert!(is_one(&house, ("three", "3"), ("one", "1")) && is_one(&house, ("two", "2"), ("one", "1")));
            }
        }
    }
}
