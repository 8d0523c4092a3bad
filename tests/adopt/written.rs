//! What we write into old tables and take back again: to the letter, and never over what somebody else wrote.

use std::collections::BTreeMap;

use postgres::{Client, NoTls};
use predictive_play::adopt::cutover::old_table::OldTable;
use predictive_play::adopt::cutover::proof::{self, Hashed, Proof};
use predictive_play::adopt::cutover::reconcile::{Field, is_same};
use predictive_play::adopt::cutover::undo::{self, Undone};
use predictive_play::adopt::cutover::write::{self, Done, Wanted};
use serde_json::{Value, json};
use testkit::postgres::TestDatabase;

const OLD: &str = r#"
create function touch() returns trigger language plpgsql as $$ begin new.updated_at = now(); return new; end $$;
create table games (
    id uuid primary key default gen_random_uuid(), home_team text not null, odds jsonb not null default '{}', stats jsonb, status text default 'scheduled'
        check (status in ('scheduled', 'live', 'completed', 'cancelled')),
    price numeric(10,2), start_time timestamptz not null, updated_at timestamptz default '2020-01-01');
create table picks (id bigserial primary key, game uuid references games (id) on delete cascade);
create trigger touched before update on games for each row execute function touch();
insert into games (id, home_team, odds, stats, price, start_time) values
    ('00000000-0000-0000-0000-000000000001', 'Jazz', '{"homeOdds": 1.90, "note": 12345678901234567890.10}', '{"home_score": "98"}', 1.50, '2026-01-01T00:00:00.000001Z'),
    ('00000000-0000-0000-0000-000000000002', 'Bulls', '{}', null, null, 'infinity'),
    ('00000000-0000-0000-0000-000000000003', 'O''Brien "Q" %s $1 \ ', '[]', '{}', 2, '2026-01-02Z');
"#;

struct House {
    client: Client,
    table: OldTable,
    _database: TestDatabase,
}

impl House {
    fn new() -> Option<Self> {
        let database = testkit::postgres::shared()?.database();
        let store = store::Store::open(&database.url, None, tempfile::tempdir().unwrap().path().join("archive")).unwrap();
        store.migrate_up().unwrap();
        let mut client = Client::connect(&database.url, NoTls).unwrap();
        client.batch_execute(OLD).unwrap();
        let mut tx = client.transaction().unwrap();
        let table = OldTable::look(&mut tx, "games").unwrap().unwrap();
        drop(tx);
        Some(Self { client, table, _database: database })
    }

    fn write(&mut self, wanted: &[Wanted]) -> Done {
        let mut tx = self.client.transaction().unwrap();
        let mut done = Done::default();
        write::write(&mut tx, &self.table, wanted, &mut done).unwrap();
        tx.commit().unwrap();
        done
    }

    /// A minute later, as far as the pace knows.
    fn later(&mut self) {
        self.run("update predictive_play.old_rows set written_at = written_at - interval '2 minutes'");
    }

    fn begin(&mut self) {
        assert_eq!(proof::begin(&mut self.client, &self.table, Hashed::Anew, &mut |_| {}).unwrap(), 3);
    }

    fn compare(&mut self) -> Proof {
        proof::compare(&mut self.client, &self.table).unwrap()
    }

    fn undo(&mut self) -> Undone {
        undo::table(&mut self.client, &self.table, false).unwrap()
    }

    fn run(&mut self, sql: &str) {
        self.client.batch_execute(sql).unwrap();
    }

    /// Every row as text, without what the trigger sets.
    fn rows(&mut self) -> Vec<String> {
        let sql = "select (to_jsonb(g) - 'updated_at')::text || odds::text || coalesce(stats::text, 'null') from games g order by id";
        self.client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
    }

    fn holds(&mut self, n: u8, column: &str, value: Value) {
        let found = self.field(n, column);
        assert!(is_same(&found, &value), "{column} holds {found}");
    }

