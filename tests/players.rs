//! Players, from names in the log to answers and SQL, on both engines: one player under two spellings, two of one name, decisions of a
//! person that are undone, and a directory that is made again from the log.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/learns.rs"]
mod learns;

use std::sync::Arc;

use common::Served;
use learns::Learns;
use odds::decision::{Decision, ListingName, Subject, Verb};
use odds::reply::Request;
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, PlayersFollower};
use predictive_play::record::Recorder;
use providers::person;
use serde_json::{Value, json};

const AT: &str = "2024-01-15T12:00:00Z";

fn engines() -> Vec<(Served, Option<testkit::postgres::TestDatabase>)> {
    let postgres = testkit::postgres::shared().map(|cluster| {
        let database = cluster.database();
        (Served::empty_at(&database.url), Some(database))
    });
    std::iter::once((Served::empty(), None)).chain(postgres).collect()
}

fn players(served: &Served) -> Follower<PlayersFollower> {
    Follower::new(Arc::clone(&served.state.store), Arc::new(WallClock::default()), PlayersFollower::new(Providers::all()))
}

fn get(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.get(path))
}

/// Props of a provider in the shape of The Odds API on one game of the NBA.
fn props(served: &Served, event: &str, (home, away): (&str, &str), names: &[&str]) {
    let outcome = |name: &&str| {
        let side = |side: &str| json!({ "name": side, "description": name, "price": 1.9, "point": 20.5 });
        [side("Over"), side("Under")]
    };
    let outcomes: Vec<Value> = names.iter().flat_map(outcome).collect();
    let market = json!({ "key": "player_points", "last_update": AT, "outcomes": outcomes });
    let body = json!({
        "id": event, "sport_key": "basketball_nba", "sport_title": "NBA", "commence_time": "2024-01-16T00:00:00Z",
        "home_team": home, "away_team": away,
        "bookmakers": [{ "key": "fanduel", "title": "FanDuel", "last_update": AT, "markets": [market] }],
    });
    let request = Request::to(format!("/v4/sports/basketball_nba/events/{event}/odds"))
        .with("regions", "us")
        .with("markets", "player_points")
        .with("oddsFormat", "decimal");
    served.take("the-odds-api", "event_odds", &request, AT, body.to_string().as_bytes());
}

fn injuries(served: &Served, players: &[(&str, &str, &str)]) {
    let of = |(id, name, team): &(&str, &str, &str)| {
        json!({ "id": team, "displayName": team, "injuries": [{ "id": id, "status": "Out", "date": "2024-01-15T10:00Z",
            "athlete": { "displayName": name, "links": [{ "href": format!("https://www.espn.com/nba/player/_/id/{id}/x") }] } }] })
    };
    let body = json!({ "timestamp": AT, "status": "success", "injuries": players.iter().map(of).collect::<Vec<_>>() });
    let request = Request::to("/apis/site/v2/sports/basketball/nba/injuries");
    served.take("espn", "injuries", &request, AT, body.to_string().as_bytes());
}

fn decide(served: &Served, what: Verb, name: (&str, &str), with: Option<(&str, &str)>, made_at: &str) {
    let decision = decision(what, name, with, made_at);
    served.take(person::KEY, person::ENDPOINT, &person::request(), made_at, &person::document(&decision));
    served.follow_players();
}

fn decision(what: Verb, name: (&str, &str), with: Option<(&str, &str)>, made_at: &str) -> Decision {
    let named = |(provider, id): (&str, &str)| ListingName { provider: provider.to_owned(), id: id.to_owned() };
    Decision {
        what,
        subject: Subject::Player,
        listing: named(name),
        with: with.map(named),
        event: None,
        reason: "I know him".to_owned(),
        by: "ana".to_owned(),
        made_at: made_at.parse().unwrap(),
        found: None,
    }
}

const NAMES: &str = "select provider || ' ' || reference || ' ' || name || ' ' || decided || ' ' || rule || ' ' || decided_by || ' '
    || cast(is_waiting as text) || ' ' || player_id || ' ' || detail from @player_names order by provider, reference";

fn told(served: &Served) {
    injuries(served, &[("11", "Nicolas Claxton", "Brooklyn Nets"), ("12", "Jaylin Williams", "Oklahoma City Thunder")]);
    props(
        served,
        "e912304de2b2ce35b473ce2ecd3d1502",
        ("Brooklyn Nets", "Oklahoma City Thunder"),
        &["Nic Claxton", "J. Williams", "Cam Thomas"],
    );
    served.follow_players();
}

