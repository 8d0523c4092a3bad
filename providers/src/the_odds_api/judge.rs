//! What an answer means before it is read: their error code first, the status second.

use std::time::Duration;

use odds::reply::Reply;
use serde::de::IgnoredAny;

use super::clock;
use super::loose;
use super::wire::{Envelope, Event, Failure};
use super::{form, scope};
use crate::{Meter, Verdict};

/// The longest pause that a reply may ask for.
const LONGEST_PAUSE_SECS: u64 = 24 * 3600;

/// The verdict on a reply.
pub(super) fn verdict(reply: &Reply<'_>) -> Verdict {
    let text = std::str::from_utf8(reply.body).unwrap_or_default();
    let failure = loose::object::<Failure<'_>>(text).unwrap_or_default();
    let message = failure.message.filled().unwrap_or_default();
    match failure.error_code.filled() {
        Some(code) => of_code(&code, &message, reply),
        None => of_status(reply, text, &message),
    }
}

fn of_code(code: &str, message: &str, reply: &Reply<'_>) -> Verdict {
    let reason = reason(code, message);
    match code {
        "MISSING_KEY" | "INVALID_KEY" | "DEACTIVATED_KEY" => Verdict::KeyRefused(reason),
        "OUT_OF_USAGE_CREDITS" => Verdict::QuotaSpent(reason),
        "EVENT_NOT_FOUND" | "UNKNOWN_SPORT" => Verdict::Gone(reason),
        "EXCEEDED_FREQ_LIMIT" => Verdict::RetryAfter(pause(reply), reason),
        "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN" | "HISTORICAL_MARKETS_UNAVAILABLE_AT_DATE" => Verdict::Refused(reason),
        code if code.starts_with("INVALID_") || code.starts_with("MISSING_") => Verdict::Refused(reason),
        _ if (200..300).contains(&reply.status) => Verdict::Refused(reason),
        _ => of_failed_status(reply, reason),
    }
}

fn of_status(reply: &Reply<'_>, text: &str, message: &str) -> Verdict {
    match reply.status {
        200 => shape(reply, text),
        status => of_failed_status(reply, reason(&format!("status {status}"), message)),
    }
}

fn of_failed_status(reply: &Reply<'_>, reason: String) -> Verdict {
    let is_out_of_credits = meter(reply).and_then(|meter| meter.remaining).is_some_and(|remaining| remaining <= 0);
    match reply.status {
        401 if is_out_of_credits => Verdict::QuotaSpent(reason),
        401 | 403 => Verdict::KeyRefused(reason),
        402 => Verdict::QuotaSpent(reason),
        404 | 410 => Verdict::Gone(reason),
        408 | 425 | 429 | 500..=599 => Verdict::RetryAfter(pause(reply), reason),
        400..=499 => Verdict::Refused(reason),
        _ => Verdict::ChangedShape(reason),
    }
}

/// Whether a body that came with 200 is whole, and of the kind that its endpoint sends. Its insides are the decoder's business.
fn shape(reply: &Reply<'_>, text: &str) -> Verdict {
    if let Err(error) = std::str::from_utf8(reply.body) {
        let head = String::from_utf8_lossy(&reply.body[..reply.body.len().min(40)]);
        return Verdict::ChangedShape(format!("no UTF-8 ({error}); it starts with {head:?}"));
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Verdict::ChangedShape(format!("no whole JSON ({error}); it starts with {:?}", text.chars().take(40).collect::<String>()));
    }
    let is_list = text.trim_start().starts_with('[');
    let fits = match reply.endpoint {
        "sports" | "participants" | "scores" => is_list,
        "events" | "odds" => is_list || is_envelope(text),
        "event_odds" | "event_markets" => !is_list && (is_event(text) || is_envelope(text)),
        _ => is_envelope(text),
    };
    if !fits {
        return Verdict::ChangedShape(format!("whole JSON, but not what {} sends", reply.endpoint));
    }
    let complaint = if scope::is_priced(reply.endpoint) { form::complaint(reply, text) } else { None };
    complaint.map_or(Verdict::Good, Verdict::ChangedShape)
}

fn is_event(text: &str) -> bool {
    loose::object::<Event<'_>>(text).is_some_and(|event| event.id.filled().is_some())
}

fn is_envelope(text: &str) -> bool {
    loose::object::<Envelope<'_>>(text).is_some_and(|envelope| envelope.timestamp.is_some() && envelope.data.is_some())
}

fn reason(code: &str, message: &str) -> String {
    let message: String = message.chars().take(300).collect();
    if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") }
}

/// How long to wait, where the reply says so: seconds, or a date against the server's own clock.
fn pause(reply: &Reply<'_>) -> Option<Duration> {
    let text = reply.header("retry-after")?.trim();
    let secs = match text.parse::<u64>() {
        Ok(secs) => secs,
        Err(_) => {
            let now = reply.header("date").and_then(clock::http_date).unwrap_or(reply.fetched_at);
            u64::try_from(clock::http_date(text)?.secs().saturating_sub(now.secs())).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(secs.min(LONGEST_PAUSE_SECS)))
}

/// The three headers of credits: signed, for what remains falls below zero when calls race.
pub(super) fn meter(reply: &Reply<'_>) -> Option<Meter> {
    let read = |name| reply.header(name).and_then(|text| text.trim().parse().ok());
    let meter = Meter { last: read("x-requests-last"), used: read("x-requests-used"), remaining: read("x-requests-remaining") };
    (meter != Meter::default()).then_some(meter)
}
