//! Fuzz targets on the stable compiler: bytes are mutated for a bounded time, and nothing may panic. `FUZZ_SECS` says how long each
//! target runs (2 unless told; `make fuzz` takes longer); `FUZZ_SEED` plays a run again. What a run finds is kept below
//! tests/fuzz_cases/TARGET and played first from then on.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use predictive_play::decode::Providers;
use testkit::bodies::Random;

fn seconds() -> f64 {
    std::env::var("FUZZ_SECS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0)
}

fn seed() -> u64 {
    std::env::var("FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_123)
}

/// Everything below a folder; nothing where it is not there.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![std::fs::read(path).unwrap()] }).collect()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Changes a few places: a byte, a cut, a copy of a part elsewhere, or a word that parsers trip over.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const WORDS: [&[u8]; 14] = [
        b"null",
        b"-1e400",
        b"1e400",
        b"[]",
        b"{}",
        b"\"\"",
        b"0",
        b"-0.0",
        b"\\u0000",
        b"\xff\xfe",
        b",,",
        b"\n",
        b"9999999999999999999999",
        b"true",
    ];
    for _ in 0..=random.below(4) {
        let mut below = |most: usize| usize::try_from(random.below(most as u64)).unwrap();
        let at = below(bytes.len() + 1);
        match below(5) {
            0 if at < bytes.len() => bytes[at] = below(256) as u8,
            1 => bytes.truncate(at),
            2 => {
                let from = below(bytes.len() + 1);
                let part = bytes[from..(from + below(64)).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let end = (at + below(32)).min(bytes.len());
                bytes.splice(at..end, WORDS[below(WORDS.len())].iter().copied());
            }
            _ => {
                let end = (at + 1 + below(16)).min(bytes.len());
                bytes.splice(at.min(end)..end, []);
            }
        }
    }
}

/// Runs a target on its kept cases, its seeds, and mutations of them.
fn fuzz(target: &str, seeds: Vec<Vec<u8>>, run: impl Fn(&[u8])) {
    let kept = here("tests/fuzz_cases").join(target);
    let check = |bytes: &[u8]| {
        if catch_unwind(AssertUnwindSafe(|| run(bytes))).is_err() {
            std::fs::create_dir_all(&kept).unwrap();
            let path = kept.join(&blake3::hash(bytes).to_hex()[..16]);
            std::fs::write(&path, bytes).unwrap();
            panic!("{target} panicked; the bytes are kept in {}", path.display());
        }
    };
    files(&kept).iter().chain(&seeds).for_each(|bytes| check(bytes));
    assert!(!seeds.is_empty(), "{target} has seeds");
    let (mut random, started, mut runs) = (Random::from_seed(seed()), Instant::now(), 0_u64);
    let until = Duration::from_secs_f64(seconds());
    while started.elapsed() < until {
        let mut bytes = seeds[random.below(seeds.len() as u64) as usize].clone();
        bytes.truncate(1 << 16);
        mutate(&mut bytes, &mut random);
        check(&bytes);
        runs += 1;
    }
    assert!(runs > 0);
    println!("{target}: {runs} runs from seed {}", seed());
}

fn fuzz_provider(key: &str, endpoints: &[&str]) {
    let providers = Providers::all();
    let provider = providers.get(key).unwrap();
    let (request, headers) = (Request::default(), BTreeMap::new());
    fuzz(key, files(&here("providers/fixtures").join(key)), |bytes| {
        for endpoint in endpoints {
            let reply = Reply {
                provider: key,
                endpoint,
                request: &request,
                status: 200,
                headers: &headers,
                body: bytes,
                fetched_at: Moment::from_secs(1_790_000_000),
                basis: Basis::Fetched,
                sport: None,
            };
            let _ = (provider.judge(&reply), provider.stamp(endpoint, bytes), provider.meter(&reply));
            let decoded = provider.decode(&reply);
            assert!(decoded.unreadable == 0 || !decoded.problems.is_empty(), "what is refused says why");
        }
    });
}

#[test]
fn the_odds_api_reads_any_bytes() {
    fuzz_provider(
        "the-odds-api",
        &["odds", "event_odds", "historical_odds", "events", "scores", "sports", "participants", "event_markets"],
    );
}

#[test]
fn betfair_files_read_any_bytes() {
    fuzz_provider("betfair-historic", &["stream"]);
}

#[test]
fn espn_reads_any_bytes() {
    fuzz_provider("espn", &["scoreboard", "injuries", "summary", "teams", "roster", "transactions"]);
}

#[test]
fn football_data_reads_any_bytes() {
    fuzz_provider("football-data", &["season", "fixtures"]);
}

#[test]
fn mlb_reads_any_bytes() {
    fuzz_provider("mlb-statsapi", &["schedule", "boxscore", "feed", "transactions"]);
}

#[test]
fn nflverse_reads_any_bytes() {
    fuzz_provider("nflverse", &["schedules", "injuries", "player_stats"]);
}

#[test]
fn nhl_reads_any_bytes() {
    fuzz_provider("nhl-web", &["schedule", "score", "boxscore", "standings", "partner_game"]);
}

#[test]
fn oddsjam_reads_any_bytes() {
    fuzz_provider("oddsjam", &["games", "odds", "scores", "injuries", "futures_odds", "historical_odds", "stream_odds", "teams"]);
}

#[test]
fn opticodds_reads_any_bytes() {
    fuzz_provider(
        "opticodds",
        &[
            "fixtures",
            "fixtures_odds",
            "fixtures_odds_historical",
            "futures_odds",
            "injuries",
            "markets",
            "players",
            "sportsbooks_last_polled",
            "grader_odds",
            "stream_odds",
        ],
    );
}

#[test]
fn kalshi_reads_any_bytes() {
    fuzz_provider("kalshi", &["markets", "event", "orderbook", "candlesticks", "trades"]);
}

#[test]
fn polymarket_reads_any_bytes() {
    fuzz_provider("polymarket", &["events"]);
}

#[test]
fn sportradar_reads_any_bytes() {
    let leagues = ["schedule", "boxscore", "hierarchy", "injuries", "series", "standings", "timeline", "probabilities"];
    fuzz_provider("sportradar", &[&leagues[..], &["oddscomparison_prematch", "oddscomparison_player_props"]].concat());
}

#[test]
fn thesportsdb_reads_any_bytes() {
    fuzz_provider("thesportsdb", &["eventsday", "lookupevent", "lookup_all_teams", "all_leagues", "livescore"]);
}

#[test]
fn an_old_database_reads_any_bytes() {
    fuzz_provider("legacy", &["rows"]);
}

#[test]
fn a_persons_decision_reads_any_bytes() {
    fuzz_provider("person", &["decision"]);
}

#[test]
fn prices_lines_and_times_read_any_text() {
    let seeds =
        ["1.91", "-110", "+105", "EVEN", "6/4", "-7.0", "1e400", "2026-03-31T23:10:00Z"].map(|text| text.as_bytes().to_vec()).to_vec();
    fuzz("figures", seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = (
            odds::Price::from_decimal(&text),
            odds::Price::parse_american(&text),
            odds::Price::parse_fractional(&text),
            odds::Price::parse_contract(&text),
        );
        let _ = (odds::Line::parse(&text), text.parse::<Moment>());
        if let Ok(price) = odds::Price::from_decimal(&text) {
            assert_eq!(odds::Price::from_decimal(&price.to_string()).map(odds::Price::nanos), Ok(price.nanos()));
        }
    });
}

