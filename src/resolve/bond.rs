//! What one other listing is to the one that is judged: by names and sides, start, ids, number of the game, venue and score.

use std::collections::HashSet;

use odds::board::Board;
use odds::id::ListingId;
use odds::observation::{EventStatus, FactKind};
use odds::participant::{Likeness, is_unnamed, likeness_at};
use odds::timeline::RowContent;
use odds::{EventId, Moment};
use store::boards::Boards;
use store::log::Appending;
use store::{ListingRow, Result};

use super::said::{Extras, Said, final_score};

/// Both names letter for letter, in one league, at one hour.
pub(super) const EXACT: &str = "league+participants+start/2";
/// The same with names that are two known spellings of one team.
const ALIASES: &str = "league+aliases+start/2";
/// One id of one provider for both, with league, start and at least one name that is the same.
const SHARED_ID: &str = "league+id+participants+start/2";
/// The same two the other way round, where a listing says that the site is neutral, or both have one id.
const SWAPPED: &str = "league+participants+swapped+start/2";
/// One name that is the same and one that is alike, at one venue and one hour.
const VENUE: &str = "league+participant+venue+start/2";
/// Both names, on the league's day, where one of the two says no more than the day.
const DAY: &str = "league+participants+day/2";
/// Both names, at an hour for which the other listing was set before.
const MOVED: &str = "league+participants+former_start/2";

/// Two starts that are further apart than this are not held to be the same game.
pub(super) const SAME_START_SECS: i64 = 30 * 60;
/// Two of the same names that start within this may be one game with a wrong time (local times were stored as UTC), or two of a day.
/// The next game of a series is further away.
pub(super) const SAME_DAY_SECS: i64 = 12 * 3600;
/// No start of a league's day is further from the noon of that day than this, in whatever zone the noon is.
pub(super) const ON_DAY_SECS: i64 = 20 * 3600;

/// What one other listing is to the one that is judged.
pub(super) enum Bond {
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

/// The listing that is judged.
pub(super) struct Own<'a> {
    pub(super) id: Option<ListingId>,
    /// The event that it is by itself, where it is known already.
    pub(super) event: Option<EventId>,
    pub(super) provider: &'a str,
    /// Its provider's id of it.
    pub(super) external_id: &'a str,
    /// Whether two listings of its provider are two events.
    pub(super) is_listed_once: bool,
    pub(super) league: &'a str,
    pub(super) said: Said,
    pub(super) foreign: Vec<String>,
    pub(super) called: HashSet<ListingId>,
}

impl Own<'_> {
    /// Finds the listings that one of its ids calls.
    pub(super) fn look_up(&mut self, log: &mut Appending<'_>) -> Result<()> {
        for id in &self.foreign {
            self.called.extend(log.listings_called(id)?);
        }
        self.called.retain(|id| Some(*id) != self.id);
        Ok(())
    }

    /// Nobody is at home in a cage: which of the two is named first says nothing.
    fn has_no_home(&self) -> bool {
        self.league.starts_with("mma.")
    }

    /// Seconds between its start and another's.
    pub(super) fn gap(&self, row: &ListingRow) -> Option<i64> {
        row.starts_at.map(|start| (start.secs() - self.said.start.secs()).abs())
    }

    /// Two games of one day have the same names: only more than names tells them apart.
    pub(super) fn has_doubleheaders(&self) -> bool {
        self.league.starts_with("baseball.")
    }
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
    let like = |a: &str, b: &str| likeness_at(own.league, a, b, Some(own.said.start));
    let straight = (like(&own.said.home, home), like(&own.said.away, away));
    let least = straight.0.min(straight.1);
    if least.is_one() {
        Sides::Straight(least)
    } else if like(&own.said.home, away).is_one() && like(&own.said.away, home).is_one() {
        Sides::Swapped
    } else if least == Likeness::Alike && straight.0.max(straight.1).is_one() {
        Sides::OneAlike
    } else {
        Sides::Others
    }
}

/// When the two start: as far as that says that they are one game.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Same,
    OnDay,
    Former,
    Other,
}

