//! Polymarket's tags as sport keys, and our leagues. `wnba` stands in recorded tickers; the others are general knowledge.

use odds::sport::League;

/// Tag, our league, and whether titles name the home side first (general knowledge: football does, American leagues do not).
const KNOWN: &[(&str, &str, bool)] = &[
    ("nfl", "football.nfl", false),
    ("cfb", "football.ncaaf", false),
    ("nba", "basketball.nba", false),
    ("wnba", "basketball.wnba", false),
    ("cbb", "basketball.ncaab", false),
    ("mlb", "baseball.mlb", false),
    ("nhl", "hockey.nhl", false),
    ("epl", "soccer.eng.1", true),
    ("mls", "soccer.usa.1", true),
    ("lal", "soccer.esp.1", true),
    ("bun", "soccer.ger.1", true),
    ("sea", "soccer.ita.1", true),
    ("fl1", "soccer.fra.1", true),
    ("ucl", "soccer.uefa.champions", true),
    ("ufc", "mma.ufc", true),
];

/// What it is asked for when the operator names it: one call each.
pub(super) const DEFAULTS: &[&str] = &["nfl", "nba", "wnba", "mlb", "nhl"];

/// Our league of a tag.
pub(super) fn league(tag: &str) -> Option<&'static League> {
    KNOWN.iter().find(|(known, ..)| *known == tag).and_then(|(_, key, _)| odds::sport::league(key))
}

/// Whether the home side comes first in titles.
pub(super) fn is_home_first(tag: &str) -> bool {
    KNOWN.iter().any(|(known, _, is_first)| *known == tag && *is_first)
}

/// The tag that a slug begins with (`wnba-2026-champion-464`), where it is one that we know.
pub(super) fn tag_of(slug: &str) -> Option<&'static str> {
    let first = slug.split('-').next()?;
    KNOWN.iter().find(|(known, ..)| *known == first).map(|(known, ..)| *known)
}

/// Whether a text can stand in a request as one of their tags.
pub(super) fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.len() < 60 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_is_a_league_of_ours() {
        assert!(KNOWN.iter().all(|(tag, ..)| league(tag).is_some() && is_tag(tag)));
        assert!(DEFAULTS.iter().all(|tag| league(tag).is_some()));
        assert_eq!((tag_of("wnba-2026-mvp"), tag_of("what-is-this"), tag_of("")), (Some("wnba"), None, None));
        assert!(!is_tag("nba&x=1") && !is_tag(""));
    }
}
