//! Ten thousand boards of events, each as of its own moment, over millions of changes: ours on both engines, and beside them the same
//! changes in DuckDB and as a row a change in the same PostgreSQL, each asked for all of them in one statement, in the best way that we know.
//! Then the same once all of it is sealed, with the bytes of a change beside those of Parquet and ClickHouse.
//!
//! `BENCH_CHANGES` says how many changes there are (50 million where it is not set); `BENCH_READERS` a Python that has duckdb, and chdb for
//! ClickHouse's figure.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use odds::block::{Change, Value};
use odds::board::{FactChange, Order};
use odds::cover::{CellCover, Cover, Extent};
use odds::diff::Counts;
use odds::id::{CellNo, ListingId, ReplyId, SlotNo};
use odds::names::{CellName, SlotName};
use odds::observation::{BookScope, FactKind, ListingKind, ListingScope, Scope};
use odds::reply::Basis;
use odds::{EventId, Moment, Price};
use postgres::{Client, NoTls};
use store::log::{Appending, NewEntry, NewListing, NewRows};
use store::{BoardsAsked, Cut, Over, Store};

use crate::figure;

const BEGINNING: i64 = 1_760_000_000;
/// Ten games that one reply tells of, asked every five minutes for three days.
const GAMES: usize = 10;
const REPLIES: usize = 834;
const EVERY_SECS: i64 = 300;
const BOOKS: usize = 15;
const MARKETS: [&str; 2] = ["h2h", "totals"];
const SLOTS: usize = BOOKS * MARKETS.len() * 2;
/// A fifth of the prices moves from one reply to the next.
const MOVED: usize = SLOTS / 5;
const BOARDS: usize = 10_000;
/// The fastest of so many rounds counts, on all sides.
const ROUNDS: usize = 3;
/// Replies of one transaction.
const TOGETHER: usize = 100;

pub fn run() {
    let changes = std::env::var("BENCH_CHANGES").ok().and_then(|text| text.parse().ok()).unwrap_or(50_000_000_usize);
    let world = World { groups: changes.div_ceil(GAMES * REPLIES * MOVED).max(1) };
    let asked = world.asked();
    println!("{} boards over {} changes in {} blocks of {} listings", asked.len(), world.changes(), world.blocks(), world.groups * GAMES);
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("bench.db").display());
    let store = Store::open(&address, None, folder.path().join("archive")).unwrap();
    let ours = beside("SQLite", &world, &store, &asked);
    drop(store);
    let duck = duckdb(&world, &asked).inspect_err(|why| println!("skipped: DuckDB ({why}): BENCH_READERS names a Python that has it")).ok();
    if let Some(Peer { way, took: theirs, sizes }) = &duck {
        assert_eq!(theirs.read, ours.read, "DuckDB found the same");
        figure(&format!("  DuckDB, one thread, {way}, s"), theirs.secs, "");
        figure("  ratio to DuckDB, open", theirs.secs / ours.secs, "");
        for (name, bytes) in sizes {
            figure(&format!("  {name}, bytes a change"), *bytes as f64 / world.changes() as f64, "");
        }
    }
    drop(folder);
    let Some(cluster) = testkit::postgres::dedicated(&testkit::postgres::PostgresOptions::default().with("shared_buffers", "1GB")) else {
        return;
    };
    let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let store = Store::open(&database.url, None, folder.path().join("archive")).unwrap();
    let ours = beside("PostgreSQL", &world, &store, &asked);
    let mut peer = RowTable::fill(&database.url, &world, &asked);
    for (name, question) in WAYS {
        let theirs = (0..ROUNDS).map(|_| peer.ask(question)).min_by(|a, b| a.secs.total_cmp(&b.secs)).unwrap();
        assert_eq!(theirs.read, ours.read, "the row table holds the same");
        figure(&format!("  row table, {name}, s"), theirs.secs, "");
        figure("  ratio to it", theirs.secs / ours.secs, "");
    }
}

/// What one side needed, and what it read: values, and the sum of their prices.
#[derive(Debug, Clone, Copy)]
struct Took {
    secs: f64,
    read: (i64, i64),
}

fn beside(engine: &str, world: &World, store: &Store, asked: &[(usize, Moment)]) -> Took {
    let started = Instant::now();
    world.record(store);
    figure(&format!("{engine}: rows of the store made, changes/s"), world.changes() as f64 / started.elapsed().as_secs_f64(), "");
    let took = (0..ROUNDS).map(|_| ours(store, asked)).min_by(|a, b| a.secs.total_cmp(&b.secs)).unwrap();
    figure(&format!("{engine}: {} boards in bulk, s", asked.len()), took.secs, "under 5 on one core");
    let few = &asked[..asked.len().min(500)];
    let each = |store| one_by_one(store, few) * asked.len() as f64 / few.len() as f64;
    figure("  the same one by one, s", each(store), "");
    sealed(engine, store);
    let again = (0..ROUNDS).map(|_| ours(store, asked)).min_by(|a, b| a.secs.total_cmp(&b.secs)).unwrap();
    assert_eq!(again.read, took.read, "what is sealed is told as it was");
    figure(&format!("{engine}: {} boards in bulk, sealed, s", asked.len()), again.secs, "under 5 on one core");
    figure("  the same one by one, s", each(store), "");
    Took { secs: took.secs.min(again.secs), ..took }
}

