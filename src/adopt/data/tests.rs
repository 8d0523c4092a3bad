//! Old rows taken over from real databases, into stores of both engines.

use std::sync::Arc;

use postgres::{Client, NoTls};
use store::adopted::Outcome;
use store::{Cut, Store};
use testkit::HandClock;
use testkit::postgres::TestDatabase;

use super::*;
use crate::clock::Clock;
use crate::decode::Providers;

struct Hand(HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.advance_micros(1)
    }
}

/// A store with its archive, gone with the value.
struct Fresh {
    recorder: Recorder,
    folder: tempfile::TempDir,
    address: String,
    _database: Option<TestDatabase>,
}

impl Fresh {
    fn all() -> Vec<Self> {
        let sqlite = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", sqlite.path().join("store.sqlite").display());
        let mut all = vec![Self::open(address, sqlite, None)];
        if let Some(cluster) = testkit::postgres::shared() {
            let database = cluster.database();
            all.push(Self::open(database.url.clone(), tempfile::tempdir().unwrap(), Some(database)));
        }
        all
    }

    fn open(address: String, folder: tempfile::TempDir, database: Option<TestDatabase>) -> Self {
        Self { recorder: recorder(&address, &folder), folder, address, _database: database }
    }

    fn store(&self) -> &Store {
        self.recorder.store()
    }

