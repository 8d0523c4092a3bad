//! Of `/v1/quality`: how many of each provider's words are not understood yet, over all that is kept, and what newer versions of meanings
//! made of rows that were there.

use std::collections::BTreeMap;

use odds::Moment;
use serde::Serialize;
use store::meanings::{MeaningChange, MeaningRead, WordCount, WordKind};
use store::{Result, Store};

/// Words that are listed, those that were met most.
const MOST_WORDS: usize = 500;
/// The follower whose rows are spoken of.
const ROWS: &str = "rows";

/// How many words of a kind were met, each once for each sport.
#[derive(Debug, Serialize)]
struct Sum {
    provider: String,
    kind: WordKind,
    met: usize,
    unknown: usize,
}

/// A word that is not understood yet.
#[derive(Debug, Serialize)]
struct Unknown {
    provider: String,
    kind: WordKind,
    sport: String,
    word: String,
    /// Slots that were ever met of it; of a participant, how often a listing came to be called so.
    met: i64,
    /// Of a market: slots without a meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    slots_unknown: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    example: String,
    first_seen_at: Moment,
    /// The hour in which it was last seen.
    last_seen_at: Moment,
}

impl From<WordCount> for Unknown {
    fn from(count: WordCount) -> Self {
        Self {
            slots_unknown: (count.kind == WordKind::Market).then_some(count.unknown),
            provider: count.provider,
            kind: count.kind,
            sport: count.sport,
            word: count.word,
            met: count.met,
            example: count.example,
            first_seen_at: count.first_seen_at,
            last_seen_at: count.last_seen_at,
        }
    }
}

/// What is understood of the providers' words.
#[derive(Debug, Serialize)]
pub(crate) struct WordsQuality {
    words: Vec<Sum>,
    unknown: Vec<Unknown>,
    /// Unknown words that are not listed: those that were met least.
    unknown_left_off: usize,
    /// By which version of each provider's meaning the rows were made; another target is what they are read again by.
    meanings: Vec<MeaningRead>,
    /// What newer versions changed, the newest first.
    meaning_changes: Vec<MeaningChange>,
}

impl WordsQuality {
    pub(crate) fn of(store: &Store) -> Result<Self> {
        let counts = store.word_counts()?;
        let mut sums: BTreeMap<(String, WordKind), (usize, usize)> = BTreeMap::new();
        let mut unknown: Vec<WordCount> = Vec::new();
        for count in counts {
            let (met, not_known) = sums.entry((count.provider.clone(), count.kind)).or_default();
            *met += 1;
            if count.is_unknown() {
                *not_known += 1;
                unknown.push(count);
            }
        }
        unknown.sort_by_key(|count| std::cmp::Reverse(count.met));
        let unknown_left_off = unknown.len().saturating_sub(MOST_WORDS);
        let sum = |((provider, kind), (met, unknown))| Sum { provider, kind, met, unknown };
        Ok(Self {
            words: sums.into_iter().map(sum).collect(),
            unknown: unknown.into_iter().take(MOST_WORDS).map(Unknown::from).collect(),
            unknown_left_off,
            meanings: store.meanings(ROWS)?,
            meaning_changes: store.meaning_changes()?,
        })
    }
}
