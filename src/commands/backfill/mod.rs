//! `backfill`: history, planned before anything is spent, asked for below live collecting, and shown as a calendar.

mod plan;
mod run;
mod shown;
mod status;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use predictive_play::backfill::{Goal, Known, Resolution, Way};
use predictive_play::collect::collector::seed;
use predictive_play::collect::{Brief, Terms, menu};
use predictive_play::settings::{did_you_mean, provider_key};
use providers::Provider;

use super::{Outcome, Product};

const EXAMPLES: &str = "Examples:
  predictive-play backfill plan --provider the-odds-api --sport basketball_nba --from 2025-10-21 --to 2026-04-12 --resolution close
  predictive-play backfill run --plan 0f1e2d3c4b5a
  predictive-play backfill run --provider espn --sport basketball/nba --from 2025-10-21 --to 2026-04-12 --max-credits 0
  predictive-play backfill status --provider the-odds-api --sport basketball_nba --from 2025-10-21 --to 2026-04-12

plan spends nothing. run goes on where it stood, whatever ended it; ctrl-C ends it after the calls at hand.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Tells calls, credits, time and coverage, and spends nothing.
    Plan(plan::Arguments),
    /// Asks what a plan says, to its end or to the end of its credits.
    Run(run::Arguments),
    /// Shows what is there, day by day, and why the rest is not.
    Status(status::Arguments),
}

/// What is wanted.
#[derive(Args, Clone)]
pub struct Wanted {
    /// Whose history.
    #[arg(long)]
    provider: Option<String>,
    /// The sport, in anybody's words (`basketball_nba`, `basketball.nba`); several with commas.
    #[arg(long, value_delimiter = ',')]
    sport: Vec<String>,
    /// The first day, by the league's calendar.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// Market keys with commas; `stats` stands for what players did. Else those of ask.markets.
    #[arg(long, value_delimiter = ',')]
    markets: Vec<String>,
    /// Book keys with commas; else those of ask.books, else ask.regions.
    #[arg(long, value_delimiter = ',')]
    books: Vec<String>,
    /// Every snapshot, one an hour, one a day before and the last, or the last one alone: 5m, 1h, open-close, close.
    #[arg(long, default_value = "close")]
    resolution: Resolution,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    match &arguments.what {
        What::Plan(arguments) => plan::run(product, arguments),
        What::Run(arguments) => run::run(product, arguments),
        What::Status(arguments) => status::run(product, arguments),
    }
}

/// A goal, and the provider that it is asked of.
struct Aim {
    provider: Arc<dyn Provider>,
    goal: Goal,
}

impl Wanted {
    fn aim(&self, product: &Product) -> anyhow::Result<Aim> {
        let (Some(name), Some(from), Some(to)) = (&self.provider, self.from, self.to) else {
            bail!(
                "--provider, --sport, --from and --to are needed, such as --provider the-odds-api --sport basketball_nba --from 2025-10-21 --to 2026-04-12"
            );
        };
        if from > to {
            bail!("--from {from} lies after --to {to}");
        }
        let provider = provider(product, name)?;
        if provider.offers().asks.is_empty() {
            bail!("{name} is not asked for anything: its files come in with `predictive-play replay` or `import`");
        }
        let (sports, unknown) = menu::sports(&[provider.key()], product.recorder.providers(), &self.sport);
        let sports = sports.get(provider.key()).cloned().unwrap_or_default();
        if let Some(word) = unknown.first() {
            let known = provider.offers().default_sports;
            bail!("{} knows no sport {word:?}; such as {}", provider.key(), known.join(", "));
        }
        if let Some(sport) = sports.iter().find(|sport| Way::of(&*provider, sport).is_none()) {
            bail!("{} has no history of {sport} that can be asked for", provider.key());
        }
        let (ask, given) =
            (&product.settings.ask, |words: &[String], usual: &[String]| if words.is_empty() { usual.to_vec() } else { words.to_vec() });
        let goal = Goal {
            provider: provider.key().to_owned(),
            sports,
            from,
            to,
            markets: given(&self.markets, &ask.markets),
            books: given(&self.books, &ask.books),
            regions: ask.regions.clone(),
            resolution: self.resolution,
        };
        Ok(Aim { provider, goal })
    }
}

fn provider(product: &Product, name: &str) -> anyhow::Result<Arc<dyn Provider>> {
    let providers = product.recorder.providers();
    let found = provider_key(name).and_then(|key| providers.get(key)).or_else(|| providers.get(name));
    let Some(provider) = found else {
        let known: Vec<&str> = providers.iter().map(|provider| provider.key()).collect();
        bail!("no provider is called {name:?}{}", did_you_mean(name, known));
    };
    Ok(Arc::clone(provider))
}

/// What is known of every sport of a goal.
fn known(product: &Product, aim: &Aim) -> anyhow::Result<BTreeMap<String, Known>> {
    let (store, providers) = (&product.store, product.recorder.providers());
    let of = |sport: &String| Ok((sport.clone(), Known::read(store, providers, &*aim.provider, &aim.goal, sport, product.clock.now())?));
    aim.goal.sports.iter().map(of).collect()
}

/// How providers are asked, by the settings.
fn briefs(product: &Product) -> Vec<Brief> {
    Terms::of(&product.settings, product.recorder.providers(), seed(&product.settings.store.url)).briefs
}

/// Goals of keyless providers that tell the games of the same leagues day by day: they come first, and cost nothing.
fn free_first(product: &Product, aim: &Aim) -> Vec<(Brief, Goal)> {
    if !aim.provider.offers().is_metered {
        return Vec::new();
    }
    let leagues: Vec<&str> = aim.goal.sports.iter().filter_map(|sport| aim.provider.league(sport)).map(|league| league.key).collect();
    let mut found = Vec::new();
    for brief in briefs(product).into_iter().filter(|brief| !brief.provider.offers().is_metered && brief.secret.is_none()) {
        let provider = &brief.provider;
        let is_wanted = |sport: &&&str| {
            provider.league(sport).is_some_and(|league| leagues.contains(&league.key))
                && matches!(Way::of(&**provider, sport), Some(Way::Days(_)))
        };
        let sports: Vec<String> = provider.offers().default_sports.iter().filter(is_wanted).map(|sport| (*sport).to_owned()).collect();
        if !sports.is_empty() {
            let goal = Goal {
                provider: provider.key().to_owned(),
                sports,
                markets: Vec::new(),
                books: Vec::new(),
                regions: Vec::new(),
                ..aim.goal.clone()
            };
            found.push((brief, goal));
        }
    }
    found
}
