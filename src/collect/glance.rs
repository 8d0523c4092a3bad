//! A glance at the games to come, for a forecast before anything was collected: calls that cost nothing alone, read and not kept.

use std::collections::BTreeMap;
use std::time::Duration;

use odds::Moment;
use odds::observation::{Decoded, EventStatus, FactKind, ListingKind, ListingSeen};
use odds::reply::{Basis, Reply};
use providers::{Ask, Call, Provider, What};

use super::desk::Brief;
use super::wire::{Outgoing, Wire, WireReply};
use crate::clock::Clock;
use crate::schedule::Game;

/// How many days are looked at where games are asked for day by day.
const DAYS: i64 = 3;
/// The longest wait for one call: somebody sits in front of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a glance is taken through.
pub struct Window<'a> {
    /// The way out.
    pub wire: &'a dyn Wire,
    /// The clock.
    pub clock: &'a dyn Clock,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Glance {
    /// Games to come, by our league, else by the provider's sport.
    pub games: BTreeMap<String, Vec<Game>>,
    /// What each provider was asked, and what came of it, for people.
    pub told: Vec<String>,
    /// Credits used and remaining, where a provider said so.
    pub credits: Option<(i64, i64)>,
}

/// Asks a provider for the games of some of its sports, each call once; after a call that nobody answered no other is made.
pub async fn glance(window: &Window<'_>, brief: &Brief, sports: &[String], seen: &mut Glance) {
    let (provider, mut made, mut games) = (&*brief.provider, 0, 0);
    let gap = Duration::from_secs_f64(1.0 / provider.offers().per_second.max(0.1));
    for (sport, call) in
        sports.iter().flat_map(|sport| calls(provider, sport, window.clock.now()).into_iter().map(move |call| (sport, call)))
    {
        if made > 0 {
            tokio::time::sleep(gap).await;
        }
        made += 1;
        let outgoing = Outgoing {
            base_url: brief.base_url.clone(),
            request: call.request.clone(),
            auth: provider.offers().auth,
            secret: brief.secret.clone(),
            timeout: brief.timeout.min(PATIENCE),
        };
        let why = match window.wire.call(&outgoing).await {
            Ok(reply) => match read(provider, &call, &reply, sport, window.clock.now(), seen) {
                Ok(found) => {
                    games += found;
                    continue;
                }
                Err(why) => why,
            },
            Err(fault) => format!("cannot be reached at {}: {}", brief.base_url, fault.detail),
        };
        return seen.told.push(format!("{} {why}", provider.offers().title));
    }
    if made > 0 {
        seen.told.push(format!("{} was asked for the games to come: {made} free calls, {games} games", provider.offers().title));
    }
}

/// The calls that tell a sport's games and cost nothing.
fn calls(provider: &dyn Provider, sport: &str, at: Moment) -> Vec<Call> {
    let zone = provider.league(sport).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    let day = |ahead: i64| Some(at.plus_secs(ahead * 86_400).day_in(&zone).to_string());
    let of_day = |ahead| Ask { day: day(ahead), ..Ask::of(What::Events, sport) };
    let free = |ask: &Ask| provider.requests(ask).into_iter().filter(|call| call.credits == 0).collect::<Vec<_>>();
    if !provider.offers().asks.contains(&What::Events) {
        return Vec::new();
    }
    let plain = free(&Ask::of(What::Events, sport));
    // Who sells prices lists all that is to come at once; scoreboards show a day.
    let is_by_day = !provider.offers().is_metered && free(&of_day(0)) != plain;
    if is_by_day { (0..DAYS).flat_map(|ahead| free(&of_day(ahead))).collect() } else { plain }
}

/// Takes the games out of a reply; gives how many they are, or why there are none to be had.
fn read(provider: &dyn Provider, call: &Call, reply: &WireReply, sport: &str, at: Moment, seen: &mut Glance) -> Result<usize, String> {
    let reply = Reply {
        provider: provider.key(),
        endpoint: call.endpoint,
        request: &call.request,
        status: reply.head.status,
        headers: &reply.head.headers,
        body: &reply.body,
        fetched_at: at,
        basis: Basis::Fetched,
        sport: Some(sport),
    };
    if let Some(meter) = provider.meter(&reply) {
        seen.credits = meter.used.zip(meter.remaining).or(seen.credits);
    }
    let verdict = provider.judge(&reply);
    if !verdict.is_good() {
        return Err(format!("does not answer with games ({}): {}", verdict.as_str(), verdict.reason()));
    }
    let games = games(&provider.decode(&reply), at);
    let league = provider.league(sport).map_or(sport, |league| league.key);
    let known = seen.games.entry(league.to_owned()).or_default();
    let before = known.len();
    known.extend(games);
    known.sort_by(|a, b| a.listing.cmp(&b.listing));
    known.dedup_by(|a, b| a.listing == b.listing);
    Ok(known.len() - before)
}

fn games(decoded: &Decoded<'_>, at: Moment) -> Vec<Game> {
    let listings = decoded.snapshots.iter().flat_map(|snapshot| &snapshot.listings);
    listings
        .filter(|listing| listing.kind == ListingKind::Contest)
        .filter_map(|listing| game(listing))
        .filter(|game| at <= game.starts_at)
        .collect()
}

fn game(listing: &ListingSeen<'_>) -> Option<Game> {
    let fact = |kind: FactKind| listing.facts.iter().find(|fact| fact.kind == kind).map(|fact| &*fact.value);
    let status = fact(FactKind::Status).and_then(EventStatus::from_word).unwrap_or(EventStatus::Scheduled);
    Some(Game { status, ..Game::coming(&*listing.id, fact(FactKind::Start)?.parse().ok()?) })
}
