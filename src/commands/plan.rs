//! `plan`: what the days to come will cost, by the very function that decides live, and what credits do not reach for.

use std::sync::Arc;

use clap::Args;
use predictive_play::collect::collector::seed;
use predictive_play::collect::ledger::Memory;
use predictive_play::collect::menu::{self, Known};
use predictive_play::collect::{Brief, Terms};
use predictive_play::schedule::forecast::{Band, SportForecast, Start};
use predictive_play::schedule::{Ceilings, Forecast, forecast};
use providers::Provider;
use serde_json::{Value, json};

use super::{Outcome, Product};

#[derive(Args)]
pub struct Arguments {
    /// How many days ahead.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=60))]
    days: u16,
    /// Credits of the plan to reckon with, where the provider has not told them yet.
    #[arg(long, default_value_t = 20_000)]
    credits: u64,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

struct Planned {
    provider: Arc<dyn Provider>,
    ceiling: i64,
    is_ceiling_known: bool,
    has_key: bool,
    games: usize,
    forecast: Forecast,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let planned = plan(product, arguments)?;
    if arguments.json {
        println!("{}", Value::Array(planned.iter().map(as_json).collect()));
    } else {
        planned.iter().for_each(print);
        println!("keyless providers are asked for schedules, scores and injuries, and cost nothing");
    }
    Ok(0)
}

/// Plans each provider that sells credits, whether its key is here or not.
fn plan(product: &Product, arguments: &Arguments) -> anyhow::Result<Vec<Planned>> {
    let providers = product.recorder.providers();
    let terms = Terms::of(&product.settings, providers, seed(&product.settings.store.url));
    let mut keys: Vec<&'static str> = terms.briefs.iter().map(|brief| brief.provider.key()).collect();
    let metered: Vec<_> = providers.iter().filter(|provider| provider.offers().is_metered).collect();
    keys.extend(metered.iter().map(|provider| provider.key()));
    keys.dedup();
    let (sports, _) = menu::sports(&keys, providers, &product.settings.ask.sports);
    let one = |provider: &&Arc<dyn Provider>| {
        let brief = terms.briefs.iter().find(|brief| brief.provider.key() == provider.key());
        let sports = sports.get(provider.key()).cloned().unwrap_or_default();
        planned(product, arguments, provider, brief, &sports, &terms)
    };
    metered.iter().map(one).collect()
}

fn planned(
    product: &Product,
    arguments: &Arguments,
    provider: &Arc<dyn Provider>,
    brief: Option<&Brief>,
    sports: &[String],
    terms: &Terms,
) -> anyhow::Result<Planned> {
    let (settings, at) = (&product.settings, product.clock.now());
    let credits = |set: Option<u64>| set.map(|credits| i64::try_from(credits).unwrap_or(i64::MAX));
    let ceilings = Ceilings { per_month: credits(settings.credits.per_month), per_day: credits(settings.credits.per_day) };
    let mut memory = Memory::read(&product.store, &**provider, ceilings, at)?;
    let is_ceiling_known = memory.purse.monthly_ceiling().is_some();
    if !is_ceiling_known {
        memory.purse.tell(at, 0, i64::try_from(arguments.credits).unwrap_or(i64::MAX));
    }
    let covered = terms.briefs.first().map(|brief| Arc::clone(&brief.covered)).unwrap_or_default();
    let slates = menu::slates(&product.store, &**provider, &settings.ask, sports, at, Known::Anybody)?;
    let ceiling = memory.purse.monthly_ceiling().unwrap_or_default();
    let start = Start {
        provider: &**provider,
        slates: &slates,
        asked: memory.asked,
        purse: memory.purse,
        covered: &covered,
        targets: menu::targets(&settings.cadence),
        seed: seed(&settings.store.url),
    };
    let forecast = forecast(&start, at, at.plus_secs(i64::from(arguments.days) * 86_400));
    let games = slates.iter().map(|slate| slate.games.len()).sum();
    Ok(Planned { provider: Arc::clone(provider), ceiling, is_ceiling_known, has_key: brief.is_some(), games, forecast })
}

fn as_json(planned: &Planned) -> Value {
    let forecast = &planned.forecast;
    json!({
        "provider": planned.provider.key(), "has_key": planned.has_key, "games_known": planned.games,
        "monthly_ceiling": planned.ceiling, "is_ceiling_known": planned.is_ceiling_known,
        "from": forecast.from, "until": forecast.until, "credits": forecast.credits, "asks": forecast.asks,
        "target_credits_per_30_days": forecast.target_credits, "target_plan": forecast.target_plan,
        "sports": forecast.sports.iter().map(sport_json).collect::<Vec<_>>(),
    })
}

fn sport_json(sport: &SportForecast) -> Value {
    let band =
        |band: &Band| json!({ "before_start": band.name, "odds_every_secs": band.odds_gap_secs, "props_every_secs": band.props_gap_secs });
    let given_up = &sport.given_up;
    json!({
        "sport": sport.sport, "league": sport.league, "games": sport.games, "credits": sport.credits,
        "odds_pulls": sport.odds_pulls, "props_pulls": sport.props_pulls,
        "cadence": sport.bands.iter().map(band).collect::<Vec<_>>(),
        "given_up": {
            "closings": given_up.closings, "props_closings": given_up.props_closings,
            "odds_pulls": given_up.odds_pulls, "props_pulls": given_up.props_pulls,
        },
    })
}

fn print(planned: &Planned) {
    let (forecast, title) = (&planned.forecast, planned.provider.offers().title);
    let key = if planned.has_key { "" } else { " (no key is set: nothing is asked)" };
    println!("{title}{key}: {} to {}", forecast.from, forecast.until);
    if planned.games == 0 {
        return println!("  no games are known yet: let `collect` or `up` run for a few minutes first");
    }
    let source = if planned.is_ceiling_known { "the ceiling" } else { "assumed: the provider has not told its plan yet" };
    println!(
        "  {} credits of {} a month ({source}), {} asks, {} games known",
        forecast.credits, planned.ceiling, forecast.asks, planned.games
    );
    forecast.sports.iter().filter(|sport| sport.games > 0).for_each(print_sport);
    let plan = forecast.target_plan.map_or_else(|| "no usual plan has them".to_owned(), |plan| format!("a plan of {plan}"));
    println!("  odds every 5 and props every 10 minutes everywhere (or as set): {} credits in 30 days, {plan}", forecast.target_credits);
}

fn print_sport(sport: &SportForecast) {
    println!(
        "  {}: {} games, {} credits, {} odds pulls, {} props pulls",
        sport.sport, sport.games, sport.credits, sport.odds_pulls, sport.props_pulls
    );
    for band in sport.bands.iter().filter(|band| band.odds_gap_secs.is_some() || band.props_gap_secs.is_some()) {
        println!("    {:<20} odds {:<12} props {}", band.name, every(band.odds_gap_secs), every(band.props_gap_secs));
    }
    let given_up = &sport.given_up;
    println!(
        "    given up: {} closing pulls, {} of props, {} odds pulls and {} props pulls of the targets",
        given_up.closings, given_up.props_closings, given_up.odds_pulls, given_up.props_pulls
    );
}

fn every(secs: Option<f64>) -> String {
    match secs {
        None => "never".to_owned(),
        Some(secs) if secs < 120.0 => format!("every {secs:.0} s"),
        Some(secs) if secs < 7200.0 => format!("every {:.0} min", secs / 60.0),
        Some(secs) => format!("every {:.1} h", secs / 3600.0),
    }
}
