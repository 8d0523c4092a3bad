//! `GET /v1/history.arrow`, `.parquet` and `.csv`: tables of history as a stream (`docs/tables.md` has their columns).
//!
//! A thread reads the log and makes rows, another writes them; a few batches stand between the two and a few parts between them and the
//! client, so that never more than those are in memory.

use std::io;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Extract;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use odds::market::{Meaning, Words};
use odds::{Moment, Seq};
use serde::Deserialize;
use store::Cut;
use tables::{Column, Encoder, Format, Means, Source, Table, TablesError};
use utoipa::IntoParams;

use crate::asked::{Asked, When, span};
use crate::live::Live;
use crate::parts::{self, OnPart, Terms};
use crate::problem::Problem;
use crate::state::{Meanings, State};

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// `events`, `odds`, `closing`, `props`, `results`, `injuries` or `stats`; must be said.
    table: Option<String>,
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// Event ids, with commas; not of `injuries`.
    event: Option<String>,
    /// No earlier start (in `injuries`: sighting).
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later one.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Markets in our words or the providers', with commas; of `odds`, `closing` and `props`.
    market: Option<String>,
    /// Books by our key or the provider's, with commas; of `odds`, `closing` and `props`.
    book: Option<String>,
    /// Qualities of the closing quote, with commas: `exact`, `phase`, `late`, `first_seen_only`; of `closing` and `props`.
    quality: Option<String>,
    /// Columns, with commas, in the order that is wanted; all where nothing is said.
    columns: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

const QUALITIES: [&str; 4] = ["exact", "phase", "late", "first_seen_only"];

/// Bytes that are put together into one part.
const BYTES_AT_ONCE: usize = 1 << 18;
/// A table may be long in coming: its head waits a while for the first rows, or the reason why there are none.
const TERMS: Terms = Terms { waiting: 4, first: Some(Duration::from_secs(5)), ..parts::TERMS };

/// A table of history as an Arrow IPC stream.
#[utoipa::path(get, path = "/v1/history.arrow", params(Ask), tag = "history", operation_id = "history_arrow",
    responses((status = 200, description = "The Arrow IPC stream format; `docs/tables.md` has the columns", body = Vec<u8>, content_type = "application/vnd.apache.arrow.stream")))]
pub async fn arrow(live: Extract<Arc<Live>>, ask: Asked<Ask>) -> Result<Response, Problem> {
    answer(live.0, ask.0, Format::ArrowStream, "application/vnd.apache.arrow.stream").await
}

/// A table of history as one Parquet file.
#[utoipa::path(get, path = "/v1/history.parquet", params(Ask), tag = "history", operation_id = "history_parquet",
    responses((status = 200, description = "One Parquet file; `docs/tables.md` has the columns", body = Vec<u8>, content_type = "application/vnd.apache.parquet")))]
pub async fn parquet(live: Extract<Arc<Live>>, ask: Asked<Ask>) -> Result<Response, Problem> {
    answer(live.0, ask.0, Format::Parquet, "application/vnd.apache.parquet").await
}

/// A table of history as CSV.
#[utoipa::path(get, path = "/v1/history.csv", params(Ask), tag = "history", operation_id = "history_csv",
    responses((status = 200, description = "A head line, then the rows; `docs/tables.md` has the columns", body = String, content_type = "text/csv")))]
pub async fn csv(live: Extract<Arc<Live>>, ask: Asked<Ask>) -> Result<Response, Problem> {
    answer(live.0, ask.0, Format::Csv, "text/csv; charset=utf-8").await
}

async fn answer(live: Arc<Live>, ask: Ask, format: Format, kind: &'static str) -> Result<Response, Problem> {
    let permit = Arc::clone(&live.tables).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::unavailable("as many tables are being read as are allowed; try again later"))?;
    let (source, asked) = live.state.blocking(move |state| ask.read(state)).await?;
    let body = parts::body(TERMS, move |on_part| {
        let _permit = permit;
        write(&source, &asked, format, on_part)
    });
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body.await?).into_response())
}

fn problem(error: TablesError) -> Problem {
    match error {
        TablesError::Store(error) => error.into(),
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "a table of history could not be made");
            Problem::internal()
        }
    }
}

fn write(source: &Source, asked: &tables::Asked, format: Format, on_part: OnPart<'_>) -> Result<(), Problem> {
    let mut is_left = false;
    let mut take = |part| {
        is_left |= !on_part(part);
        !is_left
    };
    let written = written(source, asked, format, Sink { on_part: &mut take, bytes: Vec::with_capacity(BYTES_AT_ONCE) });
    written.map_err(|error| if is_left { Problem::unavailable("the answer was not taken") } else { problem(error) })
}

