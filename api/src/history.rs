//! `GET /v1/events/{id}/history`: every change of an event's quotes. What a change was is derived here: the log keeps what stood.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use odds::block::Value;
use odds::board::Order;
use odds::names::SlotName;
use odds::price::Format;
use odds::timeline::{Row, RowContent};
use odds::{CellNo, ListingId, Moment, SlotNo};
use serde::{Deserialize, Serialize};
use store::boards::Kept;
use store::{Cut, ListingRow};
use utoipa::{IntoParams, ToSchema};

use crate::absence::Absence;
use crate::asked::{Asked, Length, When, cursor, format, is_named, is_wanted, place, span};
use crate::contest;
use crate::problem::Problem;
use crate::sides::{self, EventSides, is_turned};
use crate::sources::is_book_wanted;
use crate::state::State;
use crate::view::{self, ShownPrice};

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Markets in our words or the providers', with commas.
    market: Option<String>,
    /// Selections, with commas: `home`, `over`, or a name.
    selection: Option<String>,
    /// Books by key, with commas.
    book: Option<String>,
    /// A part of a player's name.
    player: Option<String>,
    /// No earlier than this moment of the world.
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later.
    #[param(format = DateTime)]
    to: Option<String>,
    /// `decimal` (where nothing is said), `american` or `fractional`.
    format: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// Changes, 1 to 5000; 500 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// A page of changes, in the order of the world.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// The event's id.
    id: String,
    /// The id that was asked for, where the event goes by another since a join.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_as: Option<String>,
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    /// The changes, oldest first.
    changes: Vec<Changed>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// What a change was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Offered for the first time that we saw.
    Opened,
    /// Another price.
    Moved,
    /// Bets are not taken for now.
    Suspended,
    /// Offered again after being suspended or withdrawn.
    Returned,
    /// Taken down.
    Withdrawn,
    /// The same outcome at another line: the one line of it went, and another came, in one reply.
    LineMoved,
}

/// One change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Changed {
    /// What it was.
    kind: ChangeKind,
    /// The moment of the world at which we saw it.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Moment,
    /// When it happened, where the provider states it.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Moment>,
    /// Who delivered it.
    provider: String,
    /// Who quotes: our key of the book, or the provider's where we have none.
    book: String,
    /// The market in our words, or the provider's key.
    market: String,
    /// Which part of the event.
    period: String,
    /// A player or team.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The answer.
    selection: String,
    /// The line from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<f64>,
    /// The price from then on; absent once withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<ShownPrice>,
    /// The line before, where it moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    line_before: Option<f64>,
    /// The price before.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_before: Option<ShownPrice>,
    /// `back` or `lay`.
    stance: &'static str,
    /// Whether it was said as "N or more" and stands as over N - 0.5; absent where it was not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_milestone: bool,
    /// The reply that brought it.
    reply: String,
    #[serde(skip)]
    place: Place,
}

/// A change's book and market in the provider's words: they may be asked for, too.
struct Own {
    book: String,
    market: String,
}

type Place = (Order, ListingId, SlotNo);

const LENGTH: Length = Length { usual: 500, most: 5000 };

