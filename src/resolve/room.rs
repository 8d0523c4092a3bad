//! Room: of two listings of one provider that fit one event, the one that is out of place there leaves it. Which of them is met first
//! says nothing.

use odds::observation::{EventStatus, ListingKind};
use odds::participant::likeness_at;
use store::boards::Boards;
use store::log::Appending;
use store::{ListingRow, Result};

use super::Meeting;
use super::again::{OTHER_START, is_another_time, leave, others_of, own_of, settle};
use super::bond::{Own, SAME_START_SECS, is_same_number};
use super::evidence::{Judged, judge};

/// Judges a listing once those have left that are out of place in the event that it fits.
pub(super) fn judge_in_room(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    own: &Own<'_>,
    decisions: &mut usize,
) -> Result<Judged> {
    let judged = judge(log, boards, meeting, own)?;
    if judged.partner.is_some() || !make_room(log, boards, meeting, own, &judged.taken, decisions)? {
        return Ok(judged);
    }
    let judged = judge(log, boards, meeting, own)?;
    // of two games of a day either may be the one that was there
    Ok(if own.has_doubleheaders() { judged.asked("another listing of its provider was that event") } else { judged })
}

/// Lets those leave that are out of place in an event that a listing fits; gives whether one has.
pub(super) fn make_room(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    own: &Own<'_>,
    taken: &[(ListingRow, ListingRow)],
    decisions: &mut usize,
) -> Result<bool> {
    let mut is_made = false;
    for (_, by) in taken {
        // as it stands now: it may have left already
        let Some(by) = log.listing(by.id)? else { continue };
        let others = others_of(log, &by)?;
        let alone = ListingRow { event: odds::EventId::founded_by(&by.provider, &by.external_id), ..by.clone() };
        let Some(theirs) = own_of(log, boards, meeting, (&alone, own.league))? else { continue };
        if others.is_empty() || !is_out_of_place(log, boards, own, (&by, &theirs), &others)? {
            continue;
        }
        let said_before = log.decisions_of(by.id)?;
        if leave(log, boards, (&by, &others), OTHER_START, decisions)? {
            is_made = true;
            let mut judged = judge(log, boards, meeting, &theirs)?;
            if theirs.has_doubleheaders() {
                judged = judged.asked("starts when that game does, and was another event");
            }
            settle(log, boards, (&alone, &judged), said_before.last(), decisions)?;
        }
    }
    Ok(is_made)
}

/// Whether a listing starts at another time than all others of its event, while another listing of its provider starts when they do; in
/// baseball, whether that one starts nearer to them. One that was put off waits for its new day.
fn is_out_of_place(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    own: &Own<'_>,
    (by, theirs): (&ListingRow, &Own<'_>),
    others: &[ListingRow],
) -> Result<bool> {
    if [EventStatus::Postponed, EventStatus::Cancelled].iter().any(|status| by.status.as_deref() == Some(status.as_str())) {
        return Ok(false);
    }
    for other in others {
        let is_nearer = own.gap(other).zip(theirs.gap(other)).is_some_and(|(own, theirs)| own < theirs);
        let is_told = theirs.called.contains(&other.id) || is_same_number(log, boards, theirs, other)?;
        let is_beside = theirs.has_doubleheaders() && is_nearer && !is_told;
        if !is_beside && !is_another_time(log, boards, theirs, other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the provider of a listing that starts at another time than all others of its event lists another game of the same two when they
/// start.
pub(super) fn has_left_room(log: &mut Appending<'_>, own: &Own<'_>, (row, others): (&ListingRow, &[ListingRow])) -> Result<bool> {
    let (Some(league), true) = (&row.league, own.is_listed_once) else { return Ok(false) };
    for at in others.iter().filter_map(|other| other.starts_at) {
        let then = log.listings_starting(league, at.plus_secs(-SAME_START_SECS), at.plus_secs(SAME_START_SECS))?;
        let like =
            |one: &str, other: &Option<String>| other.as_deref().is_some_and(|other| likeness_at(league, one, other, Some(at)).is_one());
        let is_there = |one: &ListingRow| {
            one.provider == row.provider
                && one.id != row.id
                && one.event != row.event
                && one.kind == ListingKind::Contest
                && one.status.as_deref() != Some(EventStatus::Cancelled.as_str())
                && like(&own.said.home, &one.home)
                && like(&own.said.away, &one.away)
        };
        if then.iter().any(is_there) {
            return Ok(true);
        }
    }
    Ok(false)
}
