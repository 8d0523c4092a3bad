//! `backfill plan`: what a goal costs, how long it takes and what it covers; spends nothing.

use std::collections::BTreeMap;

use clap::Args;
use predictive_play::backfill::status::bill;
use predictive_play::backfill::{Coverage, Goal, Known, Plan, Rank, Step, Way, coverage};
use serde_json::{Value, json};
use store::backfill::PlanRow;

use super::super::{Outcome, Product, tell};
use super::{Aim, Wanted, free_first, known};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    /// The most that may be spent, in credits: the worthiest steps come first. Else all is planned.
    #[arg(long, value_name = "N")]
    max_credits: Option<u32>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

/// A plan, and what it will do with its money.
pub struct Made {
    pub row: PlanRow,
    pub plan: Plan,
    /// Steps that the money pays for.
    pub steps: usize,
    /// The most that they can cost.
    credits: i64,
    /// What the plan has spent already.
    spent: i64,
    known: BTreeMap<String, Known>,
}

/// Makes the plan of an aim, and keeps it.
pub fn make(product: &Product, aim: &Aim, max_credits: Option<i64>) -> anyhow::Result<Made> {
    let known = known(product, aim)?;
    let id = aim.goal.id(max_credits);
    let plan = Plan::of(&*aim.provider, &aim.goal, &known, &id);
    let before = bill(&product.store, aim.provider.key(), &id)?;
    let steps = plan.paid_by(max_credits.map(|max| max - before.spent));
    let credits = plan.credits_of(steps);
    let row = PlanRow {
        provider: aim.provider.key().to_owned(),
        goal: serde_json::to_string(&aim.goal)?,
        max_credits,
        predicted_credits: before.spent + credits,
        predicted_calls: i64::try_from(before.calls + steps)?,
        made_at: product.clock.now(),
        ended_at: None,
        ended_because: None,
        id,
    };
    product.store.keep_backfill_plan(&row)?;
    Ok(Made { row, plan, steps, credits, spent: before.spent, known })
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let aim = arguments.wanted.aim(product)?;
    let made = make(product, &aim, arguments.max_credits.map(i64::from))?;
    let mut free = Vec::new();
    for (brief, goal) in free_first(product, &aim) {
        let of = Aim { provider: brief.provider, goal };
        if !Plan::of(&*of.provider, &of.goal, &known(product, &of)?, &of.goal.id(Some(0))).steps.is_empty() {
            let Goal { provider, sports, from, to, .. } = of.goal;
            free.push(format!("--provider {provider} --sport {} --from {from} --to {to}", sports.join(",")));
        }
    }
    let result = as_json(&aim, &made, &free);
    if arguments.json {
        tell::json(&result)?;
    } else {
        print(&aim, &made, &free);
    }
    Ok(0)
}

/// Seconds that steps take at the provider's rate, or at eight at once of half a second each, whichever is slower.
fn secs(aim: &Aim, steps: &[Step]) -> f64 {
    let at_its_rate: f64 = steps.iter().map(|step| 1.0 / aim.provider.per_second(step.ask.what).max(0.01)).sum();
    at_its_rate.max(steps.len() as f64 / 16.0)
}

/// The same goal with half and double the money: of what is left of what was said, else of what all of it costs.
fn alternatives(aim: &Aim, made: &Made) -> Vec<(i64, usize, Vec<Coverage>)> {
    let money = made.row.max_credits.map_or(made.credits, |max| (max - made.spent).max(0));
    let of = |money: i64| {
        let steps = made.plan.paid_by(Some(money));
        (made.plan.credits_of(steps), steps, coverage::of(&aim.goal, &made.known, &made.plan, steps))
    };
    [money / 2, money.saturating_mul(2)].into_iter().map(of).collect()
}

