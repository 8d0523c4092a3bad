//! Grades from a table that people can read, and the laws that grades keep.

use proptest::prelude::*;

use super::*;
use crate::market::{CountedKind, MarketKind, Period};
use crate::stat::{Amount, StatLine};

const SIDES: Sides<'_> = Sides { home: "Washington", away: "Washington State" };

fn line(text: &str) -> Option<Line> {
    Some(Line::parse(text).unwrap())
}

fn named(name: &str) -> Side {
    Side::Named(name.to_owned())
}

fn graded(meaning: &Meaning, home: u32, away: u32) -> Result<Grade, GradeError> {
    grade(meaning, SIDES, Ending::Score { home, away }, Ways::Two)
}

fn of(kind: MarketKind, side: Side, point: Option<&str>, home: u32, away: u32) -> Grade {
    graded(&Meaning::of(kind, side, point.and_then(line)), home, away).unwrap()
}

#[test]
fn a_draw_returns_a_two_way_moneyline_and_loses_a_three_way_one() {
    for side in [Side::Home, Side::Away, named("Washington")] {
        let meaning = Meaning::of(MarketKind::Moneyline, side.clone(), None);
        let drawn = |ways| grade(&meaning, SIDES, Ending::Score { home: 1, away: 1 }, ways);
        assert_eq!((drawn(Ways::Two), drawn(Ways::Three)), (Ok(Grade::Push), Ok(Grade::Loss)));
        assert_eq!(of(MarketKind::ThreeWay, side.clone(), None, 1, 1), Grade::Loss);
        assert_eq!(of(MarketKind::DrawNoBet, side, None, 1, 1), Grade::Push);
    }
    let draw = Meaning::of(MarketKind::Moneyline, Side::Draw, None);
    assert_eq!(grade(&draw, SIDES, Ending::Score { home: 1, away: 1 }, Ways::Three), Ok(Grade::Win));
    assert!(matches!(graded(&draw, 1, 1), Err(GradeError::SideDoesNotFit { .. })));
    assert_eq!(of(MarketKind::ThreeWay, Side::Draw, None, 2, 1), Grade::Loss);
    assert_eq!([2, 3, 4].map(Ways::of_answers), [Some(Ways::Two), Some(Ways::Three), None]);
}

#[test]
fn a_name_within_another_is_not_that_name() {
    assert_eq!(of(MarketKind::Moneyline, named("Washington State"), None, 10, 20), Grade::Win);
    assert_eq!(of(MarketKind::Moneyline, named("Washington"), None, 10, 20), Grade::Loss);
    let unknown = Meaning::of(MarketKind::Moneyline, named("Wash"), None);
    assert!(matches!(graded(&unknown, 1, 0), Err(GradeError::SideDoesNotFit { .. })));
    let same = Sides { home: "A", away: "A" };
    assert!(grade(&Meaning::of(MarketKind::Moneyline, named("A"), None), same, Ending::Score { home: 1, away: 0 }, Ways::Two).is_err());
}

#[test]
fn handicaps_are_graded_in_quarters() {
    use Grade::{HalfLoss, HalfWin, Loss, Push, Win};
    let table = [
        ("-0.25", 1, 0, Win),
        ("-0.25", 0, 0, HalfLoss),
        ("-0.25", 0, 1, Loss),
        ("0.25", 0, 0, HalfWin),
        ("-0.75", 1, 0, HalfWin),
        ("-0.75", 2, 0, Win),
        ("-0.75", 0, 0, Loss),
        ("0.75", 0, 1, HalfLoss),
        ("-1", 1, 0, Push),
        ("-1.25", 1, 0, HalfLoss),
        ("-1.75", 2, 0, HalfWin),
        ("0", 1, 1, Push),
        ("-3.5", 24, 21, Loss),
        ("-3", 24, 21, Push),
        ("-2.5", 24, 21, Win),
    ];
    for (point, home, away, expected) in table {
        assert_eq!(of(MarketKind::Spread, Side::Home, Some(point), home, away), expected, "home {point} at {home}:{away}");
        assert_eq!(of(MarketKind::Spread, named("Washington State"), Some(point), away, home), expected, "away {point}");
        assert_eq!(of(MarketKind::Counted("corners", CountedKind::Spread), Side::Home, Some(point), home, away), expected);
    }
}

