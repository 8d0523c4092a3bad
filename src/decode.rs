//! Decode: a raw reply to observations, by its provider's own module. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::observation::{Decoded, Problem, Refusal};
use odds::reply::Reply;
use providers::{Provider, Verdict};

/// The providers of this process, by key.
#[derive(Clone, Default)]
pub struct Providers {
    by_key: BTreeMap<&'static str, Arc<dyn Provider>>,
}

impl Providers {
    /// Every provider that we can read.
    #[must_use]
    pub fn all() -> Self {
        let mut providers = Self::default();
        providers.add(providers::the_odds_api::TheOddsApi);
        providers.add(providers::espn::Espn);
        providers.add(providers::football_data::FootballData);
        providers
    }

    /// Adds one.
    pub fn add(&mut self, provider: impl Provider + 'static) {
        self.by_key.insert(provider.key(), Arc::new(provider));
    }

    /// One by its key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<dyn Provider>> {
        self.by_key.get(key)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.by_key.values()
    }

    /// Their keys.
    #[must_use]
    pub fn keys(&self) -> Vec<&'static str> {
        self.by_key.keys().copied().collect()
    }

    /// Reads a reply: its verdict, and what it says where that is good.
    #[must_use]
    pub fn decode<'a>(&self, reply: &Reply<'a>) -> (Verdict, Decoded<'a>, u16) {
        let Some(provider) = self.get(reply.provider) else {
            let verdict = Verdict::Refused(format!("no provider {:?}", reply.provider));
            return (verdict, Decoded::default(), 0);
        };
        let verdict = provider.judge(reply);
        if verdict.is_good() {
            return (verdict, provider.decode(reply), provider.decoder_version());
        }
        let problem = Problem::at("", Refusal::ProviderError, format!("{}: {}", verdict.as_str(), verdict.reason()));
        let decoded = Decoded { problems: vec![problem], ..Decoded::default() };
        (verdict, decoded, provider.decoder_version())
    }
}
