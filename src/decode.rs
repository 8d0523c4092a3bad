//! Decode: a raw reply to observations, by its provider's own module. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::keepable::may_hold_nul;
use odds::observation::Decoded;
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
        providers.add(providers::betfair_historic::BetfairHistoric);
        providers.add(providers::espn::Espn);
        providers.add(providers::football_data::FootballData);
        providers.add(providers::import::Import);
        providers.add(providers::kalshi::Kalshi);
        providers.add(providers::legacy::Legacy);
        providers.add(providers::mlb_statsapi::MlbStatsApi);
        providers.add(providers::nflverse::Nflverse);
        providers.add(providers::nhl_web::NhlWeb);
        providers.add(providers::oddsjam::OddsJam);
        providers.add(providers::opticodds::OpticOdds);
        providers.add(providers::person::Person);
        providers.add(providers::polymarket::Polymarket);
        providers.add(providers::sportradar::Sportradar);
        providers.add(providers::thesportsdb::TheSportsDb);
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

    /// What the provider's rules say of a reply.
    #[must_use]
    pub fn judge(&self, reply: &Reply<'_>) -> Verdict {
        self.get(reply.provider)
            .map_or_else(|| Verdict::Refused(format!("no provider {:?}", reply.provider)), |provider| provider.judge(reply))
    }

    /// Reads a reply that was judged good, with the version of the decoder that read it. All texts are such that a store keeps them.
    #[must_use]
    pub fn decode<'a>(&self, reply: &Reply<'a>) -> (Decoded<'a>, u16) {
        let Some(provider) = self.get(reply.provider) else { return (Decoded::default(), 0) };
        let mut decoded = provider.decode(reply);
        decoded.make_keepable(may_hold_nul(reply.body));
        (decoded, provider.decoder_version())
    }
}
