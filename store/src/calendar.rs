//! What of the past is there: a calendar by sport, day and market, with the reason of every hole. Read from the log and the ledgers alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use odds::Moment;
use odds::cover::Cover;
use odds::id::ListingId;
use odds::observation::ListingKind;
use serde::Serialize;

use crate::backfill::{AnswerRow, PlanRow};
use crate::directory::ListingRow;
use crate::engine::Keys;
use crate::error::{Result, StoreError};
use crate::sealed::Sealed;
use crate::store::Store;

/// A closing line is exact where the last look before the start is at most this old.
pub const EXACT_SECS: i64 = 600;
/// An opening is one where the first look is at least this long before the start.
pub const OPENING_SECS: i64 = 6 * 3600;

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// The provider whose quotes are looked for.
    pub provider: &'a str,
    /// Its sport key.
    pub sport: &'a str,
    /// Our league, where we know it: then games that only others list are holes too.
    pub league: Option<&'a str>,
    /// The zone of the league's day.
    pub zone: jiff::tz::TimeZone,
    /// The first day.
    pub from: jiff::civil::Date,
    /// The last day.
    pub to: jiff::civil::Date,
    /// Market keys.
    pub markets: &'a [String],
    /// Of games that started before it the provider keeps no history any more.
    pub kept_from: Option<Moment>,
}

/// A day of one market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The provider's sport key.
    pub sport: String,
    /// The league's day.
    pub day: String,
    /// The market key.
    pub market: String,
    /// Games that are known, by anybody.
    pub games: u32,
    /// Those with a quote at least six hours before the start.
    pub with_open: u32,
    /// Those with a quote in the ten minutes before it.
    pub with_close: u32,
    /// Looks at a game of the day before its start, summed over the games.
    pub snapshots: u32,
    /// Games without a closing quote, by reason: `not_offered`, `not_asked`, `failed`, `out_of_credits`.
    pub holes: BTreeMap<&'static str, u32>,
}

/// What was looked at of one listing before its start.
#[derive(Debug, Default)]
struct Looks {
    moments: HashSet<i64>,
    open: HashSet<String>,
    close: HashSet<String>,
}

impl Store {
    /// The calendar of a provider's sport: days with games alone.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn calendar(&self, frame: &Frame<'_>) -> Result<Vec<Day>> {
        let (from, to) = (midnight(frame, frame.from), midnight(frame, frame.to.tomorrow().unwrap_or(frame.to)).plus_secs(-1));
        let own = self.listings_of_sport(frame.provider, frame.sport, from, to)?;
        let others = frame.league.map_or(Ok(Vec::new()), |league| self.timed_listings_of_league(league, from, to))?;
        let games = games(&own, &others);
        let looks = self.looks(&games)?;
        let plans = self.backfill_plans()?;
        let broke = plans.iter().filter_map(|plan| Broke::of(plan, frame)).collect();
        let holes = Holes { answers: self.backfill_answers(frame.provider, frame.sport)?, broke };
        let mut days = BTreeMap::new();
        for (start, listing) in games {
            for market in frame.markets {
                let day = start.day_in(&frame.zone).to_string();
                let entry = days.entry((day.clone(), market.clone())).or_insert_with(|| Day::of(frame.sport, day, market));
                let looks = listing.and_then(|listing| looks.get(&listing.id));
                entry.games += 1;
                entry.snapshots += looks.map_or(0, |looks| u32::try_from(looks.moments.len()).unwrap_or(u32::MAX));
                entry.with_open += u32::from(looks.is_some_and(|looks| looks.open.contains(market)));
                let has_close = looks.is_some_and(|looks| looks.close.contains(market));
                entry.with_close += u32::from(has_close);
                if !has_close {
                    let external = listing.map_or("", |listing| &listing.external_id);
                    *entry.holes.entry(holes.reason(frame, start, market, external)).or_default() += 1;
                }
            }
        }
        Ok(days.into_values().collect())
    }

    fn looks(&self, games: &[(Moment, Option<&ListingRow>)]) -> Result<HashMap<ListingId, Looks>> {
        let starts: HashMap<i64, Moment> = games.iter().filter_map(|(start, row)| Some((row.as_ref()?.id.0, *start))).collect();
        let ids: Vec<i64> = starts.keys().copied().collect();
        self.read(|connection| {
            let mut markets: HashMap<(i64, i64), String> = HashMap::new();
            connection.for_keys("select listing_id, cell, market from @cells where listing_id in $keys", Keys::Ints(&ids), &mut |row| {
                markets.insert((row.int(0)?, row.int(1)?), row.text(2)?.to_owned());
                Ok(())
            })?;
            let mut looks: HashMap<ListingId, Looks> = HashMap::new();
            let mut take = |listing: i64, at: Moment, cover: &Cover| {
                let ahead = starts.get(&listing).map_or(-1.0, |start| start.secs_since(at));
                if ahead <= 0.0 {
                    return;
                }
                let read = cover.cells.iter().filter_map(|cell| markets.get(&(listing, i64::from(cell.cell.0)))).cloned();
                let looks = looks.entry(ListingId(listing)).or_default();
                let read: Vec<String> = read.filter(|market| !market.is_empty()).collect();
                if read.is_empty() {
                    return;
                }
                looks.moments.insert(at.micros());
                if ahead >= OPENING_SECS as f64 {
                    looks.open.extend(read.iter().cloned());
                }
                if ahead <= EXACT_SECS as f64 {
                    looks.close.extend(read);
                }
            };
            let sql = "select listing_id, observed_at, cover from @covers where listing_id in $keys";
            connection.for_keys(sql, Keys::Ints(&ids), &mut |row| {
                let at = Moment::from_micros(row.int(1)?);
                let cover = odds::cover::decode(row.blob(2)?, at).map_err(|error| StoreError::damaged("a cover", error))?;
                take(row.int(0)?, at, &cover);
                Ok(())
            })?;
            Sealed::of_many(connection, &ids)?.each(|listing, _, covers| {
                covers.iter().for_each(|(order, _, cover, _)| take(listing.0, order.at, cover));
                Ok(())
            })?;
            Ok(looks)
        })
    }
}

