//! One line of a file as one match: its id, its facts and its prices by phase.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use odds::attribute::{Day, OnDay, START};
use odds::decimal::parse_scaled;
use odds::observation::{BookSeen, FactKind, FactSeen, MarketSeen, Offer, OutcomeSeen, Problem, Refusal};
use odds::{Line, Price};

use super::columns::{Answer, BookColumns, Columns, Market, MarketColumns};
use super::divisions::{division, of_country};
use super::kickoff::{Kickoff, kickoff};
use super::wire::Row;

/// Over and under are always of this line.
const GOALS_LINE: Line = Line::from_milli(2500);

/// A match as its line tells it.
pub(super) struct Match {
    pub(super) sport: String,
    /// Stable across files and fetches; see [`Match::dated_id`] for its second form.
    pub(super) id: String,
    pub(super) kickoff: Kickoff,
    home: String,
    away: String,
    result: Option<Score>,
    pub(super) before: Vec<BookSeen<'static>>,
    pub(super) closing: Vec<BookSeen<'static>>,
}

#[derive(Clone, Copy)]
struct Score {
    home: u16,
    away: u16,
    half_time: Option<(u16, u16)>,
}

/// Reads lines of one file.
pub(super) struct LineReader<'f> {
    pub(super) header: &'f [Cow<'f, str>],
    pub(super) columns: &'f Columns,
    pub(super) zone: TimeZone,
    /// The sport where a line of an extra league names a country that we do not know.
    pub(super) sport: Option<&'f str>,
    pub(super) problems: Vec<Problem>,
}

impl Match {
    /// The id of a match whose pairing is not enough to tell it apart.
    pub(super) fn dated_id(&self) -> String {
        format!("{}/{}/{}-{}", self.sport, self.kickoff.day, self.home, self.away)
    }

    pub(super) const fn is_played(&self) -> bool {
        self.result.is_some()
    }

    /// When and between whom.
    pub(super) fn facts(&self) -> Vec<FactSeen<'static>> {
        let mut facts = vec![
            fact(FactKind::Start, self.kickoff.start.to_string()),
            fact(FactKind::Home, self.home.clone()),
            fact(FactKind::Away, self.away.clone()),
        ];
        if !self.kickoff.is_exact {
            let subject = Cow::Borrowed(START);
            let on_day = OnDay { precision: Day::Day, closes_at: self.kickoff.closing };
            let value = serde_json::to_string(&on_day).expect("a word and a time become JSON").into();
            facts.push(FactSeen { kind: FactKind::Attribute, subject, value });
        }
        facts
    }

    /// What came of it; empty where it was not played.
    pub(super) fn result_facts(&self) -> Vec<FactSeen<'static>> {
        let Some(score) = self.result else { return Vec::new() };
        let mut facts = vec![
            fact(FactKind::Status, "final".to_owned()),
            fact(FactKind::HomeScore, score.home.to_string()),
            fact(FactKind::AwayScore, score.away.to_string()),
        ];
        if let Some((home, away)) = score.half_time {
            let (home_second, away_second) = (score.home - home, score.away - away);
            facts.push(fact(FactKind::PeriodScores, format!(r#"{{"home":[{home},{home_second}],"away":[{away},{away_second}]}}"#)));
        }
        facts
    }
}

fn fact(kind: FactKind, value: String) -> FactSeen<'static> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: Cow::Owned(value) }
}

