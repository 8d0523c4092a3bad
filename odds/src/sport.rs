//! Sports and leagues in our words, each league with its own day.

use serde::Serialize;

/// A league: our key, what people call it, and the zone whose calendar day is its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct League {
    /// `sport.league` (`basketball.nba`, `soccer.eng.1`).
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// IANA zone of the league's day: US evening games are tomorrow in UTC.
    pub zone: &'static str,
    /// Whether its moneyline usually has a draw.
    pub has_draw: bool,
}

const EASTERN: &str = "America/New_York";

const fn us(key: &'static str, title: &'static str) -> League {
    League { key, title, zone: EASTERN, has_draw: false }
}

const fn soccer(key: &'static str, title: &'static str, zone: &'static str) -> League {
    League { key, title, zone, has_draw: true }
}

/// The leagues that we know by our own key; others are kept under the provider's key.
pub const LEAGUES: &[League] = &[
    us("football.nfl", "NFL"),
    us("football.ncaaf", "NCAA Football"),
    us("basketball.nba", "NBA"),
    us("basketball.wnba", "WNBA"),
    us("basketball.ncaab", "NCAA Basketball"),
    us("basketball.ncaaw", "NCAA Basketball (women)"),
    us("baseball.mlb", "MLB"),
    us("hockey.nhl", "NHL"),
    us("mma.ufc", "UFC"),
    soccer("soccer.eng.1", "Premier League", "Europe/London"),
    soccer("soccer.eng.2", "EFL Championship", "Europe/London"),
    soccer("soccer.eng.3", "EFL League One", "Europe/London"),
    soccer("soccer.eng.4", "EFL League Two", "Europe/London"),
    soccer("soccer.esp.1", "La Liga", "Europe/Madrid"),
    soccer("soccer.esp.2", "La Liga 2", "Europe/Madrid"),
    soccer("soccer.ger.1", "Bundesliga", "Europe/Berlin"),
    soccer("soccer.ger.2", "2. Bundesliga", "Europe/Berlin"),
    soccer("soccer.ita.1", "Serie A", "Europe/Rome"),
    soccer("soccer.ita.2", "Serie B", "Europe/Rome"),
    soccer("soccer.fra.1", "Ligue 1", "Europe/Paris"),
    soccer("soccer.fra.2", "Ligue 2", "Europe/Paris"),
    soccer("soccer.ned.1", "Eredivisie", "Europe/Amsterdam"),
    soccer("soccer.bel.1", "Belgian Pro League", "Europe/Brussels"),
    soccer("soccer.por.1", "Primeira Liga", "Europe/Lisbon"),
    soccer("soccer.tur.1", "Super Lig", "Europe/Istanbul"),
    soccer("soccer.gre.1", "Super League Greece", "Europe/Athens"),
    soccer("soccer.sco.1", "Scottish Premiership", "Europe/London"),
    soccer("soccer.usa.1", "MLS", EASTERN),
    soccer("soccer.uefa.champions", "UEFA Champions League", "Europe/Paris"),
    League { key: "aussierules.afl", title: "AFL", zone: "Australia/Melbourne", has_draw: false },
    League { key: "rugbyleague.nrl", title: "NRL", zone: "Australia/Sydney", has_draw: false },
];

/// The league of our key.
#[must_use]
pub fn league(key: &str) -> Option<&'static League> {
    LEAGUES.iter().find(|league| league.key == key)
}

impl League {
    /// The zone of its day.
    #[must_use]
    pub fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(self.zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_league_has_a_zone_that_exists_and_a_key_of_its_own() {
        for league in LEAGUES {
            assert!(jiff::tz::TimeZone::get(league.zone).is_ok(), "{}", league.key);
            assert_eq!(LEAGUES.iter().filter(|other| other.key == league.key).count(), 1);
        }
    }

    #[test]
    fn an_evening_game_in_the_us_belongs_to_the_day_before_in_utc() {
        let tip: crate::moment::Moment = "2024-01-16T01:30:00Z".parse().unwrap();
        assert_eq!(tip.day_in(&league("basketball.nba").unwrap().time_zone()).to_string(), "2024-01-15");
    }
}
