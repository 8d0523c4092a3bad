//! A mapping: what the columns of somebody's table mean, as its author writes it (TOML). How to write one: docs/import.md.

use std::collections::BTreeMap;

mod people;

use odds::Moment;
use odds::stat::TeamSide;
use serde::Deserialize;

pub use people::{Injuries, Stats};

/// What a table's columns mean.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The source's key, the beginning of every listing's id: small letters, figures, `-`.
    pub source: String,
    /// For people.
    #[serde(default)]
    pub title: String,
    /// When the file was gathered: quotes of `when = "collected"` stand there.
    pub collected: Option<Moment>,
    /// Cells that say that there is nothing (`NL`, `x`); an empty one always does.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Tables of words that several texts use, by name.
    #[serde(default)]
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
    /// How rows make events.
    #[serde(default)]
    pub rows: Rows,
    /// Which event a row is about.
    pub event: Event,
    /// The quotes of a row.
    #[serde(default)]
    pub quote: Vec<Quote>,
    /// What came of the event.
    pub result: Option<Outcome>,
    /// What players did in it.
    pub stats: Option<Stats>,
    /// Who is hurt: the rows are no events then, but lists of people.
    pub injury: Option<Injuries>,
}

/// How rows make events.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// Whether two rows make a game: their columns are `away:NAME` and `home:NAME`, the first row being the visitor's.
    #[serde(default)]
    pub paired: bool,
    /// The column whose odd number says that a row of two is the visitor's, whichever comes first.
    pub odd_is_away: Option<String>,
    /// Columns in which two rows of a game are equal.
    #[serde(default)]
    pub same: Vec<String>,
    /// Rows that follow each other with these columns equal are kept in one piece.
    #[serde(default)]
    pub together: Vec<String>,
    /// Where the list of rows lies in a JSON document; its other figures are columns `outer:NAME`.
    pub at: Option<String>,
    /// The sheet of a workbook, by its name, or `*` for all of them; else its only one. Its name is the column `outer:sheet`.
    pub sheet: Option<String>,
    /// Rows that are passed over, refused with the reason.
    #[serde(default)]
    pub refuse: Vec<RefuseRow>,
}

/// Rows that are not taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseRow {
    /// The column.
    pub column: String,
    /// Its values.
    pub values: Vec<String>,
    /// Why such a row is none.
    pub reason: String,
}

/// A text: a column, or how it is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a column's name in quotes, { is = \"constant\" }, or { column = \"NAME\", table = {..} }")]
pub enum Text {
    /// A column as it is.
    Column(String),
    /// A constant, or a column through a table.
    Made(Box<Made>),
}

/// How a text is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// A constant.
    pub is: Option<String>,
    /// A column.
    pub column: Option<String>,
    /// Columns, joined by `/`.
    #[serde(default)]
    pub join: Vec<String>,
    /// Columns of which the first that is filled counts.
    #[serde(default)]
    pub first: Vec<String>,
    /// A column like `MIL @ DAL` and `DAL vs. MIL`: the side that `of` names.
    pub matchup: Option<String>,
    /// Whose name is meant in a `matchup`.
    pub of: Option<TeamSide>,
    /// Letters that are taken off both ends of the cell (`"• "`).
    #[serde(default)]
    pub trim: String,
    /// Its words in ours; a word that is not here stays as it is.
    #[serde(default)]
    pub table: Table,
    /// What parts the cell (`" @ "`).
    pub split: Option<String>,
    /// Which part is meant, from 0; -1 is the last.
    #[serde(default)]
    pub part: isize,
    /// Phrases in ours: the first that stands in the cell gives the word, before the table is asked.
    #[serde(default)]
    pub find: Vec<[String; 2]>,
}

/// Words in ours.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "{ \"theirs\" = \"ours\" }, or the name of one of [tables]")]
pub enum Table {
    /// As they stand here.
    Own(BTreeMap<String, String>),
    /// One of the mapping's tables.
    Named(String),
}

impl Default for Table {
    fn default() -> Self {
        Self::Own(BTreeMap::new())
    }
}

/// Which event a row is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The id within the source: `"{event_id}"`, or made of columns and of `{day}`, `{home}`, `{away}`, `{first}`, `{second}` (the
    /// sides in the order of the alphabet); of a player's own list also of `{player}`.
    pub id: String,
    /// The sport in the words of The Odds API (`americanfootball_nfl`).
    pub sport: Text,
    /// The home, or first, side.
    pub home: Option<Text>,
    /// The away, or second, side.
    pub away: Option<Text>,
    /// Whether the sides stand in the order of the alphabet, whoever won: for tables that name the winner first.
    #[serde(default)]
    pub by_name: bool,
    /// What an event without sides is called.
    pub title: Option<Text>,
    /// When it starts.
    pub start: Option<Time>,
    /// The column that is true where no side plays at home.
    pub neutral: Option<String>,
    /// The season's part.
    pub season_type: Option<Text>,
    /// The other provider whose id a column passes on.
    pub external: Option<External>,
    /// Hours after the start by which it is over; 3 unless said.
    pub hours: Option<i64>,
}

