//! The answer as an Arrow stream: a row a quote, its columns those of the tables of history where they are the same.

use std::io;
use std::io::Write;

use axum::body::Bytes;
use tables::{Cell, Column, Encoder, Format, Frame, Kind, TablesError, schema_of};

use super::answer::{BoardLine, Told};
use crate::absence::Absence;
use crate::event_odds::EventBoard;
use crate::parts::OnPart;
use crate::view::{Quote, ShownPrice};

const NAME: &str = "boards";

const fn of(kind: Kind, name: &'static str) -> Column {
    Column { name, kind, is_nullable: true }
}

/// A row a quote; a row that was asked and has none is one row of its own, whose quote is null.
pub(crate) const COLUMNS: &[Column] = &[
    Column { name: "row", kind: Kind::Int64, is_nullable: false },
    of(Kind::Word, "event_id"),
    of(Kind::Time, "as_of"),
    of(Kind::Word, "sport"),
    of(Kind::Time, "starts_at"),
    of(Kind::Word, "status"),
    of(Kind::Word, "home"),
    of(Kind::Word, "away"),
    of(Kind::Word, "provider"),
    of(Kind::Word, "book"),
    of(Kind::Word, "market"),
    of(Kind::Word, "period"),
    of(Kind::Word, "subject"),
    of(Kind::Word, "player_id"),
    of(Kind::Word, "selection"),
    of(Kind::Line, "line_exact"),
    of(Kind::Float64, "line"),
    of(Kind::Word, "stance"),
    of(Kind::Bool, "is_prop"),
    of(Kind::Bool, "is_alternate"),
    of(Kind::Bool, "is_understood"),
    of(Kind::Bool, "is_best"),
    of(Kind::Bool, "is_aggregate"),
    of(Kind::Word, "state"),
    of(Kind::Price, "price_exact"),
    of(Kind::Float64, "price"),
    of(Kind::Time, "first_seen_at"),
    of(Kind::Time, "changed_at"),
    of(Kind::Time, "observed_at"),
    of(Kind::Word, "observed_basis"),
    of(Kind::Time, "book_seen_at"),
    of(Kind::Time, "not_observed_since"),
    of(Kind::Int64, "reply_id"),
    of(Kind::Int64, "confirmed_by"),
    of(Kind::Text, "absent"),
];

/// Columns before those of the quote.
const OF_BOARD: usize = 8;

/// Boards on their way into a stream.
pub(super) struct Streamed<'a> {
    encoder: Encoder<Parts<'a>>,
    frame: Frame,
}

impl<'a> Streamed<'a> {
    /// A stream that nothing was written to but its columns.
    pub(super) fn to(on_part: OnPart<'a>) -> Result<Self, TablesError> {
        let parts = Parts { on_part, bytes: Vec::with_capacity(AT_ONCE) };
        let encoder = Encoder::new(NAME, Format::ArrowStream, &schema_of(NAME, COLUMNS), parts)?;
        Ok(Self { encoder, frame: Frame::with(NAME, COLUMNS) })
    }

    /// Writes some answers as a batch.
    pub(super) fn write(&mut self, lines: &[BoardLine]) -> Result<(), TablesError> {
        for line in lines {
            match &line.told {
                Told::Board(board) => push_board(&mut self.frame, line.row, board)?,
                Told::Absent { as_of, absent } => {
                    let head = [Cell::Int(line.row as i64), Cell::Text(&line.event_id), Cell::Time(*as_of)];
                    push_absent(&mut self.frame, &head, absent)?;
                }
            }
        }
        let batch = self.frame.batch(COLUMNS)?;
        self.encoder.write(&batch)
    }

    /// Writes the end.
    pub(super) fn finish(self) -> Result<(), TablesError> {
        let mut parts = self.encoder.finish()?;
        parts.send().map_err(|error| TablesError::columns(NAME, error))
    }
}

fn push_board(frame: &mut Frame, row: usize, board: &EventBoard) -> Result<(), TablesError> {
    let head = [
        Cell::Int(row as i64),
        Cell::Text(&board.id),
        Cell::Time(board.as_of),
        Cell::Text(&board.sport),
        Cell::time(board.starts_at),
        Cell::text(board.status.as_deref()),
        Cell::text(board.home.as_deref()),
        Cell::text(board.away.as_deref()),
    ];
    if board.quotes.is_empty() {
        return push_absent(frame, &head, &board.absent);
    }
    board.quotes.iter().try_for_each(|quote| frame.push(head.into_iter().chain(cells(quote)).chain([Cell::Null])))
}

fn push_absent(frame: &mut Frame, head: &[Cell<'_>], absent: &[Absence]) -> Result<(), TablesError> {
    let reasons: Vec<&str> = absent.iter().map(|absence| absence.reason.as_str()).collect();
    let why = if reasons.is_empty() { "no quote fits".to_owned() } else { reasons.join("; ") };
    let mut cells = head.to_vec();
    cells.resize(COLUMNS.len() - 1, Cell::Null);
    cells.push(Cell::Text(&why));
    frame.push(cells)
}

fn cells(quote: &Quote) -> [Cell<'_>; COLUMNS.len() - OF_BOARD - 1] {
    let number = |id: Option<&str>| Cell::int(id.and_then(|id| i64::from_str_radix(id, 16).ok()));
    let (price_exact, price) = match quote.price {
        Some(ShownPrice::Decimal(price)) => (Cell::Exact((price * 1e9).round() as i64), Cell::Float(price)),
        _ => (Cell::Null, Cell::Null),
    };
    let line_exact = quote.line.map_or(Cell::Null, |line| Cell::Exact((line * 1e3).round() as i64));
    [
        Cell::Text(&quote.provider),
        Cell::Text(&quote.book),
        Cell::Text(&quote.market),
        Cell::Text(&quote.period),
        Cell::text(quote.subject.as_deref()),
        Cell::text(quote.player_id.as_deref()),
        Cell::Text(&quote.selection),
        line_exact,
        quote.line.map_or(Cell::Null, Cell::Float),
        Cell::Text(quote.stance),
        Cell::Bool(quote.is_prop),
        Cell::Bool(quote.is_alternate),
        Cell::Bool(quote.is_understood),
        Cell::Bool(quote.is_best),
        Cell::Bool(quote.is_aggregate),
        Cell::Text(quote.state.as_str()),
        price_exact,
        price,
        Cell::Time(quote.first_seen_at),
        Cell::time(quote.changed_at),
        Cell::time(quote.observed_at),
        Cell::text(quote.observed_basis),
        Cell::time(quote.book_seen_at),
        Cell::time(quote.not_observed_since),
        number(Some(&quote.reply)),
        number(quote.confirmed_by.as_deref()),
    ]
}

/// Bytes that are put together into one part.
const AT_ONCE: usize = 1 << 18;

/// Where bytes go: handed on in parts.
struct Parts<'a> {
    on_part: OnPart<'a>,
    bytes: Vec<u8>,
}

impl Parts<'_> {
    fn send(&mut self) -> io::Result<()> {
        let part: Bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(AT_ONCE)).into();
        if part.is_empty() || (self.on_part)(part) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}

impl Write for Parts<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= AT_ONCE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Parts go by their size.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
