//! Six months and a year of history, by sport: which months a league plays, and of which of them the store has its games with their
//! closing lines. The figures are those of the statements that are told with them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use store::loaded::Proof;

/// The share of a month's games that must have a closing line, in percent.
pub const LEAST_PERCENT: i64 = 90;

/// Calendar months in which a league plays every year; of others the months in which games are known count.
const PLAYS: &[(&str, &[i8])] = &[
    ("football.nfl", &[9, 10, 11, 12, 1, 2]),
    ("basketball.nba", &[10, 11, 12, 1, 2, 3, 4, 5, 6]),
    ("hockey.nhl", &[10, 11, 12, 1, 2, 3, 4, 5, 6]),
    ("baseball.mlb", &[4, 5, 6, 7, 8, 9, 10]),
    ("soccer.eng.1", &[8, 9, 10, 11, 12, 1, 2, 3, 4, 5]),
];

/// A span of history that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first day.
    pub from: Date,
    /// The day after its last.
    pub to: Date,
}

impl Span {
    /// The months before a day.
    #[must_use]
    pub fn months_before(to: Date, months: i32) -> Self {
        let from = to.saturating_sub(jiff::Span::new().months(months));
        Self { from, to }
    }

    /// Its months that lie in it whole.
    fn whole_months(self) -> Vec<Date> {
        let mut month = self.from.first_of_month();
        let mut months = Vec::new();
        while month < self.to {
            let next = month.last_of_month().tomorrow().unwrap_or(self.to);
            if month >= self.from && next <= self.to {
                months.push(month);
            }
            if next <= month {
                break;
            }
            month = next;
        }
        months
    }
}

/// A month of a sport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Month {
    /// Games that are known, by anybody.
    pub games: i64,
    /// Those with an opening line.
    pub with_open: i64,
    /// Those with a closing line.
    pub with_close: i64,
    /// Those with a score.
    pub with_score: i64,
}

/// Whether a span of a sport is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Whether nothing is missing.
    pub is_met: bool,
    /// Games that are known.
    pub games: i64,
    /// Those with a closing line.
    pub with_close: i64,
    /// What is missing, in words.
    pub missing: Vec<String>,
}

/// A sport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sport {
    /// Our league, or a provider's key.
    pub sport: String,
    /// The last six months.
    pub six_months: Standing,
    /// The last twelve.
    pub year: Standing,
    /// Month by month.
    pub months: BTreeMap<String, Month>,
}

/// Reads the months of each sport out of the statement's answer.
fn months_of(proof: &Proof) -> BTreeMap<String, BTreeMap<String, Month>> {
    let mut sports: BTreeMap<String, BTreeMap<String, Month>> = BTreeMap::new();
    for row in &proof.rows {
        let number = |column| proof.number(row, column);
        let month = Month {
            games: number("games"),
            with_open: number("with_open"),
            with_close: number("with_close"),
            with_score: number("with_score"),
        };
        let months = sports.entry(proof.value(row, "sport").to_owned()).or_default();
        months.insert(proof.value(row, "month").to_owned(), month);
    }
    sports
}

/// How the wanted sports stand at a day, by the answer for the year before it.
#[must_use]
pub fn sports(wanted: &[String], proof: &Proof, to: Date) -> Vec<Sport> {
    let mut known = months_of(proof);
    let one = |sport: &String| {
        let months = known.remove(sport).unwrap_or_default();
        let standing = |span| standing(sport, &months, span);
        let (six_months, year) = (standing(Span::months_before(to, 6)), standing(Span::months_before(to, 12)));
        Sport { sport: sport.clone(), six_months, year, months }
    };
    wanted.iter().map(one).collect()
}

fn standing(sport: &str, months: &BTreeMap<String, Month>, span: Span) -> Standing {
    let plays = PLAYS.iter().find(|(league, _)| *league == sport).map(|(_, plays)| *plays);
    let (mut games, mut with_close, mut missing) = (0, 0, Vec::new());
    for day in span.whole_months() {
        let name = day.strftime("%Y-%m").to_string();
        let month = months.get(&name).copied();
        let is_played = plays.map_or_else(|| month.is_some(), |plays| plays.contains(&day.month()));
        match month {
            None if is_played => missing.push(format!("{name}: no game is known, though it is played in")),
            None => {}
            Some(month) => {
                games += month.games;
                with_close += month.with_close;
                if month.with_close * 100 < month.games * LEAST_PERCENT {
                    missing.push(format!("{name}: {} of {} games have a closing line", month.with_close, month.games));
                }
            }
        }
    }
    if with_close == 0 {
        missing.push("no closing line at all".to_owned());
    }
    Standing { is_met: missing.is_empty(), games, with_close, missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(rows: &[(&str, &str, i64, i64)]) -> Proof {
        let row = |(sport, month, games, closed): &(&str, &str, i64, i64)| {
            [(*sport).to_owned(), (*month).to_owned(), games.to_string(), closed.to_string(), closed.to_string(), games.to_string()]
                .to_vec()
        };
        let columns = vec!["sport", "month", "games", "with_open", "with_close", "with_score"];
        Proof { shows: "", sql: String::new(), columns, rows: rows.iter().map(row).collect() }
    }

    fn nba(closed: impl Fn(&str) -> i64) -> Vec<Sport> {
        let months = ["2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-10"];
        let rows: Vec<(&str, &str, i64, i64)> = months.iter().map(|month| ("basketball.nba", *month, 100, closed(month))).collect();
        sports(&["basketball.nba".to_owned()], &proof(&rows), "2026-11-26".parse().unwrap())
    }

    #[test]
    fn a_season_with_nine_in_ten_closing_lines_every_month_is_met_and_the_summer_is_no_hole() {
        let sport = &nba(|_| 90)[0];
        assert!(sport.six_months.is_met && sport.year.is_met, "{sport:?}");
        assert_eq!((sport.year.games, sport.six_months.games), (800, 200), "whole months: December to October, and June to October");
    }

    #[test]
    fn what_is_missing_is_told_by_month() {
        let sport = &nba(|month| if month == "2026-03" { 89 } else { 100 })[0];
        assert!(sport.six_months.is_met && !sport.year.is_met);
        assert_eq!(sport.year.missing, ["2026-03: 89 of 100 games have a closing line"]);
        let none = sports(&["hockey.nhl".to_owned(), "chess".to_owned()], &proof(&[]), "2026-11-26".parse().unwrap());
        assert_eq!(none[0].year.missing[0], "2025-12: no game is known, though it is played in");
        assert_eq!(none[1].year.missing, ["no closing line at all"], "a league of which nothing is known");
    }

    #[test]
    fn months_count_where_they_lie_in_the_span_whole() {
        let whole = |from: &str, to: &str| Span { from: from.parse().unwrap(), to: to.parse().unwrap() }.whole_months().len();
        assert_eq!(whole("2026-01-02", "2026-03-31"), 1);
        assert_eq!(whole("2026-01-01", "2026-04-01"), 3);
        assert_eq!(Span::months_before("2026-08-31".parse().unwrap(), 6).from.to_string(), "2026-02-28");
    }
}
