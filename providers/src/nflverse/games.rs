//! Games: a game that was played is seen twice, with its closing lines at the start and with its result when it was over.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use odds::attribute::START;
use odds::observation::{
    BookSeen, CatalogueKind, Decoded, FactKind, FactSeen, ListingSeen, MarketSeen, Offer, OutcomeSeen, Problem, Refusal, Scope, Snapshot,
};
use odds::reply::{Basis, Reply};
use odds::{Line, Moment, Price};

use super::kickoff::{Kickoff, kickoff, zone};
use super::teams::{game_id, team};
use super::wire::{Row, Table};
use super::{SPORT, catalogue_row};

/// The book of the file's lines: nobody's own (a consensus, K).
const BOOK: &str = "consensus";
/// Other sources' ids of a game: the column, and the key of whose id it is.
const IDS: &[(&str, &str)] = &[
    ("espn", "espn"),
    ("ftn", "ftn"),
    ("game_id", "nflverse-game"),
    ("gsis", "gsis"),
    ("old_game_id", "nfl-old"),
    ("pff", "pff"),
    ("pfr", "pfr"),
];

/// A game as its row tells it.
struct Game {
    id: String,
    season: i64,
    kickoff: Kickoff,
    facts: Vec<FactSeen<'static>>,
    result: Vec<FactSeen<'static>>,
    book: Option<BookSeen<'static>>,
}

/// The newest moment that a file tells of.
pub(super) fn newest(table: &Table) -> Option<Moment> {
    let mut reader = Reader::default();
    let games = table.rows().filter_map(|row| reader.read(&row.ok()?));
    games.map(|game| if game.result.is_empty() { game.kickoff.closing } else { game.kickoff.over }).max()
}

/// Reads the file. One that was fetched now tells of its newest season alone: what is older was told when it was new.
pub(super) fn decode<'a>(table: &Table, reply: &Reply<'_>) -> Decoded<'a> {
    let (mut reader, mut games, mut seen) = (Reader::default(), Vec::new(), BTreeSet::new());
    for row in table.rows() {
        match row {
            Ok(row) => games.extend(reader.read(&row).filter(|game| reader.is_new(&mut seen, &game.id, row.number))),
            Err((number, wrong)) => reader.refuse(format!("row {number}"), Refusal::NotTheShape, wrong),
        }
    }
    let newest = games.iter().map(|game| game.season).max();
    let mut snapshots: BTreeMap<(Moment, Basis), Vec<ListingSeen<'static>>> = BTreeMap::new();
    for game in games.into_iter().filter(|game| reply.basis != Basis::Fetched || Some(game.season) == newest) {
        place(game, reply, &mut snapshots);
    }
    let scope = Scope { sport: SPORT.to_owned(), ..Scope::default() };
    let snapshots =
        snapshots.into_iter().map(|((observed_at, basis), listings)| Snapshot { observed_at, basis, scope: scope.clone(), listings });
    let catalogue = vec![
        catalogue_row(CatalogueKind::Sport, SPORT, "NFL", ""),
        catalogue_row(CatalogueKind::Book, BOOK, "Consensus of the market", r#"{"aggregate":true}"#),
    ];
    Decoded { snapshots: snapshots.collect(), problems: reader.problems, unreadable: reader.unreadable, catalogue, ..Decoded::default() }
}

fn place(game: Game, reply: &Reply<'_>, snapshots: &mut BTreeMap<(Moment, Basis), Vec<ListingSeen<'static>>>) {
    let Game { id, kickoff, facts, result, book, .. } = game;
    let is_live = reply.basis == Basis::Fetched;
    let mut put = |at: (Moment, Basis), facts: Vec<FactSeen<'static>>, book: Option<BookSeen<'static>>| {
        let (id, sport) = (Cow::Owned(id.clone()), Cow::Borrowed(SPORT));
        let books = book.into_iter().collect();
        snapshots.entry(at).or_default().push(ListingSeen { id, sport, facts, books, ..ListingSeen::default() });
    };
    if is_live && reply.fetched_at < kickoff.closing && result.is_empty() {
        return put((reply.fetched_at, reply.basis), facts, book);
    }
    put((kickoff.closing, Basis::Phase), facts.clone(), book);
    if !result.is_empty() {
        let over = if is_live { kickoff.over.min(reply.fetched_at) } else { kickoff.over };
        put((over.max(kickoff.closing), Basis::Phase), [facts, result].concat(), None);
    }
}

