//! A proposal of a mapping from a table's header and its first rows: what can be told is filled in, what cannot is marked to be decided.

use std::fmt::Write as _;

/// Our words for columns, and the names that people give them, in small letters.
const NAMES: &[(&str, &[&str])] = &[
    ("id", &["event_id", "game_id", "match_id", "market_id", "id", "gameid"]),
    ("home", &["home_team", "home", "hometeam", "home_name", "team_1"]),
    ("away", &["away_team", "away", "awayteam", "visitor", "away_name", "team_2"]),
    ("start", &["commence_time", "kickoff", "game_time", "start_time", "event_date", "date"]),
    ("sport", &["sport_key", "sport", "league"]),
    ("book", &["bookmaker", "bookmaker_key", "book", "sportsbook", "book_id"]),
    ("market", &["market", "market_key", "market_type", "bet_type"]),
    ("side", &["outcome_name", "selection", "side", "prop_type", "runner_name"]),
    ("price", &["price", "odds"]),
    ("line", &["point", "line", "handicap", "value"]),
    ("seen", &["snapshot_utc", "snapshot_time", "snapshot_timestamp", "snapshot_taken_at_utc", "timestamp", "pulled_at"]),
    ("player", &["player", "player_name", "athlete"]),
    ("over", &["over_odds", "over_price"]),
    ("under", &["under_odds", "under_price"]),
    ("ml_home", &["ml_home", "moneyline_home", "home_close_ml", "home_ml"]),
    ("ml_away", &["ml_away", "moneyline_away", "away_close_ml", "away_ml"]),
    ("home_score", &["home_score", "score_home", "home_final", "points_1"]),
    ("away_score", &["away_score", "score_away", "away_final", "points_2"]),
];

/// Proposes a mapping for a table; `rows` are its first ones.
#[must_use]
pub fn propose(source: &str, header: &[String], rows: &[Vec<String>]) -> String {
    let table = Table { header, rows };
    let mut text = format!("# proposed from the header; lines that say DECIDE wait for you\nsource = {source:?}\n\n[event]\n");
    let mut line = |told: String| {
        let _ = writeln!(text, "{told}");
    };
    match table.column("id") {
        Some(column) => line(format!("id = \"{{{column}}}\"")),
        None => line("id = \"{day}/{away}-{home}\"".to_owned()),
    }
    line(table.column("sport").map_or_else(
        || "sport = { is = \"DECIDE\" }  # as The Odds API calls it: basketball_nba".to_owned(),
        |column| format!("sport = {column:?}  # DECIDE: a table to The Odds API's keys, unless these are"),
    ));
    for side in ["home", "away"] {
        line(
            table
                .column(side)
                .map_or_else(|| format!("# {side} = DECIDE: the column of the {side} side"), |column| format!("{side} = {column:?}")),
        );
    }
    if let Some(column) = table.column("start") {
        line(format!("start = {}", table.time(column)));
    }
    quote(&table, &mut line);
    if let (Some(home), Some(away)) = (table.column("home_score"), table.column("away_score")) {
        line(format!("\n[result]\nhome = {home:?}\naway = {away:?}"));
    }
    let used: Vec<&str> = NAMES.iter().filter_map(|(ours, _)| table.column(ours)).collect();
    let unread: Vec<&str> = header.iter().map(String::as_str).filter(|name| !name.is_empty() && !used.contains(name)).collect();
    line(format!("\n# not used: {}", unread.join(", ")));
    text
}

