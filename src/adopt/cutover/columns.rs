//! What we may write into the old tables, as a list: each column with what goes into it, each addition of rows, whether it is on, and why not
//! where it cannot be. Pure, from the tables as they were looked up and the switches.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Error, Transaction};

use super::old_table::OldTable;
use super::write::Wanted;

/// Something that we may write: a column, or new rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// What switches it: `odds_data.outcome_price`, or `odds_data:new` for new rows.
    pub name: String,
    /// The table, in schema `public`.
    pub table: String,
    /// The column; `None` for new rows.
    pub column: Option<String>,
    /// What goes into it.
    pub what: &'static str,
    /// Whether it is written.
    pub is_on: bool,
    /// Why it cannot be, whatever the switch says.
    pub why_not: Option<String>,
}

/// The name that `sports_events` has in the list of what is written, whatever the table is called now.
const EVENTS: &str = "sports_events";

type Written = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// By table, in the order in which rows may refer to each other: columns with what goes into them, and what new rows are.
const WRITTEN: &[Written] = &[
    ("bookmakers", &[], "books whose prices we write and that have no row yet"),
    ("market_types", &[], "markets whose prices we write and that have no row yet"),
    ("player_prop_types", &[], "kinds of player props that we write and that have no row yet"),
    ("players", &[], "players whose props or injuries we write and that have no row yet"),
    (
        EVENTS,
        &[
            ("start_time", "the start, when it is moved"),
            ("status", "scheduled, live, completed, cancelled or postponed, as far as a check allows"),
            ("odds", "the prices of the winner's market, in the form that the row has"),
            ("stats", "home_score and away_score inside it"),
            ("final_home_score", "the home side's score at the end"),
            ("final_away_score", "the away side's score at the end"),
        ],
        "games of leagues that are there already and have no row yet",
    ),
    (
        "odds_data",
        &[
            ("outcome_price", "the American price"),
            ("outcome_point", "the handicap or total"),
            ("implied_probability", "the probability that the price implies, the book's margin in it"),
            ("is_best_odds", "whether no book offers a better price for the same"),
            ("last_update", "when the book's price was seen, where another column of the row changes"),
        ],
        "prices of the winner, the spread and the total at each book, for games that have a row",
    ),
    (
        "player_props_odds",
        &[
            ("line", "the line of the player's figure"),
            ("over_odds", "the American price of over"),
            ("under_odds", "the American price of under"),
            ("last_update", "when the book's price was seen, where another column of the row changes"),
        ],
        "player props of games that have a row",
    ),
    (
        "injury_reports",
        &[
            ("injury_status", "the status, in the spelling that the table uses"),
            ("status", "the status, in the spelling that the table uses"),
            ("description", "what the source adds, where nothing stands there"),
            ("is_active", "false once the player is on the list no more"),
            ("last_update", "when it was said, where another column of the row changes"),
        ],
        "injuries of teams that play within a week in a game that has a row",
    ),
    (
        "historical_odds",
        &[
            ("opening_line", "the first prices, where nothing stands there"),
            ("closing_line", "the last prices before the start, where nothing stands there"),
            ("line_movements", "the movements between, where nothing stands there"),
        ],
        "opening and closing lines of games that have begun and have a row",
    ),
];

/// Old tables that are there, and where they stand in [`WRITTEN`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldTables {
    events: String,
    tables: BTreeMap<&'static str, OldTable>,
}

impl OldTables {
    /// Looks at the catalogue.
    ///
    /// # Errors
    /// What the server reports.
    pub fn look(tx: &mut Transaction<'_>, events_table: &str) -> Result<Self, Error> {
        let mut tables = BTreeMap::new();
        for name in WRITTEN.iter().map(|(name, ..)| *name).chain(["teams"]) {
            let real = if name == EVENTS { events_table } else { name };
            if let Some(table) = OldTable::look(tx, real)? {
                tables.insert(name, table);
            }
        }
        Ok(Self { events: events_table.to_owned(), tables })
    }

    /// The table of the events.
    #[must_use]
    pub fn events(&self) -> Option<&OldTable> {
        self.get(EVENTS)
    }

    /// A table by the name that it has in the enhanced shape.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OldTable> {
        self.tables.get(name)
    }

    /// The tables that we may write, those before that others refer to.
    pub fn written(&self) -> impl DoubleEndedIterator<Item = &OldTable> {
        WRITTEN.iter().filter_map(|(name, ..)| self.get(name))
    }
}

/// Everything that we may write, with its switch. Names of tables are the real ones.
#[must_use]
pub fn columns_of(tables: &OldTables, off: &BTreeSet<String>) -> Vec<Column> {
    let mut columns = Vec::new();
    for (name, written, new) in WRITTEN {
        let Some(table) = tables.get(name) else { continue };
        let mut push = |column: Option<&str>, what: &'static str, why_not: Option<String>| {
            let name = column.map_or_else(|| format!("{}:new", table.name), |column| format!("{}.{column}", table.name));
            let is_on = why_not.is_none() && !off.contains(&name) && !off.contains(&table.name);
            columns.push(Column { name, table: table.name.clone(), column: column.map(str::to_owned), what, is_on, why_not });
        };
        for (column, what) in written.iter().filter(|(column, _)| table.has(column)) {
            push(Some(column), what, table.closed.get(*column).cloned());
        }
        push(None, new, table.no_new_rows.clone());
    }
    columns
}