struct Reader {
    zone: jiff::tz::TimeZone,
    problems: Vec<Problem>,
    unreadable: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self { zone: zone(), problems: Vec::new(), unreadable: 0 }
    }
}

impl Reader {
    fn refuse(&mut self, path: String, reason: Refusal, detail: impl AsRef<str>) {
        self.problems.push(Problem::at(path, reason, detail));
    }

    fn is_new(&mut self, seen: &mut BTreeSet<String>, id: &str, number: usize) -> bool {
        let is_new = seen.insert(id.to_owned());
        if !is_new {
            self.refuse(format!("row {number}"), Refusal::ListingTwice, format!("{id} stands in this file already; the first is kept"));
        }
        is_new
    }

    fn read(&mut self, row: &Row<'_>) -> Option<Game> {
        let (Some(season), Some(week)) = (row.whole(&["season"]), row.whole(&["week"])) else {
            self.refuse(row.place("season, week"), Refusal::MissingField, "no whole numbers");
            return None;
        };
        let home = self.team(row, "home_team", season)?;
        let away = self.team(row, "away_team", season)?;
        let time = row.told(&["gametime"]);
        let kickoff = kickoff(row.cell(&["gameday", "kickoff"]), time, &self.zone);
        let kickoff = kickoff.map_err(|wrong| self.refuse(row.place("gameday"), Refusal::BadTime, wrong)).ok()?;
        let id = game_id(season, week, home.0, away.0);
        let book = self.book(row);
        Some(Game { id, season, kickoff, facts: facts(row, &kickoff, home, away, book.is_none()), result: self.result(row), book })
    }

    fn team(&mut self, row: &Row<'_>, column: &str, season: i64) -> Option<(&'static str, &'static str)> {
        let code = row.cell(&[column]);
        let found = team(code, season);
        if found.is_none() {
            self.refuse(row.place(column), Refusal::MissingField, format!("{code:?} is no team code that we know"));
        }
        found
    }

