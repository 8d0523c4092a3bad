//! Evidence: what speaks for two listings being one event, and what against. Joined is what league, both names and the start say
//! together; anything less is shown to a person.

use std::collections::HashSet;

use odds::board::Board;
use odds::id::ListingId;
use odds::observation::{EventStatus, FactKind, ListingKind, ListingSeen};
use odds::participant::{Likeness, likeness};
use odds::{EventId, Moment};
use store::boards::Boards;
use store::log::Appending;
use store::{ListingRow, Result};

use super::{Meeting, all_ids, fact, start_of};

/// Both names letter for letter, in one league, at one hour.
pub(super) const EXACT: &str = "league+participants+start/1";
/// The same with names that are two known spellings of one team.
const ALIASES: &str = "league+aliases+start/1";
/// One id of one provider for both, with league, start and at least one name that is the same.
const SHARED_ID: &str = "league+id+participants+start/1";

/// Two starts that are further apart than this are not held to be the same game.
const SAME_START_SECS: i64 = 30 * 60;
/// Two of the same names that start within this may be one game with a wrong time (local times were stored as UTC), or two of a day.
/// The next game of a series is further away.
const SAME_DAY_SECS: i64 = 12 * 3600;
/// Candidates that are shown to a person, at most.
const MOST: usize = 8;

/// What the evidence comes to.
#[derive(Default)]
pub(super) struct Judged {
    /// The listing whose event it is, and by which rule.
    pub(super) partner: Option<(ListingRow, &'static str)>,
    /// Where it is not joined: listings that may be the same event, and why that is left to a person.
    pub(super) candidates: Vec<(ListingRow, String)>,
}

/// What one other listing is to the one that is met.
enum Bond {
    /// Nothing.
    Stranger,
    /// The same event, by a rule.
    Same(&'static str),
    /// Perhaps the same.
    Perhaps(String),
    /// It looks the same, and something speaks against it: then it is no event of this listing's either, whoever else fits there.
    Against(&'static str),
    /// The provider's own other listing of what looks the same: it says that they are two.
    Twin,
}

/// The listing that is met.
struct Own<'a> {
    league: &'a str,
    home: &'a str,
    away: &'a str,
    start: Moment,
    score: Option<(&'a str, &'a str)>,
    foreign: Vec<String>,
    called: HashSet<ListingId>,
}

/// Weighs every listing of the league that starts around the same time, and those that have the same id.
pub(super) fn judge(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    seen: &ListingSeen<'_>,
    league: Option<&str>,
) -> Result<Judged> {
    let Some(own) = own(log, meeting, seen, league)? else { return Ok(Judged::default()) };
    let near = log.listings_starting(own.league, own.start.plus_secs(-SAME_DAY_SECS), own.start.plus_secs(SAME_DAY_SECS))?;
    let mut far: Vec<ListingId> = own.called.iter().copied().filter(|id| near.iter().all(|row| row.id != *id)).collect();
    far.sort_unstable();
    let (mut same, mut perhaps, mut against, mut has_twin) = (Vec::new(), Vec::new(), HashSet::new(), false);
    for row in near.into_iter().filter(|row| row.kind == ListingKind::Contest) {
        match bond(log, boards, meeting, &own, &row)? {
            Bond::Stranger => {}
            Bond::Same(rule) => same.push((row, rule)),
            Bond::Perhaps(why) => perhaps.push((row, why)),
            Bond::Against(why) => {
                against.insert(row.event);
                perhaps.push((row, why.to_owned()));
            }
            Bond::Twin => has_twin = true,
        }
    }
    for id in far {
        let row = log.listing(id)?.filter(|row| row.league.as_deref() == Some(own.league) && row.kind == ListingKind::Contest);
        perhaps.extend(row.map(|row| (row, "the same id, and a start that is days away".to_owned())));
    }
    Ok(sum(same, perhaps, &against, has_twin))
}

/// One event that is the same beyond doubt is joined; everything else is a question, or nothing.
fn sum(
    same: Vec<(ListingRow, &'static str)>,
    mut perhaps: Vec<(ListingRow, String)>,
    against: &HashSet<EventId>,
    has_twin: bool,
) -> Judged {
    let is_one_event = same.windows(2).all(|pair| pair[0].0.event == pair[1].0.event);
    let is_contested = same.iter().any(|(row, _)| against.contains(&row.event));
    if is_one_event
        && !is_contested
        && !has_twin
        && let Some(partner) = same.first()
    {
        return Judged { partner: Some(partner.clone()), candidates: Vec::new() };
    }
    let why = match (has_twin, is_contested) {
        (true, _) => "the provider lists it twice",
        (_, true) => "it fits, and another listing of the same event does not",
        _ => "several events fit",
    };
    perhaps.splice(0..0, same.into_iter().map(|(row, _)| (row, why.to_owned())));
    perhaps.truncate(MOST);
    Judged { partner: None, candidates: perhaps }
}

fn own<'a>(log: &mut Appending<'_>, meeting: &Meeting<'_>, seen: &'a ListingSeen<'_>, league: Option<&'a str>) -> Result<Option<Own<'a>>> {
    let (Some(league), ListingKind::Contest) = (league, seen.kind) else { return Ok(None) };
    let (Some(home), Some(away), Some(start)) = (fact(seen, FactKind::Home), fact(seen, FactKind::Away), start_of(seen)) else {
        return Ok(None);
    };
    let is_final = fact(seen, FactKind::Status) == Some(EventStatus::Final.as_str());
    let score = fact(seen, FactKind::HomeScore).zip(fact(seen, FactKind::AwayScore)).filter(|_| is_final);
    let foreign = all_ids(meeting, seen);
    let mut called = HashSet::new();
    for id in &foreign {
        called.extend(log.listings_called(id)?);
    }
    Ok(Some(Own { league, home, away, start, score, foreign, called }))
}

/// How the names of two listings stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sides {
    Straight(Likeness),
    Swapped,
    OneAlike,
    Others,
}

