//! Every recorded reply goes through the route on both engines: nothing is lost in any entry, the two stores say the same byte
//! for byte, and so does a store that is made again from the archive alone.
#![allow(clippy::unwrap_used)]

mod route;

use std::collections::BTreeMap;
use std::path::PathBuf;

use odds::diff::Counts;
use odds::names::Interner;
use odds::reply::{Reply, Request};
use odds::{Moment, Seq};
use predictive_play::decode::Providers;
use predictive_play::rebuild::{compare, rebuild};
use predictive_play::replay::{Dated, Stored, What, date, files, read};
use route::{Fresh, recorder_on, say};
use store::{Cut, Store};
use testkit::corpus::Corpus;

/// Folders of raw replies below the corpus, whose they are, and which endpoint sent them.
const RAW: &[(&str, &str, &str)] = &[
    ("recorded/the-odds-api/odds", "the-odds-api", "odds"),
    ("recorded/the-odds-api/events", "the-odds-api", "events"),
    ("recorded/the-odds-api/event_odds", "the-odds-api", "event_odds"),
    ("recorded/the-odds-api/historical_odds", "the-odds-api", "historical_odds"),
    ("recorded/the-odds-api/historical_events", "the-odds-api", "historical_events"),
    ("recorded/the-odds-api/historical_event_odds", "the-odds-api", "historical_event_odds"),
    ("recorded/the-odds-api/scores", "the-odds-api", "scores"),
    ("recorded/the-odds-api/errors", "the-odds-api", "event_odds"),
    ("recorded/espn/scoreboard", "espn", "scoreboard"),
    ("recorded/espn/summary", "espn", "summary"),
    ("recorded/espn/injuries", "espn", "injuries"),
    ("recorded/football-data-co-uk", "football-data", "season"),
    ("datasets/betfair_stream_samples", "betfair-historic", "stream"),
    ("datasets/nfl_injuries", "nflverse", "injuries"),
    ("datasets/nfl_player_stats_weekly/nfl_player_week_2024.csv.gz", "nflverse", "player_stats"),
    ("datasets/nfl_player_stats_weekly/nfl_schedule_2024.csv.gz", "nflverse", "schedules"),
    ("recorded/kalshi/markets", "kalshi", "markets"),
    ("recorded/oddsjam/games", "oddsjam", "games"),
    ("recorded/oddsjam/odds", "oddsjam", "odds"),
    ("recorded/oddsjam/scores", "oddsjam", "scores"),
    ("recorded/opticodds/fixtures_odds", "opticodds", "fixtures_odds"),
    ("recorded/opticodds/grader_odds", "opticodds", "grader_odds"),
    ("recorded/opticodds/injuries", "opticodds", "injuries"),
    ("recorded/opticodds/leagues", "opticodds", "leagues"),
    ("recorded/opticodds/markets", "opticodds", "markets"),
    ("recorded/opticodds/players", "opticodds", "players"),
    ("recorded/opticodds/sports", "opticodds", "sports"),
    ("recorded/opticodds/sportsbooks_last_polled", "opticodds", "sportsbooks_last_polled"),
    ("recorded/opticodds/stream_odds", "opticodds", "stream_odds"),
    ("recorded/opticodds/teams", "opticodds", "teams"),
    ("recorded/polymarket/events", "polymarket", "events"),
    ("recorded/sportradar/boxscore", "sportradar", "boxscore"),
    ("recorded/sportradar/errors", "sportradar", "schedule"),
    ("recorded/sportradar/hierarchy", "sportradar", "hierarchy"),
    ("recorded/sportradar/oddscomparison_player_props", "sportradar", "oddscomparison_player_props"),
    ("recorded/sportradar/oddscomparison_prematch", "sportradar", "oddscomparison_prematch"),
    ("recorded/sportradar/probabilities", "sportradar", "probabilities"),
    ("recorded/sportradar/schedule", "sportradar", "schedule"),
    ("recorded/sportradar/series", "sportradar", "series"),
    ("recorded/sportradar/standings", "sportradar", "standings"),
    ("recorded/sportradar/timeline", "sportradar", "timeline"),
    ("recorded/thesportsdb/lookupevent", "thesportsdb", "lookupevent"),
    ("datasets/nba_odds_api_raw/events_2021-2024.tar.zst", "the-odds-api", "historical_events"),
    ("datasets/nba_odds_api_raw/odds_2021-2022.tar.zst", "the-odds-api", "historical_odds"),
    ("datasets/nba_odds_api_raw/odds_2022-2023.tar.zst", "the-odds-api", "historical_odds"),
    ("datasets/nba_odds_api_raw/odds_2023-2024.tar.zst", "the-odds-api", "historical_odds"),
];