#[test]
fn totals_are_graded_in_quarters() {
    use Grade::{HalfLoss, HalfWin, Loss, Push, Win};
    let table = [("2.5", Win), ("2.75", HalfWin), ("3", Push), ("3.25", HalfLoss), ("3.5", Loss)];
    for (point, over) in table {
        assert_eq!(of(MarketKind::Total, Side::Over, Some(point), 2, 1), over, "over {point}");
        assert_eq!(of(MarketKind::Total, Side::Under, Some(point), 2, 1), over.mirrored(), "under {point}");
        let team = Meaning { subject: Some("Washington".into()), ..Meaning::of(MarketKind::TeamTotal, Side::Over, line(point)) };
        assert_eq!(graded(&team, 3, 9), Ok(over), "team {point}");
    }
}

#[test]
fn a_team_total_needs_a_team_that_plays() {
    let nobody = Meaning::of(MarketKind::TeamTotal, Side::Over, line("2.5"));
    let stranger = Meaning { subject: Some("Oregon".into()), ..nobody.clone() };
    for meaning in [nobody, stranger] {
        assert!(matches!(graded(&meaning, 3, 0), Err(GradeError::SubjectUnknown { .. })));
    }
}

#[test]
fn both_teams_score_or_not() {
    for (home, away, yes) in [(0, 0, Grade::Loss), (3, 0, Grade::Loss), (0, 1, Grade::Loss), (1, 1, Grade::Win)] {
        assert_eq!(of(MarketKind::BothTeamsToScore, Side::Yes, None, home, away), yes);
        assert_eq!(of(MarketKind::BothTeamsToScore, Side::No, None, home, away), yes.mirrored());
    }
}

#[test]
fn a_sum_is_odd_or_even_and_none_at_all_is_even() {
    for (home, away, odd) in [(0, 0, Grade::Loss), (1, 0, Grade::Win), (1, 1, Grade::Loss), (110, 97, Grade::Win)] {
        assert_eq!(of(MarketKind::OddEven, Side::Odd, None, home, away), odd);
        assert_eq!(of(MarketKind::OddEven, Side::Even, None, home, away), odd.mirrored());
    }
    assert!(graded(&Meaning::of(MarketKind::OddEven, Side::Over, None), 1, 0).is_err());
}

#[test]
fn a_double_chance_wins_on_either_of_its_two() {
    let names = ["Washington or Draw", "Draw or Washington State", "Washington or Washington State", "Away/Draw", "Home or Away"];
    let results = [(2, 1), (1, 1), (1, 2)];
    let won = ["WW-", "-WW", "W-W", "-WW", "W-W"];
    for (name, won) in names.into_iter().zip(won) {
        for ((home, away), won) in results.into_iter().zip(won.chars()) {
            assert_eq!(of(MarketKind::DoubleChance, named(name), None, home, away), Grade::when(won == 'W'), "{name} {home}:{away}");
        }
    }
    for name in ["Washington", "Draw or Draw", "Oregon or Draw", "or", ""] {
        assert!(graded(&Meaning::of(MarketKind::DoubleChance, named(name), None), 1, 0).is_err(), "{name}");
    }
    let odd = Sides { home: "Win or Draw", away: "B" };
    let meaning = Meaning::of(MarketKind::DoubleChance, named("Win or Draw or B"), None);
    assert_eq!(grade(&meaning, odd, Ending::Score { home: 0, away: 0 }, Ways::Three), Ok(Grade::Loss));
}