pub(super) fn bond(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, row: &ListingRow) -> Result<Bond> {
    let Some(start) = row.starts_at else { return Ok(Bond::Stranger) };
    let (sides, gap) = (sides(own, row), (start.secs() - own.said.start.secs()).abs());
    let has_id = own.called.contains(&row.id);
    let (is_same_start, is_own_provider) = (gap <= SAME_START_SECS, row.provider == own.provider);
    if sides == Sides::Others {
        let is_question = has_id && !is_own_provider && !waits_for_names(own, row);
        return Ok(if is_question { Bond::Perhaps("the same id under other names".to_owned()) } else { Bond::Stranger });
    }
    if is_own_provider && own.is_listed_once {
        let is_twin = is_same_start && matches!(sides, Sides::Straight(_)) && !is_another_number(log, boards, own, row)?;
        return Ok(if is_twin { Bond::Twin } else { Bond::Stranger });
    }
    if !has_id && has_other_id(log, own, row)? {
        let why = "one source has two ids for what looks the same";
        return Ok(if is_same_start { Bond::Against(why) } else { Bond::Stranger });
    }
    let start = if is_same_start { Start::Same } else { start_beyond(log, boards, own, row, start)? };
    match start {
        Start::Other if gap > SAME_DAY_SECS && !has_id => return Ok(Bond::Stranger),
        Start::Other if sides == Sides::Swapped && !own.has_no_home() => return Ok(Bond::Against("the same two with their sides swapped")),
        Start::Other => return Ok(Bond::Perhaps(format!("the same names, starts {} minutes apart", gap / 60))),
        Start::Same | Start::OnDay | Start::Former => {}
    }
    let theirs = facts_of(log, boards, row)?;
    weigh(own, row, &theirs, (sides, start, gap), has_id)
}

/// Whether both say which game of the day they are, and it is not the same.
pub(super) fn is_another_number(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, row: &ListingRow) -> Result<bool> {
    Ok(numbers(log, boards, own, row)?.is_some_and(|(own, theirs)| own != theirs))
}

/// Whether both say which game of one day they are, and it is the same.
pub(super) fn is_same_number(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, row: &ListingRow) -> Result<bool> {
    let is_one_day = own.gap(row).is_some_and(|gap| gap <= SAME_DAY_SECS);
    Ok(is_one_day && numbers(log, boards, own, row)?.is_some_and(|(own, theirs)| own == theirs))
}

/// Which game of the day each is, where both say so.
fn numbers(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, row: &ListingRow) -> Result<Option<(u8, u8)>> {
    let Some(number) = own.said.extras.number else { return Ok(None) };
    let theirs = facts_of(log, boards, row)?;
    Ok(Extras::of(|kind| theirs.fact(kind)).number.map(|theirs| (number, theirs)))
}

/// The names and the start fit: what else is said decides.
fn weigh(own: &Own<'_>, row: &ListingRow, theirs: &Board, (sides, start, gap): (Sides, Start, i64), has_id: bool) -> Result<Bond> {
    let extras = Extras::of(|kind| theirs.fact(kind));
    let number = own.said.extras.number.zip(extras.number);
    if number.is_some_and(|(own, theirs)| own != theirs) {
        return Ok(Bond::Stranger);
    }
    let is_numbered = number.is_some();
    let is_second = own.said.extras.number.max(extras.number).is_some_and(|number| number > 1);
    let is_neutral = own.said.extras.is_neutral || extras.is_neutral || own.has_no_home();
    let is_one_venue = own.said.extras.venue.is_some() && own.said.extras.venue == extras.venue;
    let is_swapped = sides == Sides::Swapped;
    Ok(match sides {
        Sides::Swapped if !is_neutral && !has_id => Bond::Against("the same two with their sides swapped"),
        Sides::OneAlike if !has_id && (!is_one_venue || start != Start::Same) => {
            Bond::Perhaps("one name is the same, the other alike".to_owned())
        }
        _ if own.has_doubleheaders() && !has_id && !is_numbered && is_second => {
            Bond::Perhaps("one is the second game of a day, the other does not say which".to_owned())
        }
        _ if own.has_doubleheaders() && row.provider == own.provider && !has_id && gap != 0 => {
            Bond::Perhaps(format!("starts {} minutes apart: two games of one day cannot be told from one", gap / 60))
        }
        _ if scores_differ(own, row, theirs, is_swapped) => Bond::Against("both are over, with different scores"),
        Sides::Swapped => Bond::Same(SWAPPED),
        _ if has_id => Bond::Same(SHARED_ID),
        Sides::OneAlike => Bond::Same(VENUE),
        _ if start == Start::OnDay => Bond::Same(DAY),
        _ if start == Start::Former => Bond::Same(MOVED),
        Sides::Straight(Likeness::Same) => Bond::Same(EXACT),
        _ => Bond::Same(ALIASES),
    })
}

