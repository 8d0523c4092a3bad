//! Publish: after the commit, followers read on. Each has its own cursor, may be dropped, and is made again from the log.

pub mod follower;
pub mod players;
pub mod rows;
pub mod speeds;

pub use follower::{Follower, Follows, Handle, spawn};
pub use players::PlayersFollower;
pub use rows::{Retention, RowsFollower};
pub use speeds::SpeedsFollower;
