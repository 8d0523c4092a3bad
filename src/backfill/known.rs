//! What the log and the ledgers have already: the games, the days that were listed, and every answer of history. What is known is never
//! asked again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use odds::Moment;
use odds::observation::{BookScope, EVERY_MARKET, Scope};
use providers::{Ask, Provider, What};
use serde::{Deserialize, Serialize};
use store::backfill::AnswerRow;
use store::{Store, calendar};

use super::goal::{Goal, midnight};
use crate::collect::menu;

/// For how long a snapshot stands where nothing says when the next one came.
pub const PERIOD_SECS: i64 = 300;
/// For how long one stands that came otherwise than by back-fill: its books may have been read a little after its own stamp.
const FOREIGN_SECS: i64 = 240;
/// How long after a moment its snapshot is history: asked sooner, an older one comes, is paid for, and keeps the right one from being asked.
const SETTLED_SECS: i64 = 600;
/// How long after its start a game, and after its midnight a day, is over at the latest: what is told of them before may change.
const OVER_SECS: i64 = 6 * 3600;
/// The word for a page that others follow.
pub const PAGE: &str = "page";
/// The word for one call of an ask that takes several.
pub const PART: &str = "part";
/// How often a call is made in all whose reply never came.
const MOST_LOSSES: i64 = 2;
/// How often a plan tries what the provider could not answer just then.
const MOST_TRIES: i64 = 4;

/// What a call was to bring: markets from books, or from regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Frame {
    /// Market keys.
    pub markets: BTreeSet<String>,
    /// Book keys; they beat regions.
    pub books: BTreeSet<String>,
    /// Regions.
    pub regions: BTreeSet<String>,
}

impl Frame {
    /// The frame of an ask.
    #[must_use]
    pub fn of(ask: &Ask) -> Self {
        let set = |words: &[String]| words.iter().cloned().collect();
        let regions = if ask.books.is_empty() { set(&ask.regions) } else { BTreeSet::new() };
        Self { markets: set(&ask.markets), books: set(&ask.books), regions }
    }

    /// As it is kept.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether what came in this frame has all of another in it.
    #[must_use]
    pub fn has(&self, other: &Self) -> bool {
        self.markets.is_superset(&other.markets)
            && if other.books.is_empty() {
                self.books.is_empty() && self.regions.is_superset(&other.regions)
            } else {
                self.books.is_superset(&other.books)
            }
    }
}

/// A game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Game {
    /// The provider's own id of it; `None` where only others list it so far.
    pub listing: Option<String>,
    /// When it starts, as known today.
    pub starts_at: Moment,
}

/// A snapshot that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Snapshot {
    until: Moment,
    frame: Frame,
}

/// What was tried and brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tried {
    outcome: String,
    plan: String,
    attempts: i64,
    losses: i64,
}

/// What is asked: kind, listing, day, moment, frame.
type Subject = (What, String, String, Moment, Frame);

/// What is known of one sport of a provider.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Games by start.
    pub games: Vec<Game>,
    /// Days of which somebody gave a whole list.
    pub listed: BTreeSet<Date>,
    /// The zone of the league's day.
    pub zone: Option<TimeZone>,
    /// Of games that started before it the provider keeps no history any more.
    pub kept_from: Option<Moment>,
    /// What lies after it is no history yet; `None`: all is.
    pub past_until: Option<Moment>,
    snapshots: HashMap<(What, String), BTreeMap<Moment, Vec<Snapshot>>>,
    tried: HashMap<Subject, Tried>,
}

impl Known {
    /// What the store knows of a provider's sport, at a moment.
    ///
    /// # Errors
    /// What the store reports.
    pub fn read(
        store: &Store,
        providers: &crate::decode::Providers,
        provider: &dyn Provider,
        goal: &Goal,
        sport: &str,
        now: Moment,
    ) -> store::Result<Self> {
        let zone = provider.league(sport).map(odds::sport::League::time_zone);
        let past_until = Some(now.plus_secs(-SETTLED_SECS));
        let mut known = Self { zone, kept_from: kept_from(provider, now), past_until, ..Self::default() };
        known.read_games(store, provider, goal, sport)?;
        for answer in store.backfill_answers(provider.key(), sport)? {
            if !known.went_on(store, goal, &answer)? {
                known.note(&answer);
            }
        }
        let (from, to) = known.span(goal);
        for (at, scope) in store.sweeps_of_sport(provider.key(), sport, from.plus_secs(-86_400), to)? {
            if let Ok(scope) = serde_json::from_str::<Scope>(&scope) {
                known.sweep(at, &scope, goal);
            }
        }
        // What others listed day by day counts as well: a day without a game then costs nothing.
        let Some(league) = provider.league(sport) else { return Ok(known) };
        for other in providers.iter().filter(|other| other.key() != provider.key()) {
            let theirs = other.offers().default_sports.iter().filter(|sport| other.league(sport).is_some_and(|of| of.key == league.key));
            for sport in theirs {
                for answer in store.backfill_answers(other.key(), sport)? {
                    known.listed(&answer);
                }
            }
        }
        Ok(known)
    }

