//! What their words mean.

use odds::Line;
use odds::market::Words;
use providers::Provider;
use providers::opticodds::OpticOdds;

/// `kind period subject side line flags` of words, or `-`.
fn means(sport: &str, market: &str, name: &str, description: &str, point: &str) -> String {
    let point = if point.is_empty() { None } else { Some(Line::parse(point).unwrap()) };
    let words = Words { book: "pinnacle", market, name, description, point };
    let Some(meaning) = OpticOdds.meaning(sport, &words) else { return "-".to_owned() };
    let line = meaning.line.map(|line| format!(" {line}")).unwrap_or_default();
    let subject = meaning.subject.map(|subject| format!(" [{subject}]")).unwrap_or_default();
    let flags = [(meaning.is_alternate, " alternate"), (meaning.is_milestone, " milestone")]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| *word)
        .collect::<String>();
    format!("{} {}{subject} {}{line}{flags}", meaning.kind, meaning.period, meaning.side)
}

#[test]
fn game_lines_of_every_sport_mean_the_same() {
    let cases = [
        ("baseball/mlb", "moneyline", "Harbor Gulls", "", "", "moneyline full Harbor Gulls"),
        ("baseball/mlb", "run_line", "Harbor Gulls", "", "-1.5", "spread full Harbor Gulls -1.5"),
        ("hockey/nhl", "puck_line:alternate", "Bay Cats", "", "1.5", "spread full Bay Cats 1.5 alternate"),
        ("soccer/england_-_premier_league", "goal_spread", "Sea Foxes", "", "0.25", "spread full Sea Foxes 0.25"),
        ("soccer/england_-_premier_league", "moneyline_3-way", "Draw", "", "", "three_way full draw"),
        ("soccer/england_-_premier_league", "both_teams_to_score", "Yes", "", "", "both_teams_to_score full yes"),
        ("tennis/atp", "2nd_set_total_games", "Over", "", "9.5", "total set_2 over 9.5"),
        ("tennis/atp", "set_handicap", "Ann Lee", "", "-1.5", "sets_spread full Ann Lee -1.5"),
        ("football/nfl", "1st_half_moneyline", "Bay Cats", "", "", "moneyline half_1 Bay Cats"),
        ("basketball/nba", "4th_quarter_moneyline_3-way", "Draw", "", "", "three_way quarter_4 draw"),
        ("aussie_rules/afl", "1st_half_team_total", "Over", "Bay Cats", "45.5", "team_total half_1 [Bay Cats] over 45.5"),
        ("baseball/mlb", "1st_5_innings_total_runs", "Under", "", "4.5", "total first_5_innings under 4.5"),
        ("baseball/mlb", "3rd_inning_total_runs", "Over", "", "0.5", "total inning_3 over 0.5"),
        ("mma/ufc", "total_rounds", "Under", "", "2.5", "total full under 2.5"),
        ("soccer/x", "total_goals_odd_even", "Odd", "", "", "odd_even full odd"),
        ("basketball/nba", "2nd_quarter_total_points_odd_even", "Even", "", "", "odd_even quarter_2 even"),
        ("baseball/mlb/futures", "futures", "Harbor Gulls", "", "", "outright full Harbor Gulls"),
    ];
    for (sport, market, name, description, point, meaning) in cases {
        assert_eq!(means(sport, market, name, description, point), meaning, "{sport} {market}");
    }
}

