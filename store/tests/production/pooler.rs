//! Behind a pooler that lends server connections by the transaction nothing may outlive one; what the suite proves there is
//! proved for the right reason only if the pooler was really found.

use store::postgres::{Address, open};
use testkit::pgbouncer::PgBouncer;

use crate::store_on;

#[test]
fn a_pooler_is_found_out_and_a_direct_way_is_told_apart() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let Some(pooler) = PgBouncer::in_front_of(cluster, 2) else { return };
    let database = cluster.database();
    let is_pooled = |url: &str| open(&Address::of(url).unwrap()).unwrap().is_pooled;
    let through = pooler.through(cluster, &database.url);
    assert!(!is_pooled(&database.url) && is_pooled(&through));
    assert!(is_pooled(&format!("{}?pgbouncer=true", database.url)), "an address may say so");
}

#[test]
fn no_statement_and_no_setting_is_left_on_the_servers_side() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let Some(pooler) = PgBouncer::in_front_of(cluster, 1) else { return };
    let database = cluster.database();
    let store = store_on(&pooler.through(cluster, &database.url));
    assert!(store.claim_purpose("live").unwrap());
    store.head().unwrap();
    // The pooler has one server connection: this is the one that the store used.
    let mut same = store::postgres::connect(&pooler.through(cluster, &database.url)).unwrap();
    let left =
        same.simple_query("select (select count(*) from pg_prepared_statements), current_user, current_setting('statement_timeout')");
    let left: Vec<String> = left
        .unwrap()
        .into_iter()
        .filter_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => Some((0..3).map(|i| row.get(i).unwrap().to_owned()).collect::<Vec<_>>().join(" ")),
            _ => None,
        })
        .collect();
    assert_eq!(left, ["0 testkit 0"]);
}
