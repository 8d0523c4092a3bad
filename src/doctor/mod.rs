//! The doctor: looks at everything that the product stands on, from outside, and says of each what is wrong and what to do.
//!
//! It changes nothing that lasts: what it writes to try the disk or the database, it takes back.

mod disk;
mod listen;
pub mod probe;
mod provider;
mod redis;
mod store;

use serde::Serialize;

use crate::clock::Clock;
use crate::collect::{Terms, menu};
use crate::decode::Providers;
use crate::settings::Settings;
use ::store::Store;
pub use probe::{Answer, HttpProbe, Probe, Unreachable};

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// The product works, with less than it could have.
    Warning,
    /// The product does not work, or will soon not.
    Wrong,
    /// A setting is wrong: starting again changes nothing.
    Misconfigured,
}

/// What is said of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What was looked at (`provider the-odds-api`, `database`, `clock`).
    pub subject: String,
    /// A word for the reason, for scripts (`wrong_key`).
    pub code: &'static str,
    /// How it stands.
    pub state: State,
    /// Why.
    pub reason: String,
    /// What to do about it; empty where there is nothing to do.
    pub advice: String,
}

impl Line {
    /// A thing that is as it should be.
    pub fn ok(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { subject: subject.into(), code: "ok", state: State::Ok, reason: reason.into(), advice: String::new() }
    }

    /// A thing that is not.
    pub fn of(state: State, subject: &str, code: &'static str, reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { subject: subject.to_owned(), code, state, reason: reason.into(), advice: advice.into() }
    }
}

/// What the doctor looks at, and through which doors.
pub struct Patient<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// Providers that this program can ask.
    pub providers: &'a Providers,
    /// The way out.
    pub probe: &'a dyn Probe,
    /// Our clock.
    pub clock: &'a dyn Clock,
    /// Our store, its schema left as it is.
    pub store: &'a Store,
}

/// Looks at everything; one line or more for each, the worst not first but in its place.
#[must_use]
pub fn examine(patient: &Patient<'_>) -> Vec<Line> {
    let settings = patient.settings;
    let mut lines = provider::examine(patient);
    lines.extend(sports(patient));
    lines.extend(store::examine(patient));
    lines.extend(disk::examine(settings));
    lines.extend(settings.redis_url.as_ref().map(|url| redis::examine(url.expose())));
    lines.push(listen::examine(settings.listen));
    lines
}

/// Sports that are wanted and that nobody has by that name.
fn sports(patient: &Patient<'_>) -> Vec<Line> {
    let Patient { settings, providers, .. } = patient;
    let unknown = Terms::of(settings, providers, 0).unknown_sports;
    let doubts = menu::doubts(&settings.ask.sports, &unknown, providers);
    let line = |doubt| Line::of(State::Warning, "sports", "unknown_sport", doubt, "correct ask.sports (PREDICTIVE_PLAY_ASK_SPORTS)");
    doubts.into_iter().map(line).collect()
}

/// The worst of them.
#[must_use]
pub fn worst(lines: &[Line]) -> State {
    lines.iter().map(|line| line.state).max().unwrap_or(State::Ok)
}
