//! The tables and their columns, each once: Arrow's schema is made from this, and a test holds `docs/tables.md` to it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The version of the schema: columns may be added within one; one that goes, or means something else, makes another.
pub const SCHEMA_VERSION: u32 = 1;

/// A table of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Each event.
    Events,
    /// Each change of each quote.
    Odds,
    /// Opening and closing quotes of markets that are not about a player.
    Closing,
    /// The same of markets about a player.
    Props,
    /// Events with a score, or that are over.
    Results,
    /// Each change of what is said of a player's health.
    Injuries,
    /// Each figure of what a player did.
    Stats,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text that repeats: a dictionary.
    Word,
    /// A text.
    Text,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A float.
    Float64,
    /// A truth.
    Bool,
    /// Microseconds UTC.
    Time,
    /// A day.
    Date,
    /// Decimal odds with nine places.
    Price,
    /// A line with three places.
    Line,
    /// An amount with three places.
    Amount,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may have none.
    pub is_nullable: bool,
}

impl Kind {
    /// The word of `docs/tables.md`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Text => "text",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Bool => "bool",
            Self::Time => "time",
            Self::Date => "date",
            Self::Price => "price",
            Self::Line => "line",
            Self::Amount => "amount",
        }
    }

    /// Arrow's type of it.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::Word => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Text => DataType::Utf8,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Date => DataType::Date32,
            Self::Price => DataType::Decimal128(16, 9),
            Self::Line => DataType::Decimal128(10, 3),
            Self::Amount => DataType::Decimal128(18, 3),
        }
    }
}

macro_rules! columns {
    ($table:ident { $($name:ident: $kind:ident $($null:literal)?,)* }) => {
        const $table: &[Column] = &[$(Column { name: stringify!($name), kind: Kind::$kind, is_nullable: false $(|| is_null($null))? },)*];
    };
}

const fn is_null(mark: &str) -> bool {
    !mark.is_empty()
}

columns!(EVENTS {
    sport: Word, day: Date "null", event_id: Word, starts_at: Time "null", is_start_exact: Bool, kind: Word, home: Word "null", away: Word "null",
    title: Text "null", status: Word "null", venue: Text "null", listings: Text,
});
columns!(ODDS {
    sport: Word, day: Date "null", event_id: Word, starts_at: Time "null", home: Word "null", away: Word "null", provider: Word, book: Word,
    market: Word, period: Word, subject: Word "null", player_id: Word "null", selection: Word, line_exact: Line "null", line: Float64 "null",
    stance: Word, is_prop: Bool, is_alternate: Bool, is_milestone: Bool, is_understood: Bool, state: Word, price_exact: Price "null",
    price: Float64 "null", american: Int32 "null", observed_at: Time, changed_at: Time "null", recorded_at: Time, reply_id: Int64, seq: Int64,
});
columns!(CLOSING {
    sport: Word, day: Date "null", event_id: Word, starts_at: Time, home: Word "null", away: Word "null", provider: Word, book: Word, market: Word,
    period: Word, subject: Word "null", player_id: Word "null", selection: Word, stance: Word, is_alternate: Bool, is_milestone: Bool,
    opening_price_exact: Price "null", opening_price: Float64 "null", opening_american: Int32 "null", opening_line_exact: Line "null",
    opening_line: Float64 "null", opening_observed_at: Time "null", opening_gap_secs: Int64 "null", opening_quality: Word "null",
    closing_price_exact: Price "null", closing_price: Float64 "null", closing_american: Int32 "null", closing_line_exact: Line "null",
    closing_line: Float64 "null", closing_observed_at: Time "null", closing_gap_secs: Int64 "null", closing_quality: Word "null",
    moves: Int64, result: Word "null",
});
columns!(RESULTS {
    sport: Word, day: Date "null", event_id: Word, starts_at: Time "null", home: Word "null", away: Word "null", status: Word "null",
    home_score: Int32 "null", away_score: Int32 "null", home_score_text: Text "null", away_score_text: Text "null", periods: Text "null",
    provider: Word "null", observed_at: Time "null", reply_id: Int64 "null",
});
columns!(INJURIES {
    sport: Word, day: Date, provider: Word, list: Word, team: Word "null", player: Word, player_id: Word "null", provider_player_id: Word,
    state: Word, status: Word "null", meaning: Word "null", position: Word "null", body_part: Word "null", comment: Text "null",
    expected_return: Text "null", reported_at: Time "null", observed_at: Time, recorded_at: Time, reply_id: Int64,
});
columns!(STATS {
    sport: Word, day: Date "null", event_id: Word, starts_at: Time "null", home: Word "null", away: Word "null", provider: Word, team: Word "null",
    player: Word, player_id: Word "null", provider_player_id: Word, side: Word "null", position: Word "null", did_not_play: Bool,
    stat: Word "null", value_exact: Amount "null", value: Float64 "null", is_final: Bool, observed_at: Time, reply_id: Int64,
});

