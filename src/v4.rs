//! The Odds API's words for the API in its shape: handed to `api`, which knows no provider.

use api::v4::{BookName, Words};
use providers::Provider;
use providers::the_odds_api::TheOddsApi;
use providers::the_odds_api::crosswalk::{self, OtherBook};

/// The words as the provider's module has them.
#[derive(Debug, Clone, Copy, Default)]
pub struct TheOddsApiWords;

impl Words for TheOddsApiWords {
    fn league(&self, sport: &str) -> Option<&'static str> {
        TheOddsApi.league(sport).map(|league| league.key)
    }

    fn sport_key(&self, league: &str) -> Option<&'static str> {
        crosswalk::sport_key(league)
    }

    fn sport_keys(&self) -> Vec<&'static str> {
        crosswalk::sport_keys().collect()
    }

    fn title(&self, sport: &str) -> Option<(&'static str, &'static str)> {
        crosswalk::title(sport)
    }

    fn group<'a>(&self, sport: &'a str) -> &'a str {
        crosswalk::group(sport)
    }

    fn is_outright(&self, sport: &str) -> bool {
        crosswalk::is_outright(sport)
    }

    fn regions(&self) -> &'static [&'static str] {
        crosswalk::REGIONS
    }

    fn books(&self, region: &str) -> &'static [&'static str] {
        crosswalk::books_of_region(region)
    }

    fn book(&self, provider: &str, key: &str) -> BookName {
        match crosswalk::book(provider, key) {
            OtherBook::Known(key, title) => BookName::Named(key.to_owned(), title.to_owned()),
            OtherBook::Own => BookName::Own,
            OtherBook::Aggregate => BookName::NoBook,
        }
    }
}
