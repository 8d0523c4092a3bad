//! The planner against a fixed loop: seasons that were really played, the very function that decides live, and a hand-turned clock.
//!
//! *Staleness* of a game at a moment is the time since the last pull that spoke of its featured markets, or of its props. It counts as a
//! day at most: so old is a game that nobody looked at in the last day, or ever. The figure is its mean over every second of the six
//! hours before every start.
//!
//! The fixed loop spends, in each month and on each of the two, what the planner spent on it, in rounds stretched evenly over the
//! month, for the same asks at the same price: of featured markets for every sport with a game in the next week, of props for every
//! game that starts within a day. A league that is not playing costs it nothing.

use odds::Moment;
use providers::{Provider, What};
use rustc_hash::FxHashMap;

use super::asked::{Asked, Outcome};
use super::backoff::Health;
use super::budget::{Ceilings, Purse, next_month};
use super::cadence::{CLOSING_SECS, PROPS_SECS};
use super::decide::{View, decide_one};
use super::known::{Covered, Game, Menu, Props, Slate, Targets};
use super::purpose::Purpose;

/// The time before a start over which staleness is measured.
pub const LAST_SECS: i64 = 21_600;
/// What nobody looked at counts as this old.
pub const OLDEST_SECS: i64 = 86_400;
/// How far ahead of a start the fixed loop is charged for a league: a week, for so long at least books have prices.
const LISTED_SECS: i64 = 7 * 86_400;
const DAY: i64 = 86_400;

/// A sport and the starts of its games, in order.
#[derive(Debug, Clone)]
pub struct Season {
    /// The provider's sport key.
    pub sport: String,
    /// What is asked of it.
    pub menu: Menu,
    /// When its games start.
    pub starts: Vec<Moment>,
}

/// What is played.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// Whose prices are paid.
    pub provider: &'a dyn Provider,
    /// What keyless sources give, so that it is not paid for.
    pub covered: &'a Covered,
    /// The sports.
    pub seasons: &'a [Season],
    /// From when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// Credits of each month.
    pub per_month: i64,
    /// For how many days ahead games are known.
    pub known_days: i64,
}

/// Mean staleness in the last six hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Staleness {
    /// As planned, in seconds.
    pub planned_secs: f64,
    /// In the fixed loop, in seconds.
    pub fixed_secs: f64,
    /// Credits that the planner spent on it.
    pub planned_credits: i64,
    /// Credits that the fixed loop spent on it.
    pub fixed_credits: i64,
    /// Games without a pull in the five minutes before their start, as planned.
    pub without_closing: usize,
}

impl Staleness {
    /// The planner's figure beside the fixed loop's.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.planned_secs / self.fixed_secs
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Played {
    /// Games whose last six hours were played.
    pub games: usize,
    /// The most that was spent in a month.
    pub most_in_a_month: i64,
    /// Featured markets.
    pub odds: Staleness,
    /// Props.
    pub props: Staleness,
}

/// Plays both. The same input gives the same figures.
#[must_use]
pub fn play(trial: &Trial<'_>) -> Played {
    let mut planned = Pulls::default();
    planned.plan(trial);
    let fixed = Pulls::in_rounds(trial, &planned);
    let (odds, props) = (planned.beside(&fixed, trial, What::Odds), planned.beside(&fixed, trial, What::EventOdds));
    let most_in_a_month = planned.spent.values().map(|month| month.total).max().unwrap_or_default();
    Played { games: games(trial).count(), most_in_a_month, odds, props }
}

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    odds: i64,
    props: i64,
    total: i64,
}

/// Moments of pulls in seconds, in order: of sports, and of games by sport and number.
#[derive(Default)]
struct Pulls {
    odds: FxHashMap<String, Vec<i64>>,
    props: FxHashMap<String, Vec<i64>>,
    /// By the end of the month.
    spent: FxHashMap<Moment, Spent>,
}

fn listing(season: &Season, number: usize) -> String {
    format!("{}-{number}", season.sport)
}

/// The games whose last six hours lie in the time that is played, with their names.
fn games<'a>(trial: &Trial<'a>) -> impl Iterator<Item = (&'a Season, String, i64)> {
    let (from, until) = (trial.from.plus_secs(LAST_SECS), trial.until);
    trial.seasons.iter().flat_map(move |season| {
        let numbered = season.starts.iter().enumerate().filter(move |(_, start)| **start >= from && **start < until);
        numbered.map(move |(number, start)| (season, listing(season, number), start.secs()))
    })
}

