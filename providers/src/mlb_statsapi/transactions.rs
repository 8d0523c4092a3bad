//! Moves of the league. Those to and from the injured list are no list of who is hurt: each player's own list is what his last move says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, FactSeen, ListingKind, ListingSeen, Problem, Refusal};
use odds::roster::Transaction;
use serde_json::Value;

use super::request::end_of;
use super::schedule::fact;
use super::{SPORT, request, wire};
use crate::items::{items, text};

/// What the moves say, by the end of each move's day: all of them as the moves of that day, and of those to and from the injured list
/// what they have made of each player's own list.
pub(super) fn read(body: &Value, fetched_at: Moment, problems: &mut Vec<Problem>) -> BTreeMap<Moment, Vec<ListingSeen<'static>>> {
    let mut lists: BTreeMap<Moment, BTreeMap<String, (u64, ListingSeen<'static>)>> = BTreeMap::new();
    let mut days: BTreeMap<Moment, BTreeMap<String, ListingSeen<'static>>> = BTreeMap::new();
    for (at, moved) in items::<wire::Transaction>(body, request::TRANSACTIONS, "", problems) {
        let (id, player, day) = (text(&moved.id), text(&moved.person.id), text(&moved.date));
        let description = text(&moved.description);
        let (Some(moment), false) = (end_of(&day), id.is_empty() || description.is_empty()) else {
            problems.push(Problem::at(at, Refusal::MissingField, "a move without its id, day or sentence"));
            continue;
        };
        let moment = moment.min(fetched_at);
        let day = day.get(..10).unwrap_or_default().to_owned();
        let of_day = days.entry(moment).or_default().entry(day.clone()).or_insert_with(|| moves_of(&day));
        of_day.facts.extend(move_fact(id, &moved, day, description.clone()));
        let Some(injury) = injury(&moved, &description) else { continue };
        if player.is_empty() {
            problems.push(Problem::at(at, Refusal::MissingField, "an injured-list move without its player"));
            continue;
        }
        let order = moved.id.as_u64().unwrap_or_default();
        let of_moment = lists.entry(moment).or_default();
        let is_newer = of_moment.get(&player).is_none_or(|(known, _)| *known <= order);
        if is_newer {
            of_moment.insert(player.clone(), (order, list(&player, injury.as_ref())));
        }
    }
    let mut told: BTreeMap<Moment, Vec<ListingSeen<'static>>> =
        lists.into_iter().map(|(at, players)| (at, players.into_values().map(|(_, list)| list).collect())).collect();
    for (at, of_days) in days {
        told.entry(at).or_default().extend(of_days.into_values());
    }
    told
}

fn moves_of(day: &str) -> ListingSeen<'static> {
    ListingSeen {
        id: Cow::Owned(format!("transactions/mlb/{day}")),
        sport: Cow::Borrowed(SPORT),
        kind: ListingKind::Transactions,
        ..ListingSeen::default()
    }
}

fn move_fact(id: String, moved: &wire::Transaction, on: String, sentence: String) -> Option<FactSeen<'static>> {
    let told = |value: &Value| Some(text(value)).filter(|text| !text.is_empty());
    let (from_team, to_team) = (told(&moved.from_team.name), told(&moved.to_team.name));
    let told = Transaction {
        on,
        team: to_team.clone().or_else(|| from_team.clone()),
        player: told(&moved.person.full_name),
        provider_player_id: told(&moved.person.id),
        from_team,
        to_team,
        kind: told(&moved.type_desc),
        text: sentence,
    };
    let value = serde_json::to_string(&told).ok()?;
    Some(FactSeen { subject: Cow::Owned(id), ..fact(FactKind::Transaction, value) })
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
fn injury(moved: &wire::Transaction, description: &str) -> Option<Option<Injury>> {
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
