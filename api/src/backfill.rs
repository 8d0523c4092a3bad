//! `GET /v1/backfill`: what of the past is there, day by day, and why the rest is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use jiff::civil::Date;
use odds::{Moment, sport};
use serde::{Deserialize, Serialize};
use store::backfill::{PURPOSE, PlanRow};
use store::calendar::{Day, Frame};
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, with_near};
use crate::asked::Asked;
use crate::contest::is_sport;
use crate::problem::Problem;
use crate::state::State;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// A provider's key; else every provider of which a back-fill was planned.
    provider: Option<String>,
    /// Leagues, sports or providers' keys, with commas; else those that were planned.
    sport: Option<String>,
    /// The provider's market keys, with commas; else those that were planned.
    market: Option<String>,
    /// The first day, by the league's calendar (`2025-10-21`); else that of the plans.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day; else that of the plans. At most 400 days at once.
    #[param(format = Date)]
    to: Option<String>,
    /// Refused with its reason: the calendar tells what is there now.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// Refused with its reason: the calendar tells what is there now.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// The calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct Calendar {
    /// Days with games, by provider, sport, day and market.
    days: Vec<CalendarDay>,
    /// Back-fills that were planned, the oldest first.
    plans: Vec<Planned>,
    /// Why there are no days.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A day of one market.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDay {
    /// Whose quotes.
    provider: String,
    /// The provider's sport key.
    sport: String,
    /// The league's day.
    #[schema(format = Date)]
    day: String,
    /// The provider's market key.
    market: String,
    /// Games that are known, by anybody.
    games: u32,
    /// Those with a quote at least six hours before the start.
    with_open: u32,
    /// Those with a quote in the ten minutes before it.
    with_close: u32,
    /// Looks at a game of the day before its start, summed over the games.
    snapshots: u32,
    /// Games without a closing quote, by reason.
    holes: Vec<Hole>,
}

/// Games without a closing quote.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hole {
    /// `not_offered` (asked, and no book had it), `not_asked`, `failed`, `out_of_credits`.
    reason: &'static str,
    /// How many.
    games: u32,
}

/// A back-fill that was planned.
#[derive(Debug, Serialize, ToSchema)]
pub struct Planned {
    /// Its id.
    plan: String,
    /// The provider.
    provider: String,
    /// The provider's sport keys.
    sports: Vec<String>,
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last day.
    #[schema(format = Date)]
    to: String,
    /// Market keys.
    markets: Vec<String>,
    /// The most that it may spend, where that was said.
    max_credits: Option<i64>,
    /// What it was said to cost.
    predicted_credits: i64,
    /// What counts as spent so far.
    spent_credits: i64,
    /// Calls so far.
    calls: usize,
    /// When a run of it last came to an end by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Moment>,
    /// Why: `done`, `max_credits`, `out_of_credits`, `refused`, `stopped`.
    ended_because: Option<String>,
}

/// What a plan was made for, as it is kept.
#[derive(Debug, Clone, Deserialize)]
struct Goal {
    sports: Vec<String>,
    from: String,
    to: String,
    markets: Vec<String>,
}

/// What is looked at: a provider, its sports with the league of each, and how far.
struct Look {
    provider: String,
    sports: Vec<(String, Option<String>)>,
    markets: Vec<String>,
    from: Date,
    to: Date,
}

const MOST_DAYS: i32 = 400;
/// The span where neither the caller nor a plan says one.
const USUAL_DAYS: i64 = 30;
const NOW_ALONE: &str = "left out: the calendar tells what is there now; what was known when is in the odds themselves";

/// What of the past is there, by sport, day and market, with the reason of every hole, and what was planned and spent for it.
#[utoipa::path(get, path = "/v1/backfill", params(Ask), tag = "evidence", responses((status = 200, body = Calendar)))]
pub async fn calendar(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>) -> Result<Json<Calendar>, Problem> {
    state.blocking(move |state| answer(state, &ask)).await.map(Json)
}

fn answer(state: &State, ask: &Ask) -> Result<Calendar, Problem> {
    for (name, value) in [("as_of", &ask.as_of), ("known_at", &ask.known_at)] {
        if let Some(value) = value {
            return Err(Problem::bad_parameter(name, value, NOW_ALONE));
        }
    }
    // a wrong day is refused where nothing was planned, too
    if let (Some(from), Some(to)) = (day("from", ask.from.as_ref())?, day("to", ask.to.as_ref())?) {
        is_span(from, to)?;
    }
    let plans: Vec<(PlanRow, Goal)> = state
        .store
        .backfill_plans()?
        .into_iter()
        .filter(|plan| ask.provider.as_ref().is_none_or(|provider| plan.provider == *provider))
        .filter_map(|plan| serde_json::from_str(&plan.goal).ok().map(|goal| (plan, goal)))
        .collect();
    let looks = looks(state, ask, &plans)?;
    let mut days = Vec::new();
    for look in &looks {
        for (sport, league) in &look.sports {
            let zone = league.as_deref().and_then(sport::league).map_or(jiff::tz::TimeZone::UTC, sport::League::time_zone);
            let (provider, league) = (&*look.provider, league.as_deref());
            let kept_from = state.meanings.keeps_history_days(provider).map(|days| (state.now)().plus_secs(-86_400 * days));
            let frame = Frame { provider, sport, league, zone, from: look.from, to: look.to, markets: &look.markets, kept_from };
            days.extend(state.store.calendar(&frame)?.into_iter().map(|day| shown(provider, day)));
        }
    }
    let absent = if days.is_empty() { Some(absent(state, ask, &looks)?) } else { None };
    let plans = plans.into_iter().map(|(row, goal)| planned(state, row, goal)).collect::<Result<_, Problem>>()?;
    Ok(Calendar { days, plans, absent })
}

