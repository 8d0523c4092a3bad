//! All old tables as followers of the log, in their own columns and spelling: what goes in, what stays out, who else writes, and the way back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use postgres::{Client, NoTls};
use predictive_play::adopt::cutover::{self, Cutover, follow};
use predictive_play::schedule::Ranks;
use serde_json::{Value, json};

use super::house::{House, game, h2h, hours, market, minutes};

/// A half-enhanced database with one game, one book and two markets, in the old spelling.
pub(super) fn old() -> String {
    r#"
create function touch() returns trigger language plpgsql as $$ begin new.updated_at = clock_timestamp(); return new; end $$;
create table teams (id uuid primary key default gen_random_uuid(), team_key text not null unique, name text not null);
create table players (id uuid primary key default gen_random_uuid(), team_id uuid references teams (id), name text not null);
create table bookmakers (id uuid primary key default gen_random_uuid(), bookmaker_key varchar(50) not null unique, name text not null);
create table market_types (id uuid primary key default gen_random_uuid(), market_key varchar(50) not null unique, name text not null);
create table player_prop_types (id uuid primary key default gen_random_uuid(), prop_key varchar(50) not null unique, name text not null);
create table sports_events (id uuid primary key default gen_random_uuid(), sport text not null, league text not null, home_team text not null,
    away_team text not null, start_time timestamptz not null, odds jsonb not null default '{}', stats jsonb default '{}',
    status text default 'scheduled', created_at timestamptz default now(), updated_at timestamptz default now(),
    home_team_id uuid references teams (id), away_team_id uuid references teams (id));
create table odds_data (id bigserial primary key, event_id uuid references sports_events (id) on delete cascade,
    bookmaker_id uuid references bookmakers (id), market_type_id uuid references market_types (id), outcome_name text not null,
    outcome_price numeric(10,2) check (outcome_price <> 666), outcome_point numeric(10,2), implied_probability numeric(5,4),
    is_best_odds boolean default false, last_update timestamptz, created_at timestamptz default now(), updated_at timestamptz default now());
create table player_props_odds (id bigserial primary key, event_id uuid references sports_events (id), player_id uuid references players (id),
    prop_type_id uuid references player_prop_types (id), bookmaker_id uuid references bookmakers (id), line numeric(10,2),
    over_odds numeric(10,2), under_odds numeric(10,2), last_update timestamptz);
create table injury_reports (id bigserial primary key, event_id uuid references sports_events (id), player_name text, injury_status text,
    description text, is_active boolean default true, reported_at timestamptz default now());
create table historical_odds (id bigserial primary key, event_id uuid references sports_events (id), bookmaker_id uuid references bookmakers (id),
    market_type_id uuid references market_types (id), opening_line jsonb, closing_line jsonb, line_movements jsonb default '[]');
create table notes (id bigserial primary key, event_id uuid, text text);
create trigger touched before update on odds_data for each row execute function touch();
create publication streamed for table sports_events, odds_data;
insert into teams (id, team_key, name) values ('00000000-0000-4000-8000-00000000000a', 'nba:1', 'LA Clippers'),
    ('00000000-0000-4000-8000-00000000000b', 'nba:2', 'Boston Celtics'), ('00000000-0000-4000-8000-00000000000c', 'nba:3', 'Denver Nuggets');
insert into players (id, name) values ('00000000-0000-4000-8000-00000000001a', 'Al Ash');
insert into bookmakers (id, bookmaker_key, name) values ('00000000-0000-4000-8000-0000000000d1', 'draftkings', 'DraftKings');
insert into market_types (id, market_key, name) values ('00000000-0000-4000-8000-0000000000f1', 'moneyline', 'Moneyline'),
    ('00000000-0000-4000-8000-0000000000f2', 'spread', 'Point Spread');
insert into player_prop_types (id, prop_key, name) values ('00000000-0000-4000-8000-0000000000e1', 'player_points', 'Points');
insert into sports_events (id, sport, league, home_team, away_team, start_time) values
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', 'NBA', 'NBA', 'LA Clippers', 'Boston Celtics', '@20'),
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000002', 'NBA', 'NBA', 'Miami Heat', 'Utah Jazz', '@-2');
insert into odds_data (event_id, bookmaker_id, market_type_id, outcome_name, outcome_price, outcome_point, implied_probability, last_update) values
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', '00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000f1', 'LA Clippers', -150, null, 0.6, '@-30'),
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', '00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000f2', 'Boston Celtics', -110, 4.5, 0.5238, '@-30');
insert into player_props_odds (event_id, player_id, prop_type_id, bookmaker_id, line, over_odds, under_odds) values
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', '00000000-0000-4000-8000-00000000001a', '00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000d1', 20.5, -115, -105);
insert into injury_reports (event_id, player_name, injury_status) values ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', 'Al Ash', 'OUT'), (null, 'Nobody', 'DAY-TO-DAY');
insert into historical_odds (event_id, bookmaker_id, market_type_id, opening_line) values
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000002', '00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000f1', '{"home": -130, "away": "+110"}');
"#
    .replace("@20", &hours(20))
    .replace("@-30", &hours(-30))
    .replace("@-2", &hours(-2))
}

