//! `kill -9` of our process, and a crash of the server, at the statements of each step: a second run ends in the same state. The long form
//! takes every statement.

use std::net::SocketAddr;
use std::time::Duration;

use testkit::child::ChildProcess;
use testkit::legacy::{Recipe, Shape};
use testkit::statements::{StatementWire, Stop};

use crate::stages::{Copy, Stages, State, Step, difference};

/// Long before the tests run: what a page is stamped with is later than any row.
pub const NOW: i64 = 1_704_067_200;
const LONG: Duration = Duration::from_secs(120);
/// On a million prices one statement takes minutes where the machine has other work.
const LONGEST_STATEMENT: Duration = Duration::from_secs(900);

/// Three hundred rows: events with dirt of every kind, and what hangs on them.
pub fn small() -> Recipe {
    let recipe = Recipe::of(Shape::HalfEnhanced, 7, NOW);
    Recipe { events: 60, prices: 100, of_each: 1, ..recipe }
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    /// Our process, before the server has the statement.
    Us,
    /// The server, when it has done the statement and we have not heard of it.
    Server,
}

impl Stages {
    fn wire(&self) -> StatementWire {
        StatementWire::to(SocketAddr::from(([127, 0, 0, 1], self.cluster.port())))
    }

    /// What an undisturbed run leaves, and how many statements it asks.
    fn undisturbed(&self, step: Step) -> (State, usize) {
        let (copy, wire) = (self.before(step), self.wire());
        step.run(&wire.through(&copy.database.url), copy.folder.path()).unwrap();
        let statements = wire.asked().len();
        (copy.state(step), statements)
    }

    /// Kills at a statement, and gives whether the step was still running then.
    fn kill_at(&mut self, step: Step, copy: &Copy, nth: usize, killed: Killed) -> bool {
        let stop = if killed == Killed::Us { Stop::Ask } else { Stop::Answer };
        let wire = self.wire().stopping_at(nth, stop);
        let url = wire.through(&copy.database.url);
        let mut child = ChildProcess::start(&mut step.command(&url, copy.folder.path()));
        let is_held = held_or_ended(&wire, || child.has_ended());
        let ended = if killed == Killed::Us {
            let ended = child.kill();
            wire.cut();
            ended
        } else {
            self.cluster.stop_immediate();
            wire.cut();
            let ended = child.finish(LONG).unwrap();
            self.cluster.restart().unwrap();
            ended
        };
        let is_told = if killed == Killed::Us { ended.signal == Some(9) } else { ended.code.is_some_and(|code| code != 0) };
        // nothing hangs on the last statement's answer: it only gives up what was looked at
        let is_last = wire.asked().last().is_some_and(|last| last.eq_ignore_ascii_case("rollback"));
        assert!(is_told || !is_held || is_last, "it does not say that the server crashed: {ended:?}");
        is_held
    }

    /// Kills at a statement, runs again, and compares.
    fn end_alike(&mut self, step: Step, killed: Killed, nth: usize, should: &State) -> bool {
        let copy = self.before(step);
        let is_held = self.kill_at(step, &copy, nth, killed);
        let told = || format!("{step:?}, {killed:?} killed at statement {nth}");
        step.run(&copy.database.url, copy.folder.path()).unwrap_or_else(|error| panic!("{}: {error}", told()));
        if let Some(difference) = difference(&copy.state(step), should) {
            panic!("{}: {difference}", told());
        }
        is_held
    }

    /// Kills at statements of a step, by how many there are, and says how many were hit.
    fn step_ends_alike(&mut self, step: Step, drawn: impl Fn(usize) -> Vec<(usize, Killed)>) {
        let (should, statements) = self.undisturbed(step);
        let drawn = drawn(statements);
        let mut held = 0;
        for (done, (nth, killed)) in drawn.iter().enumerate() {
            held += usize::from(self.end_alike(step, *killed, *nth, &should));
            if done % 100 == 99 {
                println!("{step:?}: {} of {} kills, at statement {nth} of {statements}", done + 1, drawn.len());
            }
        }
        println!("{step:?}: {held} kills among its {statements} statements");
        // the connections of a run may ask a little less at another time
        assert!(held + 4 >= drawn.len(), "{step:?}: only {held} of {} were killed before their end", drawn.len());
    }
}

