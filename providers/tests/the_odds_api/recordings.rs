//! Every raw recording of the shared folder decodes without an unexpected problem, and holds what its manifest counts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use odds::observation::{Decoded, FactKind, Refusal};
use odds::reply::{Basis, Reply, Request};
use providers::Provider;
use providers::the_odds_api::TheOddsApi;

use crate::{facts, listings, moment, outcomes, problems};

/// The shared folder, where there is one.
fn corpus() -> Option<PathBuf> {
    if let Ok(named) = std::env::var("PREDICTIVE_PLAY_CORPUS") {
        return Some(PathBuf::from(named)).filter(|path| path.is_dir());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("shared")).find(|path| path.join("recorded").is_dir())
}

/// Reads a stored file as replay does: without its request, of the moment that it states.
fn replayed<T>(endpoint: &str, body: &[u8], look: impl FnOnce(&Decoded<'_>) -> T) -> T {
    let (request, headers) = (Request::default(), BTreeMap::new());
    let (fetched_at, basis) = TheOddsApi.stamp(endpoint, body).unwrap_or((moment("2026-01-01T00:00:00Z"), Basis::Assumed));
    let reply = Reply {
        provider: "the-odds-api",
        endpoint,
        request: &request,
        status: 200,
        headers: &headers,
        body,
        fetched_at,
        basis,
        sport: None,
    };
    assert!(TheOddsApi.judge(&reply).is_good(), "{endpoint}: {:?}", TheOddsApi.judge(&reply));
    look(&TheOddsApi.decode(&reply))
}

/// What a manifest counts.
#[derive(Debug, PartialEq, Eq, Default)]
struct Counts {
    events: usize,
    books: usize,
    entries: usize,
    markets: usize,
    outcomes: usize,
    without_point: usize,
}

fn counts(decoded: &Decoded<'_>) -> Counts {
    let books: Vec<_> = listings(decoded).flat_map(|listing| &listing.books).collect();
    Counts {
        events: listings(decoded).count(),
        books: books.iter().map(|book| book.key.as_ref()).collect::<BTreeSet<_>>().len(),
        entries: books.len(),
        markets: books.iter().map(|book| book.markets.len()).sum(),
        outcomes: outcomes(decoded).count(),
        without_point: outcomes(decoded).filter(|outcome| outcome.point.is_none()).count(),
    }
}

fn of(events: usize, (books, entries): (usize, usize), markets: usize, (outcomes, without_point): (usize, usize)) -> Counts {
    Counts { events, books, entries, markets, outcomes, without_point }
}

#[test]
fn recorded_replies_hold_what_the_manifest_counts() {
    let Some(corpus) = corpus() else { return println!("skipped: no shared folder with recordings") };
    let table = [
        ("odds", "nba_20221123T0105Z_us_eu_au_multi", of(14, (21, 168), 437, (874, 296)), "2022-11-23T01:05:31Z"),
        ("odds", "nba_mlb_20250514T0111Z_pinnacle_only", of(5, (1, 5), 15, (30, 10)), "2025-05-14T01:11:29Z"),
        ("events", "bundesliga_20251125", of(18, (0, 0), 0, (0, 0)), ""),
        ("event_odds", "wnba_20260729_player_props", of(1, (2, 2), 10, (40, 0)), "2026-07-29T16:08:40Z"),
        ("event_odds", "mlb_20250621_batter_hits_over_only_ladder", of(1, (1, 1), 1, (63, 0)), "2025-06-21T20:06:24Z"),
        ("historical_odds", "wnba_20230601T115539Z", of(1, (2, 2), 6, (12, 4)), "2023-06-01T11:55:39Z"),
        ("historical_events", "nba_20250309T235538Z", of(16, (0, 0), 0, (0, 0)), "2025-03-09T23:55:38Z"),
        ("historical_event_odds", "nba_20240125T035540Z_inplay_spreads_totals", of(1, (2, 2), 4, (8, 0)), "2024-01-25T03:55:40Z"),
        ("scores", "wnba_20260707_daysFrom", of(4, (0, 0), 0, (0, 0)), "2026-07-07T09:22:48Z"),
    ];
    for (endpoint, name, expected, stamp) in table {
        let body = std::fs::read(corpus.join(format!("recorded/the-odds-api/{endpoint}/{name}.json"))).unwrap();
        replayed(endpoint, &body, |decoded| {
            assert_eq!((problems(decoded), decoded.unreadable), (vec![], 0), "{name}");
            assert_eq!(counts(decoded), expected, "{name}");
            assert!(outcomes(decoded).all(|outcome| outcome.offer.is_ok()), "{name}");
            if !stamp.is_empty() {
                assert_eq!((decoded.snapshots[0].observed_at, decoded.snapshots[0].basis), (moment(stamp), Basis::Stated), "{name}");
            }
            understood(decoded, name);
        });
    }
}

/// Every slot of a recording has a meaning.
fn understood(decoded: &Decoded<'_>, name: &str) {
    for listing in listings(decoded) {
        for (book, market) in listing.books.iter().flat_map(|book| book.markets.iter().map(move |market| (book, market))) {
            for outcome in &market.outcomes {
                let words = odds::market::Words {
                    book: &book.key,
                    market: &market.key,
                    name: &outcome.name,
                    description: &outcome.description,
                    point: outcome.point,
                };
                assert!(TheOddsApi.meaning(&listing.sport, &words).is_some(), "{name}: {words:?}");
            }
        }
    }
}

#[test]
fn recorded_scores_tell_three_games_over_and_one_to_come() {
    let Some(corpus) = corpus() else { return println!("skipped: no shared folder with recordings") };
    let body = std::fs::read(corpus.join("recorded/the-odds-api/scores/wnba_20260707_daysFrom.json")).unwrap();
    replayed("scores", &body, |decoded| {
        let final_count = listings(decoded).filter(|listing| facts(listing).contains(&"status  final".to_owned())).count();
        assert_eq!(final_count, 3);
        let points: usize = listings(decoded).flat_map(|listing| &listing.facts).filter(|fact| fact.kind == FactKind::HomeScore).count();
        assert_eq!(points, 3);
    });
}

#[test]
fn recorded_errors_are_judged_as_what_they_are() {
    let Some(corpus) = corpus() else { return println!("skipped: no shared folder with recordings") };
    let table = [
        ("401_INVALID_KEY", "odds", "key_refused"),
        ("401_OUT_OF_USAGE_CREDITS", "odds", "quota_spent"),
        ("401_OUT_OF_USAGE_CREDITS_negative_remaining", "odds", "quota_spent"),
        ("422_INVALID_MARKET", "odds", "refused"),
        ("200_event_odds_nobody_offers", "event_odds", "good"),
    ];
    for (name, endpoint, expected) in table {
        let text = std::fs::read_to_string(corpus.join(format!("recorded/the-odds-api/errors/{name}.json"))).unwrap();
        let recorded: serde_json::Value = serde_json::from_str(&text).unwrap();
        let headers: BTreeMap<String, String> = serde_json::from_value(recorded["headers"].clone()).unwrap();
        let (request, body) = (Request::to("/v4/sports/x/odds"), recorded["body"].to_string());
        let reply = Reply {
            provider: "the-odds-api",
            endpoint,
            request: &request,
            status: recorded["status"].as_u64().unwrap() as u16,
            headers: &headers,
            body: body.as_bytes(),
            fetched_at: moment("2026-01-01T00:00:00Z"),
            basis: Basis::Fetched,
            sport: None,
        };
        assert_eq!(TheOddsApi.judge(&reply).as_str(), expected, "{name}");
        let remaining = headers.get("x-requests-remaining").map(|text| text.parse::<i64>().unwrap());
        assert_eq!(TheOddsApi.meter(&reply).and_then(|meter| meter.remaining), remaining, "{name}");
    }
}

#[test]
fn three_seasons_of_raw_payloads_lose_nothing_and_refuse_only_books_from_later() {
    let Some(corpus) = corpus() else { return println!("skipped: no shared folder with recordings") };
    let (mut files, mut events, mut kept, mut ahead, mut told) = (0, 0, 0, 0, 0);
    for (pack, endpoint) in [
        ("events_2021-2024", "historical_events"),
        ("odds_2021-2022", "historical_odds"),
        ("odds_2022-2023", "historical_odds"),
        ("odds_2023-2024", "historical_odds"),
    ] {
        let file = std::fs::File::open(corpus.join(format!("datasets/nba_odds_api_raw/{pack}.tar.zst"))).unwrap();
        for entry in tar::Archive::new(zstd::Decoder::new(file).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let mut body = Vec::new();
            entry.read_to_end(&mut body).unwrap();
            files += 1;
            replayed(endpoint, &body, |decoded| {
                assert!(decoded.problems.iter().all(|problem| problem.reason == Refusal::BookAhead), "{:?}", problems(decoded));
                assert_eq!(decoded.unreadable, 0);
                events += listings(decoded).count();
                kept += outcomes(decoded).filter(|outcome| outcome.offer.is_ok()).count();
                ahead += outcomes(decoded).filter(|outcome| outcome.offer == Err(Refusal::BookAhead)).count();
                told += decoded.problems.len();
                understood(decoded, pack);
            });
        }
    }
    assert_eq!((files, events, kept + ahead), (1246, 9294, 287_050));
    assert_eq!((ahead, told), (4992, 832), "832 books with three markets of two outcomes each, all of the first half");
}