/// Replies that are recorded together.
const TOGETHER: usize = 256;

fn recorded(corpus: &Corpus, folder: &str, what: &What) -> Vec<Dated> {
    let path = corpus.root().join(folder);
    if !path.exists() {
        say(&format!("skipped: {folder} is not in the corpus"));
        return Vec::new();
    }
    let providers = Providers::all();
    let provider = providers.get(&what.provider).unwrap();
    let mut all = Vec::new();
    let is_reply = |path: &PathBuf| !path.ends_with("README.md");
    for file in files(&[path]).unwrap().into_iter().filter(is_reply) {
        read(&file, &mut |stored: Stored| {
            all.push(date(stored, what, &**provider)?);
            Ok(())
        })
        .unwrap();
    }
    all
}

/// The sport of replies that do not say it.
fn sport_of(folder: &str) -> Option<&'static str> {
    match folder {
        "recorded/sportradar/boxscore" => Some("nba"),
        folder if folder.contains("espn") => Some("basketball/nba"),
        _ => None,
    }
}

/// Sends all of the corpus through the route of each store; gives how many replies there were and how many were set aside.
fn send(corpus: &Corpus, stores: &[&Fresh]) -> (usize, usize) {
    let (mut replies, mut refused) = (0, 0);
    for (folder, provider, endpoint) in RAW {
        let what = What {
            provider: (*provider).to_owned(),
            endpoint: (*endpoint).to_owned(),
            sport: sport_of(folder).map(str::to_owned),
            observed_at: Some("2026-08-01T00:00:00Z".parse().unwrap()),
        };
        let request = Request::default();
        for batch in recorded(corpus, folder, &what).chunks(TOGETHER) {
            let batch: Vec<Reply<'_>> = batch.iter().map(|dated| dated.reply(&what, &request)).collect();
            let done: Vec<_> = stores.iter().map(|fresh| fresh.recorder.take(&batch, None).unwrap()).collect();
            replies += batch.len();
            refused += done[0].iter().filter(|one| !one.verdict.is_good()).count();
        }
    }
    (replies, refused)
}

/// Conservation of each entry, as the store tells it, and their sum.
fn conserved(store: &Store) -> (usize, Counts) {
    let (mut after, mut entries, mut total, mut words) = (Seq(0), 0, Counts::default(), Interner::default());
    loop {
        let page = store.entries_after(after, 200, &mut words).unwrap();
        let Some(last) = page.last() else { return (entries, total) };
        after = last.seq;
        for (at, entry) in page.iter().enumerate() {
            assert!(entry.counts.is_conserved(), "entry {} of {}/{}: {:?}", entry.seq, entry.provider, entry.endpoint, entry.counts);
            assert_eq!(entry.seq.0, entries as i64 + at as i64 + 1, "no gap in the log");
            total.add(&entry.counts);
        }
        entries += page.len();
    }
}

/// Slots, markets and books whose meaning we do not know (yet): kept all the same.
fn unknown(store: &Store) -> BTreeMap<String, usize> {
    let providers = Providers::all();
    let mut unknown = BTreeMap::new();
    for listing in store.all_listings().unwrap() {
        let provider = providers.get(&listing.provider).unwrap();
        if provider.league(&listing.sport).is_none() {
            *unknown.entry(format!("listings of sports without a league of ours ({} {})", listing.provider, listing.sport)).or_default() +=
                1;
        }
        let kept = store.board(listing, Cut::ALL).unwrap();
        for at in 0..kept.names.slots().len() {
            let words = kept.names.words(odds::SlotNo(at as u32)).unwrap();
            if provider.meaning(&kept.listing.sport, &words).is_none() {
                *unknown.entry(format!("slots without a meaning ({} {})", kept.listing.provider, words.market)).or_default() += 1;
            }
        }
    }
    unknown
}

fn slots_without_a_meaning(unknown: &BTreeMap<String, usize>) -> BTreeMap<String, i64> {
    let mut slots = BTreeMap::new();
    for (what, count) in unknown {
        if let Some(market) = what.strip_prefix("slots without a meaning (") {
            *slots.entry(market.split(' ').next().unwrap_or_default().to_owned()).or_default() += *count as i64;
        }
    }
    slots
}

