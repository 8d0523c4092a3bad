//! What is said of each row: the board of its event as of its moment, or why there is none.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use axum::body::Bytes;
use odds::{EventId, Moment, Seq};
use serde::Serialize;
use store::boards::Kept;
use store::{BoardsAsked, Cut, EventRow, StoreError};
use utoipa::ToSchema;

use super::Ask;
use super::rows::Row;
use crate::absence::Absence;
use crate::asked::{When, format, moment};
use crate::board::{Knowing, Wish};
use crate::contest::told_by;
use crate::event_odds::{EventBoard, shown};
use crate::players::People;
use crate::problem::Problem;
use crate::sides;
use crate::state::State;

/// A row's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardLine {
    /// The row's place in the table, from 0.
    pub row: usize,
    /// The event as it was asked for.
    pub event_id: String,
    /// By what had been recorded at this moment, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub known_at: Option<Moment>,
    /// The board, as `/v1/events/{id}/odds` has it.
    #[serde(flatten)]
    pub told: Told,
}

/// A board, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Told {
    /// The board.
    Board(Box<EventBoard>),
    /// There is no such event.
    Absent {
        /// The moment of which this speaks.
        #[schema(value_type = String, format = DateTime)]
        as_of: Moment,
        /// Why there is none.
        absent: [Absence; 1],
    },
}

/// An event by the caller's words and a place in the log; or why there is none.
type Known = HashMap<(String, Seq), Result<Arc<EventRow>, String>>;

/// A table on the way to its answer.
pub(super) struct Answering<'a> {
    state: &'a State,
    wish: Wish<'a>,
    rows: &'a [Row],
    /// The cut of each row.
    cuts: Vec<Cut>,
    known: Known,
    aggregates: HashSet<(String, String)>,
    people: People,
}

impl<'a> Answering<'a> {
    /// Reads what all rows have in common.
    pub(super) fn new(state: &'a State, ask: &'a Ask, rows: &'a [Row]) -> Result<Self, Problem> {
        let usual = moment("known_at", ask.known_at.as_ref())?;
        let cuts = cuts(state, rows, usual)?;
        let when = When { at: Moment::MIN, cut: Cut::ALL };
        let wish = Wish {
            market: ask.market.as_ref(),
            book: ask.book.as_ref(),
            provider: ask.provider.as_ref(),
            player: ask.player.as_ref(),
            props: ask.player.as_ref().map(|_| true),
            updated_after: None,
            format: format(ask.format.as_ref())?,
            when,
        };
        let (aggregates, people) = (state.aggregates()?, People::of(state, ask.player.as_ref())?);
        Ok(Self { state, wish, rows, cuts, known: Known::new(), aggregates, people })
    }

    /// The rows, so many at a time.
    pub(super) fn parts(&self, together: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let all = self.rows.len();
        (0..all).step_by(together).map(move |from| from..all.min(from + together))
    }

    /// The answers of some rows, a line each.
    pub(super) fn lines(&mut self, part: Range<usize>) -> Result<Bytes, Problem> {
        let mut text = Vec::new();
        for line in self.answers(part)? {
            serde_json::to_writer(&mut text, &line).map_err(|error| {
                tracing::error!(%error, "a board could not be written");
                Problem::internal()
            })?;
            text.push(b'\n');
        }
        Ok(text.into())
    }

    /// The answers of some rows, in their order.
    pub(super) fn answers(&mut self, part: Range<usize>) -> Result<Vec<BoardLine>, Problem> {
        self.know(part.clone())?;
        let from = part.start;
        let mut answers: Vec<Option<Told>> = part.clone().map(|at| self.absence(at)).collect();
        let (mut asked, mut places) = (Vec::new(), Vec::new());
        for at in part {
            if let Some(Ok(event)) = self.known.get(&self.name(at)) {
                asked.push(BoardsAsked { event, cut: self.cuts[at] });
                places.push(at);
            }
        }
        self.state.store.boards_as_of(&asked, &mut |at, boards| {
            answers[places[at] - from] = Some(self.board(asked[at], boards));
            Ok::<(), StoreError>(())
        })?;
        let line = |(at, told): (usize, Option<Told>)| {
            let (row, told) = (&self.rows[at], told.expect("a row has a board, or why there is none"));
            BoardLine { row: at, event_id: row.event_id.clone(), known_at: row.known_at, told }
        };
        Ok(answers.into_iter().enumerate().map(|(at, told)| line((from + at, told))).collect())
    }

    fn board(&self, asked: BoardsAsked<'_>, boards: &[Kept]) -> Told {
        let when = When { at: asked.cut.as_of, cut: asked.cut };
        let wish = Wish { when, ..self.wish };
        let knowing = Knowing { state: self.state, aggregates: &self.aggregates, people: &self.people };
        let told = told_by(boards);
        let found = wish.find_on(&knowing, asked.event, boards, sides::of(&told).as_ref());
        Told::Board(Box::new(shown(asked.event, &told, when.at, found)))
    }

    fn name(&self, at: usize) -> (String, Seq) {
        (self.rows[at].event_id.clone(), self.cuts[at].known)
    }

    fn absence(&self, at: usize) -> Option<Told> {
        let Some(Err(why)) = self.known.get(&self.name(at)) else { return None };
        let absent = [Absence::not_covered(Some(&self.rows[at].event_id), why.as_str())];
        Some(Told::Absent { as_of: self.rows[at].as_of, absent })
    }

    /// Looks the events of some rows up: most by their ids at once, the others as one is looked up by itself.
    fn know(&mut self, part: Range<usize>) -> Result<(), Problem> {
        let mut by_known: HashMap<Seq, Vec<EventId>> = HashMap::new();
        let fresh: Vec<(String, Seq)> = part.map(|at| self.name(at)).filter(|name| !self.known.contains_key(name)).collect();
        for (id, known) in &fresh {
            by_known.entry(*known).or_default().extend(id.parse::<EventId>());
        }
        for (known, mut ids) in by_known {
            ids.sort_unstable();
            ids.dedup();
            for event in self.state.store.events_known(&ids, known)? {
                self.known.insert((event.id.to_string(), known), Ok(Arc::new(event)));
            }
        }
        for (id, known) in fresh {
            if self.known.contains_key(&(id.clone(), known)) {
                continue;
            }
            let event = match self.state.event(&id, Cut { known, ..Cut::ALL }) {
                Ok(event) => Ok(Arc::new(event)),
                Err(problem) if problem.status == 404 => Err(problem.detail),
                Err(problem) => return Err(problem),
            };
            self.known.insert((id, known), event);
        }
        Ok(())
    }
}

/// What of the log counts for each row; each moment of knowing is looked up once.
fn cuts(state: &State, rows: &[Row], usual: Option<Moment>) -> Result<Vec<Cut>, Problem> {
    let mut known: HashMap<Moment, Seq> = HashMap::new();
    let cut = |row: &Row| -> Result<Cut, Problem> {
        let Some(at) = row.known_at.or(usual) else { return Ok(Cut::as_of(row.as_of)) };
        let seq = match known.get(&at) {
            Some(seq) => *seq,
            None => *known.entry(at).or_insert(state.store.known_by(at)?),
        };
        Ok(Cut { as_of: row.as_of, known: seq })
    };
    rows.iter().map(cut).collect()
}
