//! Every statement of the hot paths on a large store, explained by the server itself as it runs them: none reads a large table
//! from end to end. And every index says which query it is for.

use odds::id::{EventId, ListingId, ReplyId, Seq};
use odds::{Moment, block, cover};
use store::{Cut, EventsAsked, Store};
use testkit::postgres::{PostgresCluster, PostgresOptions, TestDatabase, dedicated, has_library};

use crate::store_on;

/// Tables that stay small, or are read whole on purpose: by what they are, not by how the planner likes them.
const SMALL: [&str; 15] = [
    "head",
    "scopes",
    "settings",
    "keys",
    "cursors",
    "leases",
    "findings",
    "migrations",
    "catalogue",
    "book_rows",
    "market_rows",
    "meanings",
    "meaning_changes",
    "word_counts",
    "injury_rows",
];

/// 20,000 listings of 200 days with 100,000 entries, 200,000 blocks and covers, and the rows that follow.
const FILL: &str = "
insert into @scopes values (1, '@scope');
insert into @listings select i, 'p', 'game-' || i, 's', 'contest', i, lpad(to_hex(i), 32, '0'), 'league', day(i / 100), null, 'Home', 'Away', (i > 19900)::int
    from generate_series(1, 20000) i;
insert into @replies select i, decode(lpad(to_hex(i), 64, '0'), 'hex'), 'p', 'odds', '{\"path\":\"/odds\"}', 's', 200, '{}', day(i / 500), 'fetched',
    decode(lpad(to_hex(i), 64, '0'), 'hex'), day(i / 500), null, case when i > 99995 then 'pending' else 'recorded' end from generate_series(1, 100000) i;
insert into @bodies select decode(lpad(to_hex(i), 64, '0'), 'hex'), 'bundle', i, 10, 10 from generate_series(1, 100000) i;
insert into @entries select i, i, 'p', 'odds', 's', 1, (i % 10 = 0)::int, day(i / 500) + i, 'fetched', day(i / 500) + i, 1, 2, 1, 0, 0,0,0,0,0,0,0,0,0,0,0,0
    from generate_series(1, 100000) i;
insert into @blocks select i % 20000 + 1, day(i / 1000) + i, i / 2 + 1, i / 2 + 1, 1, '\\x@block' from generate_series(1, 199998) i;
insert into @covers select i % 20000 + 1, day(i / 1000) + i, i / 2 + 1, i / 2 + 1, '\\x@cover' from generate_series(1, 199998) i;
insert into @sealed select i, i, i, 0, 0, 0, '', '' from generate_series(1, 20000) i;
insert into @facts select i % 20000 + 1, day(i / 500) + i, i, i, 0, 0, '', '2026-01-01T00:00:00Z' from generate_series(1, 100000) i;
insert into @cells select i % 20000 + 1, i / 20000, 'b' || i / 20000, 'h2h', i % 20000 + 1 from generate_series(0, 59999) i;
insert into @slots select i % 20000 + 1, i / 20000, i / 20000, 'Home', '', null, i % 20000 + 1 from generate_series(0, 59999) i;
insert into @decisions select i, 0, 'founded', i, lpad(to_hex(i), 32, '0'), 'r', '{}', 'rule' from generate_series(1, 20000) i;
insert into @problems select i, 0, '', 'not_the_shape', '' from generate_series(1, 20000) i;
insert into @asks select i, 'p', 'odds', '{}', 'live', day(i / 500), day(i / 500), day(i / 500), 'good', '', 1, 1, null, null, i, 0 from generate_series(1, 50000) i;
insert into @event_rows select lpad(to_hex(i), 32, '0'), i, 'p', 'game-' || i, 'contest', 's', 'league', 'Home', 'Away', day(i / 100), null, null, null, null,
    day(0), day(0), 1, 1, 1, 0 from generate_series(1, 20000) i;
insert into @slot_rows select i % 20000 + 1, i / 20000, i / 20000, 'b', 'h2h', 'h2h', 'full', null, 'home', 'Home', 'Home', '', null, null, 'back', 0, 0, 1
    from generate_series(0, 59999) i;
update @slot_rows set is_prop = 1, subject = 'Player ' || listing_id, selection = 'over' where slot = 1;
insert into @quote_rows select i % 20000 + 1, i / 20000, 1500000000, -200, 'live', null, day(0), 1, 0, 0, null, null from generate_series(0, 59999) i;
insert into @cell_rows select i % 20000 + 1, i / 20000, day(0), 'fetched', null, null from generate_series(0, 59999) i;
insert into @change_rows select i % 20000 + 1, i / 20000 % 3, day(i / 500) + i, i, i, 0, 1500000000, -200, null from generate_series(1, 100000) i;
insert into @historical_rows select i % 20000 + 1, i / 20000, 1, 1, null, day(0), 1, 1, null, day(0), 'good', 1, 1, 'none', null from generate_series(0, 59999) i;
insert into @stat_lines select i % 20000 + 1, 'p' || i, 'Player ' || i % 5000, 'Team', 'home', 'G', 0, day(0), day(0) from generate_series(1, 100000) i;
insert into @stat_rows select i % 20000 + 1, 'p' || i, 'points', 1000 from generate_series(1, 100000) i;
insert into @player_rows select 's', 'player ' || i from generate_series(1, 20000) i;
insert into @player_directory select 'id' || i, 'league', 'Player ' || i, '{}' from generate_series(1, 20000) i;
insert into @player_names select 'p', 'league', 'ref' || i, 'id' || (i % 20000 + 1), 'id' || (i % 20000 + 1), 'Player ' || i, 'founded', 'r', 'rule', 0, day(0), day(1), '{}'
    from generate_series(1, 40000) i;
