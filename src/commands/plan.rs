//! `plan`: what the days to come will cost, by the very function that decides live, and what credits do not reach for. Before anything was
//! collected it asks for the games to come itself, by calls that cost nothing, and keeps nothing of it.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use odds::Moment;
use predictive_play::collect::collector::seed;
use predictive_play::collect::glance::{Glance, Window, glance};
use predictive_play::collect::ledger::Memory;
use predictive_play::collect::menu::{self, Known};
use predictive_play::collect::{Brief, Client, Terms};
use predictive_play::schedule::forecast::{Band, SportForecast, Start};
use predictive_play::schedule::sacrifice::Sacrifice;
use predictive_play::schedule::weights::Kind;
use predictive_play::schedule::{Forecast, Slate, forecast};
use predictive_play::settings::{ProviderSettings, Settings, key_variable, where_keys_are_had};
use providers::{Auth, Provider};
use serde_json::{Value, json};
use store::weights::Demand;

use super::{Outcome, Product, tell};

mod ledger;

#[derive(Args)]
pub struct Arguments {
    /// How many days ahead: 1 to 60.
    #[arg(long, default_value = "30", value_parser = days, allow_negative_numbers = true)]
    days: u16,
    /// Credits of the plan to reckon with, where the provider has not told them yet: a whole number, such as 20000.
    #[arg(long, default_value = "20000", value_parser = credits, allow_negative_numbers = true)]
    credits: u64,
    /// Asks nobody: reckons with the games that the store knows.
    #[arg(long)]
    offline: bool,
    /// Tells what was spent in this month and day, for what, and what is left, in the place of a forecast.
    #[arg(long)]
    ledger: bool,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

fn days(text: &str) -> Result<u16, String> {
    let days = text.parse().ok().filter(|days| (1..=60).contains(days));
    days.ok_or_else(|| "it is a whole number of days from 1 to 60, such as 30".to_owned())
}

fn credits(text: &str) -> Result<u64, String> {
    let credits = text.parse().ok().filter(|credits| i64::try_from(*credits).is_ok());
    credits.ok_or_else(|| "it is a whole number of credits a month, 0 or more, such as 20000".to_owned())
}

/// For how many days back calls for what is not collected are told, and how many kinds of them.
const DEMAND_DAYS: i64 = 7;
const MOST_NOT_COLLECTED: usize = 5;

struct Planned {
    provider: Arc<dyn Provider>,
    ceiling: i64,
    is_ceiling_known: bool,
    has_key: bool,
    games: usize,
    spent: i64,
    forecast: Forecast,
    told: Vec<String>,
    not_collected: Vec<Demand>,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    if arguments.ledger {
        return ledger::run(product, arguments.json);
    }
    let (planned, doubts) = plan(product, arguments)?;
    doubts.iter().for_each(|doubt| tell::complaint(format!("warning: {doubt}")));
    let off = off(&product.settings);
    if arguments.json {
        off.iter().for_each(|told| tell::complaint(format!("warning: {told}")));
        tell::json(&Value::Array(planned.iter().map(as_json).collect()))?;
    } else {
        off.iter().for_each(tell::line);
        planned.iter().for_each(print);
        tell::line("keyless providers are asked for schedules, scores and injuries, and cost nothing");
    }
    Ok(0)
}

/// Those whom the operator chose and who are not asked, each with what to do: what follows is a plan without them.
fn off(settings: &Settings) -> Vec<String> {
    let chosen = settings.providers.iter().filter(|provider| provider.is_named && !provider.is_asked);
    let told = |provider: &ProviderSettings| {
        let variable = key_variable(provider.key).unwrap_or("its key");
        let place = match where_keys_are_had(provider.key) {
            "" => String::new(),
            place => format!(" ({place})"),
        };
        format!(
            "{} is named in API_PROVIDER and is off, for it has no key: what follows is without it. Set {variable}{place}, or name others",
            provider.key
        )
    };
    chosen.map(told).collect()
}

/// Plans each provider that sells credits and is asked; where none is, each that could be, so that the first key is chosen by figures.
fn plan(product: &Product, arguments: &Arguments) -> anyhow::Result<(Vec<Planned>, Vec<String>)> {
    let providers = product.recorder.providers();
    let terms = Terms::of(&product.settings, providers, seed(&product.settings.store.url));
    let mut keys: Vec<&'static str> = terms.briefs.iter().map(|brief| brief.provider.key()).collect();
    let is_asked = |provider: &&Arc<dyn Provider>| terms.briefs.iter().any(|brief| brief.provider.key() == provider.key());
    let mut metered: Vec<_> = providers.iter().filter(|provider| provider.offers().is_metered).collect();
    if metered.iter().any(is_asked) {
        metered.retain(is_asked);
    }
    keys.extend(metered.iter().map(|provider| provider.key()));
    keys.dedup();
    let (sports, unknown) = menu::sports(&keys, providers, &product.settings.ask.sports);
    let doubts = menu::doubts(&product.settings.ask.sports, &unknown, providers);
    let one = |provider: &&Arc<dyn Provider>| {
        let brief = terms.briefs.iter().find(|brief| brief.provider.key() == provider.key());
        let sports = sports.get(provider.key()).cloned().unwrap_or_default();
        planned(product, arguments, provider, brief, &sports, &terms)
    };
    Ok((metered.iter().map(one).collect::<anyhow::Result<_>>()?, doubts))
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
    let ceilings = settings.credits_of(provider.key()).ceilings();
    let mut memory = Memory::read(&product.store, &**provider, ceilings, at)?;
    let is_ceiling_known = memory.purse.monthly_ceiling().is_some();
    let mut slates = menu::slates(&product.store, &**provider, &settings.ask, sports, at, Known::Anybody)?;
    let mut told = Vec::new();
    if !arguments.offline && slates.iter().all(|slate| slate.games.is_empty()) {
        let seen = look(product, &**provider, brief, sports, terms)?;
        if let (false, Some((used, remaining))) = (is_ceiling_known, seen.credits) {
            memory.purse.tell(at, used, remaining);
        }
        slates = slates_of(product, &**provider, sports, at, &seen);
        told = seen.told;
    }
    let is_ceiling_known = memory.purse.monthly_ceiling().is_some();
    if !is_ceiling_known {
        memory.purse.tell(at, 0, i64::try_from(arguments.credits).unwrap_or(i64::MAX));
    }
    let covered = terms.briefs.first().map(|brief| Arc::clone(&brief.covered)).unwrap_or_default();
    let (ceiling, spent) = (memory.purse.monthly_ceiling().unwrap_or_default(), memory.purse.spent.month);
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
    let mut not_collected = product.store.demand_since(at.plus_secs(-DEMAND_DAYS * 86_400))?;
    not_collected.retain(|wanted| Kind::from_word(&wanted.kind).is_none());
    not_collected.sort_by_key(|wanted| std::cmp::Reverse(wanted.calls));
    not_collected.truncate(MOST_NOT_COLLECTED);
    let (provider, has_key) = (Arc::clone(provider), brief.is_some());
    Ok(Planned { provider, ceiling, is_ceiling_known, has_key, games, spent, forecast, told, not_collected })
}

/// Asks for the games to come: the provider itself where its key is here, else, or where it does not answer, those that need none.
fn look(product: &Product, provider: &dyn Provider, own: Option<&Brief>, sports: &[String], terms: &Terms) -> anyhow::Result<Glance> {
    let leagues: Vec<&str> = sports.iter().filter_map(|sport| provider.league(sport)).map(|league| league.key).collect();
    let keyless = terms.briefs.iter().filter(|brief| brief.provider.offers().auth == Auth::Keyless);
    let client = Client::new()?;
    let window = Window { wire: &client, clock: &*product.clock };
    let mut seen = Glance::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        if let Some(own) = own {
            glance(&window, own, sports, &mut seen).await;
        }
        for brief in keyless {
            if !seen.games.is_empty() {
                break;
            }
            let of_league = |sport: &&String| brief.provider.league(sport).is_some_and(|league| leagues.contains(&league.key));
            let sports: Vec<String> = brief.sports.iter().filter(of_league).cloned().collect();
            glance(&window, brief, &sports, &mut seen).await;
        }
    });
    Ok(seen)
}

