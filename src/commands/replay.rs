//! `replay`: stored replies through the route, in the order of their own time, at a multiple of it or as fast as it goes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use odds::Moment;
use odds::diff::Counts;
use odds::reply::{Reply, Request};
use predictive_play::archivist;
use predictive_play::decode::Providers;
use predictive_play::pending::LEFT;
use predictive_play::rebuild::rebuild;
use predictive_play::replay::own::{ARCHIVE, OwnReplies, OwnReply};
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
  predictive-play replay --provider betfair-historic --endpoint stream 1.223716976.bz2 2024_01_Jan.tar
  predictive-play replay --provider archive /srv/other/data
  predictive-play replay --provider archive

--speed 60 plays an hour a minute. With --provider archive the paths are what another store keeps, its data folder or bundles
(*.ppb); without a path it plays what our own archive has and the log has not.

Replies are played in the order of their own time: what they state, else --observed-at, else a stamp in the file's name.
Playing one twice changes nothing. A bad reply is named and passed over (exit 1); the rest goes in.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Whose replies these are; `archive`: our own stored ones, which say provider, endpoint and moment themselves.
    #[arg(long)]
    provider: String,
    /// Which endpoint sent them (`odds`, `event_odds`, `historical_odds`, `scoreboard` ...).
    #[arg(long)]
    endpoint: Option<String>,
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
    /// Files and folders; also .gz, .bz2, .zst, .tar, and .tar packed by them.
    #[arg(value_name = "PATH")]
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
    set_aside: usize,
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
    if arguments.provider == ARCHIVE {
        return run_own(settings, arguments);
    }
    let key = known_key(&providers, &arguments.provider).unwrap_or_default();
    let provider = providers.get(key).context("the provider was looked up before")?;
    let what = What {
        provider: key.to_owned(),
        endpoint: arguments.endpoint.clone().unwrap_or_default(),
        sport: arguments.sport.clone(),
        observed_at: arguments.observed_at,
    };
    let product = Product::open(settings)?;
    let stop = Stop::listen()?;
    product.recorder.record_pending().context("recording what was left pending")?;
    let mut total = Total::default();
    match plan(arguments, &what, &**provider, &stop, &mut total)? {
        Some(plan) => {
            let (request, all, first) = (Request::default(), plan.len(), plan.span().map(|(first, _)| first));
            let turns = plan.play(&what, &**provider).map(|(at, dated)| {
                let recording = dated.map(|dated| Recording { dated, what: &what, request: &request });
                (at, recording)
            });
            play(&product, turns, (all, first), arguments.speed, &stop, &mut total)?;
        }
        None => total.is_stopped = true,
    }
    end(&total, arguments.json)
}

fn end(total: &Total, json: bool) -> Outcome {
    print(total, json)?;
    Ok(match total {
        Total { is_stopped: true, .. } => INTERRUPTED,
        Total { bad, .. } if *bad > 0 => FAILED,
        _ => 0,
    })
}

/// Our own stored replies: those of another store through the whole route, those of our own archive as they lie.
fn run_own(settings: Settings, arguments: &Arguments) -> Outcome {
    let product = Product::open(settings)?;
    let stop = Stop::listen()?;
    product.recorder.record_pending().context("recording what was left pending")?;
    let mut total = Total::default();
    let ours = |folder: &Path| {
        folder.canonicalize().ok().is_some_and(|folder| Some(folder) == product.store.archive().folder().canonicalize().ok())
    };
    let own = OwnReplies::of_paths(&arguments.paths)?;
    if arguments.paths.is_empty() || own.folders().any(ours) {
        if own.folders().count() > 1 {
            bail!("one of these is this store's own archive: replay it alone, without PATH");
        }
        total.recorded = rebuild(&product.recorder, &mut |_, _| {})?;
        total.replies = total.recorded;
        return end(&total, arguments.json);
    }
    own.bad.iter().for_each(|bad| tell::complaint(tell::in_one_line(bad)));
    total.bad += own.bad.len();
    total.sources = [("our own archive", own.len())].into();
    play(&product, own.play(), (own.len(), own.first_at()), arguments.speed, &stop, &mut total)?;
    end(&total, arguments.json)
}

/// Names and paths that cannot be meant, before anything is opened.
fn refusal(providers: &Providers, arguments: &Arguments) -> Option<String> {
    let Arguments { provider: name, endpoint, .. } = arguments;
    if name == ARCHIVE {
        return refusal_of_own(arguments);
    }
    let with_replies = providers.iter().filter(|provider| !endpoints(&***provider).is_empty());
    let keys: Vec<&str> = with_replies.map(|provider| provider.key()).chain([ARCHIVE]).collect();
    let Some(provider) = known_key(providers, name).and_then(|key| providers.get(key)) else {
        let near = did_you_mean(name, keys.iter().copied());
        return Some(format!("--provider {name:?} is refused; there are {}{near}", keys.join(", ")));
    };
    let known = endpoints(&**provider);
    let Some(endpoint) = endpoint else {
        return Some(format!("--endpoint is needed: which of {} sent these replies", known.join(", ")));
    };
    if !known.contains(&endpoint.as_str()) {
        let near = did_you_mean(endpoint, known.iter().copied());
        return Some(format!("--endpoint {endpoint:?} is refused; {} has {}{near}", provider.key(), known.join(", ")));
    }
    if arguments.paths.is_empty() {
        return Some("PATH is needed: the files or folders of the replies".to_owned());
    }
    missing(arguments)
}