fn looks(state: &State, ask: &Ask, plans: &[(PlanRow, Goal)]) -> Result<Vec<Look>, Problem> {
    let named: BTreeSet<&String> = match &ask.provider {
        Some(provider) => BTreeSet::from([provider]),
        None => plans.iter().map(|(plan, _)| &plan.provider).collect(),
    };
    let listed = state.store.sports_listed()?;
    let mut looks = Vec::new();
    for provider in named {
        let goals: Vec<&Goal> = plans.iter().filter(|(plan, _)| plan.provider == *provider).map(|(_, goal)| goal).collect();
        let is_planned = |sport: &String| goals.iter().any(|goal| goal.sports.contains(sport));
        let of_provider = listed.iter().filter(|one| one.provider == *provider);
        let wanted = of_provider.filter(|one| match &ask.sport {
            Some(_) => is_sport(&one.key, one.league.as_deref(), ask.sport.as_ref()),
            None => goals.is_empty() || is_planned(&one.key),
        });
        let mut sports: Vec<(String, Option<String>)> = wanted.map(|one| (one.key.clone(), one.league.clone())).collect();
        sports.sort();
        sports.dedup_by(|later, first| later.0 == first.0);
        let mut markets: BTreeSet<String> = goals.iter().flat_map(|goal| goal.markets.iter().cloned()).collect();
        if let Some(asked) = &ask.market {
            markets = asked.split(',').map(str::to_owned).collect();
        }
        let (from, to) = span(state, ask, &goals)?;
        looks.push(Look { provider: provider.clone(), sports, markets: markets.into_iter().collect(), from, to });
    }
    Ok(looks)
}

/// The days that are asked for, else those of the plans, else the last thirty.
fn span(state: &State, ask: &Ask, goals: &[&Goal]) -> Result<(Date, Date), Problem> {
    let today = (state.now)().day_in(&jiff::tz::TimeZone::UTC);
    let planned_to = goals.iter().filter_map(|goal| goal.to.parse().ok()).max();
    let to = day("to", ask.to.as_ref())?.or(planned_to).unwrap_or(today);
    let planned_from = goals.iter().filter_map(|goal| goal.from.parse().ok()).min();
    let usual = to.checked_sub(jiff::Span::new().days(USUAL_DAYS)).unwrap_or(to);
    let from = day("from", ask.from.as_ref())?.or(planned_from).unwrap_or(usual);
    is_span(from, to)?;
    Ok((from, to))
}

fn is_span(from: Date, to: Date) -> Result<(), Problem> {
    if to < from {
        return Err(Problem::bad_parameter("to", &to.to_string(), &format!("a day after from={from}")));
    }
    if (to - from).get_days() >= MOST_DAYS {
        return Err(Problem::bad_parameter("from", &from.to_string(), &format!("at most {MOST_DAYS} days at once, up to to={to}")));
    }
    Ok(())
}

fn day(name: &str, text: Option<&String>) -> Result<Option<Date>, Problem> {
    text.map(|text| text.parse().map_err(|_| Problem::bad_parameter(name, text, "a day of the league like 2025-10-21"))).transpose()
}

fn shown(provider: &str, day: Day) -> CalendarDay {
    let Day { sport, day, market, games, with_open, with_close, snapshots, holes } = day;
    let holes = holes.into_iter().map(|(reason, games)| Hole { reason, games }).collect();
    CalendarDay { provider: provider.to_owned(), sport, day, market, games, with_open, with_close, snapshots, holes }
}

fn planned(state: &State, row: PlanRow, goal: Goal) -> Result<Planned, Problem> {
    let asks = state.store.asks_for(&row.provider, &format!("{PURPOSE}{}", row.id))?;
    Ok(Planned {
        plan: row.id,
        provider: row.provider,
        sports: goal.sports,
        from: goal.from,
        to: goal.to,
        markets: goal.markets,
        max_credits: row.max_credits,
        predicted_credits: row.predicted_credits,
        spent_credits: asks.iter().map(store::asks::AskRow::spent).sum(),
        calls: asks.len(),
        ended_at: row.ended_at,
        ended_because: row.ended_because,
    })
}

fn absent(state: &State, ask: &Ask, looks: &[Look]) -> Result<Absence, Problem> {
    let Some(provider) = &ask.provider else {
        return Ok(Absence::not_observed(None, "no back-fill was planned; name a provider, or plan one with `backfill plan`"));
    };
    let providers: BTreeSet<String> = state.store.sports_listed()?.into_iter().map(|one| one.provider).collect();
    if !providers.contains(provider) {
        let known: Vec<String> = providers.into_iter().collect();
        return Ok(Absence::not_covered(Some(provider), with_near("no reply of this provider has listed anything", provider, &known)));
    }
    let has_markets = looks.iter().any(|look| !look.markets.is_empty());
    let reason =
        if has_markets { "no game of these days is known" } else { "no back-fill says which markets are meant; name them by `market`" };
    let wanted = looks.iter().any(|look| !look.sports.is_empty());
    let reason = if wanted { reason } else { "this provider lists nothing of this sport" };
    Ok(Absence::not_observed(ask.sport.as_deref().or(Some(provider)), reason))
}
