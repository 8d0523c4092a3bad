//! The same games in two independent sources of the datasets: who is joined, who is not, and that nobody is joined wrongly. The truth is
//! the day and the two nicknames, by tables of the readers that the rules do not see.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use odds::Moment;
use serde_json::Value;
use testkit::corpus::{Corpus, Recording};

use super::rig::{Game, House, say};

/// A game with its truth.
struct Told {
    truth: String,
    game: Game,
}

type Source = Vec<Told>;

fn eastern() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

/// The league's day of a moment.
fn day_of(start: &str) -> String {
    start.parse::<Moment>().unwrap().day_in(&eastern()).to_string()
}

/// A moment of the clock in New York: `7:30p`, `10:00 AM`.
fn eastern_at(day: &str, clock: &str) -> String {
    let date: Date = day.parse().unwrap();
    let lower = clock.to_lowercase();
    let (hour, minute) = lower.trim_end_matches(['a', 'p', 'm', ' ']).split_once(':').unwrap();
    let (hour, minute): (i8, i8) = (hour.parse().unwrap(), minute.parse().unwrap());
    let hour = hour % 12 + if lower.contains('p') { 12 } else { 0 };
    let at = date.at(hour, minute, 0, 0).to_zoned(eastern()).unwrap();
    Moment::from(at.timestamp()).to_string()
}

fn noon(day: &str) -> String {
    eastern_at(day, "12:00 pm")
}

/// A nickname by the last word of a full name; some rows of the props have the league's codes in its place.
fn nickname(name: &str) -> String {
    let of_code = nick_of_code(NFL_CODES, name);
    if of_code != "?" {
        return of_code.to_owned();
    }
    name.split_whitespace().last().unwrap_or_default().to_lowercase()
}

fn told(league: &str, id: String, (home, away): (&str, &str), start: String, is_on_day: bool, nicknames: (&str, &str)) -> Told {
    let truth = format!("{} {} {}", day_of(&start), nicknames.0, nicknames.1);
    let game = Game { id, league: league.to_owned(), home: home.to_owned(), away: away.to_owned(), start, is_on_day, ..Game::default() };
    Told { truth, game }
}

fn files(corpus: &Corpus, below: &str) -> Vec<Recording> {
    let mut all = Vec::new();
    corpus.for_each(&format!("datasets/{below}"), |recording| all.push(recording)).unwrap();
    all
}

/// The cells of a line; a comma inside quotes is part of its cell.
fn cells(line: &str) -> Vec<String> {
    let mut is_quoted = false;
    let split = line.split(|letter| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    });
    split.map(|cell| cell.trim_matches('"').to_owned()).collect()
}

/// Rows of a table by their columns.
fn rows(recording: &Recording) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(&recording.bytes).replace(['\r', '\u{feff}'], "");
    let mut lines = text.lines();
    let columns: Vec<String> = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
    let row = |line: &str| columns.iter().cloned().zip(cells(line)).collect();
    lines.map(row).collect()
}

/// One listing of each id.
fn once(source: Source) -> Source {
    let mut seen = BTreeSet::new();
    source.into_iter().filter(|told| seen.insert(told.game.id.clone())).collect()
}

const NBA_CODES: &str = "atl hawks bkn nets bos celtics cha hornets chi bulls cle cavaliers dal mavericks den nuggets det pistons gs warriors \
    hou rockets ind pacers lac clippers lal lakers mem grizzlies mia heat mil bucks min timberwolves no pelicans ny knicks okc thunder orl magic \
    phi 76ers phx suns por blazers sa spurs sac kings tor raptors utah jazz wsh wizards";
const NFL_CODES: &str = "ARI cardinals ATL falcons BAL ravens BUF bills CAR panthers CHI bears CIN bengals CLE browns DAL cowboys DEN broncos \
    DET lions GB packers HOU texans IND colts JAX jaguars KC chiefs LA rams LAR rams LAC chargers LV raiders OAK raiders MIA dolphins MIN vikings \
    NE patriots NO saints NYG giants NYJ jets PHI eagles PIT steelers SEA seahawks SF 49ers TB buccaneers TEN titans WAS commanders";
const NFL_CITIES: &str = "Arizona:cardinals Atlanta:falcons Baltimore:ravens Buffalo:bills Carolina:panthers Chicago:bears Cincinnati:bengals \
    Cleveland:browns Dallas:cowboys Denver:broncos Detroit:lions Green_Bay:packers Houston:texans Indianapolis:colts Jacksonville:jaguars \
    Kansas_City:chiefs L.A._Rams:rams L.A._Chargers:chargers Las_Vegas:raiders Oakland:raiders Miami:dolphins Minnesota:vikings \
    New_England:patriots New_Orleans:saints N.Y._Giants:giants N.Y._Jets:jets Philadelphia:eagles Pittsburgh:steelers Seattle:seahawks \
    San_Francisco:49ers Tampa_Bay:buccaneers Tennessee:titans Washington:commanders";

