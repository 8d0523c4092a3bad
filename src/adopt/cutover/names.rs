//! The operator's own lists of books, markets, kinds of props, players and teams: which row of theirs is meant, and a new row where none is
//! and one may be added. What may be two rows is none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odds::participant::likeness;
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::batch::folded;
use super::columns::Plan;
use super::old_table::OldTable;
use super::write::{self, Done, Wanted};

/// Columns that name a row, by list: the keys first.
const LISTS: [(&str, &[&str]); 5] = [
    ("bookmakers", &["bookmaker_key", "key", "bookmaker_name", "display_name", "title", "name"]),
    ("market_types", &["market_key", "market_type_key", "key", "market_name", "name"]),
    ("player_prop_types", &["prop_key", "prop_type_key", "market_key", "key", "prop_name", "name"]),
    ("players", &["full_name", "player_name", "display_name", "name"]),
    ("teams", &["team_name", "name", "full_name", "display_name"]),
];

/// Rows of a list by the words that name them; `None` where a word names several.
#[derive(Debug, Clone, Default)]
struct List {
    columns: Vec<&'static str>,
    by_word: HashMap<String, Option<Value>>,
    /// Words as they are written, with the row.
    words: Vec<(String, Value)>,
    refused: BTreeSet<String>,
}

/// All lists that are there.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    lists: BTreeMap<&'static str, List>,
}

/// What a row says of a book, a market, a player: an id of the operator's, or a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The column holds an id of a list, in which rows may be made for it or not.
    Id { column: &'static str, list: &'static str, may_add: bool },
    /// The column holds the word itself.
    Word(&'static str),
}

impl Told {
    /// How a table tells it: by an id whose list is there, else by a word; `None` where we could not know which row is meant.
    pub(super) fn of(plan: &Plan, table: &OldTable, id: (&'static str, &'static str), words: &[&'static str]) -> Option<Self> {
        let by_id = table.has(id.0) && plan.tables.get(id.1).is_some_and(|list| list.has("id") && list.key == "id");
        // A list gets rows for rows that are added, and for nothing else.
        let by_id = by_id.then(|| Self::Id { column: id.0, list: id.1, may_add: plan.may_add(table) });
        by_id.or_else(|| table.first(words).map(Self::Word))
    }

    /// The column.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Id { column, .. } | Self::Word(column) => column,
        }
    }

    /// What stands for one of these words: every row of the list that they name, or the words themselves. What a new row gets is the
    /// first; where a list has none of them, a row is added to it if it may be.
    ///
    /// # Errors
    /// What the server reports.
    pub(super) fn meant(
        self,
        tx: &mut Transaction<'_>,
        plan: &Plan,
        names: &mut Names,
        words: &[&str],
        done: &mut Done,
    ) -> Result<Meant, Error> {
        let values = match self {
            Self::Word(_) => words.iter().map(|word| json!(word)).collect(),
            Self::Id { list, may_add, .. } => match names.all(list, words) {
                found if found.is_empty() && may_add => names.find_or_add(tx, plan, list, words, done)?.into_iter().collect(),
                found => found,
            },
        };
        Ok(Meant { told: self, values })
    }
}

/// A book, a market or a player as the rows of a table say it.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    told: Told,
    values: Vec<Value>,
}

impl Meant {
    /// Whether a row says so; words are compared without case and signs.
    pub(super) fn is_in(&self, row: &Map<String, Value>) -> bool {
        let own = row.get(self.told.column()).unwrap_or(&Value::Null);
        self.values.iter().any(|value| match (self.told, own, value) {
            (Told::Word(_), Value::String(own), Value::String(value)) => folded(own) == folded(value),
            (_, own, value) => own == value && !own.is_null(),
        })
    }

    /// What a new row says: its column and value; `None` where we do not know.
    pub(super) fn for_a_new_row(&self) -> Option<(String, Value)> {
        self.values.first().map(|value| (self.told.column().to_owned(), value.clone()))
    }
}

impl Names {
    /// Reads the lists.
    ///
    /// # Errors
    /// What the server reports.
    pub(super) fn read(tx: &mut Transaction<'_>, plan: &Plan) -> Result<Self, Error> {
        let mut names = Self::default();
        for (name, columns) in LISTS {
            let Some(table) = plan.tables.get(name).filter(|table| table.has("id")) else { continue };
            let mut list = List { columns: columns.iter().copied().filter(|column| table.has(column)).collect(), ..List::default() };
            for row in tx.query_typed(&format!("select to_jsonb(t)::text from {} t", table.quoted()), &[])? {
                let row: Map<String, Value> = serde_json::from_str(row.get(0)).expect("the server's own JSON of a row");
                list.take(&row);
            }
            names.lists.insert(name, list);
        }
        Ok(names)
    }

    /// The row of a list that one of these words names, the first word first.
    pub(super) fn find(&self, list: &str, words: &[&str]) -> Option<Value> {
        let list = self.lists.get(list)?;
        words.iter().find_map(|word| list.by_word.get(&folded(word)).cloned()).flatten()
    }

