//! `replay`: stored replies through the route, in the order of their own time, at a multiple of it or as fast as it goes.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use odds::Moment;
use odds::diff::Counts;
use odds::reply::{Reply, Request};
use predictive_play::replay::{Dated, What, date, files, read};

use super::{Outcome, Product, WRONG_USAGE};

#[derive(Args)]
pub struct Arguments {
    /// Whose replies these are.
    #[arg(long)]
    provider: String,
    /// Which endpoint sent them (`odds`, `event_odds`, `historical_odds`, `scoreboard` ...).
    #[arg(long)]
    endpoint: String,
    /// The provider's sport key, where the replies do not say it.
    #[arg(long)]
    sport: Option<String>,
    /// The moment of replies that state none.
    #[arg(long, value_name = "TIME")]
    observed_at: Option<Moment>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Replies that are recorded in one transaction, at most; and bytes of them.
const MOST_REPLIES: usize = 256;
const MOST_BYTES: usize = 32 << 20;

#[derive(Default)]
struct Total {
    replies: usize,
    recorded: usize,
    known: usize,
    bad: usize,
    problems: usize,
    counts: Counts,
}

pub fn run(settings: predictive_play::settings::Settings, arguments: &Arguments) -> Outcome {
    let product = &Product::open(settings)?;
    let what = What {
        provider: arguments.provider.clone(),
        endpoint: arguments.endpoint.clone(),
        sport: arguments.sport.clone(),
        observed_at: arguments.observed_at,
    };
    let providers = product.recorder.providers();
    let Some(provider) = providers.get(&what.provider) else {
        eprintln!("--provider {:?} is not known; there are {}", what.provider, providers.keys().join(", "));
        return Ok(WRONG_USAGE);
    };
    product.recorder.record_pending().context("recording what was left pending")?;
    let (mut total, mut batch, mut bytes) = (Total::default(), Vec::new(), 0);
    for file in files(&arguments.paths)? {
        read(&file, &mut |stored| {
            bytes += stored.body.len();
            match date(stored, &what, &**provider) {
                Ok(dated) => batch.push(dated),
                Err(error) => {
                    eprintln!("{error:#}");
                    total.bad += 1;
                }
            }
            if batch.len() >= MOST_REPLIES || bytes >= MOST_BYTES {
                take(product, &what, &mut batch, &mut total)?;
                bytes = 0;
            }
            Ok(())
        })?;
    }
    take(product, &what, &mut batch, &mut total)?;
    print(&total, arguments.json);
    Ok(u8::from(total.bad > 0))
}

fn take(product: &Product, what: &What, batch: &mut Vec<Dated>, total: &mut Total) -> anyhow::Result<()> {
    let request = Request::default();
    let replies: Vec<Reply<'_>> = batch.iter().map(|dated| dated.reply(what, &request)).collect();
    for (recorded, dated) in product.recorder.take(&replies, None)?.into_iter().zip(batch.iter()) {
        total.replies += 1;
        total.problems += recorded.problems;
        total.counts.add(&recorded.counts);
        if !recorded.verdict.is_good() {
            total.bad += 1;
            eprintln!("{}: {}: {}", dated.stored.name, recorded.verdict.as_str(), recorded.verdict.reason());
        } else if recorded.seq.is_some() {
            total.recorded += 1;
        } else {
            total.known += 1;
        }
    }
    batch.clear();
    Ok(())
}

fn print(total: &Total, json: bool) {
    let Total { replies, recorded, known, bad, problems, counts } = total;
    if json {
        let text = serde_json::json!({
            "replies": replies, "recorded": recorded, "known_already": known, "bad": bad, "problems": problems,
            "counts": counts, "is_conserved": counts.is_conserved(),
        });
        println!("{text}");
        return;
    }
    println!("{replies} replies: {recorded} recorded, {known} known already, {bad} bad; {problems} problems");
    println!(
        "{} outcomes: {} opened, {} moved, {} returned, {} unchanged, {} duplicate, {} refused; {} withdrawn, {} not observed",
        counts.received,
        counts.opened,
        counts.moved,
        counts.returned,
        counts.unchanged,
        counts.duplicate,
        counts.refused,
        counts.withdrawn,
        counts.not_observed
    );
}
