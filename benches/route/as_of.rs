//! Boards as of a moment: ours on both engines, and beside them a row a change in the same PostgreSQL, asked in the best way that we know.

use std::time::Instant;

use odds::Moment;
use odds::board::Order;
use odds::id::{ListingId, ReplyId};
use odds::timeline::RowContent;
use postgres::{Client, NoTls, Statement};

use store::{Cut, ListingRow, Store};

use crate::figure;
use crate::fixture::{Bench, Sample};

/// Boards of one round, and how many rounds: the fastest of them counts, for others use the machine too.
const RUNS: i64 = 50;
const ROUNDS: usize = 12;

pub fn run() {
    for (name, sample) in [("60 slots", Sample::ten_events(10_000)), ("1,152 slots", Sample::prop_events(10_000))] {
        let folder = tempfile::tempdir().unwrap();
        let bench = Bench::sqlite(folder.path());
        bench.record(&sample, 1200);
        let fastest = (0..ROUNDS).map(|_| ours(&bench.store, &sample)).fold(f64::MAX, f64::min);
        figure(&format!("as-of board, SQLite, {name}, {}, ms", said(&bench)), fastest, "under 1");
        beside_rows(name, &sample);
    }
}

fn beside_rows(name: &str, sample: &Sample) {
    // All of it fits, theirs too.
    let options = testkit::postgres::PostgresOptions::default().with("shared_buffers", "256MB");
    let Some(cluster) = testkit::postgres::dedicated(&options) else { return };
    let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let bench = Bench::postgres(&database.url, folder.path());
    bench.record(sample, 1200);
    let mut peer = RowTable::fill(&database.url, &bench.store);
    let (mut our_ms, mut their_ms) = (f64::MAX, [f64::MAX; WAYS.len()]);
    for _ in 0..ROUNDS {
        our_ms = our_ms.min(ours(&bench.store, sample));
        for (way, fastest) in their_ms.iter_mut().enumerate() {
            *fastest = fastest.min(peer.ask(way, sample));
        }
    }
    figure(&format!("as-of board, PostgreSQL, {name}, {}, ms", said(&bench)), our_ms, "under 1");
    for ((way, _), ms) in WAYS.iter().zip(their_ms) {
        figure(&format!("  row table, {way}, ms"), ms, "");
    }
    let best = their_ms.into_iter().fold(f64::MAX, f64::min);
    figure("  ratio to the fastest of them", best / our_ms, "at least 10");
}

fn said(bench: &Bench) -> String {
    let (blocks, changes) = bench.blocks();
    let listings = bench.store.all_listings().unwrap().len();
    format!("{} changes in {} blocks", changes / listings, blocks / listings)
}

/// The moments that are asked for: evenly over the history, each of another event than the one before.
fn asked<'a>(sample: &Sample, listings: &'a [ListingRow]) -> impl Iterator<Item = (&'a ListingRow, Moment)> {
    let (first, last) = (sample.replies[0].observed_at.micros(), sample.replies.last().unwrap().observed_at.micros());
    (0..RUNS).map(move |run| (&listings[run as usize % listings.len()], Moment::from_micros(first + (last - first) / RUNS * run)))
}

fn ours(store: &Store, sample: &Sample) -> f64 {
    let (listings, mut standing) = (store.all_listings().unwrap(), 0);
    let started = Instant::now();
    for (listing, at) in asked(sample, &listings) {
        standing += store.board(listing.clone(), Cut::as_of(at)).unwrap().board.standing();
    }
    assert!(standing > 0, "boards as of a moment have quotes");
    started.elapsed().as_secs_f64() * 1000.0 / RUNS as f64
}

/// A row a change, with the key and the index that the question wants, in the order in which the changes came.
struct RowTable {
    client: Client,
    listings: Vec<ListingRow>,
    ways: Vec<Statement>,
}

const TABLES: &str = "create schema peer;
    create table peer.slots (listing_id int, slot int, book text not null, market text not null, name text not null, description text not null,
        point int, primary key (listing_id, slot));
    create table peer.changes (listing_id int, slot int, observed_at bigint, reply_id bigint, state smallint not null, nanos bigint,
        primary key (listing_id, slot, observed_at, reply_id) include (state, nanos));
    create index changes_by_time on peer.changes (listing_id, observed_at, reply_id) include (slot, state, nanos);";

