//! What an answer means before it is read: errors come as HTML or as a line of text, and a wrong key as a page.

use std::time::Duration;

use odds::reply::Reply;

use super::wire;
use crate::provider::Verdict;
use crate::tolerant::{Object, head, told_wait};

/// How long is waited after a 429: the limit is one of calls a minute (documented).
const SLOWED_FOR: Duration = Duration::from_secs(60);

/// The verdict on a reply.
pub(super) fn verdict(reply: &Reply<'_>) -> Verdict {
    let reason = format!("status {}: {}", reply.status, head(reply.body));
    match reply.status {
        200..=299 => shape(reply),
        401 | 403 => Verdict::KeyRefused(reason),
        // A key that stands in the path and is wrong makes a path that is not there.
        404 if reply.endpoint == super::request::EVENT && Object::of_body(reply.body).is_some() => Verdict::Gone(reason),
        404 => Verdict::KeyRefused(reason),
        429 => Verdict::RetryAfter(Some(told_wait(reply).unwrap_or(SLOWED_FOR)), reason),
        408 | 425 | 500..=599 => Verdict::RetryAfter(told_wait(reply), reason),
        400..=499 => Verdict::Refused(reason),
        _ => Verdict::ChangedShape(reason),
    }
}

fn shape(reply: &Reply<'_>) -> Verdict {
    let Some(body) = Object::of_body(reply.body) else {
        let text = head(reply.body);
        let lower = text.to_ascii_lowercase();
        return match serde_json::from_slice::<serde::de::IgnoredAny>(reply.body) {
            _ if lower.contains("api key") || lower.contains("apikey") => Verdict::KeyRefused(text),
            Err(error) if error.is_eof() && !reply.body.is_empty() => {
                Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len()))
            }
            _ => Verdict::ChangedShape(format!("no JSON object: {text}")),
        };
    };
    match (wire::wrapper(&body), wire::message(&body)) {
        (Some(_), _) => Verdict::Good,
        (None, Some(message)) if message.to_ascii_lowercase().contains("key") => Verdict::KeyRefused(message),
        (None, Some(message)) => Verdict::Refused(message),
        (None, None) => Verdict::ChangedShape(format!("whole JSON, but not what {} sends: {}", reply.endpoint, head(reply.body))),
    }
}
