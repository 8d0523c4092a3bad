//! The tables of the enhanced shape: lists of teams, books and markets, and odds by row.

use postgres::Client;

use super::Planted;
use super::copy::{Field, load as copy, moment};
use super::dirt::Dirt;
use super::events::Event;
use super::leagues::LEAGUES;
use super::odds_json::{american, wanted_in_rows};
use super::random::Random;
use super::recipe::{Part, Recipe};

const BOOKS: [&str; 4] = ["draftkings", "fanduel", "betmgm", "caesars"];
const MARKETS: [&str; 3] = ["h2h", "spreads", "totals"];

/// Whether the lists are filled.
pub(super) fn has_lists(recipe: &Recipe) -> bool {
    !recipe.has(Part::EmptyTables)
}

/// The id of a team that stands in the list.
pub(super) fn team_id(of: usize, name: &str) -> Option<String> {
    let nth = LEAGUES[of].teams.iter().position(|team| *team == name)?;
    Some(list_id(1, of * 100 + nth))
}

fn list_id(list: usize, nth: usize) -> String {
    format!("{list:08x}-0000-4000-8000-{nth:012x}")
}

/// Loads sports, teams, players, bookmakers and markets, where their tables are there.
pub(super) fn load_lists(client: &mut Client, recipe: &Recipe, planted: &mut Planted) {
    if !has_lists(recipe) {
        return;
    }
    let mut list = |part: Part, table: &str, columns: &str, rows: Vec<Vec<String>>| {
        if recipe.has(part) {
            let rows = rows.into_iter().map(|row| row.into_iter().map(Field::from).collect());
            let count = copy(client, table, columns, rows);
            planted.count(&format!("public.{table}"), count);
        }
    };
    let keyed = |at: usize, keys: &[&str]| {
        keys.iter().enumerate().map(|(nth, key)| vec![list_id(at, nth), (*key).to_owned(), key.to_uppercase()]).collect()
    };
    let sports = LEAGUES.iter().map(|league| vec![league.key.to_owned(), league.league.to_owned()]).collect();
    list(Part::SportKey, "sports_config", "sport_key, title", sports);
    list(Part::Teams, "teams", "id, team_key, name", teams());
    list(
        Part::Teams,
        "players",
        "id, team_id, name",
        (0..40).map(|n| vec![list_id(4, n), list_id(1, n % 20), format!("Player {n}")]).collect(),
    );
    list(Part::OddsTables, "bookmakers", "id, bookmaker_key, name", keyed(2, &BOOKS));
    list(Part::OddsTables, "market_types", "id, market_key, name", keyed(3, &MARKETS));
    list(Part::PropTables, "player_prop_types", "id, prop_key, name", keyed(5, &["player_points", "player_assists"]));
}

fn teams() -> Vec<Vec<String>> {
    let of_league = |(of, league): (usize, &super::leagues::League)| {
        let named = |(nth, name): (usize, &&str)| vec![list_id(1, of * 100 + nth), format!("{}:{nth}", league.key), (*name).to_owned()];
        league.teams.iter().enumerate().map(named).collect::<Vec<_>>()
    };
    LEAGUES.iter().enumerate().flat_map(of_league).collect()
}