    fn field(&mut self, n: u8, column: &str) -> Value {
        let sql = format!("select (to_jsonb(g) -> '{column}')::text from games g where id = '{}'", id(n));
        serde_json::from_str(self.client.query_one(&sql, &[]).unwrap().get(0)).unwrap()
    }
}

fn id(n: u8) -> String {
    format!("00000000-0000-0000-0000-{n:012}")
}

fn want(n: u8, fields: &[(&str, Value)]) -> Wanted {
    let fields: BTreeMap<Field, Value> = fields.iter().map(|(name, value)| (Field::named(name), value.clone())).collect();
    Wanted { key: Some(id(n)), event: format!("event {n}"), fields, ..Wanted::default() }
}

fn new_game(n: u8) -> Wanted {
    let new = json!({"id": id(n), "home_team": "Heat", "start_time": "2026-02-01T00:00:00Z", "unheard_of": 1});
    Wanted { event: format!("event {n}"), new: new.as_object().cloned(), ..Wanted::default() }
}

#[test]
fn what_we_wrote_goes_back_to_the_letter() {
    let Some(mut house) = House::new() else { return };
    let before = house.rows();
    let first = [
        want(
            1,
            &[("odds.homeOdds", json!(1.85)), ("odds.drawOdds", json!(3.4)), ("stats.home_score", json!("99")), ("price", json!(1.755))],
        ),
        want(2, &[("status", json!("live")), ("start_time", json!("2026-03-01T00:00:00Z")), ("stats.home_score", json!(1))]),
        want(3, &[("odds", json!([{"bookmaker": "x"}])), ("stats.away_score", json!(7))]),
    ];
    let done = house.write(&first);
    assert_eq!((done.written, done.theirs), (3, 0), "{done:?}");
    assert_eq!(house.field(1, "odds")["homeOdds"], json!(1.85));
    house.holds(1, "price", json!(1.76));
    assert_eq!(house.field(2, "stats"), Value::Null, "a column that holds nothing has no place for a key");
    house.later();
    assert_eq!(house.write(&first), Done::default(), "twice changes nothing, also where a type rounds and a time is spelt otherwise");
    house.later();
    assert_eq!(house.write(&[want(1, &[("price", json!(4)), ("odds.homeOdds", json!(1.8))])]).written, 1);
    let undone = house.undo();
    assert_eq!((undone.put_back, undone.kept.len()), (3, 0), "{undone:?}");
    assert_eq!(house.rows(), before);
    assert_eq!(house.undo(), Undone { table: "games".to_owned(), ..Undone::default() }, "a second run finds nothing to do");
}

