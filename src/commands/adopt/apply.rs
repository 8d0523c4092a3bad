//! `adopt apply`: our schema beside the old tables, and every old row accounted for in it.

use std::sync::Arc;

use clap::Args;
use predictive_play::adopt::apply::{self, Account, Plan, Staying};
use predictive_play::adopt::{Hold, Places, data, rights};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::Settings;
use serde::Serialize;

use super::{places, show, text};
use crate::commands::progress::Progress;
use crate::commands::{FAILED, Outcome, tell, up};

#[derive(Args)]
pub struct Apply {
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Makes the schema, and takes no rows over.
    #[arg(long)]
    schema_only: bool,
    /// Tells what would be done, with counts; writes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Hears why something is tried again.
type OnWait<'a> = &'a mut dyn FnMut(&str);

/// What was done.
#[derive(Serialize)]
pub struct Applied {
    pub store: String,
    pub is_beside: bool,
    pub version: i64,
    pub from_version: i64,
    /// What the run did; absent where rows were not asked for.
    #[serde(flatten)]
    pub rows: Option<data::Progress>,
    pub secs: f64,
    pub accounts: Vec<Account>,
    /// Tables of which no row is taken over.
    pub staying: Vec<Staying>,
    /// What `DATABASE_URL` has to be for `up`; absent where it is that already.
    pub database_url: Option<String>,
}

pub fn run(settings: &Settings, step: &Apply, is_json: bool) -> Outcome {
    let places = places(settings, step.from.as_deref())?;
    let on_wait = &mut |why: &str| tell::complaint(format!("{why}; trying again"));
    let plan = apply::plan(&places, on_wait)?;
    if step.dry_run {
        show(&plan, is_json, |plan| text::to_apply(plan, step.schema_only))?;
        return Ok(if plan.missing_rights.is_empty() { 0 } else { FAILED });
    }
    if !plan.missing_rights.is_empty() {
        return Err(rights::refused(&plan.missing_rights).into());
    }
    let hold = Hold::take(&places.old)?;
    let applied = apply(settings, &places, &plan, step, on_wait)?;
    hold.release()?;
    show(&applied, is_json, text::applied)?;
    Ok(0)
}

fn apply(settings: &Settings, places: &Places, plan: &Plan, step: &Apply, on_wait: OnWait<'_>) -> anyhow::Result<Applied> {
    let wall = WallClock::default();
    let began_at = wall.now();
    let status = apply::make_schema(places, began_at, on_wait)?;
    up::require_live(&places.store)?;
    let clock: Arc<dyn Clock> = Arc::new(WallClock::not_before(places.store.head()?.recorded_at));
    let recorder = Recorder::new(Arc::clone(&places.store), Providers::all(), Arc::clone(&clock));
    let rows = if step.schema_only { None } else { Some(take_over(places, plan, &recorder, &*clock, on_wait)?) };
    Ok(Applied {
        store: plan.store.clone(),
        is_beside: plan.is_beside,
        version: status.version,
        from_version: plan.version,
        rows,
        secs: wall.now().secs_since(began_at),
        accounts: apply::accounts(places)?,
        staying: plan.staying.clone(),
        database_url: (!settings.store.is_named).then(|| places.old.shown_url()),
    })
}

fn take_over(places: &Places, plan: &Plan, recorder: &Recorder, clock: &dyn Clock, on_wait: OnWait<'_>) -> anyhow::Result<data::Progress> {
    let (mut bar, mut read) = (Progress::of(plan.rows(), "rows", clock.now()), 0);
    let on_progress = &mut |progress: data::Progress| {
        let all_read = progress.read as u64;
        bar.advance(all_read.saturating_sub(read), None, clock.now());
        read = all_read.max(read);
    };
    let progress = apply::take_over(places, &plan.schema, recorder, on_progress, on_wait);
    bar.end();
    progress
}