#[test]
fn one_player_is_one_under_two_spellings_of_two_providers() {
    for (served, _database) in engines() {
        told(&served);
        let found = get(&served, "/v1/players?sport=basketball.nba&name=Nic%20Claxton");
        let claxton = &found["players"][0];
        assert_eq!(found["players"].as_array().unwrap().len(), 1, "{found}");
        let id = claxton["id"].as_str().unwrap();
        assert_eq!(claxton["aliases"].as_array().unwrap().len(), 2, "{claxton}");
        assert_eq!(claxton["teams"][0]["team"], json!("Brooklyn Nets"), "{claxton}");
        for asked in [id, "Nicolas%20Claxton", "nic%20claxton"] {
            let props = get(&served, &format!("/v1/events/e912304de2b2ce35b473ce2ecd3d1502/props?player={asked}"));
            let quotes = props["quotes"].as_array().unwrap();
            assert_eq!(quotes.len(), 2, "{asked}: {props}");
            assert!(quotes.iter().all(|quote| quote["player_id"] == json!(id) && quote["subject"] == json!("Nic Claxton")), "{quotes:?}");
        }
        let hurt = get(&served, "/v1/injuries?player=Nic%20Claxton");
        assert_eq!(hurt["injuries"][0]["player_id"], json!(id), "{hurt}");
        assert_eq!(
            served.sql("select player_name || ' ' || team || ' ' || league from @players where player_name like '%Claxton'"),
            ["Nicolas Claxton Brooklyn Nets basketball.nba"]
        );
    }
}

#[test]
fn a_first_letter_waits_and_a_persons_word_stands_until_it_is_undone() {
    for (served, _database) in engines() {
        told(&served);
        let waiting = "select name from @player_names where is_waiting = 1";
        assert_eq!(served.sql(waiting), ["J. Williams"]);
        let before = served.sql(NAMES);
        decide(&served, Verb::Join, ("the-odds-api", "jwilliams"), Some(("espn", "12")), "2024-01-15T13:00:00Z");
        assert!(served.sql(waiting).is_empty());
        let of_williams = "select cast(count(distinct player_id) as text) from @player_names where name like '%Williams'";
        assert_eq!(served.sql(of_williams), ["1"]);
        decide(&served, Verb::Undo, ("the-odds-api", "jwilliams"), None, "2024-01-15T14:00:00Z");
        assert_eq!(served.sql(NAMES), before, "as if it had never been decided");
    }
}

#[test]
fn the_directory_is_made_again_from_the_log_to_the_same_rows() {
    for (served, _database) in engines() {
        told(&served);
        decide(&served, Verb::Join, ("the-odds-api", "jwilliams"), Some(("espn", "12")), "2024-01-15T13:00:00Z");
        let (names, players_before) = (served.sql(NAMES), served.sql("select detail from @player_directory order by player_id"));
        let mut follower = players(&served);
        follower.reset().unwrap();
        assert!(served.sql("select name from @player_names").is_empty());
        follower.catch_up().unwrap();
        assert_eq!(served.sql(NAMES), names);
        assert_eq!(served.sql("select detail from @player_directory order by player_id"), players_before);
    }
}

