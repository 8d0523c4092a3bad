//! Moves to and from the injured list. They are no list of who is hurt: each player's own list is what his last move says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, FactSeen, ListingKind, ListingSeen, Problem, Refusal};
use serde_json::Value;

use super::request::end_of;
use super::schedule::fact;
use super::wire::Transaction;
use super::{SPORT, request};
use crate::items::{items, text};

/// The list of a player: what his moves have made of it, by the end of each move's day.
pub(super) fn read(body: &Value, fetched_at: Moment, problems: &mut Vec<Problem>) -> BTreeMap<Moment, Vec<ListingSeen<'static>>> {
    let mut by_moment: BTreeMap<Moment, BTreeMap<String, (u64, ListingSeen<'static>)>> = BTreeMap::new();
    let mut others = 0_u64;
    for (at, moved) in items::<Transaction>(body, request::TRANSACTIONS, "", problems) {
        let description = text(&moved.description);
        let Some(injury) = injury(&moved, &description) else {
            others += 1;
            continue;
        };
        let (player, day) = (text(&moved.person.id), text(&moved.date));
        let (Some(moment), false) = (end_of(&day), player.is_empty()) else {
            problems.push(Problem::at(at, Refusal::MissingField, "an injured-list move without its day or player"));
            continue;
        };
        let order = moved.id.as_u64().unwrap_or_default();
        let of_moment = by_moment.entry(moment.min(fetched_at)).or_default();
        let is_newer = of_moment.get(&player).is_none_or(|(known, _)| *known <= order);
        if is_newer {
            of_moment.insert(player.clone(), (order, list(&player, injury.as_ref())));
        }
    }
    if others > 0 {
        problems.push(Problem::at(request::TRANSACTIONS, Refusal::NoPlace, format!("{others} moves that are not of the injured list")));
    }
    by_moment.into_iter().map(|(at, players)| (at, players.into_values().map(|(_, list)| list).collect())).collect()
}

fn list(player: &str, injury: Option<&Injury>) -> ListingSeen<'static> {
    let facts = injury
        .and_then(|injury| serde_json::to_string(injury).ok())
        .map(|value| FactSeen { subject: Cow::Owned(player.to_owned()), ..fact(FactKind::Injury, value) });
    ListingSeen {
        id: Cow::Owned(format!("injuries/mlb/{player}")),
        sport: Cow::Borrowed(SPORT),
        kind: ListingKind::InjuryList,
        facts: facts.into_iter().collect(),
        ..ListingSeen::default()
    }
}

/// What a move says: `Some(None)` that he is off the list, `None` that it is no such move.
fn injury(moved: &Transaction, description: &str) -> Option<Option<Injury>> {
    let lower = description.to_ascii_lowercase();
    let at = lower.find("-day injured list")?;
    if lower.contains(" activated ") || lower.contains(" reinstated ") {
        return Some(None);
    }
    let days: String = lower[..at].chars().rev().take_while(char::is_ascii_digit).collect::<Vec<_>>().into_iter().rev().collect();
    let is_move = lower.contains(" placed ") || lower.contains(" transferred ");
    if days.is_empty() || !is_move {
        return None;
    }
    // what follows the list's own sentence is the reason: "Right shoulder inflammation."
    let reason = description.get(at..)?.split_once(". ").map(|(_, reason)| reason.trim().trim_end_matches('.').to_owned());
    let status = format!("{days}-Day-IL");
    Some(Some(Injury {
        player: text(&moved.person.full_name),
        team: text(&moved.to_team.name),
        meaning: InjuryStatus::from_words(&status),
        status,
        body_part: reason.filter(|reason| !reason.is_empty()),
        comment: Some(description.to_owned()),
        expected_return: None,
        reported_at: end_of(&text(&moved.date)).map(|end| end.plus_secs(1 - 86_400)),
        position: None,
    }))
}