/// A sport as it is known on a day.
fn slate(trial: &Trial<'_>, season: &Season, day: Moment) -> Slate {
    let (begun, horizon) = (day.plus_secs(-DAY), day.plus_secs(trial.known_days * DAY));
    let known = season.starts.iter().enumerate().filter(|(_, start)| **start > begun && **start < horizon);
    let game = |(number, start): (usize, &Moment)| Game {
        props: Some(season.menu.prop_markets.clone()),
        ..Game::coming(listing(season, number), *start)
    };
    Slate::prepare(trial.provider, &season.menu, &season.sport, known.map(game).collect()).complete_until(horizon)
}

impl Pulls {
    fn plan(&mut self, trial: &Trial<'_>) {
        let ceilings = Ceilings { per_month: Some(trial.per_month), ..Ceilings::default() };
        let (mut asked, mut purse, mut now) = (Asked::default(), Purse::fresh(ceilings, trial.from), trial.from);
        while now < trial.until {
            let tomorrow = now.plus_secs(DAY - now.secs().rem_euclid(DAY)).min(trial.until);
            let slates: Vec<Slate> = trial.seasons.iter().map(|season| slate(trial, season, now)).collect();
            while now < tomorrow {
                let (health, covered, with_holds) = (Health::Well, trial.covered, false);
                let view = View { provider: trial.provider, slates: &slates, asked: &asked, purse: &purse, health, covered, with_holds };
                let decision = decide_one(now, &view, Targets::default(), 1);
                for due in decision.due {
                    purse.reserve_for(now, Purpose::of(due.ask.what), due.predicted_credits);
                    asked.note(&due.ask, now, Outcome::Good, None);
                    self.note(now, due.ask.what, due.ask.listing.as_deref().unwrap_or(&due.ask.sport), due.predicted_credits);
                }
                now = decision.wake_at.max(now.plus_secs(1)).min(tomorrow);
            }
        }
    }

    fn note(&mut self, at: Moment, what: What, about: &str, credits: i64) {
        let spent = self.spent.entry(next_month(at)).or_default();
        spent.total += credits;
        let (rows, sum) = match what {
            What::Odds => (&mut self.odds, &mut spent.odds),
            What::EventOdds => (&mut self.props, &mut spent.props),
            _ => return,
        };
        *sum += credits;
        rows.entry(about.to_owned()).or_default().push(at.secs());
    }

    /// The fixed loop, for the same credits month by month.
    fn in_rounds(trial: &Trial<'_>, planned: &Self) -> Self {
        let mut fixed = Self::default();
        let mut from = trial.from;
        while from < trial.until {
            let until = next_month(from).min(trial.until);
            let spent = planned.spent.get(&next_month(from)).copied().unwrap_or_default();
            let (odds, props) = (wants_odds(trial, from, until), wants_props(trial, from, until));
            fixed.go_round(What::Odds, &odds, (from, until), spent.odds);
            fixed.go_round(What::EventOdds, &props, (from, until), spent.props);
            from = until;
        }
        fixed
    }

    fn go_round(&mut self, what: What, wants: &[Want], (from, until): (Moment, Moment), credits: i64) {
        let wanted: i64 = wants.iter().map(|want| want.credits * (want.until - want.from)).sum();
        if credits <= 0 || wanted <= 0 {
            return;
        }
        let gap = wanted as f64 / credits as f64;
        let rounds = ((until.secs() - from.secs()) as f64 / gap) as i64;
        for want in wants {
            let at = |round: i64| from.secs() + (round as f64 * gap) as i64;
            let first = (((want.from - from.secs()) as f64 / gap).ceil() as i64).max(0);
            for at in (first..=rounds).map(at).take_while(|at| *at < want.until) {
                self.note(Moment::from_secs(at), what, &want.about, want.credits);
            }
        }
    }