pub(super) const CLIPPERS: (&str, &str) = ("Los Angeles Clippers", "Boston Celtics");
const HEAT: (&str, &str) = ("Miami Heat", "Utah Jazz");
const FIRST: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000001";

fn spreads((home, away): (&str, &str), point: f64) -> Value {
    market("spreads", &json!([{"name": home, "price": 1.91, "point": -point}, {"name": away, "price": 1.91, "point": point}]))
}

fn board(price: f64, point: f64) -> Value {
    let draftkings = vec![h2h(CLIPPERS, (price, 2.3)), spreads(CLIPPERS, point)];
    json!([game("c1", CLIPPERS, &hours(20), &[("draftkings", draftkings), ("fanduel", vec![h2h(CLIPPERS, (1.6, 2.4))])])])
}

fn props(line: f64) -> Value {
    let points = market(
        "player_points",
        &json!([{"name": "Over", "description": "Al Ash", "price": 1.8, "point": line},
        {"name": "Under", "description": "Al Ash", "price": 2.0, "point": line}, {"name": "Over", "description": "Bo Birch", "price": 1.9, "point": 9.5},
        {"name": "Under", "description": "Bo Birch", "price": 1.9, "point": 9.5}]),
    );
    game("c1", CLIPPERS, &hours(20), &[("draftkings", vec![points])])
}

pub(super) fn prices(house: &mut House) -> Vec<Value> {
    let sql = "select to_jsonb(array(select jsonb_build_array(b.bookmaker_key, m.market_key, o.outcome_name, o.outcome_price, o.outcome_point, o.is_best_odds)
        from odds_data o join bookmakers b on b.id = o.bookmaker_id join market_types m on m.id = o.market_type_id order by o.id))";
    house.value(sql).as_array().unwrap().clone()
}

#[test]
fn odds_by_row_follow_in_their_own_ids_names_and_columns() {
    let Some(mut house) = House::new(&old()) else { return };
    let before = house.all();
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    let done = house.follows();
    assert_eq!((done.refused, done.theirs), (0, 0), "{done:?}");
    let expected = [
        json!(["draftkings", "moneyline", "LA Clippers", -200.0, null, false]),
        json!(["draftkings", "spread", "Boston Celtics", -110.0, 5.5, true]),
        json!(["draftkings", "moneyline", "Boston Celtics", 130.0, null, false]),
        json!(["draftkings", "spread", "LA Clippers", -110.0, -5.5, true]),
        json!(["fanduel", "moneyline", "LA Clippers", -167.0, null, true]),
        json!(["fanduel", "moneyline", "Boston Celtics", 140.0, null, true]),
    ];
    assert_eq!(prices(&mut house), expected, "rows that were there are kept up to date, what is missing is added, a book too");
    assert_eq!(house.value("select implied_probability from odds_data where id = 1"), json!(0.6667));
    assert_eq!(house.value("select last_update > now() - interval '2 hours' from odds_data where id = 1"), json!(true));
    assert_eq!(house.follows(), Default::default(), "twice changes nothing");
    house.later();
    house.hears("odds", &minutes(64), &board(1.5, 5.5));
    assert_eq!(house.follows(), Default::default(), "a price that was seen again is no change");
    house.hears("odds", &minutes(66), &board(1.5, 6.5));
    assert_eq!(house.follows().written, 2, "only what changed");
    assert_eq!(house.value("select outcome_point from odds_data where id = 2"), json!(6.5));
    assert_eq!(house.undoes(), []);
    assert_eq!(house.all(), before);
}

