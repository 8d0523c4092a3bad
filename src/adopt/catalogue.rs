//! What the server's catalogue says of a database: tables, columns, references, and what stands round them. Rows are counted, not guessed.

use serde::Serialize;

use super::error::{AdoptError, Result};
use super::session::Session;
use super::sql::{self, NOT_THE_SERVERS};

/// A table, view or the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `table`, `partitioned`, `view`, `materialized view` or `foreign table`.
    pub kind: &'static str,
    /// Rows that are there now; `None` where it holds none of its own, or we may not see them all.
    pub rows: Option<u64>,
    /// Bytes on the disk, with indexes.
    pub bytes: u64,
    /// Its owner.
    pub owner: String,
    /// Whether row level security is on.
    pub has_row_security: bool,
    /// Whether row level security hides rows from us.
    pub hides_rows: bool,
    /// Whether we may read it.
    pub is_readable: bool,
}

impl Table {
    /// Whether it holds rows of its own.
    #[must_use]
    pub fn holds_rows(&self) -> bool {
        self.kind == "table"
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Its type, as the server writes it (`character varying(50)`).
    pub kind: String,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The name of the constraint.
    pub name: String,
    /// Schema of the table that refers.
    pub from_schema: String,
    /// The table that refers.
    pub from_table: String,
    /// Its columns, in order.
    pub from_columns: Vec<String>,
    /// Schema of the table that is referred to.
    pub to_schema: String,
    /// The table that is referred to.
    pub to_table: String,
    /// Its columns, in order.
    pub to_columns: Vec<String>,
    /// What a delete there does here (`cascade`, `set null`, `no action` ...).
    pub on_delete: String,
    /// Whether the server has checked every row.
    pub is_validated: bool,
}

/// The server and what stands round the tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Host {
    /// The name of the database.
    pub database: String,
    /// The server's version (`15.18`).
    pub version: String,
    /// The same as a number (`150018`).
    pub version_number: u32,
    /// Bytes of the whole database.
    pub bytes: u64,
    /// Who we are there.
    pub user: String,
    /// Whether we may do everything.
    pub is_superuser: bool,
    /// Whether row level security lets us pass.
    pub passes_row_security: bool,
    /// Encoding of texts.
    pub encoding: String,
    /// Collation of texts.
    pub collation: String,
}

const TABLES: &str = "
    select n.nspname::text, c.relname::text, c.relkind::text, pg_total_relation_size(c.oid)::int8, pg_get_userbyid(c.relowner)::text,
        c.relrowsecurity, row_security_active(c.oid),
        has_schema_privilege(n.oid, 'usage') and (has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select'))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and NOT_THE_SERVERS
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1, 2";

const COLUMNS: &str = "
    select n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and NOT_THE_SERVERS
    order by 1, 2, a.attnum";

const REFERENCES: &str = "
    select k.conname::text, n.nspname::text, c.relname::text, pn.nspname::text, p.relname::text,
        (select string_agg(a.attname, e'\\n' order by o) from unnest(k.conkey) with ordinality u(num, o)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num),
        (select string_agg(a.attname, e'\\n' order by o) from unnest(k.confkey) with ordinality u(num, o)
            join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num),
        case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' when 'r' then 'restrict'
            else 'no action' end,
        k.convalidated
    from pg_constraint k
        join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
    where k.contype = 'f' and k.conparentid = 0 and NOT_THE_SERVERS
    order by 2, 3, 1";

const HOST: &str = "
    select current_database()::text, current_setting('server_version'), current_setting('server_version_num')::int8,
        pg_database_size(current_database())::int8, current_user::text, r.rolsuper, r.rolbypassrls or r.rolsuper,
        pg_encoding_to_char(d.encoding)::text, d.datcollate::text
    from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()";

fn spelt(query: &str) -> String {
    query.replace("NOT_THE_SERVERS", NOT_THE_SERVERS)
}

fn read<'a, T: postgres::types::FromSql<'a>>(row: &'a postgres::Row, at: usize) -> Result<T> {
    row.try_get(at).map_err(AdoptError::query("reading the catalogue"))
}

/// Every table that is not the server's or an extension's; rows are not counted yet.
///
/// # Errors
/// What the server reports.
pub fn tables(session: &mut Session) -> Result<Vec<Table>> {
    let rows = session.rows(&spelt(TABLES), &[], "reading the list of tables")?;
    rows.iter().map(table).collect()
}

fn table(row: &postgres::Row) -> Result<Table> {
    let kind = match read::<&str>(row, 2)? {
        "r" => "table",
        "p" => "partitioned",
        "v" => "view",
        "m" => "materialized view",
        _ => "foreign table",
    };
    Ok(Table {
        schema: read(row, 0)?,
        name: read(row, 1)?,
        kind,
        rows: None,
        bytes: read::<i64>(row, 3)?.unsigned_abs(),
        owner: read(row, 4)?,
        has_row_security: read(row, 5)?,
        hides_rows: read(row, 6)?,
        is_readable: read(row, 7)?,
    })
}

/// Counts the rows of every table that we may see whole.
///
/// # Errors
/// What the server reports.
pub fn count_rows(session: &mut Session, tables: &mut [Table]) -> Result<()> {
    for table in tables.iter_mut().filter(|table| table.holds_rows() && table.is_readable && !table.hides_rows) {
        let named = sql::qualified(&table.schema, &table.name);
        let counted = session.trying("counting rows", |session| {
            session.count(&format!("select count(*) from only {named}"), &format!("counting the rows of {named}"))
        });
        // A column of it may be closed to us, or it was dropped while we looked: the count is then not known, and said so.
        table.rows = counted.ok();
    }
    Ok(())
}

/// Every column of every table.
///
/// # Errors
/// What the server reports.
pub fn columns(session: &mut Session) -> Result<Vec<Column>> {
    let rows = session.rows(&spelt(COLUMNS), &[], "reading the columns")?;
    rows.iter().map(|row| Ok(Column { schema: read(row, 0)?, table: read(row, 1)?, name: read(row, 2)?, kind: read(row, 3)? })).collect()
}

/// Every foreign key.
///
/// # Errors
/// What the server reports.
pub fn references(session: &mut Session) -> Result<Vec<Reference>> {
    let rows = session.rows(&spelt(REFERENCES), &[], "reading the foreign keys")?;
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    let reference = |row: &postgres::Row| {
        Ok(Reference {
            name: read(row, 0)?,
            from_schema: read(row, 1)?,
            from_table: read(row, 2)?,
            to_schema: read(row, 3)?,
            to_table: read(row, 4)?,
            from_columns: lines(read(row, 5)?),
            to_columns: lines(read(row, 6)?),
            on_delete: read(row, 7)?,
            is_validated: read(row, 8)?,
        })
    };
    rows.iter().map(reference).collect()
}

/// The server, and who we are there.
///
/// # Errors
/// What the server reports.
pub fn host(session: &mut Session) -> Result<Host> {
    let row = session.row(HOST, &[], "asking the server who it is")?;
    Ok(Host {
        database: read(&row, 0)?,
        version: read(&row, 1)?,
        version_number: u32::try_from(read::<i64>(&row, 2)?).unwrap_or_default(),
        bytes: read::<i64>(&row, 3)?.unsigned_abs(),
        user: read(&row, 4)?,
        is_superuser: read(&row, 5)?,
        passes_row_security: read(&row, 6)?,
        encoding: read(&row, 7)?,
        collation: read(&row, 8)?,
    })
}

impl Host {
    /// The major version (15).
    #[must_use]
    pub const fn major(&self) -> u32 {
        self.version_number / 10_000
    }
}
