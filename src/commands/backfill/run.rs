//! `backfill run`: asks a plan to its end, or to the end of its credits.

use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use predictive_play::backfill::Goal;
use predictive_play::backfill::run::{Ended, Progress, Run, RunError};
use predictive_play::backfill::status::{Bill, bill};
use predictive_play::collect::collector::holder;
use predictive_play::collect::{Brief, Client, Doors, WallAlarm};
use serde_json::json;

use super::super::stop::{INTERRUPTED, Stop};
use super::super::{FAILED, Outcome, Product, WRONG_USAGE, tell};
use super::plan::make;
use super::shown::Shown;
use super::{Wanted, briefs, free_first, provider};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    /// The id of a plan that was shown.
    #[arg(long, value_name = "ID", conflicts_with_all = ["provider", "sport", "from", "to"])]
    plan: Option<String>,
    /// The most that may be spent in all runs of this, in credits.
    #[arg(long, value_name = "N")]
    max_credits: Option<u32>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What is to be run.
struct Job {
    id: String,
    goal: Goal,
    max_credits: Option<i64>,
    brief: Brief,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let max_credits = arguments.max_credits.map(i64::from);
    if arguments.plan.is_none() && max_credits.is_none() {
        tell::complaint("error: name --max-credits N, or --plan ID of a plan that was shown: nothing is spent without");
        return Ok(WRONG_USAGE);
    }
    let stop = Stop::listen()?;
    let (jobs, json) = (jobs(product, arguments, max_credits)?, arguments.json);
    let mut code = 0;
    for job in jobs {
        let (id, key) = (job.id.clone(), job.brief.provider.key());
        let ended = go(product, job, &stop)?;
        let bill = bill(&product.store, key, &id)?;
        if json {
            tell::json(&json!({ "plan": id, "provider": key, "ended": ended.as_str(), "reason": reason(&ended), "bill": bill }))?;
        } else {
            print(&id, key, &ended, &bill);
        }
        code = match ended {
            Ended::Done => code,
            Ended::Stopped => return Ok(INTERRUPTED),
            _ => FAILED,
        };
    }
    Ok(code)
}

/// What is free comes before what is paid.
fn jobs(product: &Product, arguments: &Arguments, max_credits: Option<i64>) -> anyhow::Result<Vec<Job>> {
    if let Some(id) = &arguments.plan {
        let Some(plan) = product.store.backfill_plans()?.into_iter().find(|plan| plan.id == *id) else {
            bail!("there is no plan {id:?}; backfill plan makes one");
        };
        let goal: Goal = serde_json::from_str(&plan.goal).context("reading the plan")?;
        let most = max_credits.or(plan.max_credits).unwrap_or(plan.predicted_credits);
        let brief = brief(product, &goal.provider)?;
        return Ok(vec![Job { id: plan.id, goal, max_credits: Some(most), brief }]);
    }
    let aim = arguments.wanted.aim(product)?;
    let mut jobs = Vec::new();
    for (brief, goal) in free_first(product, &aim) {
        let free = super::Aim { provider: Arc::clone(&brief.provider), goal };
        let made = make(product, &free, Some(0))?;
        if made.steps > 0 {
            jobs.push(Job { id: made.row.id, goal: free.goal, max_credits: Some(0), brief });
        }
    }
    let made = make(product, &aim, max_credits)?;
    jobs.push(Job { id: made.row.id, brief: brief(product, aim.provider.key())?, goal: aim.goal, max_credits });
    Ok(jobs)
}

fn brief(product: &Product, key: &str) -> anyhow::Result<Brief> {
    let key = provider(product, key)?.key();
    let brief = briefs(product).into_iter().find(|brief| brief.provider.key() == key);
    brief.with_context(|| format!("{key} cannot be asked as it is set up: its key is missing, or it is switched off; doctor says more"))
}

fn go(product: &Product, job: Job, stop: &Stop) -> anyhow::Result<Ended> {
    let alarm = Arc::new(WallAlarm::on(Arc::clone(&product.clock)));
    let doors = Doors { clock: Arc::clone(&product.clock), alarm, wire: Arc::new(Client::new()?) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    let ended = runtime.block_on(async {
        let what = (job.id, job.goal, job.max_credits);
        let run = Run::open(what, job.brief, doors, Arc::clone(&product.recorder), holder()).await?;
        let mut shown = Shown::new();
        let ended = run.go(&|| stop.is_asked(), &mut |progress: Progress| shown.tell(&progress)).await;
        shown.end();
        ended
    });
    match ended {
        Ok(ended) => Ok(ended),
        Err(error @ RunError::NotOurs) => bail!(error),
        Err(error) => Err(anyhow::Error::new(error).context("what is under way is closed at the next start")),
    }
}

fn reason(ended: &Ended) -> Option<&str> {
    match ended {
        Ended::OutOfCredits { reason } | Ended::Refused { reason } => Some(reason),
        Ended::MaxCredits => Some("the credits of this plan are spent; plan it again to see what is left, or name more with --max-credits"),
        Ended::Done | Ended::Stopped => None,
    }
}

fn print(id: &str, key: &str, ended: &Ended, bill: &Bill) {
    let reason = reason(ended).map_or_else(String::new, |reason| format!(": {reason}"));
    tell::line(format!("plan {id} of {key}: {}{reason}", ended.as_str()));
    tell::line(format!("  {} calls, {} credits spent of at most {} that were set aside", bill.calls, bill.spent, bill.predicted));
    for call in &bill.not_delivered {
        tell::line(format!("  charged and not delivered: {} credits, {}: {} ({})", call.credits, call.request, call.outcome, call.detail));
    }
}
