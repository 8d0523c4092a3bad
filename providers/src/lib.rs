//! Who we ask. One folder a provider, each with the same files: `request`, `wire`, `decode`, `meaning`.
//!
//! No I/O in here: a provider turns asks into requests and bytes into observations. The one HTTP client, with its timeouts,
//! retries and budgets, lives on the route.
#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

mod answers;
mod ask;
pub mod betfair_historic;
mod contract;
pub mod espn;
pub mod football_data;
pub mod import;
mod items;
pub mod kalshi;
pub mod legacy;
pub mod mlb_statsapi;
pub mod nflverse;
pub mod nhl_web;
pub mod oddsjam;
pub mod opticodds;
pub mod person;
pub mod polymarket;
mod provider;
pub mod push;
pub mod sportradar;
pub mod sse;
pub mod the_odds_api;
pub mod thesportsdb;
mod tolerant;

pub use ask::{Ask, What};
pub use provider::{Auth, Call, KEY_IN_PATH, Meter, Offers, Provider, Verdict};
