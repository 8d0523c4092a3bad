//! Who we ask. One folder a provider, each with the same files: `request`, `wire`, `decode`, `meaning`.
//!
//! No I/O in here: a provider turns asks into requests and bytes into observations. The one HTTP client, with its timeouts,
//! retries and budgets, lives on the route.
#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

mod ask;
pub mod espn;
pub mod football_data;
pub mod legacy;
pub mod person;
mod provider;
pub mod the_odds_api;

pub use ask::{Ask, What};
pub use provider::{Auth, Call, Meter, Offers, Provider, Verdict};