fn nick_of_code(table: &'static str, code: &str) -> &'static str {
    let words: Vec<&str> = table.split_whitespace().collect();
    words.chunks(2).find(|pair| pair[0] == code).map_or("?", |pair| pair[1])
}

fn nick_of_city(city: &str) -> &'static str {
    let city = city.replace(' ', "_");
    NFL_CITIES.split_whitespace().filter_map(|pair| pair.split_once(':')).find(|(known, _)| *known == city).map_or("?", |(_, nick)| nick)
}

fn nba_closings(corpus: &Corpus) -> Source {
    let files = files(corpus, "nba_closing_2008_2024/nba_games_2008_2024.csv.gz");
    let games = files.iter().flat_map(rows).filter(|row| row["season"].parse::<i32>().is_ok_and(|season| season >= 2022));
    let told = games.enumerate().map(|(at, row)| {
        let nicks = (nick_of_code(NBA_CODES, &row["home"]), nick_of_code(NBA_CODES, &row["away"]));
        told("basketball.nba", format!("c{at}"), (&row["home"], &row["away"]), noon(&row["date"]), true, nicks)
    });
    told.collect()
}

fn nba_events(corpus: &Corpus) -> Source {
    let mut found = Source::new();
    // the last snapshot that lists an event has its last start
    for file in files(corpus, "nba_odds_api_raw/events_2021-2024.tar.zst").iter().rev() {
        let body: Value = serde_json::from_slice(&file.bytes).unwrap_or_default();
        for event in body["data"].as_array().into_iter().flatten() {
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            let (home, away) = (text("home_team"), text("away_team"));
            let nicks = (nickname(&home), nickname(&away));
            found.push(told("basketball.nba", text("id"), (&home, &away), text("commence_time"), false, (&nicks.0, &nicks.1)));
        }
    }
    once(found)
}

fn by_names(rows: impl Iterator<Item = BTreeMap<String, String>>, league: &str, columns: [&str; 4]) -> Source {
    let [id, home, away, start] = columns;
    let told = rows.map(|row| {
        let nicks = (nickname(&row[home]), nickname(&row[away]));
        told(league, row[id].clone(), (&row[home], &row[away]), row[start].clone(), false, (&nicks.0, &nicks.1))
    });
    once(told.collect())
}

fn nba_books(corpus: &Corpus) -> Source {
    let files = files(corpus, "nba_exchange_and_au_books_2026/nba_snapshots_2026_mar_apr.csv.gz");
    let mut rows: Vec<_> = files.iter().flat_map(rows).collect();
    rows.reverse();
    by_names(rows.into_iter(), "basketball.nba", ["event_id", "home_team", "away_team", "commence_time"])
}

fn nba_results(corpus: &Corpus) -> Source {
    let files = files(corpus, "nba_exchange_and_au_books_2026/nba_results_2026.csv.gz");
    let told = files.iter().flat_map(rows).enumerate().filter_map(|(at, row)| {
        let day = day_in_words(&row["Date"])?;
        let (home, away) = (&row["Home/Neutral"], &row["Visitor/Neutral"]);
        let start = eastern_at(&day, row.get("Start (ET)").filter(|clock| clock.contains(':'))?);
        Some(told("basketball.nba", format!("r{at}"), (home, away), start, false, (&nickname(home), &nickname(away))))
    });
    told.collect()
}

/// `Tue Oct 21 2025`.
fn day_in_words(text: &str) -> Option<String> {
    Some(Date::strptime("%a %b %d %Y", text).ok()?.to_string())
}

fn nfl_games(corpus: &Corpus, seasons: std::ops::RangeInclusive<i32>) -> Source {
    let files = files(corpus, "nfl_games_lines/nfl_games_2011_2024.csv.gz");
    let games = files.iter().flat_map(rows).filter(|row| row["season"].parse().is_ok_and(|season| seasons.contains(&season)));
    let told = games.map(|row| {
        // the source's code of the Rams, who are not the only ones of Los Angeles
        let name = |code: &str| if code == "LA" { "LAR".to_owned() } else { code.to_owned() };
        let (home, away) = (name(&row["home_team"]), name(&row["away_team"]));
        let nicks = (nick_of_code(NFL_CODES, &home), nick_of_code(NFL_CODES, &away));
        let day = row["kickoff"].get(..10).unwrap_or_default();
        let mut told = told("football.nfl", row["game_id"].clone(), (&home, &away), noon(day), true, nicks);
        told.game.is_neutral = row["neutral_site"] == "True";
        told
    });
    told.collect()
}

