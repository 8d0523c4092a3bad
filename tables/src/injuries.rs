//! The table `injuries`: each change of what is said of a player's health, list by list.

use std::collections::{BTreeMap, HashMap};

use arrow_array::RecordBatch;
use jiff::civil::Date;
use odds::injury::Injury;
use odds::names::Word;
use odds::observation::{FactKind, ListingKind};
use odds::player::Teams;
use store::{DatedFact, ListingRow, StoreError};

use crate::asked::Asked;
use crate::error::Result;
use crate::event::{day_number, day_of};
use crate::frame::{Cell, Frame};
use crate::schema::Table;
use crate::source::{OnBatch, ROWS_AT_ONCE, Source};
use crate::words::player_id;

/// A change on its way into the table.
struct Told {
    day: Date,
    /// Its list.
    place: usize,
    fact: DatedFact,
    said: Said,
}

/// Makes the table: the lists one after the other within each day, so all are read before the first row is handed on. They are ledgers of a few
/// thousand lines a season.
pub(crate) fn make(source: &Source, asked: &Asked, on_batch: OnBatch<'_>) -> Result<()> {
    let lists = lists(source, asked)?;
    let mut frame = Frame::of(Table::Injuries);
    for told in &told(source, asked, &lists)? {
        push(source, &lists[told.place], told, &mut frame)?;
        if frame.rows() >= ROWS_AT_ONCE {
            on_batch(frame.batch(&asked.columns)?)?;
        }
    }
    if frame.rows() > 0 { on_batch(frame.batch(&asked.columns)?) } else { Ok(()) }
}

/// The same with a batch for each sport and day.
pub(crate) fn by_day(source: &Source, asked: &Asked) -> Result<Vec<(String, Date, RecordBatch)>> {
    let lists = lists(source, asked)?;
    let mut frames: BTreeMap<(&str, Date), Frame> = BTreeMap::new();
    for told in &told(source, asked, &lists)? {
        let list = &lists[told.place];
        push(source, list, told, frames.entry((sport(list), told.day)).or_insert_with(|| Frame::of(Table::Injuries)))?;
    }
    frames.into_iter().map(|((sport, day), mut frame)| Ok((sport.to_owned(), day, frame.batch(&asked.columns)?))).collect()
}

fn lists(source: &Source, asked: &Asked) -> Result<Vec<ListingRow>> {
    let mut lists = source.store.listings_known(asked.cut.known)?;
    lists.retain(|listing| listing.kind == ListingKind::InjuryList && asked.wants_sport(&listing.sport, listing.league.as_deref()));
    lists.sort_by(|a, b| (&a.provider, &a.external_id).cmp(&(&b.provider, &b.external_id)));
    Ok(lists)
}

fn told(source: &Source, asked: &Asked, lists: &[ListingRow]) -> Result<Vec<Told>> {
    let mut all = Vec::new();
    for (place, list) in lists.iter().enumerate() {
        for (fact, said) in changes(source, list, asked)? {
            let day = day_of(sport(list), fact.order.at);
            if asked.wants_moment(Some(fact.order.at)) && asked.day.is_none_or(|wanted| wanted == Some(day)) {
                all.push(Told { day, place, fact, said });
            }
        }
    }
    all.sort_by_key(|told| (told.day, told.place));
    Ok(all)
}

fn sport(list: &ListingRow) -> &str {
    list.league.as_deref().unwrap_or(&list.sport)
}

/// What is said, and whether it is gone: then the injury is the last that was said of the player.
struct Said {
    injury: Injury,
    is_gone: bool,
}

/// The changes of a list; a value that is said again is none.
fn changes(source: &Source, list: &ListingRow, asked: &Asked) -> Result<Vec<(DatedFact, Said)>> {
    let mut last: HashMap<Word, Option<Word>> = HashMap::new();
    let mut changes = Vec::new();
    for fact in source.store.dated_facts(list.id, asked.cut)? {
        if fact.change.kind != FactKind::Injury {
            continue;
        }
        let before = last.insert(Word::clone(&fact.change.subject), fact.change.value.clone()).flatten();
        if before == fact.change.value {
            continue;
        }
        let is_gone = fact.change.value.is_none();
        let Some(text) = fact.change.value.clone().or(before) else { continue };
        let damaged =
            |error: serde_json::Error| StoreError::Damaged { what: format!("an injury of listing {}", list.id), source: error.into() };
        let injury: Injury = serde_json::from_str(&text).map_err(damaged)?;
        changes.push((fact, Said { injury, is_gone }));
    }
    Ok(changes)
}

fn push(source: &Source, list: &ListingRow, told: &Told, frame: &mut Frame) -> Result<()> {
    let Told { fact, said, .. } = told;
    let injury = &said.injury;
    let stands = |text: Option<&String>| if said.is_gone { None } else { text.cloned() };
    let meaning = injury.meaning.and_then(|meaning| serde_json::to_value(meaning).ok()?.as_str().map(str::to_owned));
    let teams = if injury.team.is_empty() { Teams::Unknown } else { Teams::Stated(&injury.team) };
    let player = player_id(&source.players, list, (Some(&*fact.change.subject), &injury.player), teams, fact.order.at);
    let texts = [
        stands(Some(&injury.status)),
        stands(meaning.as_ref()),
        stands(injury.position.as_ref()),
        stands(injury.body_part.as_ref()),
        stands(injury.comment.as_ref()),
        stands(injury.expected_return.as_ref()),
    ];
    let head = [
        Cell::Text(sport(list)),
        Cell::Date(day_number(told.day)),
        Cell::Text(&list.provider),
        Cell::Text(&list.external_id),
        Cell::text(Some(injury.team.as_str()).filter(|team| !team.is_empty())),
        Cell::Text(&injury.player),
        Cell::text(player.as_deref()),
        Cell::Text(&fact.change.subject),
        Cell::Text(if said.is_gone { "gone" } else { "reported" }),
    ];
    let end = [
        Cell::time(injury.reported_at.filter(|_| !said.is_gone)),
        Cell::Time(fact.order.at),
        Cell::Time(fact.recorded_at),
        Cell::Int(fact.order.reply.0),
    ];
    frame.push(head.into_iter().chain(texts.iter().map(|text| Cell::text(text.as_deref()))).chain(end))
}