fn sides(own: &Own<'_>, row: &ListingRow) -> Sides {
    let (Some(home), Some(away)) = (row.home.as_deref(), row.away.as_deref()) else { return Sides::Others };
    let like = |a: &str, b: &str| likeness(own.league, a, b);
    let straight = (like(own.home, home), like(own.away, away));
    let least = straight.0.min(straight.1);
    if least.is_one() {
        Sides::Straight(least)
    } else if like(own.home, away).is_one() && like(own.away, home).is_one() {
        Sides::Swapped
    } else if least == Likeness::Alike && straight.0.max(straight.1).is_one() {
        Sides::OneAlike
    } else {
        Sides::Others
    }
}

fn bond(log: &mut Appending<'_>, boards: &mut Boards, meeting: &Meeting<'_>, own: &Own<'_>, row: &ListingRow) -> Result<Bond> {
    let Some(start) = row.starts_at else { return Ok(Bond::Stranger) };
    let (sides, gap) = (sides(own, row), (start.secs() - own.start.secs()).abs());
    let (is_same_start, has_id) = (gap <= SAME_START_SECS, own.called.contains(&row.id));
    let is_own_provider = row.provider == meeting.provider;
    if is_own_provider && meeting.speaks.is_none_or(|provider| provider.lists_an_event_once()) {
        return Ok(if is_same_start && matches!(sides, Sides::Straight(_)) { Bond::Twin } else { Bond::Stranger });
    }
    Ok(match sides {
        Sides::Others if has_id => Bond::Perhaps("the same id under other names".to_owned()),
        Sides::Others => Bond::Stranger,
        _ if !has_id && has_other_id(log, own, row)? => {
            if is_same_start {
                Bond::Against("one source has two ids for what looks the same")
            } else {
                Bond::Stranger
            }
        }
        Sides::Swapped => Bond::Against("the same two with their sides swapped"),
        _ if !is_same_start => Bond::Perhaps(format!("the same names, starts {} minutes apart", gap / 60)),
        Sides::OneAlike if !has_id => Bond::Perhaps("one name is the same, the other alike".to_owned()),
        _ if is_own_provider && !has_id && gap != 0 && own.league.starts_with("baseball.") => {
            Bond::Perhaps(format!("starts {} minutes apart: two games of one day cannot be told from one", gap / 60))
        }
        _ if scores_differ(log, boards, own, row)? => Bond::Against("both are over, with different scores"),
        _ if has_id => Bond::Same(SHARED_ID),
        Sides::Straight(Likeness::Same) => Bond::Same(EXACT),
        _ => Bond::Same(ALIASES),
    })
}

/// Whether a provider gives the other listing an id of its own, and this one another.
fn has_other_id(log: &mut Appending<'_>, own: &Own<'_>, row: &ListingRow) -> Result<bool> {
    if own.foreign.is_empty() {
        return Ok(false);
    }
    let mut theirs = log.foreign_ids_of(row.id)?;
    theirs.push(format!("{}/{}", row.provider, row.external_id));
    let provider = |id: &str| id.split_once('/').map(|(provider, _)| provider.to_owned());
    Ok(own.foreign.iter().any(|id| theirs.iter().any(|other| other != id && provider(other) == provider(id))))
}

/// Whether both games are over and ended otherwise: two games of a day that lost their times.
fn scores_differ(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, row: &ListingRow) -> Result<bool> {
    let (Some(score), true) = (own.score, row.status.as_deref() == Some(EventStatus::Final.as_str())) else { return Ok(false) };
    let differs = |board: &Board| {
        let theirs = board.fact(FactKind::HomeScore).zip(board.fact(FactKind::AwayScore));
        theirs.is_some_and(|theirs| theirs != score)
    };
    if let Some(kept) = boards.get(row.id) {
        return Ok(differs(&kept.board));
    }
    let rows = log.listing_rows(row.id, &mut boards.words)?;
    Ok(differs(&Boards::fold(row.clone(), rows, log.head().seq).board))
}
