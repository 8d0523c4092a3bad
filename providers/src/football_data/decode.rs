//! A file to observations: each match is seen up to three times, at the latest moments that its phases can have.

use std::collections::{BTreeMap, BTreeSet};

use odds::Moment;
use odds::observation::{
    BookSeen, CatalogueKind, CatalogueRow, Decoded, FactSeen, ListingKind, ListingSeen, Problem, Refusal, Scope, Snapshot,
};
use odds::reply::{Basis, Reply};

use super::columns::{Columns, columns};
use super::divisions::division;
use super::kickoff::zone;
use super::listing::{LineReader, Match};
use super::wire::{self, Row, Sheet};
use super::{books, request};

/// What a reply tells. A reply "not modified" tells nothing.
pub(super) fn decode<'a>(reply: &Reply<'_>) -> Decoded<'a> {
    if reply.status == 304 {
        return Decoded::default();
    }
    let text = wire::text(reply.body);
    match opened(&text) {
        Ok((sheet, columns)) => File::new(reply, &sheet, &columns).decoded(),
        Err(wrong) => Decoded { problems: vec![Problem::at("header", Refusal::NotTheShape, wrong)], ..Decoded::default() },
    }
}

/// The newest moment that a file's phases tell of.
pub(super) fn newest_phase(body: &[u8]) -> Option<Moment> {
    let text = wire::text(body);
    let (sheet, columns) = opened(&text).ok()?;
    let mut reader = reader(&sheet, &columns, None);
    let matches = sheet.rows().filter_map(|row| reader.read(&row).ok());
    matches.map(|found| if found.is_played() { found.kickoff.over } else { found.kickoff.closing }).max()
}

fn opened(text: &str) -> Result<(Sheet<'_>, Columns), String> {
    let sheet = wire::sheet(text).ok_or_else(|| "empty file".to_owned())?;
    let columns = columns(&sheet.header)?;
    Ok((sheet, columns))
}

fn reader<'f>(sheet: &'f Sheet<'f>, columns: &'f Columns, sport: Option<&'f str>) -> LineReader<'f> {
    LineReader { header: &sheet.header, columns, zone: zone(), sport, problems: Vec::new() }
}

/// The sport that the request or the one who replays names, for lines that do not.
fn sport_asked<'r>(reply: &Reply<'r>) -> Option<&'r str> {
    let of_path = |path: &'r str| path.strip_prefix("/new/")?.strip_suffix(".csv");
    reply.sport.or_else(|| of_path(&reply.request.path))
}

/// A file on its way to observations.
struct File<'f> {
    sheet: &'f Sheet<'f>,
    columns: &'f Columns,
    reader: LineReader<'f>,
    fetched_at: Moment,
    basis: Basis,
    is_fixtures: bool,
    ids: BTreeMap<String, jiff::civil::Date>,
    snapshots: BTreeMap<(Moment, String, Basis), Vec<ListingSeen<'static>>>,
    sports: BTreeSet<String>,
    unreadable: u64,
}

impl<'f> File<'f> {
    fn new(reply: &Reply<'f>, sheet: &'f Sheet<'f>, columns: &'f Columns) -> Self {
        Self {
            sheet,
            columns,
            reader: reader(sheet, columns, sport_asked(reply)),
            fetched_at: reply.fetched_at,
            basis: reply.basis,
            is_fixtures: reply.endpoint == request::FIXTURES,
            ids: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            sports: BTreeSet::new(),
            unreadable: 0,
        }
    }

    fn decoded<'a>(mut self) -> Decoded<'a> {
        let mut unknown = vec![0_u64; self.columns.unknown.len()];
        for row in self.sheet.rows() {
            count_told(&mut unknown, &self.columns.unknown, &row);
            self.take(&row);
        }
        self.tell_unknown(&unknown);
        let catalogue = self.catalogue();
        let snapshots = self.snapshots.into_iter().map(|((observed_at, sport, basis), listings)| {
            let scope = Scope { sport, ..Scope::default() };
            Snapshot { observed_at, basis, scope, listings }
        });
        Decoded {
            snapshots: snapshots.collect(),
            problems: self.reader.problems,
            unreadable: self.unreadable,
            catalogue,
            ..Decoded::default()
        }
    }

    fn take(&mut self, row: &Row<'_>) {
        let known = self.reader.problems.len();
        let read = self.reader.read(row).and_then(|found| self.with_own_id(found, row));
        match read {
            Ok(found) => self.place(found),
            Err(problem) => self.refuse(row, problem, known),
        }
    }

