//! A chunk to observations: each row is an event with its quotes and what came of it, or is refused with its reason.

use std::borrow::Cow;
use std::collections::HashMap;

use odds::Moment;
use odds::attribute::{Day, OnDay, START};
use odds::decimal::parse_scaled;
use odds::observation::{Decoded, FactKind, FactSeen, ListingKind, Problem, Refusal};
use odds::reply::Reply;

use super::cells::{Column, Raw};
use super::frame::{Frame, MOMENT, is_empty, lines, records};
use super::gather::{Gathered, Told};
use super::plan::{Cells, Piece, Plan};
use super::{people, quotes, results, time};

/// A row that is being read.
pub(super) struct Row<'r, 'a> {
    pub(super) plan: &'r Plan,
    pub(super) cells: &'r Cells<'a>,
    pub(super) number: usize,
    pub(super) told: &'r Told<'a>,
    pub(super) kickoff: Option<Kickoff>,
    /// Whether the sides stand the other way round than the columns have them.
    pub(super) is_swapped: bool,
}

/// The event of a row, or why it is none.
type OfRow<'a> = Result<(Told<'a>, Option<Kickoff>, bool), (Refusal, String)>;

/// When an event starts, and where what has no moment of its own stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kickoff {
    pub(super) start: Moment,
    /// The latest moment at which a closing price can have been seen.
    pub(super) closing: Moment,
    /// By then it is over.
    pub(super) over: Moment,
    is_exact: bool,
}

impl<'a> Row<'_, 'a> {
    pub(super) fn place(&self, column: Column) -> String {
        format!("row {}, column {}", self.number, self.plan.columns.name(column))
    }
}

/// Reads what a reply tells of a chunk: all of it. Chunks that were archived as a reply for each moment of their listings tell the one
/// whose number their request names.
pub(super) fn decode<'a>(reply: &Reply<'a>) -> Decoded<'a> {
    let mut decoded = whole(reply);
    let Some(wanted) = reply.request.query.get(MOMENT).and_then(|number| number.parse::<usize>().ok()) else { return decoded };
    if wanted > 0 {
        decoded.problems.clear();
        decoded.unreadable = 0;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for snapshot in &mut decoded.snapshots {
        snapshot.listings.retain(|listing| {
            let number = seen.entry(listing.id.to_string()).or_default();
            *number += 1;
            *number - 1 == wanted
        });
    }
    decoded.snapshots.retain(|snapshot| !snapshot.listings.is_empty());
    decoded
}

fn whole<'a>(reply: &Reply<'a>) -> Decoded<'a> {
    let read = Frame::read(reply.body).and_then(|(frame, rows)| Ok((Plan::of(&frame)?, frame, rows)));
    match read {
        Ok((plan, frame, rows)) => {
            let (gathered, cells, spare) = (Gathered::of(&plan.source), Vec::new(), Vec::new());
            Reader { plan: &plan, frame: &frame, gathered, cells, spare, last: None }.read(rows)
        }
        Err(wrong) => Decoded { problems: vec![Problem::at("header", Refusal::NotTheShape, wrong)], ..Decoded::default() },
    }
}

struct Reader<'p, 'a> {
    plan: &'p Plan,
    frame: &'p Frame,
    gathered: Gathered<'a>,
    cells: Vec<Cow<'a, str>>,
    /// Room for a row, used again from row to row.
    spare: Vec<Cow<'a, str>>,
    /// The cells that told of the last row's event, and that event: rows that follow each other are mostly about one.
    last: Option<(Vec<Cow<'a, str>>, OfRow<'a>)>,
}