    fn result(&mut self, row: &Row<'_>) -> Vec<FactSeen<'static>> {
        let (home, away) = match (row.whole(&["home_score"]), row.whole(&["away_score"])) {
            (Some(home), Some(away)) => (home, away),
            (None, None) => return Vec::new(),
            _ => {
                self.refuse(row.place("home_score"), Refusal::MissingField, "one side alone has a score");
                return Vec::new();
            }
        };
        if row.whole(&["result"]).is_some_and(|margin| margin != home - away) {
            self.refuse(row.place("result"), Refusal::Contradiction, format!("{} for {home} to {away}", row.cell(&["result"])));
            return Vec::new();
        }
        let final_word = fact(FactKind::Status, "final");
        vec![final_word, fact(FactKind::HomeScore, home.to_string()), fact(FactKind::AwayScore, away.to_string())]
    }

    /// The three markets, where the file prices them: a line alone is no quote.
    fn book(&mut self, row: &Row<'_>) -> Option<BookSeen<'static>> {
        let spread = self.line(row, "spread_line");
        let total = self.line(row, "total_line");
        // positive: the home side is favoured by so many, so it gives them
        let (home, away) = (spread.map(Line::negated), spread);
        let markets = [
            ("moneyline", [("home", "home_moneyline", None), ("away", "away_moneyline", None)], true),
            ("spread", [("home", "home_spread_odds", home), ("away", "away_spread_odds", away)], spread.is_some()),
            ("total", [("over", "over_odds", total), ("under", "under_odds", total)], total.is_some()),
        ];
        let mut seen = Vec::new();
        for (key, answers, has_line) in markets {
            let told = answers.iter().filter(|(_, column, _)| row.told(&[column]).is_some()).count();
            if told == 0 {
                continue;
            }
            if !has_line {
                self.unreadable += told as u64;
                self.refuse(row.place(key), Refusal::BadLine, "prices without their line");
                continue;
            }
            let priced = answers.into_iter().filter_map(|(name, column, point)| self.outcome(row, name, column, point));
            let outcomes: Vec<_> = priced.collect();
            seen.push(MarketSeen { key: Cow::Borrowed(key), is_damaged: told < 2, outcomes, ..MarketSeen::default() });
        }
        (!seen.is_empty()).then_some(BookSeen { key: Cow::Borrowed(BOOK), seen_at: None, markets: seen })
    }

    fn line(&mut self, row: &Row<'_>, column: &str) -> Option<Line> {
        let text = row.told(&[column])?;
        Line::parse(text).map_err(|error| self.refuse(row.place(column), Refusal::BadLine, format!("{text:?}: {error}"))).ok()
    }

    fn outcome(&mut self, row: &Row<'_>, name: &'static str, column: &str, point: Option<Line>) -> Option<OutcomeSeen<'static>> {
        let text = row.told(&[column])?;
        let offer = Price::parse_american(text).map(|price| Offer { price, is_suspended: false, changed_at: None });
        let offer = offer.map_err(|error| {
            self.refuse(row.place(column), Refusal::from(error), format!("{text:?}: {error}"));
            Refusal::from(error)
        });
        Some(OutcomeSeen { name: Cow::Borrowed(name), description: Cow::Borrowed(""), point, offer })
    }
}

type Named = (&'static str, &'static str);

fn facts(row: &Row<'_>, kickoff: &Kickoff, home: Named, away: Named, is_unpriced: bool) -> Vec<FactSeen<'static>> {
    let mut facts = vec![
        fact(FactKind::Start, kickoff.start.to_string()),
        fact(FactKind::Home, home.1),
        fact(FactKind::Away, away.1),
        about("home", fact(FactKind::SideId, home.0)),
        about("away", fact(FactKind::SideId, away.0)),
    ];
    if let Some(on_day) = kickoff.on_day.and_then(|on_day| serde_json::to_string(&on_day).ok()) {
        facts.push(about(START, fact(FactKind::Attribute, on_day)));
    }
    facts.extend(row.told(&["stadium"]).map(|venue| fact(FactKind::Venue, venue)));
    let neutral = row.told(&["location"]).map(|word| word == "Neutral").or_else(|| row.told(&["neutral_site"]).map(|word| word == "True"));
    facts.extend(neutral.map(|is_neutral| fact(FactKind::NeutralSite, is_neutral.to_string())));
    facts.extend(row.told(&["game_type", "season_type"]).map(|word| fact(FactKind::SeasonType, word)));
    let ids = IDS.iter().filter_map(|(column, whose)| Some((*whose, row.told(&[column])?)));
    facts.extend(ids.map(|(whose, id)| about(whose, fact(FactKind::ExternalId, id.trim_end_matches(".0")))));
    let lines = (row.told(&["spread_line"]), row.told(&["total_line"]));
    if is_unpriced && lines != (None, None) {
        // of files without prices: the home side's handicap in the file's sign
        let value = serde_json::json!({"spread_line": lines.0, "total_line": lines.1});
        facts.push(about(BOOK, fact(FactKind::Attribute, value.to_string())));
    }
    facts
}

fn fact(kind: FactKind, value: impl Into<String>) -> FactSeen<'static> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: Cow::Owned(value.into()) }
}

fn about(subject: &'static str, fact: FactSeen<'static>) -> FactSeen<'static> {
    FactSeen { subject: Cow::Borrowed(subject), ..fact }
}
