//! Tables of history over HTTP into pyarrow, on loopback, beside our JSON and a PostgreSQL client that reads the same rows: `make bench`, or
//! `cargo bench --bench tables`. ROWS sets how many rows at least; 8 million where nothing is said.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use api::{Follows, Live, Options, Tail};
use odds::market::{Meaning, Words};
use odds::reply::Reply;
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use store::{Cut, Store};
use tables::{Asked, Column, Encoder, Format, Means, Source, Table};
use testkit::bodies::{Drift, GeneratedReply, season};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows that a PostgreSQL client reads: enough for a rate.
const ROWS_OF_PEER: u64 = 500_000;
/// What a model asks for of each change.
const NARROW: [&str; 8] = ["event_id", "book", "market", "selection", "line", "price", "state", "observed_at"];

#[derive(Clone)]
struct FromProviders(Providers);

impl Means for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

fn main() {
    let rows = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(8_000_000);
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), rows);
    let source = Source::of(Arc::clone(&store), Arc::new(FromProviders(Providers::all()))).unwrap();
    for (name, columns) in [("all columns", Table::Odds.columns().to_vec()), ("8 columns", narrow())] {
        let (made, spent) = alone(&source, columns);
        println!("odds as an Arrow stream, {name}, into nothing, million rows/s {:>24.1}", made as f64 / spent / 1e6);
    }
    let Some(python) = python() else {
        println!("skipped: without the readers of scripts/need.sh bench nothing is measured over HTTP");
        return;
    };
    let (runtime, address) = serve(&store);
    let postgres = peer(&source);
    let url = postgres.as_ref().map_or("", |(_, url)| url.as_str());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/tables/read.py");
    let status = Command::new(python).arg(script).arg(format!("http://{address}")).arg(NARROW.join(",")).arg(url).status().unwrap();
    drop(runtime);
    assert!(status.success(), "{status}");
}

fn narrow() -> Vec<Column> {
    NARROW.iter().map(|name| *Table::Odds.columns().iter().find(|column| column.name == *name).unwrap()).collect()
}

/// A store in which every price moves with every reply, until it has so many changes.
fn filled(folder: &Path, rows: u64) -> Arc<Store> {
    let address = format!("sqlite:{}", folder.join("bench.db").display());
    let store = Arc::new(Store::open(&address, None, folder.join("archive")).unwrap());
    let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(WallClock::default()));
    let mut season = season(9);
    season.drift = Drift { moved_percent: 100, ..Drift::STILL };
    let (mut made, started) = (0, Instant::now());
    while made < rows {
        let replies: Vec<GeneratedReply> = season.by_ref().take(400).collect();
        made += replies.iter().map(|reply| reply.outcomes as u64).sum::<u64>();
        let replies: Vec<Reply<'_>> = replies.iter().map(GeneratedReply::reply).collect();
        recorder.take(&replies, None).unwrap();
    }
    println!("a store of {made} outcomes, recorded in {:.0} s", started.elapsed().as_secs_f64());
    store
}

struct Nothing(u64);

impl Write for Nothing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The table made and written to nowhere: what reading, columns and encoding cost.
fn alone(source: &Source, columns: Vec<Column>) -> (u64, f64) {
    let asked = Asked { columns, ..Asked::all_of(Table::Odds, Cut::ALL, WallClock::default().now()) };
    let started = Instant::now();
    let mut rows = 0;
    let mut encoder = Encoder::new("odds", Format::ArrowStream, &Table::Odds.schema(&asked.columns), Nothing(0)).unwrap();
    let made = source.make(&asked, &mut |batch| {
        rows += batch.num_rows() as u64;
        encoder.write(&batch)
    });
    made.unwrap();
    let bytes = encoder.finish().unwrap().0;
    println!("  {rows} rows, {:.1} bytes each", bytes as f64 / rows as f64);
    (rows, started.elapsed().as_secs_f64())
}

fn python() -> Option<PathBuf> {
    let built =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    Some(built.join("readers/bin/python")).filter(|python| python.is_file())
}

fn serve(store: &Arc<Store>) -> (tokio::runtime::Runtime, SocketAddr) {
    let meanings: Arc<dyn api::Meanings> = Arc::new(FromProviders(Providers::all()));
    let clock = WallClock::default();
    let state = Arc::new(api::State {
        store: Arc::clone(store),
        boards: Arc::default(),
        meanings: Arc::clone(&meanings),
        now: Arc::new(move || clock.now()),
        v4: api::v4::Desk::default(),
        is_replay: false,
    });
    let tail = Arc::new(Tail::start(Arc::clone(store), meanings, Follows::Nothing).unwrap());
    let live = Live::new(Arc::clone(&state), tail, Options { allow_anonymous: true, ..Options::default() });
    let app = api::service(live, api::router(state));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
    (runtime, address)
}

/// The same rows as a table of PostgreSQL, with the types that they have there.
fn peer(source: &Source) -> Option<(testkit::postgres::TestDatabase, String)> {
    let database = testkit::postgres::shared()?.database();
    let url = database.url.clone();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client
        .batch_execute(
            "create table odds (event_id text, book text, market text, selection text, line double precision, price double precision,
                state text, observed_at timestamptz)",
        )
        .unwrap();
    let asked = Asked { columns: narrow(), ..Asked::all_of(Table::Odds, Cut::ALL, WallClock::default().now()) };
    let mut text = Encoder::new("odds", Format::Csv, &Table::Odds.schema(&asked.columns), Vec::new()).unwrap();
    let mut rows = 0;
    let made = source.make(&asked, &mut |batch| {
        text.write(&batch)?;
        rows += batch.num_rows() as u64;
        if rows < ROWS_OF_PEER { Ok(()) } else { Err(tables::TablesError::NotWanted) }
    });
    assert!(made.is_ok() || made.is_err_and(|error| error.is_not_wanted()));
    let mut copy = client.copy_in("copy odds from stdin with (format csv, header true)").unwrap();
    copy.write_all(&text.finish().unwrap()).unwrap();
    copy.finish().unwrap();
    client.batch_execute("vacuum analyze odds").unwrap();
    Some((database, url))
}