    /// Whether a day that is over, or one of the goal's in a season, was not over yet when an answer about it was given: then it is asked
    /// again.
    fn went_on(&self, store: &Store, goal: &Goal, answer: &AnswerRow) -> store::Result<bool> {
        if answer.outcome != "good" || answer.day.is_empty() || answer.asked_for != Moment::from_secs(0) {
            return Ok(false);
        }
        let Some(row) = store.ask_row(answer.ask)? else { return Ok(false) };
        let zone = self.zone();
        let came_early = |day: Date| {
            let ends_at = midnight(day.tomorrow().unwrap_or(day), &zone);
            ends_at.plus_secs(OVER_SECS) > row.sent_at && self.is_over(ends_at)
        };
        let is_of_season = |day: &Date| menu::season(midnight(*day, &TimeZone::UTC)) == answer.day;
        Ok(match answer.day.parse::<Date>() {
            Ok(day) => came_early(day),
            Err(_) => goal.days().filter(is_of_season).any(came_early),
        })
    }

    /// Whether the provider keeps no history of a game any more.
    #[must_use]
    pub fn is_gone(&self, game: &Game) -> bool {
        self.kept_from.is_some_and(|kept| game.starts_at < kept)
    }

    /// Whether the snapshot of a moment is history already.
    #[must_use]
    pub fn is_past(&self, at: Moment) -> bool {
        self.past_until.is_none_or(|until| at <= until)
    }

    /// Whether what began at a moment (a game), or ended at one (a day), will not change any more.
    #[must_use]
    pub fn is_over(&self, at: Moment) -> bool {
        self.is_past(at.plus_secs(OVER_SECS))
    }

    /// Reads the games again: a reply may have told of some.
    ///
    /// # Errors
    /// What the store reports.
    pub fn read_games(&mut self, store: &Store, provider: &dyn Provider, goal: &Goal, sport: &str) -> store::Result<()> {
        let (from, to) = self.span(goal);
        let own = store.listings_of_sport(provider.key(), sport, from, to.plus_secs(-1))?;
        let league = provider.league(sport);
        let others = league.map_or(Ok(Vec::new()), |league| store.timed_listings_of_league(league.key, from, to.plus_secs(-1)))?;
        let games = calendar::games(&own, &others).into_iter();
        self.games = games.map(|(starts_at, row)| Game { listing: row.map(|row| row.external_id.clone()), starts_at }).collect();
        self.games.sort_by(|a, b| (a.starts_at, &a.listing).cmp(&(b.starts_at, &b.listing)));
        Ok(())
    }

    fn span(&self, goal: &Goal) -> (Moment, Moment) {
        let zone = self.zone();
        (midnight(goal.from, &zone), midnight(goal.to.tomorrow().unwrap_or(goal.to), &zone))
    }

    /// The zone of its day: UTC where the league is not known.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    /// Takes in what a call came to.
    pub fn note(&mut self, answer: &AnswerRow) {
        self.listed(answer);
        let Ok(what) = serde_json::from_value::<What>(answer.what.as_str().into()) else { return };
        let frame: Frame = serde_json::from_str(&answer.frame).unwrap_or_default();
        if let (Some(stamp), true) = (answer.stamp, answer.outcome == "good") {
            let until = answer.next_stamp.filter(|next| *next > stamp).unwrap_or_else(|| stamp.plus_secs(PERIOD_SECS));
            // The moment that was asked about is answered, however far back the snapshot lies.
            let until = until.max(answer.asked_for.plus_micros(1));
            let of_subject = self.snapshots.entry((what, answer.listing.clone())).or_default();
            of_subject.entry(stamp).or_default().push(Snapshot { until, frame: frame.clone() });
        }
        let subject = (what, answer.listing.clone(), answer.day.clone(), answer.asked_for, frame);
        let (outcome, plan) = (answer.outcome.clone(), answer.plan.clone());
        let tried =
            self.tried.entry(subject).or_insert_with(|| Tried { outcome: String::new(), plan: plan.clone(), attempts: 0, losses: 0 });
        let is_same = tried.plan == plan;
        tried.attempts = if is_same { tried.attempts + answer.attempts } else { answer.attempts };
        tried.losses += answer.losses;
        (tried.outcome, tried.plan) = (outcome, plan);
    }

