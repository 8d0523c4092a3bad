//! Publish: after the commit, followers read on. Each has its own cursor, may be dropped, and is made again from the log.

pub mod follower;
mod player_changes;
pub mod players;
pub mod rows;
pub mod speeds;

pub use follower::{Follower, Follows, Handle, spawn};
pub use player_changes::NAMES_OF_PLAYERS;
pub use players::PlayersFollower;
pub use rows::{Retention, RowsFollower};
pub use speeds::SpeedsFollower;