#[test]
fn a_price_that_stands_no_more_is_the_best_of_nothing() {
    let Some(mut house) = House::new(&old()) else { return };
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.follows();
    house.later();
    let one_side = market("spreads", &json!([{"name": CLIPPERS.0, "price": 1.91, "point": -5.5}]));
    house.hears(
        "odds",
        &minutes(66),
        &json!([game("c1", CLIPPERS, &hours(20), &[("draftkings", vec![h2h(CLIPPERS, (1.5, 2.3)), one_side])])]),
    );
    house.follows();
    assert_eq!(house.value("select is_best_odds from odds_data where id = 2"), json!(false), "the other side was withdrawn");
    assert_eq!(house.value("select is_best_odds from odds_data where outcome_point = -5.5"), json!(true));
}

#[test]
fn props_follow_with_their_players_and_kinds() {
    let Some(mut house) = House::new(&old()) else { return };
    let before = house.all();
    house.hears("event_odds", &minutes(61), &props(22.5));
    house.follows();
    let sql =
        "select to_jsonb(array(select jsonb_build_array(p.name, t.prop_key, o.line, o.over_odds, o.under_odds) from player_props_odds o
        join players p on p.id = o.player_id join player_prop_types t on t.id = o.prop_type_id order by o.id))";
    assert_eq!(
        house.value(sql),
        json!([["Al Ash", "player_points", 22.5, -125.0, 100.0], ["Bo Birch", "player_points", 9.5, -111.0, -111.0]])
    );
    assert_eq!(house.undoes(), []);
    assert_eq!(house.all(), before);
}

fn injured(name: &str, status: &str) -> Value {
    json!({"status": status, "date": minutes(-60), "shortComment": "Sore.", "athlete": {"displayName": name}})
}

#[test]
fn injuries_go_to_the_next_game_in_the_spelling_of_the_rows() {
    let Some(mut house) = House::new(&old()) else { return };
    let before = house.all();
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    let team = |rows: Vec<Value>| json!([{"displayName": "Boston Celtics", "injuries": rows}, {"displayName": "Denver Nuggets", "injuries": [injured("Far Away", "Out")]}]);
    house.hears_of_injuries(&minutes(62), &team(vec![injured("Al Ash", "Day-To-Day"), injured("Bo Birch", "Out")]));
    house.follows();
    let sql = "select to_jsonb(array(select jsonb_build_array(i.player_name, i.injury_status, i.description, i.is_active, i.event_id) from injury_reports i order by i.id))";
    let expected = json!([
        ["Al Ash", "DAY-TO-DAY", "Sore.", true, FIRST],
        ["Nobody", "DAY-TO-DAY", null, true, null],
        ["Bo Birch", "OUT", "Sore.", true, FIRST]
    ]);
    assert_eq!(house.value(sql), expected, "a team without a game that has a row has none");
    house.later();
    house.hears_of_injuries(&minutes(70), &team(vec![injured("Al Ash", "Day-To-Day")]));
    house.follows();
    assert_eq!(house.value("select is_active from injury_reports where player_name = 'Bo Birch'"), json!(false));
    assert_eq!(house.undoes(), []);
    assert_eq!(house.all(), before);
}

#[test]
fn lines_of_a_game_that_has_begun_are_told_where_nothing_stands() {
    let Some(mut house) = House::new(&old()) else { return };
    let before = house.all();
    let at = |price: f64| json!([game("c2", HEAT, &hours(-2), &[("draftkings", vec![h2h(HEAT, (price, 2.3)), spreads(HEAT, 5.5)])])]);
    house.hears("odds", &hours(-7), &at(1.5));
    house.hears("odds", &hours(-6), &at(1.6));
    house.hears("odds", &minutes(-125), &at(1.6));
    house.follows();
    let rows = house.rows("historical_odds");
    assert_eq!(rows[0]["opening_line"], json!({"home": -130, "away": "+110"}), "what somebody saw before us stays");
    assert_eq!((&rows[0]["closing_line"]["home"], &rows[0]["closing_line"]["away"]), (&json!(-167), &json!(130)));
    assert_eq!(rows[0]["line_movements"].as_array().unwrap().iter().filter(|one| one["outcome_name"] == "home").count(), 2);
    assert_eq!((&rows[1]["opening_line"]["home"], &rows[1]["opening_line"]["point"]), (&json!(-110), &json!(-5.5)));
    assert_eq!(house.undoes(), []);
    assert_eq!(house.all(), before);
}