impl<'a> Reader<'_, 'a> {
    fn read(mut self, rows: &'a str) -> Decoded<'a> {
        let mut waiting: Option<(usize, Raw<'a>)> = None;
        let mut number = self.frame.first_row;
        for record in records(rows) {
            let own = number;
            number += lines(record);
            if is_empty(record, self.frame.format) {
                continue;
            }
            let read = Raw::read(record, self.frame.format, std::mem::take(&mut self.spare));
            let raw = match read.and_then(|raw| self.plan.columns.surplus(&raw).map_or(Ok(raw), Err)) {
                Ok(raw) => raw,
                Err(wrong) => {
                    self.gathered.problem(format!("row {own}"), Refusal::NotTheShape, wrong);
                    continue;
                }
            };
            if !self.plan.is_paired {
                self.take(own, &raw, &raw);
                self.spare = raw.into_spare();
                continue;
            }
            waiting = match waiting.take() {
                None => Some((own, raw)),
                Some((first, other)) => self.pair(first, other, own, raw),
            };
        }
        if let Some((alone, _)) = waiting {
            self.alone(alone);
        }
        self.gathered.finish()
    }

    fn alone(&mut self, number: usize) {
        self.gathered.problem(format!("row {number}"), Refusal::Orphan, "one row where two make a game");
    }

    /// Takes two rows as a game; gives the second back where the first has no partner.
    fn pair(&mut self, first: usize, one: Raw<'a>, second: usize, two: Raw<'a>) -> Option<(usize, Raw<'a>)> {
        self.plan.columns.fill(&one, &two, &mut self.cells);
        let cells = &self.cells;
        if self.plan.same.iter().any(|(away, home)| cells[*away] != cells[*home]) {
            self.alone(first);
            return Some((second, two));
        }
        let is_odd = |text: &str| parse_scaled(text, 0).is_ok_and(|number| number.units % 2 != 0);
        let is_turned = self.plan.odd_is_away.is_some_and(|column| !is_odd(&cells[column]));
        if is_turned {
            self.take(first, &two, &one)
        } else {
            self.take(first, &one, &two)
        }
        None
    }

    fn take(&mut self, number: usize, away: &Raw<'a>, home: &Raw<'a>) {
        let mut cells = std::mem::take(&mut self.cells);
        self.plan.columns.fill(away, home, &mut cells);
        self.take_cells(number, &cells);
        self.cells = cells;
    }

    fn take_cells(&mut self, number: usize, cells: &Cells<'a>) {
        let place = || format!("row {number}");
        if let Some((_, reason)) = self.plan.refuse.iter().find(|(rows, _)| rows.holds(cells)) {
            return self.gathered.unreadable(quotes::count(self.plan, cells), place(), Refusal::NoPlace, reason);
        }
        let of_event = &cells[..self.plan.event_cells];
        if self.last.as_ref().is_none_or(|(known, _)| known != of_event) {
            self.last = Some((of_event.to_vec(), event(self.plan, cells)));
        }
        let Some((_, found)) = &self.last else { return };
        match found {
            Ok((told, kickoff, is_swapped)) => {
                let row = Row { plan: self.plan, cells, number, told, kickoff: *kickoff, is_swapped: *is_swapped };
                quotes::read(&mut self.gathered, &row);
                results::read(&mut self.gathered, &row);
                people::stats(&mut self.gathered, &row);
                people::injury(&mut self.gathered, &row);
            }
            Err((reason, wrong)) => {
                let told = quotes::count(self.plan, cells);
                self.gathered.unreadable(told, place(), *reason, format!("{wrong} ({told} quotes with it)"));
            }
        }
    }
}

/// The event of a row, when it starts, and whether its sides stand the other way round than the columns have them.
fn event<'a>(plan: &Plan, cells: &Cells<'a>) -> OfRow<'a> {
    let event = &plan.event;
    let text = |column: Column| &*cells[column];
    let start = match &event.start {
        Some(clock) if !plan.is_absent(&cells[clock.column]) => {
            let told = clock.read(&text).map_err(|wrong| (Refusal::BadTime, wrong))?;
            Some((told, kickoff(clock, &told, event.over_secs).ok_or((Refusal::BadTime, "out of range".to_owned()))?))
        }
        _ => None,
    };
    let (mut home, mut away) = event.sides.as_ref().map_or_else(Default::default, |(home, away)| (home.of(cells), away.of(cells)));
    let is_swapped = event.by_name && away < home;
    if is_swapped {
        std::mem::swap(&mut home, &mut away);
    }
    let id = id(plan, cells, start.as_ref().map(|(told, _)| told), &home, &away)?;
    let (sport, kickoff) = (event.sport.of(cells), start.map(|(_, kickoff)| kickoff));
    let kind = match &event.sides {
        _ if plan.injury.is_some() => ListingKind::InjuryList,
        Some(_) if home.is_empty() && away.is_empty() => ListingKind::Outright,
        _ => ListingKind::Contest,
    };
    if event.sides.is_some() && home.is_empty() != away.is_empty() {
        return Err((Refusal::MissingField, "one side has no name".to_owned()));
    }
    let mut facts = Vec::with_capacity(6);
    let mut add = |kind, subject: Cow<'a, str>, value: Cow<'a, str>| facts.push(FactSeen { kind, subject, value });
    if let Some(kickoff) = kickoff {
        add(FactKind::Start, "".into(), kickoff.start.to_string().into());
        if !kickoff.is_exact {
            let value = OnDay { precision: Day::Day, closes_at: kickoff.closing };
            add(FactKind::Attribute, START.into(), serde_json::to_string(&value).unwrap_or_default().into());
        }
    }
    if !home.is_empty() {
        add(FactKind::Home, "".into(), home);
        add(FactKind::Away, "".into(), away);
    }
    if let Some(title) = event.title.as_ref().filter(|_| kind == ListingKind::Outright).map(|title| title.of(cells)) {
        add(FactKind::Title, "".into(), title);
    }
    if event.neutral.is_some_and(|column| matches!(&*cells[column], "True" | "true" | "1" | "N" | "1.0")) {
        add(FactKind::NeutralSite, "".into(), "true".into());
    }
    if let Some(word) = event.season_type.as_ref().map(|word| word.of(cells)).filter(|word| !word.is_empty()) {
        add(FactKind::SeasonType, "".into(), word);
    }
    if let Some((provider, column)) = event.external.as_ref().filter(|(_, column)| !cells[*column].is_empty()) {
        add(FactKind::ExternalId, provider.clone().into(), cells[*column].clone());
    }
    Ok((Told { id, sport, kind, facts }, kickoff, is_swapped))
}

