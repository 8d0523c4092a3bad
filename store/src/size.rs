//! How much room a store takes: by table, and its archive.

use crate::error::{Result, StoreError};
use crate::sealed::Sealing;
use crate::store::Store;

/// A table and what it takes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableSize {
    /// Its name; partitions are counted with what they are part of.
    pub name: String,
    /// Rows: counted in SQLite, PostgreSQL's own estimate there.
    pub rows: i64,
    /// Bytes with its indexes; `None` where the engine tells only the whole.
    pub bytes: Option<i64>,
}

/// What a store takes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoreSize {
    /// Its tables, the largest first.
    pub tables: Vec<TableSize>,
    /// What is sealed: listings, changes, and the bytes of both parts without what the engine adds.
    pub sealed: Sealing,
    /// The database as a whole.
    pub database_bytes: i64,
    /// Bundles of the archive.
    pub archive_files: usize,
    /// Bytes of them.
    pub archive_bytes: i64,
}

/// A partition has its own root, and any other table is its own.
const OF_POSTGRES: &str = "select coalesce(root.relname, c.relname)::text as name, sum(greatest(c.reltuples, 0))::bigint,
    sum(pg_total_relation_size(c.oid))::bigint
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class root on root.oid = i.inhparent
    where c.relnamespace = 'predictive_play'::regnamespace and c.relkind in ('r', 'p') group by 1 order by 3 desc, 1";

impl Store {
    /// How much room it takes.
    ///
    /// # Errors
    /// What the engine or the archive's folder reports.
    pub fn size(&self) -> Result<StoreSize> {
        let tables = if self.engine().name() == "postgres" { self.sizes_of_postgres()? } else { self.sizes_of_sqlite()? };
        let told: i64 = tables.iter().filter_map(|table| table.bytes).sum();
        let database_bytes = if self.engine().name() == "postgres" { told } else { self.pages_of_sqlite()? };
        let (mut archive_files, mut archive_bytes) = (0, 0);
        for name in self.archive().bundles()? {
            let path = self.archive().folder().join(&name);
            let found = std::fs::metadata(&path).map_err(|source| StoreError::Archive { doing: "weighing", path: name, source })?;
            archive_files += 1;
            archive_bytes += found.len() as i64;
        }
        Ok(StoreSize { tables, sealed: self.sealed()?, database_bytes, archive_files, archive_bytes })
    }

    fn sizes_of_postgres(&self) -> Result<Vec<TableSize>> {
        self.read(|connection| {
            let mut tables = Vec::new();
            connection.query(OF_POSTGRES, &[], &mut |row| {
                tables.push(TableSize { name: row.text(0)?.to_owned(), rows: row.int(1)?, bytes: Some(row.int(2)?) });
                Ok(())
            })?;
            Ok(tables)
        })
    }

    fn sizes_of_sqlite(&self) -> Result<Vec<TableSize>> {
        let mut tables: Vec<TableSize> =
            self.contents()?.into_iter().map(|(name, content)| TableSize { name, rows: content.rows as i64, bytes: None }).collect();
        tables.sort_by_key(|table| std::cmp::Reverse(table.rows));
        Ok(tables)
    }

    fn pages_of_sqlite(&self) -> Result<i64> {
        self.read(|connection| {
            let mut bytes = 0;
            let sql = "select c.page_count * s.page_size from pragma_page_count() c, pragma_page_size() s";
            connection.query(sql, &[], &mut |row| {
                bytes = row.int(0)?;
                Ok(())
            })?;
            Ok(bytes)
        })
    }
}
