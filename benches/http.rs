//! What serving costs: a cached board beside constant bytes of the same size, and a thousand stream clients. `cargo bench --bench http`.
#![allow(clippy::unwrap_used)]

#[path = "http/house.rs"]
mod house;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use house::{House, Mover, Moves};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long one request, or the next change of a stream, may take: a bench that hangs tells nothing.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants = |name: &str| chosen.is_empty() || chosen.iter().any(|word| word == name);
    if wants("board") {
        board();
    }
    if wants("streams") {
        streams(1000);
    }
}

fn figure(name: &str, value: f64, limit: &str) {
    println!("{name:<60} {value:>14.3}  {limit}");
}

/// Both through the same service and its layers, in turns, so that a noisy machine treats them alike.
fn board() {
    let house = Arc::new(House::open());
    house.record(40);
    let path = format!("/v1/events/{}/odds", house.an_event());
    let size = get(house.address, &path);
    let constant = House::constant(size);
    println!("a board of {size} bytes, {CLIENTS} clients that keep their connections");
    for (head, moves) in [
        ("the log at rest", None),
        ("10 changes/s to another event", Some(Moves::Another)),
        ("10 replies/s that move every board", Some(Moves::All)),
    ] {
        let mover = moves.map(|moves| Mover::start(Arc::clone(&house), moves));
        let (mut ours, mut theirs) = (0.0, 0.0);
        for _ in 0..5 {
            theirs += requests_per_second(constant.address, "/constant");
            ours += requests_per_second(house.address, &path);
        }
        drop(mover);
        figure(&format!("{head}: constant bytes, requests/s"), theirs / 5.0, "");
        figure(&format!("{head}: cached board, requests/s"), ours / 5.0, "");
        figure("  ratio", ours / theirs, "at least 0.7");
    }
}

fn get(address: SocketAddr, path: &str) -> usize {
    let mut stream = connect(address);
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"HTTP/1.0 200") || bytes.starts_with(b"HTTP/1.1 200"), "{path} answers");
    bytes.len() - bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() - 4
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

const CLIENTS: usize = 8;
const EACH: Duration = Duration::from_secs(1);

fn requests_per_second(address: SocketAddr, path: &str) -> f64 {
    let (done, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let stream = connect(address);
                let (mut reader, mut writer) = (BufReader::with_capacity(1 << 18, stream.try_clone().unwrap()), stream);
                let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
                while !is_over.load(Ordering::Relaxed) {
                    writer.write_all(request.as_bytes()).unwrap();
                    read_answer(&mut reader);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(EACH);
        is_over.store(true, Ordering::Relaxed);
    });
    done.into_inner() as f64 / EACH.as_secs_f64()
}

fn read_answer(reader: &mut impl BufRead) {
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).expect("an answer comes within the bench's patience");
    assert!(line.contains(" 200 "), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap();
}

/// Clients that read every change; the delay is from the end of the commit to the arrival of its last change at a client.
fn streams(clients: usize) {
    let (needed, allowed) = (2 * clients + 200, open_files_allowed());
    if allowed < needed {
        return println!("skipped: {clients} stream clients need {needed} open files and {allowed} are allowed: ulimit -n {needed}");
    }
    let house = Arc::new(House::open());
    house.record(2);
    let (sent, heard) = (Arc::new(house::Marks::default()), Arc::new(std::sync::Mutex::new(Vec::new())));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for _ in 0..clients {
        runtime.spawn(house::listen(house.address, Arc::clone(&sent), Arc::clone(&heard)));
    }
    let asked_at = Instant::now();
    while house.stream_clients() < clients {
        assert!(asked_at.elapsed() < PATIENCE * 3, "{} of {clients} clients are served", house.stream_clients());
        std::thread::sleep(Duration::from_millis(50));
    }
    let (changes, seconds) = (10, 20);
    let started = Instant::now();
    for step in 0..changes * seconds {
        house.move_one_price(step, &sent);
        let next = started + Duration::from_millis(100) * (step as u32 + 1);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    std::thread::sleep(Duration::from_secs(2));
    let mut delays: Vec<f64> = heard.lock().unwrap().clone();
    delays.sort_by(f64::total_cmp);
    assert!(!delays.is_empty(), "no client heard a change");
    let expected = clients * changes * seconds;
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize] * 1000.0;
    figure("stream clients", clients as f64, "1,000");
    figure("changes heard of those due", delays.len() as f64 / expected as f64, "1");
    figure("delay from commit to client, p50, ms", at(0.5), "");
    figure("delay from commit to client, p99, ms", at(0.99), "under 100");
    figure("delay from commit to client, longest, ms", at(1.0), "");
    std::process::exit(0);
}

/// Both ends of each connection are in this process.
fn open_files_allowed() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    line.split_whitespace().nth(3).and_then(|soft| soft.parse().ok()).unwrap_or(usize::MAX)
}
