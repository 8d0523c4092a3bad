//! The files as nflverse writes them: comma-separated, a header, one row a game, a report or a player's week. Columns are found by
//! name, and have had more than one.
//!
//! ```text
//! game_id,season,game_type,week,gameday,gametime,away_team,away_score,home_team,home_score,location,..,spread_line,..
//! 2024_01_BAL_KC,2024,REG,1,2024-09-05,20:20,BAL,20,KC,27,Home,..,3.0,..
//! ```

use csv::StringRecord;

/// A file that was opened: its header and its rows.
pub(super) struct Table {
    header: Vec<String>,
    rows: Vec<Result<StringRecord, String>>,
}

/// One row, with its number in the file (the header being 1).
pub(super) struct Row<'t> {
    pub(super) number: usize,
    header: &'t [String],
    record: &'t StringRecord,
}

impl Table {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it as a whole.
    pub(super) fn open(body: &[u8]) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(body);
        let header = reader.headers().map_err(|error| error.to_string())?;
        let header: Vec<String> = header.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        if header.len() < 2 {
            return Err("no header of comma-separated columns".to_owned());
        }
        let rows = reader.records().map(|record| record.map_err(|error| error.to_string())).collect();
        Ok(Self { header, rows })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.header.iter().any(|known| known == name)
    }

    /// Rows that can be read, and what is wrong with the others.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, (usize, &str)>> {
        self.rows.iter().enumerate().map(|(at, record)| match record {
            Ok(record) if record.len() == self.header.len() => Ok(Row { number: at + 2, header: &self.header, record }),
            Ok(_) => Err((at + 2, "not as many cells as the header has names")),
            Err(wrong) => Err((at + 2, wrong.as_str())),
        })
    }
}

impl<'t> Row<'t> {
    /// The cell of a column by the first of these names that the file has; empty where it has none, or `NA` stands there.
    pub(super) fn cell(&self, names: &[&str]) -> &'t str {
        let at = names.iter().find_map(|name| self.header.iter().position(|known| known == name));
        let cell = at.and_then(|at| self.record.get(at)).unwrap_or_default().trim();
        if matches!(cell, "NA" | "NaN" | "nan" | "None") { "" } else { cell }
    }

    /// The same; `None` where it is empty.
    pub(super) fn told(&self, names: &[&str]) -> Option<&'t str> {
        Some(self.cell(names)).filter(|cell| !cell.is_empty())
    }

    /// A whole number, also where a copy went through a spreadsheet (`20.0`).
    pub(super) fn whole(&self, names: &[&str]) -> Option<i64> {
        let scaled = odds::decimal::parse_scaled(self.told(names)?, 0).ok()?;
        scaled.is_exact.then_some(scaled.units)
    }

    pub(super) fn place(&self, column: &str) -> String {
        format!("row {}, column {column}", self.number)
    }
}