#[test]
fn what_others_write_meanwhile_stays_and_is_told_with_both_values() {
    let Some(mut house) = House::new(&old()) else { return };
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.follows();
    house.later();
    house.run("update odds_data set outcome_price = -175 where id = 1");
    house.hears("odds", &minutes(66), &board(1.4, 5.5));
    let done = house.follows();
    assert_eq!(done.theirs, 1, "{done:?}");
    assert_eq!(house.value("select outcome_price from odds_data where id = 1"), json!(-175.0));
    let conflicts = house.recorder.store().old_conflicts(10).unwrap();
    let conflict = &conflicts[0];
    assert_eq!((conflict.table.as_str(), conflict.row.as_str(), conflict.field.as_str()), ("odds_data", "1", "outcome_price"));
    assert_eq!((conflict.theirs.as_str(), conflict.ours.as_str()), ("-175.0", "-250.0"));
    house.later();
    house.run("update odds_data set outcome_price = -250 where id = 1");
    house.hears("odds", &minutes(70), &board(1.4, 7.5));
    house.follows();
    assert_eq!(house.recorder.store().old_conflicts(10).unwrap(), [], "once both say the same, nobody is in the way");
}

#[test]
fn what_the_database_refuses_is_told_and_keeps_nobody_waiting() {
    let Some(mut house) = House::new(&old()) else { return };
    house.hears("odds", &minutes(61), &board(7.66, 5.5));
    let done = house.follows();
    assert_eq!(done.refused, 1, "{done:?}");
    assert_eq!(house.value("select outcome_price from odds_data where id = 1"), json!(-150.0));
    assert_eq!(house.value("select outcome_point from odds_data where id = 2"), json!(5.5));
    let refusals = house.recorder.store().old_refusals(10).unwrap();
    assert!(refusals[0].subject == "1" && refusals[0].reason.contains("check constraint"), "{refusals:?}");
    house.run("update predictive_play.old_refused set at = at - interval '1 hour'");
    house.hears("odds", &minutes(66), &board(1.5, 5.5));
    house.later();
    house.follows();
    assert_eq!(house.recorder.store().old_refusals(10).unwrap(), [], "a row that is taken is refused no more");
}

#[test]
fn columns_and_new_rows_are_switched_off_in_the_database() {
    let Some(mut house) = House::new(&old()) else { return };
    let names = |house: &mut House| {
        let columns = cutover::columns(&mut house.client).unwrap();
        columns.into_iter().filter(|column| column.is_on).map(|column| column.name).collect::<Vec<_>>()
    };
    assert!(names(&mut house).contains(&"odds_data.outcome_price".to_owned()));
    let without = ["odds_data:new", "odds_data.outcome_price", "bookmakers", "sports_events"].map(str::to_owned);
    cutover::switch_on(&mut house.client, &without, &mut |_, _| {}).unwrap();
    assert!(!names(&mut house).iter().any(|name| without.contains(name)));
    let unknown = cutover::switch_on(&mut house.client, &["odds_data.mood".to_owned()], &mut |_, _| {}).unwrap_err();
    assert!(unknown.is_usage() && unknown.to_string().contains("odds_data.outcome_price"), "{unknown}");
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.follows();
    let expected = [
        json!(["draftkings", "moneyline", "LA Clippers", -150.0, null, false]),
        json!(["draftkings", "spread", "Boston Celtics", -110.0, 5.5, true]),
    ];
    assert_eq!(prices(&mut house), expected);
    assert_eq!(house.value("select count(*) from bookmakers"), json!(1));

    assert!(cutover::switch_off(&mut house.client).unwrap());
    assert!(!cutover::switch_off(&mut house.client).unwrap());
    house.later();
    house.hears("odds", &minutes(66), &board(1.4, 9.5));
    assert_eq!(house.follows(), Default::default());
    assert!(!cutover::state(&mut house.client).unwrap().is_on);
    cutover::switch_on(&mut house.client, &[], &mut |_, _| {}).unwrap();
    house.follows();
    let state = cutover::state(&mut house.client).unwrap();
    assert_eq!((state.is_on, state.seq, state.due), (true, state.head, 0), "{state:?}");
    assert_eq!(prices(&mut house)[1][4], json!(9.5), "what it missed while it was off is written once it is on");
    let refused = cutover::undo_all(&mut house.client, false).unwrap_err();
    assert!(refused.is_usage(), "{refused}");
}

