//! `replay`: stored replies through the route, in the order of their own time, at a multiple of it or as fast as it goes.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use odds::Moment;
use odds::diff::Counts;
use odds::reply::{Reply, Request};
use predictive_play::decode::Providers;
use predictive_play::replay::{Dated, Plan, What, endpoints, files};
use predictive_play::settings::{Settings, did_you_mean, provider_key};
use providers::Provider;

use super::progress::Progress;
use super::stop::{INTERRUPTED, Stop};
use super::{FAILED, Outcome, Product, WRONG_USAGE, tell};

const EXAMPLES: &str = "Examples:
  predictive-play replay --provider the-odds-api --endpoint odds recordings/odds
  predictive-play replay --provider the-odds-api --endpoint event_odds --speed 60 day.tar.zst
  predictive-play replay --provider football-data --endpoint season E0.csv

--speed 60 plays an hour a minute.

Replies are played in the order of their own time: what they state, else --observed-at, else a stamp in the file's name.
Playing one twice changes nothing. A bad reply is named and passed over (exit 1); the rest goes in.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
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
    /// How many times faster than their own time; max: as fast as it goes.
    #[arg(long, value_name = "N|max", default_value = "max", value_parser = speed)]
    speed: Speed,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
    /// Files and folders; also .gz, .zst, .tar, .tar.gz and .tar.zst.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    Times(f64),
    Max,
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times = text.parse::<f64>().ok().filter(|times| *times >= 0.001 && *times <= 1e9);
    times.map(Speed::Times).ok_or_else(|| "a number from 0.001 up (60: an hour a minute), or max".to_owned())
}

/// Replies that are recorded in one transaction, at most; and bytes of them.
const MOST_REPLIES: usize = 2048;
const MOST_BYTES: usize = 128 << 20;
/// How far ahead of the clock a reply may be, in seconds.
const MOST_AHEAD_SECS: f64 = 36.0 * 3600.0;

#[derive(Default)]
struct Total {
    replies: usize,
    recorded: usize,
    known: usize,
    bad: usize,
    problems: usize,
    counts: Counts,
    sources: std::collections::BTreeMap<&'static str, usize>,
    is_stopped: bool,
}

pub fn run(settings: Settings, arguments: &Arguments) -> Outcome {
    let providers = Providers::all();
    let refused = refusal(&providers, arguments);
    if let Some(refused) = refused {
        tell::complaint(refused);
        return Ok(WRONG_USAGE);
    }
    let key = provider_key(&arguments.provider).unwrap_or_default();
    let provider = providers.get(key).context("the provider was looked up before")?;
    let what = What {
        provider: key.to_owned(),
        endpoint: arguments.endpoint.clone(),
        sport: arguments.sport.clone(),
        observed_at: arguments.observed_at,
    };
    let product = Product::open(settings)?;
    let stop = Stop::listen()?;
    product.recorder.record_pending().context("recording what was left pending")?;
    let mut total = Total::default();
    match plan(arguments, &what, &**provider, &stop, &mut total)? {
        Some(plan) => play(&product, plan, &what, &**provider, arguments.speed, &stop, &mut total)?,
        None => total.is_stopped = true,
    }
    print(&total, arguments.json);
    Ok(match total {
        Total { is_stopped: true, .. } => INTERRUPTED,
        Total { bad, .. } if bad > 0 => FAILED,
        _ => 0,
    })
}

/// Names and paths that cannot be meant, before anything is opened.
fn refusal(providers: &Providers, arguments: &Arguments) -> Option<String> {
    let Arguments { provider: name, endpoint, .. } = arguments;
    let keys = providers.keys();
    let Some(provider) = provider_key(name).and_then(|key| providers.get(key)) else {
        let near = did_you_mean(name, keys.iter().copied());
        return Some(format!("--provider {name:?} is refused; there are {}{near}", keys.join(", ")));
    };
    let known = endpoints(&**provider);
    if !known.contains(&endpoint.as_str()) {
        let near = did_you_mean(endpoint, known.iter().copied());
        return Some(format!("--endpoint {endpoint:?} is refused; {} has {}{near}", provider.key(), known.join(", ")));
    }
    let missing = arguments.paths.iter().find(|path| !path.exists())?;
    Some(format!("{} is neither a file nor a folder", missing.display()))
}

/// Dates all replies; `None` where somebody asked to stop.
fn plan(arguments: &Arguments, what: &What, provider: &dyn Provider, stop: &Stop, total: &mut Total) -> anyhow::Result<Option<Plan>> {
    let files = files(&arguments.paths)?;
    if files.is_empty() {
        let paths: Vec<String> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
        tell::complaint(format!("no file lies in {}", paths.join(", ")));
        total.bad += 1;
    }
    let planned = Plan::of(&files, what, provider, &mut || if stop.is_asked() { bail!("stopped") } else { Ok(()) });
    let plan = match planned {
        Err(_) if stop.is_asked() => return Ok(None),
        planned => planned?,
    };
    plan.bad.iter().for_each(|bad| tell::complaint(tell::in_one_line(bad)));
    total.bad += plan.bad.len();
    total.sources = plan.sources.clone();
    Ok(Some(plan))
}

