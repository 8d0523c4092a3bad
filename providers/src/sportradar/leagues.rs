//! Sport keys: the products of the league interfaces (`nba`), and the competitions of the odds comparison (`sr:competition:132`).

use odds::sport::League;

/// A league product: its key, our league, its version, and whether its schedule can be asked day by day.
pub(super) struct Product {
    pub(super) key: &'static str,
    league: &'static str,
    /// The version in its paths (general knowledge: it differs from league to league).
    pub(super) version: &'static str,
    /// Whether injuries are listed for the whole league; elsewhere they are listed by week, which needs a clock to ask.
    pub(super) lists_injuries: bool,
    /// Whether it has a schedule of a day; elsewhere the current week is asked.
    pub(super) has_days: bool,
    /// The alias by which a reply names its league.
    alias: &'static str,
    /// Whose id the games' `reference` is.
    pub(super) reference: &'static str,
}

const PRODUCTS: &[Product] = &[
    product("nfl", "football.nfl", "v7", "nfl-reference", (false, false)),
    product("nba", "basketball.nba", "v8", "nba-reference", (true, true)),
    product("wnba", "basketball.wnba", "v8", "wnba-reference", (true, true)),
    product("ncaamb", "basketball.ncaab", "v8", "ncaamb-reference", (false, true)),
    product("ncaawb", "basketball.ncaaw", "v8", "ncaawb-reference", (false, true)),
    // A game's reference is the league's gamePk (seen): the same id that the league's own interface has.
    product("mlb", "baseball.mlb", "v8", "mlb-statsapi", (true, true)),
    product("nhl", "hockey.nhl", "v7", "nhl-reference", (true, true)),
];

const fn product(
    key: &'static str,
    league: &'static str,
    version: &'static str,
    reference: &'static str,
    (lists_injuries, has_days): (bool, bool),
) -> Product {
    Product { key, league, version, lists_injuries, has_days, alias: key, reference }
}

/// What it is asked for unless the operator says otherwise: one league interface each, for every call counts.
pub(super) const DEFAULTS: &[&str] = &["nfl", "nba", "mlb", "nhl"];

/// Competitions of the odds comparison by number: 17 is in our notes, the others are general knowledge.
const COMPETITIONS: &[(&str, &str)] = &[
    ("17", "soccer.eng.1"),
    ("31", "football.nfl"),
    ("109", "baseball.mlb"),
    ("132", "basketball.nba"),
    ("234", "hockey.nhl"),
    ("486", "basketball.wnba"),
    ("27653", "football.ncaaf"),
];

const COMPETITION: &str = "sr:competition:";

/// A league product by its key, with or without its access level (`nba/production`).
pub(super) fn product_of(sport: &str) -> Option<(&'static Product, Access)> {
    let (key, access) = access_of(sport)?;
    PRODUCTS.iter().find(|product| product.key == key).map(|product| (product, access))
}

/// The product of a path (`/nba/trial/v8/..`), or of the alias in a body.
pub(super) fn product_named(word: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.key == word || product.alias.eq_ignore_ascii_case(word))
}

/// A competition of the odds comparison, with its access level.
pub(super) fn competition_of(sport: &str) -> Option<(&str, Access)> {
    let (key, access) = access_of(sport)?;
    let number = key.strip_prefix(COMPETITION)?;
    let is_number = !number.is_empty() && number.len() < 12 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((key, access))
}

/// What a key is good for: the word stands in every path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Trial,
    Production,
}

impl Access {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Production => "production",
        }
    }
}

fn access_of(sport: &str) -> Option<(&str, Access)> {
    match sport.split_once('/') {
        None => Some((sport, Access::Trial)),
        Some((key, "trial")) => Some((key, Access::Trial)),
        Some((key, "production")) => Some((key, Access::Production)),
        Some(_) => None,
    }
}

/// Our league of a sport key.
pub(super) fn league(sport: &str) -> Option<&'static League> {
    if let Some((product, _)) = product_of(sport) {
        return odds::sport::league(product.league);
    }
    let (key, _) = competition_of(sport)?;
    let number = key.strip_prefix(COMPETITION)?;
    COMPETITIONS.iter().find(|(known, _)| *known == number).and_then(|(_, league)| odds::sport::league(league))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_league_is_known_by_its_product_and_by_its_competition() {
        for sport in ["nba", "nba/production", "sr:competition:132", "sr:competition:132/trial"] {
            assert_eq!(league(sport).map(|league| league.key), Some("basketball.nba"), "{sport}");
        }
        for sport in ["sr:competition:999", "sr:competition:", "nba/other", "sr:sport:2", ""] {
            assert!(league(sport).is_none(), "{sport}");
        }
        assert!(PRODUCTS.iter().all(|product| odds::sport::league(product.league).is_some()));
        assert!(COMPETITIONS.iter().all(|(_, league)| odds::sport::league(league).is_some()));
    }
}
