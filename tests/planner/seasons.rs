//! Five leagues at once: the real starts of one season each, laid on one year by whole times 52 weeks, so that days of the week and
//! clocks stay what they were (NBA and NHL 2023/24, NFL 2023, MLB 2024, Premier League 2022/23).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use odds::Moment;
use predictive_play::schedule::simulation::Season;
use testkit::corpus::Corpus;

use crate::{PUBLISHED_DAYS, assert_at_most_half, played, recorded, say, season};

const FROM: &str = "2023-09-01T00:00:00Z";
const UNTIL: &str = "2024-08-30T00:00:00Z";
const YEAR_SECS: i64 = 52 * 7 * 86_400;

fn on_the_year(start: Moment) -> Moment {
    let from: Moment = FROM.parse().unwrap();
    from.plus_secs((start.secs() - from.secs()).rem_euclid(YEAR_SECS))
}

/// The text of one file of the corpus, or of all files of an archive, one after the other.
fn texts(corpus: &Corpus, path: &str) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    corpus.for_each(path, |file| texts.push((file.name.clone(), String::from_utf8(file.bytes).unwrap()))).unwrap();
    texts
}

fn rows(corpus: &Corpus, path: &str) -> Vec<csv::StringRecord> {
    let (_, text) = texts(corpus, path).remove(0);
    csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

fn local(text: &str, format: &str, zone: &str) -> Option<Moment> {
    let zoned = DateTime::strptime(format, text).ok()?.to_zoned(TimeZone::get(zone).unwrap()).ok()?;
    Some(zoned.timestamp().into())
}

fn nba(corpus: &Corpus) -> Vec<Moment> {
    let mut starts = BTreeMap::new();
    for (_, text) in
        texts(corpus, "datasets/nba_odds_api_raw/events_2021-2024.tar.zst").into_iter().filter(|(name, _)| name.contains("2023-2024"))
    {
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        for event in body["data"].as_array().unwrap() {
            starts.insert(event["id"].to_string(), event["commence_time"].as_str().unwrap().parse().unwrap());
        }
    }
    starts.into_values().collect()
}

fn nhl(corpus: &Corpus) -> Vec<Moment> {
    let rows = rows(corpus, "datasets/nhl_wnba_line_movement/nhl_results_2024.csv.gz");
    rows.iter().filter_map(|row| local(&format!("{} {}", &row[0], &row[1]), "%Y-%m-%d %I:%M %p", "America/New_York")).collect()
}

fn nfl(corpus: &Corpus) -> Vec<Moment> {
    let rows = rows(corpus, "datasets/nfl_multibook_open_close/nfl_odds_2023.csv.gz");
    let start = |row: &csv::StringRecord| {
        let (month, day) = row[5].split_once(' ')?.1.split_once('/')?;
        let (month, day): (i8, i8) = (month.parse().ok()?, day.parse().ok()?);
        let date = Date::new(if month > 6 { 2023 } else { 2024 }, month, day).ok()?;
        Some((row[0].to_owned(), local(&format!("{date} {}", &row[6]), "%Y-%m-%d %I:%M %p", "America/New_York")?))
    };
    rows.iter().filter_map(start).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn mlb(corpus: &Corpus) -> Vec<Moment> {
    let rows = rows(corpus, "datasets/mlb_games_starters/mlb_games_2024_2025.csv.gz");
    rows.iter().filter(|row| &row[2] == "2024").filter_map(|row| local(&row[5], "%Y-%m-%d %H:%M:%S", "UTC")).collect()
}

fn epl(corpus: &Corpus) -> Vec<Moment> {
    recorded::starts(&texts(corpus, "datasets/soccer_top5_football_data/E0_2223.csv.gz").remove(0).1)
}

fn five(corpus: &Corpus) -> Vec<Season> {
    let leagues = [
        ("basketball_nba", nba(corpus), 1355),
        ("icehockey_nhl", nhl(corpus), 1400),
        ("baseball_mlb", mlb(corpus), 2472),
        ("americanfootball_nfl", nfl(corpus), 285),
        ("soccer_epl", epl(corpus), 380),
    ];
    let one = |(sport, starts, games): (&str, Vec<Moment>, usize)| {
        assert_eq!(starts.len(), games, "games of {sport}");
        season(sport, starts.into_iter().map(on_the_year).collect())
    };
    leagues.into_iter().map(one).collect()
}

/// Two months in which all five play.
const BUSY: (&str, &str) = ("2023-10-01T00:00:00Z", "2023-12-01T00:00:00Z");

#[test]
fn five_leagues_on_20_000_credits_are_half_as_stale_as_in_a_fixed_loop() {
    let Some(corpus) = Corpus::find() else { return };
    let figures = played(&five(&corpus), BUSY, 20_000, PUBLISHED_DAYS);
    say("five leagues, October and November", 20_000, &figures);
    assert_at_most_half(20_000, &figures);
}

/// The table of docs/performance.md: `cargo test --test planner -- --ignored --nocapture`.
#[test]
#[ignore = "a whole year several times: minutes"]
fn five_leagues_by_how_much_may_be_spent() {
    let Some(corpus) = Corpus::find() else { return };
    let five = five(&corpus);
    let days: BTreeSet<_> = five.iter().flat_map(|season| season.starts.iter().map(|start| start.secs() / 86_400)).collect();
    assert!(days.len() > 340, "the year has games on {} days", days.len());
    let year = (FROM, UNTIL);
    for (what, span, per_month, known_days) in [
        ("October and November", BUSY, 100_000, PUBLISHED_DAYS),
        ("a year", year, 20_000, PUBLISHED_DAYS),
        ("a year, games known a week ahead", year, 20_000, 7),
        ("a year", year, 5_000, PUBLISHED_DAYS),
    ] {
        let figures = played(&five, span, per_month, known_days);
        say(&format!("five leagues, {what}"), per_month, &figures);
        assert!(figures.most_in_a_month <= per_month);
        if per_month >= 20_000 && known_days == PUBLISHED_DAYS {
            assert_at_most_half(per_month, &figures);
        }
    }
}