fn play(
    product: &Product,
    plan: Plan,
    what: &What,
    provider: &dyn Provider,
    speed: Speed,
    stop: &Stop,
    total: &mut Total,
) -> anyhow::Result<()> {
    let began_at = product.clock.now();
    let first = plan.span().map_or(began_at, |(first, _)| first);
    let mut progress = Progress::of(plan.len() as u64, began_at);
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for (at, dated) in plan.play(what, provider) {
        let wait = wait(speed, at.secs_since(first), product.clock.now().secs_since(began_at));
        if batch.len() >= MOST_REPLIES || bytes >= MOST_BYTES || (wait.is_some() && !batch.is_empty()) {
            take(product, what, &mut batch, total, &mut progress)?;
            bytes = 0;
        }
        wait.into_iter().for_each(|wait| stop.sleep(wait));
        if stop.is_asked() {
            total.is_stopped = true;
            break;
        }
        match dated {
            Ok(dated) if is_ahead(dated.at, began_at) => {
                let right = "a reply of the past; it is not taken";
                progress.complain(&format!("{}: its moment {} lies ahead of the clock, {began_at}: {right}", dated.stored.name, dated.at));
                total.bad += 1;
            }
            Ok(dated) => {
                bytes += dated.stored.body.len();
                batch.push(dated);
            }
            Err(error) => {
                progress.complain(&tell::in_one_line(&format!("{error:#}")));
                total.bad += 1;
            }
        }
    }
    take(product, what, &mut batch, total, &mut progress)?;
    progress.end();
    Ok(())
}

/// Whether a moment lies so far ahead that it cannot be meant. A file about days is of the end of its last one, so a day may be.
fn is_ahead(at: Moment, now: Moment) -> bool {
    at.secs_since(now) > MOST_AHEAD_SECS
}

/// How long to wait for a reply whose turn, at this speed, has not come.
fn wait(speed: Speed, own_secs: f64, passed_secs: f64) -> Option<Duration> {
    let Speed::Times(times) = speed else { return None };
    let secs = own_secs / times - passed_secs;
    (secs > 0.001).then(|| Duration::try_from_secs_f64(secs).unwrap_or(Duration::MAX))
}

fn take(product: &Product, what: &What, batch: &mut Vec<Dated>, total: &mut Total, progress: &mut Progress) -> anyhow::Result<()> {
    let request = Request::default();
    let replies: Vec<Reply<'_>> = batch.iter().map(|dated| dated.reply(what, &request)).collect();
    for (recorded, dated) in product.recorder.take(&replies, None)?.into_iter().zip(batch.iter()) {
        total.replies += 1;
        total.problems += recorded.problems;
        total.counts.add(&recorded.counts);
        if !recorded.verdict.is_good() {
            total.bad += 1;
            let said = format!("{}: {}: {}", dated.stored.name, recorded.verdict.as_str(), recorded.verdict.reason());
            progress.complain(&tell::in_one_line(&said));
        } else if recorded.seq.is_some() {
            total.recorded += 1;
        } else {
            total.known += 1;
        }
    }
    progress.advance(batch.len() as u64, batch.last().map(|dated| dated.at), product.clock.now());
    batch.clear();
    Ok(())
}

fn print(total: &Total, json: bool) {
    let Total { replies, recorded, known, bad, problems, counts, sources, is_stopped } = total;
    if json {
        let text = serde_json::json!({
            "replies": replies, "recorded": recorded, "known_already": known, "bad": bad, "problems": problems,
            "counts": counts, "is_conserved": counts.is_conserved(), "moments_from": sources, "is_stopped": is_stopped,
        });
        tell::line(text.to_string());
        return;
    }
    tell::line(format!("{replies} replies: {recorded} recorded, {known} known already, {bad} bad; {problems} problems"));
    tell::line(format!(
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
    ));
    for (source, count) in sources {
        tell::line(format!("moment of {count}: {source}"));
    }
    if *is_stopped {
        tell::line("stopped before the end; the same command goes on where this one stopped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_or_max() {
        assert_eq!((speed("max"), speed("60")), (Ok(Speed::Max), Ok(Speed::Times(60.0))));
        for text in ["0", "-1", "fast", "NaN", "inf", "", "1e400"] {
            assert!(speed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_hour_of_replies_takes_a_minute_at_sixty_times() {
        assert_eq!(wait(Speed::Times(60.0), 3_600.0, 0.0), Some(Duration::from_secs(60)));
        assert_eq!(wait(Speed::Times(60.0), 3_600.0, 60.0), None);
        assert_eq!(wait(Speed::Max, 3_600.0, 0.0), None);
        assert_eq!(wait(Speed::Times(0.001), 1e300, 0.0), Some(Duration::MAX));
    }
}
