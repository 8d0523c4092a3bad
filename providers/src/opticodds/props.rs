//! Player markets by sport and label, in plain words and without `player`: the same words ask another question in another sport.
//!
//! Labels of the reference and of recorded replies; spellings beyond those are hearsay, and one that does not exist costs nothing.

use odds::market::MarketKind;

use crate::answers::Answer::{Figure, Happens};
use crate::answers::{self, PropRow};

/// Sports with their rows.
const PROPS: &[(&str, &[PropRow])] = &[
    ("football", FOOTBALL),
    ("basketball", BASKETBALL),
    ("baseball", BASEBALL),
    ("hockey", HOCKEY),
    ("soccer", SOCCER),
    ("aussie_rules", AUSSIE_RULES),
    ("rugby_league", RUGBY),
    ("rugby_union", RUGBY),
    ("tennis", TENNIS),
    ("golf", GOLF),
    ("mma", MMA),
    ("cricket", CRICKET),
];

const FOOTBALL: &[PropRow] = &[
    ("passing yards", "pass_yds", Figure),
    ("passing touchdowns", "pass_tds", Figure),
    ("passing completions", "pass_cmp", Figure),
    ("passing attempts", "pass_att", Figure),
    ("interceptions", "pass_int", Figure),
    ("passing interceptions", "pass_int", Figure),
    ("interceptions thrown", "pass_int", Figure),
    ("longest passing completion", "pass_longest", Figure),
    ("longest completion", "pass_longest", Figure),
    ("rushing yards", "rush_yds", Figure),
    ("rushing attempts", "rush_att", Figure),
    ("rushing touchdowns", "rush_tds", Figure),
    ("longest rush", "rush_longest", Figure),
    ("longest rushing attempt", "rush_longest", Figure),
    ("receptions", "receptions", Figure),
    ("receiving yards", "rec_yds", Figure),
    ("receiving touchdowns", "rec_tds", Figure),
    ("receiving targets", "targets", Figure),
    ("targets", "targets", Figure),
    ("longest reception", "rec_longest", Figure),
    ("passing rushing yards", "pass_rush_yds", Figure),
    ("rushing receiving yards", "rush_rec_yds", Figure),
    ("rushing receiving touchdowns", "rush_rec_tds", Figure),
    ("passing rushing receiving yards", "pass_rush_rec_yds", Figure),
    ("kicking points", "kicking_points", Figure),
    ("field goals made", "field_goals_kicked", Figure),
    ("extra points made", "extra_points_kicked", Figure),
    ("defensive interceptions", "def_int", Figure),
    ("sacks", "sacks", Figure),
    ("solo tackles", "solo_tackles", Figure),
    ("tackle assists", "tackle_assists", Figure),
    ("tackles assists", "tackles_assists", Figure),
    ("touchdowns", "tds", Figure),
    ("anytime touchdown scorer", "anytime_td", Happens),
    ("first touchdown scorer", "first_td", Happens),
    ("last touchdown scorer", "last_td", Happens),
];

const BASKETBALL: &[PropRow] = &[
    ("points", "points", Figure),
    ("rebounds", "rebounds", Figure),
    ("assists", "assists", Figure),
    ("made threes", "threes", Figure),
    ("threes", "threes", Figure),
    ("blocks", "blocks", Figure),
    ("steals", "steals", Figure),
    ("turnovers", "turnovers", Figure),
    ("steals blocks", "blocks_steals", Figure),
    ("blocks steals", "blocks_steals", Figure),
    ("points rebounds assists", "pra", Figure),
    ("points rebounds", "pr", Figure),
    ("points assists", "pa", Figure),
    ("rebounds assists", "ra", Figure),
    ("made field goals", "field_goals_made", Figure),
    ("made free throws", "free_throws_made", Figure),
    ("double double", "double_double", Happens),
    ("triple double", "triple_double", Happens),
    ("first basket", "first_basket", Happens),
    ("first field goal", "first_basket", Happens),
];