/// Seals everything, and says what it takes then.
fn sealed(engine: &str, store: &Store) {
    let started = Instant::now();
    let all = Over { started_before: Moment::MAX, read_before: Moment::MAX };
    let sealing = store.seal(all, &mut |_| true).unwrap();
    let of_a_change = |bytes: i64| bytes as f64 / sealing.changes as f64;
    figure(&format!("{engine}: sealed, changes/s"), sealing.changes as f64 / started.elapsed().as_secs_f64(), "");
    figure("  bytes a change, with what was covered", sealing.bytes as f64 / sealing.changes as f64, "at most 3.5");
    let size = store.size().unwrap();
    if let Some(bytes) = size.tables.iter().find(|table| table.name == "sealed").and_then(|table| table.bytes) {
        figure("  the same with the table's pages and indexes", of_a_change(bytes), "");
    }
}

fn ours(store: &Store, asked: &[(usize, Moment)]) -> Took {
    let started = Instant::now();
    let ids: Vec<EventId> = asked.iter().map(|(listing, _)| event(*listing)).collect();
    let events = store.events_known(&ids, Cut::ALL.known).unwrap();
    let by_id: std::collections::HashMap<EventId, usize> = events.iter().enumerate().map(|(at, event)| (event.id, at)).collect();
    let asked: Vec<BoardsAsked<'_>> =
        ids.iter().zip(asked).map(|(id, (_, at))| BoardsAsked { event: &events[by_id[id]], cut: Cut::as_of(*at) }).collect();
    let mut read = (0, 0);
    store
        .boards_as_of(&asked, &mut |_, boards| {
            let values = boards.iter().flat_map(|kept| kept.board.slots()).filter_map(|slot| slot.value?.price());
            values.for_each(|price| read = (read.0 + 1, read.1 + price.nanos() / 10_000_000));
            Ok(())
        })
        .unwrap();
    Took { secs: started.elapsed().as_secs_f64(), read }
}

fn one_by_one(store: &Store, asked: &[(usize, Moment)]) -> f64 {
    let started = Instant::now();
    for (listing, at) in asked {
        let event = store.event(event(*listing)).unwrap().unwrap();
        assert!(store.board(event.listings[0].clone(), Cut::as_of(*at)).unwrap().board.standing() > 0);
    }
    started.elapsed().as_secs_f64()
}

fn event(listing: usize) -> EventId {
    EventId::founded_by("bench", &format!("game {listing}"))
}

/// The same figures for everybody, made anew for each.
struct World {
    groups: usize,
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

impl World {
    fn changes(&self) -> usize {
        self.blocks() * MOVED + self.groups * GAMES * (SLOTS - MOVED)
    }

    fn blocks(&self) -> usize {
        self.groups * GAMES * REPLIES
    }

    fn at(group: usize, reply: usize) -> Moment {
        Moment::from_secs(BEGINNING + group as i64 * 3600 + reply as i64 * EVERY_SECS)
    }

    /// Hands on what each reply of a group changed in each of its games: slots in their order with prices in hundredths.
    fn each(group: usize, mut on_change: impl FnMut(usize, usize, &[(u32, i64)])) {
        let mut random = Random(group as u64);
        for reply in 0..REPLIES {
            for game in 0..GAMES {
                let first = random.below(SLOTS);
                let mut moved: Vec<u32> =
                    if reply == 0 { (0..SLOTS as u32).collect() } else { (0..MOVED).map(|at| ((first + at * 5) % SLOTS) as u32).collect() };
                moved.sort_unstable();
                // Reply by reply another price: what does not change is no change.
                let priced: Vec<(u32, i64)> =
                    moved.into_iter().map(|slot| (slot, 150 + (reply % 100) as i64 * 2 + random.below(2) as i64)).collect();
                on_change(reply, group * GAMES + game, &priced);
            }
        }
    }

    fn asked(&self) -> Vec<(usize, Moment)> {
        let mut random = Random(99);
        let one = |_| {
            let listing = random.below(self.groups * GAMES);
            (listing, Self::at(listing / GAMES, 0).plus_secs(random.below(REPLIES * EVERY_SECS as usize) as i64))
        };
        (0..BOARDS).map(one).collect()
    }

