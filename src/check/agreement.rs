//! Agreement: the same book through two providers that contradict each other. Which of them is right is not told here.

use std::collections::BTreeMap;

use api::sides::{EventSides, is_turned, turned};
use odds::block::Value;
use odds::book;
use odds::market::{Meaning, Stance};
use odds::{EventId, Moment, Price, SlotNo};
use providers::Provider;
use store::ListingRow;
use store::boards::Kept;

use super::standing::title;
use super::{Finding, Seen, Severity};

/// A live quote of a book that we know, as one of several providers tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The event.
    pub event: EventId,
    /// For people: `Boston Celtics - Miami Heat`.
    pub title: String,
    /// Our key of the book.
    pub book: &'static str,
    /// Market, period, subject, side and line.
    pub what: String,
    /// Who tells it.
    pub provider: String,
    /// The price.
    pub price: Price,
    /// Since when it stands there, as far as was seen.
    pub since: Moment,
    /// When it was seen last to stand there.
    pub observed_at: Moment,
}

/// Decimal odds come with two digits, and American ones in whole figures: two of the same price differ by no more than this, in nanos.
const ROUNDING_NANOS: i64 = 10_500_000;

/// Events that several providers list, with their sides: those of the listing that founded them.
pub(super) fn shared<'a>(listings: impl Iterator<Item = &'a ListingRow>) -> BTreeMap<EventId, Option<EventSides>> {
    let mut by_event: BTreeMap<EventId, Vec<&ListingRow>> = BTreeMap::new();
    listings.for_each(|row| by_event.entry(row.event).or_default().push(row));
    by_event.retain(|_, rows| rows.iter().any(|row| row.provider != rows[0].provider));
    by_event.into_iter().map(|(event, rows)| (event, rows.into_iter().min_by_key(|row| row.id).and_then(sides_of))).collect()
}

fn sides_of(row: &ListingRow) -> Option<EventSides> {
    let names = (row.home.as_deref()?, row.away.as_deref()?);
    Some(EventSides::named(row.league.as_deref().unwrap_or_default(), names, row.starts_at))
}

/// The live quotes of a board, at books that we know, on questions that we understand.
pub(super) fn told(kept: &Kept, provider: &dyn Provider, sides: Option<&EventSides>) -> Vec<Told> {
    let (row, is_turned) = (&kept.listing, is_turned(sides, &kept.board));
    let of_slot = |number: u32| {
        let slot = SlotNo(number);
        let words = kept.names.words(slot).filter(|_| kept.board.is_standing(slot))?;
        let book = book::known(&row.provider, words.book)?.key;
        let meaning = provider.meaning(&row.sport, &words).filter(|meaning| meaning.stance == Stance::Back)?;
        let (standing, seen) = (kept.board.slot(slot)?, kept.board.seen(slot)?);
        let Some(Value::Live(price)) = standing.value else { return None };
        let is_measured = seen.basis.is_measured() && kept.board.not_observed_since(slot).is_none();
        is_measured.then(|| Told {
            event: row.event,
            title: title(row),
            book,
            what: question(kept, &meaning, is_turned),
            provider: row.provider.clone(),
            price,
            since: standing.said.at,
            observed_at: seen.order.at,
        })
    };
    (0..kept.board.slots().len() as u32).filter_map(of_slot).collect()
}

fn question(kept: &Kept, meaning: &Meaning, is_turned: bool) -> String {
    let side = turned(api::view::selection(kept, meaning), is_turned);
    let line = meaning.line.map_or_else(String::new, |line| format!(" {line}"));
    let subject = meaning.subject.as_ref().map_or_else(String::new, |subject| format!(" {subject}"));
    format!("{} {}{subject} {side}{line}", meaning.kind, meaning.period)
}

/// Two providers that told different prices of the same quote for the same time, looked at within a cadence of each other.
pub(super) fn books_disagree(seen: &Seen) -> Vec<Finding> {
    let mut questions: BTreeMap<(EventId, &str, &str), Vec<&Told>> = BTreeMap::new();
    for told in &seen.told {
        questions.entry((told.event, told.book, &told.what)).or_default().push(told);
    }
    let mut found = Vec::new();
    for ((event, book, what), told) in questions {
        let pairs = told.iter().enumerate().flat_map(|(at, one)| told[at + 1..].iter().map(move |other| (*one, *other)));
        if let Some((one, other)) = pairs.into_iter().find(|(one, other)| is_contradiction(one, other, seen.odds_every.as_secs_f64())) {
            let says = |told: &Told| format!("{} says {:.3} (seen {})", told.provider, told.price.decimal(), told.observed_at);
            let detail = format!("{}: {what} at {book}: {}, {}", one.title, says(one), says(other));
            found.push(Finding::of(Severity::Warn, "books_disagree", format!("{event}/{book}/{what}"), detail));
        }
    }
    found
}

/// A price that moved between two looks is no contradiction: both must have been told for one and the same moment.
fn is_contradiction(one: &Told, other: &Told, cadence_secs: f64) -> bool {
    let is_apart = one.price.nanos().abs_diff(other.price.nanos()) > ROUNDING_NANOS.unsigned_abs();
    let overlaps = one.since <= other.observed_at && other.since <= one.observed_at;
    let is_near = one.observed_at.secs_since(other.observed_at).abs() <= cadence_secs;
    one.provider != other.provider && is_apart && overlaps && is_near
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(provider: &str, decimal: &str, since: &str, observed: &str) -> Told {
        Told {
            event: EventId([0; 16]),
            title: "Boston Celtics - Miami Heat".to_owned(),
            book: "caesars",
            what: "moneyline full home".to_owned(),
            provider: provider.to_owned(),
            price: Price::from_decimal(decimal).unwrap(),
            since: format!("2026-01-10T{since}:00Z").parse().unwrap(),
            observed_at: format!("2026-01-10T{observed}:00Z").parse().unwrap(),
        }
    }

    fn found(told: [Told; 2]) -> Vec<String> {
        let seen = Seen { told: told.to_vec(), odds_every: Duration::from_secs(300), ..Seen::default() };
        books_disagree(&seen).into_iter().map(|finding| finding.detail).collect()
    }

    #[test]
    fn one_book_with_two_prices_for_one_moment_is_told_with_both() {
        let found = found([told("the-odds-api", "1.91", "09:00", "10:00"), told("opticodds", "1.87", "09:30", "10:02")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("the-odds-api says 1.910") && found[0].contains("opticodds says 1.870"), "{found:?}");
    }

    #[test]
    fn rounding_a_move_between_two_looks_one_source_and_an_old_look_are_none() {
        let first = || told("the-odds-api", "1.91", "09:00", "10:00");
        for other in [
            told("opticodds", "1.909090909", "09:30", "10:02"),
            told("opticodds", "1.87", "10:01", "10:02"),
            told("the-odds-api", "1.87", "09:30", "10:02"),
            told("opticodds", "1.87", "09:30", "10:06"),
        ] {
            assert_eq!(found([first(), other]), [""; 0]);
        }
    }
}
