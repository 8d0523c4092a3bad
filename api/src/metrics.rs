//! `GET /metrics`: counters in Prometheus' text form; what the log can tell is read from it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State as Extract;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use odds::Moment;

use crate::live::Live;
use crate::problem::Problem;
use crate::state::State;

/// Upper bounds of the classes of durations, in seconds.
const BOUNDS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0];
const DAY_SECS: i64 = 86_400;

#[derive(Default, Clone, Copy)]
struct Durations {
    at_most: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// What this process counts.
#[derive(Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, u16), Durations>>,
    cut: AtomicU64,
    cached: AtomicU64,
}

impl Metrics {
    pub(crate) fn count_request(&self, route: &str, status: u16, secs: f64) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let durations = requests.entry((route.to_owned(), status)).or_default();
        durations.count += 1;
        durations.sum += secs;
        BOUNDS.iter().zip(&mut durations.at_most).filter(|(bound, _)| secs <= **bound).for_each(|(_, count)| *count += 1);
    }

    pub(crate) fn count_cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_cached(&self) {
        self.cached.fetch_add(1, Ordering::Relaxed);
    }

    fn write(&self, out: &mut Text) {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        out.head("http_request_duration_seconds", "histogram", "How long requests took, by route and status.");
        for ((route, status), durations) in &requests {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            for (bound, count) in BOUNDS.iter().zip(durations.at_most) {
                out.line("http_request_duration_seconds_bucket", &format!("{labels},le=\"{bound}\""), count as f64);
            }
            out.line("http_request_duration_seconds_bucket", &format!("{labels},le=\"+Inf\""), durations.count as f64);
            out.line("http_request_duration_seconds_sum", &labels, durations.sum);
            out.line("http_request_duration_seconds_count", &labels, durations.count as f64);
        }
        out.one("stream_clients_cut_total", "counter", "Stream clients that were cut.", self.cut.load(Ordering::Relaxed) as f64);
        out.one("cached_answers_total", "counter", "Answers from the cache.", self.cached.load(Ordering::Relaxed) as f64);
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        write!(self.0, "# HELP predictive_play_{name} {help}\n# TYPE predictive_play_{name} {kind}\n").expect("a text takes more");
    }

    fn line(&mut self, name: &str, labels: &str, value: f64) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        writeln!(self.0, "predictive_play_{name}{labels} {value}").expect("a text takes more");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.head(name, kind, help);
        self.line(name, "", value);
    }
}

/// Counters and gauges for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "metrics",
    responses((status = 200, description = "Prometheus text, names `predictive_play_*`", body = String, content_type = "text/plain")))]
pub async fn get(Extract(live): Extract<Arc<Live>>) -> Result<Response, Problem> {
    let counting = Arc::clone(&live);
    let text = live.state.blocking(move |state| render(&counting, state)).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn render(live: &Live, state: &State) -> Result<String, Problem> {
    let mut out = Text::default();
    let now = (state.now)();
    write_log(live, state, &mut out)?;
    write_providers(state, now, &mut out)?;
    out.one("stream_clients", "gauge", "Stream clients that listen.", live.tail.listeners() as f64);
    live.metrics.write(&mut out);
    Ok(out.0)
}

fn write_log(live: &Live, state: &State, out: &mut Text) -> Result<(), Problem> {
    let mut known = live.sums.lock().unwrap_or_else(PoisonError::into_inner);
    *known = state.store.sums_after(*known)?;
    let (sums, position) = (*known, live.tail.position());
    drop(known);
    out.one("log_entries_total", "counter", "Entries in the log.", sums.seq.0 as f64);
    out.one("outcomes_received_total", "counter", "Outcomes in replies.", sums.received as f64);
    out.one("outcomes_refused_total", "counter", "Outcomes that could not be used.", sums.refused as f64);
    out.one("fact_changes_total", "counter", "Changes of facts.", sums.facts as f64);
    out.head("quote_changes_total", "counter", "Changes of quotes, by what happened.");
    for (what, count) in ["opened", "moved", "returned", "withdrawn"].iter().zip(sums.changes) {
        out.line("quote_changes_total", &format!("change=\"{what}\""), count as f64);
    }
    let behind = (sums.seq.0 - position.0).max(0);
    out.one("tail_behind_entries", "gauge", "Entries that the tail has not followed yet.", behind as f64);
    Ok(())
}

fn write_providers(state: &State, now: Moment, out: &mut Text) -> Result<(), Problem> {
    let head = state.store.head()?;
    out.head("provider_behind_seconds", "gauge", "Seconds since what a provider's last entry describes.");
    for fresh in state.store.freshness(odds::Seq((head.seq.0 - crate::health::RECENT_ENTRIES).max(0)))? {
        out.line("provider_behind_seconds", &format!("provider=\"{}\"", fresh.provider), now.secs_since(fresh.observed_at));
    }
    let asked = state.store.asked_since(now.plus_secs(-DAY_SECS))?;
    out.head("asks_last_day", "gauge", "Asks of the last day, by how they ended.");
    for one in &asked {
        out.line("asks_last_day", &format!("provider=\"{}\",outcome=\"{}\"", one.provider, one.outcome), one.asks as f64);
    }
    out.head("credits_last_day", "gauge", "Credits that the asks of the last day cost.");
    for one in &asked {
        out.line("credits_last_day", &format!("provider=\"{}\",outcome=\"{}\"", one.provider, one.outcome), one.credits as f64);
    }
    Ok(())
}