    fn beside(&self, fixed: &Self, trial: &Trial<'_>, what: What) -> Staleness {
        let none = Vec::new();
        let of = |pulls: &Self, season: &Season, listing: &str, start: i64| {
            let row = match what {
                What::Odds => pulls.odds.get(&season.sport),
                _ => pulls.props.get(listing),
            };
            let row = row.unwrap_or(&none);
            let has_closing = row.partition_point(|at| *at < start) > row.partition_point(|at| *at < start - CLOSING_SECS);
            (staleness(row, start - LAST_SECS, start), has_closing)
        };
        let (mut planned_secs, mut fixed_secs, mut secs, mut without_closing) = (0.0, 0.0, 0.0, 0);
        for (season, listing, start) in games(trial).filter(|(season, ..)| what == What::Odds || !season.menu.prop_markets.is_empty()) {
            let (planned, has_closing) = of(self, season, &listing, start);
            planned_secs += planned;
            fixed_secs += of(fixed, season, &listing, start).0;
            secs += LAST_SECS as f64;
            without_closing += usize::from(!has_closing);
        }
        let credits = |pulls: &Self| pulls.spent.values().map(|month| if what == What::Odds { month.odds } else { month.props }).sum();
        Staleness {
            planned_secs: planned_secs / secs,
            fixed_secs: fixed_secs / secs,
            planned_credits: credits(self),
            fixed_credits: credits(fixed),
            without_closing,
        }
    }
}

/// What a round asks for while it lasts.
struct Want {
    about: String,
    credits: i64,
    from: i64,
    until: i64,
}

/// Featured markets of sports, while a game starts within a week.
fn wants_odds(trial: &Trial<'_>, from: Moment, until: Moment) -> Vec<Want> {
    let mut wants: Vec<Want> = Vec::new();
    for season in trial.seasons {
        let credits = slate(trial, season, from).odds.map_or(0, |odds| odds.credits);
        for start in &season.starts {
            let (begins, ends) = (start.plus_secs(-LISTED_SECS).max(from).secs(), (*start).min(until).secs());
            match wants.last_mut().filter(|last| last.about == season.sport && begins <= last.until) {
                Some(last) => last.until = last.until.max(ends),
                None if begins < ends => wants.push(Want { about: season.sport.clone(), credits, from: begins, until: ends }),
                None => {}
            }
        }
    }
    wants
}

/// Props of games that start within a day.
fn wants_props(trial: &Trial<'_>, from: Moment, until: Moment) -> Vec<Want> {
    let mut wants = Vec::new();
    for season in trial.seasons {
        let near = |(_, start): &(usize, &Moment)| start.plus_secs(-PROPS_SECS) < until && **start > from;
        for (number, start) in season.starts.iter().enumerate().filter(near) {
            let game = Game { props: Some(season.menu.prop_markets.clone()), ..Game::coming(listing(season, number), *start) };
            let priced = Slate::prepare(trial.provider, &season.menu, &season.sport, vec![game]);
            let credits =
                priced.games.first().map_or(0, |listed| if listed.props == Props::Nothing { 0 } else { listed.props.full_credits() });
            let (begins, ends) = (start.plus_secs(-PROPS_SECS).max(from).secs(), (*start).min(until).secs());
            wants.push(Want { about: listing(season, number), credits, from: begins, until: ends });
        }
    }
    wants
}

/// The sum of a game's staleness over a span, in seconds times seconds, by the moments at which it was looked at.
fn staleness(pulls: &[i64], from: i64, until: i64) -> f64 {
    let begun = pulls.partition_point(|at| *at <= from);
    let (mut seen, mut at, mut sum) = (begun.checked_sub(1).map(|last| pulls[last]), from, 0.0);
    for pull in pulls[begun..].iter().copied().take_while(|pull| *pull < until) {
        sum += stretch(seen, at, pull);
        (seen, at) = (Some(pull), pull);
    }
    sum + stretch(seen, at, until)
}

/// The same without a look in between.
fn stretch(seen: Option<i64>, from: i64, until: i64) -> f64 {
    let age = |at: i64| seen.map_or(OLDEST_SECS, |seen| (at - seen).min(OLDEST_SECS)) as f64;
    let full = seen.map_or(from, |seen| (seen + OLDEST_SECS).clamp(from, until));
    (age(from) + age(full)) / 2.0 * (full - from) as f64 + OLDEST_SECS as f64 * (until - full) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staleness_grows_from_look_to_look_and_is_a_day_at_most() {
        assert_eq!(staleness(&[0], 0, 100), 5000.0);
        assert_eq!(staleness(&[0, 50], 0, 100), 2.0 * 1250.0);
        assert_eq!(staleness(&[], 0, 10), 10.0 * OLDEST_SECS as f64);
        assert_eq!(staleness(&[-OLDEST_SECS], 0, 10), 10.0 * OLDEST_SECS as f64);
        assert_eq!(staleness(&[5 - OLDEST_SECS], 0, 10), (OLDEST_SECS as f64 - 2.5) * 5.0 + 5.0 * OLDEST_SECS as f64);
        assert_eq!(staleness(&[10], 0, 10), 10.0 * OLDEST_SECS as f64, "a look at the start comes too late");
    }
}
