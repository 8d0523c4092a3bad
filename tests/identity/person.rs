//! What a person decides: through the log, on both stores, with undo.

use std::sync::Arc;

use odds::decision::{Decision, ListingName, Subject, Verb};
use odds::{Moment, Seq};
use predictive_play::rebuild;
use predictive_play::record::{Recorder, Settled};
use serde_json::json;

use super::rig::{Game, House};
use super::served::{Served, follower, rows};

pub(super) fn celtics(id: &str, start: &str) -> Game {
    let league = "basketball.nba".to_owned();
    let (home, away) = ("Boston Celtics".to_owned(), "Miami Heat".to_owned());
    Game { id: id.to_owned(), league, home, away, start: start.to_owned(), ..Game::default() }
}

fn name(text: &str) -> ListingName {
    let (provider, id) = text.split_once('/').unwrap();
    ListingName { provider: provider.to_owned(), id: id.to_owned() }
}

fn decision(house: &House, what: Verb, listing: &str, with: Option<&str>) -> Decision {
    Decision {
        what,
        subject: Subject::Listing,
        listing: name(listing),
        with: with.map(name),
        event: None,
        reason: "as the league says".to_owned(),
        by: "ana".to_owned(),
        made_at: house.clock.now(),
        found: None,
    }
}

pub(super) fn decide(house: &House, what: Verb, listing: &str, with: Option<&str>) -> Settled {
    let decision = decision(house, what, listing, with);
    house.clock.advance_micros(1_000_000);
    house.recorder.decide(&decision).unwrap()
}

fn settled(house: &House, what: Verb, listing: &str, with: Option<&str>) {
    let settled = decide(house, what, listing, with);
    assert_eq!(settled.refused, [""; 0], "{what:?} {listing}");
    assert!(!settled.decided.is_empty());
}

const START: &str = "2024-01-16T01:00:00Z";
const LATER: &str = "2024-01-16T01:45:00Z";

/// Two listings of one game whose starts are too far apart to be joined by rule, with prices.
fn meet(house: &House) {
    let quoted = |game: Game, home: &str, away: &str| Game { quotes: Some((home.to_owned(), away.to_owned(), -9)), ..game };
    house.take("one", "2024-01-15T12:00:00Z", &[quoted(celtics("1", START), "1.5", "2.6")]);
    house.take("two", "2024-01-15T12:01:00Z", &[quoted(celtics("2", LATER), "1.55", "2.5")]);
}

/// Prices move, and both games end.
fn go_on(house: &House) {
    let game = |id: &str, start: &str, home: &str, away: &str, halves| Game {
        quotes: Some((home.to_owned(), away.to_owned(), halves)),
        ..celtics(id, start)
    };
    house.take("one", "2024-01-15T20:00:00Z", &[game("1", START, "1.6", "2.4", -8)]);
    house.take("two", "2024-01-15T20:01:00Z", &[game("2", LATER, "1.4", "2.9", -9)]);
    let over = |game: Game, score: (&str, &str)| Game {
        status: Some("final".to_owned()),
        score: Some((score.0.to_owned(), score.1.to_owned())),
        ..game
    };
    house.take("one", "2024-01-16T04:00:00Z", &[over(game("1", START, "1.6", "2.4", -8), ("110", "99"))]);
    house.take("two", "2024-01-16T04:01:00Z", &[over(game("2", LATER, "1.4", "2.9", -9), ("110", "98"))]);
}

fn ask_all(house: &House) -> Vec<(u16, String)> {
    let served = Served::over(house);
    let mut answers = Vec::new();
    for listing in [("one", "1"), ("two", "2")] {
        let event = house.event(listing.0, listing.1);
        for path in ["", "/odds", "/history", "/props"] {
            for at in ["2024-01-15T13:00:00Z", "2024-01-15T21:00:00Z", "2024-01-17T00:00:00Z"] {
                answers.push(served.ask(&format!("/v1/events/{event}{path}?as_of={at}")));
            }
        }
    }
    answers.extend(["/v1/events", "/v1/results", "/v1/odds"].map(|path| served.ask(&format!("{path}?as_of=2024-01-17T00:00:00Z"))));
    answers.push(served.ask("/v4/sports/basketball_nba/scores?daysFrom=3"));
    answers
}

