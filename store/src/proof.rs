//! Whether the archive still holds what the index says: every body is read and hashed, every bundle held against its name.

use crate::archive::Place;
use crate::error::{Result, StoreError};
use crate::store::Store;

/// How much of its hash a bundle has for a name.
const NAMED: usize = 32;

impl Store {
    /// What the archive does not give as the index or a bundle's own name has it; empty where all is well.
    ///
    /// # Errors
    /// What the engine reports, or the archive's folder.
    pub fn archive_damage(&self) -> Result<Vec<String>> {
        let mut found: Vec<String> = self.lost_bodies()?.into_iter().map(|hash| format!("body {hash} is not in the archive")).collect();
        for name in self.archive().local_bundles()? {
            let path = self.archive().folder().join(&name);
            let bytes = std::fs::read(&path).map_err(|source| StoreError::Archive { doing: "reading", path: name.clone(), source })?;
            let hash = blake3::hash(&bytes).to_hex();
            if path.file_stem().is_none_or(|stem| stem.to_string_lossy() != hash[..NAMED]) {
                found.push(format!("bundle {name} was changed"));
            }
        }
        Ok(found)
    }

    /// Bodies that the archive does not give as the index has them, by hash.
    fn lost_bodies(&self) -> Result<Vec<String>> {
        let mut lost = Vec::new();
        let sql = "select body_hash, bundle, frame_offset, frame_length, body_length from @bodies order by bundle, frame_offset";
        self.pool.reader()?.query(sql, &[], &mut |row| {
            let place = Place { bundle: row.text(1)?.to_owned(), offset: row.int(2)? as u64, length: row.int(3)? as u64 };
            let (hash, body) = (row.blob(0)?, self.archive().body(&place, row.int(4)? as usize));
            if !body.is_ok_and(|body| blake3::hash(&body).as_bytes() == hash) {
                lost.push(hash.iter().map(|byte| format!("{byte:02x}")).collect());
            }
            Ok(())
        })?;
        Ok(lost)
    }
}
