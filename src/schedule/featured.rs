//! Featured odds: one pull tells of every listing of a sport, so its turns follow the nearest start of them all.

use std::borrow::Cow;

use odds::Moment;
use providers::What;

use super::cadence::Cluster;
use super::closing_first::is_done;
use super::decide::Room;
use super::due::{Candidate, Draft, Priority, Reason};
use super::known::{Priced, Slate};
use super::props::closing_due_at;
use super::routine;
use super::slot::{Turns, is_among, mix, salt, why_not};

/// Considers the featured pull of a sport.
pub(super) fn consider<'a>(room: &Room<'a>, slate: &'a Slate, draft: &mut Draft<'a>) {
    let Some(odds) = &slate.odds else { return };
    let (near, phase_ends_at) = slate.timeline.near(room.at);
    let Some(near) = near else {
        return draft.hold(What::Odds, &slate.sport, None, phase_ends_at, Reason::NoGamesNear);
    };
    if slate.lists.odds_by_day && odds.credits == 0 {
        return routine::consider_odds_by_day(room, slate, draft);
    }
    draft.wake(phase_ends_at);
    if odds.credits > 0 && room.covered.has_first(What::Odds, slate.league) {
        return draft.hold(What::Odds, &slate.sport, None, phase_ends_at, Reason::FirstGives);
    }
    let row = salt(room.seed, &slate.sport);
    let next = Closing::next(room, slate);
    let last = room.asked.last(room.at, What::Odds, &slate.sport);
    let gap = room.cadence.odds_gap_at(near, &slate.weights);
    let anchor = next.as_ref().map(|next| next.closing_at);
    let turns = gap.map(|gap| Turns { anchor, gap, salt: row });
    let in_turn = turns.map(|turns| turns.due_at(room.at, last.as_ref()));
    let closing = next.as_ref().filter(|next| !next.is_done);
    let to_close = closing.map(|next| closing_due_at(room.at, next.closing_at, next.opens_at, last.as_ref()));
    let due_at = in_turn.into_iter().chain(to_close).min().unwrap_or(phase_ends_at);
    if room.at < due_at {
        let reason = if gap.is_none() { Reason::ClosingOnly } else { why_not(last.as_ref(), room.at) };
        return draft.hold(What::Odds, &slate.sport, None, due_at, reason);
    }
    let closing = next.filter(|next| room.at >= next.opens_at && !next.is_done);
    let (priority, reason, until) = match (closing, gap) {
        (Some(closing), None) if !is_among(room.pace.share, mix(row ^ closing.starts_at.secs() as u64)) => {
            return draft.hold(What::Odds, &slate.sport, None, closing.starts_at, Reason::GivenUp);
        }
        (Some(closing), _) => (Priority::Closing, Reason::Closing, closing.starts_at),
        (None, Some(gap)) => (Priority::Regular, Reason::Cadence(near.phase, gap), phase_ends_at),
        (None, None) => return draft.hold(What::Odds, &slate.sport, None, phase_ends_at, Reason::NotYet),
    };
    let then_at = turns.map_or(until, |turns| turns.after(room.at));
    draft.wake(until);
    draft.candidates.push(candidate(room, odds, priority, reason, (until, then_at)));
}

fn candidate<'a>(
    room: &Room<'a>,
    odds: &'a Priced,
    priority: Priority,
    reason: Reason,
    (until, then_at): (Moment, Moment),
) -> Candidate<'a> {
    let priority = if odds.credits == 0 { Priority::Free } else { priority };
    let nearness = until.secs().saturating_sub(room.at.secs());
    let again_at = room.at.plus_secs(room.retry_secs);
    Candidate { ask: Cow::Borrowed(&odds.ask), credits: odds.credits, priority, reason, nearness, again_at, then_at, otherwise: None }
}

/// The closing pull that comes next.
struct Closing {
    opens_at: Moment,
    closing_at: Moment,
    starts_at: Moment,
    is_done: bool,
}

impl Closing {
    fn next(room: &Room<'_>, slate: &Slate) -> Option<Self> {
        let last = room.asked.last(room.at, What::Odds, &slate.sport);
        let of = |cluster: &Cluster| {
            let opens_at = cluster.last.plus_secs(-super::cadence::CLOSING_SECS);
            let is_done = room.at >= opens_at && is_done(last.as_ref(), opens_at);
            Self { opens_at, closing_at: cluster.closing_at(), starts_at: cluster.first, is_done }
        };
        let to_come = slate.timeline.clusters_after(room.at);
        let near = to_come.iter().take(4).map(of).find(|closing| !closing.is_done);
        near.or_else(|| to_come.first().map(of))
    }
}