/// The canonical dump without the decisions themselves.
pub(super) fn dump(house: &House) -> String {
    let mut out = Vec::new();
    predictive_play::dump::canonical(house.store(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines().filter(|line| !line.contains(" person decision ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn joined_and_split_again_is_as_if_it_had_never_been_joined() {
    for (house, other) in House::on_both().into_iter().zip(House::on_both()) {
        meet(&house);
        let mut follows = follower(&house);
        follows.catch_up().unwrap();
        assert_ne!(house.event("one", "1"), house.event("two", "2"));
        settled(&house, Verb::Join, "two/2", Some("one/1"));
        assert_eq!(house.event("one", "1"), house.event("two", "2"));
        follows.catch_up().unwrap();
        let joined = rows(house.store());
        assert_eq!(joined.iter().filter(|line| line.starts_with("event_rows")).count(), 1, "{joined:#?}");
        go_on(&house);
        follows.catch_up().unwrap();
        settled(&house, Verb::Split, "two/2", None);
        follows.catch_up().unwrap();

        meet(&other);
        go_on(&other);
        let mut never = follower(&other);
        never.catch_up().unwrap();
        assert_eq!(rows(house.store()), rows(other.store()));
        assert_eq!(dump(&house), dump(&other));
        assert_eq!(ask_all(&house), ask_all(&other));

        follows.reset().unwrap();
        follows.catch_up().unwrap();
        assert_eq!(rows(house.store()), rows(other.store()), "made again from the log");
    }
}

#[test]
fn undoing_a_join_is_as_if_it_had_never_been_and_undoing_a_split_joins_again() {
    for (house, other) in House::on_both().into_iter().zip(House::on_both()) {
        meet(&house);
        settled(&house, Verb::Join, "one/1", Some("two/2"));
        let joined = house.event("two", "2");
        go_on(&house);
        settled(&house, Verb::Split, "one/1", None);
        settled(&house, Verb::Undo, "one/1", None);
        assert_eq!((house.event("one", "1"), house.event("two", "2")), (joined.clone(), joined));
        settled(&house, Verb::Undo, "one/1", None);
        follower(&house).catch_up().unwrap();

        meet(&other);
        go_on(&other);
        follower(&other).catch_up().unwrap();
        assert_eq!(rows(house.store()), rows(other.store()));
        assert_eq!((dump(&house), ask_all(&house)), (dump(&other), ask_all(&other)));
        assert!(house.waits("two", "2"), "the question of before is open again");
        let refused = decide(&house, Verb::Undo, "one/1", None).refused;
        assert!(refused[0].contains("nothing to undo"), "{refused:?}");
    }
}

#[test]
fn a_decision_is_made_again_from_the_archive_and_what_was_known_before_it_stays_known() {
    for house in House::on_both() {
        meet(&house);
        let before = house.store().head().unwrap();
        settled(&house, Verb::Join, "two/2", Some("one/1"));
        let (event, own) = (house.event("one", "1"), "two/2");
        let served = Served::over(&house);
        let known: Moment = before.recorded_at;
        let listings = |path: &str| served.get(path)["listings"].as_array().unwrap().len();
        assert_eq!(listings(&format!("/v1/events/{event}?as_of=2024-01-15T13:00:00Z")), 2);
        assert_eq!(listings(&format!("/v1/events/{event}?as_of=2024-01-15T13:00:00Z&known_at={known}")), 1);
        // the id of before goes on working, and says so
        let old = odds::EventId::founded_by("two", "2").to_string();
        let told = served.get(&format!("/v1/events/{old}/odds?as_of=2024-01-15T13:00:00Z"));
        assert_eq!((told["id"].as_str(), told["asked_as"].as_str()), (Some(event.as_str()), Some(old.as_str())));
        assert!(served.get(&format!("/v1/events/{old}?known_at={known}")).get("asked_as").is_none());
        let decided = served.get("/v1/decisions?kind=joined")["decisions"][0].clone();
        assert_eq!((decided["rule"].as_str(), decided["decided_by"].as_str()), (Some("person/join"), Some("ana")));
        assert_eq!(decided["evidence"]["reason"], "as the league says");
        // the stream tells of it where it lies, and of what came before as it was then
        let changes = served.get("/v1/changes?after=0&limit=500");
        let of_two = |kind: &str| -> Vec<String> {
            let all = changes["changes"].as_array().unwrap().iter();
            let own = all.filter(|change| change["kind"] == kind && change["provider"] == "two");
            own.map(|change| change["event"].as_str().unwrap().to_owned()).collect()
        };
        assert!(of_two("quote").iter().all(|event| *event == old), "{own} was an event of its own when its prices came");
        assert_eq!(of_two("decision"), [old, event.clone()]);

        let again = House::sqlite();
        let archive = house.store().archive();
        let rebuilt =
            store::Store::open(&format!("sqlite:{}", again.folder.path().join("again.sqlite").display()), None, archive.folder()).unwrap();
        let clock = std::sync::Arc::new(super::rig::Hand(house.clock.clone()));
        let recorder = predictive_play::record::Recorder::new(std::sync::Arc::new(rebuilt), super::rig::providers(), clock);
        rebuild::rebuild(&recorder, &mut |_, _| {}).unwrap();
        assert_eq!(rebuild::compare(house.store(), recorder.store()).unwrap(), None);
        assert_eq!(recorder.store().listing_of("two", "2").unwrap().unwrap().event.to_string(), event);
    }
}

fn another(house: &House) -> Recorder {
    Recorder::new(Arc::clone(house.store()), super::rig::providers(), Arc::new(super::rig::Hand(house.clock.clone())))
}

#[test]
fn of_two_who_decide_about_a_listing_at_once_one_wins_and_the_other_is_told() {
    const OVERTAKEN: &str = "somebody else decided";
    for house in House::on_both() {
        meet(&house);
        house.take("three", "2024-01-15T12:02:00Z", &[celtics("3", "2024-01-16T05:00:00Z")]);
        let events = || [("one", "1"), ("two", "2"), ("three", "3")].map(|(provider, id)| house.event(provider, id));
        let met = events();
        let (ana, ben) = (another(&house), another(&house));
        let judged = |who: &Recorder, what, listing, with: Option<&str>| {
            let judged = who.judge_listing(&decision(&house, what, listing, with)).unwrap();
            house.clock.advance_micros(1_000_000);
            judged
        };
        // which event it is: both found it alone
        let (first, second) = (judged(&ana, Verb::Join, "two/2", Some("one/1")), judged(&ben, Verb::Join, "two/2", Some("three/3")));
        let won = ben.settle_listing(&second).unwrap();
        assert!(won.refused.is_empty() && won.decided.len() == 1, "{won:?}");
        let lost = ana.settle_listing(&first).unwrap();
        assert!(lost.refused.concat().contains(OVERTAKEN) && lost.decided.is_empty(), "{lost:?}");
        assert_eq!(events(), [met[0].clone(), met[2].clone(), met[2].clone()]);
        // what it is to be one with was decided about by another
        let third = judged(&ana, Verb::Join, "one/1", Some("two/2"));
        settled(&house, Verb::Split, "two/2", None);
        assert!(ana.settle_listing(&third).unwrap().refused.concat().contains(OVERTAKEN));
        // the last word is taken back by both at once: the word before it stands, and not the one before that
        let both = [&ana, &ben].map(|who| (who, judged(who, Verb::Undo, "two/2", None)));
        let refused = both.map(|(who, judged)| who.settle_listing(&judged).unwrap().refused);
        assert!(refused[0].is_empty() && refused[1].concat().contains(OVERTAKEN), "{refused:?}");
        assert_eq!(events(), [met[0].clone(), met[2].clone(), met[2].clone()], "the join of before the split");
        // a pair that was refused places nothing, and is a word too
        settled(&house, Verb::Refuse, "two/2", Some("one/1"));
        let both = [&ana, &ben].map(|who| (who, judged(who, Verb::Undo, "two/2", None)));
        assert_eq!(both.map(|(who, judged)| who.settle_listing(&judged).unwrap().refused.len()), [0, 1]);
        assert_eq!(house.event("two", "2"), met[2]);
        // what arrives in between changes nothing of it
        let split = judged(&ana, Verb::Split, "two/2", None);
        go_on(&house);
        assert_eq!(ana.settle_listing(&split).unwrap().refused, [""; 0]);
        assert_eq!(events(), met);

        let again = House::sqlite();
        let archive = house.store().archive();
        let address = format!("sqlite:{}", again.folder.path().join("again.sqlite").display());
        let rebuilt = store::Store::open(&address, None, archive.folder()).unwrap();
        let recorder = Recorder::new(Arc::new(rebuilt), super::rig::providers(), Arc::new(super::rig::Hand(house.clock.clone())));
        rebuild::rebuild(&recorder, &mut |_, _| {}).unwrap();
        assert_eq!(rebuild::compare(house.store(), recorder.store()).unwrap(), None, "the same from the archive");
    }
}

#[test]
fn a_pair_that_was_refused_is_never_offered_again() {
    let house = House::sqlite();
    meet(&house);
    assert!(house.waits("two", "2"));
    settled(&house, Verb::Refuse, "two/2", Some("one/1"));
    assert!(!house.waits("two", "2"));
    assert_eq!(Served::over(&house).get("/v1/decisions?waiting=true")["decisions"].as_array().unwrap().len(), 0);
    // the start moves to that of the other: by rule they would be one now
    house.take("two", "2024-01-15T13:00:00Z", &[celtics("2", START)]);
    assert_ne!(house.event("one", "1"), house.event("two", "2"));
    settled(&house, Verb::Undo, "two/2", None);
    assert!(house.waits("two", "2"), "refusing was taken back");
}

#[test]
fn joining_takes_along_what_was_one_with_it_and_a_founder_that_leaves_keeps_its_id() {
    let house = House::sqlite();
    meet(&house);
    house.take("three", "2024-01-15T12:02:00Z", &[celtics("3", "2024-01-16T02:05:00Z")]);
    let [one, two, three] = [("one", "1"), ("two", "2"), ("three", "3")].map(|(provider, id)| house.event(provider, id));
    assert!(three == two && one != two, "within half an hour of the second alone");
    settled(&house, Verb::Join, "two/2", Some("one/1"));
    assert_eq!((house.event("two", "2"), house.event("three", "3")), (one.clone(), one.clone()));
    settled(&house, Verb::Split, "one/1", None);
    assert_eq!(house.event("one", "1"), one);
    assert_eq!((house.event("two", "2"), house.event("three", "3")), (two.clone(), two));
    settled(&house, Verb::Undo, "one/1", None);
    assert_eq!(house.event("three", "3"), one);
}

#[test]
fn what_cannot_be_decided_says_why_and_changes_nothing() {
    let house = House::sqlite();
    meet(&house);
    let why = |what, listing, with| decide(&house, what, listing, with).refused.join("; ");
    assert!(why(Verb::Join, "two/9", Some("one/1")).contains("two has no listing \"9\""));
    assert!(why(Verb::Join, "two/2", Some("nobody/1")).contains("nobody has no listing"));
    assert!(why(Verb::Split, "two/2", None).contains("of its own already"));
    assert!(why(Verb::Undo, "two/2", None).contains("nothing to undo"));
    assert!(why(Verb::Join, "two/2", None).contains("name the other"));
    settled(&house, Verb::Join, "two/2", Some("one/1"));
    assert!(why(Verb::Join, "two/2", Some("one/1")).contains("already"));
    assert!(why(Verb::Refuse, "two/2", Some("one/1")).contains("split them first"));
    let listing = house.store().listing_of("two", "2").unwrap().unwrap();
    assert_eq!(house.store().decisions_of(listing.id, Seq(i64::MAX)).unwrap().len(), 2);
}

#[test]
fn only_a_key_that_may_decides_over_http() {
    let house = House::sqlite();
    meet(&house);
    let (_, reads) = house.store().create_key("reader", [1; 32], house.clock.now()).unwrap();
    let (_, may) = house.store().create_key_that("ana", true, [2; 32], house.clock.now()).unwrap();
    let served = Served::over(&house);
    let join = json!({ "what": "join", "listing": { "provider": "two", "id": "2" }, "with": { "provider": "one", "id": "1" }, "reason": "one game" });
    assert_eq!(served.decide(None, &join).0, 401);
    assert_eq!(served.decide(Some("pp_wrong"), &join).0, 401);
    let (status, told) = served.decide(Some(&reads), &join);
    assert!(status == 403 && told["detail"].as_str().unwrap().contains("--may-decide"), "{told}");
    assert_ne!(house.event("one", "1"), house.event("two", "2"));
    for (wrong, told) in [
        (json!({ "what": "guess" }), "guess"),
        (json!({ "what": "split", "listing": { "provider": "two", "id": "2" }, "sure": true }), "sure"),
        (json!({ "what": "join", "listing": { "provider": "two", "id": "2" } }), "name the other"),
    ] {
        let (status, problem) = served.decide(Some(&may), &wrong);
        assert!(status == 400 && problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
    let (status, made) = served.decide(Some(&may), &join);
    assert_eq!(
        (status, made["decisions"][0]["kind"].as_str(), made["decisions"][0]["decided_by"].as_str()),
        (200, Some("joined"), Some("ana"))
    );
    assert_eq!(house.event("one", "1"), house.event("two", "2"));
    assert_eq!(served.get(&format!("/v1/replies/{}", made["reply"].as_str().unwrap()))["provider"], "person");
    assert_eq!(served.decide(Some(&may), &join).0, 409);
    let listing = served.get("/v1/listings/two/2");
    assert_eq!(listing["decisions"].as_array().unwrap().len(), 2);
}
