//! What a reply means before it is read: no key and no quota here, but edge blocks, cached errors and pages in place of JSON.

use std::time::Duration;

use odds::reply::Reply;

use super::request::{INJURIES, ROSTER, SCOREBOARD, SUMMARY, TEAMS, TRANSACTIONS};
use super::wire::{Envelope, Field};
use crate::provider::Verdict;

/// How long an edge that blocks us is left alone.
const BLOCKED_FOR: Duration = Duration::from_secs(300);
/// How long we wait when told to slow down without being told for how long.
const SLOWED_FOR: Duration = Duration::from_secs(60);
/// The longest wait that a header can talk us into.
const LONGEST_WAIT_SECS: u64 = 86_400;

/// Reads status, headers and the frame of the body.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    match reply.status {
        200..=299 => judge_body(reply),
        403 => Verdict::RetryAfter(Some(told_wait(reply).unwrap_or(BLOCKED_FOR)), said(reply, "forbidden: the edge may be blocking us")),
        429 => Verdict::RetryAfter(Some(told_wait(reply).unwrap_or(SLOWED_FOR)), said(reply, "too many requests")),
        408 | 425 | 500..=599 => Verdict::RetryAfter(told_wait(reply), said(reply, "the provider failed")),
        404 | 410 if matches!(reply.endpoint, SUMMARY | ROSTER) => Verdict::Gone(said(reply, "no such event or team")),
        _ => Verdict::Refused(said(reply, "refused")),
    }
}

/// The provider's message where it sent one, with the status.
fn said(reply: &Reply<'_>, otherwise: &str) -> String {
    let envelope = serde_json::from_slice::<Envelope<'_>>(reply.body).unwrap_or_default();
    let message = envelope.message.read().map_or(otherwise, |message| message.as_str());
    format!("{}: {}", reply.status, message.chars().take(120).collect::<String>())
}

fn told_wait(reply: &Reply<'_>) -> Option<Duration> {
    let text = reply.header("retry-after")?.trim();
    let secs = text.parse::<u64>().ok().or_else(|| {
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
        u64::try_from(until.saturating_sub(reply.fetched_at.secs())).ok()
    })?;
    Some(Duration::from_secs(secs.min(LONGEST_WAIT_SECS)))
}

fn judge_body(reply: &Reply<'_>) -> Verdict {
    let envelope = match serde_json::from_slice::<Envelope<'_>>(reply.body) {
        Ok(envelope) => envelope,
        Err(error) => return unreadable(reply, &error),
    };
    let is_there = match reply.endpoint {
        SCOREBOARD => matches!(envelope.events, Field::Read(_)),
        SUMMARY => matches!(envelope.header, Field::Read(_)),
        INJURIES => matches!(envelope.injuries, Field::Read(_)),
        TEAMS => matches!(envelope.sports, Field::Read(_)),
        ROSTER => matches!(envelope.athletes, Field::Read(_)),
        TRANSACTIONS => matches!(envelope.transactions, Field::Read(_)),
        _ => true,
    };
    match (is_there, envelope.code.read()) {
        (true, _) => Verdict::Good,
        (false, Some(code)) => reported(reply, code.as_str()),
        (false, None) => Verdict::ChangedShape(format!("a {} without its list: {}", reply.endpoint, head(reply.body))),
    }
}

/// An error that came with 200: `{"code":404,"message":"..."}`.
fn reported(reply: &Reply<'_>, code: &str) -> Verdict {
    let status = code.parse().ok().filter(|status| !(200..300).contains(status)).unwrap_or(400);
    judge(&Reply { status, ..reply.clone() })
}

/// A body that ends early may be whole next time; a page in place of JSON will not.
fn unreadable(reply: &Reply<'_>, error: &serde_json::Error) -> Verdict {
    if error.is_eof() {
        return Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len()));
    }
    Verdict::ChangedShape(format!("not JSON of this endpoint ({error}): {}", head(reply.body)))
}

fn head(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(60)]).replace(['\n', '\r'], " ")
}
