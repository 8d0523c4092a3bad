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

use super::bond::{Bond, ON_DAY_SECS, Own, SAME_START_SECS, bond, filling};
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
    /// Listings that it fits, whose event another listing of its provider is: that one beside each.
    pub(super) taken: Vec<(ListingRow, ListingRow)>,
}

impl Judged {
    /// The same, where what it would be joined with is left to a person.
    pub(super) fn asked(self, why: &str) -> Self {
        let mut candidates = self.candidates;
        candidates.extend(self.partner.map(|(row, _)| (row, why.to_owned())));
        Self { partner: None, candidates, taken: self.taken }
    }
}

/// A listing as the reply says it in which it is met; `None` where that is no contest of two in a league.
pub(super) fn met<'a>(
    log: &mut Appending<'_>,
    meeting: &Meeting<'a>,
    seen: &'a ListingSeen<'_>,
    league: Option<&'a str>,
) -> Result<Option<Own<'a>>> {
    let (Some(league), ListingKind::Contest) = (league, seen.kind) else { return Ok(None) };
    let Some(said) = Said::of_seen(seen) else { return Ok(None) };
    let mut own = Own {
        id: None,
        event: None,
        provider: meeting.provider,
        external_id: &seen.id,
        is_listed_once: meeting.lists_once(),
        league,
        said,
        foreign: all_ids(meeting, seen),
        called: HashSet::new(),
    };
    own.look_up(log)?;
    Ok(Some(own))
}

/// Weighs a listing by what it says, and leaves to a person what the reply itself puts in doubt.
pub(super) fn judge(log: &mut Appending<'_>, boards: &mut Boards, meeting: &Meeting<'_>, own: &Own<'_>) -> Result<Judged> {
    let judged = weigh_all(log, boards, own)?;
    // an id that both have tells which of them it is
    let is_by_time = judged.partner.as_ref().is_some_and(|(partner, _)| !own.called.contains(&partner.id));
    let is_in_doubt = is_by_time && own.has_doubleheaders() && has_twin(meeting, own);
    Ok(if is_in_doubt { judged.asked("the reply lists two games of these two at that time") } else { judged })
}

/// Whether the reply lists another game of the same two at that time, and nothing tells which is which.
fn has_twin(meeting: &Meeting<'_>, own: &Own<'_>) -> bool {
    let is_of_the_same = |other: &&ListingSeen<'_>| {
        let name = |kind| super::fact(other, kind);
        other.id != own.external_id
            && meeting.league(&other.sport) == Some(own.league)
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
    let is_doubtful = found.is_doubtful(log, own)?;
    Ok(found.sum(own, is_doubtful))
}

/// What was found, before it is summed up.
#[derive(Default)]
struct Found {
    same: Vec<(ListingRow, &'static str)>,
    perhaps: Vec<(ListingRow, String)>,
    against: HashSet<EventId>,
    twins: Vec<ListingRow>,
    taken: Vec<(ListingRow, ListingRow)>,
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

    /// Two games of one provider cannot both be this one: an event that another listing of it is already is none of this one's. Nor is
    /// one that has a listing of which a person said that it is another.
    fn leave_filled(&mut self, log: &mut Appending<'_>, own: &Own<'_>) -> Result<()> {
        if !own.is_listed_once && own.id.is_none() {
            return Ok(());
        }
        for (row, rule) in std::mem::take(&mut self.same) {
            let listings = log.listings_of_event(row.event)?;
            if is_told_apart(log, own, &listings)? {
                continue;
            }
            let Some(filling) = filling(own, &listings) else {
                self.same.push((row, rule));
                continue;
            };
            self.taken.push((row.clone(), filling.clone()));
            // the twin says it itself
            if !own.has_doubleheaders() && self.twins.iter().all(|twin| twin.event != row.event) {
                let why = format!("it fits, and {} lists that event as {} already", filling.provider, filling.external_id);
                self.perhaps.push((row, why));
            }
        }
        Ok(())
    }

    /// Whether a game that may be another of the same day speaks against the time alone: one of that event at another time, or one of
    /// another event at that time, whose provider lists both.
    fn is_doubtful(&self, log: &mut Appending<'_>, own: &Own<'_>) -> Result<bool> {
        if self.perhaps.is_empty() || !own.has_doubleheaders() {
            return Ok(false);
        }
        let Some((partner, _)) = self.same.first().filter(|(partner, _)| !own.called.contains(&partner.id)) else { return Ok(false) };
        let listings = log.listings_of_event(partner.event)?;
        let is_then = |row: &ListingRow| own.gap(row).is_some_and(|gap| gap <= SAME_START_SECS);
        let is_there_too = |row: &ListingRow| listings.iter().any(|listing| listing.provider == row.provider);
        let is_doubt = |row: &ListingRow| if row.event == partner.event { !is_then(row) } else { is_then(row) && is_there_too(row) };
        Ok(self.perhaps.iter().any(|(row, _)| is_doubt(row)))
    }

    /// One event that is the same beyond doubt is joined; everything else is a question, or nothing.
    fn sum(self, own: &Own<'_>, is_doubtful: bool) -> Judged {
        let Self { same, mut perhaps, against, twins, taken } = self;
        let is_one_event = same.windows(2).all(|pair| pair[0].0.event == pair[1].0.event);
        let is_contested = same.iter().any(|(row, _)| against.contains(&row.event));
        if is_one_event
            && !is_contested
            && twins.is_empty()
            && !is_doubtful
            && let Some(partner) = same.first()
        {
            return Judged { partner: Some(partner.clone()), candidates: Vec::new(), taken };
        }
        let why = match (twins.is_empty(), is_contested) {
            (false, _) => "the provider lists it twice",
            (_, true) => "it fits, and another listing of the same event does not",
            _ if is_doubtful => "it fits, and it may be another game of that day",
            _ => "several events fit",
        };
        perhaps.splice(0..0, same.into_iter().map(|(row, _)| (row, why.to_owned())));
        if !own.has_doubleheaders() {
            let again = "the provider lists it twice: the one may be the other under a new id";
            perhaps.extend(twins.into_iter().map(|row| (row, again.to_owned())));
        }
        perhaps.truncate(MOST);
        Judged { partner: None, candidates: perhaps, taken }
    }
}

/// Whether a person said of one of the listings that it is not this one's event.
fn is_told_apart(log: &mut Appending<'_>, own: &Own<'_>, listings: &[ListingRow]) -> Result<bool> {
    let Some((id, event)) = own.id.zip(own.event) else { return Ok(false) };
    for row in listings {
        if log.is_refused(id, row.id)? || log.is_taken_back(row.id, event)? {
            return Ok(true);
        }
    }
    Ok(false)
}
