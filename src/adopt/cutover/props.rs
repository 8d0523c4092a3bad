//! What rows of the old `player_props_odds` should hold: over and under of a player's figure, at a book where the table names books.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::batch::{Batch, Quote};
use super::children::Children;
use super::columns::Plan;
use super::names::{Meant, Names, Told};
use super::old_table::OldTable;
use super::prices::one_of;
use super::reconcile::Field;
use super::write::{Done, Wanted};

/// Over and under of one figure at one book.
struct Prop<'a> {
    over: Option<&'a Quote>,
    under: Option<&'a Quote>,
}

impl<'a> Prop<'a> {
    fn any(&self) -> Option<&'a Quote> {
        self.over.or(self.under)
    }

    const fn is_whole(&self) -> bool {
        self.over.is_some() && self.under.is_some()
    }
}

fn is_of_props(table: &OldTable) -> bool {
    table.has("event_id") && (table.has("over_odds") || table.has("under_odds"))
}

/// What the rows of these events should hold, and the rows that are missing.
///
/// # Errors
/// What the server reports.
pub(super) fn wanted(
    tx: &mut Transaction<'_>,
    plan: &Plan,
    names: &mut Names,
    children: &mut Children,
    batch: &Batch,
    done: &mut Done,
) -> Result<Vec<Wanted>, Error> {
    let Some(table) = plan.tables.get("player_props_odds").filter(|table| is_of_props(table)) else { return Ok(Vec::new()) };
    let player = Told::of(plan, table, ("player_id", "players"), &["player_name", "player"]);
    let kind = Told::of(plan, table, ("prop_type_id", "player_prop_types"), &["prop_type", "prop_key", "market_key", "stat_type"]);
    let (Some(player), Some(kind)) = (player, kind) else { return Ok(Vec::new()) };
    let book = Told::of(plan, table, ("bookmaker_id", "bookmakers"), &["bookmaker", "bookmaker_key", "sportsbook"]);
    let rows = children.of(tx, table, &batch.keys(), plan.events_table())?;
    let mut wanted = Vec::new();
    for (known, olds) in batch.with_rows() {
        let Some(first) = olds.first() else { continue };
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for prop in props(batch.quotes(&known.event), book.is_some()) {
            let Some(quote) = prop.any() else { continue };
            let name = quote.player.as_deref().unwrap_or_default();
            let bare = quote.market.split_once('_').map_or(quote.market.as_str(), |(_, bare)| bare);
            let mut meant = vec![
                player.meant(tx, plan, names, &[name], done)?,
                kind.meant(tx, plan, names, &[&quote.market, &quote.provider_market, bare], done)?,
            ];
            if let Some(book) = book {
                meant.push(book.meant(tx, plan, names, &quote.words_of_book(), done)?);
            }
            let of_event = olds.iter().flat_map(|old| rows.get(&old.key).into_iter().flatten());
            let is_same = |row: &&Map<String, Value>| {
                meant.iter().all(|meant| meant.is_in(row)) && table.key_of(row).is_some_and(|key| !taken.contains(&key))
            };
            let candidates: Vec<&Map<String, Value>> = of_event.filter(is_same).collect();
            match one_of(table, &candidates, None) {
                Some(key) => {
                    taken.insert(key.clone());
                    wanted.push(Wanted { key: Some(key), event: known.event.clone(), ..said(&prop) });
                }
                None => {
                    let column = player.column();
                    let names_player =
                        (column != "player_name" && table.has("player_name")).then(|| ("player_name".to_owned(), json!(name)));
                    wanted.extend(new_row(&known.event, &first.key, &prop, &meant, names_player));
                }
            }
        }
    }
    Ok(wanted)
}

/// One line of each player's figure: at each book, or of the first book that offers both answers where the table names none.
fn props(quotes: &[Quote], by_book: bool) -> Vec<Prop<'_>> {
    type Key<'a> = (&'a str, &'a str, &'a str, &'a str, Option<i64>);
    let mut found: BTreeMap<Key<'_>, Prop<'_>> = BTreeMap::new();
    for quote in quotes {
        let Some(player) = &quote.player else { continue };
        let line = quote.point.map(|point| (point * 1000.0).round() as i64);
        let key = (player.as_str(), quote.market.as_str(), quote.book.as_str(), quote.provider.as_str(), line);
        let prop = found.entry(key).or_insert(Prop { over: None, under: None });
        match quote.selection.as_str() {
            "over" | "yes" => prop.over = prop.over.or(Some(quote)),
            "under" | "no" => prop.under = prop.under.or(Some(quote)),
            _ => {}
        }
    }
    let mut chosen: BTreeMap<(&str, &str, &str), Prop<'_>> = BTreeMap::new();
    for ((player, market, book, ..), prop) in found {
        let key = (player, market, if by_book { book } else { "" });
        let is_better = chosen.get(&key).is_none_or(|other| prop.is_whole() && !other.is_whole());
        if prop.any().is_some() && is_better {
            chosen.insert(key, prop);
        }
    }
    chosen.into_values().collect()
}

fn said(prop: &Prop<'_>) -> Wanted {
    let mut fields = BTreeMap::new();
    for (column, quote) in [("over_odds", prop.over), ("under_odds", prop.under)] {
        fields.extend(quote.map(|quote| (Field::column(column), json!(quote.price.american()))));
    }
    let quote = prop.any();
    fields.extend(quote.and_then(|quote| quote.point).map(|line| (Field::column("line"), json!(line))));
    let along = quote.map(|quote| (Field::column("last_update"), quote.seen_at.clone())).into_iter().collect();
    Wanted { fields, along, ..Wanted::default() }
}

fn new_row(event: &str, old: &str, prop: &Prop<'_>, meant: &[Meant], player: Option<(String, Value)>) -> Option<Wanted> {
    let said = said(prop);
    let mut new: Map<String, Value> = meant.iter().map(Meant::for_a_new_row).collect::<Option<_>>()?;
    new.insert("event_id".to_owned(), json!(old));
    new.extend(player);
    new.extend(said.fields.into_iter().chain(said.along).map(|(field, value)| (field.column, value)));
    Some(Wanted { event: event.to_owned(), new: Some(new), ..Wanted::default() })
}
