//! Resolve: which event a listing is. Sure and modest: a wrong join is worse than an open question.

use odds::board::Board;
use odds::id::{EventId, ReplyId};
use odds::names::Names;
use odds::observation::{FactKind, ListingKind, ListingSeen};
use odds::{ListingId, Moment};
use providers::Provider;
use store::boards::Kept;
use store::log::{Appending, NewDecision, NewListing};
use store::{ListingRow, Result};

/// The reply in which listings are met.
#[derive(Clone, Copy)]
pub struct Meeting<'a> {
    /// The provider's key.
    pub provider: &'a str,
    /// The reply.
    pub reply: ReplyId,
    /// The provider, for its leagues.
    pub speaks: Option<&'a dyn Provider>,
}

/// Two starts that are further apart than this are not held to be the same game.
const SAME_START_SECS: i64 = 30 * 60;
const RULE: &str = "league+participants+start/1";

/// Gives a new listing its number and its event: the one that exactly one listing of another provider stands for, else a new one.
///
/// # Errors
/// What the store reports.
pub fn meet(log: &mut Appending<'_>, meeting: &Meeting<'_>, seen: &ListingSeen<'_>, decisions: &mut usize) -> Result<Kept> {
    let league = meeting.speaks.and_then(|provider| provider.league(&seen.sport)).map(|league| league.key);
    let own = EventId::founded_by(meeting.provider, &seen.id);
    let partner = partner(log, meeting, seen, league)?;
    let event = partner.as_ref().map_or(own, |row| row.event);
    let listing = NewListing { provider: meeting.provider, external_id: &seen.id, sport: &seen.sport, league, kind: seen.kind };
    let id = log.add_listing(&listing, event)?;
    log.add_decision(*decisions, &decision(id, event, partner.as_ref()))?;
    *decisions += 1;
    let row = ListingRow {
        id,
        provider: meeting.provider.to_owned(),
        external_id: seen.id.to_string(),
        sport: seen.sport.to_string(),
        kind: seen.kind,
        event,
        league: league.map(str::to_owned),
        starts_at: None,
        status: None,
        home: None,
        away: None,
        is_standing: false,
        founded: log.next_seq(),
    };
    Ok(Kept { listing: row, names: Names::default(), board: Board::default(), seq: log.next_seq() })
}

fn decision(listing: ListingId, event: EventId, partner: Option<&ListingRow>) -> NewDecision {
    let (kind, evidence) = match partner {
        None => ("founded", String::from("{}")),
        Some(with) => {
            let evidence = serde_json::json!({
                "with": { "provider": with.provider, "listing": with.external_id },
                "league": with.league, "home": with.home, "away": with.away, "starts_at": with.starts_at,
            });
            ("joined", evidence.to_string())
        }
    };
    NewDecision { kind, listing, event, rule: RULE, evidence, decided_by: "rule" }
}

/// The one listing of another provider that is the same game beyond doubt.
fn partner(log: &mut Appending<'_>, meeting: &Meeting<'_>, seen: &ListingSeen<'_>, league: Option<&str>) -> Result<Option<ListingRow>> {
    let (Some(league), ListingKind::Contest) = (league, seen.kind) else { return Ok(None) };
    let fact = |kind| seen.facts.iter().find(|fact| fact.kind == kind && fact.subject.is_empty()).map(|fact| &*fact.value);
    let (Some(home), Some(away), Some(start)) = (fact(FactKind::Home), fact(FactKind::Away), fact(FactKind::Start)) else {
        return Ok(None);
    };
    let Ok(start) = start.parse::<Moment>() else { return Ok(None) };
    let near = log.listings_starting(league, start.plus_secs(-SAME_START_SECS), start.plus_secs(SAME_START_SECS))?;
    let same = |row: &&ListingRow| {
        row.home.as_deref().is_some_and(|name| is_same_name(name, home)) && row.away.as_deref().is_some_and(|name| is_same_name(name, away))
    };
    let partners: Vec<&ListingRow> = near.iter().filter(same).collect();
    let own = partners.iter().any(|row| row.provider == meeting.provider);
    let one_event = partners.windows(2).all(|pair| pair[0].event == pair[1].event);
    Ok(if own || !one_event { None } else { partners.first().map(|row| (*row).clone()) })
}

/// Whether two spellings are the same name: letters and figures alone count, without case and common marks.
pub(crate) fn is_same_name(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

fn plain(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).map(unmarked).filter(|letter| letter.is_alphanumeric()).collect()
}

/// A letter without its mark, for the letters that team names have.
const fn unmarked(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_and_a_part_of_a_name_is_another() {
        assert!(is_same_name("Bayern München", "Bayern Munchen"));
        assert!(is_same_name("St. Louis Blues", "St Louis Blues"));
        assert!(!is_same_name("Washington", "Washington State"));
        assert!(!is_same_name("Inter", "Inter Miami"));
    }
}
