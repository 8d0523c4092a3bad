//! Where a game stands. `closed` is final; `complete` is over and not verified yet, and so stays live until it is.

use odds::observation::EventStatus;

/// What a status word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A status of ours.
    Status(EventStatus),
    /// A fixture whose start is its day alone.
    OnDay,
    /// A playoff game that may never be played: no fixture yet.
    IfNecessary,
}

/// The standing of a word; `None` for one that we do not know.
pub(super) fn standing(word: &str) -> Option<Standing> {
    Some(Standing::Status(match word {
        "time-tbd" => return Some(Standing::OnDay),
        "if-necessary" => return Some(Standing::IfNecessary),
        "scheduled" | "created" | "not_started" => EventStatus::Scheduled,
        "inprogress" | "halftime" | "complete" | "live" | "ended" => EventStatus::Live,
        "delayed" | "wdelay" | "fdelay" | "odelay" | "start_delayed" => EventStatus::Delayed,
        "suspended" | "interrupted" => EventStatus::Suspended,
        "postponed" => EventStatus::Postponed,
        "cancelled" | "canceled" | "unnecessary" | "abandoned" => EventStatus::Cancelled,
        "closed" => EventStatus::Final,
        _ => return None,
    }))
}

/// Whether points mean something: a game to come carries zeros.
pub(super) const fn is_begun(standing: Option<Standing>) -> bool {
    matches!(standing, Some(Standing::Status(EventStatus::Live | EventStatus::Suspended | EventStatus::Final)))
}