#[test]
fn a_players_figure_is_over_or_under_or_void() {
    let stat = |side, point| Meaning::of(MarketKind::PlayerStat("points"), side, line(point));
    let cases = [("20.5", Grade::Win), ("21", Grade::Push), ("21.5", Grade::Loss), ("20.75", Grade::Win)];
    for (point, over) in cases {
        assert_eq!(grade_figure(&stat(Side::Over, point), Figure::Milli(21_000)), Ok(over));
        assert_eq!(grade_figure(&stat(Side::Under, point), Figure::Milli(21_000)), Ok(over.mirrored()));
    }
    assert_eq!(grade_figure(&stat(Side::Over, "41.2"), Figure::Milli(41_250)), Ok(Grade::Win));
    assert_eq!(grade_figure(&stat(Side::Over, "20.5"), Figure::DidNotPlay), Ok(Grade::Void));
    assert!(grade_figure(&stat(Side::Yes, "20.5"), Figure::Milli(0)).is_err());
    assert!(grade_figure(&Meaning::of(MarketKind::Total, Side::Over, line("2.5")), Figure::Milli(0)).is_err());
    assert!(matches!(
        grade_figure(&Meaning::of(MarketKind::PlayerStat("points"), Side::Over, None), Figure::DidNotPlay),
        Err(GradeError::NoLine { .. })
    ));
}

fn played(stats: &[(&str, i32)]) -> StatLine {
    let stats = stats.iter().map(|(name, number)| ((*name).to_owned(), Amount::whole(*number))).collect();
    StatLine { player: "A Player".to_owned(), stats, ..StatLine::default() }
}

#[test]
fn a_prop_is_graded_by_what_the_player_did() {
    let box_score = played(&[("points", 20), ("rebounds", 10), ("assists", 5), ("goals", 0), ("tds", 1)]);
    let stat = |name, side, point| grade_player(&Meaning::of(MarketKind::PlayerStat(name), side, line(point)), &box_score);
    assert_eq!(stat("points", Side::Over, "19.5"), Ok(Grade::Win));
    assert_eq!(stat("pra", Side::Over, "35"), Ok(Grade::Push));
    assert_eq!(stat("pra", Side::Under, "35.5"), Ok(Grade::Win));
    assert!(matches!(stat("threes", Side::Over, "0.5"), Err(GradeError::NotStated { .. })), "not stated is not nought");
    let feat = |name, side| grade_player(&Meaning::of(MarketKind::PlayerFeat(name), side, None), &box_score);
    assert_eq!(feat("anytime_td", Side::Yes), Ok(Grade::Win));
    assert_eq!((feat("anytime_goal", Side::Yes), feat("anytime_goal", Side::No)), (Ok(Grade::Loss), Ok(Grade::Win)));
    assert_eq!(feat("double_double", Side::Yes), Ok(Grade::Win));
    assert!(matches!(feat("first_td", Side::Yes), Err(GradeError::NotStated { .. })));
    assert!(matches!(feat("anytime_td", Side::Over), Err(GradeError::SideDoesNotFit { .. })));
}

#[test]
fn a_prop_on_a_part_of_the_event_is_not_graded_by_the_whole() {
    for kind in [MarketKind::PlayerStat("points"), MarketKind::PlayerFeat("anytime_td")] {
        let quarter = Meaning { period: Period::Quarter(1), ..Meaning::of(kind, Side::Over, line("4.5")) };
        assert!(matches!(grade_player(&quarter, &played(&[("points", 20), ("tds", 1)])), Err(GradeError::NotDecided { .. })));
    }
    let total = Meaning::of(MarketKind::Total, Side::Over, line("4.5"));
    assert!(matches!(grade_player(&total, &played(&[("points", 20)])), Err(GradeError::NotDecided { .. })));
}

#[test]
fn who_took_no_part_voids_every_prop_and_a_lay_is_turned() {
    let out = StatLine { did_not_play: true, ..played(&[]) };
    for meaning in [
        Meaning::of(MarketKind::PlayerStat("pra"), Side::Over, line("20.5")),
        Meaning { stance: Stance::Lay, ..Meaning::of(MarketKind::PlayerFeat("anytime_td"), Side::Yes, None) },
    ] {
        assert_eq!(grade_player(&meaning, &out), Ok(Grade::Void));
    }
    let lay = Meaning { stance: Stance::Lay, ..Meaning::of(MarketKind::PlayerFeat("anytime_td"), Side::Yes, None) };
    assert_eq!(grade_player(&lay, &played(&[("tds", 2)])), Ok(Grade::Loss));
}

