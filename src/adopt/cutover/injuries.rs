//! What rows of the old `injury_reports` should hold: who is on a list of injuries, in the table's own spelling. Where its rows are of events,
//! an injury goes to the next game of the team that has a row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odds::injury::InjuryStatus;
use odds::participant::likeness;
use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::OLD_DATABASE;
use super::batch::{Batch, Params, folded, ours, text};
use super::children::Children;
use super::columns::Plan;
use super::names::{Meant, Names, Told};
use super::old_table::{OldTable, quote};
use super::reconcile::Field;
use super::write::{Done, Wanted};
use crate::schedule::Ranks;

/// An injury that stands.
struct Injured {
    list: String,
    league: String,
    player: String,
    team: String,
    status: String,
    meaning: Option<InjuryStatus>,
    comment: Option<String>,
    said_at: String,
}

/// How the rows write statuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Statuses {
    words: HashMap<InjuryStatus, String>,
    allowed: Option<BTreeSet<String>>,
    case: Case,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Case {
    #[default]
    AsGiven,
    Lower,
    Upper,
}

impl Statuses {
    /// Looks at the rows.
    ///
    /// # Errors
    /// What the server reports.
    pub(super) fn read(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Self, Error> {
        let Some(column) = status_column(table) else { return Ok(Self::default()) };
        let sql = format!(
            "select t.{0}::text, count(*) from {1} t where t.{0} is not null group by 1 order by 2, 1",
            quote(column),
            table.quoted()
        );
        let rows = tx.query_typed(&sql, &[])?;
        let words: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        Ok(Self::of(&words, table.words.get(column).cloned()))
    }

    /// From the words that stand, the rarest first, and those that a check allows.
    fn of(words: &[&str], allowed: Option<BTreeSet<String>>) -> Self {
        let known = words.iter().filter_map(|word| Some((InjuryStatus::from_words(word)?, (*word).to_owned())));
        let is_all = |is: fn(char) -> bool| !words.is_empty() && words.iter().all(|word| !word.contains(is));
        let case = if is_all(char::is_uppercase) {
            Case::Lower
        } else if is_all(char::is_lowercase) {
            Case::Upper
        } else {
            Case::AsGiven
        };
        Self { words: known.collect(), allowed, case }
    }

    /// A status as the rows write it; `None` where a check allows no word for it.
    fn word(&self, status: &str, meaning: Option<InjuryStatus>) -> Option<String> {
        if let Some(word) = meaning.and_then(|meaning| self.words.get(&meaning)) {
            return Some(word.clone());
        }
        let Some(allowed) = &self.allowed else {
            return Some(match self.case {
                Case::AsGiven => status.to_owned(),
                Case::Lower => status.to_lowercase(),
                Case::Upper => status.to_uppercase(),
            });
        };
        let is_it = |word: &&String| folded(word) == folded(status) || (meaning.is_some() && InjuryStatus::from_words(word) == meaning);
        allowed.iter().find(is_it).cloned()
    }
}

fn status_column(table: &OldTable) -> Option<&'static str> {
    table.first(&["injury_status", "status"])
}

/// A game to come of a league, with its old row.
struct Game {
    row: String,
    league: String,
    sides: [String; 2],
}

