//! The way back: what our leagues, and books that others name, are called here. For an API in this provider's shape.
//!
//! Titles are the provider's own as of April 2026; groups follow the first word of the key.

use odds::book::Venue;

use super::{books, leagues};

/// The sport key of one of our leagues.
#[must_use]
pub fn sport_key(league: &str) -> Option<&'static str> {
    leagues::key_of(league)
}

/// Every sport key that stands for one of our leagues or a part of its season.
pub fn sport_keys() -> impl Iterator<Item = &'static str> {
    leagues::keys()
}

/// Whether a sport has outrights alone.
#[must_use]
pub fn is_outright(sport: &str) -> bool {
    leagues::is_outright(sport)
}

/// The books that a region brings; none for a region that does not exist.
#[must_use]
pub fn books_of_region(region: &str) -> &'static [&'static str] {
    books::of_region(region)
}

/// Every region.
pub const REGIONS: &[&str] = &["us", "us2", "us_dfs", "us_ex", "uk", "eu", "au", "fr", "se"];

const TITLES: &[(&str, &str, &str)] = &[
    ("americanfootball_nfl", "NFL", "US Football"),
    ("americanfootball_nfl_preseason", "NFL Preseason", "US Football"),
    ("americanfootball_ncaaf", "NCAAF", "US College Football"),
    ("basketball_nba", "NBA", "US Basketball"),
    ("basketball_nba_preseason", "NBA Preseason", "US Basketball"),
    ("basketball_nba_summer_league", "NBA Summer League", "US Basketball"),
    ("basketball_nba_all_stars", "NBA All Star", "NBA - All Star Weekend"),
    ("basketball_wnba", "WNBA", "US Basketball"),
    ("basketball_ncaab", "NCAAB", "US College Basketball"),
    ("basketball_wncaab", "WNCAAB", "US Women's College Basketball"),
    ("baseball_mlb", "MLB", "Major League Baseball"),
    ("baseball_mlb_preseason", "MLB Preseason", "Major League Baseball"),
    ("icehockey_nhl", "NHL", "US Ice Hockey"),
    ("icehockey_nhl_preseason", "NHL Preseason", "US Ice Hockey"),
    ("mma_mixed_martial_arts", "MMA", "Mixed Martial Arts"),
    ("soccer_epl", "EPL", "English Premier League"),
    ("soccer_efl_champ", "Championship", "EFL Championship"),
    ("soccer_england_league1", "League 1", "EFL League 1"),
    ("soccer_england_league2", "League 2", "EFL League 2 "),
    ("soccer_spain_la_liga", "La Liga - Spain", "Spanish Soccer"),
    ("soccer_spain_segunda_division", "La Liga 2 - Spain", "Spanish Soccer"),
    ("soccer_germany_bundesliga", "Bundesliga - Germany", "German Soccer"),
    ("soccer_germany_bundesliga2", "Bundesliga 2 - Germany", "German Soccer"),
    ("soccer_italy_serie_a", "Serie A - Italy", "Italian Soccer"),
    ("soccer_italy_serie_b", "Serie B - Italy", "Italian Soccer"),
    ("soccer_france_ligue_one", "Ligue 1 - France", "French Soccer"),
    ("soccer_france_ligue_two", "Ligue 2 - France", "French Soccer"),
    ("soccer_netherlands_eredivisie", "Dutch Eredivisie", "Dutch Soccer"),
    ("soccer_belgium_first_div", "Belgium First Div", "Belgian First Division A"),
    ("soccer_portugal_primeira_liga", "Primeira Liga - Portugal", "Portugese Soccer"),
    ("soccer_turkey_super_league", "Turkey Super League", "Turkish Soccer"),
    ("soccer_greece_super_league", "Super League - Greece", "Greek Soccer"),
    ("soccer_spl", "Premiership - Scotland", "Scottish Premiership"),
    ("soccer_usa_mls", "MLS", "Major League Soccer"),
    ("soccer_uefa_champs_league", "UEFA Champions League", "European Champions League"),
    ("aussierules_afl", "AFL", "Aussie Football"),
    ("rugbyleague_nrl", "NRL", "Aussie Rugby League"),
];

/// The title and description of a sport, where we know them.
#[must_use]
pub fn title(sport: &str) -> Option<(&'static str, &'static str)> {
    TITLES.iter().find(|(key, ..)| *key == sport).map(|(_, title, description)| (*title, *description))
}

const GROUPS: &[(&str, &str)] = &[
    ("americanfootball", "American Football"),
    ("aussierules", "Aussie Rules"),
    ("baseball", "Baseball"),
    ("basketball", "Basketball"),
    ("boxing", "Boxing"),
    ("cricket", "Cricket"),
    ("golf", "Golf"),
    ("handball", "Handball"),
    ("icehockey", "Ice Hockey"),
    ("lacrosse", "Lacrosse"),
    ("mma", "Mixed Martial Arts"),
    ("politics", "Politics"),
    ("rugbyleague", "Rugby League"),
    ("rugbyunion", "Rugby Union"),
    ("soccer", "Soccer"),
    ("tennis", "Tennis"),
];

/// The group of a sport; its first word where that is none that we know.
#[must_use]
pub fn group(sport: &str) -> &str {
    let word = sport.split('_').next().unwrap_or(sport);
    GROUPS.iter().find(|(key, _)| *key == word).map_or(word, |(_, title)| title)
}

/// What another provider's book is called here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherBook {
    /// By this key, with this title.
    Known(&'static str, &'static str),
    /// By its own key: it has none here.
    Own,
    /// No book at all.
    Aggregate,
}

/// What a book of another provider is called here: our key of it, where it has none of its own here.
#[must_use]
pub fn book(provider: &str, key: &str) -> OtherBook {
    match odds::book::known(provider, key) {
        Some(book) if book.venue == Venue::Aggregate => OtherBook::Aggregate,
        Some(book) if book.at_the_odds_api.is_empty() => OtherBook::Known(book.key, book.title),
        Some(book) => OtherBook::Known(book.at_the_odds_api, book.title),
        None => OtherBook::Own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::sport::LEAGUES;

    #[test]
    fn every_sport_key_of_a_league_has_a_title_and_leads_back() {
        for key in sport_keys() {
            assert!(title(key).is_some(), "{key}");
            assert_ne!(group(key), key, "{key}");
        }
        for league in LEAGUES {
            let key = sport_key(league.key).unwrap();
            assert_eq!(leagues::league(key).map(|ours| ours.key), Some(league.key));
        }
        assert_eq!(sport_key("basketball.nba"), Some("basketball_nba"), "the season proper, not its preseason");
    }

    #[test]
    fn every_region_brings_books_and_aggregates_are_none() {
        assert!(REGIONS.iter().all(|region| !books_of_region(region).is_empty()));
        assert_eq!(book("football-data", "B365"), OtherBook::Known("bet365", "Bet365"));
        assert_eq!(book("football-data", "Avg"), OtherBook::Aggregate);
        assert_eq!(book("football-data", "IW"), OtherBook::Known("interwetten", "Interwetten"));
        assert_eq!(book("opticodds", "caesars"), OtherBook::Known("williamhill_us", "Caesars"));
        assert_eq!(book("oddsjam", "caesars_tennessee_"), OtherBook::Known("caesars_tennessee", "Caesars (Tennessee)"));
        assert_eq!(book("oddsjam", "goblins"), OtherBook::Own);
    }
}
