//! What a row tells of a player: what he did in its event, or that he is hurt.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, FactSeen, Refusal};
use odds::reply::Basis;
use odds::stat::{Amount, StatLine, TeamSide};

use super::cells::Column;
use super::decode::Row;
use super::gather::{Gathered, Stated};
use super::plan::{InjuryPlan, StatsPlan};
use super::words::Word;

/// Takes in what a player did.
pub(super) fn stats<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>) {
    let Some(plan) = &row.plan.stats else { return };
    let player = plan.player.of(row.cells);
    if player.is_empty() {
        return gathered.problem(format!("row {}", row.number), Refusal::MissingField, "no player is named");
    }
    let told = match (plan.is_collected, row.kickoff, row.plan.collected) {
        (false, Some(kickoff), _) => Some((kickoff.over, Basis::Phase)),
        (true, _, Some(collected)) => Some((collected, Basis::Assumed)),
        _ => None,
    };
    let Some((at, basis)) = told else {
        return gathered.problem(format!("row {}", row.number), Refusal::BadTime, "nothing tells when it was");
    };
    let stats = figures(gathered, row, plan);
    let did_not_play = plan.did_not_play.as_ref().is_some_and(|only| only.holds(row.cells));
    if stats.is_empty() && !did_not_play {
        return gathered.problem(format!("row {}", row.number), Refusal::MissingField, "no figure of the player is told");
    }
    let line = StatLine {
        player: player.clone().into_owned(),
        team: text(plan.team.as_ref(), row),
        side: plan.side.as_ref().and_then(|side| side_of(&side.of(row.cells), row.is_swapped)),
        position: text(plan.position.as_ref(), row),
        did_not_play,
        stats: if did_not_play { BTreeMap::new() } else { stats },
    };
    let Ok(value) = serde_json::to_string(&line) else { return };
    let subject = subject(plan.id, &player, row);
    let wrong = format!("{subject} stands twice in the event");
    match gathered.state(at, basis, row.told, FactSeen { kind: FactKind::Stat, subject, value: value.into() }) {
        Stated::New => {}
        Stated::Same => twice(gathered, row, true, &format!("{wrong}, alike")),
        Stated::Disputed(_) => twice(gathered, row, false, &format!("{wrong}, and not alike: none of it is taken")),
    }
}

/// A player who stands twice is named: as a contradiction where the rows differ.
fn twice(gathered: &mut Gathered<'_>, row: &Row<'_, '_>, is_same: bool, wrong: &str) {
    gathered.problem(format!("row {}", row.number), if is_same { Refusal::NoPlace } else { Refusal::Contradiction }, wrong);
}

fn figures<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>, plan: &StatsPlan) -> BTreeMap<String, Amount> {
    let mut stats = BTreeMap::new();
    for (ours, column) in &plan.figures {
        let cell = &*row.cells[*column];
        if row.plan.is_absent(cell) {
            continue;
        }
        match Amount::parse(cell) {
            Ok(amount) => {
                stats.insert(ours.clone(), amount);
            }
            Err(error) => gathered.problem(row.place(*column), Refusal::NotTheShape, format!("{cell:?}: {error}")),
        }
    }
    stats
}

fn side_of(word: &str, is_swapped: bool) -> Option<TeamSide> {
    match word {
        "home" => Some(if is_swapped { TeamSide::Away } else { TeamSide::Home }),
        "away" => Some(if is_swapped { TeamSide::Home } else { TeamSide::Away }),
        _ => None,
    }
}

fn text(word: Option<&Word>, row: &Row<'_, '_>) -> Option<String> {
    word.map(|word| word.of(row.cells)).filter(|text| !row.plan.is_absent(text)).map(Cow::into_owned)
}

fn subject<'a>(id: Option<Column>, player: &Cow<'a, str>, row: &Row<'_, 'a>) -> Cow<'a, str> {
    id.map(|column| &row.cells[column]).filter(|id| !row.plan.is_absent(id)).unwrap_or(player).clone()
}

/// Takes in who is hurt, or well again.
pub(super) fn injury<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>) {
    let Some(plan) = &row.plan.injury else { return };
    let place = || format!("row {}", row.number);
    let player = plan.player.of(row.cells);
    if player.is_empty() {
        return gathered.problem(place(), Refusal::MissingField, "no player is named");
    }
    let told = match plan.at.read(&|column| &*row.cells[column]) {
        Ok(told) => told,
        Err(wrong) => return gathered.problem(place(), Refusal::BadTime, wrong),
    };
    let at = if told.is_exact { Some(told.at) } else { plan.at.end_of(told.day) };
    let Some(at) = at else { return gathered.problem(place(), Refusal::BadTime, "out of range") };
    let basis = if told.is_assumed || !told.is_exact { Basis::Assumed } else { Basis::Stated };
    let is_off = plan.off.as_ref().is_some_and(|off| off.holds(row.cells));
    let status = plan.status.of(row.cells);
    if status.is_empty() && !is_off {
        return gathered.problem(place(), Refusal::MissingField, "no status");
    }
    let injury = Injury {
        player: player.clone().into_owned(),
        team: text(plan.team.as_ref(), row).unwrap_or_default(),
        meaning: InjuryStatus::from_words(&status),
        status: status.into_owned(),
        body_part: text(plan.body_part.as_ref(), row),
        comment: text(plan.comment.as_ref(), row),
        expected_return: None,
        reported_at: Some(if told.is_exact { told.at } else { at.plus_secs(1 - 86_400) }),
        position: text(plan.position.as_ref(), row),
    };
    let Ok(value) = serde_json::to_string(&injury) else { return };
    let fact = FactSeen { kind: FactKind::Injury, subject: subject(plan.id, &player, row), value: value.into() };
    if plan.report.is_empty() {
        let is_passing = plan.passing.as_ref().is_some_and(|passing| passing.holds(row.cells));
        return gathered.own_list(at, basis, row.told, fact, is_off, is_passing);
    }
    let report = report(plan, row);
    let wrong = format!("{} stands twice in the report; the one last told is kept", fact.subject);
    if let Some(is_same) = gathered.on_report(report, (at, basis), row.told, fact) {
        twice(gathered, row, is_same, &wrong);
    }
}

fn report(plan: &InjuryPlan, row: &Row<'_, '_>) -> String {
    plan.report.iter().map(|column| &*row.cells[*column]).collect::<Vec<_>>().join("\u{1f}")
}
