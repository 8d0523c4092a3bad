//! The ways there: TLS with papers, a pooler, a role that may little, our store elsewhere; two at once, a lock that somebody holds; and what
//! `verify` must notice.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::certificates::Certificates;
use testkit::child::ChildProcess;
use testkit::legacy::Shape;
use testkit::pgbouncer::PgBouncer;
use testkit::postgres::{PostgresOptions, dedicated, shared};

use crate::rig::{client, command, json, run};
use crate::walk::{OURS, Walk};

/// Apply, verify, cut over and back, whatever the way.
fn there_and_back(walk: &Walk) {
    let before = walk.rows();
    walk.done("apply", &[]);
    assert_eq!(walk.done("verify", &["--sample", "20"])["passed"], true);
    walk.hears();
    walk.done("cutover", &["--once"]);
    assert_eq!(walk.odds_of(OURS), json!({"homeOdds": 1.75, "awayOdds": 2.1}));
    assert_eq!(walk.done("report", &[])["follower"]["is_on"], true);
    assert_eq!(walk.done("rollback", &["--drop-schema"])["is_whole"], true);
    assert_eq!(walk.rows(), before);
}

#[test]
fn by_tls_with_our_own_certificate_and_only_to_the_server_that_we_mean() {
    let Some(certificates) = Certificates::new("papers") else { return };
    let shown = |path: std::path::PathBuf| path.display().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(folder.path().join("hba"), "host all testkit 127.0.0.1/32 trust\nhostssl all papers 127.0.0.1/32 cert\n").unwrap();
    let options = PostgresOptions { fsync: false, ..PostgresOptions::default() }
        .with("ssl", "on")
        .with("ssl_cert_file", &shown(certificates.certificate("server")))
        .with("ssl_key_file", &shown(certificates.key("server")))
        .with("ssl_ca_file", &shown(certificates.certificate("ca")))
        .with("hba_file", &shown(folder.path().join("hba")));
    let Some(cluster) = dedicated(&options) else { return };
    client(&cluster.url("postgres")).batch_execute("create role papers superuser login").unwrap();
    let mut walk = Walk::on(&cluster, Shape::WithSources, 40);
    let plain = walk.way.replace("testkit@127.0.0.1", "papers@localhost");
    let with = |root: &str, more: &str| {
        let (certificate, key) = (shown(certificates.certificate("client")), shown(certificates.key("client")));
        format!(
            "{plain}?sslmode=verify-full&sslrootcert={}&sslcert={certificate}&sslkey={key}{more}",
            shown(certificates.certificate(root))
        )
    };
    for (way, code, said) in [
        (format!("{plain}?sslmode=disable"), 1, "connecting to"),
        (with("stranger", ""), 1, "UnknownIssuer"),
        (format!("{plain}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem"), 2, "sslrootcert /nowhere/ca.pem"),
        (format!("{plain}?sslmode=always"), 2, "verify-full"),
    ] {
        walk.way = way;
        let refused = walk.adopt("apply", &[]);
        assert!(refused.code == Some(code) && refused.err.contains(said), "{}: {:?} {}", walk.way, refused.code, refused.err);
    }
    walk.way = with("ca", "");
    there_and_back(&walk);
}

#[test]
fn by_a_pooler_that_lends_connections_by_the_transaction() {
    let Some(cluster) = shared() else { return };
    let Some(pooler) = PgBouncer::in_front_of(cluster, 8) else { return };
    let mut walk = Walk::on(cluster, Shape::HalfEnhanced, 41);
    walk.way = pooler.through(cluster, &walk.way);
    there_and_back(&walk);
}

