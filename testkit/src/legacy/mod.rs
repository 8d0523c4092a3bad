//! Old databases as operators have them, made from a seed: four shapes and any mix, dirt of every kind that was met, and what hangs on
//! them. The maker says what it planted: an oracle for whoever has to find, adopt and give back every row.

mod copy;
mod dependents;
mod dirt;
mod enhanced;
mod events;
mod leagues;
mod odds_json;
mod random;
mod recipe;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, NoTls};

pub use dirt::Dirt;
pub use recipe::{Part, Recipe, Shape};

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planted {
    /// Rows by table (`public.predictions`), every one that the maker knows of.
    pub rows: BTreeMap<String, u64>,
    /// Keys of the dirty rows by kind: the row's id, or for pairs both ids in order with `+` between them.
    pub dirt: BTreeMap<Dirt, BTreeSet<String>>,
    /// Prices that can be read, in `sports_events.odds`.
    pub prices_in_events: u64,
    /// Rows of `odds_data`.
    pub prices_in_rows: u64,
    /// The table that holds the events (`sports_events`, or `sports_events_old` after a rename).
    pub events_table: String,
}

impl Planted {
    /// Keys of one kind; empty where none were planted.
    #[must_use]
    pub fn of(&self, kind: Dirt) -> BTreeSet<String> {
        self.dirt.get(&kind).cloned().unwrap_or_default()
    }

    pub(crate) fn plant(&mut self, kind: Dirt, key: impl Into<String>) {
        self.dirt.entry(kind).or_default().insert(key.into());
    }

    pub(crate) fn count(&mut self, table: &str, rows: usize) {
        *self.rows.entry(table.to_owned()).or_default() += rows as u64;
    }
}

/// Fills an empty database at `url` (connected as a superuser) by a recipe. The same recipe gives the same rows.
///
/// # Panics
/// Where PostgreSQL refuses: the recipe's own statements are wrong then.
#[must_use]
pub fn fill(url: &str, recipe: &Recipe) -> Planted {
    let fill_here = || {
        let mut client = Client::connect(url, NoTls).expect("the database can be reached");
        fill_with(&mut client, recipe)
    };
    // The synchronous client panics inside a runtime, and tests may stand in one.
    std::thread::scope(|scope| scope.spawn(fill_here).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn fill_with(client: &mut Client, recipe: &Recipe) -> Planted {
    let mut planted = Planted { events_table: recipe.events_table().to_owned(), ..Planted::default() };
    let mut random = random::Random::new(recipe.seed);
    client.batch_execute(&schema::before_rows(recipe)).expect("the schema can be made");
    let mut events = events::scheduled(recipe, &mut random);
    dirt::soil(recipe, &mut events, &mut random, &mut planted);
    planted.prices_in_events = odds_json::put(recipe, &mut events, &mut random);
    // Rows that refer to nothing came in while the foreign keys were not looked at: so here.
    client.batch_execute("set session_replication_role = replica").expect("a superuser may");
    enhanced::load_lists(client, recipe, &mut planted);
    events::load(client, recipe, &events, &mut planted);
    dependents::load(client, recipe, &events, &mut random, &mut planted);
    enhanced::load_odds(client, recipe, &events, &mut random, &mut planted);
    client.batch_execute("set session_replication_role = origin").expect("a superuser may");
    client.batch_execute(&schema::after_rows(recipe)).expect("the rest of the schema can be made");
    enhanced::load_beside(client, recipe, &events, &mut random, &mut planted);
    planted
}
