//! What rows of the old `odds_data` should hold: the winner, the spread and the total at each book, one row an outcome.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odds::participant::likeness;
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::batch::{Batch, Known, Old, Quote, folded, ours, text};
use super::children::Children;
use super::columns::Plan;
use super::names::{Meant, Names, Told};
use super::old_table::{OldTable, quote};
use super::reconcile::Field;
use super::write::{Done, Wanted};

/// The markets that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Winner,
    Spread,
    Total,
}

impl Kind {
    fn of(quote: &Quote) -> Option<Self> {
        match quote.market.as_str() {
            "moneyline" | "three_way" => Some(Self::Winner),
            "spread" => Some(Self::Spread),
            "total" => Some(Self::Total),
            _ => None,
        }
    }

    /// Words for it: as The Odds API has it, as we do, and as others do; the title last.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Winner => {
                &["h2h", "moneyline", "ml", "match_winner", "1x2", "winner", "match_odds", "three_way", "h2h_3_way", "Moneyline"]
            }
            Self::Spread => &["spreads", "spread", "point_spread", "handicap", "asian_handicap", "run_line", "puck_line", "Spread"],
            Self::Total => &["totals", "total", "over_under", "ou", "total_points", "total_goals", "total_runs", "Total"],
        }
    }
}

/// The words in which a table of prices or lines says book and market, and how markets without a row are to be called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speech {
    book: Told,
    market: Told,
    is_plain: bool,
}

impl Speech {
    /// `None` where a table names no book or no market that we could know.
    pub(super) fn of(plan: &Plan, names: &Names, table: &OldTable) -> Option<Self> {
        let book = Told::of(plan, table, ("bookmaker_id", "bookmakers"), &["bookmaker", "bookmaker_key", "sportsbook"])?;
        let market = Told::of(plan, table, ("market_type_id", "market_types"), &["market_key", "market_type", "market"])?;
        Some(Self { book, market, is_plain: names.has_word("market_types", &["moneyline", "spread", "total"]) })
    }

    pub(super) fn book(
        self,
        tx: &mut Transaction<'_>,
        plan: &Plan,
        names: &mut Names,
        words: &[&str],
        done: &mut Done,
    ) -> Result<Meant, Error> {
        self.book.meant(tx, plan, names, words, done)
    }

    pub(super) fn market(
        self,
        tx: &mut Transaction<'_>,
        plan: &Plan,
        names: &mut Names,
        market: &str,
        done: &mut Done,
    ) -> Result<Option<Meant>, Error> {
        let Some(kind) = kind_of(market) else { return Ok(None) };
        let mut words = kind.words().to_vec();
        if self.is_plain {
            words.swap(0, 1);
        }
        self.market.meant(tx, plan, names, &words, done).map(Some)
    }
}

fn kind_of(market: &str) -> Option<Kind> {
    match market {
        "moneyline" | "three_way" => Some(Kind::Winner),
        "spread" => Some(Kind::Spread),
        "total" => Some(Kind::Total),
        _ => None,
    }
}

/// How the rows call an outcome: sides by the team's name or by `home` and `away`, the rest in their spelling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outcomes {
    words: HashMap<&'static str, String>,
    are_sides_words: bool,
}

const OUTCOMES: [&str; 5] = ["home", "away", "draw", "over", "under"];

impl Outcomes {
    /// Looks at the newest rows.
    ///
    /// # Errors
    /// What the server reports.
    pub(super) fn read(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Self, Error> {
        if !table.has("outcome_name") {
            return Ok(Self::default());
        }
        let sql = format!(
            "select s.outcome_name::text, count(*) from (select t.outcome_name from {} t order by t.{} desc limit 2000) s
             where s.outcome_name is not null group by 1 order by 2, 1",
            table.quoted(),
            quote(&table.key)
        );
        let rows = tx.query_typed(&sql, &[])?;
        Ok(Self::of(rows.iter().map(|row| (row.get(0), row.get(1)))))
    }

    /// From names and how often they stand, the rarest first.
    fn of<'a>(names: impl Iterator<Item = (&'a str, i64)>) -> Self {
        let (mut words, mut as_words, mut as_names) = (HashMap::new(), 0, 0);
        for (name, count) in names {
            match OUTCOMES.into_iter().find(|word| folded(name) == *word) {
                Some(word) => {
                    words.insert(word, name.to_owned());
                    as_words += if matches!(word, "home" | "away") { count } else { 0 };
                }
                None if !is_total(name) => as_names += count,
                None => {}
            }
        }
        Self { words, are_sides_words: as_words > as_names }
    }

    /// What a new row calls a selection.
    pub(super) fn name(&self, selection: &str, old: &Old) -> Option<String> {
        let team = match selection {
            "home" => old.home.clone(),
            "away" => old.away.clone(),
            _ => None,
        };
        let word = || {
            let usual = match selection {
                "over" => "Over",
                "under" => "Under",
                "draw" => "Draw",
                other => other,
            };
            OUTCOMES.contains(&selection).then(|| self.words.get(selection).cloned().unwrap_or_else(|| usual.to_owned()))
        };
        match team {
            Some(team) if !self.are_sides_words => Some(team),
            _ => word(),
        }
    }

    /// Whether a name of theirs is a selection.
    pub(super) fn is(name: &str, selection: &str, league: &str, old: &Old) -> bool {
        let word = folded(name);
        let is_team = |team: &Option<String>| team.as_deref().is_some_and(|team| likeness(league, team, name).is_one());
        match selection {
            "home" => word == "home" || is_team(&old.home),
            "away" => word == "away" || is_team(&old.away),
            "draw" => matches!(word.as_str(), "draw" | "tie" | "x"),
            "over" | "under" => word.strip_prefix(selection).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit())),
            _ => false,
        }
    }
}