fn nfl_archive(corpus: &Corpus) -> Source {
    let files = files(corpus, "nfl_sbr_archive/nfl_archive_10Y.json.gz");
    let games: Vec<Value> = files.iter().flat_map(|file| serde_json::from_slice::<Vec<Value>>(&file.bytes).unwrap()).collect();
    let told = games.iter().enumerate().filter_map(|(at, game)| {
        let date = game["date"].as_f64()? as i64;
        let day = format!("{}-{:02}-{:02}", date / 10_000, date / 100 % 100, date % 100);
        let name = |key: &str| game[key].as_str().map(str::to_owned);
        let (home, away) = (name("home_team")?, name("away_team")?);
        let nick = |name: &str| match nickname(name).as_str() {
            "redskins" | "footballteam" | "washingtom" | "team" | "washington" => "commanders".to_owned(),
            "oakland" => "raiders".to_owned(),
            "sandiego" => "chargers".to_owned(),
            "st.louis" | "losangeles" => "rams".to_owned(),
            "fortyniners" => "49ers".to_owned(),
            "kcchiefs" | "kansas" => "chiefs".to_owned(),
            "tampa" => "buccaneers".to_owned(),
            "buffalobills" => "bills".to_owned(),
            "lvraiders" => "raiders".to_owned(),
            other => other.to_owned(),
        };
        Some(told("football.nfl", format!("s{at}"), (&home, &away), noon(&day), true, (&nick(&home), &nick(&away))))
    });
    told.collect()
}

fn nfl_many_books(corpus: &Corpus) -> Source {
    let mut found = Source::new();
    for file in files(corpus, "nfl_multibook_open_close") {
        for pair in rows(&file).chunks(2).filter(|pair| pair.len() == 2 && pair[0]["game_id"] == pair[1]["game_id"]) {
            // the first of a pair visits
            let (away, home) = (&pair[0], &pair[1]);
            let season: i32 = home["season"].parse().unwrap();
            let Some((month, day)) = home["date"].split_whitespace().last().and_then(|date| date.split_once('/')) else { continue };
            let (month, day): (i32, i32) = (month.parse().unwrap(), day.parse().unwrap());
            let year = if month < 7 { season + 1 } else { season };
            let start = eastern_at(&format!("{year}-{month:02}-{day:02}"), &home["time"]);
            let nicks = (nick_of_city(&home["team"]), nick_of_city(&away["team"]));
            found.push(told("football.nfl", home["game_id"].clone(), (&home["team"], &away["team"]), start, false, nicks));
        }
    }
    once(found)
}

fn nfl_props(corpus: &Corpus) -> Source {
    let settled = files(corpus, "nfl_player_props/settled_2023_2024.csv.gz");
    let rows = settled.iter().flat_map(rows).filter(|row| row["commence_time"].ends_with('Z'));
    by_names(rows, "football.nfl", ["event_id", "home_team", "away_team", "commence_time"])
}

fn nhl_quotes(corpus: &Corpus) -> Source {
    let mut rows: Vec<_> = files(corpus, "nhl_wnba_line_movement/nhl_daily_2023_2025.csv.gz").iter().flat_map(rows).collect();
    rows.reverse();
    by_names(rows.into_iter(), "hockey.nhl", ["game_id", "home_team", "away_team", "commence_time"])
}

fn nhl_results(corpus: &Corpus) -> Source {
    let both = ["nhl_results_2024.csv.gz", "nhl_results_2025.csv.gz"].map(|name| files(corpus, &format!("nhl_wnba_line_movement/{name}")));
    let told = both.iter().flatten().flat_map(rows).enumerate().filter(|(_, row)| row["Time"].contains(':')).map(|(at, row)| {
        let (home, away) = (&row["Home"], &row["Visitor"]);
        let nicks = (nickname(home), nickname(away));
        told("hockey.nhl", format!("h{at}"), (home, away), eastern_at(&row["Date"], &row["Time"]), false, (&nicks.0, &nicks.1))
    });
    told.collect()
}

fn wnba_quotes(corpus: &Corpus) -> Source {
    let mut rows: Vec<_> = files(corpus, "nhl_wnba_line_movement/wnba_live_2026_apr_jun.csv.gz").iter().flat_map(rows).collect();
    rows.reverse();
    by_names(rows.into_iter(), "basketball.wnba", ["game_id", "home_team", "away_team", "commence_time"])
}

fn wnba_results(corpus: &Corpus) -> Source {
    let files = files(corpus, "nhl_wnba_line_movement/wnba_results_2024_2026jun.csv.gz");
    let rows = files.iter().flat_map(rows).filter(|row| row["season"] == "2026").map(|mut row| {
        let start = format!("{}Z", row["kickoff"].replace(' ', "T"));
        row.insert("kickoff".to_owned(), start);
        row
    });
    by_names(rows, "basketball.wnba", ["game_id", "home_team", "away_team", "kickoff"])
}