fn slates_of(product: &Product, provider: &dyn Provider, sports: &[String], at: Moment, seen: &Glance) -> Vec<Slate> {
    let slate = |sport: &String| {
        let league = provider.league(sport).map_or(sport.as_str(), |league| league.key);
        let games = seen.games.get(league).cloned().unwrap_or_default();
        menu::slate_of(provider, &product.settings.ask, sport, at, games)
    };
    sports.iter().map(slate).collect()
}

fn as_json(planned: &Planned) -> Value {
    let forecast = &planned.forecast;
    json!({
        "provider": planned.provider.key(), "asked_for_games": planned.told, "has_key": planned.has_key, "games_known": planned.games,
        "monthly_ceiling": planned.ceiling, "is_ceiling_known": planned.is_ceiling_known,
        "from": forecast.from, "until": forecast.until, "credits": forecast.credits, "asks": forecast.asks,
        "spent_this_month": planned.spent, "credits_until_month_ends": forecast.until_month_ends,
        "given_up_first": forecast.order,
        "asked_for_and_not_collected": planned.not_collected.iter().map(wanted_json).collect::<Vec<_>>(),
        "target_credits_per_30_days": forecast.target_credits, "target_plan": forecast.target_plan,
        "sports": forecast.sports.iter().map(sport_json).collect::<Vec<_>>(),
    })
}