/// A listing whose sides are not known yet says nothing against anybody.
fn waits_for_names(own: &Own<'_>, row: &ListingRow) -> bool {
    let names = [row.home.as_deref(), row.away.as_deref(), Some(&own.said.home), Some(&own.said.away)];
    names.into_iter().any(|name| name.is_none_or(is_unnamed))
}

/// Starts that are not within the hour are one where a day is all that is known, or where the other listing was set for this one before.
/// In baseball neither says which game of the day it is.
fn start_beyond(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>, row: &ListingRow, start: Moment) -> Result<Start> {
    if own.has_doubleheaders() || row.provider == own.provider {
        return Ok(Start::Other);
    }
    let zone = odds::sport::league(own.league).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    let is_one_day = own.said.start.day_in(&zone) == start.day_in(&zone);
    if is_one_day && (own.said.is_on_day || facts_of(log, boards, row)?.start_on_day().is_some()) {
        return Ok(Start::OnDay);
    }
    let was_set_for = |at: &Moment| (at.secs() - own.said.start.secs()).abs() <= SAME_START_SECS;
    let is_former = is_one_day && !own.said.is_on_day && starts_of(log, boards, row.id)?.iter().any(was_set_for);
    Ok(if is_former { Start::Former } else { Start::Other })
}

/// What was said of a listing so far, without its quotes.
pub(super) fn facts_of(log: &mut Appending<'_>, boards: &mut Boards, row: &ListingRow) -> Result<Board> {
    if let Some(kept) = boards.get(row.id) {
        return Ok(kept.board.without_quotes());
    }
    let rows = log.listing_rows(row.id, &mut boards.words)?;
    Ok(Boards::fold(row.clone(), rows, log.head().seq).board)
}

/// Every start that was ever stated of a listing.
fn starts_of(log: &mut Appending<'_>, boards: &mut Boards, listing: ListingId) -> Result<Vec<Moment>> {
    let rows = log.listing_rows(listing, &mut boards.words)?;
    let facts = rows.timeline.rows().iter().filter_map(|row| match &row.content {
        RowContent::Facts(facts) => Some(facts),
        RowContent::Cover(..) | RowContent::Changes(_) | RowContent::Missed(_) => None,
    });
    let starts = facts.flatten().filter(|fact| fact.kind == FactKind::Start).filter_map(|fact| fact.value.as_deref()?.parse().ok());
    Ok(starts.collect())
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
fn scores_differ(own: &Own<'_>, row: &ListingRow, theirs: &Board, is_swapped: bool) -> bool {
    let (Some((home, away)), true) = (&own.said.score, row.status.as_deref() == Some(EventStatus::Final.as_str())) else { return false };
    let own = if is_swapped { (away.as_str(), home.as_str()) } else { (home.as_str(), away.as_str()) };
    final_score(theirs).is_some_and(|score| score != own)
}

/// The listing that fills an event: another one of the provider that lists an event once. Where it was put off, or starts at another
/// time, it may have been issued anew, which a person knows.
pub(super) fn filling<'a>(own: &Own<'_>, listings: &'a [ListingRow]) -> Option<&'a ListingRow> {
    let is_filling = |row: &&ListingRow| row.provider == own.provider && Some(row.id) != own.id;
    listings.iter().find(is_filling).filter(|_| own.is_listed_once)
}