    fn listed(&mut self, answer: &AnswerRow) {
        let is_list = ["scores", "events", "historical_events"].contains(&answer.what.as_str()) && answer.outcome == "good";
        if let (true, Ok(day)) = (is_list, answer.day.parse()) {
            self.listed.insert(day);
        }
    }

    /// Takes in a snapshot of the whole sport that came otherwise.
    fn sweep(&mut self, at: Moment, scope: &Scope, goal: &Goal) {
        let Some(markets) = &scope.markets else { return };
        let is_every = markets.iter().any(|market| market == EVERY_MARKET);
        let markets: BTreeSet<String> = if is_every { goal.markets.iter().cloned().collect() } else { markets.iter().cloned().collect() };
        let books: BTreeSet<String> = match &scope.books {
            BookScope::Listed(books) => books.iter().cloned().collect(),
            BookScope::All => goal.books.iter().cloned().collect(),
            BookScope::Unknown => return,
        };
        let frame = Frame { markets, books, regions: BTreeSet::new() };
        let of_sport = self.snapshots.entry((What::HistoricalOdds, String::new())).or_default();
        of_sport.entry(at).or_default().push(Snapshot { until: at.plus_secs(FOREIGN_SECS), frame });
    }

    /// Until when a snapshot that is there answers for a moment; `None` where none does.
    #[must_use]
    pub fn answered_until(&self, what: What, listing: &str, frame: &Frame, at: Moment) -> Option<Moment> {
        let of_subject = self.snapshots.get(&(what, listing.to_owned()))?;
        // A snapshot answers for minutes, or where the provider has a gap, until its next stamp: the ones before it are soon too old.
        let before = of_subject.range(..=at).rev().take(16).flat_map(|(_, snapshots)| snapshots);
        before.filter(|snapshot| snapshot.until > at && snapshot.frame.has(frame)).map(|snapshot| snapshot.until).max()
    }

    /// Whether a plan may ask this: it was not answered, and not tried as often as it will be.
    #[must_use]
    pub fn may_ask(&self, ask: &Ask, plan: &str) -> bool {
        let Some(tried) = self.tried.get(&subject(ask)) else { return true };
        let is_ours = tried.plan == plan;
        match tried.outcome.as_str() {
            "good" | "gone" => false,
            _ if tried.losses >= MOST_LOSSES => false,
            "refused" | "changed_shape" | "too_long" => !is_ours,
            "quota_spent" | "key_refused" | "unreachable" | PAGE => true,
            _ => !is_ours || tried.attempts < MOST_TRIES,
        }
    }

    /// Whether this was asked before without a good answer.
    #[must_use]
    pub fn is_retry(&self, ask: &Ask) -> bool {
        self.tried.contains_key(&subject(ask))
    }

    /// Whether this was asked before and no reply came: the provider may have been paid for it.
    #[must_use]
    pub fn was_lost(&self, ask: &Ask) -> bool {
        self.tried.get(&subject(ask)).is_some_and(|tried| tried.losses > 0 && tried.outcome != "good")
    }

    /// Whether this was answered.
    #[must_use]
    pub fn is_answered(&self, ask: &Ask) -> bool {
        self.tried.get(&subject(ask)).is_some_and(|tried| tried.outcome == "good")
    }
}

/// Since when a provider keeps history, at a moment; `None` where nothing says that it ends.
#[must_use]
pub fn kept_from(provider: &dyn Provider, now: Moment) -> Option<Moment> {
    provider.keeps_history_days().map(|days| now.plus_secs(-86_400 * days))
}

fn subject(ask: &Ask) -> Subject {
    (ask.what, ask.listing.clone().unwrap_or_default(), ask.day.clone().unwrap_or_default(), asked_for(ask), Frame::of(ask))
}

/// The moment that an ask is about, in whole seconds as it travels; 0 where a day or a listing says all.
#[must_use]
pub fn asked_for(ask: &Ask) -> Moment {
    Moment::from_secs(ask.at.map_or(0, Moment::secs))
}
