//! The canonical dump: the whole store as text that depends on what was observed alone, not on when or in which order it
//! arrived, nor on the engine. Two stores with the same content give the same bytes. It is written one listing at a time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context;
use odds::EventId;
use odds::SlotNo;
use odds::block::Value;
use odds::board::{Board, Order};
use odds::cover::{CellCover, Cover, Extent};
use odds::names::Names;
use odds::observation::FactKind;
use odds::timeline::{Row, RowContent, apply};
use store::{Cut, ListingRow, ListingRows, Store, StoreError, WorldReply};

/// Writes the canonical dump of a store.
///
/// # Errors
/// What the store reports, or who takes the text.
pub fn canonical(store: &Store, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "predictive-play canonical dump 1")?;
    replies(store, out).context("dumping replies")?;
    let mut listings = store.all_listings().context("reading the directory")?;
    listings.sort_by(|a, b| (&a.provider, &a.external_id).cmp(&(&b.provider, &b.external_id)));
    let events = events(&listings);
    for listing in listings {
        let rows = store.listing_rows(listing.id, Cut::ALL).with_context(|| format!("reading {}", name_of(&listing)))?;
        out.write_all(listing_text(&listing, &rows).as_bytes())?;
    }
    for event in events {
        writeln!(out, "event {}", event.join(" "))?;
    }
    store.for_each_name(&mut |name| {
        let line = format!("name {} {} {} {} {}", name.provider, name.kind, quoted(&name.key), quoted(&name.title), quoted(&name.detail));
        writeln!(out, "{line}").map_err(written)
    })?;
    out.flush()?;
    Ok(())
}

fn written(source: std::io::Error) -> StoreError {
    StoreError::Archive { doing: "writing", path: "the dump".to_owned(), source }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn name_of(listing: &ListingRow) -> String {
    format!("{}/{}", listing.provider, quoted(&listing.external_id))
}

fn replies(store: &Store, out: &mut dyn Write) -> store::Result<()> {
    store.for_each_reply(&mut |reply| {
        let WorldReply { key, provider, endpoint, request, status, observed_at, basis, body, state, scope, seq } = reply;
        writeln!(out, "reply {observed_at} {key} {provider} {endpoint} {status} {basis} {state} body {body} asked {request} scope {scope}")
            .map_err(written)?;
        for problem in seq.map_or_else(|| Ok(Vec::new()), |seq| store.problems_of(seq))? {
            let line = format!("  problem {} {} {}", problem.reason.as_str(), quoted(&problem.path), quoted(&problem.detail));
            writeln!(out, "{line}").map_err(written)?;
        }
        Ok(())
    })
}

/// Listings that are one event, each group sorted, the groups sorted.
fn events(listings: &[ListingRow]) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<EventId, Vec<String>> = BTreeMap::new();
    for listing in listings {
        groups.entry(listing.event).or_default().push(name_of(listing));
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups
}

/// One listing: its name, and what each reply covered and changed of it, in the order of the world.
#[must_use]
pub fn listing_text(listing: &ListingRow, rows: &ListingRows) -> String {
    let league = listing.league.as_deref().unwrap_or("-");
    let mut text = format!("listing {} {} {} {league}\n", name_of(listing), listing.kind.as_str(), quoted(&listing.sport));
    let mut board = Board::default();
    board.grow(&rows.names);
    let mut rest = rows.timeline.rows();
    while let Some(first) = rest.first() {
        let here = rest.iter().take_while(|row| row.order == first.order).count();
        let (reply, later) = rest.split_at(here);
        reply_text(&mut text, &mut board, reply, &rows.names);
        rest = later;
    }
    text
}

fn reply_text(text: &mut String, board: &mut Board, rows: &[Row], names: &Names) {
    let mut lines = Vec::new();
    for row in rows {
        match &row.content {
            RowContent::Cover(cover, _) => lines.extend(cover_lines(cover, names)),
            RowContent::Missed(_) => {}
            RowContent::Changes(changes) => lines.extend(changes.iter().filter_map(|change| {
                let before = board.slot(change.slot).and_then(|slot| slot.value);
                let changed_at = change.changed_at.map(|at| format!(" changed {at}")).unwrap_or_default();
                let is_news = before.unwrap_or(Value::Withdrawn) != change.value;
                is_news.then(|| format!("change {} {}{changed_at}", slot_name(change.slot, names), value_text(change.value)))
            })),
            RowContent::Facts(facts) => lines.extend(facts.iter().filter_map(|fact| {
                let before = board.facts().get(&(fact.kind, fact.subject.clone())).and_then(|fact| fact.value.as_deref());
                let value = fact.value.as_deref().map_or_else(|| "gone".to_owned(), quoted);
                let is_news = before != fact.value.as_deref();
                is_news.then(|| format!("fact {} {} {value}", fact.kind.as_str(), quoted(&fact.subject)))
            })),
        }
        apply(board, row, names);
    }
    lines.sort();
    if let (Some(Row { order: Order { at, reply }, .. }), false) = (rows.first(), lines.is_empty()) {
        for line in lines {
            let _ = writeln!(text, "  {at} {reply} {line}");
        }
    }
}

fn value_text(value: Value) -> String {
    match value {
        Value::Live(price) => format!("live {price}"),
        Value::Suspended(price) => format!("suspended {price}"),
        Value::Withdrawn => "withdrawn".to_owned(),
    }
}

fn slot_name(slot: SlotNo, names: &Names) -> String {
    let Some(words) = names.words(slot) else { return "unnamed".to_owned() };
    let point = words.point.map_or_else(|| "-".to_owned(), |point| point.to_string());
    format!("{} {} {} {} {point}", quoted(words.book), quoted(words.market), quoted(words.name), quoted(words.description))
}

fn cover_lines(cover: &Cover, names: &Names) -> Vec<String> {
    let stated: Vec<&str> = FactKind::ALL.into_iter().filter(|kind| cover.facts.has(*kind)).map(FactKind::as_str).collect();
    let head = format!("cover {} facts {}", cover.basis.as_str(), if stated.is_empty() { "-".to_owned() } else { stated.join(",") });
    let notes = cover.noted.iter().map(|note| format!("told {note:08x}"));
    std::iter::once(head).chain(notes).chain(cover.cells.iter().map(|cell| cell_line(cell, names))).collect()
}

fn cell_line(cell: &CellCover, names: &Names) -> String {
    let name = names.cells().get(cell.cell.0 as usize);
    let (book, market) = name.map_or(("", ""), |name| (&*name.book, &*name.market));
    let seen = cell.seen_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let listed = |slots: &[SlotNo]| {
        let mut slots: Vec<String> = slots.iter().map(|slot| slot_name(*slot, names)).collect();
        slots.sort();
        slots.join("; ")
    };
    let extent = match &cell.extent {
        Extent::Whole => "whole".to_owned(),
        Extent::Except(slots) => format!("all but [{}]", listed(slots)),
        Extent::Only(slots) => format!("only [{}]", listed(slots)),
    };
    format!("covers {} {} book seen {seen} {extent}", quoted(book), quoted(market))
}
