//! Tables as text: each row a line of its columns, sorted, so that two stores are compared by what they hold.

use store::{Param, Store};

/// A statement that gives each row of a table as one line of the columns that are named.
macro_rules! dump {
    ($table:literal $(, $column:literal)+ $(,)?) => {
        concat!("select '", $table, "'" $(, " || ' ' || coalesce(cast(", $column, " as text), '-')")+, " from @", $table)
    };
}
pub(crate) use dump;

/// The first column of an answer, as sorted lines.
pub fn lines(store: &Store, sql: &'static str, params: &[Param<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut connection = store.engine().connect_to_read().unwrap();
    let read = connection.query(sql, params, &mut |row| {
        lines.push(row.opt_text(0)?.unwrap_or("null").to_owned());
        Ok(())
    });
    read.unwrap_or_else(|error| panic!("{sql}: {error}: {:?}", std::error::Error::source(&error)));
    lines.sort();
    lines
}