fn kickoff(clock: &time::Clock, told: &time::Told, over_secs: i64) -> Option<Kickoff> {
    let (start, is_exact, day_end) = (told.at, told.is_exact, clock.end_of(told.day)?);
    let (closing, over) = if is_exact { (start, start.plus_secs(over_secs)) } else { (day_end.plus_secs(-1), day_end) };
    Some(Kickoff { start, closing, over, is_exact })
}

fn id<'a>(plan: &Plan, cells: &Cells<'a>, start: Option<&time::Told>, home: &str, away: &str) -> Result<Cow<'a, str>, (Refusal, String)> {
    let missing = |what: &str| Err((Refusal::MissingField, format!("{what} is empty, and the id is made of it")));
    if let [Piece::Cell(column)] = plan.event.id[..] {
        return if cells[column].is_empty() { missing(plan.columns.name(column)) } else { Ok(cells[column].clone()) };
    }
    let (first, second) = if home <= away { (home, away) } else { (away, home) };
    let mut id = String::with_capacity(40);
    for piece in &plan.event.id {
        match piece {
            Piece::Text(text) => id.push_str(text),
            Piece::Cell(column) if cells[*column].is_empty() => return missing(plan.columns.name(*column)),
            Piece::Cell(column) => id.push_str(&cells[*column]),
            Piece::Day => match start {
                Some(start) => id.push_str(&start.day.to_string()),
                None => return missing("the day"),
            },
            Piece::Home | Piece::Away | Piece::First | Piece::Second if home.is_empty() || away.is_empty() => return missing("a side"),
            Piece::Home => id.push_str(home),
            Piece::Away => id.push_str(away),
            Piece::First => id.push_str(first),
            Piece::Second => id.push_str(second),
            Piece::Player => match plan.injury.as_ref().map(|injury| injury.player.of(cells)) {
                Some(player) if !player.is_empty() => id.push_str(&player),
                _ => return missing("the player"),
            },
        }
    }
    Ok(Cow::Owned(id))
}