impl LineReader<'_> {
    /// The match of a line, or the problem that keeps it from being one.
    pub(super) fn read(&mut self, row: &Row<'_>) -> Result<Match, Problem> {
        if row.is_cut {
            return Err(Problem::at(at_row(row), Refusal::NotTheShape, "the file breaks off within this line"));
        }
        let sport = self.sport(row).ok_or_else(|| self.missing(row, self.columns.division.or(self.columns.country).unwrap_or_default()))?;
        let home = self.name(row, self.columns.home)?;
        let away = self.name(row, self.columns.away)?;
        let time = self.columns.time.map_or("", |at| row.cell(at));
        let kickoff = kickoff(row.cell(self.columns.date), time, &self.zone)
            .map_err(|wrong| Problem::at(self.at_cell(row, self.columns.date), Refusal::BadTime, wrong))?;
        let result = self.result(row);
        let before = self.books(row, &self.columns.before);
        let closing = self.books(row, &self.columns.closing);
        let mut found = Match { id: String::new(), sport, kickoff, home, away, result, before, closing };
        let is_pairing_unique = division(&found.sport).is_some_and(|division| division.is_pairing_unique);
        found.id = if is_pairing_unique {
            format!("{}/{}/{}-{}", found.sport, found.kickoff.season(&found.sport), found.home, found.away)
        } else {
            found.dated_id()
        };
        Ok(found)
    }

    fn sport(&self, row: &Row<'_>) -> Option<String> {
        let cell = |at: Option<usize>| at.map(|at| row.cell(at)).filter(|cell| !cell.is_empty());
        if let Some(division) = cell(self.columns.division) {
            return Some(division.to_owned());
        }
        let country = cell(self.columns.country)?;
        let known = of_country(country).map(|division| division.code);
        Some(known.or(self.sport).unwrap_or(country).to_owned())
    }

    fn name(&self, row: &Row<'_>, at: usize) -> Result<String, Problem> {
        match row.cell(at) {
            "" => Err(self.missing(row, at)),
            name => Ok(name.to_owned()),
        }
    }

    fn missing(&self, row: &Row<'_>, at: usize) -> Problem {
        Problem::at(self.at_cell(row, at), Refusal::MissingField, "blank")
    }

    fn at_cell(&self, row: &Row<'_>, at: usize) -> String {
        format!("row {}, column {}", row.number, self.header.get(at).map_or("", |name| name.as_ref()))
    }

    fn refuse(&mut self, row: &Row<'_>, at: usize, reason: Refusal, detail: impl AsRef<str>) -> Refusal {
        let path = self.at_cell(row, at);
        self.problems.push(Problem::at(path, reason, detail));
        reason
    }

    fn result(&mut self, row: &Row<'_>) -> Option<Score> {
        let (home_at, away_at) = self.columns.goals?;
        let (home, away) = self.goals(row, home_at).zip(self.goals(row, away_at))?;
        if let Some(at) = self.columns.result.filter(|at| !agrees(row.cell(*at), home, away)) {
            self.refuse(row, at, Refusal::Contradiction, format!("{} for {home}-{away}", row.cell(at)));
            return None;
        }
        let half_time = self.columns.half_time.and_then(|(home_at, away_at)| self.goals(row, home_at).zip(self.goals(row, away_at)));
        let half_time = half_time.filter(|(half_home, half_away)| {
            let holds = *half_home <= home && *half_away <= away;
            if !holds {
                self.refuse(
                    row,
                    home_at,
                    Refusal::Contradiction,
                    format!("{half_home}-{half_away} at half time, {home}-{away} at the end"),
                );
            }
            holds
        });
        Some(Score { home, away, half_time })
    }

    fn goals(&mut self, row: &Row<'_>, at: usize) -> Option<u16> {
        let text = row.cell(at);
        if text.is_empty() {
            return None;
        }
        let goals = whole(text);
        if goals.is_none() {
            self.refuse(row, at, Refusal::NotTheShape, format!("{text:?}: not a number of goals"));
        }
        goals
    }

    fn books(&mut self, row: &Row<'_>, books: &[BookColumns]) -> Vec<BookSeen<'static>> {
        let mut seen = Vec::with_capacity(books.len());
        for book in books {
            let markets: Vec<_> = book.markets.iter().filter_map(|market| self.market(row, market)).collect();
            if !markets.is_empty() {
                seen.push(BookSeen { key: book.key.clone(), seen_at: None, markets });
            }
        }
        seen
    }

    /// A market of which any price is told. A blank beside it is a figure that the site did not get, not an outcome that
    /// the book took down: such a market is marked as damaged.
    fn market(&mut self, row: &Row<'_>, columns: &MarketColumns) -> Option<MarketSeen<'static>> {
        let told = columns.prices.iter().filter(|(at, _)| !row.cell(*at).is_empty());
        let line = self.line(row, columns);
        let outcomes: Vec<_> = told.map(|(at, answer)| self.outcome(row, *at, *answer, line)).collect();
        let is_damaged = line.is_err() || outcomes.len() < columns.prices.len();
        (!outcomes.is_empty()).then(|| MarketSeen {
            key: Cow::Borrowed(columns.market.key()),
            is_damaged,
            outcomes,
            ..MarketSeen::default()
        })
    }

    fn line(&self, row: &Row<'_>, columns: &MarketColumns) -> Result<Option<Line>, Refusal> {
        match columns.market {
            Market::Result => Ok(None),
            Market::Goals => Ok(Some(GOALS_LINE)),
            Market::Handicap => {
                let text = columns.line.map_or("", |at| row.cell(at));
                Line::parse(text).map(Some).map_err(|_| Refusal::BadLine)
            }
        }
    }

    fn outcome(&mut self, row: &Row<'_>, at: usize, answer: Answer, line: Result<Option<Line>, Refusal>) -> OutcomeSeen<'static> {
        let text = row.cell(at);
        let offer = match (line, Price::from_decimal(text)) {
            (Err(reason), _) => Err(self.refuse(row, at, reason, "no handicap that can be read beside this price")),
            (Ok(_), Err(error)) => Err(self.refuse(row, at, error.into(), format!("{text:?}: {error}"))),
            (Ok(_), Ok(price)) => Ok(Offer { price, is_suspended: false, changed_at: None }),
        };
        let point = line.ok().flatten().map(|line| if answer == Answer::Away { line.negated() } else { line });
        OutcomeSeen { name: Cow::Borrowed(answer.name()), description: Cow::Borrowed(""), point, offer }
    }
}

/// `2`, and `2.0` as copies that went through a spreadsheet have it.
fn whole(text: &str) -> Option<u16> {
    let scaled = parse_scaled(text, 0).ok().filter(|scaled| scaled.is_exact)?;
    u16::try_from(scaled.units).ok()
}

fn at_row(row: &Row<'_>) -> String {
    format!("row {}", row.number)
}

fn agrees(letter: &str, home: u16, away: u16) -> bool {
    match letter {
        "H" => home > away,
        "D" => home == away,
        "A" => home < away,
        _ => true,
    }
}
