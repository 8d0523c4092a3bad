//! PostgreSQL as production has it: TLS, a pooler between, roles, a replica, a store that is large, and one that is upgraded.
#![allow(clippy::unwrap_used)]

mod explained;
mod moving;
mod pooler;
mod replica;
mod roles;
mod tls;
mod upgrade;

use store::Store;

/// A store on a database, with an archive that nobody uses.
pub fn store_on(url: &str) -> Store {
    Store::open(url, None, std::env::temp_dir().join("no-archive")).unwrap()
}
