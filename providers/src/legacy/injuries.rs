//! Rows of `injury_reports`: each is a list of one, so that a page without a row takes nobody off a list.

use std::borrow::Cow;

use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, FactSeen, ListingKind, Refusal};

use super::leagues;
use super::reader::{Place, Reader, moment_of, time};
use super::wire::{Cell, Row};

const STAMPS: &[&str] = &["updated_at", "last_update", "created_at", "reported_at", "report_date"];

/// Reads an injury.
pub(super) fn read<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    let joined = row.object("_player").unwrap_or_default();
    let player =
        row.first_words(&["player_name", "player"]).or_else(|| joined.first_words(&["full_name", "player_name", "display_name", "name"]));
    let Some(player) = player else {
        return reader.refuse(place, "player_id", Refusal::Orphan, "no player is named");
    };
    let Some(status) = row.first_words(&["injury_status", "status"]) else {
        return reader.refuse(place, "injury_status", Refusal::MissingField, "no status");
    };
    let team = row.object("_team").unwrap_or_default();
    let text = |names: &[&str]| row.first_words(names).map(Cow::into_owned);
    let injury = Injury {
        player: player.clone().into_owned(),
        team: text(&["team_name", "team"])
            .or_else(|| team.first_words(&["team_name", "name", "team_key"]).map(Cow::into_owned))
            .unwrap_or_default(),
        meaning: InjuryStatus::from_words(&status),
        status: status.into_owned(),
        body_part: text(&["body_part", "injury_type", "injury"]),
        comment: text(&["description", "comment", "notes"]),
        expected_return: text(&["expected_return", "expected_return_date", "return_date"]),
        reported_at: ["reported_at", "report_date"].iter().find_map(|column| time(row, column)),
        position: text(&["position"]),
    };
    let Ok(value) = serde_json::to_string(&injury) else {
        return reader.refuse(place, "", Refusal::NotTheShape, "no injury");
    };
    let event = row.object("_event").unwrap_or_default();
    let words = |name: &str| row.words(name).or_else(|| event.words(name)).or_else(|| team.words(name)).unwrap_or_default();
    let sport = leagues::key(Some(&words("sport_key")), &words("sport"), &words("league"));
    let at = moment_of(row, STAMPS, reader.taken_at);
    let id: Cow<'a, str> = Cow::Owned(format!("injury_reports/{}", place.id));
    let listing = reader.listing(at, &id, &sport, ListingKind::InjuryList);
    listing.facts.push(FactSeen { kind: FactKind::Injury, subject: player, value: Cow::Owned(value) });
    if matches!(row.cell("is_active"), Cell::Truth(false)) {
        // it had ended by then: said, and taken back at once
        reader.listing(at.plus_micros(1), &id, &sport, ListingKind::InjuryList);
    }
    reader.keep(place, id);
}
