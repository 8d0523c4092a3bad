//! Injury lists: one of each league, without any dates. A list is whole, so a player who is missing from it is on it no more; one that
//! comes in pages, or empty, is no statement.

use std::collections::BTreeMap;

use odds::injury::{Injury, InjuryStatus};
use odds::observation::{Decoded, FactKind, ListingKind, ListingSeen, Refusal, Scope, Snapshot};
use odds::reply::Reply;
use serde_json::Value;

use super::fixture;
use super::quotes::fact;
use super::wire::{Notes, any_text, field, pages, rows, text};

/// Reads a list of injuries of one league or several.
pub(crate) fn decode(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let entries = rows(body)?;
    let mut notes = Notes::default();
    let mut lists: BTreeMap<String, BTreeMap<String, Injury>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        match fixture::sport(entry).zip(injury(entry)) {
            Some((sport, (subject, injury))) => {
                lists.entry(sport).or_default().insert(subject, injury);
            }
            None => notes.refuse(format!("data[{at}]"), Refusal::MissingField, "an injury without its league, player or status"),
        }
    }
    if pages(body).1 > 1 || !notes.problems.is_empty() || reply.request.query.contains_key("team_id") {
        notes.refuse("data", Refusal::NotTheShape, "not a whole list: it is not taken, or players who are missing would seem healthy");
        lists.clear();
    }
    let listings = lists.into_iter().map(|(sport, injuries)| ListingSeen {
        id: format!("injuries/{sport}").into(),
        sport: sport.into(),
        kind: ListingKind::InjuryList,
        facts: injuries
            .into_iter()
            .filter_map(|(subject, injury)| Some(fact(FactKind::Injury, subject, serde_json::to_string(&injury).ok()?)))
            .collect(),
        ..ListingSeen::default()
    });
    let snapshot = Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope: Scope::default(), listings: listings.collect() };
    Some(Decoded { snapshots: vec![snapshot], problems: notes.problems, ..Decoded::default() })
}

fn injury(entry: &Value) -> Option<(String, Injury)> {
    let (player, team) = (field(entry, "player"), field(entry, "team"));
    let name = any_text(player, &["name"]).or_else(|| any_text(entry, &["player_name", "player"]))?;
    let status = any_text(entry, &["status", "injury_status"])?;
    let injury = Injury {
        team: text(team, "name").or_else(|| any_text(entry, &["team_name", "team"])).unwrap_or_default(),
        meaning: InjuryStatus::from_words(&status),
        status,
        body_part: any_text(entry, &["type", "injury_type"]),
        comment: text(entry, "description"),
        expected_return: None,
        reported_at: None,
        position: text(player, "position"),
        player: name.clone(),
    };
    Some((text(player, "id").or_else(|| text(entry, "player_id")).unwrap_or(name), injury))
}