const BASEBALL: &[PropRow] = &[
    ("hits", "hits", Figure),
    ("home runs", "home_runs", Figure),
    ("bases", "total_bases", Figure),
    ("total bases", "total_bases", Figure),
    ("rbis", "rbis", Figure),
    ("runs", "runs", Figure),
    ("hits runs rbis", "hrr", Figure),
    ("singles", "singles", Figure),
    ("doubles", "doubles", Figure),
    ("triples", "triples", Figure),
    ("batting walks", "walks", Figure),
    ("batting strikeouts", "strikeouts", Figure),
    ("stolen bases", "stolen_bases", Figure),
    ("strikeouts", "pitcher_strikeouts", Figure),
    ("outs", "pitcher_outs", Figure),
    ("hits allowed", "pitcher_hits_allowed", Figure),
    ("walks", "pitcher_walks", Figure),
    ("walks allowed", "pitcher_walks", Figure),
    ("earned runs", "pitcher_earned_runs", Figure),
    ("to record win", "pitcher_win", Happens),
    ("first home run", "first_home_run", Happens),
];

const HOCKEY: &[PropRow] = &[
    ("points", "points", Figure),
    ("goals", "goals", Figure),
    ("assists", "assists", Figure),
    ("power play points", "power_play_points", Figure),
    ("blocked shots", "blocked_shots", Figure),
    ("shots on goal", "shots", Figure),
    ("saves", "saves", Figure),
    ("goalie saves", "saves", Figure),
    ("first goal scorer", "first_goal", Happens),
    ("last goal scorer", "last_goal", Happens),
    ("anytime goal scorer", "anytime_goal", Happens),
];

const SOCCER: &[PropRow] = &[
    ("shots", "shots", Figure),
    ("shots on target", "shots_on_target", Figure),
    ("goals", "goals", Figure),
    ("assists", "assists", Figure),
    ("saves", "saves", Figure),
    ("goalkeeper saves", "saves", Figure),
    ("tackles", "tackles", Figure),
    ("passes", "passes", Figure),
    ("fouls committed", "fouls", Figure),
    ("anytime goal scorer", "anytime_goal", Happens),
    ("first goal scorer", "first_goal", Happens),
    ("last goal scorer", "last_goal", Happens),
    ("to receive card", "card", Happens),
    ("to be booked", "card", Happens),
    ("to receive red card", "red_card", Happens),
];

const AUSSIE_RULES: &[PropRow] = &[
    ("disposals", "disposals", Figure),
    ("goals", "goals", Figure),
    ("marks", "marks", Figure),
    ("tackles", "tackles", Figure),
    ("kicks", "kicks", Figure),
    ("handballs", "handballs", Figure),
    ("fantasy points", "fantasy_points", Figure),
    ("anytime goal scorer", "anytime_goal", Happens),
    ("first goal scorer", "first_goal", Happens),
    ("last goal scorer", "last_goal", Happens),
];

const RUGBY: &[PropRow] = &[
    ("tries", "tries", Figure),
    ("tackles", "tackles", Figure),
    ("anytime try scorer", "anytime_try", Happens),
    ("first try scorer", "first_try", Happens),
    ("last try scorer", "last_try", Happens),
];

const TENNIS: &[PropRow] = &[("aces", "aces", Figure), ("double faults", "double_faults", Figure), ("games won", "games_won", Figure)];

const GOLF: &[PropRow] = &[
    ("birdies or better", "birdies", Figure),
    ("birdies", "birdies", Figure),
    ("bogeys or worse", "bogeys", Figure),
    ("strokes", "strokes", Figure),
];

const MMA: &[PropRow] =
    &[("significant strikes", "significant_strikes", Figure), ("takedowns", "takedowns", Figure), ("fight time", "fight_minutes", Figure)];

const CRICKET: &[PropRow] =
    &[("runs", "runs", Figure), ("wickets", "wickets", Figure), ("fours", "fours", Figure), ("sixes", "sixes", Figure)];

/// The question that plain words ask in a sport. A figure must be said to be a player's; a feat can only be one.
pub(super) fn prop(sport: &str, words: &str) -> Option<MarketKind> {
    let (label, is_said) = words.strip_prefix("player ").map_or((words, false), |label| (label, true));
    let (ours, answer) = answers::prop(PROPS, sport, label)?;
    (is_said || answer == Happens).then(|| answer.asks(ours))
}

#[cfg(test)]
mod tests {
    use super::super::words::plain;
    use super::*;

    #[test]
    fn no_label_stands_twice_in_a_sport_and_all_are_plain() {
        answers::assert_no_words_twice(PROPS);
        for (label, ..) in PROPS.iter().flat_map(|(_, rows)| *rows) {
            assert_eq!(plain(label), *label);
        }
    }
}
