//! The teams of a league, as catalogue rows. Ids are per league: the same number is another team elsewhere, so the key has the sport.

use std::borrow::Cow;

use odds::observation::{CatalogueKind, CatalogueRow};
use serde::Serialize;

use super::notes::{Notes, place};
use super::wire::{Items, League, SportTeams, Team, TeamRow};

/// Further names of a team.
#[derive(Debug, Serialize)]
struct Detail {
    abbreviation: Option<String>,
    location: Option<String>,
    name: Option<String>,
    nickname: Option<String>,
}

/// Reads `sports[].leagues[].teams[].team`.
pub(super) fn read<'a>(notes: &mut Notes, sports: Items<'a>, sport: &str) -> Vec<CatalogueRow<'static>> {
    let mut rows = Vec::new();
    if sport.is_empty() {
        return rows;
    }
    for (at, family) in notes.items::<SportTeams<'a>>("", "sports", sports) {
        for (at, league) in notes.items::<League<'a>>(&at, "leagues", family.leagues) {
            for (at, row) in notes.items::<TeamRow>(&at, "teams", league.teams) {
                let team = notes.need(&at, "team", row.team);
                rows.extend(team.and_then(|team| catalogue_row(notes, &place(&at, "team"), team, sport)));
            }
        }
    }
    rows
}

fn catalogue_row(notes: &mut Notes, at: &str, team: Team, sport: &str) -> Option<CatalogueRow<'static>> {
    let id = notes.need_text(at, "id", team.id)?;
    let title = notes.need_text(at, "displayName", team.display_name)?;
    let detail = Detail {
        abbreviation: notes.text(at, "abbreviation", team.abbreviation),
        location: notes.text(at, "location", team.location),
        name: notes.text(at, "name", team.name),
        nickname: notes.text(at, "nickname", team.nickname),
    };
    let detail = serde_json::to_string(&detail).unwrap_or_default();
    Some(CatalogueRow { kind: CatalogueKind::Participant, key: Cow::Owned(format!("{sport}/{id}")), title: Cow::Owned(title), detail })
}