/// Another provider's id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// That provider's key.
    pub provider: String,
    /// The column.
    pub column: String,
}

/// One format, or several that are tried in turn.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a format, or a list of formats")]
pub enum Formats {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// A moment in a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The column of the day, or of day and time.
    pub column: String,
    /// `rfc3339`, `stamp` (the first `20260303_060344` or `2023-10-24` in the cell), `mmdd` (322: 22 March), `excel` or `excel-1904` (days
    /// since 1900 or 1904, as spreadsheets count them), or as `strptime`.
    pub format: Formats,
    /// The column of the time of day.
    pub clock: Option<String>,
    /// Its format (`%I:%M %p`).
    pub clock_format: Option<String>,
    /// The time of day where the source documents one (`17:00`).
    pub clock_is: Option<String>,
    /// The zone of what is written; UTC unless said.
    pub zone: Option<String>,
    /// Where the year stands, if not in the column: a column, or `file:year`.
    pub year: Option<String>,
    /// The month from which a season's days are of the year that it is named for; earlier ones are of the next.
    pub season_from: Option<i8>,
    /// Whether the moment is taken on trust.
    #[serde(default)]
    pub is_assumed: bool,
}

/// What the time of a quote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The first line: it stands just before the closing one, the latest moment at which it can have been seen.
    Opening,
    /// The last line before the start: it stands at the start.
    Closing,
    /// A line from before the start, `hours_before` it where the source documents that.
    Before,
    /// A column says when it was seen.
    Timed,
    /// Nothing says it: it stands where the file was gathered.
    Collected,
}

/// How prices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `-110`.
    American,
    /// `1.91`.
    Decimal,
    /// `10/11`.
    Fractional,
    /// `0.52`: what a contract that pays 1 costs.
    Probability,
}

/// Whose view a line is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The selection's own.
    #[default]
    Own,
    /// Turned round.
    Negated,
}

/// One market of a row at one book, or at several.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The market in the words of The Odds API (`h2h`, `spreads`, `player_pass_yds`).
    pub market: Text,
    /// The book's key.
    pub book: Option<Text>,
    /// Books whose key stands in the columns' names, where these say `{book}`.
    #[serde(default)]
    pub books: Vec<String>,
    /// What the time of it is.
    pub when: When,
    /// The moments of `timed`; the first that can be read counts.
    #[serde(default)]
    pub at: Vec<Time>,
    /// When the source read the book.
    pub seen_at: Option<Time>,
    /// Hours before the start of `before`.
    #[serde(default)]
    pub hours_before: i64,
    /// How prices are written; never guessed.
    pub form: Option<Form>,
    /// The answers.
    pub picks: Vec<Pick>,
    /// Lines that can be; others are refused.
    pub line_range: Option<[f64; 2]>,
    /// Sums of the implied probabilities of a row's answers that can be; the others are refused.
    pub overround: Option<[f64; 2]>,
    /// Whether each answer has one line at a time, so that a new one ends the one before.
    #[serde(default)]
    pub one_line: bool,
    /// Whether rows of one moment are all that the book offered, so that what is missing was withdrawn. Needs `rows.together`.
    #[serde(default)]
    pub is_whole: bool,
}

/// One answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// The answer: `{ is = "home" }` (away, draw, Over, Under, Yes, No), or the column that names it.
    pub side: Text,
    /// The player it is about.
    pub player: Option<Text>,
    /// The column of the price. Without it the line is kept as what the source says besides, for no price is ever made up.
    pub price: Option<String>,
    /// The column of the line.
    pub line: Option<String>,
    /// The column that holds both: `-1.5(-104)`.
    pub cell: Option<String>,
    /// Whose view the line is told from.
    #[serde(default)]
    pub sign: Sign,
    /// The column that names the favoured side (`home`, `away`), where the line is told without a sign.
    pub favoured: Option<String>,
    /// It counts only in rows whose column has one of these values.
    pub only: Option<Only>,
}

/// Rows of a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// The column.
    pub column: String,
    /// The values.
    #[serde(default)]
    pub values: Vec<String>,
    /// Parts of values.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Whether any value will do.
    #[serde(default)]
    pub filled: bool,
}