#[test]
fn a_decision_about_a_player_is_taken_over_http_and_what_cannot_be_is_refused_before_it_is_in_the_log() {
    for (served, _database) in engines() {
        let served = served.live();
        told(&served);
        let (_, key) = served.state.store.create_key_that("ana", true, [2; 32], served.clock.now()).unwrap();
        let decide = |decision: &Value| tokio::runtime::Runtime::new().unwrap().block_on(served.decide(&key, decision));
        let williams = json!({ "provider": "the-odds-api", "id": "jwilliams" });
        let head = served.state.store.head().unwrap().seq;
        for (wrong, why) in [
            (
                json!({ "what": "join", "subject": "player", "listing": williams, "with": { "provider": "espn", "id": "99" } }),
                "names no player",
            ),
            (json!({ "what": "split", "subject": "player", "listing": williams }), "a player of its own already"),
            (json!({ "what": "undo", "subject": "player", "listing": williams }), "nothing to undo"),
            (json!({ "what": "join", "subject": "player", "listing": williams, "event": "12" }), "no player's id"),
        ] {
            let (status, problem) = decide(&wrong);
            assert_eq!(status, 409, "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains(why), "{why}: {problem}");
        }
        assert_eq!(served.state.store.head().unwrap().seq, head, "nothing of it is in the log");
        let join = json!({ "what": "join", "subject": "player", "listing": williams, "with": { "provider": "espn", "id": "12" }, "reason": "seen" });
        let (status, made) = decide(&join);
        assert_eq!(status, 200, "{made}");
        let hurt = get(&served, "/v1/injuries?player=Jaylin%20Williams");
        assert_eq!(made["player_id"], hurt["injuries"][0]["player_id"], "{made} {hurt}");
        assert!(made["player_id"].is_string() && served.sql("select name from @player_names where is_waiting = 1").is_empty());
        assert_eq!(decide(&join).0, 409, "he is it already");
    }
}

#[test]
fn of_two_who_decide_about_a_name_at_once_one_wins_and_the_other_is_told() {
    const WILLIAMS: (&str, &str) = ("the-odds-api", "jwilliams");
    let is = |provider, id| (WILLIAMS, Some((provider, id)));
    for (served, _database) in engines() {
        told(&served);
        let (ana, ben) = (served.another_recorder(), served.another_recorder());
        let judged = |who: &Recorder, what, (name, with), at: &str| who.judge_player(&decision(what, name, with, at)).unwrap().unwrap();
        // whom he is: both found him waiting
        let first = judged(&ana, Verb::Join, is("espn", "12"), "2024-01-15T13:00:00Z");
        let second = judged(&ben, Verb::Join, is("espn", "11"), "2024-01-15T13:00:01Z");
        let won = ben.settle_player(second).unwrap();
        assert!(won.refused.is_empty() && won.player.is_some(), "{won:?}");
        let lost = ana.settle_player(first).unwrap();
        assert!(lost.refused.concat().contains("somebody else decided") && lost.player.is_none(), "{lost:?}");
        let of_him = "select player_id from @player_names where reference = 'jwilliams'";
        assert_eq!(served.sql(of_him), [won.player.unwrap().to_string()]);
        // the last word is taken back by both at once: the word before it stands
        decide(&served, Verb::Join, WILLIAMS, Some(("espn", "12")), "2024-01-15T14:00:00Z");
        let undone = [("2024-01-15T15:00:00Z", &ana), ("2024-01-15T15:00:01Z", &ben)]
            .map(|(at, who)| (who, judged(who, Verb::Undo, (WILLIAMS, None), at)))
            .map(|(who, judged)| who.settle_player(judged).unwrap().refused.len());
        assert_eq!(undone, [0, 1]);
        assert_eq!(served.sql(of_him), [won.player.unwrap().to_string()], "and not the one before that");
        // names of others in between change nothing of it
        let third = judged(&ana, Verb::Split, (WILLIAMS, None), "2024-01-15T16:00:00Z");
        injuries(&served, &[("13", "Aaron Wiggins", "Oklahoma City Thunder")]);
        assert_eq!(ana.settle_player(third).unwrap().refused, [""; 0]);
        let rows = served.sql(NAMES);
        let mut follower = players(&served);
        follower.reset().unwrap();
        follower.catch_up().unwrap();
        assert_eq!(served.sql(NAMES), rows, "the same from the beginning of the log");
    }
}

#[test]
fn rows_of_props_and_of_figures_name_the_player() {
    let served = Served::with_a_box_score();
    served.follow_players();
    let stats = get(&served, "/v1/stats?player=wes%20wide");
    let id = stats["stats"][0]["player_id"].as_str().unwrap_or_else(|| panic!("{stats}"));
    let by_id = get(&served, &format!("/v1/stats?player={id}"));
    assert_eq!(by_id["stats"], stats["stats"], "asked by his id");
    let known = get(&served, "/v1/players?sport=football.nfl&name=wes%20wide");
    assert_eq!(known["players"][0]["id"], json!(id), "{known}");

    let served = Served::empty();
    told(&served);
    let props = get(&served, "/v1/props?sport=basketball.nba&player=nic%20claxton&from=2024-01-01T00:00:00Z");
    let known = get(&served, "/v1/players?sport=basketball.nba&name=nic%20claxton");
    let quotes = props["events"][0]["quotes"].as_array().unwrap_or_else(|| panic!("{props}"));
    assert!(!quotes.is_empty() && quotes.iter().all(|quote| quote["player_id"] == known["players"][0]["id"]), "{props}");
}

/// The follower as a version of the meaning of The Odds API makes it; the first knows no points.
fn by_version(served: &Served, version: u16) -> Follower<PlayersFollower> {
    let mut providers = Providers::all();
    providers.add(Learns { version });
    Follower::new(Arc::clone(&served.state.store), Arc::new(WallClock::default()), PlayersFollower::new(providers))
}

#[test]
fn names_that_a_newer_meaning_finds_come_into_the_directory_as_if_they_had_always_been_there() {
    for (served, _database) in engines() {
        injuries(&served, &[("11", "Nicolas Claxton", "Brooklyn Nets")]);
        let game = ("e912304de2b2ce35b473ce2ecd3d1502", ("Brooklyn Nets", "Oklahoma City Thunder"));
        props(&served, game.0, game.1, &["Nic Claxton", "Cam Thomas"]);
        by_version(&served, 1).catch_up().unwrap();
        assert!(!served.sql(NAMES).concat().contains("Thomas"), "the props are not understood");
        let rows = |served: &Served| [NAMES, "select detail from @player_directory order by player_id"].map(|of| served.sql(of));
        for _ in 0..2 {
            by_version(&served, 2).catch_up().unwrap();
            let made = rows(&served);
            assert_eq!(
                get(&served, "/v1/players?name=Cam%20Thomas")["players"].as_array().unwrap().len(),
                1,
                "the answers know it at once"
            );
            let mut anew = by_version(&served, 2);
            anew.reset().unwrap();
            anew.catch_up().unwrap();
            assert_eq!(rows(&served), made);
        }
    }
}

#[test]
fn newer_rules_read_every_name_again_and_a_report_says_who_is_somebody_else() {
    let by_rules = |served: &Served, version| {
        let follows = PlayersFollower::new(Providers::all()).by_rules(version);
        Follower::new(Arc::clone(&served.state.store), Arc::new(WallClock::default()), follows).catch_up().unwrap();
    };
    for (served, _database) in engines() {
        by_rules(&served, 1);
        told(&served);
        decide(&served, Verb::Join, ("the-odds-api", "jwilliams"), Some(("espn", "12")), "2024-01-15T13:00:00Z");
        let (rows, head) = (served.sql(NAMES), served.state.store.head().unwrap().seq);
        // what rules of before would have made of it: one who is known by a short form was somebody else
        let alone =
            "update @player_names set player_id = own_id, rule = 'player/alone/1', detail = replace(replace(detail, player_id, own_id),
            rule, 'player/alone/1') where reference = 'nicclaxton'";
        assert_eq!(served.execute(alone), 1);
        let older = served.sql(NAMES);
        assert_ne!(older, rows);
        by_rules(&served, 1);
        assert_eq!(served.sql(NAMES), older, "by the rules of before nothing is read again");
        assert!(served.state.store.meaning_changes().unwrap().is_empty());
        for _ in 0..2 {
            by_rules(&served, 2);
            assert_eq!(served.sql(NAMES), rows, "and what a person decided stands");
            let [change] = &served.state.store.meaning_changes().unwrap()[..] else { panic!("one change, told once") };
            assert_eq!((change.from_version, change.to_version, change.slots), (1, 2, 1));
            assert_eq!(
                [&*change.provider, &change.sport, &change.was, &change.fields],
                ["the-odds-api", "basketball.nba", "player/alone", "player"]
            );
            assert_eq!(get(&served, "/v1/players?name=Nic%20Claxton")["players"][0]["aliases"].as_array().unwrap().len(), 2);
        }
        assert_eq!(served.state.store.head().unwrap().seq, head, "the log is as it was");
    }
}

