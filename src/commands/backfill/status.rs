//! `backfill status`: what is there as a calendar, and why the rest is not.

use clap::Args;
use predictive_play::backfill::status::{bill, calendar};
use serde_json::json;
use store::calendar::Day;

use super::super::{Outcome, Product, tell};
use super::Wanted;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let aim = arguments.wanted.aim(product)?;
    let days = calendar(&product.store, &*aim.provider, &aim.goal, product.clock.now())?;
    let plans = product.store.backfill_plans()?.into_iter().filter(|plan| plan.provider == aim.goal.provider);
    let mut bills = Vec::new();
    for plan in plans {
        let bill = bill(&product.store, &plan.provider, &plan.id)?;
        bills.push(json!({
            "plan": plan.id, "made_at": plan.made_at, "predicted_credits": plan.predicted_credits, "max_credits": plan.max_credits,
            "ended_at": plan.ended_at, "ended_because": plan.ended_because, "bill": bill,
        }));
    }
    if arguments.json {
        tell::json(&json!({ "provider": aim.goal.provider, "days": days, "plans": bills }))?;
    } else {
        days.iter().for_each(print);
        for plan in &bills {
            let ended = plan["ended_because"].as_str().unwrap_or("not ended");
            tell::line(format!(
                "plan {}: {} calls, {} credits, {ended}",
                text(&plan["plan"]),
                plan["bill"]["calls"],
                plan["bill"]["spent"]
            ));
        }
    }
    Ok(0)
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn print(day: &Day) {
    let holes: Vec<String> = day.holes.iter().map(|(reason, games)| format!("{games} {}", reason.replace('_', " "))).collect();
    tell::line(format!(
        "{} {:<24} {:<16} {:>3} games {:>3} open {:>3} close {:>5} snapshots  {}",
        day.day,
        day.sport,
        day.market,
        day.games,
        day.with_open,
        day.with_close,
        day.snapshots,
        holes.join(", ")
    ));
}
