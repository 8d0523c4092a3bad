//! What stands in one listing, in the few figures that the rules need.

use std::collections::{BTreeMap, BTreeSet};

use odds::Moment;
use odds::Price;
use odds::id::{ListingId, SlotNo};
use odds::market::{MarketKind, Meaning, Side, Stance};
use odds::observation::FactKind;
use providers::Provider;
use store::ListingRow;
use store::boards::Kept;

/// One listing with quotes that stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which.
    pub listing: ListingId,
    /// The provider.
    pub provider: String,
    /// The provider's sport key.
    pub sport: String,
    /// For people: `Boston Celtics - Miami Heat`.
    pub title: String,
    /// When it starts.
    pub starts_at: Option<Moment>,
    /// When any of its quotes was observed last.
    pub observed_at: Option<Moment>,
    /// Its books.
    pub books: BTreeMap<String, Quoted>,
    /// Markets in which a quote stands.
    pub markets: BTreeSet<String>,
    /// Markets with a margin beyond belief.
    pub margins: Vec<Margin>,
}

/// One book in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quoted {
    /// When any of its quotes was observed last.
    pub observed_at: Option<Moment>,
    /// When the provider read the book last, where it says so.
    pub book_seen_at: Option<Moment>,
}

/// One market at one book, with its margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// The book.
    pub book: String,
    /// The market, its period, subject and line.
    pub market: String,
    /// Sum of implied probabilities minus one.
    pub overround: f64,
    /// Its prices.
    pub prices: String,
}

/// Below: better than fair by more than books err. Above: no bet that anybody takes. Both are errors in the feed, far more often than not.
pub(super) const OVERROUND: std::ops::RangeInclusive<f64> = -0.05..=0.40;

pub(super) fn standing(kept: &Kept, provider: &dyn Provider) -> Standing {
    let ListingRow { id, provider: key, sport, starts_at, .. } = &kept.listing;
    let mut found = Standing {
        listing: *id,
        provider: key.clone(),
        sport: sport.clone(),
        title: title(&kept.listing),
        starts_at: *starts_at,
        observed_at: None,
        books: BTreeMap::new(),
        markets: BTreeSet::new(),
        margins: Vec::new(),
    };
    let mut questions: BTreeMap<Question, BTreeMap<Side, Price>> = BTreeMap::new();
    for number in 0..kept.board.slots().len() {
        let slot = SlotNo(number as u32);
        let Some(words) = kept.names.words(slot).filter(|_| kept.board.is_standing(slot)) else { continue };
        let seen = kept.board.seen(slot);
        let (observed_at, book_seen_at) = (seen.map(|seen| seen.order.at), seen.and_then(|seen| seen.book_seen_at));
        found.observed_at = found.observed_at.max(observed_at);
        let book = found.books.entry(words.book.to_owned()).or_default();
        book.observed_at = book.observed_at.max(observed_at);
        book.book_seen_at = book.book_seen_at.max(book_seen_at);
        found.markets.insert(words.market.to_owned());
        let Some(meaning) = provider.meaning(sport, &words) else { continue };
        let price = kept.board.slot(slot).and_then(|slot| slot.value).and_then(odds::block::Value::price);
        if let (Some(question), Some(price)) = (question(words.book, words.market, &meaning, kept), price) {
            questions.entry(question).or_default().insert(meaning.side, price);
        }
    }
    found.margins = margins(&questions);
    found
}

pub(super) fn title(row: &ListingRow) -> String {
    match (&row.home, &row.away) {
        (Some(home), Some(away)) => format!("{home} - {away}"),
        (Some(home), None) => home.clone(),
        _ => row.external_id.clone(),
    }
}

/// Quotes that exclude each other: one of them wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    market: String,
    about: String,
    line: Option<i32>,
    book: String,
}

/// Which question a quote answers, where exactly one of its answers wins.
fn question(book: &str, market: &str, meaning: &Meaning, kept: &Kept) -> Option<Question> {
    let wins_alone = !matches!(meaning.kind, MarketKind::DoubleChance | MarketKind::Outright | MarketKind::PlayerFeat(_));
    if meaning.stance != Stance::Back || !wins_alone {
        return None;
    }
    let of_home = match &meaning.side {
        Side::Home | Side::Over | Side::Under | Side::Yes | Side::No | Side::Odd | Side::Even | Side::Draw => true,
        Side::Away => false,
        Side::Named(name) => kept.board.fact(FactKind::Home) == Some(name),
    };
    let line = meaning.line.map(|line| if of_home { line.milli() } else { line.negated().milli() });
    let subject = meaning.subject.as_deref().unwrap_or("");
    let about = format!("{} {} {subject}", meaning.kind, meaning.period);
    Some(Question { market: market.to_owned(), about: about.trim_end().to_owned(), line, book: book.to_owned() })
}

fn margins(questions: &BTreeMap<Question, BTreeMap<Side, Price>>) -> Vec<Margin> {
    let mut answers: BTreeMap<(&str, &str), BTreeSet<&Side>> = BTreeMap::new();
    for (question, sides) in questions {
        answers.entry((&question.market, &question.about)).or_default().extend(sides.keys());
    }
    let is_whole =
        |question: &Question, sides: usize| answers.get(&(&*question.market, &*question.about)).is_some_and(|all| all.len() == sides);
    questions
        .iter()
        .filter(|(question, sides)| is_whole(question, sides.len()))
        .filter_map(|(question, sides)| margin(question, sides))
        .collect()
}

/// A market's margin, where it is beyond belief.
fn margin(question: &Question, sides: &BTreeMap<Side, Price>) -> Option<Margin> {
    let prices: Vec<Price> = sides.values().copied().collect();
    let overround = prices.iter().map(|price| price.implied()).sum::<f64>() - 1.0;
    if prices.len() < 2 || OVERROUND.contains(&overround) {
        return None;
    }
    let line = question.line.map_or_else(String::new, |milli| format!(" {}", odds::Line::from_milli(milli)));
    let prices: Vec<String> = sides.iter().map(|(side, price)| format!("{side} {:.3}", price.decimal())).collect();
    Some(Margin { book: question.book.clone(), market: format!("{}{line}", question.about), overround, prices: prices.join(", ") })
}
