//! The OpenAPI 3.1 document, made from the code, with an example of each answer that a test got from fixtures.

use std::sync::OnceLock;

use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::{
    backfill, changes, decide, decisions, event, event_odds, event_props, events, health, history, history_tables, injuries, many_boards,
    many_moments, metrics, names, people, replies, results, stats, stream, transactions,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Predictive Play", description = "Sports odds: every price change, for ever, with what was known when. Times are RFC 3339 in UTC. \
        Lists go on by `cursor`, which a former answer gives as `next`. `as_of` is the world's time, `known_at` ours; both go together. \
        A parameter that is not known is refused. What is empty says why."),
    paths(
        names::sports, names::books, names::markets, people::teams, people::players, stats::stats,
        events::list, event::get, event_odds::get, event_props::get, history::get, many_boards::odds, many_boards::props,
        many_moments::lines, many_moments::arrow, results::list, injuries::list, injuries::changes, transactions::list, replies::get,
        replies::raw, decisions::list, decisions::listing, decide::post, history_tables::arrow, history_tables::parquet,
        history_tables::csv, backfill::calendar,
        changes::get, stream::get, health::livez, health::readyz, health::health, health::quality, metrics::get
    ),
    tags(
        (name = "events", description = "Contests, their starts, status and scores"),
        (name = "odds", description = "Boards and their history"),
        (name = "history", description = "Tables of all that is known, for pandas, Polars and DuckDB"),
        (name = "live", description = "The log as a cursor and as a stream"),
        (name = "health", description = "Whether it runs, and whether the data can be trusted"),
        (name = "injuries", description = "Who is hurt"),
        (name = "names", description = "What is known, with the providers' keys kept"),
        (name = "evidence", description = "Where a number came from")
    )
)]
struct Document;

macro_rules! examples {
    ($($path:literal: $file:literal,)*) => {
        /// Each path with the name of its example and the example itself, as a test got it from the fixtures.
        pub const EXAMPLES: &[(&str, &str, &str)] = &[$(($path, $file, include_str!(concat!("../examples/", $file, ".json"))),)*];
    };
}

examples! {
    "/v1/sports": "sports",
    "/v1/books": "books",
    "/v1/markets": "markets",
    "/v1/teams": "teams",
    "/v1/players": "players",
    "/v1/stats": "stats",
    "/v1/events": "events",
    "/v1/events/{id}": "event",
    "/v1/events/{id}/odds": "event_odds",
    "/v1/events/{id}/props": "event_props",
    "/v1/events/{id}/history": "history",
    "/v1/odds": "odds",
    "/v1/props": "props",
    "/v1/boards": "boards",
    "/v1/results": "results",
    "/v1/injuries": "injuries",
    "/v1/injuries/changes": "injury_changes",
    "/v1/transactions": "transactions",
    "/v1/replies/{id}": "reply",
    "/v1/replies/{id}/raw": "raw",
    "/v1/decisions": "decisions",
    "/v1/listings/{provider}/{id}": "listing",
    "/v1/backfill": "backfill",
}

/// The document.
pub fn document() -> &'static Value {
    static MADE: OnceLock<Value> = OnceLock::new();
    MADE.get_or_init(make)
}

fn make() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).expect("a document made of texts is JSON");
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    document["info"]["license"] = json!({ "name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only" });
    for (path, file, example) in EXAMPLES {
        let operation = &mut document["paths"][path][method_of(path)];
        operation["operationId"] = json!(file);
        let content = operation["responses"]["200"]["content"].as_object_mut();
        let Some(media) = content.and_then(|content| content.values_mut().next()) else { continue };
        media["example"] = serde_json::from_str(example).unwrap_or_default();
    }
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer" },
        "header": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
    });
    document["security"] = json!([{}, { "bearer": [] }, { "header": [] }]);
    document["paths"].as_object_mut().into_iter().flatten().for_each(|(path, item)| refusals(&mut item[method_of(path)]));
    document
}

/// How a path is read: a table of moments is longer than a URL may be.
#[must_use]
pub fn method_of(path: &str) -> &'static str {
    if path.starts_with("/v1/boards") { "post" } else { "get" }
}

/// The refusals that every path shares, beside those of its own.
fn refusals(operation: &mut Value) {
    let takes_parameters = operation["parameters"].as_array().is_some_and(|parameters| !parameters.is_empty());
    let shared = [
        ("400", "A parameter cannot be used; `detail` says what was wrong and what would be right", takes_parameters),
        ("401", "A key is needed, or the one sent opens nothing; none is needed on loopback", true),
        ("429", "More requests than are allowed; `Retry-After` says when to try again", true),
    ];
    for (status, description, _) in shared.into_iter().filter(|(.., is_told)| *is_told) {
        let told = &mut operation["responses"][status];
        if told.is_null() {
            let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
            *told = json!({ "description": description, "content": { "application/problem+json": problem } });
        }
    }
}
