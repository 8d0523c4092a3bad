//! A document to the decision that it is.

use odds::decision::Decision;
use odds::observation::{Decoded, Problem, Refusal};
use odds::reply::Reply;

/// Reads a document; `Err` says what is wrong with it.
pub(super) fn read(body: &[u8]) -> Result<Decision, String> {
    let decision: Decision = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    decision.refused().map_or(Ok(decision), Err)
}

pub(super) fn decode<'a>(reply: &Reply<'a>) -> Decoded<'a> {
    match read(reply.body) {
        Ok(decision) => Decoded { decision: Some(decision), ..Decoded::default() },
        Err(why) => Decoded { problems: vec![Problem::at("", Refusal::NotTheShape, why)], ..Decoded::default() },
    }
}
