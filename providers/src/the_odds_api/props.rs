//! Player markets by sport and key: the same key asks another question in another sport.

use odds::market::MarketKind;

use crate::answers::Answer::{Figure, Happens};
use crate::answers::{self, PropRow};

/// Sports by the first word of their key, each with its player keys.
const PROPS: &[(&str, &[PropRow])] = &[
    ("americanfootball", FOOTBALL),
    ("basketball", BASKETBALL),
    ("baseball", BASEBALL),
    ("icehockey", HOCKEY),
    ("aussierules", AUSSIE_RULES),
    ("rugbyleague", RUGBY_LEAGUE),
    ("soccer", SOCCER),
];

const FOOTBALL: &[PropRow] = &[
    ("player_pass_yds", "pass_yds", Figure),
    ("player_pass_tds", "pass_tds", Figure),
    ("player_pass_completions", "pass_cmp", Figure),
    ("player_pass_attempts", "pass_att", Figure),
    ("player_pass_interceptions", "pass_int", Figure),
    ("player_pass_longest_completion", "pass_longest", Figure),
    ("player_rush_yds", "rush_yds", Figure),
    ("player_rush_attempts", "rush_att", Figure),
    ("player_rush_tds", "rush_tds", Figure),
    ("player_rush_longest", "rush_longest", Figure),
    ("player_receptions", "receptions", Figure),
    ("player_reception_yds", "rec_yds", Figure),
    ("player_reception_tds", "rec_tds", Figure),
    ("player_reception_longest", "rec_longest", Figure),
    ("player_pass_rush_reception_yds", "pass_rush_rec_yds", Figure),
    ("player_pass_rush_reception_tds", "pass_rush_rec_tds", Figure),
    ("player_pass_rush_yds", "pass_rush_yds", Figure),
    ("player_rush_reception_yds", "rush_rec_yds", Figure),
    ("player_rush_reception_tds", "rush_rec_tds", Figure),
    ("player_kicking_points", "kicking_points", Figure),
    ("player_field_goals", "field_goals_kicked", Figure),
    ("player_pats", "extra_points_kicked", Figure),
    ("player_defensive_interceptions", "def_int", Figure),
    ("player_sacks", "sacks", Figure),
    ("player_solo_tackles", "solo_tackles", Figure),
    ("player_assists", "tackle_assists", Figure),
    ("player_tackles_assists", "tackles_assists", Figure),
    ("player_tds", "tds", Figure),
    ("player_anytime_td", "anytime_td", Happens),
    ("player_1st_td", "first_td", Happens),
    ("player_last_td", "last_td", Happens),
];

const BASKETBALL: &[PropRow] = &[
    ("player_points", "points", Figure),
    ("player_rebounds", "rebounds", Figure),
    ("player_assists", "assists", Figure),
    ("player_threes", "threes", Figure),
    ("player_blocks", "blocks", Figure),
    ("player_steals", "steals", Figure),
    ("player_turnovers", "turnovers", Figure),
    ("player_blocks_steals", "blocks_steals", Figure),
    ("player_points_rebounds_assists", "pra", Figure),
    ("player_points_rebounds", "pr", Figure),
    ("player_points_assists", "pa", Figure),
    ("player_rebounds_assists", "ra", Figure),
    ("player_field_goals", "field_goals_made", Figure),
    ("player_frees_made", "free_throws_made", Figure),
    ("player_frees_attempts", "free_throws_att", Figure),
    ("player_double_double", "double_double", Happens),
    ("player_triple_double", "triple_double", Happens),
    ("player_first_basket", "first_basket", Happens),
    ("player_first_team_basket", "first_team_basket", Happens),
];

const BASEBALL: &[PropRow] = &[
    ("batter_hits", "hits", Figure),
    ("batter_home_runs", "home_runs", Figure),
    ("batter_total_bases", "total_bases", Figure),
    ("batter_rbis", "rbis", Figure),
    ("batter_runs_scored", "runs", Figure),
    ("batter_hits_runs_rbis", "hrr", Figure),
    ("batter_singles", "singles", Figure),
    ("batter_doubles", "doubles", Figure),
    ("batter_triples", "triples", Figure),
    ("batter_walks", "walks", Figure),
    ("batter_strikeouts", "strikeouts", Figure),
    ("batter_stolen_bases", "stolen_bases", Figure),
    ("pitcher_strikeouts", "pitcher_strikeouts", Figure),
    ("pitcher_outs", "pitcher_outs", Figure),
    ("pitcher_hits_allowed", "pitcher_hits_allowed", Figure),
    ("pitcher_walks", "pitcher_walks", Figure),
    ("pitcher_earned_runs", "pitcher_earned_runs", Figure),
    ("pitcher_record_a_win", "pitcher_win", Happens),
    ("batter_first_home_run", "first_home_run", Happens),
];

const HOCKEY: &[PropRow] = &[
    ("player_points", "points", Figure),
    ("player_goals", "goals", Figure),
    ("player_assists", "assists", Figure),
    ("player_power_play_points", "power_play_points", Figure),
    ("player_blocked_shots", "blocked_shots", Figure),
    ("player_shots_on_goal", "shots", Figure),
    ("player_total_saves", "saves", Figure),
    ("player_goal_scorer_first", "first_goal", Happens),
    ("player_goal_scorer_last", "last_goal", Happens),
    ("player_goal_scorer_anytime", "anytime_goal", Happens),
];

const AUSSIE_RULES: &[PropRow] = &[
    ("player_disposals", "disposals", Figure),
    ("player_goals_scored", "goals", Figure),
    ("player_marks", "marks", Figure),
    ("player_tackles", "tackles", Figure),
    ("player_afl_fantasy_points", "fantasy_points", Figure),
    ("player_marks_most", "most_marks", Happens),
    ("player_tackles_most", "most_tackles", Happens),
    ("player_goal_scorer_first", "first_goal", Happens),
    ("player_goal_scorer_last", "last_goal", Happens),
    ("player_goal_scorer_anytime", "anytime_goal", Happens),
];

const RUGBY_LEAGUE: &[PropRow] = &[
    ("player_try_scorer", "tries", Figure),
    ("player_try_scorer_first", "first_try", Happens),
    ("player_try_scorer_last", "last_try", Happens),
    ("player_try_scorer_anytime", "anytime_try", Happens),
];

const SOCCER: &[PropRow] = &[
    ("player_shots", "shots", Figure),
    ("player_shots_on_target", "shots_on_target", Figure),
    ("player_assists", "assists", Figure),
    ("player_goal_scorer_anytime", "anytime_goal", Happens),
    ("player_first_goal_scorer", "first_goal", Happens),
    ("player_last_goal_scorer", "last_goal", Happens),
    ("player_to_receive_card", "card", Happens),
    ("player_to_receive_red_card", "red_card", Happens),
];

/// The question that a player key asks in a sport, and whether the key is a ladder of further lines (`_alternate`, `_over`).
pub(super) fn prop(sport: &str, key: &str) -> Option<(MarketKind, bool)> {
    let group = sport.split('_').next().unwrap_or_default();
    let find = |key: &str| answers::prop(PROPS, group, key);
    let ladder = || {
        let base = key.strip_suffix("_alternate").or_else(|| key.strip_suffix("_over"))?;
        find(base).filter(|(_, answer)| *answer == Figure)
    };
    let ((ours, answer), is_ladder) = find(key).map(|row| (row, false)).or_else(|| ladder().map(|row| (row, true)))?;
    Some((answer.asks(ours), is_ladder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice_in_a_sport() {
        answers::assert_no_words_twice(PROPS);
    }
}