    /// All rows of a list that one of these words names.
    fn all(&self, list: &str, words: &[&str]) -> Vec<Value> {
        let Some(list) = self.lists.get(list) else { return Vec::new() };
        let mut found: Vec<Value> = Vec::new();
        for id in words.iter().filter_map(|word| list.by_word.get(&folded(word))).flatten() {
            if !found.contains(id) {
                found.push(id.clone());
            }
        }
        found
    }

    /// Whether a list knows one of these words, be it of several rows.
    pub(super) fn has_word(&self, list: &str, words: &[&str]) -> bool {
        self.lists.get(list).is_some_and(|list| words.iter().any(|word| list.by_word.contains_key(&folded(word))))
    }

    /// The row of a list that one of these words names, made where there is none and it may be: the first word is the new row's key,
    /// the last its title.
    ///
    /// # Errors
    /// What the server reports.
    pub(super) fn find_or_add(
        &mut self,
        tx: &mut Transaction<'_>,
        plan: &Plan,
        list: &'static str,
        words: &[&str],
        done: &mut Done,
    ) -> Result<Option<Value>, Error> {
        if self.find(list, words).is_some() || self.has_word(list, words) {
            return Ok(self.find(list, words));
        }
        let (Some(table), Some(known)) = (plan.tables.get(list), self.lists.get_mut(list)) else { return Ok(None) };
        let (Some(key), Some(title)) = (words.first(), words.last()) else { return Ok(None) };
        if !plan.may_add(table) || known.refused.contains(&folded(key)) {
            return Ok(None);
        }
        let word_of = |column: &str| if column.contains("key") { json!(key) } else { json!(title) };
        let new: Map<String, Value> = known.columns.iter().map(|column| ((*column).to_owned(), word_of(column))).collect();
        let want = Wanted { new: Some(new.clone()), ..Wanted::default() };
        let Some(added) = write::add_to_list(tx, table, &want, done)? else {
            known.refused.insert(folded(key));
            return Ok(None);
        };
        let id = id_of(&added);
        known.note(&new, &id);
        Ok(Some(id))
    }

    /// The team of a name in a league, for a new game: null where none or several are it.
    pub(super) fn team(&self, league: &str, name: &str) -> Value {
        let Some(list) = self.lists.get("teams") else { return Value::Null };
        let ids: Vec<&Value> = list.words.iter().filter(|(word, _)| likeness(league, word, name).is_one()).map(|(_, id)| id).collect();
        match ids.as_slice() {
            [] => Value::Null,
            [first, rest @ ..] if rest.iter().all(|id| id == first) => (*first).clone(),
            _ => Value::Null,
        }
    }
}

/// The id of a row that was added, as the server's JSON has it: a number where it is one.
fn id_of(key: &str) -> Value {
    key.parse::<i64>().map_or_else(|_| json!(key), |number| json!(number))
}

impl List {
    fn take(&mut self, row: &Map<String, Value>) {
        let Some(id) = row.get("id").cloned() else { return };
        self.note(row, &id);
    }

    fn note(&mut self, row: &Map<String, Value>, id: &Value) {
        let mut seen = BTreeSet::new();
        for column in &self.columns {
            let Some(word) = row.get(*column).and_then(Value::as_str) else { continue };
            self.words.push((word.to_owned(), id.clone()));
            if seen.insert(folded(word)) {
                self.by_word
                    .entry(folded(word))
                    .and_modify(|other| *other = other.take().filter(|other| other == id))
                    .or_insert_with(|| Some(id.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rows: &[Value]) -> Names {
        let mut list = List { columns: vec!["bookmaker_key", "name"], ..List::default() };
        rows.iter().for_each(|row| list.take(row.as_object().unwrap()));
        Names { lists: BTreeMap::from([("bookmakers", list)]) }
    }

    #[test]
    fn a_row_is_found_by_key_or_title_in_any_spelling() {
        let names = list(&[
            json!({"id": 1, "bookmaker_key": "draftkings", "name": "DraftKings"}),
            json!({"id": 2, "bookmaker_key": "b365", "name": "Bet 365"}),
        ]);
        assert_eq!(names.find("bookmakers", &["DRAFT_KINGS"]), Some(json!(1)));
        assert_eq!(names.find("bookmakers", &["unheard", "bet365"]), Some(json!(2)));
        assert_eq!(names.find("bookmakers", &["fanduel"]), None);
    }

    #[test]
    fn a_word_of_two_rows_names_none_and_is_there_all_the_same() {
        let names = list(&[json!({"id": 1, "bookmaker_key": "a", "name": "Bet"}), json!({"id": 2, "bookmaker_key": "b", "name": "bet"})]);
        assert_eq!(names.find("bookmakers", &["bet"]), None);
        assert!(names.has_word("bookmakers", &["bet"]), "so no third is added");
        assert_eq!(names.find("bookmakers", &["b"]), Some(json!(2)));
    }
}