fn is_total(name: &str) -> bool {
    ["over", "under"].iter().any(|word| folded(name).starts_with(word))
}

/// A price on its way into a row.
struct Offer<'a> {
    quote: &'a Quote,
    kind: Kind,
    selection: &'a str,
    is_best: bool,
}

/// Whether a table can hold prices as rows at all.
fn is_of_prices(table: &OldTable) -> bool {
    ["event_id", "outcome_name", "outcome_price"].iter().all(|column| table.has(column))
}

/// What the rows of these events should hold, and the rows that are missing.
///
/// # Errors
/// What the server reports.
pub(super) fn wanted(
    tx: &mut Transaction<'_>,
    plan: &Plan,
    names: &mut Names,
    (outcomes, children): (&Outcomes, &mut Children),
    batch: &Batch,
    done: &mut Done,
) -> Result<Vec<Wanted>, Error> {
    let Some(table) = plan.tables.get("odds_data").filter(|table| is_of_prices(table)) else { return Ok(Vec::new()) };
    let Some(speech) = Speech::of(plan, names, table) else { return Ok(Vec::new()) };
    let rows = children.of(tx, table, &batch.keys(), plan.events_table())?;
    let events: Vec<&str> = batch.olds.keys().map(String::as_str).collect();
    let ours: BTreeSet<String> = ours(tx, table, &events)?.into_iter().collect();
    let mut wanted = Vec::new();
    for (known, olds) in batch.with_rows() {
        let Some(first) = olds.first() else { continue };
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let offers = offers(known, first, batch.quotes(&known.event));
        if offers.is_empty() {
            continue;
        }
        for offer in offers {
            let quote = offer.quote;
            let book = speech.book(tx, plan, names, &quote.words_of_book(), done)?;
            let Some(market) = speech.market(tx, plan, names, &quote.market, done)? else { continue };
            let of_event = olds.iter().flat_map(|old| rows.get(&old.key).into_iter().flatten().map(move |row| (old, row)));
            let league = known.league.as_deref().unwrap_or_default();
            let is_same = |(old, row): &(&Old, &Map<String, Value>)| {
                book.is_in(row)
                    && market.is_in(row)
                    && text(row, "outcome_name").is_some_and(|name| Outcomes::is(name, offer.selection, league, old))
                    && table.key_of(row).is_some_and(|key| !taken.contains(&key))
            };
            let candidates: Vec<&Map<String, Value>> = of_event.filter(is_same).map(|(_, row)| row).collect();
            match one_of(table, &candidates, quote.point) {
                Some(key) => {
                    taken.insert(key.clone());
                    wanted.push(Wanted { key: Some(key), event: known.event.clone(), ..said(table, &offer) });
                }
                None => wanted.extend(new_row(table, known, first, &offer, (&book, &market), outcomes)),
            }
        }
        wanted.extend(no_longer_best(table, known, olds, &rows, (&ours, &taken)));
    }
    Ok(wanted)
}

/// The prices of an event: one provider for each book and market, and of each the best marked.
fn offers<'a>(known: &Known, old: &Old, quotes: &'a [Quote]) -> Vec<Offer<'a>> {
    let mut chosen: BTreeMap<(&str, Kind), (&str, &str)> = BTreeMap::new();
    let mut offers: Vec<Offer<'a>> = Vec::new();
    for quote in quotes {
        let (Some(kind), Some(sides)) = (Kind::of(quote), known.sides(old.names(), quote.names())) else { continue };
        let source = (quote.provider.as_str(), quote.market.as_str());
        let selection = sides.turn(&quote.selection);
        let is_there =
            |offer: &Offer<'_>| (offer.quote.book.as_str(), offer.kind, offer.selection) == (quote.book.as_str(), kind, selection);
        if *chosen.entry((&quote.book, kind)).or_insert(source) == source && !offers.iter().any(is_there) {
            offers.push(Offer { quote, kind, selection, is_best: false });
        }
    }
    let best: Vec<bool> = offers
        .iter()
        .map(|offer| {
            let is_same =
                |other: &&Offer<'_>| (other.kind, other.selection, other.quote.point) == (offer.kind, offer.selection, offer.quote.point);
            offers.iter().filter(is_same).all(|other| other.quote.price.nanos() <= offer.quote.price.nanos())
        })
        .collect();
    offers.iter_mut().zip(best).for_each(|(offer, is_best)| offer.is_best = is_best);
    offers
}