#[test]
fn blocks_and_covers_read_any_bytes() {
    let at = Moment::from_secs(1_790_000_000);
    let price = odds::Price::from_american(-110).unwrap();
    let change = |slot| odds::block::Change { slot: odds::SlotNo(slot), value: odds::block::Value::Live(price), changed_at: Some(at) };
    let block = odds::block::encode(&[change(0), change(7)], at);
    let cell =
        odds::cover::CellCover { cell: odds::CellNo(3), seen_at: Some(at), extent: odds::cover::Extent::Except(vec![odds::SlotNo(5)]) };
    let cover = odds::cover::encode(&odds::cover::Cover { cells: vec![cell], ..odds::cover::Cover::empty(Basis::Stated) }, at);
    let mut part = odds::sealed::Part::default();
    part.add(odds::board::Order { at, reply: odds::ReplyId(7) }, odds::Seq(3), true, &[change(0), change(7)]);
    part.add(odds::board::Order { at, reply: odds::ReplyId(9) }, odds::Seq(4), false, &[change(0)]);
    fuzz("stored", vec![block, cover, odds::sealed::encode(&part)], |bytes| {
        let _ = odds::block::decode(bytes, at, |_| ());
        let _ = odds::sealed::decode(bytes);
        if let Ok(cover) = odds::cover::decode(bytes, at) {
            assert_eq!(odds::cover::decode(&odds::cover::encode(&cover, at), at), Ok(cover));
        }
    });
}

