//! What is wrong with old rows, kind by kind. Each dirty row carries one kind, so that whoever looks for a kind must find just its rows.

use super::Planted;
use super::events::{DAY, Event, external_id, stats};
use super::leagues::{BASEBALL, other_spelling};
use super::random::Random;
use super::recipe::{Part, Recipe};

const HOUR: i64 = 3600;

/// A kind of dirt. Kinds of pairs are keyed by both ids in order (`a+b`), others by the id of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dirt {
    /// A pair: one game under two spellings, half an hour apart.
    SameGameTwice,
    /// A pair: one game with home and away swapped.
    SidesSwapped,
    /// A pair: one game at its UTC time, and at its local time stored as UTC.
    HoursApart,
    /// Starts in 1970, in 2199, at `infinity`, or long after it was completed.
    ImpossibleTime,
    /// The second game of a day; the row of the first is gone.
    DoubleheaderCollapsed,
    /// `ESPN;TheSportsDB`.
    SourceChain,
    /// The id is of another provider than the source.
    ForeignId,
    /// A pair: two games with one external id.
    SameIdTwice,
    /// One side's score without the other's.
    StatsHalfWritten,
    /// Scores as texts.
    ScoreAsText,
    /// City or venue `Unknown`.
    UnknownPlace,
    /// Completed, and no score.
    NoScore,
    /// Odds in which a price cannot be read, or none stands.
    OddsUnreadable,
    /// Still `scheduled` long after its start.
    StaleScheduled,
    /// Sport and league say `baseball`: which league cannot be told.
    LeagueNotTold,
    /// A status outside the words.
    UnknownStatus,
    /// Plays itself.
    SameTeamTwice,
    /// Spaces around a name.
    PaddedName,
    /// A prediction whose event is gone.
    OrphanPrediction,
    /// A prediction whose odds are no number.
    PredictionOddsUnreadable,
    /// A bet whose prediction is gone.
    OrphanBet,
    /// A pinned event that is gone (keyed by the user).
    OrphanPin,
    /// A row of `odds_data` whose event is gone.
    OrphanOdds,
    /// A price in `odds_data` that American odds cannot have.
    PriceImpossible,
    /// An implied probability that is not its price's.
    ProbabilityWrong,
}

impl Dirt {
    /// Every kind.
    pub const ALL: [Self; 25] = [
        Self::SameGameTwice,
        Self::SidesSwapped,
        Self::HoursApart,
        Self::ImpossibleTime,
        Self::DoubleheaderCollapsed,
        Self::SourceChain,
        Self::ForeignId,
        Self::SameIdTwice,
        Self::StatsHalfWritten,
        Self::ScoreAsText,
        Self::UnknownPlace,
        Self::NoScore,
        Self::OddsUnreadable,
        Self::StaleScheduled,
        Self::LeagueNotTold,
        Self::UnknownStatus,
        Self::SameTeamTwice,
        Self::PaddedName,
        Self::OrphanPrediction,
        Self::PredictionOddsUnreadable,
        Self::OrphanBet,
        Self::OrphanPin,
        Self::OrphanOdds,
        Self::PriceImpossible,
        Self::ProbabilityWrong,
    ];

    /// Whether a database of this recipe can hold it.
    pub(super) fn fits(self, recipe: &Recipe) -> bool {
        match self {
            Self::SourceChain | Self::ForeignId => recipe.has(Part::Sources),
            Self::SameIdTwice => recipe.has(Part::Sources) && !recipe.has(Part::UniqueExternalId),
            Self::UnknownStatus => recipe.has(Part::AnyStatus),
            Self::OrphanOdds | Self::PriceImpossible | Self::ProbabilityWrong => {
                recipe.has(Part::OddsTables) && !recipe.has(Part::EmptyTables)
            }
            _ => true,
        }
    }

    fn wants(self, event: &Event) -> bool {
        match self {
            Self::SameGameTwice => other_spelling(&event.home).is_some() || other_spelling(&event.away).is_some(),
            Self::HoursApart => event.of != BASEBALL,
            Self::DoubleheaderCollapsed => event.of == BASEBALL,
            _ => true,
        }
    }
}

/// Both ids of a pair, in order.
pub(super) fn pair_key(one: &str, other: &str) -> String {
    format!("{}+{}", one.min(other), one.max(other))
}

/// Plants the kinds that events carry, on games that are over and clean.
pub(super) fn soil(recipe: &Recipe, events: &mut Vec<Event>, random: &mut Random, planted: &mut Planted) {
    let is_free = |event: &Event| !event.is_taken && event.status == "completed" && event.start < recipe.now - 3 * DAY;
    let mut free: Vec<usize> = (0..events.len()).filter(|&at| is_free(&events[at])).collect();
    random.shuffle(&mut free);
    for kind in recipe.dirt.iter().copied().filter(|kind| kind.fits(recipe)) {
        for nth in 0..recipe.of_each {
            let Some(place) = free.iter().rposition(|&at| kind.wants(&events[at])) else { break };
            let at = free.remove(place);
            if let Some(key) = plant(kind, nth, at, events, random, recipe) {
                events[at].is_taken = true;
                planted.plant(kind, key);
            }
        }
    }
}