fn as_json(aim: &Aim, made: &Made, free: &[String]) -> Value {
    let coverage = coverage::of(&aim.goal, &made.known, &made.plan, made.steps);
    let ranks = made.plan.steps[..made.steps].iter().fold(BTreeMap::<Rank, usize>::new(), |mut ranks, step| {
        *ranks.entry(step.rank).or_default() += 1;
        ranks
    });
    let other = |(credits, calls, coverage): (i64, usize, Vec<Coverage>)| json!({ "credits": credits, "calls": calls, "with_close": closes(&coverage), "coverage": coverage });
    let [half, double] = <[_; 2]>::try_from(alternatives(aim, made)).unwrap_or_default().map(other);
    json!({
        "plan": made.row.id, "provider": made.row.provider, "goal": aim.goal, "max_credits": made.row.max_credits,
        "calls": made.steps, "credits": made.credits, "spent": made.spent, "secs": secs(aim, &made.plan.steps[..made.steps]).ceil(),
        "given_up": { "calls": made.plan.steps.len() - made.steps, "credits": made.plan.credits_of(made.plan.steps.len()) - made.credits },
        "by_rank": ranks.into_iter().map(|(rank, calls)| json!({ "rank": rank, "calls": calls })).collect::<Vec<_>>(),
        "unknown_days": made.plan.unknown_days, "gone_games": made.plan.gone_games,
        "coming_games": made.plan.coming_games, "free_first": free,
        "coverage": coverage, "half": half, "double": double,
    })
}

fn closes(coverage: &[Coverage]) -> u32 {
    coverage.iter().map(|month| month.with_close).sum()
}

fn print(aim: &Aim, made: &Made, free: &[String]) {
    let goal = &aim.goal;
    tell::line(format!(
        "plan {}: {} of {}, {} to {}, {}",
        made.row.id,
        goal.provider,
        goal.sports.join(", "),
        goal.from,
        goal.to,
        goal.resolution
    ));
    for arguments in free {
        tell::line(format!("  free, and first: predictive-play backfill run {arguments} --max-credits 0"));
    }
    let steps = &made.plan.steps[..made.steps];
    let minutes = secs(aim, steps) / 60.0;
    let time = if minutes < 1.0 { "under a minute".to_owned() } else { format!("about {minutes:.0} minutes") };
    tell::line(format!("  {} calls, at most {} credits, {time}", steps.len(), made.credits));
    if made.spent > 0 {
        tell::line(format!("  beside {} credits that this plan has spent", made.spent));
    }
    let given_up = made.plan.steps.len() - made.steps;
    if given_up > 0 {
        tell::line(format!("  given up for want of credits: {given_up} calls"));
    }
    tell_what_is_not_asked(aim, made);
    tell::line(format!(
        "  {:<26} {:<8} {:>6} {:>8} {:>8} {:>8} {:>8} {:>9}",
        "sport", "month", "games", "there", "close", "open", "calls", "credits"
    ));
    for month in coverage::of(goal, &made.known, &made.plan, made.steps) {
        tell::line(format!(
            "  {:<26} {:<8} {:>6} {:>8} {:>8} {:>8} {:>8} {:>9}",
            month.sport, month.month, month.games, month.closed_already, month.with_close, month.with_open, month.calls, month.credits
        ));
    }
    for ((credits, calls, coverage), name) in alternatives(aim, made).into_iter().zip(["half", "double"]) {
        tell::line(format!("  with {name} the credits: {calls} calls, {credits} credits, {} closing boards", closes(&coverage)));
    }
    tell::line(format!("nothing was spent; to ask it: predictive-play backfill run --plan {}", made.row.id));
}

/// Days and games that the plan has no price for, with the reason.
fn tell_what_is_not_asked(aim: &Aim, made: &Made) {
    if made.plan.unknown_days > 0 {
        tell::line(format!(
            "  of {} days nobody has told the games yet: what they cost is not in this; run what is free and plan again",
            made.plan.unknown_days
        ));
    }
    if made.plan.gone_games > 0 {
        let (games, provider) = (made.plan.gone_games, &aim.goal.provider);
        tell::line(aim.provider.keeps_history_days().map_or_else(
            || format!("  {games} games lie before {provider} kept history, or all that is wanted of it: what it has not is not asked"),
            |days| format!("  {games} games are not asked: {provider} keeps their history for {days} days alone"),
        ));
    }
    let names_none = |known: &Known| known.games.iter().all(|game| game.listing.is_none());
    let is_by_game = aim.goal.sports.iter().any(|sport| Way::of(&*aim.provider, sport) == Some(Way::Listings));
    if is_by_game && made.plan.steps.is_empty() && made.known.values().all(names_none) {
        let provider = &aim.goal.provider;
        tell::line(format!("  {provider} is asked game by game, and no game of these days is known by its own id: collect from it first"));
    }
    if made.plan.coming_games > 0 {
        tell::line(format!("  {} games are not over: they are not asked, plan them again once they are", made.plan.coming_games));
    }
}
