//! What an answer means before it is read: `{"message","code"}` and the status. The older dialect answers alike, as far as is known.

use std::time::Duration;

use odds::reply::Reply;
use serde_json::Value;

use super::wire::text;
use crate::Verdict;

/// Limits are counted in fixed windows of this length.
const WINDOW: Duration = Duration::from_secs(15);
/// A game that is not over yet is not graded sooner than this.
const GRADE_LATER: Duration = Duration::from_secs(900);
/// No provider is waited for longer.
const LONGEST_WAIT_SECS: u64 = 86_400;

/// Judges a reply; `is_shaped` says whether a body that came with 200 is what its endpoint sends.
pub(crate) fn verdict(reply: &Reply<'_>, is_shaped: impl Fn(&Value) -> bool) -> Verdict {
    let read = serde_json::from_slice::<Value>(reply.body);
    if reply.status != 200 {
        return of_status(reply, &read.unwrap_or_default());
    }
    match read {
        Ok(body) if is_shaped(&body) => Verdict::Good,
        Ok(body) if text(&body, "message").is_some() || text(&body, "error").is_some() => of_code(&body),
        Ok(_) => Verdict::ChangedShape(format!("whole JSON, but not what {} sends", reply.endpoint)),
        Err(error) if error.is_eof() => Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len())),
        Err(error) => {
            let head = String::from_utf8_lossy(&reply.body[..reply.body.len().min(40)]).replace(['\n', '\r'], " ");
            Verdict::ChangedShape(format!("no JSON ({error}); it starts with {head:?}"))
        }
    }
}

fn of_status(reply: &Reply<'_>, body: &Value) -> Verdict {
    let reason = reason(&format!("status {}", reply.status), body);
    match reply.status {
        401 => Verdict::KeyRefused(reason),
        402 => Verdict::QuotaSpent(reason),
        404 | 410 => Verdict::Gone(reason),
        429 => Verdict::RetryAfter(Some(pause(reply).unwrap_or(WINDOW)), reason),
        408 | 425 | 500..=599 => Verdict::RetryAfter(pause(reply), reason),
        400..=499 => {
            if code(body).is_some() {
                of_code(body)
            } else {
                Verdict::Refused(reason)
            }
        }
        _ => Verdict::ChangedShape(reason),
    }
}

fn code(body: &Value) -> Option<u32> {
    text(body, "code")?.parse().ok()
}

/// The grader's codes; others are refusals in words. A permission that is missing (403) is missing for one endpoint.
fn of_code(body: &Value) -> Verdict {
    let reason = reason("error", body);
    match code(body) {
        Some(100 | 105 | 109) => Verdict::Gone(reason),
        Some(104 | 106 | 107 | 108 | 201 | 202) => Verdict::RetryAfter(Some(GRADE_LATER), reason),
        Some(401) => Verdict::KeyRefused(reason),
        Some(429) => Verdict::RetryAfter(Some(WINDOW), reason),
        Some(500..=599) => Verdict::RetryAfter(None, reason),
        _ => Verdict::Refused(reason),
    }
}

fn reason(otherwise: &str, body: &Value) -> String {
    let said = ["message", "error", "detail"].iter().find_map(|name| text(body, name));
    let said: String = said.unwrap_or_default().chars().take(200).collect();
    match (code(body), said.is_empty()) {
        (Some(code), _) => format!("code {code}: {said}"),
        (None, true) => otherwise.to_owned(),
        (None, false) => format!("{otherwise}: {said}"),
    }
}

fn pause(reply: &Reply<'_>) -> Option<Duration> {
    let text = reply.header("retry-after")?.trim();
    let secs = text.parse::<u64>().ok().or_else(|| {
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
        u64::try_from(until.saturating_sub(reply.fetched_at.secs())).ok()
    })?;
    Some(Duration::from_secs(secs.min(LONGEST_WAIT_SECS)))
}