    fn dump(&self) -> String {
        let mut out = Vec::new();
        crate::dump::canonical(self.store(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Outcome, event and reason of an old event.
    fn told(&self, id: &str) -> (Outcome, Option<String>, String) {
        let row = self.store().adopted("sports_events", &uuid(id)).unwrap().unwrap_or_else(|| panic!("{id} is accounted for"));
        (row.outcome, row.event, row.reason)
    }

    fn decision(&self, id: &str) -> serde_json::Value {
        let listing = self.store().listing_of("legacy", &uuid(id)).unwrap().unwrap();
        let decided = self.store().decisions_of(listing.id, Cut::ALL.known).unwrap().pop().unwrap();
        serde_json::json!({ "kind": decided.kind, "rule": decided.rule, "evidence": serde_json::from_str::<serde_json::Value>(&decided.evidence).unwrap() })
    }
}

fn recorder(address: &str, folder: &tempfile::TempDir) -> Recorder {
    let store = Store::open(address, None, folder.path().join("archive")).unwrap();
    Recorder::new(Arc::new(store), Providers::all(), Arc::new(Hand(HandClock::at_text("2027-01-01T00:00:00Z"))))
}

/// The id of an old row by its last figures.
fn uuid(short: &str) -> String {
    format!("8b6f2c1e-6f0a-4e58-9a3f-{short:0>12}")
}

fn event_id(short: &str) -> Option<String> {
    Some(uuid(short).replace('-', ""))
}

const SCHEMA: &str = r#"
create table sports_events (id uuid primary key, sport text not null, league text not null, home_team text not null, away_team text not null,
    start_time timestamptz not null, odds jsonb not null default '{}', stats jsonb default '{}', status text default 'scheduled',
    created_at timestamptz default '2020-01-01', updated_at timestamptz default '2025-06-01', external_event_id text, source text);
create table predictions (id uuid primary key, event_id uuid, odds text, analysis text);
create table bookmakers (id uuid primary key, bookmaker_key varchar(50) not null, name text);
create table market_types (id uuid primary key, market_key varchar(50) not null);
create table odds_data (id bigserial primary key, event_id uuid, bookmaker_id uuid, market_type_id uuid, outcome_name text,
    outcome_price numeric(10,2), outcome_point numeric(10,2), implied_probability numeric(5,4), last_update timestamptz);
create table injury_reports (id bigserial primary key, event_id uuid, player_name text, injury_status text, reported_at timestamptz);
"#;

/// An old event: last figures of its id, league, sides, start, and further columns with their values.
fn event(id: &str, league: &str, sides: (&str, &str), start: &str, more: &[(&str, &str)]) -> String {
    let columns: String = more.iter().map(|(column, _)| format!(", {column}")).collect();
    let values: String = more.iter().map(|(_, value)| format!(", '{value}'")).collect();
    format!(
        "insert into sports_events (id, sport, league, home_team, away_team, start_time{columns})
         values ('{}', '{league}', '{league}', '{}', '{}', '{start}'{values});",
        uuid(id),
        sides.0,
        sides.1
    )
}

fn old_database(statements: &str) -> Option<TestDatabase> {
    let database = testkit::postgres::shared()?.database();
    database.execute(&format!("{SCHEMA}{statements}"));
    Some(database)
}

fn take_over(old: &TestDatabase, recorder: &Recorder) -> Progress {
    let mut client = Client::connect(&old.url, NoTls).unwrap();
    migrate(&mut client, "public", recorder, &mut |_| {}).unwrap()
}

const CLIPPERS: (&str, &str) = ("LA Clippers", "Boston Celtics");

fn small() -> String {
    [
        event("1", "NBA", CLIPPERS, "2024-01-15T03:30Z", &[
            ("status", "completed"),
            ("odds", r#"{"moneyline": {"home": -110, "away": "+105"}}"#),
            ("stats", r#"{"home_score": "112", "away_score": 108}"#),
            ("updated_at", "2024-01-15T06:30Z"),
        ]),
        event("2", "NBA", ("Los Angeles Clippers", "Boston"), "2024-01-15T03:30Z", &[("source", "ESPN"), ("external_event_id", "401585183")]),
        event("3", "NBA", ("Miami Heat", "Utah Jazz"), "2027-01-16T00:00Z", &[("odds", r#"{"homeOdds": 1.91, "awayOdds": 1.95}"#)]),
        "insert into bookmakers values ('00000000-0000-4000-8000-00000000000b', 'draftkings', 'DraftKings');
         insert into market_types values ('00000000-0000-4000-8000-00000000000c', 'h2h');"
            .to_owned(),
        format!(
            "insert into odds_data (event_id, bookmaker_id, market_type_id, outcome_name, outcome_price, last_update)
             select '{}'::uuid, '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000c', name, price, at
             from (values ('LA Clippers', -110, timestamptz '2024-01-15T02:00Z'), ('Boston Celtics', -110, '2024-01-15T02:00Z'),
                 ('LA Clippers', -125, '2024-01-15T03:00Z')) as said (name, price, at);
             insert into odds_data (event_id, outcome_name, outcome_price) values ('{}', 'nobody', -110);
             insert into predictions values ('00000000-0000-4000-8000-0000000000aa', '{}', '+2.5 (-105)', 'private words');
             insert into injury_reports (event_id, player_name, injury_status, reported_at) values ('{}', 'Kawhi Leonard', 'Out', '2024-01-14T12:00Z');",
            uuid("1"),
            uuid("999"),
            uuid("2"),
            uuid("1")
        ),
    ]
    .concat()
}

#[test]
fn every_old_row_is_accounted_for_and_its_quotes_have_the_moments_of_their_rows() {
    let Some(old) = old_database(&small()) else { return };
    for fresh in Fresh::all() {
        let progress = take_over(&old, &fresh.recorder);
        assert_eq!((progress.read, progress.known, progress.recorded), (10, 0, 10));
        let counts = fresh.store().adopted_counts().unwrap();
        let told: Vec<String> = counts.iter().map(|(table, outcome, count)| format!("{table} {} {count}", outcome.as_str())).collect();
        assert_eq!(
            told,
            [
                "bookmakers adopted 1",
                "injury_reports adopted 1",
                "odds_data adopted 3",
                "odds_data refused 1",
                "predictions adopted 1",
                "sports_events adopted 2",
                "sports_events joined 1",
            ]
        );
        let listing = fresh.store().listing_of("legacy", &uuid("1")).unwrap().unwrap();
        assert_eq!((listing.league.as_deref(), listing.event.to_string()), (Some("basketball.nba"), event_id("1").unwrap()));
        let at = |as_of: &str| {
            let cut = Cut { as_of: as_of.parse().unwrap(), ..Cut::ALL };
            let kept = fresh.store().board(listing.clone(), cut).unwrap();
            let prices = kept.board.slots().iter().enumerate().filter_map(|(at, slot)| {
                let words = kept.names.words(odds::SlotNo(at as u32))?;
                Some(format!("{} {} {}", words.book, words.name, slot.value?.price()?.american()))
            });
            prices.collect::<Vec<_>>()
        };
        assert_eq!(at("2024-01-15T01:59:59Z"), [""; 0], "nothing can look ahead");
        assert_eq!(at("2024-01-15T02:30:00Z"), ["draftkings LA Clippers -110", "draftkings Boston Celtics -110"]);
        assert_eq!(at("2024-01-15T03:00:00Z"), ["draftkings LA Clippers -125", "draftkings Boston Celtics -110"]);
        assert_eq!(at("2024-01-15T06:30:00Z").len(), 4, "the row's own odds are of its last write");
        assert!(!fresh.dump().contains("private words"), "what people wrote stays where it is");
        if let Some(database) = &fresh._database {
            let query = "select string_agg(old_table || ' ' || right(old_id, 2) || ' ' || right(event_id, 1), ', ' order by 1) from
                (select * from predictive_play.adopted where old_table = 'sports_events' order by old_id) as rows";
            assert_eq!(database.text(query).as_deref(), Some("sports_events 01 1, sports_events 02 1, sports_events 03 3"));
        }
    }
}

#[test]
fn a_second_run_changes_nothing_and_a_third_takes_what_the_old_scripts_wrote_meanwhile() {
    let Some(old) = old_database(&small()) else { return };
    for fresh in Fresh::all() {
        take_over(&old, &fresh.recorder);
        let (dump, seq) = (fresh.dump(), fresh.store().head().unwrap().seq);
        let again = take_over(&old, &fresh.recorder);
        assert_eq!((again.known, again.recorded, again.pages), (10, 0, 0));
        assert_eq!((fresh.dump(), fresh.store().head().unwrap().seq), (dump, seq));
        old.execute(&format!(
            "update sports_events set status = 'cancelled', updated_at = now() where id = '{}';
             insert into odds_data (event_id, outcome_name, outcome_price, last_update) values ('{}', 'Draw', 900, '2026-01-01');",
            uuid("3"),
            uuid("1")
        ));
        let third = take_over(&old, &fresh.recorder);
        assert_eq!((third.known, third.recorded), (9, 2));
        assert_eq!(fresh.told("3").0, Outcome::Adopted);
        assert_eq!(fresh.store().listing_of("legacy", &uuid("3")).unwrap().unwrap().status.as_deref(), Some("cancelled"));
        old.execute(&format!("delete from odds_data where outcome_name = 'Draw'; update sports_events set status = 'scheduled', updated_at = '2025-06-01' where id = '{}'", uuid("3")));
    }
}

#[test]
fn a_new_line_of_a_player_brings_those_of_the_others_along() {
    let line = |player: &str, at: &str| {
        format!(
            "insert into player_game_stats (event_id, player_name, stats, created_at) values ('{}', '{player}', '{{\"points\": 9}}', '{at}');",
            uuid("1")
        )
    };
    let rows = [
        event("1", "NBA", CLIPPERS, "2024-01-15T03:30Z", &[("status", "completed"), ("updated_at", "2024-01-15T06:30Z")]),
        "create table player_game_stats (id bigserial primary key, event_id uuid, player_name text, stats jsonb, created_at timestamptz);"
            .to_owned(),
        line("Al Ash", "2024-01-15T07:00Z"),
        line("Bo Birch", "2024-01-15T07:01Z"),
    ];
    let Some(old) = old_database(&rows.concat()) else { return };
    for fresh in Fresh::all() {
        let told = |as_of: &str| {
            let listing = fresh.store().listing_of("legacy", &uuid("1")).unwrap().unwrap();
            let kept = fresh.store().board(listing, Cut { as_of: as_of.parse().unwrap(), ..Cut::ALL }).unwrap();
            let lines = kept.board.facts_of(odds::observation::FactKind::Stat).filter(|(_, fact)| fact.value.is_some());
            lines.map(|(player, _)| player.to_string()).collect::<Vec<_>>().join(", ")
        };
        take_over(&old, &fresh.recorder);
        assert_eq!((told("2024-01-15T07:00:30Z"), told("2024-01-16T00:00:00Z")), (String::new(), "Al Ash, Bo Birch".to_owned()));
        old.execute(&line("Cy Cedar", "2024-01-16T12:00Z"));
        let again = take_over(&old, &fresh.recorder);
        assert_eq!((again.known, again.recorded), (1, 3));
        assert_eq!(told("2024-01-17T00:00:00Z"), "Al Ash, Bo Birch, Cy Cedar");
        assert_eq!(take_over(&old, &fresh.recorder).recorded, 0);
        assert_eq!(fresh.store().adopted_counts().unwrap().iter().map(|(.., rows)| rows).sum::<i64>(), 4);
        old.execute("delete from player_game_stats where player_name = 'Cy Cedar'");
    }
}

#[test]
fn what_was_archived_and_not_recorded_is_recorded_and_accounted_for_by_the_next_run() {
    let Some(old) = old_database(&small()) else { return };
    for fresh in Fresh::all() {
        let whole = Fresh::all().remove(0);
        take_over(&old, &whole.recorder);
        // killed between archive and log: the page is on the disk, the log does not have it
        let page = whole.store().recorded_replies(odds::Seq(0), 10).unwrap().remove(0);
        let body = whole.store().body(&page).unwrap();
        let arrived = store::Arrived { reply: page.with_body(&body), ask: None, is_for_the_log: true };
        fresh.store().archive_replies(&[arrived], Moment::from_secs(1_800_000_000)).unwrap();
        assert_eq!(fresh.store().adopted_counts().unwrap(), []);
        let next = recorder(&fresh.address, &fresh.folder);
        let run = take_over(&old, &next);
        assert!(run.known >= 7, "the rows of that page are known: {run:?}");
        assert_eq!(next.store().adopted_counts().unwrap(), whole.store().adopted_counts().unwrap());
    }
}

#[test]
fn a_page_whose_recording_fails_leaves_neither_log_nor_account() {
    let Some(old) = old_database(&small()) else { return };
    let Some(fresh) = Fresh::all().into_iter().find(|fresh| fresh._database.is_some()) else { return };
    let database = fresh._database.as_ref().unwrap();
    database.execute("alter table predictive_play.adopted_rows add constraint no_injuries check (old_table <> 'injury_reports')");
    let mut client = Client::connect(&old.url, NoTls).unwrap();
    migrate(&mut client, "public", &fresh.recorder, &mut |_| {}).unwrap_err();
    let accounted = fresh.store().adopted_counts().unwrap();
    assert!(accounted.iter().all(|(table, ..)| table != "injury_reports"), "{accounted:?}");
    assert_eq!((fresh.store().head().unwrap().seq, fresh.store().pending_replies(9).unwrap().len()), (odds::Seq(3), 1));
    database.execute("alter table predictive_play.adopted_rows drop constraint no_injuries");
    take_over(&old, &fresh.recorder);
    assert_eq!(fresh.store().adopted_counts().unwrap().iter().map(|(.., count)| count).sum::<i64>(), 10);
}

#[test]
fn one_game_under_two_spellings_is_joined_and_what_may_be_two_waits_for_a_person() {
    let score = |home: &str| format!(r#"{{"home_score": {home}, "away_score": 3}}"#);
    let espn = |id: &'static str| vec![("source", "ESPN"), ("external_event_id", id)];
    let rows = [
        event("1", "NBA", CLIPPERS, "2024-01-15T03:30Z", &[]),
        event("2", "NBA", ("L.A. Clippers", "Celtics"), "2024-01-15T03:35Z", &[]),
        // swapped sides, another hour, a name that is alike
        event("3", "NBA", ("Boston Celtics", "Los Angeles Clippers"), "2024-01-15T03:30Z", &[]),
        event("4", "NBA", CLIPPERS, "2024-01-15T11:30Z", &[]),
        event("5", "NBA", ("Clippers LA", "Boston Celtics"), "2024-01-15T03:30Z", &[]),
        // a doubleheader: same two, same day
        event(
            "10",
            "MLB",
            ("Chicago Cubs", "St. Louis Cardinals"),
            "2024-05-04T17:20Z",
            &[("status", "completed"), ("stats", &score("5"))],
        ),
        event("11", "MLB", ("Chicago Cubs", "St. Louis Cardinals"), "2024-05-04T21:20Z", &[]),
        event("12", "MLB", ("Cubs", "Cardinals"), "2024-05-04T17:25Z", &[]),
        event("13", "MLB", ("Cubs", "Cardinals"), "2024-05-04T17:20Z", &[("status", "completed"), ("stats", &score("4"))]),
        event("14", "MLB", ("Chicago Cubs", "St. Louis Cardinals"), "2024-05-05T17:20Z", &[]),
        // ids of one source tell two games of a day apart, and one game from itself
        event("20", "MLB", ("Boston Red Sox", "New York Yankees"), "2024-07-04T17:00Z", &espn("401500001")),
        event("21", "MLB", ("Boston Red Sox", "New York Yankees"), "2024-07-04T23:00Z", &espn("401500002")),
        event("22", "MLB", ("Red Sox", "NY Yankees"), "2024-07-04T17:05Z", &espn("401500001")),
        event("23", "MLB", ("Red Sox", "NY Yankees"), "2024-07-04T17:00Z", &espn("401500003")),
        event("24", "MLB", ("Boston Red Sox", "New York Yankees"), "2024-07-06T17:00Z", &espn("401500001")),
        // another league, and no league of ours
        event("30", "NHL", CLIPPERS, "2024-01-15T03:30Z", &[]),
        event("31", "Chess", CLIPPERS, "2024-01-15T03:30Z", &[]),
        event("32", "Chess", CLIPPERS, "2024-01-15T03:30Z", &[]),
    ];
    let Some(old) = old_database(&rows.concat()) else { return };
    for fresh in Fresh::all() {
        take_over(&old, &fresh.recorder);
        let outcome = |id: &str| (fresh.told(id).0, fresh.told(id).1);
        let joined = |with: &str| (Outcome::Joined, event_id(with));
        let alone = |own: &str| (Outcome::Adopted, event_id(own));
        let waits = |own: &str| (Outcome::Waiting, event_id(own));
        let why = |id: &str| {
            fresh.decision(id)["evidence"]["candidates"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["why"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
                .join("; ")
        };
        assert_eq!((outcome("1"), outcome("2")), (alone("1"), joined("1")));
        assert_eq!(fresh.decision("2")["rule"], "league+aliases+start/2");
        assert_eq!((outcome("3"), outcome("4"), outcome("5")), (waits("3"), waits("4"), waits("5")));
        assert!(why("3").contains("sides swapped"), "{}", why("3"));
        assert!(why("4").contains("starts 480 minutes apart"), "{}", why("4"));
        assert!(why("5").contains("alike"), "{}", why("5"));
        assert_eq!((outcome("10"), outcome("13"), outcome("12")), (alone("10"), waits("13"), waits("12")));
        assert_eq!((outcome("11"), outcome("14")), (waits("11"), alone("14")), "the next day of a series is another game");
        assert!(why("13").contains("different scores"), "{}", why("13"));
        assert_eq!((outcome("20"), outcome("21")), (alone("20"), alone("21")), "one source says that they are two");
        assert_eq!((outcome("22"), outcome("23")), (joined("20"), waits("23")));
        assert_eq!(fresh.decision("22")["rule"], "league+id+participants+start/2");
        assert_eq!(outcome("24"), waits("24"));
        assert!(why("24").contains("days away"), "{}", why("24"));
        assert_eq!((outcome("30"), outcome("31"), outcome("32")), (alone("30"), alone("31"), alone("32")));
        assert_eq!(fresh.decision("3")["evidence"]["waits_for_a_person"], true);
    }
}

#[test]
fn one_game_is_joined_though_the_odds_of_both_rows_are_older_than_the_rows() {
    let odds = |id: &str| {
        let (event, price) = (uuid(id), -110);
        format!(
            "insert into odds_data (event_id, outcome_name, outcome_price, last_update) values ('{event}', 'home', {price}, '2024-01-15T02:00Z');"
        )
    };
    let rows = [
        event("1", "NBA", CLIPPERS, "2024-01-15T03:30Z", &[]),
        event("2", "NBA", ("Clippers", "Celtics"), "2024-01-15T03:30Z", &[]),
        odds("1"),
        odds("2"),
    ];
    let Some(old) = old_database(&rows.concat()) else { return };
    for fresh in Fresh::all() {
        take_over(&old, &fresh.recorder);
        assert_eq!((fresh.told("2").0, fresh.told("2").1), (Outcome::Joined, event_id("1")));
        let listing = fresh.store().listing_of("legacy", &uuid("2")).unwrap().unwrap();
        assert_eq!((listing.home.as_deref(), listing.starts_at), (Some("Clippers"), Some("2024-01-15T03:30:00Z".parse().unwrap())));
    }
}

/// Sends two live games through the route: Celtics against Heat at 00:10, Bulls against Jazz at 01:10.
fn take_live(recorder: &Recorder) {
    let live = include_bytes!("../../../providers/fixtures/the-odds-api/odds_two_books_with_links.json");
    let (request, headers) = (Request::to("/v4/sports/basketball_nba/odds").with("markets", "h2h"), BTreeMap::new());
    let (fetched_at, basis) = ("2026-01-10T20:00:20Z".parse().unwrap(), Basis::Fetched);
    let reply = Reply {
        provider: "the-odds-api",
        endpoint: "odds",
        request: &request,
        status: 200,
        headers: &headers,
        body: live,
        fetched_at,
        basis,
        sport: None,
    };
    recorder.take(&[reply], None).unwrap();
}

const LIVE_GAME: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const OTHER_LIVE_GAME: &str = "1b2c3d4e5f60718293a4b5c6d7e8f90a";

fn games_that_are_live_too() -> String {
    let id = [("source", "TheOddsAPI;ESPN"), ("external_event_id", LIVE_GAME)];
    [
        event("1", "NBA", ("Celtics", "Heat"), "2026-01-11T00:10Z", &id),
        event("2", "NBA", ("Bulls", "Jazz"), "2026-01-11T01:10Z", &[]),
        event("3", "NBA", ("Chicago Bulls", "Utah Jazz"), "2026-01-11T01:10Z", &id),
    ]
    .concat()
}

#[test]
fn an_old_row_is_joined_to_the_live_listing_that_was_there_before_it() {
    let Some(old) = old_database(&games_that_are_live_too()) else { return };
    for fresh in Fresh::all() {
        take_live(&fresh.recorder);
        take_over(&old, &fresh.recorder);
        assert_eq!((fresh.told("1").0, fresh.told("1").1), (Outcome::Joined, Some(LIVE_GAME.to_owned())));
        assert_eq!(fresh.decision("1")["rule"], "league+id+participants+start/2");
        assert_eq!((fresh.told("2").0, fresh.told("2").1), (Outcome::Joined, Some(OTHER_LIVE_GAME.to_owned())));
        assert_eq!(fresh.decision("2")["rule"], "league+aliases+start/2");
        assert_eq!(fresh.told("3").0, Outcome::Waiting, "its id is that of another game");
    }
}

#[test]
fn a_live_listing_is_joined_to_the_old_row_that_was_there_before_it() {
    let Some(old) = old_database(&games_that_are_live_too()) else { return };
    for fresh in Fresh::all() {
        take_over(&old, &fresh.recorder);
        take_live(&fresh.recorder);
        let of = |id: &str| fresh.store().listing_of("the-odds-api", id).unwrap().unwrap().event.to_string();
        assert_eq!(of(LIVE_GAME), event_id("1").unwrap());
        assert_eq!((fresh.told("3").0, fresh.told("3").1), (Outcome::Joined, event_id("2")), "nothing spoke against it when it came");
        assert_eq!(of(OTHER_LIVE_GAME), OTHER_LIVE_GAME, "an old row of that event has the id of another game: a person is asked");
    }
}

mod speed;
