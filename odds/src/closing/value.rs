//! Closing line value: our price against the fair close of the same line.

use serde::Serialize;

use crate::line::Line;
use crate::market::Stance;
use crate::price::Price;
use crate::vig::{Method, VigError, fair};

/// A bet as it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The price.
    pub price: Price,
    /// The line, where the market has one.
    pub line: Option<Line>,
    /// Back or lay.
    pub stance: Stance,
}

/// The closing prices of the whole market at one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close<'a> {
    /// One price for each answer of the market, back prices all.
    pub prices: &'a [Price],
    /// Which of them is the answer that the bet is on, from 0.
    pub answer: usize,
    /// The line of that answer, signed from its own side.
    pub line: Option<Line>,
}

/// What a bet was worth at the close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Value {
    /// Expected gain per unit of the backer's stake at the fair close: 0.02 is 2 %. For a lay, the layer's gain.
    pub value: f64,
    /// Probability of the answer at the close without the vig.
    pub fair_probability: f64,
    /// How the vig was taken out.
    pub method: Method,
    /// Overround of the close.
    pub overround: f64,
}

/// Why a bet has no closing line value.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// The market closed on another line: the prices are of two different bets.
    #[error("the bet is on line {} but the market closed on {}", shown(*.taken), shown(*.closed))]
    OtherLine {
        /// Line of the bet.
        taken: Option<Line>,
        /// Line of the close.
        closed: Option<Line>,
    },
    /// The close has no such answer.
    #[error("the close has {count} answers, none at {answer}")]
    NoSuchAnswer {
        /// Which was asked for, from 0.
        answer: usize,
        /// How many there are.
        count: usize,
    },
    /// The close has no fair probabilities.
    #[error("the close has no fair price: {0}")]
    Vig(#[from] VigError),
}

fn shown(line: Option<Line>) -> String {
    line.map_or_else(|| "none".to_owned(), |line| line.to_string())
}

/// Our price against the fair close: `price * fair probability - 1` for a back, the negative of it for a lay.
///
/// # Errors
/// [`ValueError`] where the close is of another line, lacks the answer, or has no fair probabilities by this method.
pub fn closing_line_value(taken: Taken, close: Close<'_>, method: Method) -> Result<Value, ValueError> {
    if taken.line != close.line {
        return Err(ValueError::OtherLine { taken: taken.line, closed: close.line });
    }
    let fair = fair(close.prices, method)?;
    let no_such = ValueError::NoSuchAnswer { answer: close.answer, count: close.prices.len() };
    let fair_probability = *fair.probabilities.get(close.answer).ok_or(no_such)?;
    let backed = taken.price.decimal() * fair_probability - 1.0;
    let value = if taken.stance == Stance::Lay { -backed } else { backed };
    Ok(Value { value, fair_probability, method, overround: fair.overround })
}