#[test]
fn player_markets_ask_what_they_ask_in_their_sport() {
    let cases = [
        ("football/nfl", "player_passing_yards", "Over", "Lou Ash", "247.5", "player_pass_yds full [Lou Ash] over 247.5"),
        ("football/nfl", "player_passing_+_rushing_yards", "Under", "Lou Ash", "280.5", "player_pass_rush_yds full [Lou Ash] under 280.5"),
        ("football/nfl", "anytime_touchdown_scorer", "Lou Ash", "", "", "player_anytime_td full [Lou Ash] yes"),
        ("basketball/nba", "Player Points + Rebounds + Assists", "Over", "Ann Lee", "40.5", "player_pra full [Ann Lee] over 40.5"),
        ("basketball/nba", "1st_quarter_player_points", "Over", "Ann Lee", "6.5", "player_points quarter_1 [Ann Lee] over 6.5"),
        ("basketball/nba", "double_double", "Yes", "Ann Lee", "", "player_double_double full [Ann Lee] yes"),
        ("basketball/nba", "double_double", "Under", "Ann Lee", "0.5", "player_double_double full [Ann Lee] no"),
        ("baseball/mlb", "player_strikeouts", "Over", "Sam Reed", "5.5", "player_pitcher_strikeouts full [Sam Reed] over 5.5"),
        ("baseball/mlb", "player_hits_+_runs_+_rbis", "Over", "Sam Reed", "1.5", "player_hrr full [Sam Reed] over 1.5"),
        ("hockey/nhl", "player_shots_on_goal", "Over", "Bea Moss", "2.5", "player_shots full [Bea Moss] over 2.5"),
        ("soccer/usa_-_major_league_soccer", "first_goal_scorer", "Bea Moss", "", "", "player_first_goal full [Bea Moss] yes"),
        ("aussie_rules/afl", "player_disposals", "Over", "Cy Orr", "24.5", "player_disposals full [Cy Orr] over 24.5"),
        ("tennis/wta", "player_aces", "Over", "Ann Lee", "3.5", "player_aces full [Ann Lee] over 3.5"),
        ("golf/pga", "player_birdies_or_better", "Over", "Dee Park", "3.5", "player_birdies full [Dee Park] over 3.5"),
        ("mma/ufc", "player_significant_strikes", "Over", "Cy Orr", "40.5", "player_significant_strikes full [Cy Orr] over 40.5"),
        ("cricket/ipl", "player_runs", "Over", "Dee Park", "30.5", "player_runs full [Dee Park] over 30.5"),
    ];
    for (sport, market, name, description, point, meaning) in cases {
        assert_eq!(means(sport, market, name, description, point), meaning, "{sport} {market}");
    }
}

#[test]
fn so_many_or_more_is_over_a_half_less_and_says_so() {
    let ten = "player_points full [Ann Lee] over 9.5 alternate milestone";
    for (name, description, point) in
        [("Ann Lee 10+", "Ann Lee", "10"), ("Ann Lee 10+", "", ""), ("10+", "Ann Lee", "9.5"), ("10+", "Ann Lee", "")]
    {
        assert_eq!(means("basketball/nba", "player_points:alternate", name, description, point), ten, "{name} {description} {point}");
    }
    assert_eq!(
        means("basketball/nba", "player_points", "Ann Lee 10+", "Ann Lee", "12"),
        "-",
        "the name and the point contradict each other"
    );
    assert_eq!(means("basketball/nba", "player_points", "Bea Moss 10+", "Ann Lee", "10"), "-");
    assert_eq!(means("basketball/nba", "player_points", "10+", "", ""), "-");
}

#[test]
fn what_is_not_understood_means_nothing() {
    for (sport, market, name, description, point) in [
        ("soccer/x", "total_goals_odd_even", "Over", "", ""),
        ("soccer/x", "total_goals_odd_even", "Odd", "", "2.5"),
        ("baseball/mlb", "moneyline", "Harbor Gulls", "", "1.5"),
        ("baseball/mlb", "run_line", "Harbor Gulls", "", ""),
        ("baseball/mlb", "total_runs", "Over", "Harbor Gulls", "4.5"),
        ("baseball/mlb", "team_total", "Over", "", "4.5"),
        ("baseball/mlb", "total_runs", "Over 8 (1st only)", "", "8"),
        ("chess/x", "player_points", "Over", "Ann Lee", "1.5"),
        ("basketball/nba", "points", "Over", "Ann Lee", "1.5"),
        ("football/nfl", "anytime_touchdown_scorer", "No Touchdown Scorer", "", ""),
    ] {
        assert_eq!(means(sport, market, name, description, point), "-", "{sport} {market} {name}");
    }
}