impl Day {
    fn of(sport: &str, day: String, market: &str) -> Self {
        Self {
            sport: sport.to_owned(),
            day,
            market: market.to_owned(),
            games: 0,
            with_open: 0,
            with_close: 0,
            snapshots: 0,
            holes: BTreeMap::new(),
        }
    }
}

/// Whether a contest of a status is played: what was called off has no line to close.
#[must_use]
pub fn is_played(row: &ListingRow) -> bool {
    row.kind == ListingKind::Contest && !matches!(row.status.as_deref(), Some("postponed" | "cancelled"))
}

/// How far behind its scheduled start a contest really begins, at most, where the provider writes the real start over it.
const LATE_START_SECS: f64 = 1800.0;

/// Each game once, with when it was to start, and the provider's own listing of it where there is one. A provider that writes the real
/// start (of an odd second) over the scheduled one when play begins does not move the game: the whole minute that another lists stands.
#[must_use]
pub fn games<'a>(own: &'a [ListingRow], others: &'a [ListingRow]) -> Vec<(Moment, Option<&'a ListingRow>)> {
    let mut scheduled: HashMap<odds::EventId, Vec<Moment>> = HashMap::new();
    for row in others {
        scheduled.entry(row.event).or_default().extend(row.starts_at.filter(|start| start.secs() % 60 == 0));
    }
    let start_of = |row: &ListingRow, start: Moment| {
        let is_of_it = |held: &&Moment| start.secs() % 60 != 0 && (0.0..LATE_START_SECS).contains(&start.secs_since(**held));
        scheduled.get(&row.event).and_then(|starts| starts.iter().filter(is_of_it).max()).copied().unwrap_or(start)
    };
    let mut met = HashSet::new();
    let mut games = Vec::new();
    for (row, is_own) in own.iter().map(|row| (row, true)).chain(others.iter().map(|row| (row, false))) {
        if let Some(start) = row.starts_at.filter(|_| is_played(row))
            && met.insert(row.event)
        {
            games.push((start_of(row, start), is_own.then_some(row)));
        }
    }
    games
}

struct Holes {
    answers: Vec<AnswerRow>,
    broke: Vec<Broke>,
}

/// The goal of a plan that came to the end of its credits.
#[derive(Debug, serde::Deserialize)]
struct Broke {
    sports: Vec<String>,
    from: String,
    to: String,
    markets: Vec<String>,
}

impl Broke {
    fn of(plan: &PlanRow, frame: &Frame<'_>) -> Option<Self> {
        let is_broke = plan.ended_because.as_deref().is_some_and(|because| because.contains("credits"));
        let goal: Self = serde_json::from_str(&plan.goal).ok()?;
        (is_broke && plan.provider == frame.provider && goal.sports.iter().any(|sport| sport == frame.sport)).then_some(goal)
    }

    /// Whether a day's market was in it; days are compared as they are written.
    fn has(&self, day: &str, market: &str) -> bool {
        *self.from <= *day && *day <= *self.to && self.markets.iter().any(|wanted| wanted == market)
    }
}

impl Holes {
    fn reason(&self, frame: &Frame<'_>, start: Moment, market: &str, listing: &str) -> &'static str {
        let quoted = format!("\"{market}\"");
        let is_of_close = |answer: &&AnswerRow| {
            let (at, is_odds) = (answer.stamp.unwrap_or(answer.asked_for), answer.what.ends_with("odds"));
            let ahead = start.secs_since(at);
            let is_near = ahead > 0.0 && ahead <= EXACT_SECS as f64 || start.secs_since(answer.asked_for) == 1.0;
            is_odds && is_near && (answer.listing.is_empty() || answer.listing == listing) && answer.frame.contains(&quoted)
        };
        let mut reason = None;
        for answer in self.answers.iter().filter(is_of_close) {
            reason = match answer.outcome.as_str() {
                "good" | "gone" => return "not_offered",
                "quota_spent" => Some("out_of_credits"),
                _ => reason.or(Some("failed")),
            };
        }
        let day = start.day_in(&frame.zone).to_string();
        if reason.is_none() && frame.kept_from.is_some_and(|kept| start < kept) {
            return "not_offered";
        }
        reason.unwrap_or(if self.broke.iter().any(|goal| goal.has(&day, market)) { "out_of_credits" } else { "not_asked" })
    }
}

fn midnight(frame: &Frame<'_>, day: jiff::civil::Date) -> Moment {
    day.to_zoned(frame.zone.clone()).map_or(Moment::MIN, |zoned| Moment::from(zoned.timestamp()))
}
