//! `inspect`: every shape recognised, every planted row found and no other, nothing written.

use std::collections::BTreeMap;

use predictive_play::adopt::inspect::{Report, inspect};
use predictive_play::adopt::{Address, Problem};
use testkit::legacy::{Dirt, Part, Recipe, Shape};
use testkit::pgbouncer::PgBouncer;
use testkit::postgres::{PostgresOptions, dedicated, shared};

use crate::rig::{self, Old, client, listed, old, rows};

fn look(url: &str) -> Report {
    inspect(&Address::of_url(url).unwrap()).unwrap()
}

/// The kind of dirt that a problem is about.
fn kind(problem: &Problem) -> Option<Dirt> {
    Some(match problem.key {
        "same_game_twice" => Dirt::SameGameTwice,
        "sides_swapped" => Dirt::SidesSwapped,
        "hours_apart" => Dirt::HoursApart,
        "same_external_id_twice" => Dirt::SameIdTwice,
        "impossible_time" => Dirt::ImpossibleTime,
        "stale_scheduled" => Dirt::StaleScheduled,
        "unknown_status" => Dirt::UnknownStatus,
        "same_team_twice" => Dirt::SameTeamTwice,
        "padded_name" => Dirt::PaddedName,
        "league_not_told" => Dirt::LeagueNotTold,
        "source_chain" => Dirt::SourceChain,
        "id_of_another_provider" => Dirt::ForeignId,
        "stats_half_written" => Dirt::StatsHalfWritten,
        "score_as_text" => Dirt::ScoreAsText,
        "unknown_place" => Dirt::UnknownPlace,
        "completed_without_score" => Dirt::NoScore,
        "doubleheader_collapsed" => Dirt::DoubleheaderCollapsed,
        "odds_unreadable" => Dirt::OddsUnreadable,
        "prediction_odds_unreadable" => Dirt::PredictionOddsUnreadable,
        "price_impossible" => Dirt::PriceImpossible,
        "probability_wrong" => Dirt::ProbabilityWrong,
        "orphans" if problem.about == "public.predictions (event_id)" => Dirt::OrphanPrediction,
        "orphans" if problem.about == "public.bet_history (prediction_id)" => Dirt::OrphanBet,
        "orphans" if problem.about == "public.user_preferences (pinned_event_ids)" => Dirt::OrphanPin,
        "orphans" if problem.about == "public.odds_data (event_id)" => Dirt::OrphanOdds,
        _ => return None,
    })
}

/// Every query gives just the planted rows, and every kind that was planted is looked for.
fn assert_found(old: &Old, report: &Report, name: &str) {
    let mut found: BTreeMap<Dirt, _> = BTreeMap::new();
    for problem in &report.problems {
        assert_eq!(problem.failed, None, "{name} {}", problem.query);
        let keys = listed(&old.database.url, &problem.query);
        assert_eq!(problem.rows, Some(keys.len() as u64), "{name} {}", problem.key);
        let planted = kind(problem).map(|kind| old.planted.of(kind)).unwrap_or_default();
        assert_eq!(keys, planted, "{name} {} {}: {}", problem.key, problem.about, problem.query);
        found.extend(kind(problem).filter(|_| !keys.is_empty()).map(|kind| (kind, keys)));
    }
    assert_eq!(found, old.planted.dirt, "{name}: every kind is found");
}

#[test]
fn every_shape_is_recognised_and_every_planted_row_is_listed_and_no_other() {
    let Some(cluster) = shared() else { return };
    for (shape, name) in [
        (Shape::Basic, "basic"),
        (Shape::WithSources, "with sources"),
        (Shape::HalfEnhanced, "half enhanced"),
        (Shape::BrokenHalfWay, "broken half-way"),
    ] {
        let old = old(cluster, &Recipe::of(shape, 7, rig::now()));
        let report = look(&old.database.url);
        assert_eq!(report.shape.name, name, "{:?}", report.shape);
        assert_eq!(report.shape.events, Some(format!("public.{}", old.planted.events_table)));
        for table in report.tables.iter().filter(|table| table.rows.is_some()) {
            let planted = old.planted.rows.get(&format!("{}.{}", table.schema, table.name));
            assert!(planted.is_none() || planted.copied() == table.rows, "{} {planted:?} {:?}", table.name, table.rows);
        }
        assert_found(&old, &report, name);
    }
}