#[test]
fn a_lay_is_the_other_end_of_the_bet() {
    let lay = Meaning { stance: Stance::Lay, ..Meaning::of(MarketKind::Spread, Side::Home, line("-0.75")) };
    assert_eq!(graded(&lay, 1, 0), Ok(Grade::HalfLoss));
    assert_eq!(grade(&lay, SIDES, Ending::Void, Ways::Two), Ok(Grade::Void));
}

#[test]
fn what_was_not_played_is_void_and_what_cannot_be_graded_is_refused() {
    let total = Meaning::of(MarketKind::Total, Side::Over, line("2.5"));
    assert_eq!(grade(&total, SIDES, Ending::Void, Ways::Two), Ok(Grade::Void));
    for kind in [MarketKind::Outright, MarketKind::PlayerStat("points"), MarketKind::PlayerFeat("anytime_td")] {
        assert!(matches!(graded(&Meaning::of(kind, Side::Yes, None), 1, 0), Err(GradeError::NotDecided { .. })));
    }
    for (kind, side) in [(MarketKind::Spread, Side::Home), (MarketKind::Total, Side::Over)] {
        assert!(matches!(graded(&Meaning::of(kind, side, None), 1, 0), Err(GradeError::NoLine { .. })));
    }
    let misfits = [(MarketKind::Spread, Side::Draw), (MarketKind::Total, Side::Home), (MarketKind::BothTeamsToScore, Side::Over)];
    for (kind, side) in misfits {
        assert!(matches!(graded(&Meaning::of(kind, side, line("0")), 1, 0), Err(GradeError::SideDoesNotFit { .. })));
    }
}

/// Lines around low scores in quarters, and anything at all.
fn any_line() -> impl Strategy<Value = Line> {
    prop_oneof![3 => (-40_i32..40).prop_map(|quarters| quarters * 250), 1 => any::<i32>()].prop_map(Line::from_milli)
}

proptest! {
    #[test]
    fn over_and_under_are_two_ends_of_one_bet(point in any_line(), home in 0_u32..8, away in 0_u32..8) {
        let side = |side| graded(&Meaning::of(MarketKind::Total, side, Some(point)), home, away).unwrap();
        prop_assert_eq!(side(Side::Over), side(Side::Under).mirrored());
    }

    #[test]
    fn a_line_and_its_negation_are_two_ends_of_one_bet(
        point in any_line().prop_filter("has a negation", |line| line.milli() != i32::MIN), home in 0_u32..8, away in 0_u32..8,
    ) {
        let side = |side, point| graded(&Meaning::of(MarketKind::Spread, side, Some(point)), home, away).unwrap();
        prop_assert_eq!(side(Side::Home, point), side(Side::Away, point.negated()).mirrored());
    }

    #[test]
    fn a_quarter_line_lies_between_its_neighbours(quarters in -20_i32..20, home in 0_u32..8, away in 0_u32..8) {
        let at = |milli| graded(&Meaning::of(MarketKind::Spread, Side::Home, Some(Line::from_milli(milli))), home, away).unwrap();
        let (below, quarter, above) = (at(quarters * 500), at(quarters * 500 + 250), at(quarters * 500 + 500));
        prop_assert!(below <= quarter && quarter <= above);
        prop_assert_eq!(quarter, Grade::halves(below, above));
        prop_assert!((below, above) != (Grade::Loss, Grade::Win));
    }

    #[test]
    fn exactly_one_of_three_ways_wins(home in any::<u32>(), away in any::<u32>()) {
        let won = [Side::Home, Side::Draw, Side::Away].into_iter().filter(|side| {
            of(MarketKind::ThreeWay, side.clone(), None, home, away) == Grade::Win
        });
        prop_assert_eq!(won.count(), 1);
    }

    #[test]
    fn any_score_and_line_give_a_grade(home in any::<u32>(), away in any::<u32>(), point in any_line(), figure in any::<i64>()) {
        for kind in [MarketKind::Spread, MarketKind::Total] {
            for side in [Side::Home, Side::Over] {
                let _ = graded(&Meaning::of(kind.clone(), side, Some(point)), home, away);
            }
        }
        let stat = |side| grade_figure(&Meaning::of(MarketKind::PlayerStat("points"), side, Some(point)), Figure::Milli(figure)).unwrap();
        prop_assert_eq!(stat(Side::Over), stat(Side::Under).mirrored());
    }
}
