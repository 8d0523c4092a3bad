//! `report`: what was to be reached, proved from the store.

use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use predictive_play::collect::menu;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use predictive_play::report::phase1::{self, LEAST_PERCENT, Span, Sport, Standing};
use serde_json::json;
use store::loaded::Proof;

use super::{FAILED, Outcome, Product, tell};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Six months and a year of history, by sport, with the statements that prove each figure.
    Phase1(Phase1),
}

const NOTES: &str =
    "A month counts where it lies in the span whole and the league plays in it; 90 of 100 of its games must have a closing line.

Exit codes: 0 all is met, 1 something is missing (it is said what), 2 wrong usage or configuration.";

#[derive(Args)]
#[command(after_help = NOTES)]
struct Phase1 {
    /// The day up to which history is looked at, itself left out; today where nothing is said.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// A league by our key (basketball.nba) or a provider's; may be given again. Else those that are asked.
    #[arg(long = "sport", value_name = "SPORT")]
    sports: Vec<String>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let What::Phase1(arguments) = &arguments.what;
    // the statements read the rows for SQL, which nobody may have brought up to what a back-fill or an import has told
    let rows = RowsFollower::new(product.recorder.providers().clone(), Retention::default());
    let mut follower = Follower::new(Arc::clone(&product.store), Arc::clone(&product.clock), rows);
    follower.catch_up().context("bringing the rows for SQL up to the log")?;
    let to = arguments.to.unwrap_or_else(|| product.clock.now().day_in(&jiff::tz::TimeZone::UTC));
    let year = Span::months_before(to, 12);
    let (from, until) = (year.from.to_string(), to.to_string());
    let months = product.store.loaded_months(&from, &until).context("counting games")?;
    let lines = product.store.loaded_lines(&from, &until).context("counting lines")?;
    let sports = phase1::sports(&wanted(product, &arguments.sports), &months, to);
    let missing: Vec<String> = sports.iter().flat_map(missing_of).collect();
    if arguments.json {
        let proofs = [&months, &lines];
        tell::json(
            &json!({ "is_met": missing.is_empty(), "from": from, "to": until, "sports": sports, "missing": missing, "proofs": proofs }),
        )?;
    } else {
        sports.iter().for_each(print);
        [&months, &lines].into_iter().for_each(print_proof);
        missing.iter().for_each(|missing| tell::line(format!("missing: {missing}")));
        let verdict = if missing.is_empty() { "met" } else { "not met" };
        tell::line(format!("history from {from} to {until}: {verdict}"));
    }
    Ok(if missing.is_empty() { 0 } else { FAILED })
}

/// The leagues that are looked at: those that were named, else those that are asked, by our key where we have one.
fn wanted(product: &Product, named: &[String]) -> Vec<String> {
    let providers = product.recorder.providers();
    let words = if named.is_empty() { product.settings.ask.sports.clone() } else { named.to_vec() };
    let (sports, unknown) = menu::sports(&["the-odds-api"], providers, &words);
    let league = |sport: &String| {
        let known = providers.get("the-odds-api").and_then(|provider| provider.league(sport));
        known.map_or_else(|| sport.clone(), |league| league.key.to_owned())
    };
    let mut wanted: Vec<String> = sports.values().flatten().map(league).chain(unknown).collect();
    wanted.dedup();
    wanted
}

fn missing_of(sport: &Sport) -> Vec<String> {
    let of = |span: &str, standing: &Standing| -> Vec<String> {
        standing.missing.iter().map(|missing| format!("{}, {span}: {missing}", sport.sport)).collect()
    };
    [of("six months", &sport.six_months), of("a year", &sport.year)].concat()
}

fn print(sport: &Sport) {
    let told = |standing: &Standing| {
        let word = if standing.is_met { "met" } else { "not met" };
        format!("{word} ({} of {} games have a closing line, {LEAST_PERCENT} % are wanted)", standing.with_close, standing.games)
    };
    tell::line(format!("{}: six months {}", sport.sport, told(&sport.six_months)));
    tell::line(format!("{}: a year {}", sport.sport, told(&sport.year)));
}

fn print_proof(proof: &Proof) {
    tell::line(format!("\n{}:\n{};", proof.shows, proof.sql));
    tell::line(format!("  {}", proof.columns.join(" | ")));
    proof.rows.iter().for_each(|row| tell::line(format!("  {}", row.join(" | "))));
    tell::line("");
}
