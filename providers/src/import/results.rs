//! What came of the event of a row: told once it is over, or when the table says that it was.

use odds::Moment;
use odds::decimal::parse_scaled;
use odds::observation::{FactKind, FactSeen, Refusal};
use odds::reply::Basis;

use super::cells::Column;
use super::decode::{Kickoff, Row};
use super::gather::{Gathered, Stated};
use super::plan::{PointsPlan, ResultPlan};

/// Points of the two sides, as far as the row tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Points {
    home: Option<i64>,
    away: Option<i64>,
}

/// Takes in the result of a row.
pub(super) fn read<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>) {
    let Some(result) = row.plan.result.as_ref().filter(|result| result.only.as_ref().is_none_or(|only| only.holds(row.cells))) else {
        return;
    };
    let points = match points(result, row) {
        Ok(Some(points)) => points,
        Ok(None) => return,
        Err((column, reason, wrong)) => return gathered.problem(row.place(column), reason, wrong),
    };
    let place = match &result.points {
        PointsPlan::Both(home, _) => row.place(*home),
        PointsPlan::One(_, points) => row.place(*points),
    };
    let (at, basis) = match moment(result, row) {
        Ok(told) => told,
        Err(wrong) => return gathered.problem(place, Refusal::BadTime, wrong),
    };
    let mut facts = vec![(FactKind::Status, "final".to_owned())];
    facts.extend(points.home.map(|home| (FactKind::HomeScore, home.to_string())));
    facts.extend(points.away.map(|away| (FactKind::AwayScore, away.to_string())));
    match periods(result, row, points) {
        Ok(periods) => facts.extend(periods.map(|told| (FactKind::PeriodScores, told))),
        Err(wrong) => gathered.problem(place.clone(), Refusal::Contradiction, wrong),
    }
    for (kind, value) in facts {
        let fact = FactSeen { kind, subject: "".into(), value: value.clone().into() };
        if let Stated::Disputed(before) = gathered.state(at, basis, row.told, fact) {
            let before = before.map(|before| format!(", and {before} before: neither is taken")).unwrap_or_default();
            gathered.problem(place.clone(), Refusal::Contradiction, format!("{}: {value}{before}", kind.as_str()));
        }
    }
}

fn moment(result: &ResultPlan, row: &Row<'_, '_>) -> Result<(Moment, Basis), String> {
    let Some(Kickoff { start, over, .. }) = row.kickoff else { return Err("a result whose event has no start".to_owned()) };
    let Some(at) = &result.at else { return Ok((over, Basis::Phase)) };
    let told = at.read(&|column| &*row.cells[column])?;
    if told.at < start {
        return Err(format!("a result told at {}, before the start at {start}", told.at));
    }
    Ok((told.at, if told.is_assumed { Basis::Assumed } else { Basis::Stated }))
}

type Wrong = (Column, Refusal, String);

/// The points of a row; `None` where it tells none.
fn points(result: &ResultPlan, row: &Row<'_, '_>) -> Result<Option<Points>, Wrong> {
    let (home, away) = match &result.points {
        PointsPlan::Both(home, away) => (Some(*home), Some(*away)),
        PointsPlan::One(side, column) => match is_home(&side.of(row.cells), row) {
            _ if row.plan.is_absent(&row.cells[*column]) => return Ok(None),
            Some(true) => (Some(*column), None),
            Some(false) => (None, Some(*column)),
            None => {
                let wrong = format!("{:?} is no side of the event", side.of(row.cells));
                return Err((*column, Refusal::MissingField, wrong));
            }
        },
    };
    let of = |column: Option<Column>| {
        let Some(column) = column else { return Ok(None) };
        let text = &*row.cells[column];
        whole(text).map(Some).ok_or_else(|| (column, Refusal::NotTheShape, format!("{text:?} is no number of points")))
    };
    if home.iter().chain(&away).any(|column| row.plan.is_absent(&row.cells[*column])) {
        return Ok(None);
    }
    let (home, away) = (of(home)?, of(away)?);
    let is_of_both = matches!(result.points, PointsPlan::Both(..));
    Ok(Some(if is_of_both && row.is_swapped { Points { home: away, away: home } } else { Points { home, away } }))
}

/// Whether a row's own side is the home side of the event; `None` where it is neither.
fn is_home(side: &str, row: &Row<'_, '_>) -> Option<bool> {
    let name = |kind| row.told.facts.iter().find(|fact| fact.kind == kind).map(|fact| &*fact.value);
    match side {
        "home" => Some(!row.is_swapped),
        "away" => Some(row.is_swapped),
        named if Some(named) == name(FactKind::Home) => Some(true),
        named if Some(named) == name(FactKind::Away) => Some(false),
        _ => None,
    }
}

fn whole(text: &str) -> Option<i64> {
    parse_scaled(text, 0).ok().filter(|points| points.is_exact && points.units >= 0).map(|points| points.units)
}

fn periods(result: &ResultPlan, row: &Row<'_, '_>, points: Points) -> Result<Option<String>, &'static str> {
    let (mut of_home, mut of_away) = (&result.home_periods, &result.away_periods);
    if row.is_swapped {
        std::mem::swap(&mut of_home, &mut of_away);
    }
    let read = |columns: &[Column]| -> Option<Vec<i64>> {
        let told = columns.iter().map(|column| &*row.cells[*column]).filter(|cell| !row.plan.is_absent(cell));
        told.map(whole).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
    };
    let (Some(of_home), Some(of_away)) = (read(of_home), read(of_away)) else { return Ok(None) };
    let sums = (Some(of_home.iter().sum::<i64>()), Some(of_away.iter().sum::<i64>()));
    if sums != (points.home, points.away) {
        return Err("the periods do not add up to the result");
    }
    Ok(Some(format!("{{\"home\":{of_home:?},\"away\":{of_away:?}}}").replace(", ", ",")))
}
