//! A mapping against the columns of one chunk: every name is a number, and what a file of this year does not have is left out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::{Line, Moment};

use super::cells::{Column, Columns};
use super::frame::Frame;
use super::mapping::{Form, Injuries, Made, Mapping, Only, Outcome, Pick, Quote, Sign, Stats, Table, Text, Time, When};
use super::time::Clock;
use super::words::{self, Origin, Where, Word, standing};

/// The cells of a row.
pub(super) type Cells<'a> = [Cow<'a, str>];

/// Which event a row is about.
pub(super) struct EventPlan {
    pub(super) id: Vec<Piece>,
    pub(super) sport: Word,
    pub(super) sides: Option<(Word, Word)>,
    pub(super) by_name: bool,
    pub(super) title: Option<Word>,
    pub(super) start: Option<Clock>,
    pub(super) neutral: Option<Column>,
    pub(super) season_type: Option<Word>,
    pub(super) external: Option<(String, Column)>,
    pub(super) over_secs: i64,
}

/// A piece of an id.
pub(super) enum Piece {
    Text(String),
    Cell(Column),
    Day,
    Home,
    Away,
    First,
    Second,
    /// Who is hurt.
    Player,
}

/// One market of a row at one book.
pub(super) struct QuotePlan {
    pub(super) market: Word,
    pub(super) book: Word,
    pub(super) when: When,
    pub(super) at: Vec<Clock>,
    pub(super) seen_at: Option<Clock>,
    pub(super) before_secs: i64,
    pub(super) form: Form,
    pub(super) picks: Vec<PickPlan>,
    pub(super) lines: Option<(Line, Line)>,
    pub(super) overround: Option<[f64; 2]>,
    pub(super) one_line: bool,
    pub(super) is_whole: bool,
}

/// One answer.
pub(super) struct PickPlan {
    pub(super) side: Word,
    pub(super) player: Option<Word>,
    pub(super) price: Option<Column>,
    pub(super) line: Option<Column>,
    pub(super) cell: Option<Column>,
    pub(super) is_negated: bool,
    pub(super) favoured: Option<Column>,
    pub(super) only: Option<Where>,
}

/// What came of the event.
pub(super) struct ResultPlan {
    pub(super) points: PointsPlan,
    pub(super) home_periods: Vec<Column>,
    pub(super) away_periods: Vec<Column>,
    pub(super) at: Option<Clock>,
    pub(super) only: Option<Where>,
}

/// Where points stand.
pub(super) enum PointsPlan {
    /// Those of both sides in one row.
    Both(Column, Column),
    /// Those of the side that the row names.
    One(Word, Column),
}

/// What players did.
pub(super) struct StatsPlan {
    pub(super) player: Word,
    pub(super) id: Option<Column>,
    pub(super) team: Option<Word>,
    pub(super) side: Option<Word>,
    pub(super) position: Option<Word>,
    pub(super) did_not_play: Option<Where>,
    pub(super) figures: Vec<(String, Column)>,
    pub(super) is_collected: bool,
}

/// Who is hurt.
pub(super) struct InjuryPlan {
    pub(super) at: Clock,
    pub(super) report: Vec<Column>,
    pub(super) player: Word,
    pub(super) id: Option<Column>,
    pub(super) team: Option<Word>,
    pub(super) status: Word,
    pub(super) body_part: Option<Word>,
    pub(super) comment: Option<Word>,
    pub(super) position: Option<Word>,
    pub(super) off: Option<Where>,
    pub(super) passing: Option<Where>,
}

/// A mapping against the columns of a chunk.
pub(super) struct Plan {
    pub(super) source: String,
    pub(super) absent: Vec<String>,
    pub(super) collected: Option<Moment>,
    pub(super) columns: Columns,
    pub(super) is_paired: bool,
    pub(super) odd_is_away: Option<Column>,
    pub(super) same: Vec<(Column, Column)>,
    pub(super) refuse: Vec<(Where, String)>,
    pub(super) event: EventPlan,
    /// How many of the first columns tell of the event.
    pub(super) event_cells: usize,
    pub(super) quotes: Vec<QuotePlan>,
    pub(super) result: Option<ResultPlan>,
    pub(super) stats: Option<StatsPlan>,
    pub(super) injury: Option<InjuryPlan>,
}

