//! The old words for sports and leagues (`MLB`, `baseball`, `English Premier League`) to our leagues. What may be two is none.

use odds::sport::{self, League};

use super::wire::folded;
use crate::provider::Provider;
use crate::the_odds_api::TheOddsApi;

/// Words of a league, folded, and our key. Each stands for one league whatever the sport.
const LEAGUES: &[(&str, &[&str])] = &[
    ("football.nfl", &["nfl", "nationalfootballleague"]),
    ("football.ncaaf", &["ncaaf", "ncaafootball", "collegefootball", "cfb"]),
    ("basketball.nba", &["nba", "nationalbasketballassociation"]),
    ("basketball.wnba", &["wnba"]),
    ("basketball.ncaab", &["ncaab", "ncaam", "menscollegebasketball", "ncaamensbasketball"]),
    ("basketball.ncaaw", &["ncaaw", "womenscollegebasketball", "ncaawomensbasketball"]),
    ("baseball.mlb", &["mlb", "majorleaguebaseball"]),
    ("hockey.nhl", &["nhl", "nationalhockeyleague"]),
    ("mma.ufc", &["ufc"]),
    ("soccer.eng.1", &["epl", "englishpremierleague", "eng1"]),
    ("soccer.eng.2", &["englishchampionship", "eflchampionship", "englishleaguechampionship", "eng2"]),
    ("soccer.eng.3", &["eflleagueone", "englishleagueone", "englishleague1", "eng3"]),
    ("soccer.eng.4", &["eflleaguetwo", "englishleaguetwo", "englishleague2", "eng4"]),
    ("soccer.esp.1", &["laliga", "spanishlaliga", "laligaea", "esp1"]),
    ("soccer.ger.1", &["bundesliga", "germanbundesliga", "ger1"]),
    ("soccer.ita.1", &["italianseriea", "ita1"]),
    ("soccer.fra.1", &["ligue1", "frenchligue1", "fra1"]),
    ("soccer.ned.1", &["eredivisie", "dutcheredivisie", "ned1"]),
    ("soccer.usa.1", &["mls", "majorleaguesoccer", "americanmajorleaguesoccer", "usa1"]),
    ("soccer.uefa.champions", &["uefachampionsleague", "uefachampions"]),
    ("aussierules.afl", &["afl", "australianafl"]),
    ("rugbyleague.nrl", &["nrl", "australiannationalrugbyleague", "nationalrugbyleague"]),
];

/// Words that stand for a league beside the word of its sport alone.
const BESIDE: &[(&str, &str)] =
    &[("soccer.eng.1", "premierleague"), ("soccer.ita.1", "seriea"), ("soccer.uefa.champions", "championsleague")];

/// Words of a sport, folded, and how our keys of its leagues begin.
const SPORTS: &[(&str, &[&str])] = &[
    ("football.", &["football", "americanfootball"]),
    ("basketball.", &["basketball"]),
    ("baseball.", &["baseball"]),
    ("hockey.", &["hockey", "icehockey"]),
    ("soccer.", &["soccer", "football", "associationfootball"]),
    ("mma.", &["mma", "mixedmartialarts", "fighting"]),
    ("aussierules.", &["aussierules", "australianfootball", "afl"]),
    ("rugbyleague.", &["rugbyleague", "rugby"]),
];

/// The key under which a row's words are kept: its `sport_key` where that is a key that we know, else `sport/league`.
pub(super) fn key(sport_key: Option<&str>, sport: &str, league: &str) -> String {
    let both = || format!("{}/{}", sport.trim(), league.trim());
    match sport_key.map(str::trim).filter(|key| TheOddsApi.league(key).is_some()) {
        // the two columns say another league than the third: nobody knows which is meant
        Some(key) if of_words(sport, league).is_some_and(|other| Some(other) != TheOddsApi.league(key)) => format!("{key}/{}", both()),
        Some(key) => key.to_owned(),
        None => both(),
    }
}

/// Our league of such a key.
pub(super) fn of_key(key: &str) -> Option<&'static League> {
    match key.split_once('/') {
        Some((sport, league)) => of_words(sport, league),
        None => TheOddsApi.league(key),
    }
}

fn of_words(sport: &str, league: &str) -> Option<&'static League> {
    let (sport, league) = (folded(sport), folded(league));
    let key = match (of_word(&sport), of_word(&league)) {
        (Some(one), Some(other)) => (one == other).then_some(one),
        (Some(one), None) => (league.is_empty() || is_sport_of(&league, one)).then_some(one),
        (None, Some(other)) => (sport.is_empty() || is_sport_of(&sport, other)).then_some(other),
        (None, None) => beside(&sport, &league),
    };
    key.and_then(sport::league)
}

fn of_word(word: &str) -> Option<&'static str> {
    LEAGUES.iter().find(|(_, words)| words.contains(&word)).map(|(key, _)| *key)
}

fn is_sport_of(word: &str, key: &str) -> bool {
    SPORTS.iter().any(|(start, words)| key.starts_with(start) && words.contains(&word))
}

fn beside(sport: &str, league: &str) -> Option<&'static str> {
    BESIDE.iter().find(|(key, word)| *word == league && is_sport_of(sport, key)).map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sport: &str, league: &str) -> Option<&'static str> {
        of_key(&key(None, sport, league)).map(|league| league.key)
    }

    #[test]
    fn the_old_words_in_both_columns_are_understood() {
        assert_eq!(of("MLB", "MLB"), Some("baseball.mlb"));
        assert_eq!(of("baseball", "MLB"), Some("baseball.mlb"));
        assert_eq!(of("NBA", "basketball"), Some("basketball.nba"));
        assert_eq!(of("Soccer", "English Premier League"), Some("soccer.eng.1"));
        assert_eq!(of("soccer", "Premier League"), Some("soccer.eng.1"));
        assert_eq!(of("NHL", ""), Some("hockey.nhl"));
    }

    #[test]
    fn words_that_contradict_or_may_be_two_leagues_are_kept_and_are_no_league() {
        assert_eq!(of("MLB", "NBA"), None);
        assert_eq!(of("cricket", "Premier League"), None);
        assert_eq!(of("basketball", "NCAA"), None);
        assert_eq!(of("NBA", "Summer League"), None);
        assert_eq!(key(None, " Cricket ", "IPL"), "Cricket/IPL");
    }

    #[test]
    fn a_sport_key_is_used_where_it_is_known_and_nothing_contradicts_it() {
        assert_eq!(key(Some("basketball_nba"), "NBA", "NBA"), "basketball_nba");
        assert_eq!(key(Some("nba_2019"), "NBA", "NBA"), "NBA/NBA");
        let odd = key(Some("basketball_nba"), "MLB", "MLB");
        assert_eq!((odd.as_str(), of_key(&odd).map(|league| league.key)), ("basketball_nba/MLB/MLB", None));
    }

    #[test]
    fn every_league_of_the_table_is_ours() {
        assert!(LEAGUES.iter().map(|(key, _)| *key).chain(BESIDE.iter().map(|(key, _)| *key)).all(|key| sport::league(key).is_some()));
    }
}