#[test]
fn any_mix_is_looked_at_without_a_query_that_fails() {
    let Some(cluster) = shared() else { return };
    for seed in 0..6 {
        let recipe = Recipe::of(Shape::Mixed, seed, rig::now()).without(Part::NewBesideOld);
        let old = old(cluster, &recipe);
        assert_found(&old, &look(&old.database.url), &format!("{:?}", recipe.parts));
    }
}

#[test]
fn a_clean_database_has_no_problems() {
    let Some(cluster) = shared() else { return };
    let old = old(cluster, &Recipe::of(Shape::WithSources, 5, rig::now()).sized(3000, 2000).clean());
    let report = look(&old.database.url);
    let found: Vec<_> = report.found().map(|problem| (problem.key, problem.rows, &problem.query)).collect();
    assert!(found.is_empty() && report.problems.len() > 20, "{found:?}");
}

#[test]
fn what_stands_round_the_tables_is_told() {
    let Some(cluster) = shared() else { return };
    let old = old(cluster, &Recipe::of(Shape::BrokenHalfWay, 2, rig::now()).with(Part::OddsTables));
    let report = look(&old.database.url);
    let names = |kind: &str| report.of_kind(kind).map(|object| object.name.clone()).collect::<Vec<_>>();
    assert_eq!(names("policy").len(), 4);
    assert!(names("trigger").contains(&"public.sports_events_old update_sports_events_updated_at".to_owned()), "{:?}", names("trigger"));
    assert!(report.of_kind("publication").any(|object| object.definition.contains("public.predictions, public.sports_events_old")));
    assert_eq!(names("extension"), ["pgcrypto", "uuid-ossp"]);
    assert!(report.roles.iter().any(|role| role.name == "service_role" && role.passes_row_security && !role.can_login));
    assert!(
        report
            .of_kind("grant")
            .any(|object| object.name == "table public.sports_events_old" && object.definition.contains("SELECT to anon"))
    );
    let cascade = report.references.iter().find(|key| key.from_table == "predictions" && key.to_table == "sports_events_old").unwrap();
    assert_eq!((cascade.on_delete.as_str(), cascade.is_validated), ("cascade", true));
    assert!(
        report.loose_references.iter().any(|loose| loose.table == "odds_data")
            && report.remarks.iter().any(|said| said.contains("was renamed"))
    );
    assert!(report.remarks.iter().any(|said| said.contains("never filled") && said.contains("odds_data")), "{:?}", report.remarks);
    assert_eq!((report.server.database.as_str(), report.is_pooler), (old.database.name.as_str(), false));
    assert_eq!(report.missing_rights, []);
}

/// What the server itself counts of writes: rows, transactions that were given a number, files.
const WRITES: &str = "select pg_snapshot_xmax(pg_current_snapshot())::text, sum(n_tup_ins + n_tup_upd + n_tup_del + n_tup_hot_upd)::text,
    (select (tup_inserted + tup_updated + tup_deleted)::text from pg_stat_database where datname = current_database()),
    (select count(*)::text from pg_class), (select count(*)::text from pg_locks where mode not in ('AccessShareLock', 'ExclusiveLock'))
    from pg_stat_all_tables";

#[test]
fn nothing_is_written_by_the_servers_own_count() {
    let Some(cluster) = dedicated(&PostgresOptions::default().with("autovacuum", "off")) else { return };
    let old = old(&cluster, &Recipe::of(Shape::HalfEnhanced, 3, rig::now()));
    // Counters are sent to the server's statistics when a session ends or after a while: asked for here.
    let counted = || {
        client(&old.database.url).batch_execute("select pg_stat_force_next_flush()").unwrap();
        rows(&old.database.url, WRITES)
    };
    let before = counted();
    assert!(look(&old.database.url).found().count() > 20);
    assert_eq!(counted(), before);
    client(&old.database.url)
        .batch_execute("update sports_events set league = league where id = (select min(id::text)::uuid from sports_events)")
        .unwrap();
    assert_ne!(counted(), before, "a write would have been counted");
}