/// Every change of an event's quotes, in the order of the world.
#[utoipa::path(get, path = "/v1/events/{id}/history", params(("id" = String, Path, description = "The event's id"), Ask), tag = "odds",
    responses((status = 200, body = History), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(Extract(state): Extract<Arc<State>>, Path(id): Path<String>, Asked(ask): Asked<Ask>) -> Result<Json<History>, Problem> {
    state.blocking(move |state| answer(state, &id, &ask)).await.map(Json)
}

fn answer(state: &State, id: &str, ask: &Ask) -> Result<History, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let (from, to) = span(ask.from.as_ref(), ask.to.as_ref())?;
    let (format, limit) = (format(ask.format.as_ref())?, LENGTH.read(ask.limit.as_ref())?);
    let after = cursor::<4>(ask.cursor.as_ref())?.map(read_place);
    let event = state.event(id, when.cut)?;
    let sides = if event.listings.len() > 1 { sides::of(&contest::told(state, &event, when)?) } else { None };
    let mut changes = Vec::new();
    for listing in &event.listings {
        let told = of_listing(state, listing, when.cut, format, sides.as_ref())?;
        let fits = |change: &Changed| {
            from.is_none_or(|from| from <= change.observed_at)
                && to.is_none_or(|to| change.observed_at <= to)
                && after.is_none_or(|after| change.place > after)
        };
        changes.extend(told.into_iter().filter(|(change, own)| fits(change) && ask.wants(change, own)).map(|(change, _)| change));
    }
    changes.sort_by_key(|change| change.place);
    let next = (changes.len() > limit).then(|| write_place(changes[limit - 1].place));
    changes.truncate(limit);
    let absent = changes.is_empty().then(|| Absence::not_observed(None, "no change that fits was seen in this span"));
    Ok(History { id: event.id.to_string(), asked_as: event.asked_as, as_of: when.at, changes, next, absent })
}

impl Ask {
    fn wants(&self, change: &Changed, own: &Own) -> bool {
        let player = self.player.is_none() || change.subject.as_deref().is_some_and(|subject| is_named(self.player.as_ref(), subject));
        player
            && (is_wanted(self.market.as_ref(), &change.market) || is_wanted(self.market.as_ref(), &own.market))
            && is_wanted(self.selection.as_ref(), &change.selection)
            && is_book_wanted(self.book.as_ref(), &change.provider, &own.book)
    }
}

fn read_place([at, reply, listing, slot]: [i64; 4]) -> Place {
    let order = Order { at: Moment::from_micros(at), reply: odds::ReplyId(reply) };
    (order, ListingId(listing), SlotNo(u32::try_from(slot).unwrap_or(u32::MAX)))
}

fn write_place((order, listing, slot): Place) -> String {
    place(&[order.at.micros(), order.reply.0, listing.0, i64::from(slot.0)])
}

/// What stood at a slot, and stands.
#[derive(Clone, Copy)]
struct Step {
    slot: SlotNo,
    before: Option<Value>,
    after: Value,
    changed_at: Option<Moment>,
}

/// The changes of a listing with the provider's market key of each.
fn of_listing(
    state: &State,
    listing: &ListingRow,
    cut: Cut,
    format: Format,
    sides: Option<&EventSides>,
) -> Result<Vec<(Changed, Own)>, Problem> {
    let rows = state.store.listing_rows(listing.id, cut)?;
    let mut kept = Kept { listing: listing.clone(), names: rows.names, board: odds::board::Board::default(), seq: cut.known };
    kept.board.grow(&kept.names);
    let mut changes = Vec::new();
    let mut at = 0;
    let rows = rows.timeline.rows();
    while at < rows.len() {
        let order = rows[at].order;
        let end = at + rows[at..].partition_point(|row| row.order == order);
        let steps = steps(&kept, &rows[at..end]);
        rows[at..end].iter().for_each(|row| odds::timeline::apply(&mut kept.board, row, &kept.names));
        let is_turned = is_turned(sides, &kept.board);
        changes.extend(line_moves(&kept, steps).into_iter().filter_map(|told| shown(state, &kept, order, &told, (format, is_turned))));
        at = end;
    }
    Ok(changes)
}

/// What one reply changes; what it only says anew is no change.
fn steps(kept: &Kept, rows: &[Row]) -> Vec<Step> {
    let mut last: BTreeMap<SlotNo, Step> = BTreeMap::new();
    for row in rows {
        let RowContent::Changes(said) = &row.content else { continue };
        for change in said {
            let before = kept.board.slot(change.slot).and_then(|slot| slot.value);
            last.insert(change.slot, Step { slot: change.slot, before, after: change.value, changed_at: change.changed_at });
        }
    }
    let is_news = |step: &Step| step.before != Some(step.after) && (step.before.is_some() || step.after.is_offered());
    last.into_values().filter(is_news).collect()
}

