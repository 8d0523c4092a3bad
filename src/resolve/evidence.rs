//! Evidence: what speaks for two listings being one event, and what against. Joined is what league, both names and the start say
//! together; anything less is shown to a person.

use std::collections::HashSet;

use odds::EventId;
use odds::id::ListingId;
use odds::observation::{FactKind, ListingKind, ListingSeen};
use odds::participant::{is_unnamed, likeness_at};
use store::boards::Boards;
use store::log::Appending;
use store::{ListingRow, Result};

use super::bond::{Bond, ON_DAY_SECS, Own, SAME_START_SECS, bond, fills};
use super::said::Said;
use super::{Meeting, all_ids};

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

impl Judged {
    /// The same, where what it would be joined with is left to a person.
    pub(super) fn asked(self, why: &str) -> Self {
        let mut candidates = self.candidates;
        candidates.extend(self.partner.map(|(row, _)| (row, why.to_owned())));
        Self { partner: None, candidates }
    }
}

/// Weighs what a reply says in which a listing is met.
pub(super) fn judge(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    seen: &ListingSeen<'_>,
    league: Option<&str>,
) -> Result<Judged> {
    let (Some(league), ListingKind::Contest) = (league, seen.kind) else { return Ok(Judged::default()) };
    let Some(said) = Said::of_seen(seen) else { return Ok(Judged::default()) };
    let is_listed_once = meeting.speaks.is_none_or(|provider| provider.lists_an_event_once());
    let mut own = Own {
        id: None,
        event: None,
        provider: meeting.provider,
        is_listed_once,
        league,
        said,
        foreign: all_ids(meeting, seen),
        called: HashSet::new(),
    };
    own.look_up(log)?;
    let judged = weigh_all(log, boards, &own)?;
    // an id that both have tells which of them it is
    let is_by_time = judged.partner.as_ref().is_some_and(|(partner, _)| !own.called.contains(&partner.id));
    let is_in_doubt = is_by_time && own.has_doubleheaders() && has_twin(meeting, &own, seen);
    Ok(if is_in_doubt { judged.asked("the reply lists two games of these two at that time") } else { judged })
}

/// Whether the reply in which a listing is met lists another game of the same two at that time, and nothing tells which is which.
fn has_twin(meeting: &Meeting<'_>, own: &Own<'_>, seen: &ListingSeen<'_>) -> bool {
    let is_of_the_same = |other: &&ListingSeen<'_>| {
        let name = |kind| super::fact(other, kind);
        other.id != seen.id
            && other.sport == seen.sport
            && name(FactKind::Home) == Some(&own.said.home)
            && name(FactKind::Away) == Some(&own.said.away)
    };
    let is_then = |said: &Said| (said.start.secs() - own.said.start.secs()).abs() <= SAME_START_SECS;
    let is_numbered_apart = |said: &Said| own.said.extras.number.zip(said.extras.number).is_some_and(|(own, other)| own != other);
    let all = meeting.snapshots.iter().flat_map(|snapshot| &snapshot.listings);
    all.filter(is_of_the_same).filter_map(Said::of_seen).any(|said| is_then(&said) && !is_numbered_apart(&said))
}

/// Weighs every listing of the league that starts around the same time, and those that have the same id.
pub(super) fn weigh_all(log: &mut Appending<'_>, boards: &mut Boards, own: &Own<'_>) -> Result<Judged> {
    let at = own.said.start;
    let plays_itself = likeness_at(own.league, &own.said.home, &own.said.away, Some(at)).is_one();
    let is_named = !is_unnamed(&own.said.home) && !is_unnamed(&own.said.away) && !plays_itself;
    let near = log.listings_starting(own.league, at.plus_secs(-ON_DAY_SECS), at.plus_secs(ON_DAY_SECS))?;
    let mut far: Vec<ListingId> = own.called.iter().copied().filter(|id| near.iter().all(|row| row.id != *id)).collect();
    far.sort_unstable();
    let mut found = Found::default();
    for row in near.into_iter().filter(|row| row.kind == ListingKind::Contest && Some(row.id) != own.id && is_named) {
        let bond = bond(log, boards, own, &row)?;
        let is_refused = match own.id.zip(own.event) {
            Some((id, event)) if !matches!(bond, Bond::Stranger) => log.is_refused(id, row.id)? || log.is_taken_back(row.id, event)?,
            _ => false,
        };
        if !is_refused {
            found.take(row, bond);
        }
    }
    for id in far {
        let row = log.listing(id)?.filter(|row| row.league.as_deref() == Some(own.league) && row.kind == ListingKind::Contest);
        found.perhaps.extend(row.map(|row| (row, "the same id, and a start that is days away".to_owned())));
    }
    found.leave_filled(log, own)?;
    Ok(found.sum(own))
}

/// What was found, before it is summed up.
#[derive(Default)]
struct Found {
    same: Vec<(ListingRow, &'static str)>,
    perhaps: Vec<(ListingRow, String)>,
    against: HashSet<EventId>,
    twins: Vec<ListingRow>,
}

impl Found {
    fn take(&mut self, row: ListingRow, bond: Bond) {
        match bond {
            Bond::Stranger => {}
            Bond::Same(rule) => self.same.push((row, rule)),
            Bond::Perhaps(why) => self.perhaps.push((row, why)),
            Bond::Against(why) => {
                self.against.insert(row.event);
                self.perhaps.push((row, why.to_owned()));
            }
            Bond::Twin => self.twins.push(row),
        }
    }

    /// Two games of one provider cannot both be this one: an event that another listing of it is already is none of this one's.
    fn leave_filled(&mut self, log: &mut Appending<'_>, own: &Own<'_>) -> Result<()> {
        for (row, rule) in std::mem::take(&mut self.same) {
            match fills(log, own, row.event)? {
                None => self.same.push((row, rule)),
                // the twin says it itself
                Some(_) if self.twins.iter().any(|twin| twin.event == row.event) => {}
                Some(_) if own.has_doubleheaders() => {}
                Some(why) => self.perhaps.push((row, why)),
            }
        }
        Ok(())
    }

    /// One event that is the same beyond doubt is joined; everything else is a question, or nothing.
    fn sum(self, own: &Own<'_>) -> Judged {
        let Self { same, mut perhaps, against, twins } = self;
        let is_one_event = same.windows(2).all(|pair| pair[0].0.event == pair[1].0.event);
        let is_contested = same.iter().any(|(row, _)| against.contains(&row.event));
        if is_one_event
            && !is_contested
            && twins.is_empty()
            && let Some(partner) = same.first()
        {
            return Judged { partner: Some(partner.clone()), candidates: Vec::new() };
        }
        let why = match (twins.is_empty(), is_contested) {
            (false, _) => "the provider lists it twice",
            (_, true) => "it fits, and another listing of the same event does not",
            _ => "several events fit",
        };
        perhaps.splice(0..0, same.into_iter().map(|(row, _)| (row, why.to_owned())));
        if !own.has_doubleheaders() {
            let again = "the provider lists it twice: the one may be the other under a new id";
            perhaps.extend(twins.into_iter().map(|row| (row, again.to_owned())));
        }
        perhaps.truncate(MOST);
        Judged { partner: None, candidates: perhaps }
    }
}