fn quote(table: &Table<'_>, line: &mut dyn FnMut(String)) {
    let picks = if let (Some(side), Some(price)) = (table.column("side"), table.column("price")) {
        vec![table.pick(&format!("{side:?}"), price)]
    } else if let (Some(over), Some(under)) = (table.column("over"), table.column("under")) {
        vec![table.pick("{ is = \"Over\" }", over), table.pick("{ is = \"Under\" }", under)]
    } else if let (Some(home), Some(away)) = (table.column("ml_home"), table.column("ml_away")) {
        vec![format!("{{ side = {{ is = \"home\" }}, price = {home:?} }}"), format!("{{ side = {{ is = \"away\" }}, price = {away:?} }}")]
    } else {
        return line("\n# no column looks like a price: write a [[quote]] for each market".to_owned());
    };
    let market = table.column("market").map_or_else(|| "{ is = \"h2h\" }".to_owned(), |column| format!("{column:?}"));
    let book = table.column("book").map_or_else(|| "{ is = \"consensus\" }".to_owned(), |column| format!("{column:?}"));
    line(format!("\n[[quote]]\nmarket = {market}\nbook = {book}"));
    match table.column("seen") {
        Some(column) => line(format!("when = \"timed\"\nat = [{}]", table.time(column))),
        None => line("when = \"closing\"  # DECIDE: opening, closing, before or collected; nothing here says when it was seen".to_owned()),
    }
    let price = ["price", "over", "ml_home"].into_iter().find_map(|ours| table.column(ours)).unwrap_or_default();
    line(table.form(price).map_or_else(
        || "form = \"DECIDE\"  # american, decimal, fractional or probability: the first rows do not tell".to_owned(),
        |form| format!("form = {form:?}"),
    ));
    line(format!("picks = [\n    {},\n]", picks.join(",\n    ")));
}

struct Table<'t> {
    header: &'t [String],
    rows: &'t [Vec<String>],
}

impl<'t> Table<'t> {
    fn column(&self, ours: &str) -> Option<&'t str> {
        let (_, theirs) = NAMES.iter().find(|(name, _)| *name == ours)?;
        theirs.iter().find_map(|their| self.header.iter().find(|name| name.to_lowercase() == *their)).map(String::as_str)
    }

    fn cells(&self, column: &str) -> impl Iterator<Item = &'t str> {
        let at = self.header.iter().position(|name| name == column);
        let rows = self.rows;
        rows.iter().filter_map(move |row| row.get(at?)).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    fn pick(&self, side: &str, price: &str) -> String {
        let line = self.column("line").map(|line| format!(", line = {line:?}")).unwrap_or_default();
        let player = self.column("player").map(|player| format!(", player = {player:?}")).unwrap_or_default();
        format!("{{ side = {side}, price = {price:?}{line}{player} }}")
    }

    /// The form that every price of the first rows has, where only one can be meant.
    fn form(&self, column: &str) -> Option<&'static str> {
        let cells: Vec<&str> = self.cells(column).collect();
        let figures: Option<Vec<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
        match figures {
            _ if cells.is_empty() => None,
            None if cells.iter().all(|cell| cell.contains('/')) => Some("fractional"),
            None => None,
            Some(figures) if figures.iter().all(|figure| (0.0..1.0).contains(figure)) => Some("probability"),
            Some(figures) if figures.iter().all(|figure| figure.abs() >= 100.0) && figures.iter().any(|figure| *figure < 0.0) => {
                Some("american")
            }
            Some(figures) if figures.iter().all(|figure| (1.0..100.0).contains(figure)) => Some("decimal"),
            Some(_) => None,
        }
    }

    fn time(&self, column: &str) -> String {
        let first = self.cells(column).next().unwrap_or_default();
        let format = match first.as_bytes() {
            [.., b'Z'] | [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..] => "rfc3339",
            text if text.len() > 10 && text[4] == b'-' && first.contains(':') => "%Y-%m-%d %H:%M:%S",
            text if text.len() == 10 && text[4] == b'-' => "%Y-%m-%d",
            text if first.contains('_') || text.len() == 8 => "stamp",
            _ => "DECIDE",
        };
        format!("{{ column = {column:?}, format = {format:?} }}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(header: &str, row: &str) -> String {
        let cells = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        propose("mine", &cells(header), &[cells(row)])
    }

    #[test]
    fn a_flattened_pull_is_proposed_whole_but_for_nothing() {
        let text = proposed(
            "event_id,sport_key,home_team,away_team,commence_time,bookmaker,market,outcome_name,price,point,snapshot_utc",
            "e1,basketball_nba,A,B,2026-03-04T00:10:00Z,pinnacle,h2h,A,1.91,,20260303_212706",
        );
        let known = crate::import::mapping(&text).unwrap();
        assert_eq!(known.mapping.event.id, "{event_id}");
        assert!(text.contains("form = \"decimal\"") && text.contains("format = \"stamp\""), "{text}");
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_left_to_be_decided() {
        let text = proposed("home,away,date,ml_home,ml_away", "A,B,2020-01-01,150,130");
        assert!(text.contains("form = \"DECIDE\""), "{text}");
        assert!(crate::import::mapping(&text).unwrap_err().contains("DECIDE"));
    }
}