#[test]
fn what_others_write_is_never_overwritten_and_stays() {
    let Some(mut house) = House::new() else { return };
    house.write(&[want(1, &[("status", json!("live")), ("price", json!(3)), ("odds.homeOdds", json!(2))])]);
    house.run("update games set status = 'cancelled', odds = odds || '{\"note\": 5}' where home_team = 'Jazz'");
    house.later();
    let done = house.write(&[want(1, &[("status", json!("completed")), ("price", json!(4)), ("odds.homeOdds", json!(2.1))])]);
    assert_eq!((done.written, done.theirs), (1, 1));
    house.holds(1, "status", json!("cancelled"));
    house.holds(1, "price", json!(4));
    let found = house.client.query_one("select field, found::text from predictive_play.old_fields where state = 'theirs'", &[]).unwrap();
    assert_eq!((found.get(0), found.get(1)), ("status", r#""cancelled""#));
    let undone = house.undo();
    assert_eq!((undone.put_back, undone.kept.values().sum::<u64>()), (0, 1), "{undone:?}");
    assert_eq!(house.field(1, "status"), json!("cancelled"));
    assert_eq!(house.field(1, "odds"), json!({"homeOdds": 1.9, "note": 5}), "their key stays, ours goes back");
    house.holds(1, "price", json!(1.5));
}

#[test]
fn a_row_is_written_at_most_once_a_minute() {
    let Some(mut house) = House::new() else { return };
    assert_eq!(house.write(&[want(1, &[("price", json!(3))])]).written, 1);
    assert_eq!(house.write(&[want(1, &[("price", json!(4))])]), Done { later: 1, ..Done::default() });
    house.later();
    assert_eq!(house.write(&[want(1, &[("price", json!(4))])]).written, 1);
}

#[test]
fn an_added_row_goes_again_unless_somebody_needs_or_changed_it() {
    let Some(mut house) = House::new() else { return };
    let before = house.rows();
    assert_eq!(house.write(&[new_game(4), new_game(5), new_game(6)]).added, 3);
    assert_eq!(house.write(&[want(4, &[("status", json!("live"))])]).later, 1, "just added");
    house.later();
    assert_eq!(house.write(&[want(4, &[("status", json!("live"))])]).written, 1);
    house.run(&format!("insert into picks (game) values ('{}')", id(5)));
    house.run(&format!("update games set home_team = 'Miami Heat' where id = '{}'", id(6)));
    let undone = house.undo();
    assert_eq!((undone.removed, undone.kept.len()), (1, 2), "{undone:?}");
    assert_eq!(house.rows().len(), before.len() + 2);
    assert_eq!(house.rows()[..3], before[..]);
}

#[test]
fn a_row_that_cannot_be_added_is_refused_and_counted() {
    let Some(mut house) = House::new() else { return };
    let mut nameless = new_game(7);
    nameless.new.as_mut().unwrap().remove("home_team");
    assert_eq!(house.write(&[nameless, new_game(1)]), Done { refused: 2, ..Done::default() });
}

#[test]
fn a_rehearsal_tells_the_same_and_changes_nothing() {
    let Some(mut house) = House::new() else { return };
    house.write(&[want(1, &[("price", json!(3))]), new_game(4)]);
    let written = house.rows();
    let rehearsed = undo::table(&mut house.client, &house.table, true).unwrap();
    assert_eq!(house.rows(), written);
    assert_eq!(house.undo(), rehearsed);
}

#[test]
fn a_second_cut_over_begins_from_what_is_there_then() {
    let Some(mut house) = House::new() else { return };
    house.write(&[want(1, &[("price", json!(3))]), new_game(4)]);
    house.undo();
    house.run("update games set price = 7 where home_team = 'Jazz'");
    assert_eq!(house.write(&[want(1, &[("price", json!(8))]), new_game(4)]), Done { written: 1, added: 1, ..Done::default() });
    let undone = house.undo();
    assert_eq!((undone.put_back, undone.removed), (1, 1));
    house.holds(1, "price", json!(7));
}

#[test]
fn the_catalogue_tells_what_a_table_is() {
    let Some(house) = House::new() else { return };
    let table = &house.table;
    assert_eq!((table.key.as_str(), table.has_update_trigger), ("id", true));
    assert!(table.takes_status("live") && !table.takes_status("postponed"));
    assert_eq!(table.referred_from, [("public.picks".to_owned(), "game".to_owned())]);
    assert!(table.columns["home_team"], "a new row must bring it");
    assert!(!table.columns["id"]);
}

#[test]
fn a_rollback_is_proved_row_by_row() {
    let Some(mut house) = House::new() else { return };
    house.begin();
    house.write(&[want(1, &[("price", json!(3)), ("status", json!("live"))]), want(2, &[("price", json!(9))]), new_game(4), new_game(5)]);
    house.run("update games set status = 'cancelled' where home_team = 'Jazz'");
    house.run("update games set price = 5 where price = 2");
    house.run(&format!("insert into picks (game) values ('{}')", id(5)));
    house.run("insert into games (home_team, start_time) values ('Nets', now())");
    house.undo();
    let expected = Proof {
        table: "games".to_owned(),
        apart: BTreeMap::from([("updated_at".to_owned(), 1)]),
        changed_by_others: 1,
        added_by_others: 1,
        written_by_both: 1,
        ours_kept: 1,
        ..Proof::default()
    };
    assert_eq!(house.compare(), expected);
    house.run("update games set price = 99 where home_team = 'Bulls'");
    assert_eq!((house.compare().is_whole(), house.compare().written_by_both), (true, 2), "a later write of others");
    house.run("update games set price = 9 where home_team = 'Bulls'");
    assert_eq!(house.compare().unexplained, [id(2)], "what we wrote and took back cannot be there");
}

#[test]
fn rows_are_hashed_a_few_thousand_at_a_time_and_an_ended_run_is_taken_up() {
    let Some(mut house) = House::new() else { return };
    house.run("insert into games (home_team, start_time) select 'Team ' || i, now() from generate_series(1, 11997) i");
    let hashed =
        |house: &mut House| house.client.query_one("select count(*) from predictive_play.old_hashes", &[]).unwrap().get::<_, i64>(0);
    let pid: i32 = house.client.query_one("select pg_backend_pid()", &[]).unwrap().get(0);
    let mut other = Client::connect(&house._database.url, NoTls).unwrap();
    let mut ends_us = |rows| {
        assert_eq!(rows, 5000);
        other.execute("select pg_terminate_backend($1, 10000)", &[&pid]).unwrap();
    };
    proof::begin(&mut house.client, &house.table, Hashed::Anew, &mut ends_us).unwrap_err();
    house.client = Client::connect(&house._database.url, NoTls).unwrap();
    assert_eq!(hashed(&mut house), 5000, "what was committed stays");
    let mut told = Vec::new();
    assert_eq!(proof::begin(&mut house.client, &house.table, Hashed::Anew, &mut |rows| told.push(rows)).unwrap(), 7000);
    assert_eq!((hashed(&mut house), told), (12_000, vec![5000, 10_000]));
    house.run("update games set status = 'live' where home_team = 'Jazz'; delete from games where home_team = 'Team 7'");
    house.run("insert into games (home_team, start_time) values ('Late', now())");
    assert_eq!(proof::begin(&mut house.client, &house.table, Hashed::Missing, &mut |_| {}).unwrap(), 1, "what has a hash keeps it");
    assert_eq!(house.compare().changed_by_others, 1);
    assert_eq!(
        proof::begin(&mut house.client, &house.table, Hashed::Anew, &mut |_| {}).unwrap(),
        1,
        "before the first write it is as it is now"
    );
    assert_eq!((house.compare().changed_by_others, house.compare().removed_by_others), (0, 1));
}

#[test]
fn what_the_database_would_not_take_back_keeps_nobody_else_and_is_told() {
    let Some(mut house) = House::new() else { return };
    house.begin();
    let before = house.rows();
    house.write(&[want(1, &[("price", json!(3))]), want(3, &[("price", json!(4))]), new_game(4)]);
    house.run(
        "alter table games add constraint dear check (price is null or price <> 1.50) not valid;
         create function keep() returns trigger language plpgsql as $$ begin return null; end $$;
         create trigger kept before delete on games for each row execute function keep()",
    );
    let rehearsed = undo::table(&mut house.client, &house.table, true).unwrap();
    let undone = house.undo();
    assert_eq!((undone.put_back, undone.removed), (1, 0), "{undone:?}");
    let kept: Vec<&str> = undone.kept.keys().map(String::as_str).collect();
    assert!(kept[0].contains("does not let go") && kept[1].contains("would not have what stood there before"), "{kept:?}");
    assert_eq!(rehearsed.kept.keys().last().map(String::as_str), Some(kept[1]), "a rehearsal finds the check too");
    let proof = house.compare();
    assert_eq!((proof.unexplained.as_slice(), proof.ours_kept), (&[id(1)][..], 1), "{proof:?}");
    house.run("alter table games drop constraint dear; drop trigger kept on games; update predictive_play.old_rows set undone = null where is_added");
    assert_eq!(house.undo().put_back, 1, "tried again");
    assert!(house.compare().is_whole());
    assert_eq!(house.rows()[0], before[0]);
}
