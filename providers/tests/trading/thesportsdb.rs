//! TheSportsDB: events of every standing, what the free key hides, and errors that are no JSON.

use std::time::Duration;

use odds::observation::{FactKind, ListingKind, ListingScope};
use odds::reply::Request;
use providers::thesportsdb::TheSportsDb;
use providers::{Ask, Provider, Verdict, What};

use crate::{Sent, at, fact, facts, fixture, listing, listings, problems, recorded, survives};

#[test]
fn a_day_tells_starts_standings_scores_and_ids_of_others() {
    let request = Request::to("/api/v1/json/{key}/eventsday.php").with("d", "2026-04-03").with("l", "4456");
    let sent = Sent { request, ..Sent::of("eventsday") };
    sent.decode(&TheSportsDb, &fixture("thesportsdb", "eventsday_mixed.json"), |decoded| {
        let event = |id| listing(decoded, id);
        let over = event("9001");
        assert_eq!((fact(over, FactKind::Start), fact(over, FactKind::Status)), ("2026-04-03T08:40:00Z".into(), "final".into()));
        assert_eq!((fact(over, FactKind::HomeScore), fact(over, FactKind::AwayScore)), ("88".into(), "71".into()));
        assert_eq!((fact(over, FactKind::Venue), facts(over, FactKind::ExternalId)), ("Bay Oval".into(), vec!["api-football=555".into()]));
        assert_eq!(facts(over, FactKind::SideId), ["home=71", "away=72"]);
        let on_day = event("9002");
        assert_eq!((fact(on_day, FactKind::Status), fact(on_day, FactKind::Start)), ("scheduled".into(), "2026-04-03T01:00:00Z".into()));
        assert_eq!(facts(on_day, FactKind::Attribute), [r#"start={"precision":"day","closes_at":"2026-04-03T12:59:59Z"}"#]);
        let moved = event("9003");
        assert_eq!((fact(moved, FactKind::Status), fact(moved, FactKind::HomeScore)), ("postponed".into(), String::new()));
        assert_eq!(fact(moved, FactKind::Start), "2026-04-03T10:00:00Z", "a time without its zone is UTC");
        let alone = event("9004");
        assert_eq!(
            (alone.kind, fact(alone, FactKind::Title), fact(alone, FactKind::Status)),
            (ListingKind::Outright, "Season opener".into(), String::new())
        );
        assert_eq!((fact(event("9005"), FactKind::AwayScore), fact(event("9005"), FactKind::Start)), ("3".into(), String::new()));
        let mut found = problems(decoded);
        found.sort();
        let expected = [
            "events[3].strStatus missing_field",
            "events[4] missing_field",
            "events[4] missing_field",
            "events[4].strTimestamp bad_time",
            "events[5] missing_field",
            "events[6] not_the_shape",
        ];
        assert_eq!(found, expected);
        assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Unknown, "the free key cuts lists without a word");
        assert_eq!(decoded.snapshots[0].scope.sport, "4456");
    });
}

#[test]
fn midnight_of_utc_is_a_start_where_the_clock_of_the_place_says_another_time() {
    let start = |fields: &str| {
        let body = format!(r#"{{"events":[{{"idEvent":"1","idLeague":"4387","strHomeTeam":"A","strAwayTeam":"B",{fields}}}]}}"#);
        Sent::of("eventsday").decode(&TheSportsDb, body.as_bytes(), |decoded| {
            let event = listing(decoded, "1");
            (fact(event, FactKind::Start), !facts(event, FactKind::Attribute).is_empty())
        })
    };
    let utc = r#""strTimestamp":"2026-01-16T00:00:00","dateEvent":"2026-01-16","strTime":"00:00:00""#;
    let at = |moment: &str, is_day_alone| (moment.to_owned(), is_day_alone);
    let evening = start(&format!(r#"{utc},"dateEventLocal":"2026-01-15","strTimeLocal":"19:00:00""#));
    assert_eq!(evening, at("2026-01-16T00:00:00Z", false), "seven in the evening in New York");
    let untold = start(&format!(r#"{utc},"dateEventLocal":"2026-01-15","strTimeLocal":"00:00:00""#));
    assert_eq!(untold, at("2026-01-15T17:00:00Z", true), "the day is that of the place");
    assert_eq!(start(utc), at("2026-01-16T17:00:00Z", true));
    let without = r#""dateEvent":"2026-01-16","strTime":"00:00:00","dateEventLocal":"2026-01-15","strTimeLocal":"19:00:00""#;
    assert_eq!(start(without), at("2026-01-16T00:00:00Z", false));
}

#[test]
fn a_list_that_is_null_is_an_empty_one() {
    Sent::of("eventsday").decode(&TheSportsDb, br#"{"events":null}"#, |decoded| {
        assert_eq!((listings(decoded).len(), problems(decoded)), (0, vec![]));
    });
}

#[test]
fn teams_are_catalogue_rows() {
    Sent::of("lookup_all_teams").decode(&TheSportsDb, &fixture("thesportsdb", "teams.json"), |decoded| {
        let rows: Vec<String> = decoded.catalogue.iter().map(|row| format!("{:?} {} {}", row.kind, row.key, row.title)).collect();
        assert_eq!((rows, problems(decoded).len()), (vec!["Participant 71 Harbour".to_owned()], 2));
    });
}

#[test]
fn a_wrong_key_says_so_in_whatever_form() {
    let judge =
        |status: u16, body: &[u8]| Sent { status, ..Sent::of("eventsday") }.with(&TheSportsDb, body, |reply| TheSportsDb.judge(reply));
    assert!(matches!(judge(404, b"<html>Not Found</html>"), Verdict::KeyRefused(_)), "a wrong key in the path is a path that is not there");
    assert!(matches!(judge(401, b""), Verdict::KeyRefused(_)));
    assert!(matches!(judge(200, b"Invalid API Key"), Verdict::KeyRefused(_)));
    assert!(matches!(judge(200, br#"{"Message":"Invalid API key"}"#), Verdict::KeyRefused(_)));
    assert!(matches!(judge(200, br#"{"Message":"No such thing"}"#), Verdict::Refused(_)));
    assert!(matches!(judge(429, b""), Verdict::RetryAfter(Some(wait), _) if wait == Duration::from_secs(60)));
    assert!(matches!(judge(502, b"<html>"), Verdict::RetryAfter(None, _)));
    assert!(matches!(judge(200, b"<html>"), Verdict::ChangedShape(_)));
    assert!(matches!(judge(200, b""), Verdict::ChangedShape(_)));
    assert!(matches!(judge(200, br#"{"events": [{"#), Verdict::RetryAfter(None, _)));
}

#[test]
fn what_it_has_is_asked_with_a_place_for_the_key() {
    let one = |ask: &Ask| TheSportsDb.requests(ask).pop().map(|call| call.request.canonical());
    let day = Ask { day: Some("2026-04-03".into()), ..Ask::of(What::Scores, "4456") };
    assert_eq!(one(&day).as_deref(), Some(r#"{"path":"/api/v1/json/{key}/eventsday.php","query":{"d":"2026-04-03","l":"4456"}}"#));
    assert_eq!(one(&Ask::of(What::Sports, "")).as_deref(), Some(r#"{"path":"/api/v1/json/{key}/all_leagues.php"}"#));
    let event = Ask { listing: Some("441613".into()), ..Ask::of(What::Summary, "4328") };
    assert_eq!(one(&event).as_deref(), Some(r#"{"path":"/api/v1/json/{key}/lookupevent.php","query":{"id":"441613"}}"#));
    for ask in [Ask::of(What::Odds, "4456"), Ask::of(What::Events, "4456"), Ask::of(What::Participants, "afl")] {
        assert_eq!(one(&ask), None, "{ask:?}");
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    survives(&TheSportsDb, "eventsday", &fixture("thesportsdb", "eventsday_mixed.json"));
    survives(&TheSportsDb, "lookup_all_teams", &fixture("thesportsdb", "teams.json"));
}

#[test]
fn the_recorded_event_is_read_whole() {
    let Some(body) = recorded("thesportsdb/lookupevent/441613.json") else { return };
    Sent::of("lookupevent").decode(&TheSportsDb, &body, |decoded| {
        let event = listing(decoded, "441613");
        assert_eq!((problems(decoded), event.sport.as_ref()), (vec![], "4328"));
        assert_eq!(
            (fact(event, FactKind::Start), fact(event, FactKind::Home)),
            (at("2014-12-29T20:00:00Z").to_string(), "Liverpool".into())
        );
        assert_eq!((fact(event, FactKind::Status), fact(event, FactKind::HomeScore)), ("final".into(), "4".into()));
        assert_eq!(TheSportsDb.league(&event.sport).map(|league| league.key), Some("soccer.eng.1"));
    });
}