#[test]
fn settings_read_any_file() {
    let seeds = vec![std::fs::read(here("config/example.toml")).unwrap(), std::fs::read(here(".env.example")).unwrap()];
    fuzz("settings", seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let sources = predictive_play::settings::Sources::of_env([("API_PROVIDER", text.chars().take(200).collect::<String>())]);
        let _ = predictive_play::settings::Settings::read(&sources.with_file("fuzzed.toml", &text));
    });
}

/// A question of every path, with every parameter that it takes.
fn questions() -> Vec<Vec<u8>> {
    let (id, at) = (common::GAME, "2026-01-10T20:01:00Z");
    let when = format!("as_of={at}&known_at={at}");
    let board = format!("market=moneyline,h2h&book=draftkings&format=american&{when}");
    let page = "limit=5&cursor=1768089600000000.2";
    let v4 = "apiKey=k&regions=us,eu&bookmakers=draftkings&markets=h2h,spreads&dateFormat=unix&oddsFormat=american";
    let span = "commenceTimeFrom=2026-01-01T00:00:00Z&commenceTimeTo=2026-02-01T00:00:00Z";
    let include = "includeLinks=true&includeSids=true&includeBetLimits=false&includeRotationNumbers=true&includeMultipliers=true";
    let nba = "/v4/sports/basketball_nba";
    let history = "/v4/historical/sports/basketball_nba";
    let targets = [
        format!("/v1/sports?{when}"),
        "/v1/books?sport=basketball.nba".to_owned(),
        format!("/v1/markets?sport=basketball.nba&{page}"),
        "/v1/teams?sport=basketball.nba&name=Celtics&limit=5&cursor=1.2".to_owned(),
        "/v1/players?sport=basketball.nba&name=Alvarez&limit=5&cursor=2".to_owned(),
        format!("/v1/stats?player=Alvarez&event={id}"),
        format!("/v1/events?sport=basketball.nba&status=scheduled,live&from={at}&to={at}&participant=celtics&{when}&{page}"),
        format!("/v1/events/{id}?{when}"),
        format!("/v1/events/{id}/odds?{board}"),
        format!("/v1/events/{id}/props?player=Alvarez&{board}"),
        format!(
            "/v1/events/{id}/history?market=moneyline&selection=home&book=draftkings&from={at}&to={at}&format=fractional&limit=5&cursor=1.2.3"
        ),
        format!("/v1/odds?sport=basketball.nba&from={at}&to={at}&updated_after={at}&{board}&{page}"),
        format!("/v1/props?sport=basketball.nba&player=Alvarez&{board}&{page}"),
        format!("/v1/results?sport=soccer.eng.1&from={at}&to={at}&{page}"),
        format!("/v1/injuries?sport=basketball.nba&team=Hawks&player=ash&{when}"),
        format!("/v1/injuries/changes?sport=basketball.nba&player=ash&from={at}&{page}"),
        format!(
            "/v1/transactions?sport=basketball.nba&team=bears&player=ash&from=2026-01-01&to=2026-02-01&limit=5&cursor=-810410.1&{when}"
        ),
        "/v1/decisions?limit=20&kind=joined&cursor=1.2&status=open".to_owned(),
        "/v1/listings/football-data/E0/2223/Northam-Nott'm%20Rovers".to_owned(),
        "/v1/replies/69607e59dd04cafd".to_owned(),
        "/v1/replies/69607e59dd04cafd/raw".to_owned(),
        format!("/v1/changes?after=2.1&limit=3&sport=nba&market=h2h&book=draftkings&provider=espn&event={id}&kind=quote,fact"),
        "/v1/changes?after=3".to_owned(),
        format!("/v1/stream?after=2.1&sport=nba&market=h2h&book=draftkings&provider=espn&event={id}&kind=fact"),
        format!("/v1/quality?{when}&kind=gap&severity=warn"),
        format!("{nba}/odds?{v4}&{span}&{include}&eventIds={id}"),
        format!("{nba}/events?{v4}&{span}&eventIds={id}&includeRotationNumbers=true"),
        format!("{nba}/events/{id}/odds?{v4}&{include}"),
        format!("{nba}/events/{id}/markets?{v4}"),
        format!("{nba}/scores?daysFrom=3&dateFormat=unix&eventIds={id}"),
        format!("{nba}/participants?apiKey=k"),
        "/v4/sports?all=true".to_owned(),
        format!("{nba}/odds-history?{v4}&date={at}"),
        format!("{history}/odds?{v4}&date={at}&{span}&{include}"),
        format!("{history}/events?date={at}&{span}&dateFormat=iso"),
        format!("{history}/events/{id}/odds?{v4}&date={at}"),
    ];
    targets.map(String::into_bytes).to_vec()
}

