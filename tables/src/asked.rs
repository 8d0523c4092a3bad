//! What of history is asked for.

use jiff::civil::Date;
use odds::{EventId, Moment};
use store::Cut;

use crate::schema::{Column, Table};

/// What of history is asked for. An empty list asks for all.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which table.
    pub table: Table,
    /// Which of its columns, in this order.
    pub columns: Vec<Column>,
    /// Leagues, sports or providers' keys.
    pub sports: Vec<String>,
    /// Events.
    pub events: Vec<EventId>,
    /// No earlier start; of injuries: sighting.
    pub from: Option<Moment>,
    /// No later.
    pub to: Option<Moment>,
    /// Of this day of the league alone; `Some(None)`: without a start.
    pub day: Option<Option<Date>>,
    /// Markets in our words or the providers'.
    pub markets: Vec<String>,
    /// Books by our key or the provider's.
    pub books: Vec<String>,
    /// Qualities of the closing quote.
    pub qualities: Vec<String>,
    /// Whether all batches are to have the same dictionaries: for files that hold each once.
    pub has_one_dictionary: bool,
    /// How much of the log counts.
    pub cut: Cut,
    /// The moment of which this speaks: what starts later has no closing line yet.
    pub at: Moment,
}

impl Asked {
    /// All of a table inside a cut, as of a moment.
    #[must_use]
    pub fn all_of(table: Table, cut: Cut, at: Moment) -> Self {
        Self {
            table,
            columns: table.columns().to_vec(),
            sports: Vec::new(),
            events: Vec::new(),
            from: None,
            to: None,
            day: None,
            markets: Vec::new(),
            books: Vec::new(),
            qualities: Vec::new(),
            has_one_dictionary: false,
            cut,
            at,
        }
    }

    /// Whether a provider's key, or our league, is of a sport that is asked for.
    #[must_use]
    pub fn wants_sport(&self, key: &str, league: Option<&str>) -> bool {
        let is_one = |one: &String| {
            key == one || league.is_some_and(|league| league == one || league.split_once('.').is_some_and(|(sport, _)| sport == one))
        };
        self.sports.is_empty() || self.sports.iter().any(is_one)
    }

    /// Whether a moment lies in the span; no moment is the latest of all.
    #[must_use]
    pub fn wants_moment(&self, at: Option<Moment>) -> bool {
        let at = at.unwrap_or(Moment::MAX);
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }

    /// Whether a market is asked for, by our word or the provider's.
    #[must_use]
    pub fn wants_market(&self, ours: &str, own: &str) -> bool {
        self.markets.is_empty() || self.markets.iter().any(|asked| asked.eq_ignore_ascii_case(ours) || asked.eq_ignore_ascii_case(own))
    }

    /// Whether a book is asked for, by our key or the provider's.
    #[must_use]
    pub fn wants_book(&self, ours: &str, own: &str) -> bool {
        self.books.is_empty() || self.books.iter().any(|asked| asked.eq_ignore_ascii_case(ours) || asked.eq_ignore_ascii_case(own))
    }

    pub(crate) fn wants_quality(&self, quality: Option<&str>) -> bool {
        self.qualities.is_empty() || quality.is_some_and(|quality| self.qualities.iter().any(|asked| asked.eq_ignore_ascii_case(quality)))
    }
}