impl Plan {
    /// # Errors
    /// What is wrong with the mapping, or which column of the event is not in the file.
    pub(super) fn of(frame: &Frame) -> Result<Self, String> {
        let mapping: Mapping = serde_json::from_value(frame.mapping.clone()).map_err(|error| format!("the mapping: {error}"))?;
        if let Some(complaint) = mapping.complaints().first() {
            return Err(format!("the mapping: {complaint}"));
        }
        let mut names = Names { columns: Columns::of(frame), frame, tables: &mapping.tables, book: None };
        let event = names.event(&mapping)?;
        let injury = mapping.injury.as_ref().map(|injury| names.injury(injury)).transpose()?;
        let event_cells = names.columns.len();
        let rows = &mapping.rows;
        let mut same = Vec::new();
        for name in &rows.same {
            same.push((names.needed(&format!("away:{name}"))?, names.needed(&format!("home:{name}"))?));
        }
        let odd_is_away = rows.odd_is_away.as_ref().map(|name| names.needed(&format!("away:{name}"))).transpose()?;
        let mut refuse = Vec::new();
        for row in &rows.refuse {
            let (column, values, contains) = (names.needed(&row.column)?, row.values.clone(), Vec::new());
            refuse.push((Where { column, values, contains, filled: false }, row.reason.clone()));
        }
        let quotes = mapping.quote.iter().flat_map(|quote| names.quotes(quote)).collect();
        let result = mapping.result.as_ref().and_then(|result| names.result(result));
        let stats = mapping.stats.as_ref().map(|stats| names.stats(stats)).transpose()?;
        Ok(Self {
            source: mapping.source.clone(),
            absent: mapping.absent.clone(),
            collected: mapping.collected,
            columns: names.columns,
            is_paired: rows.paired,
            odd_is_away,
            same,
            refuse,
            event,
            event_cells,
            quotes,
            result,
            stats,
            injury,
        })
    }

    /// Whether a cell says nothing.
    pub(super) fn is_absent(&self, cell: &str) -> bool {
        cell.is_empty() || cell.eq_ignore_ascii_case("nan") || self.absent.iter().any(|word| word == cell)
    }
}

/// Gives columns their numbers.
struct Names<'f> {
    columns: Columns,
    frame: &'f Frame,
    tables: &'f BTreeMap<String, BTreeMap<String, String>>,
    book: Option<String>,
}