/// Bytes as a client would send them: what cannot stand in a URL is escaped, and everything else goes as it is.
fn target(bytes: &[u8]) -> Option<axum::http::Uri> {
    let escaped = |byte: &u8| match byte {
        b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'#' | 0..=b' ' | 0x7f.. => format!("%{byte:02X}"),
        plain => char::from(*plain).to_string(),
    };
    let text: String = bytes.iter().take(2000).map(escaped).collect();
    text.parse().ok().filter(|uri: &axum::http::Uri| uri.path().starts_with('/'))
}

/// What must hold of every answer: nothing of ours fails, and what is refused says what was wrong in the words of its API.
async fn ask(app: &axum::Router, uri: axum::http::Uri) {
    let request = axum::http::Request::get(uri.clone()).body(axum::body::Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(app.clone(), request).await.unwrap();
    let (status, path) = (response.status(), uri.path().to_owned());
    assert!(status.is_success() || status.is_client_error(), "{uri}: {status}");
    if status.is_success() {
        return;
    }
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{uri}: {status} {kind} {bytes:?}"));
    if path.starts_with("/v4/") && kind == "application/json" {
        assert!(told["error_code"].is_string() && told["message"].is_string(), "{uri}: {told}");
        return;
    }
    assert_eq!(kind, "application/problem+json", "{uri}: {told}");
    let detail = told["detail"].as_str().unwrap();
    if told["type"] == "/docs#bad-parameter" {
        let (name, _) = detail.split_once('=').unwrap_or_else(|| panic!("{uri}: {detail}"));
        assert!(names(&uri).iter().any(|asked| asked == name), "{uri}: {detail} names no parameter of it");
    }
    assert!(told["status"] == status.as_u16() && told["type"] != "/docs#internal", "{uri}: {told}");
}

/// The names of a query's parameters, as the handlers read them.
fn names(uri: &axum::http::Uri) -> Vec<String> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    pairs.map(|pairs| pairs.0.into_iter().map(|(name, _)| name).collect()).unwrap_or_default()
}

#[test]
fn the_api_reads_any_question() {
    let served = common::Served::filled();
    let state = std::sync::Arc::clone(&served.state);
    let tail =
        api::Tail::start(std::sync::Arc::clone(&state.store), std::sync::Arc::clone(&state.meanings), api::Follows::Nothing).unwrap();
    let options = api::Options { allow_anonymous: true, requests_per_sec: 1_000_000, ..api::Options::default() };
    let live = api::Live::new(std::sync::Arc::clone(&state), std::sync::Arc::new(tail), options);
    let app = api::service(live, api::router(state));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    fuzz("api", questions(), |bytes| {
        if let Some(uri) = target(bytes) {
            runtime.block_on(ask(&app, uri));
        }
    });
}
