//! Who gives what just now. Desks note on the roster when their provider is out and when it is back, and read from it what others
//! give: the first in rank that is in. A hand-over is written down where it happens; desks share nothing else.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use odds::Moment;
use store::Store;
use tokio::sync::watch;

use super::desk::Brief;
use crate::schedule::{Covered, Out, RankedKind, Ranks};

type Fact = (RankedKind, &'static str);

/// The roster of a collector.
#[derive(Debug)]
pub struct Roster {
    ranked: BTreeMap<Fact, Vec<&'static str>>,
    inner: Mutex<Inner>,
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    out: BTreeMap<&'static str, Out>,
    /// Who gives it instead of the first, and what was written of that; read from the store at the first note.
    handed: Option<BTreeMap<Fact, String>>,
}

impl Roster {
    /// The roster of these providers: those with a key, for the leagues that they are asked for. Facts that one alone gives have none.
    #[must_use]
    pub fn of(briefs: &[Brief], ranks: &Ranks) -> Self {
        let mut ranked: BTreeMap<Fact, Vec<&'static str>> = BTreeMap::new();
        for brief in briefs.iter().filter(|brief| brief.secret.is_some()) {
            let offers = brief.provider.offers();
            let leagues: Vec<&'static str> =
                brief.sports.iter().filter_map(|sport| brief.provider.league(sport)).map(|league| league.key).collect();
            for kind in RankedKind::ALL.into_iter().filter(|kind| offers.asks.contains(&kind.what())) {
                for league in &leagues {
                    let known = ranked.entry((kind, league)).or_default();
                    if !known.contains(&brief.provider.key()) {
                        known.push(brief.provider.key());
                    }
                }
            }
        }
        ranked.retain(|_, providers| providers.len() > 1);
        for ((kind, _), providers) in &mut ranked {
            providers.sort_by_key(|provider| ranks.place(*kind, provider));
        }
        Self { ranked, inner: Mutex::default(), news: watch::Sender::new(0) }
    }

    /// A roster on which nobody stands behind another: every provider is asked at once.
    #[must_use]
    pub fn of_equals() -> Self {
        Self { ranked: BTreeMap::new(), inner: Mutex::default(), news: watch::Sender::new(0) }
    }

    /// What keyless sources give, with what sources of a better rank than a provider's give now.
    #[must_use]
    pub fn covered(&self, provider: &str, keyless: &Covered) -> Covered {
        let mut covered = keyless.clone();
        let inner = self.lock();
        for (fact, providers) in &self.ranked {
            let before = providers.iter().take_while(|other| **other != provider);
            if providers.contains(&provider) && before.into_iter().any(|other| inner.why(other, *fact).is_none()) {
                covered.add_first(fact.0.what(), fact.1);
            }
        }
        covered
    }

    /// Notes how a provider is, and writes down what passes from one to another by that. Twice changes nothing.
    ///
    /// # Errors
    /// What the store reports: then it is written at the next note.
    pub fn note(&self, store: &Store, provider: &'static str, out: Out, at: Moment) -> store::Result<()> {
        if !self.ranked.values().any(|providers| providers.contains(&provider)) {
            return Ok(());
        }
        let mut inner = self.lock();
        if inner.handed.is_none() {
            inner.handed = Some(self.handed_before(store)?);
        }
        if inner.out.insert(provider, out.clone()) != Some(out) {
            self.news.send_modify(|version| *version += 1);
        }
        for (fact, providers) in &self.ranked {
            let passed = inner.passed(*fact, providers);
            let known = inner.handed.as_ref().and_then(|handed| handed.get(fact)).cloned();
            if known.as_deref().map(to_whom) == passed.as_deref().map(to_whom) {
                continue;
            }
            write(store, *fact, passed.as_deref(), at)?;
            let handed = inner.handed.get_or_insert_default();
            match passed {
                Some(passed) => handed.insert(*fact, passed),
                None => handed.remove(fact),
            };
        }
        Ok(())
    }

    /// Returns once somebody else's state has changed since `seen`, which is brought up to date.
    pub async fn changed(news: &mut watch::Receiver<u64>) {
        if news.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Where changes are told.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn handed_before(&self, store: &Store) -> store::Result<BTreeMap<Fact, String>> {
        let open = store.open_handovers()?;
        let of = |fact: &Fact| open.iter().find(|row| row.subject == subject(*fact)).map(|row| (*fact, row.detail.clone()));
        Ok(self.ranked.keys().filter_map(of).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn why(&self, provider: &str, (kind, league): Fact) -> Option<&str> {
        self.out.get(provider)?.why(kind, league)
    }

    /// `from A to B: why`, where it is not the first that gives a fact.
    fn passed(&self, fact: Fact, providers: &[&'static str]) -> Option<String> {
        let first = providers.first()?;
        let why = self.why(first, fact)?;
        let next = providers.iter().find(|provider| self.why(provider, fact).is_none()).copied();
        Some(format!("from {first} to {}: {why}", next.unwrap_or(NOBODY)))
    }
}

/// Stands for a provider where none is left.
const NOBODY: &str = "nobody";

/// The part of the words that says who gives it: that its reason changed is no hand-over.
fn to_whom(passed: &str) -> &str {
    passed.split_once(": ").map_or(passed, |(to, _)| to)
}

fn subject((kind, league): Fact) -> String {
    format!("{}/{league}", kind.as_str())
}

fn write(store: &Store, fact: Fact, passed: Option<&str>, at: Moment) -> store::Result<()> {
    let subject = subject(fact);
    match passed {
        Some(passed) => tracing::warn!(fact = subject, "handed over {passed}"),
        None => tracing::info!(fact = subject, "handed back to the first in rank"),
    }
    store.hand_over(&subject, passed, at)
}