fn written(source: &Source, asked: &tables::Asked, format: Format, sink: Sink<'_>) -> tables::Result<()> {
    let schema = asked.table.schema(&asked.columns);
    let mut encoder = Encoder::new(asked.table.as_str(), format, &schema, sink)?;
    source.make_beside(asked, &mut |batch| encoder.write(&batch))?;
    encoder.finish()?.send().map_err(|error| TablesError::columns(asked.table.as_str(), error))
}

/// Where bytes go: put together into parts, and handed to whoever answers.
struct Sink<'a> {
    on_part: OnPart<'a>,
    bytes: Vec<u8>,
}

impl Sink<'_> {
    fn send(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.bytes, Vec::with_capacity(BYTES_AT_ONCE));
        let is_taken = (self.on_part)(part.into());
        if is_taken { Ok(()) } else { Err(io::Error::new(io::ErrorKind::BrokenPipe, "the client went away, or takes nothing")) }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= BYTES_AT_ONCE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Writers flush after every message; parts go by their size, so that the head of an answer waits for the first rows.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What words mean, as the room of tables asks for it.
struct FromMeanings(Arc<dyn Meanings>);

impl Means for FromMeanings {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.meaning(provider, sport, words)
    }
}

impl Ask {
    fn read(&self, state: &State) -> Result<(Source, tables::Asked), Problem> {
        let table = self.table()?;
        self.require_fitting(table)?;
        let when = When::read(state, self.as_of.as_ref(), self.known_at.as_ref())?;
        // what is recorded while the answer goes on is not in it
        let known: Seq = when.cut.known.min(state.store.head()?.seq);
        let cut = Cut { known, ..when.cut };
        let (from, to) = span(self.from.as_ref(), self.to.as_ref())?;
        let mut events = Vec::new();
        for id in list(self.event.as_ref()) {
            events.push(state.event(&id, cut)?.id);
        }
        let at: Moment = when.at;
        let asked = tables::Asked {
            columns: self.columns(table)?,
            sports: list(self.sport.as_ref()),
            events,
            from,
            to,
            markets: list(self.market.as_ref()),
            books: list(self.book.as_ref()),
            qualities: self.qualities()?,
            ..tables::Asked::all_of(table, cut, at)
        };
        let means = Arc::new(FromMeanings(Arc::clone(&state.meanings)));
        let source = Source::of(Arc::clone(&state.store), means).map_err(problem)?;
        Ok((source, asked))
    }

    fn table(&self) -> Result<Table, Problem> {
        let name = self.table.as_deref().unwrap_or_default();
        let right = || format!("one of {}", Table::ALL.map(Table::as_str).join(", "));
        Table::named(name).ok_or_else(|| Problem::bad_parameter("table", name, &right()))
    }

    /// Refuses what the table does not have: left out, it would be another question.
    fn require_fitting(&self, table: Table) -> Result<(), Problem> {
        let quotes = table.is_of_quotes();
        let filters = [
            ("market", &self.market, quotes),
            ("book", &self.book, quotes),
            ("quality", &self.quality, table.is_of_lines()),
            ("event", &self.event, table != Table::Injuries),
        ];
        match filters.into_iter().find_map(|(name, value, fits)| Some((name, value.as_ref()?)).filter(|_| !fits)) {
            Some((name, value)) => Err(Problem::bad_parameter(name, value, &format!("the table {} has none", table.as_str()))),
            None => Ok(()),
        }
    }

    fn columns(&self, table: Table) -> Result<Vec<Column>, Problem> {
        let Some(text) = &self.columns else { return Ok(table.columns().to_vec()) };
        let mut columns: Vec<Column> = Vec::new();
        for name in list(Some(text)) {
            let known = table.columns().iter().find(|column| column.name == name);
            let right = || {
                let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
                format!("columns of {}, each once: {}", table.as_str(), names.join(", "))
            };
            let column =
                known.filter(|column| !columns.contains(column)).ok_or_else(|| Problem::bad_parameter("columns", &name, &right()))?;
            columns.push(*column);
        }
        Ok(columns)
    }

    fn qualities(&self) -> Result<Vec<String>, Problem> {
        crate::asked::one_of("quality", self.quality.as_ref(), &QUALITIES)?;
        Ok(list(self.quality.as_ref()))
    }
}

/// The values of a parameter that lists them with commas.
fn list(text: Option<&String>) -> Vec<String> {
    text.map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
}
