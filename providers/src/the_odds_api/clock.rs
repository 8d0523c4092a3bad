//! The provider's times: RFC 3339 in whole seconds, Unix seconds where somebody asked for those, and the dates of HTTP headers.

use jiff::fmt::rfc2822;
use odds::Moment;
use odds::reply::Reply;
use serde_json::value::RawValue;

/// How far a book's time may lie ahead of the reply: clocks differ, and snapshots are gathered over some seconds (9 s was seen).
pub(super) const AHEAD_SECS: i64 = 60;

/// A time of the wire: `"2026-03-31T23:10:00Z"`, or Unix seconds.
pub(super) fn moment(raw: &RawValue) -> Option<Moment> {
    moment_of(raw.get())
}

fn moment_of(text: &str) -> Option<Moment> {
    match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?.parse().ok(),
        None => text.parse().ok().map(Moment::from_secs),
    }
}

/// A header's date: `Tue, 31 Mar 2026 23:10:00 GMT`.
pub(super) fn http_date(text: &str) -> Option<Moment> {
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp().into())
}

/// The latest moment that a live reply can speak of: when it was fetched, or the server's own clock where that is later.
pub(super) fn latest_of(reply: &Reply<'_>) -> Moment {
    reply.header("date").and_then(http_date).map_or(reply.fetched_at, |date| date.max(reply.fetched_at))
}

/// The newest `last_update` in a body that is no later than `limit`. A scan of the text: `"last_update"` cannot stand inside a JSON
/// text without its quotes being escaped.
pub(super) fn newest_book_time(body: &str, limit: Moment) -> Option<Moment> {
    let (mut newest, mut last) = (None, "");
    for (at, token) in body.match_indices(r#""last_update""#) {
        let text = scalar_after(&body[at + token.len()..]);
        if text == last {
            continue;
        }
        last = text;
        newest = newest.max(moment_of(text).filter(|time| *time <= limit));
    }
    newest
}

/// The scalar that follows a colon, as text; empty where there is none.
pub(super) fn scalar_after(text: &str) -> &str {
    let Some(value) = text.trim_start().strip_prefix(':').map(str::trim_start) else { return "" };
    let end = match value.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map(|at| at + 2),
        None => value.find([',', '}', ']', ' ', '\n', '\r', '\t']),
    };
    &value[..end.unwrap_or(value.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_that_they_come_in() {
        let start: Moment = "2026-03-31T23:10:00Z".parse().unwrap();
        assert_eq!(moment_of(r#""2026-03-31T23:10:00Z""#), Some(start));
        assert_eq!(moment_of("1774998600"), Some(start));
        assert_eq!(http_date("Tue, 31 Mar 2026 23:10:00 GMT"), Some(start));
        for wrong in ["", "\"", "\"soon\"", "1e9", "null", "{}"] {
            assert_eq!(moment_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_newest_book_time_inside_a_limit_is_found_whatever_stands_around_it() {
        let body =
            r#"[{"last_update" : "2024-01-01T00:00:00Z"},{"last_update":"2024-01-01T00:05:00Z"},{"last_update":null},{"last_update":"#;
        let at = |text: &str| text.parse::<Moment>().unwrap();
        assert_eq!(newest_book_time(body, Moment::MAX), Some(at("2024-01-01T00:05:00Z")));
        assert_eq!(newest_book_time(body, at("2024-01-01T00:04:59Z")), Some(at("2024-01-01T00:00:00Z")));
        assert_eq!(newest_book_time("[]", Moment::MAX), None);
    }
}
