//! How old rows call what a player did, and our names of it. A word that may be two things is none.

/// Words of a sport, folded, and our name. What is called as we call it is understood too.
const BASKETBALL: &[(&str, &[&str])] = &[
    ("assists", &["ast"]),
    ("blocks", &["blk"]),
    ("field_goals_made", &["fgm", "fieldgoals"]),
    ("free_throws_att", &["fta", "freethrowattempts", "freethrowsattempted"]),
    ("free_throws_made", &["ftm"]),
    ("points", &["pts"]),
    ("rebounds", &["reb", "totalrebounds"]),
    ("steals", &["stl"]),
    ("threes", &["threepointersmade", "threesmade", "threepointfieldgoalsmade", "fg3m", "3pm"]),
    ("turnovers", &["to", "tov"]),
];

const FOOTBALL: &[(&str, &[&str])] = &[
    ("def_int", &["defensiveinterceptions"]),
    ("extra_points_kicked", &["extrapointsmade"]),
    ("field_goals_kicked", &["fieldgoalsmade"]),
    ("kicking_points", &[]),
    ("pass_att", &["passingattempts", "passattempts"]),
    ("pass_cmp", &["completions", "passcompletions"]),
    ("pass_int", &["passinginterceptions", "interceptionsthrown"]),
    ("pass_tds", &["passingtouchdowns", "passingtds"]),
    ("pass_yds", &["passingyards", "passyards"]),
    ("rec_longest", &["longreception"]),
    ("rec_tds", &["receivingtouchdowns", "receivingtds"]),
    ("rec_yds", &["receivingyards", "recyards"]),
    ("receptions", &["catches"]),
    ("rush_att", &["carries", "rushingattempts", "rushattempts"]),
    ("rush_longest", &["longrush"]),
    ("rush_tds", &["rushingtouchdowns", "rushingtds"]),
    ("rush_yds", &["rushingyards", "rushyards"]),
    ("sacks", &[]),
    ("solo_tackles", &[]),
    ("targets", &["receivingtargets"]),
];

const BASEBALL: &[(&str, &[&str])] = &[
    ("doubles", &[]),
    ("hits", &[]),
    ("home_runs", &["hr"]),
    ("pitcher_earned_runs", &["earnedruns"]),
    ("pitcher_hits_allowed", &["hitsallowed"]),
    ("pitcher_outs", &["outsrecorded"]),
    ("pitcher_strikeouts", &["strikeoutsthrown", "pitchingstrikeouts"]),
    ("pitcher_walks", &["walksallowed"]),
    ("rbis", &["rbi", "runsbattedin"]),
    ("runs", &["runsscored"]),
    ("singles", &[]),
    ("stolen_bases", &["sb"]),
    ("strikeouts", &[]),
    ("total_bases", &[]),
    ("triples", &[]),
    ("walks", &["bb"]),
];

const HOCKEY: &[(&str, &[&str])] = &[
    ("assists", &[]),
    ("blocked_shots", &[]),
    ("goals", &[]),
    ("points", &[]),
    ("power_play_points", &["powerplaypoints"]),
    ("saves", &[]),
    ("shots", &["shotsongoal", "sog"]),
];

const SOCCER: &[(&str, &[&str])] =
    &[("assists", &[]), ("cards", &[]), ("goals", &[]), ("red_cards", &[]), ("saves", &[]), ("shots", &[]), ("shots_on_target", &[])];

const AUSSIE_RULES: &[(&str, &[&str])] = &[("disposals", &[]), ("goals", &[]), ("marks", &[]), ("tackles", &[])];

/// Words of a batter that mean something else in a pitcher's row.
const OF_BATTERS: [&str; 7] = ["hits", "home_runs", "runs", "strikeouts", "walks", "doubles", "triples"];
/// Words that only a pitcher's row has, folded.
const OF_PITCHERS: [&str; 8] =
    ["inningspitched", "ip", "era", "earnedruns", "pitchesthrown", "battersfaced", "pitcherearnedruns", "pitcherouts"];

/// Our name of a word of a league, folded; `None` where it is no figure that we know, or may be two.
pub(super) fn ours(league: &str, word: &str, is_pitcher: bool) -> Option<&'static str> {
    let names = match league.split('.').next().unwrap_or_default() {
        "basketball" => BASKETBALL,
        "football" => FOOTBALL,
        "baseball" => BASEBALL,
        "hockey" => HOCKEY,
        "soccer" => SOCCER,
        "aussierules" => AUSSIE_RULES,
        _ => return None,
    };
    let is_it = |(name, words): &&(&'static str, &[&str])| words.contains(&word) || name.replace('_', "") == word;
    let name = names.iter().find(is_it).map(|(name, _)| *name)?;
    (!is_pitcher || !OF_BATTERS.contains(&name)).then_some(name)
}

/// Whether a row is of a pitcher: by his position, or by words that no batter's row has.
pub(super) fn is_of_a_pitcher<'a>(position: Option<&str>, mut words: impl Iterator<Item = &'a str>) -> bool {
    position.is_some_and(|position| matches!(position.to_ascii_uppercase().as_str(), "P" | "SP" | "RP" | "CP"))
        || words.any(|word| OF_PITCHERS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood_by_their_sport_and_what_may_be_two_is_none() {
        assert_eq!(ours("basketball.nba", "pts", false), Some("points"));
        assert_eq!(ours("basketball.nba", "freethrowsmade", false), Some("free_throws_made"));
        assert_eq!(ours("football.nfl", "passyds", false), Some("pass_yds"));
        assert_eq!(ours("football.nfl", "interceptions", false), None, "thrown or caught");
        assert_eq!(ours("football.nfl", "assists", false), None);
        assert_eq!(ours("", "points", false), None, "of no league of ours");
    }

    #[test]
    fn a_pitchers_strikeouts_are_not_a_batters() {
        let is_pitcher = is_of_a_pitcher(None, ["strikeouts", "inningspitched"].into_iter());
        assert_eq!((ours("baseball.mlb", "strikeouts", is_pitcher), ours("baseball.mlb", "strikeouts", false)), (None, Some("strikeouts")));
        assert_eq!(ours("baseball.mlb", "pitcherstrikeouts", true), Some("pitcher_strikeouts"));
        assert!(is_of_a_pitcher(Some("sp"), std::iter::empty()) && !is_of_a_pitcher(Some("SS"), std::iter::empty()));
    }
}