#[test]
fn a_role_that_may_little_is_told_every_right_before_anything_begins() {
    let Some(cluster) = shared() else { return };
    let mut walk = Walk::on(cluster, Shape::HalfEnhanced, 42);
    let role = format!("small_{}", walk.old.database.name.replace(' ', "_").to_lowercase());
    walk.old.database.execute(&format!("create role {role} login"));
    walk.way = walk.way.replace("testkit@", &format!("{role}@"));
    let grant_all = |walk: &Walk, step: &str| {
        // told at once: what was given then is all
        for _ in 0..2 {
            let planned = walk.adopt(step, &["--dry-run", "--json"]);
            let missing = json(&planned)["missing_rights"].as_array().unwrap().clone();
            if missing.is_empty() {
                assert_eq!(planned.code, Some(0));
                return;
            }
            assert_eq!(planned.code, Some(1));
            let refused = walk.adopt(step, if step == "cutover" { &["--unverified"] } else { &[] });
            assert_eq!(refused.code, Some(2), "{}", refused.err);
            for one in &missing {
                assert!(refused.err.contains(one["remedy"].as_str().unwrap()), "{one}: {}", refused.err);
                walk.old.database.execute(one["remedy"].as_str().unwrap());
            }
        }
        panic!("what {step} names is not all that is missing");
    };
    grant_all(&walk, "apply");
    assert_eq!(walk.old.database.text("select to_regnamespace('predictive_play')::text"), None, "nothing begins while a right is missing");
    walk.done("apply", &[]);
    assert_eq!(walk.done("verify", &["--sample", "20"])["passed"], true);
    grant_all(&walk, "cutover");
    walk.old.database.execute(&format!("grant {role} to testkit"));
    walk.hears();
    walk.done("cutover", &["--once"]);
    assert_eq!(walk.odds_of(OURS), json!({"homeOdds": 1.75, "awayOdds": 2.1}));
    // A prediction that points to a row of ours, hidden from the role: it must not go with it.
    let new = walk
        .old
        .database
        .text("select id::text from sports_events where home_team = 'Atlanta Hawks' and source = 'Predictive Play'")
        .unwrap();
    walk.old.database.execute(&format!(
        "alter role {role} nobypassrls; insert into predictions (event_id, sport, matchup, pick, odds) values ('{new}', 'NBA', 'hidden', 'y', '-110')"
    ));
    let refused = walk.adopt("rollback", &[]);
    assert!(refused.code == Some(2) && refused.err.contains("public.predictions (alter role"), "{}", refused.err);
    let hidden = "select count(*)::text from predictions where matchup = 'hidden'";
    assert_eq!(walk.old.database.text(hidden).as_deref(), Some("1"));
    walk.old.database.execute(&format!("alter role {role} bypassrls"));
    assert_eq!(walk.done("rollback", &[])["kept"], 1);
    assert_eq!(walk.old.database.text(hidden).as_deref(), Some("1"));
    // what was granted to it goes with the database
    walk.old.database.execute(&format!("drop owned by {role}"));
}

#[test]
fn from_a_store_elsewhere_rows_are_taken_over_and_the_old_tables_are_not_followed() {
    let Some(cluster) = shared() else { return };
    let walk = Walk::on(cluster, Shape::WithSources, 43);
    let other = cluster.database();
    for store in ["sqlite:own.db", other.url.as_str()] {
        let adopt = |step: &str, more: &[&str]| {
            run(walk.folder.path(), &[&["adopt", step, "--from", &walk.way], more].concat(), &[("DATABASE_URL", store)])
        };
        let planned = adopt("apply", &["--dry-run"]);
        assert!(planned.code == Some(0) && planned.out.contains("not beside the old tables"), "{}{}", planned.out, planned.err);
        let done = json(&adopt("apply", &["--json"]));
        assert!(done["is_beside"] == false && done["recorded"].as_u64() > Some(300), "{done}");
        let verified = adopt("verify", &["--json"]);
        assert!(verified.code == Some(0) && json(&verified)["passed"] == true, "{}{}", verified.out, verified.err);
        let refused = adopt("cutover", &["--unverified"]);
        assert!(refused.code == Some(2) && refused.err.contains("unset DATABASE_URL"), "{}", refused.err);
        let nothing = adopt("rollback", &[]);
        assert!(nothing.code == Some(0) && nothing.out.contains("nothing of ours"), "{}{}", nothing.out, nothing.err);
        assert_eq!(adopt("report", &[]).code, Some(0));
    }
    assert_eq!(walk.old.database.text("select to_regnamespace('predictive_play')::text"), None);
    let named = run(walk.folder.path(), &["adopt", "apply", "--json", "--from", &walk.way], &[("DATABASE_URL", &walk.way)]);
    assert_eq!(json(&named)["is_beside"], true, "a store that is named is beside where it is the same database");
}