/// The key of a provider by any name that settings know, or the key of one whose files nobody asks for.
fn known_key(providers: &Providers, name: &str) -> Option<&'static str> {
    let of_files = || providers.get(name).filter(|provider| !provider.stored_endpoints().is_empty()).map(|provider| provider.key());
    provider_key(name).or_else(of_files)
}

fn missing(arguments: &Arguments) -> Option<String> {
    let missing = arguments.paths.iter().find(|path| !path.exists())?;
    Some(format!("{} is neither a file nor a folder", missing.display()))
}

fn refusal_of_own(arguments: &Arguments) -> Option<String> {
    let Arguments { endpoint, sport, observed_at, .. } = arguments;
    let given = [("--endpoint", endpoint.is_some()), ("--sport", sport.is_some()), ("--observed-at", observed_at.is_some())];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Some(format!("{name} is refused with --provider archive: our own stored replies say it themselves")),
        None => missing(arguments),
    }
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

/// A reply whose turn has come.
trait Turn {
    /// Whether it is one of our own: those that were set aside when they came are set aside again, and that is no failure.
    const IS_OWN: bool;

    fn name(&self) -> &str;

    fn reply(&self) -> Reply<'_>;
}

struct Recording<'a> {
    dated: Dated,
    what: &'a What,
    request: &'a Request,
}

impl Turn for Recording<'_> {
    const IS_OWN: bool = false;

    fn name(&self) -> &str {
        &self.dated.stored.name
    }

    fn reply(&self) -> Reply<'_> {
        self.dated.reply(self.what, self.request)
    }
}

impl Turn for OwnReply {
    const IS_OWN: bool = true;

    fn name(&self) -> &str {
        &self.bundle
    }

    fn reply(&self) -> Reply<'_> {
        Self::reply(self)
    }
}

fn play<T: Turn>(
    product: &Product,
    turns: impl Iterator<Item = (Moment, anyhow::Result<T>)>,
    (all, first): (usize, Option<Moment>),
    speed: Speed,
    stop: &Stop,
    total: &mut Total,
) -> anyhow::Result<()> {
    let began_at = product.clock.now();
    let first = first.unwrap_or(began_at);
    let mut progress = Progress::of(all as u64, "replies", began_at);
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for (at, turn) in turns {
        let wait = wait(speed, at.secs_since(first), product.clock.now().secs_since(began_at));
        if batch.len() >= MOST_REPLIES || bytes >= MOST_BYTES || (wait.is_some() && !batch.is_empty()) {
            take(product, &mut batch, total, &mut progress)?;
            bytes = 0;
        }
        wait.into_iter().for_each(|wait| stop.sleep(wait));
        if stop.is_asked() {
            total.is_stopped = true;
            break;
        }
        match turn {
            Ok(turn) if !T::IS_OWN && is_ahead(at, began_at) => {
                let right = "a reply of the past; it is not taken";
                progress.complain(&format!("{}: its moment {at} lies ahead of the clock, {began_at}: {right}", turn.name()));
                total.bad += 1;
            }
            Ok(turn) => {
                bytes += turn.reply().body.len();
                batch.push(turn);
            }
            Err(error) => {
                progress.complain(&tell::in_one_line(&format!("{error:#}")));
                total.bad += 1;
            }
        }
    }
    take(product, &mut batch, total, &mut progress)?;
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

fn take<T: Turn>(product: &Product, batch: &mut Vec<T>, total: &mut Total, progress: &mut Progress) -> anyhow::Result<()> {
    let replies: Vec<Reply<'_>> = batch.iter().map(Turn::reply).collect();
    for (recorded, turn) in product.recorder.take(&replies, None)?.into_iter().zip(batch.iter()) {
        total.replies += 1;
        total.problems += recorded.problems;
        total.counts.add(&recorded.counts);
        if !recorded.verdict.is_good() && T::IS_OWN {
            total.set_aside += 1;
        } else if !recorded.verdict.is_good() {
            total.bad += 1;
            let said = format!("{}: {}: {}", turn.name(), recorded.verdict.as_str(), recorded.verdict.reason());
            progress.complain(&tell::in_one_line(&said));
        } else if recorded.is_left {
            total.bad += 1;
            progress.complain(&tell::in_one_line(&format!("{}: {LEFT}", turn.name())));
        } else if recorded.seq.is_some() {
            total.recorded += 1;
        } else {
            total.known += 1;
        }
    }
    progress.advance(batch.len() as u64, replies.last().map(|reply| reply.fetched_at), product.clock.now());
    drop(replies);
    batch.clear();
    if product.store.is_training_due()
        && let Err(error) = archivist::train(&product.store)
    {
        tracing::warn!(%error, "no dictionary could be trained for the archive; replies are kept without");
    }
    Ok(())
}

fn print(total: &Total, json: bool) -> anyhow::Result<()> {
    let Total { replies, recorded, known, bad, set_aside, problems, counts, sources, is_stopped } = total;
    if json {
        return tell::json(&serde_json::json!({
            "replies": replies, "recorded": recorded, "known_already": known, "bad": bad, "set_aside": set_aside, "problems": problems,
            "counts": counts, "is_conserved": counts.is_conserved(), "moments_from": sources, "is_stopped": is_stopped,
        }));
    }
    tell::line(format!(
        "{replies} replies: {recorded} recorded, {known} known already, {bad} bad, {set_aside} set aside; {problems} problems"
    ));
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
    Ok(())
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
