//! The tables `closing` and `props`: opening and closing quote of each book and selection of an event that has begun.

use std::collections::{BTreeSet, HashMap};

use odds::board::Board;
use odds::closing::{Closing, Opening, Quality, Start, Track, tracks};
use odds::names::Names;
use odds::observation::FactKind;
use odds::settlement::{Grade, OwnSides, Told};
use odds::{CellNo, Line, Moment, Price};
use store::ListingRow;

use crate::asked::Asked;
use crate::error::Result;
use crate::event::{EventKnown, Place};
use crate::frame::{Cell, Frame};
use crate::schema::Table;
use crate::source::{OnBatch, ROWS_AT_ONCE, Source, fits};
use crate::words::{Listing, SlotWords};

/// Makes one of the two.
pub(crate) fn make(source: &Source, asked: &Asked, places: &[&Place], on_batch: OnBatch<'_>) -> Result<()> {
    let mut frame = Frame::of(asked.table);
    for place in places {
        let Some(event) = place.read(&source.store, asked.cut)?.filter(|event| fits(asked, event)) else { continue };
        for row in rows(source, asked, &event)? {
            row.push(&event, &mut frame)?;
        }
        if frame.rows() >= ROWS_AT_ONCE {
            on_batch(frame.batch(&asked.columns)?)?;
        }
    }
    if frame.rows() > 0 { on_batch(frame.batch(&asked.columns)?) } else { Ok(()) }
}

/// A row, with what is needed to choose among several of it.
struct Row {
    provider: String,
    words: SlotWords,
    opening: Option<(Opening, Option<Line>)>,
    opening_quality: Option<Quality>,
    closing: Option<(Closing, Option<Line>)>,
    moves: i64,
    result: Option<&'static str>,
}

/// The rows of an event, one for each book and selection, sorted.
fn rows(source: &Source, asked: &Asked, event: &EventKnown) -> Result<Vec<Row>> {
    let Some(starts_at) = event.starts_at.filter(|_| event.has_begun(asked.at)) else { return Ok(Vec::new()) };
    let told = event.told()?;
    let mut rows = Vec::new();
    for one in &event.listings {
        let start = Start { at: starts_at, is_exact: event.is_start_exact, closes_at: one.1.start_on_day().map(|day| day.closes_at) };
        of_listing(source, asked, event, one, (&start, &told), &mut rows)?;
    }
    let mut rows = once(rows);
    rows.retain(|row| asked.wants_quality(row.closing.map(|(closing, _)| closing.quality.as_str())));
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(rows)
}

fn of_listing(
    source: &Source,
    asked: &Asked,
    event: &EventKnown,
    one: &(ListingRow, Board),
    (start, told): (&Start, &[Told]),
    rows: &mut Vec<Row>,
) -> Result<()> {
    let found = source.store.listing_rows(one.0.id, asked.cut)?;
    let mut listing = Listing::of(source, event, one);
    let sides = OwnSides { home: one.1.fact(FactKind::Home), away: one.1.fact(FactKind::Away), is_turned: event.is_turned(&one.1) };
    for track in tracks(&found.names, &found.timeline, start) {
        let Some(words) = listing.slot(&found.names, track.slot, asked).filter(|words| words.is_prop == (asked.table == Table::Props))
        else {
            continue;
        };
        let result = words
            .meaning
            .as_ref()
            .and_then(|meaning| event.ended().settle(meaning, sides, answers(&found.names, &track), told).map(Grade::as_str));
        let mut line = |point: Option<Line>| line_at(&mut listing, &found.names, &track, &words, point, asked);
        rows.push(Row {
            provider: one.0.provider.clone(),
            opening: track.opening.map(|opening| (opening, line(opening.line))),
            closing: track.closing.map(|closing| (closing, line(closing.line))),
            opening_quality: track.opening_quality,
            moves: track.steps.len().saturating_sub(1) as i64,
            result,
            words,
        });
    }
    Ok(())
}

/// How many answers the market of a track has.
fn answers(names: &Names, track: &Track) -> usize {
    let cell = names.slot(track.slot).map(|name| name.cell);
    let answers = names.slots().iter().filter(|name| Some(name.cell) == cell).map(|name| &name.name);
    answers.collect::<BTreeSet<_>>().len()
}