impl Names<'_> {
    /// A column that need not be there.
    fn known(&mut self, name: &str) -> Option<Column> {
        let name = self.book.as_ref().map_or(Cow::Borrowed(name), |book| name.replace("{book}", book).into());
        let column = self.columns.number(&name, self.frame);
        self.columns.has(column).then_some(column)
    }

    fn needed(&mut self, name: &str) -> Result<Column, String> {
        self.known(name).ok_or_else(|| {
            let place = if name.starts_with("file:") { "the file's name holds none".to_owned() } else { self.columns.header() };
            format!("no column {name:?}; there are: {place}")
        })
    }

    fn word(&mut self, text: &Text) -> Result<Word, String> {
        let made = match text {
            Text::Column(name) => return Ok(Word::cell(self.needed(name)?)),
            Text::Made(made) => &**made,
        };
        if let Some(is) = &made.is {
            return Ok(Word::Is(self.book.as_ref().map_or_else(|| standing(is), |book| is.replace("{book}", book).into())));
        }
        let Made { trim, table, split, part, find, .. } = made;
        let (from, split) = (self.origin(made)?, split.clone().map(|mark| (mark, *part)));
        let (trim, find, table) = (trim.chars().collect(), find.clone(), self.table(table)?);
        Ok(Word::Made(words::Made { from, trim, split, find, table }))
    }

    fn origin(&mut self, made: &Made) -> Result<Origin, String> {
        let mut all = |names: &[String]| names.iter().map(|name| self.needed(name)).collect::<Result<Vec<_>, _>>();
        match made {
            Made { column: Some(name), .. } => Ok(Origin::Cell(self.needed(name)?)),
            Made { matchup: Some(name), of: Some(side), .. } => Ok(Origin::Matchup(self.needed(name)?, *side)),
            Made { matchup: Some(_), .. } => Err("a matchup needs of = \"home\" or \"away\"".to_owned()),
            Made { join, .. } if !join.is_empty() => Ok(Origin::Joined(all(join)?)),
            Made { first, .. } if !first.is_empty() => Ok(Origin::First(all(first)?)),
            _ => Err("a text needs is = \"constant\" or column = \"NAME\"".to_owned()),
        }
    }

    fn optional(&mut self, text: Option<&Text>) -> Result<Option<Word>, String> {
        text.map(|text| self.word(text)).transpose()
    }

    fn table(&self, table: &Table) -> Result<BTreeMap<String, String>, String> {
        match table {
            Table::Own(table) => Ok(table.clone()),
            Table::Named(name) => self.tables.get(name).cloned().ok_or_else(|| {
                let known: Vec<&str> = self.tables.keys().map(String::as_str).collect();
                format!("no table {name:?}; there are: {}", known.join(", "))
            }),
        }
    }

    fn clock(&mut self, time: &Time) -> Result<Clock, String> {
        let clock = time.clock.as_ref().map(|name| self.needed(name)).transpose()?;
        let year = time.year.as_ref().map(|name| self.needed(name)).transpose()?;
        Ok(Clock::new(time, self.needed(&time.column)?, clock, year))
    }

    fn event(&mut self, mapping: &Mapping) -> Result<EventPlan, String> {
        let event = &mapping.event;
        let sides = match (&event.home, &event.away) {
            (Some(home), Some(away)) => Some((self.word(home)?, self.word(away)?)),
            _ => None,
        };
        Ok(EventPlan {
            id: self.pieces(&event.id, mapping.injury.is_some())?,
            sport: self.word(&event.sport)?,
            sides,
            by_name: event.by_name,
            title: event.title.as_ref().map(|title| self.word(title)).transpose()?,
            start: event.start.as_ref().map(|start| self.clock(start)).transpose()?,
            neutral: event.neutral.as_ref().and_then(|name| self.known(name)),
            season_type: event.season_type.as_ref().map(|text| self.word(text)).transpose()?,
            external: event.external.as_ref().map(|own| Ok::<_, String>((own.provider.clone(), self.needed(&own.column)?))).transpose()?,
            over_secs: event.hours.unwrap_or(3) * 3600,
        })
    }

    fn pieces(&mut self, id: &str, is_of_people: bool) -> Result<Vec<Piece>, String> {
        let (mut pieces, mut rest) = (Vec::new(), id);
        while let Some((text, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("id = {id:?}: a {{ is not closed"))?;
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            pieces.push(match name {
                "day" => Piece::Day,
                "home" => Piece::Home,
                "away" => Piece::Away,
                "first" => Piece::First,
                "second" => Piece::Second,
                "player" if is_of_people => Piece::Player,
                name => Piece::Cell(self.needed(name)?),
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(pieces)
    }

    /// The plans of a quote, one for each book; none where the file lacks its columns.
    fn quotes(&mut self, quote: &Quote) -> Vec<QuotePlan> {
        let books: Vec<Option<String>> = if quote.books.is_empty() { vec![None] } else { quote.books.iter().cloned().map(Some).collect() };
        let mut plans = Vec::new();
        for book in books {
            self.book = book;
            plans.extend(self.quote(quote));
        }
        self.book = None;
        plans
    }

    fn quote(&mut self, quote: &Quote) -> Option<QuotePlan> {
        let picks: Vec<PickPlan> = quote.picks.iter().filter_map(|pick| self.pick(pick)).collect();
        if picks.is_empty() {
            return None;
        }
        let book = match (&quote.book, &self.book) {
            (Some(book), _) => self.word(book).ok()?,
            (None, Some(book)) => Word::Is(Cow::Owned(book.clone())),
            (None, None) => return None,
        };
        let bound = |bound: f64| Line::parse(&bound.to_string()).ok();
        Some(QuotePlan {
            market: self.word(&quote.market).ok()?,
            book,
            when: quote.when,
            at: quote.at.iter().filter_map(|time| self.clock(time).ok()).collect(),
            seen_at: quote.seen_at.as_ref().and_then(|time| self.clock(time).ok()),
            before_secs: quote.hours_before * 3600,
            form: quote.form.unwrap_or(Form::Decimal),
            picks,
            lines: quote.line_range.and_then(|[low, high]| Some((bound(low)?, bound(high)?))),
            overround: quote.overround,
            one_line: quote.one_line,
            is_whole: quote.is_whole,
        })
    }

    fn pick(&mut self, pick: &Pick) -> Option<PickPlan> {
        let mut at = |name: &Option<String>| match name {
            Some(name) => self.known(name).map(Some),
            None => Some(None),
        };
        let (price, line, cell, favoured) = (at(&pick.price)?, at(&pick.line)?, at(&pick.cell)?, at(&pick.favoured)?);
        Some(PickPlan {
            side: self.word(&pick.side).ok()?,
            player: pick.player.as_ref().map(|player| self.word(player)).transpose().ok()?,
            price,
            line,
            cell,
            is_negated: pick.sign == Sign::Negated,
            favoured,
            only: self.only(pick.only.as_ref())?,
        })
    }

    fn only(&mut self, only: Option<&Only>) -> Option<Option<Where>> {
        let Some(only) = only else { return Some(None) };
        let Only { values, contains, filled, .. } = only.clone();
        Some(Some(Where { column: self.known(&only.column)?, values, contains, filled }))
    }

    fn needed_only(&mut self, only: Option<&Only>) -> Result<Option<Where>, String> {
        if let Some(only) = only {
            self.needed(&only.column)?;
        }
        Ok(self.only(only).flatten())
    }

    fn result(&mut self, result: &Outcome) -> Option<ResultPlan> {
        let points = match (&result.home, &result.away, &result.side, &result.points) {
            (Some(home), Some(away), ..) => PointsPlan::Both(self.known(home)?, self.known(away)?),
            (.., Some(side), Some(points)) => PointsPlan::One(self.word(side).ok()?, self.known(points)?),
            _ => return None,
        };
        Some(ResultPlan {
            points,
            home_periods: result.home_periods.iter().filter_map(|name| self.known(name)).collect(),
            away_periods: result.away_periods.iter().filter_map(|name| self.known(name)).collect(),
            at: result.at.as_ref().map(|at| self.clock(at)).transpose().ok()?,
            only: self.only(result.only.as_ref())?,
        })
    }

    fn stats(&mut self, stats: &Stats) -> Result<StatsPlan, String> {
        let figures: Vec<(String, Column)> =
            stats.figures.iter().filter_map(|(ours, name)| Some((ours.clone(), self.known(name)?))).collect();
        if figures.is_empty() {
            return Err(format!("none of the columns of figures is there; there are: {}", self.columns.header()));
        }
        Ok(StatsPlan {
            player: self.word(&stats.player)?,
            id: stats.id.as_ref().map(|name| self.needed(name)).transpose()?,
            team: self.optional(stats.team.as_ref())?,
            side: self.optional(stats.side.as_ref())?,
            position: self.optional(stats.position.as_ref())?,
            did_not_play: self.needed_only(stats.did_not_play.as_ref())?,
            figures,
            is_collected: stats.collected,
        })
    }

    fn injury(&mut self, injury: &Injuries) -> Result<InjuryPlan, String> {
        Ok(InjuryPlan {
            at: self.clock(&injury.at)?,
            report: injury.report.iter().map(|name| self.needed(name)).collect::<Result<_, _>>()?,
            player: self.word(&injury.player)?,
            id: injury.id.as_ref().map(|name| self.needed(name)).transpose()?,
            team: self.optional(injury.team.as_ref())?,
            status: self.word(&injury.status)?,
            body_part: self.optional(injury.body_part.as_ref())?,
            comment: self.optional(injury.comment.as_ref())?,
            position: self.optional(injury.position.as_ref())?,
            off: self.needed_only(injury.off.as_ref())?,
            passing: self.needed_only(injury.passing.as_ref())?,
        })
    }
}
