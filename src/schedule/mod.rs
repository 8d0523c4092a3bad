//! Which ask is due now, inside the credit budget.
//!
//! One pure function of (time, what is known, what is offered, budgets, last asks) decides it: [`decide`]. The live loop, the
//! forecast of `plan` and every simulation call the same one, so what is promised is what is done. It reads no clock, draws no
//! random number (jitter comes from a seed that is handed in) and does no I/O.
//!
//! The order of what it does: money is set aside for the closing pulls of every game that is to come ([`closing_first`]), what
//! remains chooses how often the rest is asked ([`ladder`], by how near a start is: [`cadence`], and by what a look is worth: [`weights`]), and each single ask is checked against the ceilings before it is
//! let out ([`due`]).

pub mod asked;
pub mod backoff;
pub mod budget;
pub mod cadence;
pub mod closing_first;
mod decide;
pub mod due;
mod featured;
pub mod forecast;
pub mod known;
pub mod ladder;
#[cfg(test)]
mod laws;
pub mod ledger;
mod props;
pub mod purpose;
pub mod ranks;
mod routine;
pub mod sacrifice;
pub mod simulation;
mod slot;
#[cfg(test)]
mod stand;
#[cfg(test)]
mod weight_laws;
pub mod weights;

pub use asked::{Asked, LastAsk, Outcome};
pub use backoff::Health;
pub use budget::{Ceilings, Funds, Purse, Spent, Told};
pub use decide::{View, decide, decide_one};
pub use due::{Decision, Due, Hold, Reason};
pub use forecast::{Forecast, forecast};
pub use known::{Covered, Game, Menu, Slate, Targets};
pub use ledger::{Ledger, Settled};
pub use purpose::{ByPurpose, Purpose};
pub use ranks::{Out, RankedKind, Ranks};
pub use weights::Weights;