insert into @player_spellings select 'p', 'league', 'Player ' || i, 'ref' || i, 's' from generate_series(1, 40000) i;
insert into @player_teams select 'id' || i, 'p', 'Team ' || i % 30, day(0), day(1) from generate_series(1, 20000) i;
insert into @adopted_rows select 'sports_events/' || i, 'sports_events', i, 'adopted', i, '', i, i from generate_series(1, 20000) i;
insert into @adopted_rows select 'odds_data/' || i, 'odds_data', i, case i % 5000 when 0 then 'refused' else 'adopted' end, i % 20000 + 1, '', i, i from generate_series(1, 100000) i;
insert into @foreign_ids select 'espn/' || i, i from generate_series(1, 20000) i;
insert into @old_rows select 'odds_data', i::text, false, lpad(to_hex(i), 32, '0'), '{}'::jsonb, '{}'::text[], now(), now(), null from generate_series(1, 50000) i;
insert into @old_fields select 'odds_data', i::text, 'outcome_price', '1'::jsonb, '2'::jsonb, '2'::jsonb, null::jsonb, 'ours', now(), null::jsonb from generate_series(1, 50000) i;
insert into @old_hashes select 'odds_data', i::text, md5(i::text) from generate_series(1, 50000) i;
insert into @old_told select lpad(to_hex(i), 32, '0') from generate_series(1, 20000) i;
update @head set seq = 100000, listing_id = 20000, scope_id = 1, recorded_at = day(201);
drop function day(bigint);
";

const DAY_0: Moment = Moment::from_secs(1_767_225_600);

fn day(number: i64) -> Moment {
    DAY_0.plus_secs(number * 86_400)
}

fn fill(database: &TestDatabase) {
    let hex = |bytes: Vec<u8>| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let change = block::Change { slot: odds::SlotNo(0), value: block::Value::Withdrawn, changed_at: None };
    let day = format!(
        "create function day(number bigint) returns bigint language sql immutable as 'select {} + number * 86400000000';",
        DAY_0.micros()
    );
    let script = FILL
        .replace("@block'", &format!("{}'", hex(block::encode(&[change], DAY_0))))
        .replace("@cover'", &format!("{}'", hex(cover::encode(&cover::Cover::empty(odds::reply::Basis::Fetched), DAY_0))))
        .replace("@scope'", &format!("{}'", serde_json::to_string(&odds::observation::Scope::default()).unwrap()))
        .replace('@', "predictive_play.");
    database.execute(&format!("{day}{script}"));
    database.execute("analyze");
}

fn large() -> Option<(PostgresCluster, TestDatabase, Store)> {
    if !has_library("auto_explain") {
        return None;
    }
    let options = PostgresOptions { fsync: false, ..PostgresOptions::default() }
        .with("shared_buffers", "64MB")
        .with("session_preload_libraries", "auto_explain")
        .with("auto_explain.log_min_duration", "0")
        .with("auto_explain.log_nested_statements", "on");
    let cluster = dedicated(&options)?;
    let database = cluster.database();
    store_on(&database.url);
    fill(&database);
    let store = store_on(&database.url);
    Some((cluster, database, store))
}

