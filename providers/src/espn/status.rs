//! Where a game stands. The name speaks first: a postponed game has the state `post`, and so would look finished by its state.

use odds::observation::{EventStatus, Refusal};

use super::notes::Notes;
use super::wire::{Field, Status};

/// A game's standing, with what it allows to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// In our words; `None` where ESPN's cannot be understood.
    pub(super) status: Option<EventStatus>,
    /// Whether play has begun, so that scores mean something.
    pub(super) is_begun: bool,
}

impl Standing {
    /// Whether prices in the reply are offered, and not a record of the last ones before the start.
    pub(super) fn is_open_for_bets(self) -> bool {
        matches!(self.status, Some(EventStatus::Scheduled | EventStatus::Delayed)) && !self.is_begun
    }
}

/// Reads a status; what is not understood is refused, never guessed to be final.
pub(super) fn read(notes: &mut Notes, at: &str, status: Field<Status>) -> Standing {
    let Some(kind) = notes.need(at, "status", status).and_then(|status| notes.need(at, "status.type", status.r#type)) else {
        return Standing::default();
    };
    let name = notes.text(at, "status.type.name", kind.name).unwrap_or_default();
    let state = notes.text(at, "status.type.state", kind.state).unwrap_or_default();
    let completed = notes.take(at, "status.type.completed", kind.completed);
    let status = status_of(&name, &state, completed);
    if status.is_none() {
        let found = format!("name {name:?}, state {state:?}, completed {completed:?}: no status that we know");
        notes.refuse(format!("{at}.status.type"), Refusal::MissingField, found);
    }
    Standing { status, is_begun: is_begun(status, &state) }
}

fn status_of(name: &str, state: &str, completed: Option<bool>) -> Option<EventStatus> {
    let word = name.strip_prefix("STATUS_").unwrap_or(name);
    if let Some(status) = exceptional(word) {
        return Some(status);
    }
    let says_final = word.starts_with("FINAL") || word == "FULL_TIME";
    match (says_final, completed, state) {
        (_, Some(true), _) | (true, None, _) => Some(EventStatus::Final),
        (true, Some(false), _) => None,
        (false, _, "in") => Some(EventStatus::Live),
        (false, _, "pre") => Some(EventStatus::Scheduled),
        _ if word == "SCHEDULED" => Some(EventStatus::Scheduled),
        _ if matches!(word, "IN_PROGRESS" | "HALFTIME" | "END_PERIOD") => Some(EventStatus::Live),
        _ => None,
    }
}

fn exceptional(word: &str) -> Option<EventStatus> {
    Some(match word {
        "POSTPONED" => EventStatus::Postponed,
        "CANCELED" | "CANCELLED" | "ABANDONED" => EventStatus::Cancelled,
        "DELAYED" | "RAIN_DELAY" | "DELAY" => EventStatus::Delayed,
        "SUSPENDED" => EventStatus::Suspended,
        "FORFEIT" => EventStatus::Final,
        _ => return None,
    })
}

fn is_begun(status: Option<EventStatus>, state: &str) -> bool {
    match status {
        Some(EventStatus::Live | EventStatus::Final | EventStatus::Suspended) => true,
        Some(EventStatus::Delayed) => state != "pre",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_speaks_before_completed_and_completed_before_the_state() {
        use EventStatus::{Cancelled, Delayed, Final, Live, Postponed, Scheduled, Suspended};
        let cases = [
            ("STATUS_SCHEDULED", "pre", Some(false), Some(Scheduled)),
            ("STATUS_IN_PROGRESS", "in", Some(false), Some(Live)),
            ("STATUS_HALFTIME", "in", Some(false), Some(Live)),
            ("STATUS_SECOND_HALF", "in", Some(false), Some(Live)),
            ("STATUS_FINAL", "post", Some(true), Some(Final)),
            ("STATUS_FULL_TIME", "post", Some(true), Some(Final)),
            ("STATUS_FINAL_PEN", "post", Some(true), Some(Final)),
            ("STATUS_POSTPONED", "post", Some(false), Some(Postponed)),
            ("STATUS_POSTPONED", "post", Some(true), Some(Postponed)),
            ("STATUS_CANCELED", "post", Some(false), Some(Cancelled)),
            ("STATUS_RAIN_DELAY", "in", Some(false), Some(Delayed)),
            ("STATUS_SUSPENDED", "in", Some(false), Some(Suspended)),
            ("STATUS_FINAL", "post", Some(false), None),
            ("STATUS_NEW_WORD", "post", Some(true), Some(Final)),
            ("STATUS_NEW_WORD", "post", Some(false), None),
            ("", "post", None, None),
        ];
        for (name, state, completed, expected) in cases {
            assert_eq!(status_of(name, state, completed), expected, "{name} {state} {completed:?}");
        }
    }
}
