//! What is in a table as two figures: how many rows, and a hash of them that does not depend on their order. The server computes both, so
//! that no row leaves it.

use serde::{Deserialize, Serialize};

use super::error::{AdoptError, Result};
use super::session::Session;
use super::sql::{self, NOT_THE_SERVERS};

/// How the hash is made, for whoever has to make it again.
pub const HASH_METHOD: &str = "md5 of each row as text (search_path = pg_catalog, TimeZone = UTC, DateStyle = ISO, IntervalStyle = postgres, \
    extra_float_digits = 1, bytea_output = hex), its two halves read as 64-bit numbers, each half summed over the rows modulo 2^64, in hexadecimal";

/// A table's rows in two figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// How many rows it holds itself.
    pub rows: u64,
    /// Their hash, by [`HASH_METHOD`].
    pub hash: String,
}

const TABLES: &str = "
    select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and NOT_THE_SERVERS and not (n.nspname = any (string_to_array($1, e'\\n')))
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1, 2";

/// The content of every table outside the schemas `without`, within what was begun. Fails where rows are hidden from us, rather than
/// leave them out.
///
/// # Errors
/// What the server reports.
pub fn contents(session: &mut Session, without: &[String]) -> Result<Vec<Content>> {
    session.run("set local row_security = off", "asking to see every row")?;
    let tables = session.rows(&TABLES.replace("NOT_THE_SERVERS", NOT_THE_SERVERS), &[&without.join("\n")], "listing the tables")?;
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query("listing the tables"));
    tables.iter().map(|row| content(session, text(row, 0)?, text(row, 1)?)).collect()
}

fn content(session: &mut Session, schema: String, table: String) -> Result<Content> {
    let named = sql::qualified(&schema, &table);
    // An alias that no column has: a column of that name would be hashed in the place of its row.
    let from = format!("only {named} as \"the whole row\"");
    let (rows, hash) = of_rows(session, &from, "\"the whole row\"::text", &format!("hashing the rows of {named}"))?;
    Ok(Content { schema, table, rows, hash })
}

/// How many rows there are, and the hash of their texts.
///
/// # Errors
/// What the server reports.
pub fn of_rows(session: &mut Session, from: &str, text: &str, doing: &str) -> Result<(u64, String)> {
    let half = |from: u32| format!("coalesce(sum(('x' || substr(h, {from}, 16))::bit(64)::int8::numeric), 0)::text");
    let query = format!("select count(*)::int8, {}, {} from (select md5({text}) as h from {from}) hashed", half(1), half(17));
    let row = session.row(&query, &[], doing)?;
    let rows: i64 = row.try_get(0).map_err(AdoptError::query(doing))?;
    let half = |at: usize| -> Result<u64> {
        let sum: String = row.try_get(at).map_err(AdoptError::query(doing))?;
        let sum: i128 = sum.parse().map_err(|_| AdoptError::Failed(format!("{doing}: {sum} is no sum")))?;
        Ok(u64::try_from(sum.rem_euclid(1 << 64)).expect("a remainder of 2^64 fits"))
    };
    Ok((rows.unsigned_abs(), format!("{:016x}{:016x}", half(1)?, half(2)?)))
}

/// How far a sequence has counted. It counts outside of transactions: what is restored may be further, never less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its schema and name (`public.odds_data_id_seq`).
    pub name: String,
    /// The last number that it gave; `None` before the first.
    pub last: Option<i64>,
    /// Whether it counts down.
    pub is_falling: bool,
}

impl Sequence {
    /// Whether `other` has counted at least as far.
    #[must_use]
    pub fn is_reached_by(&self, other: &Self) -> bool {
        match (self.last, other.last) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(last), Some(reached)) => {
                if self.is_falling {
                    reached <= last
                } else {
                    reached >= last
                }
            }
        }
    }
}

/// How far every sequence outside the schemas `without` has counted.
///
/// # Errors
/// What the server reports.
pub fn sequences(session: &mut Session, without: &[String]) -> Result<Vec<Sequence>> {
    let doing = "reading the sequences";
    let query = "select schemaname::text || '.' || sequencename, last_value::int8, increment_by < 0 from pg_sequences n
        where not (schemaname = any (string_to_array($1, e'\\n'))) order by 1";
    let rows = session.rows(query, &[&without.join("\n")], doing)?;
    let sequence = |row: &postgres::Row| {
        let name = row.try_get(0).map_err(AdoptError::query(doing))?;
        let last = row.try_get(1).map_err(AdoptError::query(doing))?;
        Ok(Sequence { name, last, is_falling: row.try_get(2).map_err(AdoptError::query(doing))? })
    };
    rows.iter().map(sequence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_may_be_further_and_never_less() {
        let at = |last, is_falling| Sequence { name: "s".to_owned(), last, is_falling };
        let told = [(None, None), (None, Some(3)), (Some(3), Some(3)), (Some(3), Some(4)), (Some(3), Some(2)), (Some(3), None)];
        let reached = told.map(|(one, other)| at(one, false).is_reached_by(&at(other, false)));
        assert_eq!(reached, [true, true, true, true, false, false]);
        assert!(at(Some(-3), true).is_reached_by(&at(Some(-4), true)) && !at(Some(-3), true).is_reached_by(&at(Some(-2), true)));
    }
}