/// What the server said of plans that read a large table whole: the table, and the statement.
fn whole_reads(log: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for plan in log.split("  plan:\n").skip(1) {
        let query: String = plan.lines().take_while(|line| !line.contains("(cost=")).collect::<Vec<_>>().join(" ");
        for line in plan.lines().take_while(|line| line.starts_with('\t') || line.starts_with("Query Text")) {
            let table = line.split("Seq Scan on ").nth(1).and_then(|rest| rest.split_whitespace().next());
            if let Some(table) = table.filter(|table| !SMALL.contains(table) && is_large(table)) {
                found.push((table.to_owned(), query.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    found
}

/// The server's own tables are not ours, and months to come are empty.
fn is_large(table: &str) -> bool {
    !table.starts_with("pg_") && !table.starts_with("change_rows_20")
}

#[test]
fn the_last_moment_is_what_an_index_has_for_it() {
    assert_eq!(Moment::MAX.micros(), 253_370_764_800_000_000, "also in store/src/history.rs and the index listings_by_start");
}

fn ask_everything(store: &Store) {
    let (event, listing) = ("00000000000000000000000000000309".parse::<EventId>().unwrap(), ListingId(777));
    let row = store.listing(listing).unwrap().unwrap();
    assert_eq!(store.listing_of("p", "game-777").unwrap().unwrap().id, listing);
    assert_eq!(store.event(event).unwrap().unwrap().listings.len(), 1);
    assert!(store.event_known(event, Seq(90_000)).unwrap().is_some());
    store.event_alias("game-777", Seq(i64::MAX)).unwrap();
    store.listing_rows(listing, Cut::ALL).unwrap();
    store.listing_rows(listing, Cut { as_of: day(100), known: Seq(60_000) }).unwrap();
    assert!(store.board(row.clone(), Cut { as_of: day(100), known: Seq(i64::MAX) }).is_ok());
    store.facts_at(listing, Cut::ALL).unwrap();
    store.fact_rows(listing, Cut::ALL).unwrap();
    store.decisions_of(listing, Seq(90_000)).unwrap();
    store.decisions((Seq(500), 0), Seq(90_000), 50).unwrap();
    store.decisions_between(Seq(500), Seq(520)).unwrap();
    assert_eq!(store.entries_after(Seq(99_000), 20, &mut odds::names::Interner::default()).unwrap().len(), 20);
    store.known_by(day(50)).unwrap();
    let (from, to) = (day(50), day(52));
    assert!(!store.listings_between(from, to).unwrap().is_empty());
    store.listings_of_sport("p", "s", from, to).unwrap();
    store.listings_of_league("league", from, to).unwrap();
    let asked = EventsAsked { from, to, after: (from, ListingId(0)), limit: 50 };
    assert!(!store.events_by_start(asked).unwrap().is_empty());
    assert!(store.reply(ReplyId(777)).unwrap().is_some());
    assert!(store.entry_of(ReplyId(777)).unwrap().is_some());
    assert_eq!(store.pending_replies(10).unwrap().len(), 5);
    assert_eq!(store.recorded_replies(Seq(99_000), 10).unwrap().len(), 10);
    store.problems_of(Seq(777)).unwrap();
    store.has_priced_listing(day(199)).unwrap();
    store.head().unwrap();
    store.cursor("rows").unwrap();
    store.asks_since("p", day(99)).unwrap();
    store.asked_since(day(99)).unwrap();
    assert!(store.adopted("odds_data", "777").unwrap().is_some());
    assert_eq!(store.adopted_as("odds_data", store::adopted::Outcome::Refused, "", 10).unwrap().len(), 10);
    assert_eq!(store.accounted(&["odds_data/1", "odds_data/2"]).unwrap().len(), 2);
    assert_eq!(store.adopted_fingerprints(&["odds_data/1", "odds_data/2"]).unwrap().len(), 2);
    store.stat_listings("Player 7", None, 10).unwrap();
    store
        .append(|log| {
            log.recorded_among(&[ReplyId(5)])?;
            log.find_listing("p", "game-5")?;
            log.standing_listings("p", "s")?;
            log.last_sweep("p", "s")?;
            log.listings_starting("league", from, to)?;
            log.listings_called("espn/777")?;
            log.foreign_ids_of(listing)?;
            log.outcomes_of(&["sports_events/777"])?;
            log.listing_rows(listing, &mut odds::names::Interner::default()).map(drop)
        })
        .unwrap();
}

const VIEWS: [&str; 8] = [
    "select * from @sports_events where sport_key = 's' and start_time between to_timestamp(1767225600) and to_timestamp(1767312000)",
    "select * from @odds_data where event_id = lpad('309', 32, '0')",
    "select * from @player_props_odds where event_id = lpad('309', 32, '0')",
    "select * from @player_game_stats where event_id = lpad('309', 32, '0')",
    "select * from @adopted where old_table = 'odds_data' and outcome = 'refused' limit 50",
    "select * from @odds_changes where event_id = lpad('309', 32, '0') order by observed_at",
    "select * from @historical_odds where event_id = lpad('309', 32, '0')",
    "select * from @quotes_as_of(lpad('309', 32, '0'), now())",
];

#[test]
fn no_statement_of_the_hot_paths_reads_a_large_table_whole() {
    let Some((cluster, database, store)) = large() else { return };
    let before = cluster.log().len();
    ask_everything(&store);
    VIEWS.iter().skip(1).for_each(|view| database.execute(&view.replace('@', "predictive_play.")));
    let log = cluster.log()[before..].to_owned();
    let plans = log.matches("  plan:\n").count();
    assert!(plans > 60, "the server explained {plans} statements");
    let found = whole_reads(&log);
    assert!(found.is_empty(), "{} whole reads: {found:#?}", found.len());
    // The check is able to fail: a statement that has no index is found.
    let before = cluster.log().len();
    database.execute("select count(*) from predictive_play.blocks where n = 7");
    assert_eq!(whole_reads(&cluster.log()[before..]).first().map(|(table, _)| table.as_str()), Some("blocks"));
}

#[test]
fn every_index_names_its_query() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    store_on(&database.url);
    let silent = "select string_agg(c.relname, ', ' order by c.relname) from pg_class c join pg_index i on i.indexrelid = c.oid
        where c.relnamespace = 'predictive_play'::regnamespace and not c.relispartition and obj_description(c.oid, 'pg_class') is null";
    assert_eq!(database.text(silent), None, "say in a migration: comment on index .. is 'its query'");
}