    /// A line that is refused whole: its prices are counted once, under the line's own problem.
    fn refuse(&mut self, row: &Row<'_>, mut problem: Problem, known: usize) {
        let told = self.columns.price_columns().filter(|at| !row.cell(*at).is_empty()).count();
        problem.detail = format!("{} ({told} prices with it)", problem.detail);
        self.reader.problems.truncate(known);
        self.reader.problems.push(problem);
        self.unreadable += told as u64;
    }

    /// A second match of a pairing that comes once (a replay, say) has its day in its id. A second one on the same day is
    /// the same match told twice.
    fn with_own_id(&mut self, mut found: Match, row: &Row<'_>) -> Result<Match, Problem> {
        let day = found.kickoff.day;
        if self.ids.get(&found.id).is_some_and(|other| *other != day) {
            found.id = found.dated_id();
        }
        if self.ids.insert(found.id.clone(), day).is_some() {
            return Err(Problem::at(format!("row {}", row.number), Refusal::ListingTwice, &found.id));
        }
        Ok(found)
    }

    fn place(&mut self, mut found: Match) {
        self.sports.insert(found.sport.clone());
        let (mut before, mut closing) = (std::mem::take(&mut found.before), std::mem::take(&mut found.closing));
        if self.is_seen_live(&found, &closing) {
            return self.push(&found, self.fetched_at, self.basis, found.facts(), before);
        }
        let kickoff = if self.basis == Basis::Fetched { found.kickoff.no_later_than(self.fetched_at) } else { found.kickoff };
        let mut facts = found.facts();
        if !before.is_empty() {
            self.push(&found, kickoff.before, Basis::Phase, std::mem::take(&mut facts), std::mem::take(&mut before));
        }
        if !closing.is_empty() || (!found.is_played() && !facts.is_empty()) {
            self.push(&found, kickoff.closing, Basis::Phase, std::mem::take(&mut facts), std::mem::take(&mut closing));
        }
        facts.extend(found.result_facts());
        if !facts.is_empty() {
            self.push(&found, kickoff.over, Basis::Phase, facts, Vec::new());
        }
    }

    /// Whether a line tells of now: a match still to come, in a file whose moment is known.
    fn is_seen_live(&self, found: &Match, closing: &[BookSeen<'_>]) -> bool {
        let has_own_moment = self.is_fixtures || self.basis == Basis::Fetched;
        has_own_moment && !found.is_played() && closing.is_empty() && self.fetched_at < found.kickoff.closing
    }

    fn push(&mut self, found: &Match, at: Moment, basis: Basis, facts: Vec<FactSeen<'static>>, books: Vec<BookSeen<'static>>) {
        let (id, sport) = (found.id.clone().into(), found.sport.clone().into());
        let listing = ListingSeen { id, sport, kind: ListingKind::Contest, facts, books };
        self.snapshots.entry((at, found.sport.clone(), basis)).or_default().push(listing);
    }

    fn tell_unknown(&mut self, told: &[u64]) {
        for (at, told) in self.columns.unknown.iter().zip(told).filter(|(_, told)| **told > 0) {
            let path = format!("header, column {}", self.sheet.header[*at]);
            let detail = format!("not a column that we know: {told} cells with something in them were not read");
            self.reader.problems.push(Problem::at(path, Refusal::NotTheShape, detail));
        }
    }

    fn catalogue<'a>(&self) -> Vec<CatalogueRow<'a>> {
        let keys: BTreeSet<&str> = self.columns.before.iter().chain(&self.columns.closing).map(|book| book.key.as_ref()).collect();
        let sports = self.sports.iter().map(|code| sport_row(code));
        sports.chain(keys.into_iter().map(book_row)).collect()
    }
}

fn count_told(told: &mut [u64], unknown: &[usize], row: &Row<'_>) {
    for (count, at) in told.iter_mut().zip(unknown) {
        *count += u64::from(!row.cell(*at).is_empty());
    }
}

fn sport_row<'a>(code: &str) -> CatalogueRow<'a> {
    let title = division(code).map_or(code, |division| division.title).to_owned();
    CatalogueRow { kind: CatalogueKind::Sport, key: code.to_owned().into(), title: title.into(), detail: String::new() }
}

fn book_row<'a>(key: &str) -> CatalogueRow<'a> {
    let known = books::known(key);
    let title = known.map_or(key, |book| book.title).to_owned();
    let detail = known.map_or("", |book| book.kind.detail()).to_owned();
    CatalogueRow { kind: CatalogueKind::Book, key: key.to_owned().into(), title: title.into(), detail }
}
