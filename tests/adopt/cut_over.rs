//! The old tables as a follower of the log: a row that was taken over gets what live listings tell of its game, in its own spelling.

use predictive_play::adopt::cutover::old_table::OldTable;
use predictive_play::adopt::cutover::undo;
use serde_json::{Value, json};

use super::house::{House, game, h2h, hours, minutes};

fn old() -> String {
    r#"
create table sports_events (id uuid primary key default gen_random_uuid(), sport text not null, league text not null, home_team text not null,
    away_team text not null, start_time timestamptz not null, odds jsonb not null default '{}', stats jsonb default '{}',
    status text default 'scheduled' check (status in ('scheduled', 'live', 'completed', 'cancelled')),
    created_at timestamptz default now(), updated_at timestamptz default now(), external_event_id text, source text);
create table predictions (id bigserial primary key, event_id uuid references sports_events (id) on delete cascade);
insert into sports_events (id, sport, league, home_team, away_team, start_time, odds) values
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', 'NBA', 'NBA', 'LA Clippers', 'Boston Celtics', '@20', '{"homeOdds": 1.50, "awayOdds": 2.60}'),
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000002', 'NBA', 'NBA', 'Miami Heat', 'Utah Jazz', '@17', '{}'),
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000003', 'NBA', 'NBA', 'New York Knicks', 'Chicago Bulls', '@46', '{}');
insert into predictions (event_id) select id from sports_events;
"#
    .replace("@20", &hours(20))
    .replace("@17", &hours(17))
    .replace("@46", &hours(46))
}

const CLIPPERS: (&str, &str) = ("Los Angeles Clippers", "Boston Celtics");
const LAKERS: (&str, &str) = ("Los Angeles Lakers", "Denver Nuggets");
const KNICKS: (&str, &str) = ("New York Knicks", "Chicago Bulls");

fn board(price: f64) -> Value {
    let one = |id, sides, start: i64, prices| game(id, sides, &hours(start), &[("draftkings", vec![h2h(sides, prices)])]);
    json!([one("c1", CLIPPERS, 20, (price, 2.1)), one("c2", LAKERS, 21, (1.8, 2.05)), one("c3", KNICKS, 41, (1.7, 2.2))])
}

fn row(house: &mut House, sides: (&str, &str)) -> Value {
    house.value(&format!("select to_jsonb(e) from sports_events e where home_team = '{}' and away_team = '{}'", sides.0, sides.1))
}

#[test]
fn a_row_gets_real_prices_in_its_own_spelling_and_a_missing_game_its_row() {
    let Some(mut house) = House::new(&old()) else { return };
    let before = house.all();
    house.hears("odds", &minutes(61), &board(1.75));
    let done = house.follows();
    assert_eq!((done.written, done.added), (1, 1), "{done:?}");
    let clippers = ("LA Clippers", "Boston Celtics");
    let first = row(&mut house, clippers);
    assert_eq!(first["odds"], json!({"homeOdds": 1.75, "awayOdds": 2.1}));
    assert_eq!(first["id"], "8b6f2c1e-6f0a-4e58-9a3f-000000000001");
    let new = row(&mut house, LAKERS);
    assert_eq!((&new["league"], &new["status"], &new["odds"]["awayOdds"]), (&json!("NBA"), &json!("scheduled"), &json!(2.05)));
    assert_eq!(
        house.rows("sports_events").len(),
        4,
        "a game of the same names five hours later may be this one: a person is asked before a row is added"
    );

    assert_eq!(house.follows(), Default::default(), "nothing new, nothing written");
    house.hears("odds", &minutes(66), &board(1.7));
    assert_eq!(house.follows().written, 0, "at most once a minute");
    house.later();
    assert_eq!(house.follows().written, 1, "what had to wait is not forgotten");
    assert_eq!(row(&mut house, clippers)["odds"]["homeOdds"], json!(1.7));

    house.later();
    let scores = json!([{"id": "c1", "sport_key": "basketball_nba", "commence_time": hours(20), "home_team": CLIPPERS.0,
        "away_team": CLIPPERS.1, "completed": true, "last_update": hours(23),
        "scores": [{"name": CLIPPERS.0, "score": "101"}, {"name": CLIPPERS.1, "score": "99"}]}]);
    house.hears("scores", &hours(23), &scores);
    house.follows();
    let last = row(&mut house, clippers);
    assert_eq!((&last["status"], &last["stats"]), (&json!("completed"), &json!({"home_score": 101, "away_score": 99})));

    let mut tx = house.client.transaction().unwrap();
    let table = OldTable::look(&mut tx, "sports_events").unwrap().unwrap();
    drop(tx);
    let undone = undo::table(&mut house.client, &table, false).unwrap();
    assert_eq!((undone.put_back, undone.removed), (1, 1), "{undone:?}");
    assert_eq!(house.all(), before);
}
