//! Bodies with one thing wrong in them, made from right ones, and what they post: an oracle that owes nothing to the decoder under test.

use std::collections::BTreeMap;

use odds::{Line, Price};
use serde_json::Value;
use testkit::bodies::GeneratedReply;

/// One outcome, by the words in which it is posted: listing, book, market, name, description, point.
pub type Key = (String, String, String, String, String, Option<Line>);
/// Prices by outcome.
pub type Quotes = BTreeMap<Key, Price>;

/// What a right reply posts.
pub fn posted(reply: &GeneratedReply) -> Quotes {
    let quote = |one: testkit::bodies::Posted| {
        let point = (!one.point.is_empty()).then(|| Line::parse(&one.point).unwrap());
        ((one.listing, one.book, one.market, one.outcome, one.description, point), Price::from_decimal(&one.price).unwrap())
    };
    reply.posted().into_iter().map(quote).collect()
}

/// The body as a tree.
pub fn tree(reply: &GeneratedReply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

/// The reply with another body.
pub fn with_body(reply: &GeneratedReply, body: &Value) -> GeneratedReply {
    GeneratedReply { body: body.to_string(), ..reply.clone() }
}

/// The place of an outcome: event, book, market, outcome.
pub type At = (usize, usize, usize, usize);

/// An outcome of a body.
pub fn outcome(body: &mut Value, (event, book, market, outcome): At) -> &mut Value {
    &mut body[event]["bookmakers"][book]["markets"][market]["outcomes"][outcome]
}

/// The words of an outcome.
pub fn key(body: &Value, (event, book, market, outcome): At) -> Key {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let event = &body[event];
    let book = &event["bookmakers"][book];
    let market = &book["markets"][market];
    let outcome = &market["outcomes"][outcome];
    let point = outcome.get("point").map(|point| Line::parse(&point.to_string()).unwrap());
    (text(&event["id"]), text(&book["key"]), text(&market["key"]), text(&outcome["name"]), text(&outcome["description"]), point)
}

/// All outcomes of one market of one book.
pub fn market_of(quotes: &Quotes, of: &Key) -> Vec<Key> {
    quotes.keys().filter(|key| (&key.0, &key.1, &key.2) == (&of.0, &of.1, &of.2)).cloned().collect()
}
