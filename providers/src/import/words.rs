//! Texts of a row as a mapping makes them of its cells, and which rows count.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::stat::TeamSide;

use super::cells::Column;
use super::plan::Cells;

/// A text of a row.
#[derive(Debug)]
pub(super) enum Word {
    Is(Cow<'static, str>),
    Made(Made),
}

/// Where a text comes from.
#[derive(Debug)]
pub(super) enum Origin {
    Cell(Column),
    /// The first of these that is filled.
    First(Vec<Column>),
    /// All of these, joined by `/`.
    Joined(Vec<Column>),
    /// `MIL @ DAL` or `DAL vs. MIL`, and the side that is meant.
    Matchup(Column, TeamSide),
}

/// A text that is made of cells, step by step.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) from: Origin,
    pub(super) trim: Vec<char>,
    pub(super) split: Option<(String, isize)>,
    pub(super) find: Vec<[String; 2]>,
    pub(super) table: BTreeMap<String, String>,
}

impl Word {
    /// A column as it is.
    pub(super) fn cell(column: Column) -> Self {
        let (trim, split, find, table) = (Vec::new(), None, Vec::new(), BTreeMap::new());
        Self::Made(Made { from: Origin::Cell(column), trim, split, find, table })
    }

    pub(super) fn of<'a>(&self, cells: &Cells<'a>) -> Cow<'a, str> {
        match self {
            Self::Is(text) => text.clone(),
            Self::Made(made) => made.of(cells),
        }
    }
}

impl Made {
    fn of<'a>(&self, cells: &Cells<'a>) -> Cow<'a, str> {
        let mut cell = self.raw(cells);
        if !self.trim.is_empty() {
            cell = part(cell, |cell| cell.trim_matches(&self.trim[..]).trim());
        }
        if let Some((mark, at)) = &self.split {
            cell = part(cell, |cell| part_of(cell, mark, *at));
        }
        if let Some([_, ours]) = self.find.iter().find(|[phrase, _]| cell.contains(phrase.as_str())) {
            return standing(ours);
        }
        if self.table.is_empty() {
            return cell;
        }
        self.table.get(&*cell).map_or(cell, |ours| standing(ours))
    }

    fn raw<'a>(&self, cells: &Cells<'a>) -> Cow<'a, str> {
        match &self.from {
            Origin::Cell(column) => cells[*column].clone(),
            Origin::First(columns) => {
                columns.iter().map(|column| &cells[*column]).find(|cell| !cell.is_empty()).cloned().unwrap_or_default()
            }
            Origin::Joined(columns) => Cow::Owned(columns.iter().map(|column| &*cells[*column]).collect::<Vec<_>>().join("/")),
            Origin::Matchup(column, side) => part(cells[*column].clone(), |cell| side_of(cell, *side)),
        }
    }
}

/// A part of a cell, without a copy where the cell itself is none.
fn part<'a>(cell: Cow<'a, str>, part: impl Fn(&str) -> &str) -> Cow<'a, str> {
    match cell {
        Cow::Borrowed(cell) => Cow::Borrowed(part(cell)),
        Cow::Owned(cell) => part(&cell).to_owned().into(),
    }
}

fn part_of<'c>(cell: &'c str, mark: &str, part: isize) -> &'c str {
    let found = match usize::try_from(part) {
        Ok(part) => cell.split(mark).nth(part),
        Err(_) => cell.rsplit(mark).nth(part.unsigned_abs() - 1),
    };
    found.unwrap_or_default().trim()
}

/// A side of a game that is written from one team's view: nothing where it is written otherwise.
fn side_of(cell: &str, side: TeamSide) -> &str {
    let at_home = || [" vs. ", " vs "].iter().find_map(|mark| cell.split_once(mark));
    let (away, home) = match (cell.split_once(" @ "), at_home()) {
        (Some((own, other)), _) => (own, other),
        (None, Some((own, other))) => (other, own),
        (None, None) => return "",
    };
    if side == TeamSide::Home { home.trim() } else { away.trim() }
}

/// A word that needs no memory of its own where it is one of the usual answers.
pub(super) fn standing(word: &str) -> Cow<'static, str> {
    const USUAL: [&str; 10] = ["home", "away", "draw", "Over", "Under", "Yes", "No", "h2h", "spreads", "totals"];
    USUAL.into_iter().find(|usual| *usual == word).map_or_else(|| Cow::Owned(word.to_owned()), Cow::Borrowed)
}

/// Rows of certain values.
#[derive(Debug)]
pub(super) struct Where {
    pub(super) column: Column,
    pub(super) values: Vec<String>,
    pub(super) contains: Vec<String>,
    pub(super) filled: bool,
}

impl Where {
    pub(super) fn holds(&self, cells: &Cells<'_>) -> bool {
        let cell = &*cells[self.column];
        let is_one = self.values.iter().any(|value| value == cell);
        is_one || (self.filled && !cell.is_empty()) || self.contains.iter().any(|part| cell.contains(part.as_str()))
    }
}
