//! Back-fill: a year of history, and no credit wasted.
//!
//! What is wanted is a [`goal`]; what the log and the ledgers have of it is [`known`]; [`plan`] makes of both, purely, the steps that are
//! still to be asked, and what they cost and bring. [`run`] asks them through the same ledger of intents as live collecting, below it in
//! rank, and plans again from what came: so a plan that was broken off anywhere goes on where it stood. [`status`] tells what is there.

pub mod coverage;
pub mod goal;
pub mod known;
pub mod live;
pub mod note;
pub mod plan;
pub mod run;
pub mod status;
mod walk;
mod way;

pub use coverage::Coverage;
pub use goal::{Goal, Resolution};
pub use known::{Game, Known};
pub use plan::{Plan, Rank, Step};
pub use way::Way;
