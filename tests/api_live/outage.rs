//! The API while its database, or the replica that it reads, is away.

use super::*;

#[test]
fn an_answer_from_a_replica_tells_how_far_it_is_behind_and_one_in_its_place_does_not() {
    let Some(primary) = testkit::postgres::dedicated(&testkit::postgres::PostgresOptions::default()) else { return };
    if !primary.has_program("pg_basebackup") {
        return testkit::skipped("pg_basebackup is not installed");
    }
    let database = primary.database();
    Store::open(&database.url, None, std::env::temp_dir().join("no-archive")).unwrap();
    let mut replica = primary.replica();
    let setting = Setting { database: Some(database.url.clone()), replica: Some(replica.url(&database.name)), ..Setting::default() };
    let house = House::open(setting);
    house.record(&mut season(5), 3);
    let lag = |answer: &Answer| {
        let line = answer
            .head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("x-predictive-play-replica-lag-secs: ").map(str::to_owned));
        line.map(|value| value.parse::<f64>().unwrap())
    };
    let wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let is_so_in_time = (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            is_so()
        });
        assert!(is_so_in_time, "{what}");
    };
    wait("the replica has what was recorded", &|| {
        let answer = house.get("/v1/events?from=2020-01-01T00:00:00Z", &[]);
        answer.status == 200 && lag(&answer).is_some() && !answer.json()["events"].as_array().unwrap().is_empty()
    });
    assert_eq!(house.get("/v1/health", &[]).json()["reads"]["from"], "replica");
    replica.stop_immediate();
    wait("the primary answers in its place", &|| {
        let answer = house.get("/v1/events?from=2020-01-01T00:00:00Z", &[]);
        assert_eq!(answer.status, 200, "nobody who asks sees the replica go");
        lag(&answer).is_none()
    });
    let health = house.get("/v1/health", &[]).json();
    assert!(health["status"] == "degraded" && health["reads"]["from"] == "primary", "{health}");
    assert!(health["reasons"].as_array().unwrap().iter().any(|reason| reason["what"] == "replica"), "{health}");
}

#[test]
fn readiness_follows_the_database_down_and_up_again() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let wire = testkit::wire::Wire::to(("127.0.0.1", cluster.port()));
    let house = House::open(Setting { database: Some(wire.through(&database.url)), ..Setting::default() });
    assert_eq!(house.get("/readyz", &[]).status, 200);
    wire.break_now();
    let down = house.get("/readyz", &[]);
    assert_eq!(down.status, 503);
    assert!(down.json()["detail"].as_str().unwrap().contains("store"));
    let read = house.get("/v1/decisions", &[]);
    assert!(read.status == 503 && read.head.contains("application/problem+json"), "{} {}", read.status, read.head);
    assert!(read.json()["detail"].as_str().unwrap().contains("connecting to PostgreSQL"), "the reason is told: {}", read.json());
    let health = house.get("/v1/health", &[]);
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("degraded")));
    assert_eq!(house.get("/livez", &[]).status, 200);
    wire.mend();
    let is_back = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        house.get("/readyz", &[]).status == 200
    });
    assert!(is_back && house.get("/v1/decisions", &[]).status == 200);
    wire.stall(testkit::wire::Way::FromServer);
    assert_eq!(house.get("/readyz", &[]).status, 503, "a server that says nothing");
    wire.mend();
    assert_eq!(house.get("/readyz", &[]).status, 200);
}

#[test]
fn a_nul_letter_in_a_question_matches_nothing_and_fails_nothing_on_postgresql() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let house = House::open(Setting { database: Some(database.url.clone()), ..Setting::default() });
    for (path, status) in [
        ("/v1/listings/the-odds-api/%00", 404),
        ("/v1/listings/%00/x", 404),
        ("/v4/sports/%00/odds?regions=us", 422),
        ("/v1/events?sport=%00", 200),
        ("/v1/stats?player=%00", 200),
        ("/v1/backfill?provider=%00", 200),
    ] {
        let answer = house.get(path, &[]);
        assert_eq!(answer.status, status, "{path}: {}", answer.head);
    }
}
