//! Rows that point to old events, in a table with an index that finds them and in one without: the same is written, and a table without one
//! is read whole a few times a turn, not at every step.

use serde_json::{Value, json};

use super::house::{House, game, h2h, hours, minutes};

const TEAMS: [&str; 12] = [
    "Boston Celtics",
    "Miami Heat",
    "Utah Jazz",
    "Chicago Bulls",
    "Denver Nuggets",
    "Phoenix Suns",
    "Dallas Mavericks",
    "Toronto Raptors",
    "Atlanta Hawks",
    "Detroit Pistons",
    "Houston Rockets",
    "Orlando Magic",
];
const GAMES: usize = 60;

fn sides(n: usize) -> (&'static str, &'static str) {
    (TEAMS[n % 12], TEAMS[(n + 1 + n / 12) % 12])
}

fn start(n: usize) -> String {
    hours(20 + 24 * (n as i64 / 6))
}

fn id(n: usize) -> String {
    format!("8b6f2c1e-6f0a-4e58-9a3f-{n:012}")
}

/// Games to come with a price each, in a table that holds much else.
fn old(index: &str) -> String {
    let games = (0..GAMES).map(|n| {
        let (home, away) = sides(n);
        format!(
            "insert into sports_events (id, sport, league, home_team, away_team, start_time) values ('{0}', 'NBA', 'NBA', '{home}', '{away}', '{1}');
             insert into odds_data (event_id, bookmaker_id, market_type_id, outcome_name, outcome_price, last_update)
             values ('{0}', '00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000f1', '{home}', -150, '{2}');",
            id(n),
            start(n),
            hours(-30)
        )
    });
    format!(
        "create table bookmakers (id uuid primary key default gen_random_uuid(), bookmaker_key varchar(50) not null unique, name text not null);
         create table market_types (id uuid primary key default gen_random_uuid(), market_key varchar(50) not null unique, name text not null);
         create table sports_events (id uuid primary key default gen_random_uuid(), sport text not null, league text not null, home_team text not null,
            away_team text not null, start_time timestamptz not null, odds jsonb not null default '{{}}', stats jsonb default '{{}}',
            status text default 'scheduled');
         create table odds_data (id bigserial primary key, event_id uuid, bookmaker_id uuid, market_type_id uuid, outcome_name text not null,
            outcome_price numeric(10,2), outcome_point numeric(10,2), implied_probability numeric(5,4), last_update timestamptz);
         insert into bookmakers (id, bookmaker_key, name) values ('00000000-0000-4000-8000-0000000000d1', 'draftkings', 'DraftKings');
         insert into market_types (id, market_key, name) values ('00000000-0000-4000-8000-0000000000f1', 'moneyline', 'Moneyline');
         {} insert into odds_data (event_id, outcome_name) select gen_random_uuid(), 'x' from generate_series(1, 5000);
         {index} analyze;",
        games.collect::<String>()
    )
}

fn board(price: f64) -> Value {
    let books = |sides| [("draftkings", vec![h2h(sides, (price, 2.3))]), ("fanduel", vec![h2h(sides, (1.6, 2.4))])];
    (0..GAMES).map(|n| game(&format!("c{n}"), sides(n), &start(n), &books(sides(n)))).collect::<Vec<_>>().into()
}

/// How often a table was read from end to end.
fn whole_reads(house: &mut House, table: &str) -> i64 {
    house.run("select pg_stat_force_next_flush()");
    house.value(&format!("select seq_scan from pg_stat_user_tables where relname = '{table}'")).as_i64().unwrap()
}

fn of_games(house: &mut House) -> Vec<Value> {
    let sql = "select coalesce(jsonb_agg(to_jsonb(o) - 'id' order by event_id, bookmaker_id is null, outcome_name, outcome_price), '[]') from (
        select d.*, b.bookmaker_key from odds_data d left join bookmakers b on b.id = d.bookmaker_id where d.event_id in (select id from sports_events)) o";
    let mut rows: Vec<Value> = house.value(sql).as_array().unwrap().clone();
    // the book that we added has an id of its own
    rows.iter_mut().for_each(|row| row["bookmaker_id"] = json!(null));
    rows.sort_by_key(Value::to_string);
    rows
}

#[test]
fn the_same_is_written_with_an_index_and_without_and_no_step_reads_the_table_whole() {
    let Some(mut with) = House::new(&old("create index on odds_data (event_id);")) else { return };
    let mut without = House::new(&old("")).unwrap();
    let mut rows = Vec::new();
    for (house, most) in [(&mut with, 1), (&mut without, 2)] {
        house.hears("odds", &minutes(61), &board(1.75));
        house.reads();
        // whatever an index can answer is asked of it, however small the table
        house.run("set enable_seqscan = off");
        let before = whole_reads(house, "odds_data");
        let done = house.follows();
        let read = whole_reads(house, "odds_data") - before;
        assert_eq!((done.written, done.added), (120, 181), "{done:?}: a game and a price each, three new ones each, and a book");
        assert!(read <= most, "{read} whole reads, not {most}");
        house.later();
        house.hears("odds", &minutes(66), &board(1.7));
        assert_eq!(house.follows().written, 120, "rows that we added are found again");
        rows.push(of_games(house));
        assert_eq!(house.undoes(), []);
    }
    assert_eq!(rows[0].len(), 240);
    assert_eq!(rows[0], rows[1]);
}

#[test]
fn who_points_to_rows_that_we_added_is_asked_of_each_table_once_for_all_of_them() {
    let tables = "create table tips (id bigserial primary key, event_id uuid, said text);
         create table parlays (id bigserial primary key, event_ids uuid[]);
         insert into tips (event_id) select gen_random_uuid() from generate_series(1, 3000);
         insert into parlays (event_ids) select array[gen_random_uuid()] from generate_series(1, 3000); analyze;";
    let Some(mut house) = House::new(&format!("{} {tables}", old(""))) else { return };
    let new = |n: usize| game(&format!("n{n}"), (TEAMS[n % 12], TEAMS[(n + 3) % 12]), &hours(24 * 30 + n as i64 * 24), &[]);
    house.hears("events", &minutes(61), &(0..40).map(new).collect::<Vec<_>>().into());
    assert_eq!(house.follows().added, 40);
    house.run(
        "create temp table ours as select row_key::uuid as id from predictive_play.old_rows where is_added and old_table = 'sports_events' order by 1;
         insert into tips (event_id, said) select id, 'x' from ours limit 2;
         insert into parlays (event_ids) select array[id, gen_random_uuid()] from ours offset 2 limit 1;
         update sports_events set status = 'live' where id = (select id from ours offset 3 limit 1)",
    );
    let before = [whole_reads(&mut house, "tips"), whole_reads(&mut house, "parlays")];
    let mut kept = house.undoes();
    kept.sort();
    // once for the rehearsal, once for the rollback
    for (table, before) in ["tips", "parlays"].into_iter().zip(before) {
        let read = whole_reads(&mut house, table) - before;
        assert!((1..=2).contains(&read), "{table} was read whole {read} times");
    }
    let events = |why: &str| ("sports_events".to_owned(), why.to_owned());
    assert_eq!(
        kept,
        [
            events("an added row that public.parlays points to"),
            events("an added row that public.tips points to"),
            events("an added row that somebody else has changed"),
        ]
    );
    assert_eq!(house.value("select count(*) from sports_events e join ours o on o.id = e.id"), json!(4));
    assert_eq!(house.value("select count(*) from tips t join ours o on o.id = t.event_id"), json!(2));
}
