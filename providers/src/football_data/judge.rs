//! What a reply means before it is read: the site is a plain web server, so a page of HTML can come with status 200.

use std::time::Duration;

use odds::Moment;
use odds::reply::Reply;

use super::{columns, wire};
use crate::provider::Verdict;

/// The verdict on a reply.
///
/// 304 is good: nothing has changed, and the decoder reads nothing out of it. 300 is what the server answers for a file
/// whose name it only guesses at: there is none.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    let status = format!("status {}", reply.status);
    match reply.status {
        304 => Verdict::Good,
        200..=299 => shape(reply.body),
        300 | 404 | 410 => Verdict::Gone(status),
        408 | 425 | 429 | 500..=599 => Verdict::RetryAfter(retry_after(reply), status),
        _ => Verdict::Refused(status),
    }
}

fn shape(body: &[u8]) -> Verdict {
    let text = wire::text(body);
    let start = text.trim_start();
    if start.starts_with('<') {
        return Verdict::ChangedShape("HTML in place of CSV".to_owned());
    }
    let Some(sheet) = wire::sheet(start) else {
        return Verdict::ChangedShape("empty file".to_owned());
    };
    columns::columns(&sheet.header).map_or_else(Verdict::ChangedShape, |_| Verdict::Good)
}

fn retry_after(reply: &Reply<'_>) -> Option<Duration> {
    let told = reply.header("retry-after")?.trim();
    if let Ok(secs) = told.parse::<u64>() {
        return Some(Duration::from_secs(secs));
    }
    let until = jiff::fmt::rfc2822::parse(told).ok()?;
    let secs = Moment::from(until.timestamp()).secs() - reply.fetched_at.secs();
    Some(Duration::from_secs(u64::try_from(secs).unwrap_or(0)))
}
