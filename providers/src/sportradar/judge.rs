//! What an answer means before it is read: the gateway's error code first, the status second, and never the body's word alone, for
//! errors come as HTML under any content type.

use std::time::Duration;

use odds::reply::Reply;

use super::wire;
use crate::provider::{Meter, Verdict};
use crate::tolerant::{Object, head, told_wait};

/// How long is waited when calls came too fast, where the reply does not say: the trial takes one a second.
const TOO_FAST: Duration = Duration::from_secs(2);

/// The verdict on a reply.
pub(super) fn verdict(reply: &Reply<'_>) -> Verdict {
    let code = reply.header("x-mashery-error-code").unwrap_or_default();
    let reason = reason(reply, code);
    match (code, reply.status) {
        (_, 200..=299) => shape(reply),
        (code, _) if code.contains("OVER_QPS") => Verdict::RetryAfter(told_wait(reply).or(Some(TOO_FAST)), reason),
        (code, _) if code.contains("OVER_RATE") || code.contains("OVER_QUOTA") => Verdict::QuotaSpent(reason),
        // The key is known and has no subscription to this product: others may go on.
        (code, _) if code.contains("NOT_AUTHORIZED") => Verdict::Refused(reason),
        (code, _) if code.starts_with("ERR_403") => Verdict::KeyRefused(reason),
        (_, 401 | 402) => Verdict::KeyRefused(reason),
        (_, 403) if is_spent(reply) => Verdict::QuotaSpent(reason),
        (_, 403) => Verdict::KeyRefused(reason),
        (_, 404 | 410) => Verdict::Gone(reason),
        (_, 429) if is_spent(reply) => Verdict::QuotaSpent(reason),
        (_, 429) => Verdict::RetryAfter(told_wait(reply).or(Some(TOO_FAST)), reason),
        (_, 408 | 425 | 500..=599) => Verdict::RetryAfter(told_wait(reply), reason),
        (_, 400..=499) => Verdict::Refused(reason),
        _ => Verdict::ChangedShape(reason),
    }
}

/// Whether the reply's own meter says that nothing is left.
fn is_spent(reply: &Reply<'_>) -> bool {
    meter(reply).and_then(|meter| meter.remaining).is_some_and(|remaining| remaining <= 0)
}

fn reason(reply: &Reply<'_>, code: &str) -> String {
    let detail = reply.header("x-error-detail-header").map_or_else(|| head(reply.body), str::to_owned);
    let code = if code.is_empty() { format!("status {}", reply.status) } else { code.to_owned() };
    if detail.is_empty() { code } else { format!("{code}: {detail}") }
}

fn shape(reply: &Reply<'_>) -> Verdict {
    let Some(body) = Object::of_body(reply.body) else {
        return match serde_json::from_slice::<serde::de::IgnoredAny>(reply.body) {
            Err(error) if error.is_eof() => Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len())),
            _ => Verdict::ChangedShape(format!("no JSON object: {}", head(reply.body))),
        };
    };
    if wire::is_answer(reply.endpoint, &body) {
        Verdict::Good
    } else {
        Verdict::ChangedShape(format!("whole JSON, but not what {} sends: {}", reply.endpoint, head(reply.body)))
    }
}

/// What the headers say of the quota: of the plan, else of the key's package; none where an answer came out of a cache.
///
/// Each product has a quota of its own, and the reply does not name it: the figures are those of the product that answered.
pub(super) fn meter(reply: &Reply<'_>) -> Option<Meter> {
    let read = |name: &str| reply.header(name).and_then(|text| text.trim().parse::<i64>().ok());
    let of = |what: &str| {
        let (allotted, used) = (read(&format!("x-{what}-quota-allotted"))?, read(&format!("x-{what}-quota-current"))?);
        Some(Meter { last: None, used: Some(used), remaining: Some(allotted.saturating_sub(used)) })
    };
    let told = [of("plan"), of("packagekey")];
    told.into_iter().flatten().min_by_key(|meter| meter.remaining)
}