    fn record(&self, store: &Store) {
        for group in 0..self.groups {
            let mut replies: Vec<Vec<Vec<(u32, i64)>>> = vec![Vec::new(); REPLIES];
            Self::each(group, |reply, _, changes| replies[reply].push(changes.to_vec()));
            let mut listings = Vec::new();
            for (part, replies) in replies.chunks(TOGETHER).enumerate() {
                store
                    .append(|log| {
                        for (at, games) in replies.iter().enumerate() {
                            if listings.is_empty() {
                                listings = (0..GAMES).map(|game| meet(log, group, game)).collect();
                            }
                            say(log, group, part * TOGETHER + at, &listings, games);
                        }
                        Ok(())
                    })
                    .unwrap();
            }
        }
    }
}

fn meet(log: &mut Appending<'_>, group: usize, game: usize) -> ListingId {
    let (id, sport) = (format!("game {}", group * GAMES + game), format!("league {group}"));
    let listing = NewListing { provider: "bench", external_id: &id, sport: &sport, league: None, kind: ListingKind::Contest };
    let listing = log.add_listing(&listing, event(group * GAMES + game)).unwrap();
    for cell in 0..BOOKS * MARKETS.len() {
        let name = CellName { book: format!("book {}", cell / MARKETS.len()).into(), market: MARKETS[cell % MARKETS.len()].into() };
        log.add_cell(listing, CellNo(cell as u32), &name);
        for (side, name) in ["Home", "Away"].into_iter().enumerate() {
            let slot = SlotName { cell: CellNo(cell as u32), name: name.into(), description: "".into(), point: None };
            log.add_slot(listing, SlotNo((2 * cell + side) as u32), &slot);
        }
    }
    listing
}

fn reply_id(group: usize, reply: usize) -> ReplyId {
    ReplyId((group * REPLIES + reply) as i64)
}

fn say(log: &mut Appending<'_>, group: usize, reply: usize, listings: &[ListingId], games: &[Vec<(u32, i64)>]) {
    let order = Order { at: World::at(group, reply), reply: reply_id(group, reply) };
    let markets = Some(MARKETS.map(str::to_owned).to_vec());
    let scope = Arc::new(Scope { sport: format!("league {group}"), listings: ListingScope::Sport, markets, books: BookScope::All });
    log.open_entry(&scope);
    let cells = (0..(BOOKS * MARKETS.len()) as u32).map(|cell| CellCover {
        cell: CellNo(cell),
        seen_at: Some(order.at.plus_secs(-20)),
        extent: Extent::Whole,
    });
    let cover = Cover { cells: cells.collect(), ..Cover::empty(Basis::Fetched) };
    let start = FactChange { kind: FactKind::Start, subject: "".into(), value: Some(World::at(group, REPLIES).to_string().into()) };
    let facts = if reply == 0 { vec![start] } else { Vec::new() };
    for (listing, changes) in listings.iter().zip(games) {
        let value = |hundredths: i64| Value::Live(Price::from_nanos(hundredths * 10_000_000).unwrap());
        let changes: Vec<Change> =
            changes.iter().map(|(slot, price)| Change { slot: SlotNo(*slot), value: value(*price), changed_at: None }).collect();
        log.add_rows(&NewRows { listing: *listing, order, cover: Some(&cover), changes: &changes, facts: &facts });
    }
    let entry = NewEntry {
        reply: order.reply,
        provider: "bench",
        endpoint: "odds",
        scope,
        observed_at: order.at,
        basis: Basis::Fetched,
        recorded_at: order.at,
        decoder: 1,
        counts: Counts::default(),
        problems: Vec::new(),
        catalogue: Vec::new(),
        listings: listings.len(),
    };
    log.end_entry(&entry).unwrap();
}

const DUCKDB: &str = include_str!("many_moments.py");

/// The fastest of the ways that the program knows, by its name, and what the same rows take elsewhere.
struct Peer {
    way: String,
    took: Took,
    sizes: Vec<(String, i64)>,
}

fn duckdb(world: &World, asked: &[(usize, Moment)]) -> Result<Peer, String> {
    let python = std::env::var("BENCH_READERS").unwrap_or_else(|_| "target/readers/bin/python".to_owned());
    let has_duckdb = Command::new(&python).args(["-c", "import duckdb"]).output().is_ok_and(|tried| tried.status.success());
    if !has_duckdb {
        return Err(format!("{python} has no duckdb"));
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let table = folder.path().join("asked.tsv");
    let lines: String = asked.iter().enumerate().map(|(at, (listing, moment))| format!("{at}\t{listing}\t{}\n", moment.micros())).collect();
    std::fs::write(&table, lines).map_err(|error| error.to_string())?;
    let arguments = [table.display().to_string(), folder.path().join("bench.duckdb").display().to_string(), ROUNDS.to_string()];
    let mut program = Command::new(&python)
        .args(["-c", DUCKDB])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut input = std::io::BufWriter::with_capacity(1 << 20, program.stdin.take().ok_or("no way in")?);
    write_changes(world, &mut input).map_err(|error| error.to_string())?;
    drop(input);
    let output = program.wait_with_output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let ways = text.lines().filter_map(|line| {
        let parts: Vec<&str> = line.split('\t').collect();
        let [name, secs, count, sum] = parts[..] else { return None };
        Some((name.to_owned(), Took { secs: secs.parse().ok()?, read: (count.parse().ok()?, sum.parse().ok()?) }))
    });
    let fastest = ways.min_by(|(_, a), (_, b)| a.secs.total_cmp(&b.secs));
    let sizes =
        text.lines().filter_map(|line| line.split_once('\t')).filter_map(|(name, bytes)| Some((name.to_owned(), bytes.parse().ok()?)));
    let sizes = sizes.collect();
    fastest.map(|(way, took)| Peer { way, took, sizes }).ok_or_else(|| "no figures".to_owned())
}

/// Listing, slot, time, reply, state and price in hundredths, with tabs between them.
fn write_changes(world: &World, writer: &mut impl Write) -> std::io::Result<()> {
    for group in 0..world.groups {
        let mut written = Ok(());
        World::each(group, |reply, listing, changes| {
            let (at, id) = (World::at(group, reply).micros(), reply_id(group, reply).0);
            for (slot, price) in changes {
                if written.is_ok() {
                    written = writeln!(writer, "{listing}\t{slot}\t{at}\t{id}\t0\t{price}");
                }
            }
        });
        written?;
    }
    writer.flush()
}

/// A row a change, with the key and the index that the question wants, in the order in which the changes came.
struct RowTable {
    client: Client,
}

const TABLES: &str = "create schema peer;
    create table peer.asked (place int primary key, listing_id int not null, as_of bigint not null);
    create table peer.slots (listing_id int, slot int, primary key (listing_id, slot));
    create table peer.changes (listing_id int, slot int, observed_at bigint, reply_id bigint, state smallint not null, price bigint,
        primary key (listing_id, slot, observed_at, reply_id) include (state, price));";

/// All boards in one statement each, whose rows are all made and counted where they are: easier than to send them.
const WAYS: [(&str, &str); 2] = [
    (
        "one descent for each slot (lateral)",
        "select count(c.price), sum(c.price)::bigint from peer.asked a join peer.slots s on s.listing_id = a.listing_id
            cross join lateral (select * from peer.changes c where c.listing_id = s.listing_id and c.slot = s.slot and c.observed_at <= a.as_of
                order by c.observed_at desc, c.reply_id desc limit 1) c",
    ),
    (
        "distinct on, by the key",
        "select count(d.price), sum(d.price)::bigint from peer.asked a cross join lateral (
            select distinct on (slot) slot, price, observed_at, reply_id from peer.changes where listing_id = a.listing_id and observed_at <= a.as_of
                order by slot desc, observed_at desc, reply_id desc) d",
    ),
];

impl RowTable {
    fn fill(url: &str, world: &World, asked: &[(usize, Moment)]) -> Self {
        let mut client = Client::connect(url, NoTls).unwrap();
        client.batch_execute(TABLES).unwrap();
        let mut writer = std::io::BufWriter::with_capacity(1 << 20, client.copy_in("copy peer.changes from stdin").unwrap());
        write_changes(world, &mut writer).unwrap();
        writer.into_inner().unwrap_or_else(|_| panic!("everything was written")).finish().unwrap();
        let mut writer = client.copy_in("copy peer.asked from stdin").unwrap();
        for (at, (listing, moment)) in asked.iter().enumerate() {
            writeln!(writer, "{at}\t{listing}\t{}", moment.micros()).unwrap();
        }
        writer.finish().unwrap();
        let slots = format!(
            "insert into peer.slots select l, s from generate_series(0, {}) l, generate_series(0, {}) s",
            world.groups * GAMES - 1,
            SLOTS - 1
        );
        client.batch_execute(&slots).unwrap();
        // As it is once the server has got round to it, and one core as ours.
        client.batch_execute("vacuum analyze").unwrap();
        client.batch_execute("set max_parallel_workers_per_gather = 0").unwrap();
        Self { client }
    }

    fn ask(&mut self, question: &str) -> Took {
        let started = Instant::now();
        let row = self.client.query_one(question, &[]).unwrap();
        Took { secs: started.elapsed().as_secs_f64(), read: (row.get(0), row.get(1)) }
    }
}
