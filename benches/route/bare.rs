//! What the server alone allows: the same rows into the same tables by bare binary `copy`, already in its format, as many a transaction.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

const TABLES: [&str; 3] = ["entries", "blocks", "covers"];

/// Copies the log of one database into the empty one of another; both have our schema.
pub fn copy(from: &str, to: &str, together: i64) -> Duration {
    let batches = read(from, together);
    let mut client = Client::connect(to, NoTls).unwrap();
    let started = Instant::now();
    for batch in &batches {
        let mut transaction = client.transaction().unwrap();
        for (table, rows) in TABLES.iter().zip(batch) {
            let mut writer = transaction.copy_in(&format!("copy predictive_play.{table} from stdin (format binary)")).unwrap();
            writer.write_all(rows).unwrap();
            writer.finish().unwrap();
        }
        transaction.commit().unwrap();
    }
    started.elapsed()
}

fn read(from: &str, together: i64) -> Vec<[Vec<u8>; 3]> {
    let mut client = Client::connect(from, NoTls).unwrap();
    let entries: i64 = client.query_one("select max(seq) from predictive_play.entries", &[]).unwrap().get(0);
    let mut rows = |table: &str, after: i64| {
        let range = format!("seq > {after} and seq <= {}", after + together);
        let sql = format!("copy (select * from predictive_play.{table} where {range} order by seq) to stdout (format binary)");
        let mut bytes = Vec::new();
        client.copy_out(&sql).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    (0..entries).step_by(together as usize).map(|after| TABLES.map(|table| rows(table, after))).collect()
}