/// What became of one pair of sources.
struct Outcome {
    common: usize,
    joined: usize,
    wrong: Vec<String>,
    missed: Vec<String>,
}

fn compare(one: &Source, two: &Source) -> Outcome {
    let house = House::sqlite();
    for (provider, source) in [("one", one), ("two", two)] {
        let games: Vec<Game> = source.iter().map(|told| told.game.clone()).collect();
        for (at, batch) in games.chunks(500).enumerate() {
            house.take(provider, &format!("2000-01-01T00:{at:02}:00Z"), batch);
        }
    }
    let listings = house.store().all_listings().unwrap();
    let events: BTreeMap<(String, String), String> =
        listings.into_iter().map(|row| ((row.provider, row.external_id), row.event.to_string())).collect();
    let event = |provider: &str, told: &Told| events[&(provider.to_owned(), told.game.id.clone())].clone();
    let mut by_event: BTreeMap<String, &Told> = BTreeMap::new();
    let mut truths: BTreeMap<&str, &Told> = BTreeMap::new();
    for told in one {
        by_event.insert(event("one", told), told);
        truths.insert(&told.truth, told);
    }
    let mut outcome = Outcome { common: 0, joined: 0, wrong: Vec::new(), missed: Vec::new() };
    for told in two {
        let partner = by_event.get(&event("two", told));
        let swapped = || told.truth.split(' ').rev().collect::<Vec<_>>().join(" ");
        match (partner, truths.get(told.truth.as_str())) {
            (Some(partner), _) if partner.truth != told.truth && !is_swapped(&partner.truth, &swapped()) => {
                outcome.wrong.push(format!("{} with {}", told.truth, partner.truth));
            }
            (Some(_), Some(_)) => {
                outcome.common += 1;
                outcome.joined += 1;
            }
            (None, Some(_)) => {
                outcome.common += 1;
                outcome.missed.push(format!("{} at {}", told.truth, told.game.start));
            }
            _ => {}
        }
    }
    outcome
}

/// `day home away` against `away home day` of the other.
fn is_swapped(truth: &str, reversed: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (truth.split(' ').collect(), reversed.split(' ').collect());
    a.len() == 3 && b.len() == 3 && (a[0], a[1], a[2]) == (b[2], b[0], b[1])
}

#[test]
fn the_same_games_of_two_sources_are_joined_and_none_wrongly() {
    let Some(corpus) = Corpus::find() else { return };
    let pairs: Vec<(&str, Source, Source)> = vec![
        ("NBA 2021-24: closings by day, raw payloads", nba_closings(&corpus), nba_events(&corpus)),
        ("NBA 2026: results, Australian books", nba_results(&corpus), nba_books(&corpus)),
        ("NFL 2011-21: games by day, archive by day", nfl_games(&corpus, 2011..=2021), nfl_archive(&corpus)),
        ("NFL 2018-24: games by day, many books", nfl_games(&corpus, 2018..=2024), nfl_many_books(&corpus)),
        ("NFL 2023-24: props, games by day", nfl_props(&corpus), nfl_games(&corpus, 2023..=2024)),
        ("NHL 2023-25: results, quotes", nhl_results(&corpus), nhl_quotes(&corpus)),
        ("WNBA 2026: results, quotes", wnba_results(&corpus), wnba_quotes(&corpus)),
    ];
    say("the same games in two sources                      one    two  common  joined  recall  wrong");
    let (mut sum, mut wrong) = ((0, 0), Vec::new());
    for (name, one, two) in &pairs {
        let outcome = compare(one, two);
        let recall = outcome.joined as f64 * 100.0 / outcome.common.max(1) as f64;
        let counts = (one.len(), two.len(), outcome.common, outcome.joined);
        say(&format!(
            "{name:<46} {:>6} {:>6} {:>7} {:>7} {recall:>6.2}% {:>6}",
            counts.0,
            counts.1,
            counts.2,
            counts.3,
            outcome.wrong.len()
        ));
        outcome.missed.iter().take(6).for_each(|missed| say(&format!("    not joined: {missed}")));
        assert!(outcome.common > 50, "{name}: {} games in common", outcome.common);
        assert!(recall > 97.0, "{name}: {recall} % were joined");
        sum = (sum.0 + outcome.common, sum.1 + outcome.joined);
        wrong.extend(outcome.wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }
    say(&format!("all: {} of {} joined, {} wrong", sum.1, sum.0, wrong.len()));
    assert!(wrong.is_empty(), "joined wrongly:\n{}", wrong.join("\n"));
}