#[test]
fn ten_or_more_is_over_nine_and_a_half_and_says_that_it_was_said_so() {
    let contract = |label: &str, kind: &str| {
        json!({ "ticker": format!("KXNBAPTS-24JAN15OKCBKN-{kind}"), "event_ticker": "KXNBAPTS-24JAN15OKCBKN", "title": "Oklahoma City vs Brooklyn winner?",
            "yes_sub_title": label, "status": "active", "yes_ask_dollars": "0.4000", "yes_bid_dollars": "0.3900" })
    };
    let body = json!({ "cursor": "", "markets": [contract("Cam Thomas: 10+", "CT10")] });
    for (served, _database) in engines() {
        let request = Request::to("/trade-api/v2/markets").with("series_ticker", "KXNBAPTS").with("status", "open").with("limit", "1000");
        served.take("kalshi", "markets", &request, AT, body.to_string().as_bytes());
        props(&served, "e912304de2b2ce35b473ce2ecd3d1502", ("Brooklyn Nets", "Oklahoma City Thunder"), &["Cam Thomas"]);
        served.follow();
        let event = served.sql("select event_id from @event_rows where provider = 'kalshi'").remove(0);
        let is_of_kalshi = |told: &&Value| told["provider"] == json!("kalshi");
        let said_so = |told: &Value| told.get("is_milestone") == Some(&json!(true)) && told["line"] == json!(9.5);
        for (path, key) in [("props", "quotes"), ("odds", "quotes"), ("history", "changes")] {
            let answer = get(&served, &format!("/v1/events/{event}/{path}"));
            let (told, others): (Vec<&Value>, Vec<&Value>) = answer[key].as_array().unwrap().iter().partition(is_of_kalshi);
            assert!(!told.is_empty() && told.iter().all(|told| said_so(told)), "{path}: {answer}");
            assert!(!others.is_empty() && others.iter().all(|told| told.get("is_milestone").is_none()), "{path}: {answer}");
        }
        let said = "select distinct market_key from @player_props_odds where is_milestone order by market_key";
        assert!(served.sql(said).iter().all(|key| key.starts_with("KXNBAPTS")) && !served.sql(said).is_empty());
        assert!(served.sql("select market_key from @player_props_odds where not is_milestone").contains(&"player_points".to_owned()));
    }
}