fn wanted_json(wanted: &Demand) -> Value {
    json!({ "sport": wanted.league, "what": wanted.kind, "calls": wanted.calls })
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
    let [from, until] = [forecast.from, forecast.until].map(|at| Moment::from_secs(at.secs()));
    tell::line(format!("{title}{key}: {from} to {until}"));
    planned.told.iter().for_each(|told| tell::line(format!("  {told}")));
    if planned.games == 0 {
        return tell::line(format!("  no games are known{}", why_none(planned)));
    }
    let source = if planned.is_ceiling_known { "the ceiling" } else { "assumed: the provider has not told its plan yet" };
    tell::line(format!(
        "  {} credits of {} a month ({source}), {} asks, {} games known",
        forecast.credits, planned.ceiling, forecast.asks, planned.games
    ));
    if let Some(credits) = forecast.until_month_ends {
        tell::line(format!("  until the month ends: {credits} credits, beside {} that were spent in it", planned.spent));
    }
    forecast.sports.iter().filter(|sport| sport.games > 0).for_each(print_sport);
    print_order(&forecast.order);
    for wanted in &planned.not_collected {
        tell::line(format!(
            "  asked for by users and not collected: {} of {}, {} calls in {DEMAND_DAYS} days",
            wanted.kind, wanted.league, wanted.calls
        ));
    }
    let plan = forecast.target_plan.map_or_else(|| "no usual plan has them".to_owned(), |plan| format!("a plan of {plan}"));
    tell::line(format!(
        "  odds every 5 and props every 10 minutes everywhere (or as set): {} credits in 30 days, {plan}",
        forecast.target_credits
    ));
}

fn why_none(planned: &Planned) -> &'static str {
    match (planned.told.is_empty(), planned.has_key) {
        (true, _) => " to the store: let `collect` or `up` run for a few minutes first, or leave out --offline",
        (false, true) => ": off-season, or nobody could be asked; `doctor` says who answers",
        (false, false) => ": nobody could be asked, or it is off-season; with a key the provider is asked itself",
    }
}

fn print_sport(sport: &SportForecast) {
    tell::line(format!(
        "  {}: {} games, {} credits, {} odds pulls, {} props pulls",
        sport.sport, sport.games, sport.credits, sport.odds_pulls, sport.props_pulls
    ));
    for band in sport.bands.iter().filter(|band| band.odds_gap_secs.is_some() || band.props_gap_secs.is_some()) {
        tell::line(format!("    {:<20} odds {:<12} props {}", band.name, every(band.odds_gap_secs), every(band.props_gap_secs)));
    }
    let given_up = &sport.given_up;
    tell::line(format!(
        "    given up: {} closing pulls, {} of props, {} odds pulls and {} props pulls of the targets",
        given_up.closings, given_up.props_closings, given_up.odds_pulls, given_up.props_pulls
    ));
}

/// What is given up, and what goes next, in the order in which it goes.
fn print_order(order: &[Sacrifice]) {
    for step in order {
        let how = match (step.given_up, step.every_secs) {
            (0.0, Some(secs)) => format!("kept, {}", every(Some(secs as f64))),
            (0.0, None) => "kept".to_owned(),
            (share, _) if share < 1.0 => format!("{:.0} % given up", share * 100.0),
            _ => "given up".to_owned(),
        };
        let first = if std::ptr::eq(step, &order[0]) { "given up first" } else { "then" };
        tell::line(format!("  {first:<14} {:<34} {how}", step.what));
    }
}

fn every(secs: Option<f64>) -> String {
    match secs {
        None => "never".to_owned(),
        Some(secs) if secs < 120.0 => format!("every {secs:.0} s"),
        Some(secs) if secs < 7200.0 => format!("every {:.0} min", secs / 60.0),
        Some(secs) => format!("every {:.1} h", secs / 3600.0),
    }
}
