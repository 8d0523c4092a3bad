//! What a page is called, and how it is put together: the bytes that stand for a reply of the old database.

use odds::Moment;
use odds::reply::Request;

/// The endpoint of every page.
pub const ENDPOINT: &str = "rows";

/// What stands for the request of a page: the table whose rows it begins with, and the first of them.
#[must_use]
pub fn request(table: &str, first_row: &str) -> Request {
    Request::to(format!("/{table}")).with("from", first_row)
}

/// A page: rows of one table or more, each a JSON object as the server tells it (`row_to_json`), with the words of tables that they
/// point to joined in (`_bookmaker`, `_market_type`, `_player`, `_prop_type`, `_team`: whole rows of those). `context` holds events
/// that rows point to and that are not in the page themselves.
///
/// ```text
/// {"taken_at":"2026-11-23T12:00:00Z","tables":[
///   {"table":"sports_events","rows":[{"id":"8b6f..","sport":"NBA","league":"NBA","home_team":"LA Clippers",..,"odds":{..}}]},
///   {"table":"odds_data","rows":[{"id":"91c0..","event_id":"8b6f..","outcome_price":-110.00,"_bookmaker":{..},"_market_type":{..}}]}],
///  "context":[]}
/// ```
#[must_use]
pub fn page(taken_at: Moment, tables: &[(&str, Vec<&str>)], context: &[&str]) -> Vec<u8> {
    let size: usize = tables.iter().flat_map(|(_, rows)| rows).chain(context).map(|row| row.len() + 1).sum();
    let mut out = String::with_capacity(size + 200 * (tables.len() + 1));
    out.push_str(&format!("{{\"taken_at\":\"{taken_at}\",\"tables\":["));
    for (at, (table, rows)) in tables.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        out.push_str(&format!("{comma}{{\"table\":{},\"rows\":[", serde_json::Value::from(*table)));
        list(&mut out, rows);
        out.push_str("]}");
    }
    out.push_str("],\"context\":[");
    list(&mut out, context);
    out.push_str("]}");
    out.into_bytes()
}

fn list(out: &mut String, rows: &[&str]) {
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(row);
    }
}