/// What came of the event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Points of the home side.
    pub home: Option<String>,
    /// Points of the away side.
    pub away: Option<String>,
    /// In tables of a row for each side: which one it is (`home`, `away` or its name), in the place of `home` and `away`.
    pub side: Option<Text>,
    /// The points of that side.
    pub points: Option<String>,
    /// When it was told; once the event is over, unless said.
    pub at: Option<Time>,
    /// Points by period.
    #[serde(default)]
    pub home_periods: Vec<String>,
    /// The same of the away side.
    #[serde(default)]
    pub away_periods: Vec<String>,
    /// It counts only in rows of these values.
    pub only: Option<Only>,
}

impl Mapping {
    /// What cannot be meant, in words that say what would be right; empty where all can.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut found = Vec::new();
        let is_key = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if self.source.is_empty() || !self.source.chars().all(is_key) {
            found.push(format!("source = {:?}: small letters, figures and - alone, like \"nfl-archive\"", self.source));
        }
        if self.event.home.is_some() != self.event.away.is_some() {
            found.push("event: home and away are told both or not at all".to_owned());
        }
        for (at, quote) in self.quote.iter().enumerate() {
            found.extend(self.wrong_in(quote).into_iter().map(|wrong| format!("quote {}: {wrong}", at + 1)));
        }
        found.extend(self.result.as_ref().and_then(Outcome::complaint));
        found.extend(self.stats.as_ref().into_iter().flat_map(|stats| stats.complaints(self)));
        found.extend(self.injury.as_ref().into_iter().flat_map(|injury| injury.complaints(self)));
        found.extend(self.times().filter_map(Time::complaint));
        found
    }

    fn times(&self) -> impl Iterator<Item = &Time> {
        let of_quotes = self.quote.iter().flat_map(|quote| quote.at.iter().chain(&quote.seen_at));
        let of_result = self.result.iter().filter_map(|result| result.at.as_ref());
        self.event.start.iter().chain(of_quotes).chain(of_result).chain(self.injury.iter().map(|injury| &injury.at))
    }

    /// Whether rows that belong together must lie together, for what is missing among them is gone.
    #[must_use]
    pub fn needs_together(&self) -> bool {
        let is_report = self.injury.as_ref().is_some_and(|injury| !injury.report.is_empty());
        self.stats.is_some() || is_report || self.quote.iter().any(|quote| quote.is_whole)
    }

    fn wrong_in(&self, quote: &Quote) -> Vec<String> {
        let mut found = Vec::new();
        let has_price = |pick: &Pick| pick.price.is_some() || pick.cell.is_some();
        let needs_start = matches!(quote.when, When::Opening | When::Closing | When::Before);
        let wrongs = [
            (quote.picks.is_empty(), "picks is empty; each answer is one, like { side = { is = \"home\" }, price = \"ml_home\" }"),
            (quote.picks.iter().any(has_price) && quote.form.is_none(), "form is missing: american, decimal, fractional or probability"),
            (quote.when == When::Timed && quote.at.is_empty(), "when = \"timed\" needs at = [{ column = .., format = .. }]"),
            (quote.when == When::Collected && self.collected.is_none(), "when = \"collected\" needs collected = \"2025-08-29T00:00:00Z\""),
            (needs_start && self.event.start.is_none(), "opening, closing and before stand by the start: event.start is needed"),
            (quote.is_whole && self.rows.together.is_empty(), "is_whole needs rows.together: the columns of event and moment"),
            (quote.book.is_none() && quote.books.is_empty(), "book is missing: { is = \"consensus\" }, a column, or books = [..]"),
            (quote.picks.iter().any(|pick| !has_price(pick) && pick.line.is_none()), "a pick needs price, line or cell"),
        ];
        found.extend(wrongs.iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, told)| (*told).to_owned()));
        found
    }
}

impl Outcome {
    fn complaint(&self) -> Option<String> {
        let is_of_both = self.home.is_some() && self.away.is_some() && self.side.is_none() && self.points.is_none();
        let is_of_one = self.home.is_none() && self.away.is_none() && self.side.is_some() && self.points.is_some();
        let told = "result: the points of home and away, or of one side a row: side and points";
        (!is_of_both && !is_of_one).then(|| told.to_owned())
    }
}

impl Time {
    fn complaint(&self) -> Option<String> {
        let zone = self.zone.as_deref()?;
        jiff::tz::TimeZone::get(zone)
            .err()
            .map(|_| format!("zone = {zone:?} is no zone; there are UTC, America/New_York, Europe/London .."))
    }

    /// Its formats.
    pub(super) fn formats(&self) -> &[String] {
        match &self.format {
            Formats::One(one) => std::slice::from_ref(one),
            Formats::Many(many) => many,
        }
    }
}
