//! Rows of `player_game_stats`: what a player did in an event. A reply that tells any player's line tells all of them, so the rows of an
//! event are one list, told at the moment of the newest of them: none of them can have been seen later.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{FactKind, FactSeen, ListingKind, Refusal};
use odds::rows::RowFate;
use odds::stat::{Amount, StatLine};

use super::parts::{STAMPS, event_of};
use super::reader::{Place, Reader, moment_of};
use super::wire::{Cell, Row, cell, folded};
use super::{leagues, stat_names};

/// A row that was read, until all rows of its event are.
pub(super) struct Told<'a> {
    place: Place<'a>,
    note: String,
    sport: String,
    at: Moment,
    subject: Cow<'a, str>,
    line: StatLine,
}

/// The rows of each event.
pub(super) type Lists<'a> = BTreeMap<Cow<'a, str>, Vec<Told<'a>>>;

/// Reads a player's line.
pub(super) fn read<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    let Some((place, event, words)) = event_of(reader, place, row) else { return };
    let (named, team) = (row.object("_player").unwrap_or_default(), row.object("_team").unwrap_or_default());
    let id = row.words("player_id");
    let name = named.first_words(&["full_name", "player_name", "display_name", "name"]);
    let name = name.or_else(|| row.first_words(&["player_name", "player"]));
    let Some(player) = name.or_else(|| id.as_ref().map(|id| Cow::Owned(format!("player_id:{id}")))) else {
        return reader.refuse(place, "player_id", Refusal::MissingField, "no player is named");
    };
    let text = |words: Option<Cow<'a, str>>| words.map(Cow::into_owned);
    let mut line = StatLine {
        player: player.clone().into_owned(),
        team: text(row.first_words(&["team_name", "team"]).or_else(|| team.first_words(&["team_name", "name", "team_key"]))),
        position: text(row.words("position")),
        ..StatLine::default()
    };
    line.stats = figures(reader, &place, row, &words.sport, line.position.as_deref());
    line.did_not_play = line.stats.is_empty() && matches!(row.cell("did_not_play"), Cell::Truth(true));
    if line.stats.is_empty() && !line.did_not_play {
        return reader.refuse(place, "stats", Refusal::MissingField, "no figure that we know");
    }
    let (note, at) = (reader.note(&place), moment_of(row, STAMPS, reader.taken_at));
    let told = Told { place, note, sport: words.sport, at, subject: id.unwrap_or(player), line };
    reader.stats.entry(event).or_default().push(told);
}

/// The figures of a row by our names: of its `stats`, and of columns that are called as they are. What is no figure of ours is noted.
fn figures(reader: &mut Reader<'_>, place: &Place<'_>, row: &Row<'_>, sport: &str, position: Option<&str>) -> BTreeMap<String, Amount> {
    let league = leagues::of_key(sport).map(|league| league.key).unwrap_or_default();
    let within = match row.cell("stats") {
        Cell::Object(within) => within,
        Cell::Absent => Row::default(),
        _ => {
            reader.problem(place, "stats", Refusal::NotTheShape, "no object of figures");
            Row::default()
        }
    };
    let names: Vec<String> = within.0.iter().chain(&row.0).map(|(name, _)| folded(name)).collect();
    let is_pitcher = stat_names::is_of_a_pitcher(position, names.iter().map(String::as_str));
    let (mut stats, mut unknown) = (BTreeMap::new(), Vec::new());
    for (at, ((word, raw), name)) in within.0.iter().chain(&row.0).zip(&names).enumerate() {
        let is_within = at < within.0.len();
        let Some(ours) = stat_names::ours(league, name, is_pitcher) else {
            unknown.extend(is_within.then_some(&**word));
            continue;
        };
        let Some(text) = cell(raw).words() else { continue };
        match Amount::parse(&text) {
            Err(error) => reader.problem(place, word, Refusal::NotTheShape, format!("{text:?} {error}")),
            Ok(amount) if stats.get(ours).is_some_and(|other| *other != amount) => {
                reader.problem(place, word, Refusal::Contradiction, format!("{amount} beside another {ours}"));
            }
            Ok(amount) => drop(stats.insert(ours.to_owned(), amount)),
        }
    }
    if !unknown.is_empty() {
        reader.problem(place, "stats", Refusal::NoPlace, format!("no figures that we know: {}", unknown.join(", ")));
    }
    stats
}

/// Tells the lists, and what each row came to.
pub(super) fn finish(reader: &mut Reader<'_>) {
    for (event, rows) in std::mem::take(&mut reader.stats) {
        let Some(at) = rows.iter().map(|row| row.at).max() else { continue };
        let fates: Vec<Fate> = rows.iter().map(|row| fate(row, &rows)).collect();
        let mut facts: BTreeMap<Cow<'_, str>, Cow<'_, str>> = BTreeMap::new();
        let sport = rows[0].sport.clone();
        for (row, fate) in rows.into_iter().zip(fates) {
            let line = serde_json::to_string(&row.line);
            let fate = match (fate, line) {
                (Fate::Kept, Ok(line)) => {
                    facts.insert(row.subject, Cow::Owned(line));
                    RowFate::Kept { listing: event.clone(), note: row.note }
                }
                (Fate::Kept, Err(error)) => RowFate::Refused(Refusal::NotTheShape, error.to_string()),
                (Fate::Contradicted(why), _) => {
                    reader.problem(&row.place, "", Refusal::Contradiction, why);
                    RowFate::Refused(Refusal::Contradiction, why.to_owned())
                }
            };
            reader.end(row.place, fate);
        }
        if !facts.is_empty() {
            let told = facts.into_iter().map(|(subject, value)| FactSeen { kind: FactKind::Stat, subject, value });
            reader.listing(at, &event, &sport, ListingKind::Contest).facts.extend(told);
        }
    }
}

enum Fate {
    Kept,
    Contradicted(&'static str),
}

/// Of two rows of one player that differ the newer one counts; of the same moment neither does.
fn fate(row: &Told<'_>, rows: &[Told<'_>]) -> Fate {
    let others = || rows.iter().filter(|other| other.subject == row.subject && other.line != row.line);
    if others().any(|other| other.at == row.at) {
        return Fate::Contradicted("another row of this player tells otherwise at the same moment");
    }
    if others().any(|other| other.at > row.at) {
        return Fate::Contradicted("a newer row of this player tells otherwise");
    }
    Fate::Kept
}