#[test]
fn rights_that_are_missing_are_named_with_their_remedy() {
    let Some(cluster) = shared() else { return };
    let old = old(cluster, &Recipe::of(Shape::WithSources, 4, rig::now()));
    let role = format!("reader_{}", old.database.name.replace(' ', "_").to_lowercase());
    old.database.execute(&format!(
        "create role {role} login; grant usage on schema public, auth to {role}; grant select on sports_events, predictions, bet_history to {role}"
    ));
    let url = old.database.url.replace("testkit@", &format!("{role}@"));
    let report = look(&url);
    let missing = |step: &str, on: &str| report.missing_rights.iter().find(|missing| missing.step == step && missing.on == on);
    assert_eq!(missing("backup", "public.user_preferences").unwrap().right, "select");
    assert_eq!(missing("backup", "public.predictions").unwrap().right, "bypassrls, or ownership");
    assert_eq!(missing("backup", "Reports 2024").unwrap().remedy, format!("grant usage on schema \"Reports 2024\" to {role}"));
    assert!(missing("apply", &format!("database {}", old.database.name)).is_some());
    assert!(missing("cutover", "public.sports_events").is_some() && missing("backup", "public.sports_events").is_none());
    let table = |name: &str| report.tables.iter().find(|table| table.name == name).unwrap();
    assert_eq!((table("predictions").rows, table("user_preferences").rows), (None, None), "what is hidden is not counted as none");
    assert!(table("sports_events").rows.is_some() && report.remarks.iter().any(|said| said.contains("hides rows of public.predictions")));
    old.database.execute(&format!("drop owned by {role}; drop role {role}"));
}

/// Without the bytes on the disk: the server's own housekeeping adds maps beside the rows meanwhile.
fn unweighed(mut report: Report) -> Report {
    report.server.bytes = 0;
    report.tables.iter_mut().for_each(|table| table.bytes = 0);
    report
}

#[test]
fn it_looks_through_a_pooler_and_says_so() {
    let Some(cluster) = shared() else { return };
    let Some(pooler) = PgBouncer::in_front_of(cluster, 5) else { return };
    let old = old(cluster, &Recipe::of(Shape::HalfEnhanced, 6, rig::now()));
    let through = pooler.through(cluster, &old.database.url);
    // Several in turn: what one left in a backend would break the next.
    let reports: Vec<Report> = (0..3).map(|_| unweighed(look(&through))).collect();
    let direct = unweighed(look(&old.database.url));
    for report in reports {
        assert!(report.is_pooler && !direct.is_pooler);
        assert_eq!(Report { is_pooler: false, ..report }, direct);
    }
    // Every backend that the pooler lends is as it was: no setting, no statement, no transaction of ours stayed with it.
    let state = "select current_setting('search_path') || current_setting('timezone') || current_setting('lock_timeout'),
        (select count(*)::text from pg_prepared_statements where name <> '')";
    let mut lent: Vec<_> = (0..5).map(|_| client(&through)).collect();
    for client in &mut lent {
        client.batch_execute("begin").unwrap();
        let answer = client.simple_query(state).unwrap();
        let row =
            answer.iter().find_map(|message| if let postgres::SimpleQueryMessage::Row(row) = message { Some(row) } else { None }).unwrap();
        assert_eq!((row.get(0), row.get(1)), (Some("\"$user\", publicUTC0"), Some("0")));
    }
}

#[test]
#[ignore = "100,000 events and a million prices: minutes on a busy machine; prints how long"]
fn a_large_database_is_looked_at_and_backed_up() {
    let quick = PostgresOptions { fsync: false, ..PostgresOptions::default() }.with("max_wal_size", "4GB").with("shared_buffers", "256MB");
    let Some(cluster) = dedicated(&quick) else { return };
    for shape in [Shape::WithSources, Shape::HalfEnhanced] {
        let old = old(&cluster, &Recipe::of(shape, 1, rig::now()).sized(100_000, 1_000_000));
        let began = std::time::Instant::now();
        let report = look(&old.database.url);
        println!("{shape:?}: inspected in {:?}, {} bytes", began.elapsed(), report.server.bytes);
        for problem in &report.problems {
            let began = std::time::Instant::now();
            let count = listed(&old.database.url, &problem.query).len();
            println!("  {} {}: {count} listed in {:?}", problem.key, problem.about, began.elapsed());
        }
        assert_found(&old, &report, "large");
        let began = std::time::Instant::now();
        let rows = crate::backup::rows_of_a_backup(&old.database.url);
        println!("{shape:?}: {rows} rows backed up and proved in {:?}", began.elapsed());
        assert!(rows > 100_000);
    }
}
