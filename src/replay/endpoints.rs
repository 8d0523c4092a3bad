//! Which endpoints a provider has, as the folders of recordings are named: those that its own asks lead to, and those
//! whose stored replies it can read besides.

use std::collections::BTreeSet;

use odds::Moment;
use providers::{Ask, Provider};

/// The endpoints of a provider, sorted.
#[must_use]
pub fn endpoints(provider: &dyn Provider) -> Vec<&'static str> {
    let offers = provider.offers();
    let sport = offers.default_sports.first().copied().unwrap_or_default();
    let mut found: BTreeSet<&'static str> = provider.stored_endpoints().iter().copied().collect();
    for what in offers.asks {
        let moment = Some(Moment::from_secs(1_700_000_000));
        // rosters are asked of a team by its key in the catalogue
        let team = format!("{sport}/1");
        for (day, listing, at) in
            [(None, "1", moment), (Some("2223"), "1", moment), (Some("2026-01-02"), "2025020001", None), (None, &team, moment)]
        {
            let ask = Ask {
                listing: Some(listing.to_owned()),
                markets: vec!["h2h".to_owned()],
                regions: vec!["us".to_owned()],
                at,
                day: day.map(str::to_owned),
                ..Ask::of(*what, sport)
            };
            found.extend(provider.requests(&ask).iter().map(|call| call.endpoint));
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_that_a_provider_is_asked_for_is_known() {
        assert_eq!(endpoints(&providers::betfair_historic::BetfairHistoric), ["stream"]);
        assert_eq!(endpoints(&providers::espn::Espn), ["injuries", "roster", "scoreboard", "summary", "teams", "transactions"]);
        assert_eq!(endpoints(&providers::football_data::FootballData), ["fixtures", "season"]);
        assert_eq!(endpoints(&providers::mlb_statsapi::MlbStatsApi), ["boxscore", "feed", "schedule", "transactions"]);
        assert_eq!(endpoints(&providers::nflverse::Nflverse), ["injuries", "player_stats", "schedules"]);
        assert_eq!(endpoints(&providers::nhl_web::NhlWeb), ["boxscore", "partner_game", "schedule", "score", "standings"]);
        assert_eq!(endpoints(&providers::kalshi::Kalshi), ["event", "markets", "orderbook", "trades"]);
        assert_eq!(endpoints(&providers::polymarket::Polymarket), ["events"]);
        let folders = ["boxscore", "hierarchy", "injuries", "oddscomparison_player_props", "oddscomparison_prematch", "probabilities"];
        let folders = [&folders[..], &["schedule", "series", "standings", "timeline"]].concat();
        assert_eq!(endpoints(&providers::sportradar::Sportradar), folders);
        assert!(endpoints(&providers::thesportsdb::TheSportsDb).contains(&"lookupevent"));
        let all = ["event_markets", "event_odds", "events", "historical_event_odds", "historical_events", "historical_odds", "odds"];
        let all = [&all[..], &["participants", "scores", "sports"]].concat();
        assert_eq!(endpoints(&providers::the_odds_api::TheOddsApi), all);
    }
}