/// Known ways to ask for the last row of each slot at or before a moment; all give the words with it, as a board does.
const WAYS: [(&str, &str); 3] = [
    (
        "one descent for each slot (lateral)",
        "select s.book, s.market, s.name, s.description, s.point, c.state, c.nanos, c.observed_at, c.reply_id from peer.slots s
            cross join lateral (select * from peer.changes c where c.listing_id = s.listing_id and c.slot = s.slot and c.observed_at <= $2
                order by c.observed_at desc, c.reply_id desc limit 1) c
            where s.listing_id = $1",
    ),
    (
        "distinct on, by the key",
        "select s.book, s.market, s.name, s.description, s.point, c.state, c.nanos, c.observed_at, c.reply_id from (
                select distinct on (slot) * from peer.changes where listing_id = $1 and observed_at <= $2
                order by slot desc, observed_at desc, reply_id desc
            ) c join peer.slots s on s.listing_id = $1 and s.slot = c.slot",
    ),
    (
        "skip scan (recursive)",
        "with recursive last as (
                (select c.* from peer.changes c where listing_id = $1 and observed_at <= $2 order by slot desc, observed_at desc, reply_id desc limit 1)
                union all
                select c.* from last cross join lateral (select * from peer.changes c where c.listing_id = $1 and c.slot < last.slot
                    and c.observed_at <= $2 order by c.slot desc, c.observed_at desc, c.reply_id desc limit 1) c
            )
            select s.book, s.market, s.name, s.description, s.point, c.state, c.nanos, c.observed_at, c.reply_id
            from last c join peer.slots s on s.listing_id = $1 and s.slot = c.slot",
    ),
];

impl RowTable {
    fn fill(url: &str, store: &Store) -> Self {
        let mut client = Client::connect(url, NoTls).unwrap();
        client.batch_execute(TABLES).unwrap();
        let listings = store.all_listings().unwrap();
        let mut rows = Vec::new();
        for listing in &listings {
            let kept = store.listing_rows(listing.id, Cut::ALL).unwrap();
            Self::name_slots(&mut client, listing.id, &kept.names);
            for row in kept.timeline.rows() {
                if let RowContent::Changes(changes) = &row.content {
                    rows.extend(changes.iter().map(|change| (row.order, listing.id, *change)));
                }
            }
        }
        rows.sort_by_key(|(order, listing, change)| (*order, *listing, change.slot));
        Self::copy(&mut client, &rows);
        // Ours and theirs, as they are once the server has got round to it.
        client.batch_execute("vacuum analyze").unwrap();
        let ways = WAYS.iter().map(|(_, sql)| client.prepare(sql).unwrap()).collect();
        Self { client, listings, ways }
    }

    fn name_slots(client: &mut Client, listing: ListingId, names: &odds::names::Names) {
        let insert = client.prepare("insert into peer.slots values ($1, $2, $3, $4, $5, $6, $7)").unwrap();
        for slot in 0..names.slots().len() {
            let words = names.words(odds::SlotNo(slot as u32)).unwrap();
            let point = words.point.map(|point| point.milli());
            let values: [&(dyn postgres::types::ToSql + Sync); 7] =
                [&(listing.0 as i32), &(slot as i32), &words.book, &words.market, &words.name, &words.description, &point];
            client.execute(&insert, &values).unwrap();
        }
    }

    fn copy(client: &mut Client, rows: &[(Order, ListingId, odds::block::Change)]) {
        use std::io::Write;
        let mut writer = client.copy_in("copy peer.changes from stdin").unwrap();
        for (order, listing, change) in rows {
            let (state, nanos) = match change.value {
                odds::block::Value::Live(price) => (0, price.nanos().to_string()),
                odds::block::Value::Suspended(price) => (1, price.nanos().to_string()),
                odds::block::Value::Withdrawn => (2, "\\N".to_owned()),
            };
            let ReplyId(reply) = order.reply;
            writeln!(writer, "{}\t{}\t{}\t{reply}\t{state}\t{nanos}", listing.0, change.slot.0, order.at.micros()).unwrap();
        }
        writer.finish().unwrap();
    }

    /// Reads every column of every row, and builds nothing of them: easier than what ours does.
    fn ask(&mut self, way: usize, sample: &Sample) -> f64 {
        let (mut rows, mut read) = (0, 0);
        let started = Instant::now();
        for (listing, at) in asked(sample, &self.listings) {
            for row in self.client.query(&self.ways[way], &[&(listing.id.0 as i32), &at.micros()]).unwrap() {
                let words: [&str; 4] = [row.get(0), row.get(1), row.get(2), row.get(3)];
                let (point, state, nanos): (Option<i32>, i16, Option<i64>) = (row.get(4), row.get(5), row.get(6));
                let (at, reply): (i64, i64) = (row.get(7), row.get(8));
                read += words.iter().map(|word| word.len()).sum::<usize>() + point.map_or(0, |_| 4);
                rows += usize::from(state < 2 && nanos.is_some() && at > 0 && reply != 0);
            }
        }
        assert!(rows > 0 && read > 0, "boards as of a moment have quotes");
        started.elapsed().as_secs_f64() * 1000.0 / RUNS as f64
    }
}
