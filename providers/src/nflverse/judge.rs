//! What a reply means before it is read: a release's file, or what the host sends in its place.

use std::time::Duration;

use odds::reply::Reply;

use super::request::{INJURIES, SCHEDULES};
use super::wire::Table;
use crate::provider::Verdict;

/// The verdict on a reply. A file of a season that has not begun is not there yet: 404.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    let status = format!("status {}", reply.status);
    match reply.status {
        304 => Verdict::Good,
        200..=299 => shape(reply),
        404 | 410 => Verdict::Gone(status),
        403 | 408 | 425 | 429 | 500..=599 => Verdict::RetryAfter(retry_after(reply), status),
        _ => Verdict::Refused(status),
    }
}

fn shape(reply: &Reply<'_>) -> Verdict {
    if reply.body.trim_ascii_start().starts_with(b"<") {
        return Verdict::ChangedShape("HTML in place of CSV".to_owned());
    }
    let needs: &[&[&str]] = match reply.endpoint {
        SCHEDULES => &[&["season"], &["week"], &["home_team"], &["away_team"], &["gameday", "kickoff"]],
        INJURIES => &[&["season"], &["week"], &["team"], &["gsis_id", "player_id"]],
        _ => &[&["season"], &["week"], &["player_id"], &["team", "recent_team"], &["opponent_team"]],
    };
    match Table::open(reply.body) {
        Ok(table) => match needs.iter().find(|names| !names.iter().any(|name| table.has(name))) {
            Some(names) => Verdict::ChangedShape(format!("no column {}", names.join(" or "))),
            None => Verdict::Good,
        },
        Err(wrong) => Verdict::ChangedShape(wrong),
    }
}

fn retry_after(reply: &Reply<'_>) -> Option<Duration> {
    reply.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}