/// The line in our words of the slot of a track that has this point: a line may have moved since.
fn line_at(listing: &mut Listing<'_>, names: &Names, track: &Track, words: &SlotWords, point: Option<Line>, asked: &Asked) -> Option<Line> {
    let own = names.slot(track.slot)?;
    if own.point == point {
        return words.line;
    }
    let slot = names.find_slot(CellNo(own.cell.0), &own.name, &own.description, point)?;
    listing.slot(names, slot, asked).and_then(|words| words.line)
}

/// Leaves one of several rows of the same book and selection: the one with the best closing quote, then the one closest to the start. Books and
/// markets that we do not know are the same at one provider alone.
fn once(rows: Vec<Row>) -> Vec<Row> {
    let mut best: HashMap<Question, Row> = HashMap::new();
    for row in rows {
        let question = row.question();
        match best.get(&question) {
            Some(other) if other.trust() <= row.trust() => {}
            _ => {
                best.insert(question, row);
            }
        }
    }
    best.into_values().collect()
}

/// What tells rows apart: the provider where it matters, then book, market, period, subject, selection, stance and line.
type Question = ([String; 6], &'static str, Option<Line>);

impl Row {
    fn line(&self) -> Option<Line> {
        self.closing.map(|(_, line)| line).or(self.opening.map(|(_, line)| line)).flatten()
    }

    fn question(&self) -> Question {
        let words = &self.words;
        let is_known = words.is_known_book && words.meaning.is_some();
        let provider = if is_known { String::new() } else { self.provider.clone() };
        let subject = words.player_id.clone().or(words.subject.clone()).unwrap_or_default();
        let texts = [provider, words.book.clone(), words.market.clone(), words.period.clone(), subject, words.selection.clone()];
        (texts, words.stance, self.line())
    }

    /// The less, the better.
    fn trust(&self) -> (bool, Option<Quality>, i64, &str) {
        let closing = self.closing.map(|(closing, _)| closing);
        (closing.is_none(), closing.map(|closing| closing.quality), closing.map_or(i64::MAX, |closing| closing.gap_secs), &self.provider)
    }

    fn order(&self) -> (&str, &str, &str, Option<&str>, &str, Option<i32>, &str, &str) {
        let words = &self.words;
        let line = self.line().map(Line::milli);
        (&words.book, &words.market, &words.period, words.subject.as_deref(), &words.selection, line, words.stance, &self.provider)
    }

    fn push(&self, event: &EventKnown, frame: &mut Frame) -> Result<()> {
        let words = &self.words;
        let meaning = words.meaning.as_ref();
        let about = [
            Cell::Text(&self.provider),
            Cell::Text(&words.book),
            Cell::Text(&words.market),
            Cell::Text(&words.period),
            Cell::text(words.subject.as_deref()),
            Cell::text(words.player_id.as_deref()),
            Cell::Text(&words.selection),
            Cell::Text(words.stance),
            Cell::Bool(meaning.is_some_and(|meaning| meaning.is_alternate)),
            Cell::Bool(meaning.is_some_and(|meaning| meaning.is_milestone)),
        ];
        let opening = self.opening.map(|(opening, line)| (opening.price, line, opening.observed_at, opening.gap_secs));
        let closing = self.closing.map(|(closing, line)| (closing.price, line, closing.observed_at, closing.gap_secs));
        let end = [Cell::Int(self.moves), Cell::text(self.result)];
        frame.push(
            event
                .head()
                .into_iter()
                .chain(about)
                .chain(quote(opening, self.opening_quality))
                .chain(quote(closing, self.closing.map(|(closing, _)| closing.quality)))
                .chain(end),
        )
    }
}

/// The eight cells of a quote.
fn quote<'a>(quote: Option<(Price, Option<Line>, Moment, i64)>, quality: Option<Quality>) -> impl Iterator<Item = Cell<'a>> {
    let price = Cell::price(quote.map(|(price, ..)| price));
    let line = Cell::line(quote.and_then(|(_, line, ..)| line));
    let seen = [
        Cell::time(quote.map(|(.., at, _)| at)),
        Cell::int(quote.map(|(.., gap_secs)| gap_secs)),
        Cell::text(quality.filter(|_| quote.is_some()).map(Quality::as_str)),
    ];
    price.into_iter().chain(line).chain(seen)
}