/// What the rows should hold of what stands on these lists of injuries, and the rows that are missing.
///
/// # Errors
/// What the server reports.
pub(super) fn wanted(
    tx: &mut Transaction<'_>,
    plan: &Plan,
    names: &mut Names,
    (statuses, children): (&Statuses, &mut Children),
    events: &[String],
    done: &mut Done,
) -> Result<Vec<Wanted>, Error> {
    let Some(table) = plan.tables.get("injury_reports") else { return Ok(Vec::new()) };
    let Some(player) = Told::of(plan, table, ("player_id", "players"), &["player_name", "player"]) else { return Ok(Vec::new()) };
    let Some(column) = status_column(table) else { return Ok(Vec::new()) };
    let lists = lists(tx, events)?;
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let injured = injured(tx, &lists)?;
    let by_event = table.has("event_id");
    let games = if by_event { games(tx, plan, &lists)? } else { Vec::new() };
    let keys: Vec<&str> = games.iter().map(|game| game.row.as_str()).collect();
    let mut rows =
        if by_event { children.of(tx, table, &keys, plan.events_table())? } else { HashMap::from([(String::new(), all(tx, table)?)]) };
    let (mut wanted, mut meant, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
    for injury in &injured {
        let is_of = |game: &&Game| {
            game.league == injury.league && game.sides.iter().any(|side| likeness(&injury.league, side, &injury.team).is_one())
        };
        let game = games.iter().find(is_of);
        let who = player.meant(tx, plan, names, &[&injury.player], done)?;
        let event_key = game.map_or("", |game| game.row.as_str());
        let rows = rows.entry(event_key.to_owned()).or_default();
        if let Some(word) = statuses.word(&injury.status, injury.meaning)
            && (!by_event || game.is_some())
        {
            let found = rows.iter().rev().find(|row| who.is_in(row)).and_then(|row| table.key_of(row));
            let fields = BTreeMap::from([(Field::column(column), json!(word))]);
            match found.filter(|key| taken.insert(key.clone())) {
                Some(key) => {
                    wanted.push(Wanted { key: Some(key), event: injury.list.clone(), fields: active(table, fields), ..said(injury) })
                }
                None => wanted.extend(new_row(injury, &who, (column, &word), event_key)),
            }
        }
        meant.push(who);
    }
    wanted.extend(off_the_list(tx, table, &lists, &meant, &taken)?);
    Ok(wanted)
}

fn active(table: &OldTable, mut fields: BTreeMap<Field, Value>) -> BTreeMap<Field, Value> {
    if table.has("is_active") {
        fields.insert(Field::column("is_active"), json!(true));
    }
    fields
}

fn said(injury: &Injured) -> Wanted {
    let gentle = injury.comment.iter().map(|comment| (Field::column("description"), json!(comment))).collect();
    Wanted { gentle, along: BTreeMap::from([(Field::column("last_update"), json!(injury.said_at))]), ..Wanted::default() }
}

fn new_row(injury: &Injured, who: &Meant, (column, word): (&str, &str), event_key: &str) -> Option<Wanted> {
    let mut new = Map::from_iter([who.for_a_new_row()?]);
    new.entry("player_name").or_insert_with(|| json!(injury.player));
    let texts = [
        (column, word),
        ("team_name", &injury.team),
        ("team", &injury.team),
        ("reported_at", &injury.said_at),
        ("last_update", &injury.said_at),
    ];
    new.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(column, text)| (column.to_owned(), json!(text))));
    new.extend(injury.comment.iter().map(|comment| ("description".to_owned(), json!(comment))));
    if !event_key.is_empty() {
        new.insert("event_id".to_owned(), json!(event_key));
    }
    Some(Wanted { event: injury.list.clone(), new: Some(new), ..Wanted::default() })
}

/// Rows that we wrote of players who are on the list no more.
fn off_the_list(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    lists: &BTreeMap<String, String>,
    meant: &[Meant],
    taken: &BTreeSet<String>,
) -> Result<Vec<Wanted>, Error> {
    if !table.has("is_active") {
        return Ok(Vec::new());
    }
    let lists: Vec<&str> = lists.values().map(String::as_str).collect();
    let ours = ours(tx, table, &lists)?;
    let sql = format!(
        "select to_jsonb(t)::text, r.event_id from {} t join predictive_play.old_rows r on r.old_table = $1 and r.row_key = t.{}::text
         where r.row_key = any($2)",
        table.quoted(),
        quote(&table.key)
    );
    let mut wanted = Vec::new();
    for row in tx.query_typed(&sql, &[(&table.name, Type::TEXT), (&ours, Type::TEXT_ARRAY)])? {
        let old: Map<String, Value> = serde_json::from_str(row.get(0)).expect("the server's own JSON of a row");
        let Some(key) = table.key_of(&old).filter(|key| !taken.contains(key)) else { continue };
        if !meant.iter().any(|who| who.is_in(&old)) {
            let fields = BTreeMap::from([(Field::column("is_active"), json!(false))]);
            wanted.push(Wanted { key: Some(key), event: row.get(1), fields, ..Wanted::default() });
        }
    }
    Ok(wanted)
}

