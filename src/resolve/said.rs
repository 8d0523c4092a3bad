//! What a listing says of itself, as far as it speaks for or against its being an event: from the reply in which it is met, or from
//! all that was said of it since.

use odds::Moment;
use odds::attribute::{OnDay, START};
use odds::board::Board;
use odds::observation::{EventStatus, FactKind, ListingSeen};
use odds::participant::plain;

/// What a listing says.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) home: String,
    pub(super) away: String,
    pub(super) start: Moment,
    /// Whether its day alone is known.
    pub(super) is_on_day: bool,
    pub(super) score: Option<(String, String)>,
    pub(super) extras: Extras,
}

/// What many listings leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extras {
    pub(super) venue: Option<String>,
    pub(super) is_neutral: bool,
    pub(super) number: Option<u8>,
}

impl Said {
    /// What the reply says in which a listing is met; `None` where it names no two sides or no start.
    pub(super) fn of_seen(seen: &ListingSeen<'_>) -> Option<Self> {
        let fact = |kind| super::fact(seen, kind);
        let of_start = seen.facts.iter().find(|fact| fact.kind == FactKind::Attribute && fact.subject == START);
        let is_final = fact(FactKind::Status) == Some(EventStatus::Final.as_str());
        Some(Self {
            home: fact(FactKind::Home)?.to_owned(),
            away: fact(FactKind::Away)?.to_owned(),
            start: super::start_of(seen)?,
            is_on_day: of_start.is_some_and(|fact| serde_json::from_str::<OnDay>(&fact.value).is_ok()),
            score: fact(FactKind::HomeScore).zip(fact(FactKind::AwayScore)).filter(|_| is_final).map(owned),
            extras: Extras::of(fact),
        })
    }

    /// What was said of a listing so far.
    pub(super) fn of_board(board: &Board) -> Option<Self> {
        let fact = |kind| board.fact(kind);
        Some(Self {
            home: fact(FactKind::Home)?.to_owned(),
            away: fact(FactKind::Away)?.to_owned(),
            start: board.starts_at()?,
            is_on_day: board.start_on_day().is_some(),
            score: final_score(board).map(owned),
            extras: Extras::of(fact),
        })
    }
}

impl Extras {
    pub(super) fn of<'a>(fact: impl Fn(FactKind) -> Option<&'a str>) -> Self {
        Self {
            venue: fact(FactKind::Venue).map(plain).filter(|venue| !venue.is_empty()),
            is_neutral: fact(FactKind::NeutralSite) == Some("true"),
            number: fact(FactKind::GameNumber).and_then(|number| number.parse().ok()),
        }
    }
}

fn owned((home, away): (&str, &str)) -> (String, String) {
    (home.to_owned(), away.to_owned())
}

/// The score of a game that is over.
pub(super) fn final_score(board: &Board) -> Option<(&str, &str)> {
    let is_final = board.fact(FactKind::Status) == Some(EventStatus::Final.as_str());
    board.fact(FactKind::HomeScore).zip(board.fact(FactKind::AwayScore)).filter(|_| is_final)
}
