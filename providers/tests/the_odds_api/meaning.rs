//! What the words of a slot mean, and what is left unsaid where they mean nothing to us.

use odds::Line;
use odds::market::{Meaning, Stance, Words};
use providers::Provider;
use providers::the_odds_api::TheOddsApi;

fn read(sport: &str, market: &str, (name, description, point): (&str, &str, &str)) -> Option<Meaning> {
    let point = (!point.is_empty()).then(|| Line::parse(point).unwrap());
    TheOddsApi.meaning(sport, &Words { book: "x", market, name, description, point })
}

/// A meaning as `kind period subject side line`, with marks.
fn text(sport: &str, market: &str, words: (&str, &str, &str)) -> String {
    let Some(meaning) = read(sport, market, words) else { return "-".into() };
    let mut text = format!("{} {}", meaning.kind, meaning.period);
    text.extend(meaning.subject.iter().map(|subject| format!(" [{subject}]")));
    text.push_str(&format!(" {}", meaning.side));
    text.extend(meaning.line.iter().map(|line| format!(" {line}")));
    text.push_str(if meaning.is_alternate { " alternate" } else { "" });
    text.push_str(if meaning.stance == Stance::Lay { " lay" } else { "" });
    text
}

#[test]
fn game_markets_are_read_with_their_periods() {
    let nba = |market, words| text("basketball_nba", market, words);
    assert_eq!(nba("h2h", ("Boston Celtics", "", "")), "moneyline full Boston Celtics");
    assert_eq!(nba("h2h_q4", ("Boston Celtics", "", "")), "moneyline quarter_4 Boston Celtics");
    assert_eq!(nba("h2h_3_way_h1", ("Draw", "", "")), "three_way half_1 draw");
    assert_eq!(nba("spreads", ("Boston Celtics", "", "-4.5")), "spread full Boston Celtics -4.5");
    assert_eq!(nba("alternate_spreads_h2", ("Boston Celtics", "", "7")), "spread half_2 Boston Celtics 7 alternate");
    assert_eq!(nba("totals_q1", ("Over", "", "55.5")), "total quarter_1 over 55.5");
    assert_eq!(nba("team_totals", ("Under", "Miami Heat", "110.5")), "team_total full [Miami Heat] under 110.5");
    assert_eq!(nba("alternate_team_totals_h1", ("Over", "Miami Heat", "50")), "team_total half_1 [Miami Heat] over 50 alternate");
    assert_eq!(text("icehockey_nhl", "totals_p2", ("Under", "", "1.5")), "total period_2 under 1.5");
    assert_eq!(text("baseball_mlb", "spreads_1st_5_innings", ("A", "", "0.5")), "spread first_5_innings A 0.5");
    assert_eq!(text("baseball_mlb", "alternate_totals_1st_1_innings", ("Over", "", "0.5")), "total first_1_innings over 0.5 alternate");
}

#[test]
fn soccer_has_its_draws_corners_and_cards() {
    let epl = |market, words| text("soccer_epl", market, words);
    assert_eq!(epl("h2h", ("Draw", "", "")), "moneyline full draw");
    assert_eq!(epl("draw_no_bet", ("Fulham", "", "")), "draw_no_bet full Fulham");
    assert_eq!(epl("double_chance", ("Fulham or Draw", "", "")), "double_chance full Fulham or Draw");
    assert_eq!(epl("btts", ("Yes", "", "")), "both_teams_to_score full yes");
    assert_eq!(epl("alternate_totals_corners", ("Over", "", "9.5")), "corners_total full over 9.5 alternate");
    assert_eq!(epl("alternate_spreads_cards", ("Fulham", "", "-1.5")), "cards_spread full Fulham -1.5 alternate");
    assert_eq!(epl("player_to_receive_card", ("Yes", "A. Player", "")), "player_card full [A. Player] yes");
}

#[test]
fn a_lay_price_is_never_taken_for_a_back_price() {
    assert_eq!(text("soccer_epl", "h2h_lay", ("Draw", "", "")), "moneyline full draw lay");
    assert_eq!(text("golf_us_open_winner", "outrights_lay", ("A. Golfer", "", "")), "outright full A. Golfer lay");
    assert_eq!(text("golf_us_open_winner", "outrights", ("A. Golfer", "", "")), "outright full A. Golfer");
}

#[test]
fn the_same_key_asks_another_question_in_another_sport() {
    let over = ("Over", "A. Player", "1.5");
    assert_eq!(text("basketball_nba", "player_assists", over), "player_assists full [A. Player] over 1.5");
    assert_eq!(text("americanfootball_nfl", "player_assists", over), "player_tackle_assists full [A. Player] over 1.5");
    assert_eq!(text("basketball_nba", "player_field_goals", over), "player_field_goals_made full [A. Player] over 1.5");
    assert_eq!(text("americanfootball_nfl", "player_field_goals", over), "player_field_goals_kicked full [A. Player] over 1.5");
    assert_eq!(text("cricket_odi", "player_points", over), "-");
}

#[test]
fn ladders_ask_for_the_same_figure_as_their_standard_key() {
    let over = ("Over", "A. Player", "24.5");
    assert_eq!(text("basketball_nba", "player_points_alternate", over), "player_points full [A. Player] over 24.5 alternate");
    assert_eq!(text("aussierules_afl", "player_disposals", over), "player_disposals full [A. Player] over 24.5");
    assert_eq!(text("aussierules_afl", "player_disposals_over", over), "player_disposals full [A. Player] over 24.5 alternate");
    assert_eq!(
        text("rugbyleague_nrl", "player_try_scorer_over", ("Over", "A. Player", "1.5")),
        "player_tries full [A. Player] over 1.5 alternate"
    );
}

