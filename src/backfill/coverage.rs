//! What a plan will cover: games by sport and month, with what is there already and what its steps bring.

use std::collections::BTreeMap;

use providers::What;
use serde::Serialize;

use super::goal::Goal;
use super::known::{Frame, Known};
use super::plan::{Plan, Rank};

/// A month of a sport.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// The provider's sport key.
    pub sport: String,
    /// `YYYY-MM`.
    pub month: String,
    /// Games that are known.
    pub games: u32,
    /// Those whose closing board is there already.
    pub closed_already: u32,
    /// Those that will have one.
    pub with_close: u32,
    /// Those that will have a board of a day before.
    pub with_open: u32,
    /// Calls.
    pub calls: u32,
    /// Credits, at most.
    pub credits: i64,
}

/// What so many steps from the front of a plan cover.
#[must_use]
pub fn of(goal: &Goal, known: &BTreeMap<String, Known>, plan: &Plan, steps: usize) -> Vec<Coverage> {
    let mut months: BTreeMap<(usize, String), Coverage> = BTreeMap::new();
    let chosen = &plan.steps[..steps];
    let to_come: std::collections::HashSet<_> = plan.steps.iter().filter(|step| step.rank == Rank::Close).map(key).collect();
    for (index, sport) in goal.sports.iter().enumerate() {
        let Some(known) = known.get(sport) else { continue };
        for game in &known.games {
            let day = game.starts_at.day_in(&known.zone());
            let month = entry(&mut months, goal, index, day);
            month.games += 1;
            let at = game.starts_at.plus_secs(-1);
            let markets: Vec<&String> = goal.markets.iter().collect();
            let is_there = markets.iter().any(|market| {
                let frame = Frame { markets: [(*market).clone()].into(), books: goal.books.iter().cloned().collect(), ..Frame::default() };
                let by_region = Frame { books: Default::default(), regions: goal.regions.iter().cloned().collect(), ..frame.clone() };
                [frame, by_region].iter().any(|frame| known.answered_until(What::HistoricalOdds, "", frame, at).is_some())
            });
            if is_there && !to_come.contains(&(index, super::plan::slot(at))) {
                month.closed_already += 1;
                month.with_close += 1;
            }
        }
    }
    for step in chosen {
        let month = entry(&mut months, goal, step.sport, step.day);
        month.calls += 1;
        month.credits += step.credits;
        match step.rank {
            Rank::Close => month.with_close += step.games,
            Rank::Open => month.with_open += step.games,
            _ => {}
        }
    }
    let chosen: std::collections::HashSet<_> = chosen.iter().filter(|step| step.rank == Rank::Close).map(key).collect();
    for shared in plan.shared.iter().filter(|shared| chosen.contains(&(shared.sport, shared.slot))) {
        entry(&mut months, goal, shared.sport, shared.day).with_open += shared.games;
    }
    months.into_values().collect()
}

fn key(step: &super::plan::Step) -> (usize, i64) {
    (step.sport, step.ask.at.map_or(0, super::plan::slot))
}

fn entry<'a>(months: &'a mut BTreeMap<(usize, String), Coverage>, goal: &Goal, sport: usize, day: jiff::civil::Date) -> &'a mut Coverage {
    let month = day.strftime("%Y-%m").to_string();
    let coverage = || Coverage { sport: goal.sports[sport].clone(), month: month.clone(), ..Coverage::default() };
    months.entry((sport, month.clone())).or_insert_with(coverage)
}