/// The row that a price goes into: that of its point; where none is and all say one point, the newest, whose line has moved.
pub(super) fn one_of(table: &OldTable, candidates: &[&Map<String, Value>], point: Option<f64>) -> Option<String> {
    let point_of = |row: &Map<String, Value>| row.get("outcome_point").and_then(number);
    let newest = |rows: Vec<&&Map<String, Value>>| {
        let stamp = |row: &Map<String, Value>| {
            ["last_update", "updated_at", "created_at"].iter().find_map(|column| text(row, column)).unwrap_or_default().to_owned()
        };
        let number_of = |row: &Map<String, Value>| row.get(&table.key).and_then(number).unwrap_or_default();
        let newest = rows.into_iter().max_by(|a, b| stamp(a).cmp(&stamp(b)).then(number_of(a).total_cmp(&number_of(b))))?;
        table.key_of(newest)
    };
    let exact: Vec<_> = candidates.iter().filter(|row| point_of(row) == point).collect();
    if !exact.is_empty() {
        return newest(exact);
    }
    let first = candidates.first().map(|row| point_of(row))?;
    candidates.iter().all(|row| point_of(row) == first).then(|| newest(candidates.iter().collect()))?
}

/// A figure, also where it is written as a text.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn said(table: &OldTable, offer: &Offer<'_>) -> Wanted {
    let quote = offer.quote;
    let mut fields = BTreeMap::from([
        (Field::column("outcome_price"), json!(quote.price.american())),
        (Field::column("implied_probability"), json!(quote.price.implied())),
        (Field::column("is_best_odds"), json!(offer.is_best)),
    ]);
    if let Some(point) = quote.point {
        fields.insert(Field::column("outcome_point"), json!(point));
    }
    fields.retain(|field, _| table.has(&field.column));
    let along = BTreeMap::from([(Field::column("last_update"), quote.seen_at.clone())]);
    Wanted { fields, along, ..Wanted::default() }
}

fn new_row(
    table: &OldTable,
    known: &Known,
    old: &Old,
    offer: &Offer<'_>,
    (book, market): (&Meant, &Meant),
    outcomes: &Outcomes,
) -> Option<Wanted> {
    let said = said(table, offer);
    let mut new = Map::from_iter([book.for_a_new_row()?, market.for_a_new_row()?]);
    new.insert("event_id".to_owned(), json!(old.key));
    new.insert("outcome_name".to_owned(), json!(outcomes.name(offer.selection, old)?));
    new.extend(said.fields.into_iter().chain(said.along).map(|(field, value)| (field.column, value)));
    Some(Wanted { event: known.event.clone(), new: Some(new), ..Wanted::default() })
}

/// Rows that we wrote and whose price stands no more are the best of nothing, while others stand; once the game is over all stay as they were.
fn no_longer_best(
    table: &OldTable,
    known: &Known,
    olds: &[Old],
    rows: &HashMap<String, Vec<Map<String, Value>>>,
    (ours, taken): (&BTreeSet<String>, &BTreeSet<String>),
) -> Vec<Wanted> {
    let of_event = olds.iter().flat_map(|old| rows.get(&old.key).into_iter().flatten());
    let is_left = |row: &&Map<String, Value>| {
        table.key_of(row).is_some_and(|key| ours.contains(&key) && !taken.contains(&key)) && row.get("is_best_odds") == Some(&json!(true))
    };
    let fields = BTreeMap::from([(Field::column("is_best_odds"), json!(false))]);
    let wanted = |row: &Map<String, Value>| Wanted {
        key: table.key_of(row),
        event: known.event.clone(),
        fields: fields.clone(),
        ..Wanted::default()
    };
    of_event.filter(is_left).map(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old() -> Old {
        Old {
            key: "1".to_owned(),
            event: "e".to_owned(),
            home: Some("LA Clippers".to_owned()),
            away: Some("Boston Celtics".to_owned()),
            row: Map::new(),
        }
    }

    #[test]
    fn outcomes_are_told_in_every_spelling() {
        let is = |name, selection| Outcomes::is(name, selection, "basketball.nba", &old());
        assert!(is("Los Angeles Clippers", "home") && is("HOME", "home") && !is("Boston Celtics", "home"));
        assert!(is("Over 220.5", "over") && is("over", "over") && !is("Overtime", "over"));
        assert!(is("Tie", "draw") && !is("Draw", "home"));
    }

    #[test]
    fn new_rows_are_called_as_most_rows_are() {
        let names = [("OVER", 3), ("home", 4), ("away", 4), ("Utah Jazz", 2)];
        let outcomes = Outcomes::of(names.into_iter());
        assert_eq!(outcomes.name("home", &old()).as_deref(), Some("home"));
        assert_eq!(outcomes.name("over", &old()).as_deref(), Some("OVER"));
        let outcomes = Outcomes::of([("home", 1), ("Utah Jazz", 2)].into_iter());
        assert_eq!(outcomes.name("home", &old()).as_deref(), Some("LA Clippers"));
        assert_eq!(outcomes.name("under", &old()).as_deref(), Some("Under"));
        assert_eq!(outcomes.name("yes", &old()), None);
    }
}