/// What may be written now: the tables, and what is on of them.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub tables: OldTables,
    on: BTreeSet<String>,
}

impl Plan {
    pub(super) fn new(tables: OldTables, off: &BTreeSet<String>) -> Self {
        let on = columns_of(&tables, off).into_iter().filter(|column| column.is_on).map(|column| column.name).collect();
        Self { tables, on }
    }

    /// The name of the table of the events.
    pub(super) fn events_table(&self) -> &str {
        &self.tables.events
    }

    /// Whether rows may be added.
    pub(super) fn may_add(&self, table: &OldTable) -> bool {
        self.on.contains(&format!("{}:new", table.name))
    }

    /// Whether a column may be written in rows that are there.
    fn may(&self, table: &OldTable, column: &str) -> bool {
        self.on.contains(&format!("{}.{column}", table.name))
    }

    /// Takes out what may not be written. A new row keeps what names it: columns that we write into no other row.
    pub(super) fn allow(&self, table: &OldTable, wanted: &mut Wanted) {
        let is_switched = |column: &str| WRITTEN.iter().any(|(_, written, _)| written.iter().any(|(name, _)| *name == column));
        for fields in [&mut wanted.fields, &mut wanted.gentle, &mut wanted.along] {
            fields.retain(|field, _| self.may(table, &field.column));
        }
        if !self.may_add(table) {
            wanted.new = None;
        }
        if let Some(new) = &mut wanted.new {
            let must = |column: &str| table.columns.get(column).copied().unwrap_or(false);
            new.retain(|column, _| {
                !table.closed.get(column).is_some_and(|why| why.starts_with("the database"))
                    && (!is_switched(column) || must(column) || self.may(table, column))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[&str]) -> OldTable {
        OldTable {
            name: name.to_owned(),
            key: "id".to_owned(),
            key_type: "uuid".to_owned(),
            columns: columns.iter().map(|column| ((*column).to_owned(), false)).collect(),
            statuses: None,
            has_update_trigger: false,
            referred_from: Vec::new(),
            listed_in: Vec::new(),
            closed: BTreeMap::new(),
            words: BTreeMap::new(),
            no_new_rows: None,
            finds_by_event: true,
        }
    }

    fn tables() -> OldTables {
        let mut odds = table("odds_data", &["id", "outcome_price", "implied_probability", "mood"]);
        odds.closed.insert("implied_probability".to_owned(), "the database computes it".to_owned());
        let events = table("sports_events_old", &["id", "status", "odds"]);
        OldTables { events: events.name.clone(), tables: BTreeMap::from([("sports_events", events), ("odds_data", odds)]) }
    }

    fn on(off: &[&str]) -> Vec<String> {
        let off = off.iter().map(|name| (*name).to_owned()).collect();
        columns_of(&tables(), &off).into_iter().filter(|column| column.is_on).map(|column| column.name).collect()
    }

    #[test]
    fn only_columns_that_are_there_are_listed_under_the_real_names() {
        let all =
            ["sports_events_old.status", "sports_events_old.odds", "sports_events_old:new", "odds_data.outcome_price", "odds_data:new"];
        assert_eq!(on(&[]), all);
        let computed = columns_of(&tables(), &BTreeSet::new()).into_iter().find(|column| column.name == "odds_data.implied_probability");
        assert_eq!(computed.unwrap().why_not.as_deref(), Some("the database computes it"));
    }

    #[test]
    fn a_column_new_rows_and_a_whole_table_can_be_switched_off() {
        assert!(!on(&["sports_events_old.status"]).contains(&"sports_events_old.status".to_owned()));
        assert!(!on(&["odds_data:new"]).contains(&"odds_data:new".to_owned()));
        assert!(!on(&["odds_data"]).iter().any(|name| name.starts_with("odds_data")));
    }

    #[test]
    fn a_new_row_leaves_out_what_is_off_or_computed_and_keeps_what_names_it() {
        let plan = Plan::new(tables(), &BTreeSet::from(["odds_data.outcome_price".to_owned()]));
        let odds = plan.tables.get("odds_data").unwrap().clone();
        let new = serde_json::json!({"id": 1, "outcome_price": -110, "implied_probability": 0.5, "mood": "x"});
        let mut wanted = Wanted { new: new.as_object().cloned(), ..Wanted::default() };
        plan.allow(&odds, &mut wanted);
        assert_eq!(wanted.new.unwrap().keys().collect::<Vec<_>>(), ["id", "mood"]);
    }
}