impl Table {
    /// Every table.
    pub const ALL: [Self; 7] = [Self::Events, Self::Odds, Self::Closing, Self::Props, Self::Results, Self::Injuries, Self::Stats];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Odds => "odds",
            Self::Closing => "closing",
            Self::Props => "props",
            Self::Results => "results",
            Self::Injuries => "injuries",
            Self::Stats => "stats",
        }
    }

    /// The table of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == name)
    }

    /// Its columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Events => EVENTS,
            Self::Odds => ODDS,
            Self::Closing | Self::Props => CLOSING,
            Self::Results => RESULTS,
            Self::Injuries => INJURIES,
            Self::Stats => STATS,
        }
    }

    /// The columns that name the folder of a row in an export.
    pub const PARTITION: [&'static str; 2] = ["sport", "day"];

    /// The columns of its files in an export: without those that name the folder.
    #[must_use]
    pub fn columns_of_files(self) -> Vec<Column> {
        self.columns().iter().copied().filter(|column| !Self::PARTITION.contains(&column.name)).collect()
    }

    /// Whether its rows are of markets and books.
    #[must_use]
    pub const fn is_of_quotes(self) -> bool {
        matches!(self, Self::Odds | Self::Closing | Self::Props)
    }

    /// Whether its rows are of closing lines.
    #[must_use]
    pub const fn is_of_lines(self) -> bool {
        matches!(self, Self::Closing | Self::Props)
    }

    /// Arrow's schema of some of its columns, with the version in its metadata.
    #[must_use]
    pub fn schema(self, columns: &[Column]) -> SchemaRef {
        schema_of(self.as_str(), columns)
    }
}

/// Arrow's schema of a table's columns, with its name and the version in its metadata.
#[must_use]
pub fn schema_of(table: &str, columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(|column| Field::new(column.name, column.kind.data_type(), column.is_nullable)).collect();
    let about = [("predictive_play.schema_version", SCHEMA_VERSION.to_string()), ("predictive_play.table", table.to_owned())];
    let about: HashMap<String, String> = about.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Arc::new(Schema::new_with_metadata(fields, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns that the document has of a table, by its headings; `closing and props` are one.
    fn written(document: &str, table: Table) -> Vec<Column> {
        let heading = if table.is_of_lines() { "## closing and props" } else { &format!("## {}", table.as_str()) };
        let (_, rest) = document.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("docs/tables.md has no {heading}"));
        let section = rest.split("\n## ").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        rows.map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let name = cells[1].trim_matches('`');
            let known = table.columns().iter().find(|column| column.name == name);
            let known = known.unwrap_or_else(|| panic!("{}: docs/tables.md has {name:?}, the code has not", table.as_str()));
            assert_eq!(cells[2], known.kind.as_str(), "{name}");
            Column { is_nullable: cells[3] == "yes", ..*known }
        })
        .collect()
    }

    #[test]
    fn the_document_has_every_column_in_its_place() {
        let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tables.md")).unwrap();
        for table in Table::ALL {
            assert_eq!(written(&document, table), table.columns(), "{}", table.as_str());
        }
        assert!(document.contains(&format!("**schema version {SCHEMA_VERSION}**")));
    }

    #[test]
    fn tables_are_found_by_their_names() {
        for table in Table::ALL {
            assert_eq!(Table::named(table.as_str()), Some(table));
        }
        assert_eq!(Table::named("quotes"), None);
    }
}