#[test]
fn a_row_that_somebody_holds_is_left_for_later_and_nobody_waits() {
    let Some(mut house) = House::new(&old()) else { return };
    let mut other = Client::connect(&house.url, NoTls).unwrap();
    let mut holding = other.transaction().unwrap();
    holding.execute("select from odds_data where id = 1 for update", &[]).unwrap();
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    let done = house.follows();
    assert_eq!((done.later, done.refused), (1, 0), "{done:?}");
    assert_eq!(house.value("select outcome_point from odds_data where id = 2"), json!(5.5), "the others are written");
    holding.rollback().unwrap();
    house.run("update predictive_play.old_due set not_before = null");
    assert_eq!(house.follows().written, 1);
    assert_eq!(house.value("select outcome_price from odds_data where id = 1"), json!(-200.0));
}

#[test]
fn killed_in_the_middle_of_a_turn_nothing_is_half_written() {
    let Some(mut house) = House::new(&old()) else { return };
    let before = house.all();
    house.run(
        "create function fail() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
         create trigger killer before insert on odds_data for each row execute function fail()",
    );
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.reads();
    let mut killed = Client::connect(&house.url, NoTls).unwrap();
    Cutover::default().turn(&mut killed).unwrap_err();
    assert_eq!(house.all(), before, "the rows that were changed before the blow are as they were");
    assert_eq!(house.value("select count(*) from predictive_play.old_rows"), json!(0));
    house.run("drop trigger killer on odds_data");
    house.follows();
    assert_eq!(prices(&mut house).len(), 6);
    assert_eq!(house.undoes(), []);
    assert_eq!(house.all(), before);
}

#[test]
fn rows_of_ours_that_somebody_needs_are_kept_and_said() {
    let Some(mut house) = House::new(&old()) else { return };
    let nuggets = ("Denver Nuggets", "Utah Jazz");
    house.hears("odds", &minutes(61), &json!([game("c5", nuggets, &hours(30), &[("betmgm", vec![h2h(nuggets, (1.5, 2.3))])])]));
    house.follows();
    let added = house.value("select id from sports_events where home_team = 'Denver Nuggets'");
    assert_eq!(
        house.value("select home_team_id from sports_events where home_team = 'Denver Nuggets'"),
        json!("00000000-0000-4000-8000-00000000000c")
    );
    assert_eq!(house.value("select count(*) from odds_data where event_id <> '8b6f2c1e-6f0a-4e58-9a3f-000000000001'"), json!(2));
    house.run(&format!("insert into notes (event_id, text) values ('{}', 'mine')", added.as_str().unwrap()));
    house.run("insert into odds_data (event_id, bookmaker_id, outcome_name) select '8b6f2c1e-6f0a-4e58-9a3f-000000000001', id, 'x' from bookmakers where bookmaker_key = 'betmgm'");
    let kept = house.undoes();
    let expected =
        [("sports_events", "an added row that public.notes points to"), ("bookmakers", "an added row that public.odds_data points to")];
    assert_eq!(kept, expected.map(|(table, why)| (table.to_owned(), why.to_owned())));
    assert_eq!(house.value("select count(*) from odds_data"), json!(3), "our two prices went, theirs stays");
}

#[test]
fn a_role_under_row_level_security_adds_nothing_and_writes_what_it_sees() {
    let Some(mut house) = House::new(&old()) else { return };
    house.run(
        "do $$ begin create role old_tables_seen login password 'x'; exception when duplicate_object then null; end $$;
         grant usage on schema public, predictive_play to old_tables_seen;
         grant all on all tables in schema public, predictive_play to old_tables_seen;
         grant all on all sequences in schema public to old_tables_seen;
         alter table odds_data enable row level security;
         create policy seen on odds_data for select to old_tables_seen using (true);
         create policy changed on odds_data for update to old_tables_seen using (id = 2)",
    );
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.reads();
    house.run("set role old_tables_seen");
    let columns = cutover::columns(&mut house.client).unwrap();
    let new = columns.iter().find(|column| column.name == "odds_data:new").unwrap();
    assert!(!new.is_on && new.why_not.as_deref().unwrap().contains("bypassrls"), "{new:?}");
    let done = Cutover::default().turn(&mut house.client).unwrap().done;
    house.run("reset role");
    assert_eq!(house.rows("odds_data").len(), 2);
    assert_eq!(house.value("select outcome_point from odds_data where id = 2"), json!(5.5), "{done:?}");
    assert_eq!(house.value("select outcome_price from odds_data where id = 1"), json!(-150.0));
}