#[test]
fn every_recorded_reply_is_conserved_and_both_engines_say_the_same() {
    let Some(corpus) = Corpus::find() else { return };
    let sqlite = Fresh::sqlite();
    let postgres = Fresh::postgres();
    let stores: Vec<&Fresh> = std::iter::once(&sqlite).chain(&postgres).collect();
    let (replies, refused) = send(&corpus, &stores);
    let (entries, total) = conserved(sqlite.store());
    assert!(replies > 1000 && entries > 1000, "{replies} replies, {entries} entries");
    assert_eq!(sqlite.store().pending_replies(10).unwrap().len(), 0);
    say(&format!("{replies} replies, {refused} set aside, {entries} entries; {total:?}"));
    for (what, count) in unknown(sqlite.store()) {
        say(&format!("kept though unknown: {count} {what}"));
    }
    if let Some(postgres) = &postgres {
        assert_eq!(conserved(postgres.store()), (entries, total));
        assert_eq!(compare(sqlite.store(), postgres.store()).unwrap(), None, "SQLite and PostgreSQL say the same");
    }
    let address = format!("sqlite:{}", sqlite.folder.path().join("rebuilt.sqlite").display());
    let rebuilt = recorder_on(Store::open(&address, None, sqlite.folder.path().join("archive")).unwrap());
    assert_eq!(rebuild(&rebuilt, &mut |_, _| ()).unwrap(), entries);
    assert_eq!(compare(sqlite.store(), rebuilt.store()).unwrap(), None, "a rebuild from the archive says the same");
}

/// Run it to learn what the tables of docs/providers are to say; it holds them to it.
#[test]
fn the_words_of_the_recordings_are_counted_as_the_pages_say() {
    let Some(corpus) = Corpus::find() else { return };
    let sqlite = Fresh::sqlite();
    send(&corpus, &[&sqlite]);
    let counts = route::words::counted(sqlite.store());
    for (provider, slots) in slots_without_a_meaning(&unknown(sqlite.store())) {
        let counted: i64 = counts.iter().filter(|count| count.provider == provider).map(|count| count.unknown).sum();
        assert_eq!(counted, slots, "what the follower counted of {provider} is what is kept");
    }
    let wrong = route::words::wrong_in_docs(&counts);
    assert!(wrong.is_empty(), "the pages are to say of the recordings:\n{}", wrong.join("\n"));
}

#[test]
fn a_rebuilt_store_that_says_something_else_is_found_at_its_first_line() {
    let (one, other) = (Fresh::sqlite(), Fresh::sqlite());
    let generated = testkit::bodies::season(7).take(3).collect::<Vec<_>>();
    let replies: Vec<Reply<'_>> = generated.iter().map(testkit::bodies::GeneratedReply::reply).collect();
    one.recorder.take(&replies, None).unwrap();
    other.recorder.take(&replies[..2], None).unwrap();
    let found = compare(one.store(), other.store()).unwrap().unwrap();
    assert_eq!(found.line, 4);
    assert!(found.before.unwrap().starts_with("reply ") && found.rebuilt.unwrap().starts_with("listing "));
}

#[test]
fn an_unknown_sport_market_and_book_are_kept_in_the_providers_words() {
    let body = r#"{"id":"abc","sport_key":"quidditch_world_cup","sport_title":"Quidditch","commence_time":"2026-05-01T10:00:00Z",
        "home_team":"Ireland","away_team":"Bulgaria","bookmakers":[{"key":"goblins","title":"Goblins","last_update":"2026-04-30T10:00:00Z",
        "markets":[{"key":"snitch_minute","last_update":"2026-04-30T10:00:00Z","outcomes":[{"name":"Over","price":1.9,"point":42.5}]}]}]}"#;
    let fresh = Fresh::sqlite();
    let (request, headers) = (Request::default(), BTreeMap::new());
    let at: Moment = "2026-04-30T10:00:05Z".parse().unwrap();
    let basis = odds::reply::Basis::Fetched;
    let (provider, endpoint, body) = ("the-odds-api", "event_odds", body.as_bytes());
    let reply = Reply { provider, endpoint, request: &request, status: 200, headers: &headers, body, fetched_at: at, basis, sport: None };
    let recorded = fresh.recorder.take(&[reply], None).unwrap();
    assert_eq!((recorded[0].counts.opened, recorded[0].problems), (1, 0));
    let dump = fresh.dump();
    assert!(dump.contains("listing the-odds-api/\"abc\" contest \"quidditch_world_cup\" -"), "{dump}");
    assert!(dump.contains(r#"change "goblins" "snitch_minute" "Over" "" 42.5 live 1.9"#), "{dump}");
    assert_eq!(unknown(fresh.store()).values().sum::<usize>(), 2);
}
