//! How a provider gives its history away, found out from what it offers and from the calls that it makes of an ask.

use jiff::civil::date;
use providers::{Ask, Provider, What};

/// The way of a provider with a sport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The whole board as it stood at a moment.
    Snapshots,
    /// The whole history of one listing.
    Listings,
    /// What a day brought: schedules, states, scores.
    Days(What),
    /// A season as a file.
    Seasons,
}

impl Way {
    /// The way of a provider with a sport; `None` where it has no history that can be asked for.
    #[must_use]
    pub fn of(provider: &dyn Provider, sport: &str) -> Option<Self> {
        let has = |what| provider.offers().asks.contains(&what);
        if has(What::HistoricalOdds) {
            return Some(Self::Snapshots);
        }
        if has(What::HistoricalEventOdds) {
            return Some(Self::Listings);
        }
        let season = || Ask { day: Some("2223".to_owned()), ..Ask::of(What::Season, sport) };
        if has(What::Season) && !provider.requests(&season()).is_empty() {
            return Some(Self::Seasons);
        }
        let tells_days = |what: &What| {
            let on = |day: jiff::civil::Date| provider.requests(&Ask { day: Some(day.to_string()), ..Ask::of(*what, sport) });
            has(*what) && !on(date(2025, 1, 2)).is_empty() && on(date(2025, 1, 2)) != on(date(2025, 2, 3))
        };
        [What::Scores, What::Events].into_iter().find(tells_days).map(Self::Days)
    }

    /// Whether history from this provider has prices, game by game or board by board: a day and a season tell what they tell.
    #[must_use]
    pub fn tells_prices(provider: &dyn Provider, sport: &str) -> bool {
        matches!(Self::of(provider, sport), Some(Self::Snapshots | Self::Listings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_gives_its_history_in_its_own_way() {
        use providers::{
            espn, football_data, kalshi, mlb_statsapi, nflverse, nhl_web, oddsjam, opticodds, polymarket, sportradar, the_odds_api,
        };
        let of = |provider: &dyn Provider, sport: &str| Way::of(provider, sport);
        assert_eq!(of(&the_odds_api::TheOddsApi, "basketball_nba"), Some(Way::Snapshots));
        assert_eq!(of(&opticodds::OpticOdds, "football/nfl"), Some(Way::Listings));
        assert_eq!(of(&oddsjam::OddsJam, "football/nfl"), Some(Way::Listings));
        assert_eq!(of(&football_data::FootballData, "E0"), Some(Way::Seasons));
        assert_eq!(of(&nflverse::Nflverse, "nfl"), Some(Way::Seasons));
        assert_eq!(of(&espn::Espn, "basketball/nba"), Some(Way::Days(What::Scores)));
        assert_eq!(of(&mlb_statsapi::MlbStatsApi, "mlb"), Some(Way::Days(What::Scores)));
        assert_eq!(of(&nhl_web::NhlWeb, "nhl"), Some(Way::Days(What::Scores)));
        assert_eq!(of(&sportradar::Sportradar, "nba"), Some(Way::Days(What::Scores)));
        assert_eq!(of(&kalshi::Kalshi, "KXNBAGAME"), Some(Way::Listings));
        assert_eq!(of(&polymarket::Polymarket, "nba"), None, "it is asked for what stands now alone");
    }
}
