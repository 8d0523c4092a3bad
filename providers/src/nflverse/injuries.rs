//! Weekly injury reports: each week is a whole list, as it stood when its last line was changed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::injury::{Injury, InjuryStatus};
use odds::observation::{Decoded, FactKind, FactSeen, ListingKind, ListingSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::{Basis, Reply};

use super::SPORT;
use super::kickoff::{moment, zone};
use super::teams::team;
use super::wire::{Row, Table};

/// The listing of the league's injuries.
const LIST: &str = "injuries/nfl";

/// The report of a week.
#[derive(Default)]
struct Week {
    players: BTreeMap<String, Injury>,
    changed_at: Option<Moment>,
}

/// The newest change that a file tells of.
pub(super) fn newest(table: &Table) -> Option<Moment> {
    let zone = zone();
    table.rows().filter_map(|row| moment(row.ok()?.told(&["date_modified"])?, &zone)).max()
}

/// Reads the file. The newest week of one that was fetched now is of now; the others are of their last change.
pub(super) fn decode<'a>(table: &Table, reply: &Reply<'_>) -> Decoded<'a> {
    let (mut weeks, mut problems): (BTreeMap<(i64, i64), Week>, Vec<Problem>) = (BTreeMap::new(), Vec::new());
    let zone = zone();
    for row in table.rows() {
        let taken = match row {
            Ok(row) => take(&row, &zone, &mut weeks),
            Err((number, wrong)) => Err(Problem::at(format!("row {number}"), Refusal::NotTheShape, wrong)),
        };
        problems.extend(taken.err());
    }
    let newest = weeks.keys().next_back().copied();
    let scope = Scope { sport: SPORT.to_owned(), ..Scope::default() };
    let snapshots = weeks.into_iter().filter_map(|(at, week)| {
        let is_now = reply.basis == Basis::Fetched && Some(at) == newest;
        let observed = if is_now { Some((reply.fetched_at, reply.basis)) } else { week.changed_at.map(|at| (at, Basis::Assumed)) };
        let Some((observed_at, basis)) = observed else {
            let path = format!("season {}, week {}", at.0, at.1);
            problems.push(Problem::at(path, Refusal::BadTime, "no row of it says when it was changed"));
            return None;
        };
        let facts = week.players.into_iter().filter_map(|(player, injury)| {
            let value = serde_json::to_string(&injury).ok()?;
            Some(FactSeen { kind: FactKind::Injury, subject: Cow::Owned(player), value: Cow::Owned(value) })
        });
        let (id, sport, kind) = (Cow::Borrowed(LIST), Cow::Borrowed(SPORT), ListingKind::InjuryList);
        let listing = ListingSeen { id, sport, kind, facts: facts.collect(), ..ListingSeen::default() };
        Some(Snapshot { observed_at, basis, scope: scope.clone(), listings: vec![listing] })
    });
    let snapshots = snapshots.collect();
    Decoded { snapshots, problems, ..Decoded::default() }
}

fn take(row: &Row<'_>, zone: &jiff::tz::TimeZone, weeks: &mut BTreeMap<(i64, i64), Week>) -> Result<(), Problem> {
    let missing = |column: &str| Problem::at(row.place(column), Refusal::MissingField, "nothing that can be read");
    let season = row.whole(&["season"]).ok_or_else(|| missing("season"))?;
    let week = row.whole(&["week"]).ok_or_else(|| missing("week"))?;
    let player = row.told(&["gsis_id", "player_id"]).ok_or_else(|| missing("gsis_id"))?;
    let code = row.cell(&["team"]);
    let team = team(code, season).map_or(code, |(_, name)| name).to_owned();
    let own = |names: &[&str]| row.told(names).map(str::to_owned);
    let practice = own(&["practice_status"]);
    let Some(status) = own(&["report_status", "status"]).or_else(|| practice.clone()) else { return Ok(()) };
    let reported_at = row.told(&["date_modified"]).and_then(|text| moment(text, zone));
    let found = weeks.entry((season, week)).or_default();
    found.changed_at = found.changed_at.max(reported_at);
    let injury = Injury {
        player: own(&["full_name", "player_name"]).unwrap_or_default(),
        team,
        meaning: InjuryStatus::from_words(&status),
        status,
        body_part: own(&["report_primary_injury", "practice_primary_injury"]),
        comment: practice,
        expected_return: None,
        reported_at,
        position: own(&["position"]),
    };
    keep_the_newest(row, found, player, injury)
}

/// A player who stands twice in a week is kept as last changed; what is left out is named.
fn keep_the_newest(row: &Row<'_>, week: &mut Week, player: &str, injury: Injury) -> Result<(), Problem> {
    let Some(known) = week.players.get_mut(player) else {
        week.players.insert(player.to_owned(), injury);
        return Ok(());
    };
    let other = if injury.reported_at > known.reported_at { std::mem::replace(known, injury) } else { injury };
    let is_same = (&other.status, &other.team) == (&known.status, &known.team);
    let told = format!("{player} stands twice in the week; left out, as older: {} of {}", other.status, other.team);
    if is_same { Ok(()) } else { Err(Problem::at(row.place("gsis_id"), Refusal::Contradiction, told)) }
}