/// Loads odds by row, opening and closing lines, props and injuries, where their tables are there.
pub(super) fn load_odds(client: &mut Client, recipe: &Recipe, events: &[Event], random: &mut Random, planted: &mut Planted) {
    if !has_lists(recipe) || events.is_empty() {
        return;
    }
    if recipe.has(Part::OddsTables) {
        odds_data(client, recipe, events, random, planted);
        let lines = events.iter().step_by(20).map(|event| {
            let line = Field::from(r#"{"home": -110, "away": "-110"}"#);
            vec![event.id.as_str().into(), list_id(2, 0).into(), list_id(3, 0).into(), line, r#"{"home": -115, "away": -105}"#.into()]
        });
        let count = copy(client, "historical_odds", "event_id, bookmaker_id, market_type_id, opening_line, closing_line", lines);
        planted.count("public.historical_odds", count);
    }
    if recipe.has(Part::PropTables) {
        let prop = |(nth, event): (usize, &Event)| -> Vec<Field<'_>> {
            vec![
                event.id.clone().into(),
                format!("Player {}", nth % 40).into(),
                list_id(5, nth % 2).into(),
                "22.5".into(),
                "-110".into(),
                "-120".into(),
            ]
        };
        let rows = events.iter().step_by(10).enumerate().map(prop);
        let count = copy(client, "player_props_odds", "event_id, player_name, prop_type_id, line, over_odds, under_odds", rows);
        planted.count("public.player_props_odds", count);
    }
    if recipe.has(Part::PropTables) {
        figures(client, events, planted);
    }
    if recipe.has(Part::NewsTables) {
        words(client, events, planted);
        let rows = events.iter().step_by(30).map(|event| vec![event.id.as_str().into(), "Player 1".into(), "Questionable".into()]);
        let count = copy(client, "injury_reports", "event_id, player_name, injury_status", rows);
        planted.count("public.injury_reports", count);
    }
}

/// Figures of players, by game and by season.
fn figures(client: &mut Client, events: &[Event], planted: &mut Planted) {
    let of_game = |(nth, event): (usize, &Event)| -> Vec<Field<'_>> {
        vec![
            event.id.clone().into(),
            format!("Player {}", nth % 40).into(),
            format!(r#"{{"points": {}, "assists": "7"}}"#, nth % 41).into(),
        ]
    };
    let rows = events.iter().step_by(25).enumerate().map(of_game);
    let count = copy(client, "player_game_stats", "event_id, player_name, stats", rows);
    planted.count("public.player_game_stats", count);
    let of_season = (0..40).map(|n| vec![format!("Player {n}").into(), "2023-24".into(), r#"{"points_per_game": 21.3}"#.into()]);
    let count = copy(client, "player_season_stats", "player_name, season, stats", of_season);
    planted.count("public.player_season_stats", count);
}

/// What others wrote and guessed.
fn words(client: &mut Client, events: &[Event], planted: &mut Planted) {
    let article = |n: usize| vec![format!("Story {n}").into(), format!("https://news.example.com/{n}").into(), Field::Null];
    let count = copy(client, "news_articles", "title, url, published_at", (0..12).map(article));
    planted.count("public.news_articles", count);
    let guess = |event: &Event| -> Vec<Field<'_>> { vec![event.id.clone().into(), "v1".into(), r#"{"home": 0.61}"#.into()] };
    let count = copy(client, "ai_predictions", "event_id, model, prediction", events.iter().step_by(15).map(guess));
    planted.count("public.ai_predictions", count);
    let count = copy(client, "model_performance", "model, accuracy", std::iter::once(vec!["v1".into(), "0.5312".into()]));
    planted.count("public.model_performance", count);
}

/// Loads the few rows that the migration wrote into its new table before it broke: games of its own, and one that was copied.
pub(super) fn load_beside(client: &mut Client, recipe: &Recipe, events: &[Event], random: &mut Random, planted: &mut Planted) {
    if !(recipe.has(Part::Renamed) && recipe.has(Part::NewBesideOld)) {
        return;
    }
    let mut row = |(nth, event): (usize, &Event)| -> Vec<Field<'static>> {
        let id = if nth == 0 { event.id.clone() } else { random.uuid() };
        let days = if nth == 0 { 0 } else { 400 };
        let key = LEAGUES[event.of].key;
        vec![id.into(), key.into(), event.home.clone().into(), event.away.clone().into(), moment(event.start + days * 86_400).into()]
    };
    let rows: Vec<_> = events.iter().filter(|event| !event.is_taken).take(4).enumerate().map(&mut row).collect();
    let count = copy(client, "sports_events", "id, sport_key, home_team, away_team, start_time", rows.into_iter());
    planted.count("public.sports_events", count);
}

const ODDS_COLUMNS: &str =
    "id, event_id, bookmaker_id, market_type_id, outcome_name, outcome_price, outcome_point, implied_probability, last_update";

fn odds_data(client: &mut Client, recipe: &Recipe, events: &[Event], random: &mut Random, planted: &mut Planted) {
    let wanted = wanted_in_rows(recipe).max(40);
    let dirty: Vec<Dirt> = [Dirt::OrphanOdds, Dirt::PriceImpossible, Dirt::ProbabilityWrong]
        .into_iter()
        .filter(|kind| recipe.dirt.contains(kind))
        .flat_map(|kind| std::iter::repeat_n(kind, recipe.of_each))
        .collect();
    for (at, kind) in dirty.iter().enumerate() {
        planted.plant(*kind, (at + 1).to_string());
    }
    let rows = (0..wanted).map(|at| odds_row((at, at / events.len()), dirty.get(at).copied(), &events[at % events.len()], random));
    let count = copy(client, "odds_data", ODDS_COLUMNS, rows);
    client.batch_execute("select setval('odds_data_id_seq', (select max(id) from odds_data))").expect("the sequence is there");
    planted.count("public.odds_data", count);
    planted.prices_in_rows = count as u64;
}

/// A row of odds; in each round over the events it was read at another time, and now and then nobody wrote when.
fn odds_row<'a>((at, round): (usize, usize), dirt: Option<Dirt>, event: &'a Event, random: &mut Random) -> Vec<Field<'a>> {
    let price = american(random);
    let shown = if dirt == Some(Dirt::PriceImpossible) { ["1.91", "0", "-50"][at % 3].to_owned() } else { price.to_string() };
    let right = if price > 0 { 100.0 / (price as f64 + 100.0) } else { -price as f64 / (100.0 - price as f64) };
    let probability = match dirt {
        Some(Dirt::ProbabilityWrong) => format!("{:.4}", if right > 0.5 { right - 0.3 } else { right + 0.3 }),
        _ => format!("{right:.4}"),
    };
    let event_id = if dirt == Some(Dirt::OrphanOdds) { random.uuid().into() } else { event.id.as_str().into() };
    let earlier = 613 * i64::try_from(round).expect("few rounds");
    let read_at = if at % 97 == 61 { Field::Null } else { moment(event.start - 3600 - earlier).into() };
    let side = if at.is_multiple_of(2) { &event.home } else { &event.away };
    vec![
        (at + 1).to_string().into(),
        event_id,
        list_id(2, at % BOOKS.len()).into(),
        list_id(3, 0).into(),
        side.as_str().into(),
        shown.into(),
        Field::Null,
        probability.into(),
        read_at,
    ]
}
