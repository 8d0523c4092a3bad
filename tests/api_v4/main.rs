//! `/v4` is The Odds API v4: an unchanged client works, bodies come back as they were sent, and nothing is claimed that is not so.
#![allow(clippy::unwrap_used)]

mod client;
mod recordings;
mod served;
mod truth;