/// Which of these events are lists of injuries, and of which league.
fn lists(tx: &mut Transaction<'_>, events: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let params: Params<'_> = vec![(&events, Type::TEXT_ARRAY), (&OLD_DATABASE, Type::TEXT)];
    let sql = "select l.league, min(l.event_id) from predictive_play.listings l
        where l.event_id = any($1) and l.kind = 'injury_list' and l.provider <> $2 and l.league is not null group by 1";
    Ok(tx.query_typed(sql, &params)?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Who is injured in the leagues of these lists: of several providers that list a player the first by its key, of its lists the newest. A list that
/// is a day older than the newest of its league says nothing any more.
fn injured(tx: &mut Transaction<'_>, lists: &BTreeMap<String, String>) -> Result<Vec<Injured>, Error> {
    let leagues: Vec<&str> = lists.keys().map(String::as_str).collect();
    let params: Params<'_> = vec![(&leagues, Type::TEXT_ARRAY), (&OLD_DATABASE, Type::TEXT)];
    let rows = tx.query_typed(
        "select l.league, i.player, i.team, i.status, i.comment, to_jsonb(to_timestamp(i.said_at / 1000000.0)) #>> '{}'
         from (select l.*, max(i.observed_at) over (partition by l.league) as newest
             from predictive_play.listings l join predictive_play.injury_rows i on i.listing_id = l.listing_id
             where l.league = any($1) and l.kind = 'injury_list' and l.provider <> $2) l
         join predictive_play.injury_rows i on i.listing_id = l.listing_id and i.observed_at > l.newest - 86400000000
         group by l.league, l.provider, l.listing_id, i.subject, i.player, i.team, i.status, i.comment, i.said_at
         order by l.league, l.provider, i.said_at desc, l.listing_id, i.subject",
        &params,
    )?;
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let injured = rows.iter().filter_map(|row| {
        let (league, player): (String, String) = (row.get(0), row.get(1));
        seen.insert((league.clone(), folded(&player))).then(|| Injured {
            list: lists.get(&league).cloned().unwrap_or_default(),
            league,
            player,
            team: row.get(2),
            status: row.get(3),
            meaning: InjuryStatus::from_words(row.get(3)),
            comment: row.get(4),
            said_at: row.get(5),
        })
    });
    Ok(injured.collect())
}

/// Games of these leagues within a week that have an old row, the next first.
fn games(tx: &mut Transaction<'_>, plan: &Plan, lists: &BTreeMap<String, String>) -> Result<Vec<Game>, Error> {
    let Some(events) = plan.tables.events() else { return Ok(Vec::new()) };
    let leagues: Vec<&str> = lists.keys().map(String::as_str).collect();
    let rows = tx.query_typed(
        "select distinct l.event_id from predictive_play.listings l where l.league = any($1) and l.kind = 'contest'
         and l.starts_at between (extract(epoch from clock_timestamp() - interval '6 hours') * 1000000)::bigint
             and (extract(epoch from clock_timestamp() + interval '7 days') * 1000000)::bigint",
        &[(&leagues, Type::TEXT_ARRAY)],
    )?;
    let ids: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let batch = Batch::read(tx, events, &ids, &Ranks::default())?;
    let mut games: Vec<_> = batch
        .with_rows()
        .filter_map(|(known, olds)| {
            let sides = [known.home.clone()?, known.away.clone()?];
            Some((known.starts_at?, Game { row: olds.first()?.key.clone(), league: known.league.clone()?, sides }))
        })
        .collect();
    games.sort_by_key(|(at, _)| *at);
    Ok(games.into_iter().map(|(_, game)| game).collect())
}

fn all(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Vec<Map<String, Value>>, Error> {
    let sql = format!("select to_jsonb(t)::text from {} t order by t.{}", table.quoted(), quote(&table.key));
    let rows = tx.query_typed(&sql, &[])?;
    let mut rows: Vec<Map<String, Value>> =
        rows.iter().map(|row| serde_json::from_str(row.get(0)).expect("the server's own JSON of a row")).collect();
    rows.sort_by_key(|row| text(row, "reported_at").unwrap_or_default().to_owned());
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_spelt_as_the_rows_spell_it() {
        let statuses = Statuses::of(&["ir", "OUT", "out"], None);
        assert_eq!(statuses.word("Out", Some(InjuryStatus::Out)).as_deref(), Some("out"), "the commonest word");
        let lower = Statuses::of(&["out", "doubtful"], None);
        assert_eq!(lower.word("Day-To-Day", Some(InjuryStatus::DayToDay)).as_deref(), Some("day-to-day"));
        assert_eq!(Statuses::of(&["OUT"], None).word("Questionable", None).as_deref(), Some("QUESTIONABLE"));
        assert_eq!(Statuses::default().word("Load Management", None).as_deref(), Some("Load Management"));
    }

    #[test]
    fn a_status_that_a_check_does_not_allow_is_not_written() {
        let allowed = BTreeSet::from(["out".to_owned(), "day_to_day".to_owned()]);
        let statuses = Statuses::of(&[], Some(allowed));
        assert_eq!(statuses.word("Day-To-Day", Some(InjuryStatus::DayToDay)).as_deref(), Some("day_to_day"));
        assert_eq!(statuses.word("Probable", Some(InjuryStatus::Probable)), None);
    }
}