#[test]
fn feats_are_read_however_they_are_answered() {
    let nfl = |words| text("americanfootball_nfl", "player_anytime_td", words);
    assert_eq!(nfl(("Yes", "A. Player", "")), "player_anytime_td full [A. Player] yes");
    assert_eq!(nfl(("No", "A. Player", "")), "player_anytime_td full [A. Player] no");
    assert_eq!(nfl(("Over", "A. Player", "0.5")), "player_anytime_td full [A. Player] yes");
    assert_eq!(nfl(("A. Player", "", "")), "player_anytime_td full [A. Player] yes");
    assert_eq!(nfl(("No Touchdown", "", "")), "-");
    assert_eq!(nfl(("Yes", "", "")), "-");
    assert_eq!(nfl(("Over", "A. Player", "1.5")), "-");
}

#[test]
fn what_is_not_understood_has_no_meaning() {
    let nba = |market, words| text("basketball_nba", market, words);
    assert_eq!(nba("player_charm", ("Over", "A. Player", "1.5")), "-");
    assert_eq!(nba("h2h_q5", ("A", "", "")), "-");
    assert_eq!(nba("alternate_alternate_totals", ("Over", "", "1.5")), "-");
    assert_eq!(nba("totals", ("Over", "", "")), "-");
    assert_eq!(nba("totals", ("Between", "", "1.5")), "-");
    assert_eq!(nba("spreads", ("A", "", "")), "-");
    assert_eq!(nba("h2h", ("A", "", "1.5")), "-");
    assert_eq!(nba("team_totals", ("Over", "", "1.5")), "-");
    assert_eq!(nba("player_points", ("Over", "", "1.5")), "-");
    assert_eq!(nba("player_points", ("Over", "A. Player", "")), "-");
}

#[test]
fn every_market_key_of_the_wire_notes_has_a_meaning_in_its_sport() {
    let figures = ("Over", "A. Player", "1.5");
    let feats = ("Yes", "A. Player", "");
    let table: &[(&str, (&str, &str, &str), &str)] = &[
        (
            "americanfootball_nfl",
            figures,
            "player_pass_yds player_pass_tds player_pass_completions player_pass_attempts player_pass_interceptions player_pass_longest_completion player_rush_yds player_rush_attempts player_rush_tds player_rush_longest player_receptions player_reception_yds player_reception_tds player_reception_longest player_pass_rush_reception_yds player_pass_rush_reception_tds player_rush_reception_yds player_rush_reception_tds player_kicking_points player_field_goals player_defensive_interceptions player_sacks player_solo_tackles player_tackles_assists player_assists player_pats",
        ),
        ("americanfootball_ncaaf", feats, "player_anytime_td player_1st_td player_last_td"),
        (
            "basketball_wnba",
            figures,
            "player_points player_rebounds player_assists player_threes player_blocks player_steals player_turnovers player_blocks_steals player_points_rebounds_assists player_points_rebounds player_points_assists player_rebounds_assists player_field_goals player_frees_made player_frees_attempts",
        ),
        ("basketball_nba", feats, "player_double_double player_triple_double player_first_basket player_first_team_basket"),
        (
            "baseball_mlb",
            figures,
            "batter_hits batter_home_runs batter_total_bases batter_rbis batter_runs_scored batter_hits_runs_rbis batter_singles batter_doubles batter_triples batter_walks batter_strikeouts batter_stolen_bases pitcher_strikeouts pitcher_outs pitcher_hits_allowed pitcher_walks pitcher_earned_runs",
        ),
        ("baseball_mlb", feats, "pitcher_record_a_win batter_first_home_run"),
        (
            "icehockey_nhl",
            figures,
            "player_points player_goals player_assists player_power_play_points player_blocked_shots player_shots_on_goal player_total_saves",
        ),
        ("icehockey_nhl", feats, "player_goal_scorer_first player_goal_scorer_last player_goal_scorer_anytime"),
        (
            "aussierules_afl",
            figures,
            "player_disposals player_disposals_over player_goals_scored_over player_marks_over player_tackles_over player_afl_fantasy_points",
        ),
        (
            "aussierules_afl",
            feats,
            "player_marks_most player_tackles_most player_goal_scorer_first player_goal_scorer_last player_goal_scorer_anytime",
        ),
        ("rugbyleague_nrl", feats, "player_try_scorer_first player_try_scorer_last player_try_scorer_anytime"),
        (
            "soccer_epl",
            feats,
            "player_goal_scorer_anytime player_first_goal_scorer player_last_goal_scorer player_to_receive_card player_to_receive_red_card",
        ),
        ("soccer_epl", figures, "player_shots_on_target player_shots player_assists"),
    ];
    for (sport, words, keys) in table {
        for key in keys.split(' ') {
            let meaning = read(sport, key, *words).unwrap_or_else(|| panic!("{sport} {key}"));
            assert!(meaning.kind.is_prop());
        }
    }
}

#[test]
fn a_sport_key_is_our_league_only_where_it_surely_is() {
    let league = |key| TheOddsApi.league(key).map(|league| league.key);
    assert_eq!(league("basketball_nba_preseason"), Some("basketball.nba"));
    assert_eq!(league("soccer_epl"), Some("soccer.eng.1"));
    assert_eq!(league("basketball_nba_championship_winner"), None);
    assert_eq!(league("tennis_atp_dubai"), None);
}
