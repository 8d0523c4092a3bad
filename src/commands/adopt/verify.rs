//! `adopt verify`: what was taken over beside the old rows, for people (text, HTML) and for programs (JSON).

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use clap::Args;
use predictive_play::adopt::verify::{self, Report};
use predictive_play::adopt::{Manifest, Places};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::Settings;
use serde_json::Value;
use tower::ServiceExt;

use super::{html, places, show, verify_text};
use crate::commands::progress::Progress;
use crate::commands::{FAILED, Outcome, service};

#[derive(Args)]
pub struct Verify {
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Old events that are read again through the API, at equal steps over the whole time.
    #[arg(long, value_name = "N", default_value_t = 200)]
    sample: usize,
    /// The folder of a backup: its hashes are compared with the old tables as they are now.
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
    /// Writes the report for people as a page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Rows that others wrote since they were read count as a difference too.
    #[arg(long)]
    strict: bool,
    /// Notes nothing in our ledger.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(settings: &Settings, step: &Verify, is_json: bool) -> Outcome {
    let places = places(settings, step.from.as_deref())?;
    let manifest = step.backup.as_deref().map(Manifest::read).transpose()?;
    let report = verified(&places, step.sample, manifest.as_ref(), step.dry_run)?;
    if let Some(path) = &step.html {
        std::fs::write(path, html::page(&report)).with_context(|| format!("writing {}", path.display()))?;
    }
    show(&report, is_json, verify_text::lines)?;
    Ok(if report.passed && !(step.strict && report.later > 0) { 0 } else { FAILED })
}

fn verified(places: &Places, sample: usize, backup: Option<&Manifest>, dry_run: bool) -> anyhow::Result<Report> {
    let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
    let recorder = Recorder::new(Arc::clone(&places.store), Providers::all(), Arc::clone(&clock));
    let router = service::resources(&recorder, Arc::clone(&clock));
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    let ask = |path: &str| runtime.block_on(asked(router.clone(), path));
    let all = places.store.adopted_counts().map(|counts| counts.iter().map(|(.., rows)| rows.unsigned_abs()).sum()).unwrap_or_default();
    let mut bar = Progress::of(all, "rows", clock.now());
    let request = verify::Request { places, sample, ask: &ask, backup, dry_run };
    let report = verify::verify(&request, &*clock, &mut |rows| bar.advance(rows, None, clock.now()));
    bar.end();
    report
}

/// One answer of the API, asked for inside this process.
async fn asked(router: Router, path: &str) -> anyhow::Result<(u16, Value)> {
    let request = Request::get(path).body(Body::empty()).with_context(|| format!("asking for {path}"))?;
    let answer = router.oneshot(request).await.context("asking the API")?;
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.with_context(|| format!("reading the answer to {path}"))?;
    let body = serde_json::from_slice(&body).with_context(|| format!("the answer to {path} is no JSON"))?;
    Ok((status, body))
}