fn plant(kind: Dirt, nth: usize, at: usize, events: &mut Vec<Event>, random: &mut Random, recipe: &Recipe) -> Option<String> {
    let twin = match kind {
        Dirt::SameGameTwice => twin(events, at, random, |twin| {
            twin.home = other_spelling(&twin.home).unwrap_or_else(|| twin.home.clone());
            twin.away = other_spelling(&twin.away).unwrap_or_else(|| twin.away.clone());
            twin.start += 1800;
        }),
        Dirt::SidesSwapped => twin(events, at, random, |twin| std::mem::swap(&mut twin.home, &mut twin.away)),
        Dirt::HoursApart => twin(events, at, random, |twin| twin.start -= 5 * HOUR),
        Dirt::SameIdTwice => return same_id(at, events),
        _ => {
            soiled(kind, nth, &mut events[at], random, recipe)?;
            return Some(events[at].id.clone());
        }
    };
    let key = pair_key(&events[at].id, &twin.id);
    events.push(twin);
    Some(key)
}

/// Another row of the same game, as another source brought it a while later.
fn twin(events: &[Event], at: usize, random: &mut Random, change: impl FnOnce(&mut Event)) -> Event {
    let event = &events[at];
    let source = if event.source == "ESPN" { "TheSportsDB" } else { "ESPN" };
    // no draw: two twins of one id would be a kind of dirt that nobody planted
    let number = events.len();
    let mut twin = Event { id: random.uuid(), source: source.to_owned(), created: event.created + HOUR, is_taken: true, ..event.clone() };
    twin.external = if source == "ESPN" { format!("{}", 600_000_000 + number) } else { format!("{}", 2_000_000 + number) };
    change(&mut twin);
    twin
}

/// A game of another day gets the id of this one.
fn same_id(at: usize, events: &mut [Event]) -> Option<String> {
    let is_other = |event: &Event| !event.is_taken && event.source == events[at].source && event.of == events[at].of;
    let other = (0..events.len())
        .find(|&other| other != at && is_other(&events[other]) && events[other].start.abs_diff(events[at].start) > 172_800)?;
    events[other].external = events[at].external.clone();
    events[other].is_taken = true;
    Some(pair_key(&events[at].id, &events[other].id))
}

/// `None` where the kind is carried by rows of other tables.
fn soiled(kind: Dirt, nth: usize, event: &mut Event, random: &mut Random, recipe: &Recipe) -> Option<()> {
    match kind {
        Dirt::ImpossibleTime => impossible_time(nth, event, recipe.now),
        Dirt::DoubleheaderCollapsed => event.stats = event.stats.replace("\"Final\"", "\"Final - Game 2\""),
        Dirt::SourceChain => chain(event, nth, random),
        Dirt::ForeignId => {
            let other = if event.source == "ESPN" { "TheSportsDB" } else { "ESPN" };
            event.external = external_id(other, 800_000 + nth, random);
        }
        Dirt::StatsHalfWritten => {
            event.stats = [r#"{"venue": "Arena", "home_score": 3}"#, r#"{"home_score": 3, "away_score": null, "city": "Denver"}"#][nth % 2]
                .to_owned();
            event.scores = None;
        }
        Dirt::ScoreAsText => event.stats = r#"{"venue": "Arena", "home_score": "101", "away_score": "99"}"#.to_owned(),
        Dirt::UnknownPlace => event.stats = event.stats.replacen("\"City ", "\"Unknown\", \"was\": \"City ", 1),
        Dirt::NoScore => (event.stats, event.scores) = (stats(None, "completed", nth), None),
        Dirt::OddsUnreadable => event.odds = UNREADABLE[nth % UNREADABLE.len()].to_owned(),
        Dirt::StaleScheduled => (event.status, event.scores, event.stats) = ("scheduled", None, stats(None, "scheduled", nth)),
        Dirt::LeagueNotTold => {
            let word = ["basketball", "baseball", "hockey", "football", "Soccer"][event.of];
            (event.sport, event.league) = (word.to_owned(), word.to_owned());
        }
        Dirt::UnknownStatus => event.status = ["Final", "STATUS_FINAL", "FT"][nth % 3],
        Dirt::SameTeamTwice => event.away = event.home.clone(),
        Dirt::PaddedName => event.home.push(' '),
        _ => return None,
    }
    Some(())
}

/// Two days apart, so that no two of them look like one game.
fn impossible_time(nth: usize, event: &mut Event, now: i64) {
    let apart = 2 * DAY * i64::try_from(nth).expect("small");
    match nth % 4 {
        0 => event.start = apart,
        1 => event.odd_start = Some("infinity"),
        2 => event.start = 7_226_582_400 + apart,
        _ => event.start = now + 40 * DAY + apart,
    }
}

/// A chain of sources, with the id of whoever wrote last.
fn chain(event: &mut Event, nth: usize, random: &mut Random) {
    let first = if event.source == "TheSportsDB" { "ESPN" } else { "TheSportsDB" };
    event.external = external_id(first, 900_000 + nth, random);
    event.source = format!("{};{first}", event.source);
}

const UNREADABLE: [&str; 6] = [
    r#"{"moneyline": {"home": "N/A", "away": "-"}}"#,
    r#""{\"home\": -110, \"away\": 105}""#,
    r#"{"homeOdds": "soon", "awayOdds": 1.95}"#,
    r#"{"provider": "consensus"}"#,
    r#"[{"bookmaker": "DraftKings", "moneyline": {"home": 0, "away": -110}}]"#,
    "true",
];