#[test]
fn the_thread_follows_while_it_is_on_and_two_never_write_at_once() {
    let Some(mut house) = House::new(&old()) else { return };
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.reads();
    let every = Duration::from_millis(20);
    let threads = [
        follow::spawn_looking(house.url.clone(), Ranks::default(), every).unwrap(),
        follow::spawn_looking(house.url.clone(), Ranks::default(), every).unwrap(),
    ];
    let mut looks = 0;
    while prices(&mut house).len() < 6 || cutover::state(&mut house.client).unwrap().due > 0 {
        looks += 1;
        assert!(looks < 20_000, "the thread writes nothing: {:?}", cutover::state(&mut house.client));
    }
    threads.into_iter().for_each(follow::Handle::stop);
    assert_eq!(prices(&mut house).len(), 6, "each row once");
    assert_eq!(house.follows(), Default::default());
}

#[test]
fn no_lock_on_an_old_table_is_stronger_than_that_of_a_writer() {
    let Some(mut house) = House::new(&old()) else { return };
    house.run(
        "create table seen_locks (mode text);
         create function see() returns trigger language plpgsql as $$ begin
             insert into seen_locks select distinct l.mode from pg_locks l join pg_class c on c.oid = l.relation
                 where l.pid = pg_backend_pid() and c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'seen_locks';
             return null; end $$;
         create trigger seen after insert or update or delete on odds_data for each statement execute function see()",
    );
    house.hears("odds", &minutes(61), &board(1.5, 5.5));
    house.follows();
    house.undoes();
    let modes = house.value("select to_jsonb(array(select distinct mode from seen_locks order by 1))");
    assert_eq!(modes, json!(["AccessShareLock", "RowExclusiveLock", "RowShareLock"]));
}

#[test]
fn a_writer_of_the_operators_keeps_all_that_it_wrote() {
    let Some(mut house) = House::new(&old()) else { return };
    house.hears("odds", &minutes(60), &board(1.5, 4.5));
    house.follows();
    let (url, is_over) = (house.url.clone(), Arc::new(AtomicBool::new(false)));
    let ends = Arc::clone(&is_over);
    let writer = std::thread::spawn(move || {
        let mut client = Client::connect(&url, NoTls).unwrap();
        let mut n = 0;
        while !ends.load(Ordering::Acquire) {
            n += 1;
            let statements = format!(
                "update odds_data set outcome_price = {n} + 2000 where id = 1; update sports_events set odds = odds || '{{\"mine\": {n}}}';
                 insert into odds_data (event_id, outcome_name, outcome_price) values ('{FIRST}', 'mine', {n})"
            );
            client.batch_execute(&statements).unwrap();
        }
        n
    });
    for turn in 1..6 {
        house.hears("odds", &minutes(60 + turn), &board(1.5 + turn as f64 / 100.0, 4.5 + turn as f64));
        house.later();
        house.follows();
    }
    is_over.store(true, Ordering::Release);
    let last = writer.join().unwrap();
    assert!(house.value("select count(*) from predictive_play.old_rows").as_u64().unwrap() > 4);
    assert_eq!(house.undoes(), [("odds_data".to_owned(), "outcome_price: somebody else wrote there after us".to_owned())]);
    assert_eq!(house.value("select outcome_price from odds_data where id = 1"), json!(f64::from(last + 2000)), "their last word");
    assert_eq!(house.value("select odds from sports_events where home_team = 'LA Clippers'"), json!({"mine": last}));
    assert_eq!(house.value("select count(*) from odds_data where outcome_name = 'mine'"), json!(last));
    assert_eq!(house.value("select count(*) from odds_data where outcome_name <> 'mine'"), json!(2));
}