/// Statements spread over all that there are, from the first to the last; one side and the other in turn.
fn spread(most: usize) -> impl Fn(usize) -> Vec<(usize, Killed)> {
    move |statements| {
        let tried = most.min(statements);
        let nth = |at: usize| 1 + at * (statements - 1) / (tried - 1).max(1);
        (0..tried).map(|at| (nth(at), if at % 2 == 0 { Killed::Us } else { Killed::Server })).collect()
    }
}

/// Every statement, on both sides; `KILLS_FROM` goes on where an earlier loop was ended.
fn every(statements: usize) -> Vec<(usize, Killed)> {
    let from = std::env::var("KILLS_FROM").map_or(1, |from| from.parse().expect("a statement's number"));
    (from..=statements).flat_map(|nth| [(nth, Killed::Us), (nth, Killed::Server)]).collect()
}

/// Waits until the wire stands still, or whoever asks has ended before: as long as there is one statement after the other.
fn held_or_ended(wire: &StatementWire, mut has_ended: impl FnMut() -> bool) -> bool {
    let (mut asked, mut last) = (0, std::time::Instant::now());
    while !wire.wait_until_held(Duration::from_millis(50)) {
        if has_ended() {
            return false;
        }
        let now = wire.asked().len();
        if now > asked {
            (asked, last) = (now, std::time::Instant::now());
        }
        assert!(last.elapsed() < LONGEST_STATEMENT, "stands still: {:?}", wire.asked().last());
    }
    true
}

#[test]
fn a_kill_at_statements_of_each_step_leaves_what_a_second_run_finishes() {
    let Some(mut stages) = Stages::of(&small()) else { return };
    Step::ALL.into_iter().for_each(|step| stages.step_ends_alike(step, spread(16)));
}

fn every_statement_of(step: Step) {
    let Some(mut stages) = Stages::of(&small()) else { return };
    stages.step_ends_alike(step, every);
}

#[test]
#[ignore = "every statement, killed on both sides: long"]
fn a_kill_at_every_statement_of_taking_over_leaves_what_a_second_run_finishes() {
    every_statement_of(Step::TakeOver);
}

#[test]
#[ignore = "every statement, killed on both sides: long"]
fn a_kill_at_every_statement_of_cutting_over_leaves_what_a_second_run_finishes() {
    every_statement_of(Step::CutOver);
}

#[test]
#[ignore = "every statement, killed on both sides: long"]
fn a_kill_at_every_statement_of_rolling_back_leaves_what_a_second_run_finishes() {
    every_statement_of(Step::RollBack);
}

#[test]
#[ignore = "large: a hundred thousand events"]
fn kills_at_ten_random_statements_of_a_large_database_leave_what_a_second_run_finishes() {
    let events = std::env::var("KILLS_EVENTS").map_or(100_000, |events| events.parse().expect("how many events"));
    let Some(mut stages) = Stages::of(&small().sized(events, 10 * events)) else { return };
    // `KILLS_SEED` repeats what was drawn before
    let seed = std::env::var("KILLS_SEED").map_or(u64::from(std::process::id()), |seed| seed.parse().expect("a number"));
    println!("seed {seed}");
    let steps: Vec<(Step, State, usize)> = Step::ALL
        .into_iter()
        .map(|step| {
            let (should, statements) = stages.undisturbed(step);
            (step, should, statements)
        })
        .collect();
    for round in 0..10_u64 {
        let drawn = (seed + round).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let (step, should, statements) = &steps[round as usize % 3];
        let killed = if drawn.is_multiple_of(2) { Killed::Us } else { Killed::Server };
        let nth = 1 + drawn as usize / 2 % statements;
        println!("{step:?}: {killed:?} is killed at statement {nth} of {statements}");
        stages.end_alike(*step, killed, nth, should);
    }
}