/// A step with what it was, and the slot that it came from where the line moved.
struct Told {
    step: Step,
    kind: ChangeKind,
    from: Option<Step>,
}

/// A track is an outcome without its point. Where its only point goes and another comes in the same reply, the line moved.
fn line_moves(kept: &Kept, steps: Vec<Step>) -> Vec<Told> {
    let mut tracks: BTreeMap<(CellNo, &str, &str), Vec<Step>> = BTreeMap::new();
    for step in steps {
        let Some(SlotName { cell, name, description, .. }) = kept.names.slot(step.slot) else { continue };
        tracks.entry((*cell, &**name, &**description)).or_default().push(step);
    }
    let mut told = Vec::new();
    for ((cell, name, description), steps) in tracks {
        let went = |step: &&Step| step.before.is_some_and(Value::is_offered) && !step.after.is_offered();
        let came = |step: &&Step| !step.before.is_some_and(Value::is_offered) && step.after.is_offered();
        let pair = steps.iter().find(went).copied().zip(steps.iter().find(came).copied());
        let stands_alone = || standing_in(kept, cell, name, description) == 1;
        match pair {
            Some((from, step)) if steps.len() == 2 && stands_alone() => {
                told.push(Told { step, kind: ChangeKind::LineMoved, from: Some(from) })
            }
            _ => told.extend(steps.into_iter().map(|step| Told { kind: kind(step), step, from: None })),
        }
    }
    told
}

fn standing_in(kept: &Kept, cell: CellNo, name: &str, description: &str) -> usize {
    let slots = kept.board.cells().get(cell.0 as usize).map_or(&[][..], |cell| &cell.slots);
    let is_of_track = |slot: &&SlotNo| kept.names.slot(**slot).is_some_and(|have| &*have.name == name && &*have.description == description);
    let stands = |slot: &&SlotNo| kept.board.slot(**slot).and_then(|slot| slot.value).is_some_and(Value::is_offered);
    slots.iter().filter(is_of_track).filter(stands).count()
}

fn kind(step: Step) -> ChangeKind {
    match (step.before, step.after) {
        (_, Value::Withdrawn) => ChangeKind::Withdrawn,
        (Some(Value::Suspended(_)), Value::Suspended(_)) => ChangeKind::Moved,
        (_, Value::Suspended(_)) => ChangeKind::Suspended,
        (None, Value::Live(_)) => ChangeKind::Opened,
        (Some(Value::Live(_)), Value::Live(_)) => ChangeKind::Moved,
        (Some(_), Value::Live(_)) => ChangeKind::Returned,
    }
}

fn shown(state: &State, kept: &Kept, order: Order, told: &Told, (format, is_turned): (Format, bool)) -> Option<(Changed, Own)> {
    let words = kept.names.words(told.step.slot)?;
    let meaning = state.meanings.meaning(&kept.listing.provider, &kept.listing.sport, &words);
    let meaning = meaning.as_ref();
    let named = view::Named::of(kept, &words, meaning, is_turned);
    let price = |value: Option<Value>| value.and_then(Value::price).map(|price| ShownPrice::of(price, format));
    let line_before = told.from.and_then(|from| kept.names.slot(from.slot)?.point).map(odds::Line::as_f64);
    let change = Changed {
        kind: told.kind,
        observed_at: order.at,
        changed_at: told.step.changed_at,
        provider: kept.listing.provider.clone(),
        book: odds::book::key(&kept.listing.provider, words.book).to_owned(),
        market: named.market,
        period: named.period,
        subject: named.subject,
        selection: named.selection,
        line: named.line,
        price: price(Some(told.step.after)),
        line_before,
        price_before: price(told.from.map_or(told.step.before, |from| from.before)),
        stance: named.stance,
        is_milestone: meaning.is_some_and(|meaning| meaning.is_milestone),
        reply: order.reply.to_string(),
        place: (order, kept.listing.id, told.step.slot),
    };
    Some((change, Own { book: words.book.to_owned(), market: words.market.to_owned() }))
}
