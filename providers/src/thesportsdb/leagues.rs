//! TheSportsDB's league numbers, and ours. 4328, 4346, 4416 and 4456 are confirmed; the others are general knowledge.

use odds::sport::League;

const KNOWN: &[(&str, &str)] = &[
    ("4328", "soccer.eng.1"),
    ("4329", "soccer.eng.2"),
    ("4331", "soccer.ger.1"),
    ("4332", "soccer.ita.1"),
    ("4334", "soccer.fra.1"),
    ("4335", "soccer.esp.1"),
    ("4346", "soccer.usa.1"),
    ("4380", "hockey.nhl"),
    ("4387", "basketball.nba"),
    ("4391", "football.nfl"),
    ("4416", "rugbyleague.nrl"),
    ("4424", "baseball.mlb"),
    ("4443", "mma.ufc"),
    ("4456", "aussierules.afl"),
    ("4479", "football.ncaaf"),
    ("4480", "soccer.uefa.champions"),
    ("4516", "basketball.wnba"),
    ("4607", "basketball.ncaab"),
];

/// What it is asked for unless the operator says otherwise: leagues that the other sources lack.
pub(super) const DEFAULTS: &[&str] = &["4456", "4416"];

/// Our league of a number.
pub(super) fn league(number: &str) -> Option<&'static League> {
    KNOWN.iter().find(|(known, _)| *known == number).and_then(|(_, key)| odds::sport::league(key))
}

/// Whether a text is a number of theirs: it stands in every request.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_a_league_of_ours_and_what_is_asked_is_known() {
        assert!(KNOWN.iter().all(|(number, _)| league(number).is_some() && is_number(number)));
        assert!(DEFAULTS.iter().all(|number| league(number).is_some()));
        assert!(!is_number("4328;x") && league("1").is_none());
    }
}
