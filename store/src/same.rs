//! Whether two addresses lead to one store: by what stands there, not by how the address is written.

use std::os::unix::fs::MetadataExt;

use crate::error::{Result, StoreError};
use crate::store::Store;

impl Store {
    /// Whether another store is this one under another spelling of its address: a database is told by the identity that its server was
    /// initialised with and its own number there (a replica is the same store), a file by where it lies on the disk.
    ///
    /// # Errors
    /// Where a server cannot be asked; a file that is not there yet is no other's.
    pub fn is_same_as(&self, other: &Self) -> Result<bool> {
        if self.engine().address() == other.engine().address() {
            return Ok(true);
        }
        if self.engine().name() != other.engine().name() {
            return Ok(false);
        }
        Ok(self.place()?.zip(other.place()?).is_some_and(|(one, other)| one == other))
    }

    fn place(&self) -> Result<Option<String>> {
        if self.engine().name() != "postgres" {
            return self.place_of_a_file();
        }
        match self.place_on_a_server() {
            // a host may keep its identity to itself: then the address is all there is
            Err(error) if error.is_read_only() => Ok(None),
            place => place.map(Some),
        }
    }

    fn place_on_a_server(&self) -> Result<String> {
        let mut place = String::new();
        let sql = "select (select system_identifier from pg_control_system()) || ' ' || (select oid from pg_database where datname = current_database())";
        self.engine().connect_to_migrate()?.query(sql, &[], &mut |row| {
            row.text(0)?.clone_into(&mut place);
            Ok(())
        })?;
        Ok(place)
    }

    fn place_of_a_file(&self) -> Result<Option<String>> {
        let address = self.engine().address();
        let path = address.strip_prefix("sqlite:").unwrap_or(&address);
        match std::fs::metadata(path) {
            Ok(file) => Ok(Some(format!("{} {}", file.dev(), file.ino()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Archive { doing: "looking for the store", path: path.to_owned(), source }),
        }
    }
}