#[test]
fn two_at_once_wait_for_each_other_and_a_lock_of_somebody_is_waited_for() {
    let Some(cluster) = shared() else { return };
    let walk = Walk::on(cluster, Shape::Basic, 44);
    let arguments = ["adopt", "apply", "--from", &walk.way];
    let mut holder = client(&walk.old.database.url);
    let mut held = holder.transaction().unwrap();
    held.batch_execute("lock table sports_events in access exclusive mode").unwrap();
    let mut one = ChildProcess::start(&mut command(walk.folder.path(), &arguments, &[]));
    one.wait_for_line("trying again", Duration::from_secs(120)).unwrap();
    let other = ChildProcess::start(&mut command(walk.folder.path(), &arguments, &[]));
    held.rollback().unwrap();
    for child in [one, other] {
        let finished = child.finish(Duration::from_secs(300)).unwrap();
        assert_eq!(finished.code, Some(0), "{}{}", finished.stdout, finished.stderr);
    }
    let third = walk.done("apply", &[]);
    assert!(third["recorded"] == 0 && third["known"] == third["read"], "{third}");
    let accounts: u64 = third["accounts"].as_array().unwrap().iter().map(|account| account["rows"].as_u64().unwrap()).sum();
    assert_eq!(accounts, third["read"].as_u64().unwrap());
}

#[test]
fn verify_notices_what_is_lost_what_leads_nowhere_and_who_was_let_in() {
    let Some(cluster) = shared() else { return };
    let walk = Walk::on(cluster, Shape::HalfEnhanced, 45);
    let early = walk.adopt("verify", &[]);
    assert!(early.code == Some(2) && early.err.contains("adopt apply"), "{}", early.err);
    // As some hosts have it: whatever is made is open to their roles.
    walk.old
        .database
        .execute("alter default privileges grant select on tables to anon; alter default privileges grant usage on schemas to anon");
    assert_eq!(walk.done("apply", &["--schema-only"])["accounts"], json!([]));
    let open = "select has_schema_privilege('anon', 'predictive_play', 'usage')::text || has_table_privilege('anon', 'predictive_play.listings', 'select')::text";
    assert_eq!(walk.old.database.text(open).as_deref(), Some("falsefalse"), "no role of the host is let in");
    walk.done("apply", &[]);
    let passes = || walk.done("verify", &["--sample", "1000", "--dry-run"]);
    let fails = |harm: &str, said: &str, mend: &str| {
        walk.old.database.execute(harm);
        let ended = walk.adopt("verify", &["--sample", "1000", "--json"]);
        let told: Vec<Value> = json(&ended)["differences"]["told"].as_array().unwrap().clone();
        assert!(ended.code == Some(1) && told.iter().any(|one| one.to_string().contains(said)), "{harm}: {told:?}");
        assert_eq!(walk.adopt("cutover", &[]).code, Some(1), "nothing is cut over that is not verified");
        walk.old.database.execute(mend);
        assert_eq!(passes()["passed"], true, "{mend}");
    };
    assert_eq!(passes()["passed"], true);
    let account = format!("old_row = 'sports_events/{OURS}'");
    fails(
        &format!(
            "create table kept as select * from predictive_play.adopted_rows where {account}; delete from predictive_play.adopted_rows where {account}"
        ),
        "is not accounted for",
        "insert into predictive_play.adopted_rows select * from kept; drop table kept",
    );
    fails(
        &format!("update predictive_play.adopted_rows set fingerprint = fingerprint + 1 where {account}"),
        "has another text",
        &format!("update predictive_play.adopted_rows set fingerprint = fingerprint - 1 where {account}"),
    );
    let listing = |id: &str| format!("provider = 'legacy' and external_id = '{id}'");
    fails(
        &format!("update predictive_play.listings set external_id = 'lost' where {}", listing(OURS)),
        "its old id does not lead to its event",
        &format!("update predictive_play.listings set external_id = '{OURS}' where {}", listing("lost")),
    );
    fails(
        "grant select on predictive_play.listings to anon",
        "revoke all on predictive_play.listings from anon",
        "revoke all on predictive_play.listings from anon",
    );
    fails(
        "alter view predictive_play.adopted set (security_invoker = false)",
        "is no security_invoker view",
        "alter view predictive_play.adopted set (security_invoker = true)",
    );
}

#[test]
fn going_back_claims_nothing_that_was_not_shown() {
    let Some(cluster) = shared() else { return };
    let walk = Walk::on(cluster, Shape::HalfEnhanced, 44);
    walk.done("backup", &["--out", "before"]);
    walk.done("apply", &[]);
    let back = walk.adopt("rollback", &["--backup", "before"]);
    assert_eq!(back.code, Some(0), "{}", back.err);
    assert!(back.out.contains("never cut over") && !back.out.contains("proved"), "{}", back.out);
    walk.old.database.execute("drop table news_articles");
    let back = walk.adopt("rollback", &["--backup", "before"]);
    assert_eq!(back.code, Some(1), "{}", back.out);
    assert!(back.out.contains("public.news_articles: is there no more") && back.out.contains("not proved"), "{}", back.out);
}
