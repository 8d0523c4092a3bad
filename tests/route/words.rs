//! How many words of each provider the recordings hold and we do not understand: counted by the rows follower, and held against the table
//! of each page in docs/providers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use store::Store;
use store::meanings::{WordCount, WordKind};

/// Pages with a table; the providers without a page bring words of other people.
const PAGES: [&str; 13] = [
    "betfair-historic",
    "espn",
    "football-data",
    "kalshi",
    "mlb-statsapi",
    "nflverse",
    "nhl-web",
    "oddsjam",
    "opticodds",
    "polymarket",
    "sportradar",
    "the-odds-api",
    "thesportsdb",
];
/// Unknown words that a row names.
const NAMED: usize = 6;

/// What is known of the words of a store, by its rows follower.
pub fn counted(store: &Arc<Store>) -> Vec<WordCount> {
    let rows = RowsFollower::new(Providers::all(), Retention::default());
    Follower::new(Arc::clone(store), Arc::new(WallClock::default()), rows).catch_up().unwrap();
    store.word_counts().unwrap()
}

/// A word over all sports of its provider: how often it was met, how often without a meaning, whether it is unknown, and has a table.
#[derive(Default)]
struct Word {
    met: i64,
    unknown: i64,
    is_unknown: bool,
    has_table: bool,
}

fn words(counts: &[WordCount], provider: &str, kind: WordKind) -> BTreeMap<String, Word> {
    let mut words: BTreeMap<String, Word> = BTreeMap::new();
    for count in counts.iter().filter(|count| count.provider == provider && count.kind == kind) {
        let word = words.entry(count.word.clone()).or_default();
        word.met += count.met;
        word.unknown += count.unknown;
        word.is_unknown |= count.is_unknown();
        word.has_table |= count.league.as_deref().and_then(|league| odds::participant::is_in_table(league, &count.word)).is_some();
    }
    words
}

fn named(words: &BTreeMap<String, Word>) -> String {
    let mut unknown: Vec<(&String, &Word)> = words.iter().filter(|(_, word)| word.is_unknown).collect();
    if unknown.is_empty() {
        return "0".to_owned();
    }
    unknown.sort_by_key(|(name, word)| (-word.met, *name));
    let names: Vec<String> = unknown.iter().take(NAMED).map(|(name, _)| format!("`{}`", name.replace('|', "\\|"))).collect();
    let more = unknown.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}: {}{more}", unknown.len(), names.join(", "))
}

/// The rows of a page's table, without their plans.
fn rows(counts: &[WordCount], provider: &str) -> [String; 3] {
    let markets = words(counts, provider, WordKind::Market);
    let (met, unknown) = markets.values().fold((0, 0), |(met, unknown), word| (met + word.met, unknown + word.unknown));
    let slots = if unknown == 0 { String::new() } else { format!(" ({unknown} slots)") };
    let (books, participants) = (words(counts, provider, WordKind::Book), words(counts, provider, WordKind::Participant));
    let of_tables = participants.values().filter(|word| word.has_table).count();
    [
        format!("| markets | {} keys, {met} slots | {}{slots} |", markets.len(), named(&markets)),
        format!("| books | {} | {} |", books.len(), named(&books)),
        format!("| participants | {} names, {of_tables} of leagues with a table of ours | {} |", participants.len(), named(&participants)),
    ]
}

/// What the pages do not say as it is.
pub fn wrong_in_docs(counts: &[WordCount]) -> Vec<String> {
    let mut wrong = Vec::new();
    for provider in PAGES {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/providers/{provider}.md"));
        let text = std::fs::read_to_string(&page).unwrap();
        let missing = rows(counts, provider).into_iter().filter(|row| !text.lines().any(|line| line.starts_with(row.as_str())));
        wrong.extend(missing.map(|row| format!("docs/providers/{provider}.md: {row}")));
    }
    wrong
}
