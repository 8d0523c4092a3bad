//! What the scheduler knows of the world: the games of each sport of a provider, priced and in the order of their starts.

use std::collections::BTreeSet;

use odds::Moment;
use odds::observation::EventStatus;
use odds::sport::League;
use providers::{Ask, Auth, Provider, What};

use super::cadence::Timeline;
use super::weights::Weights;

/// The most listings of a sport that are asked about at once: a week of the busiest leagues.
const MOST_LISTINGS: usize = 100;

/// How often things are wanted, in seconds, where nothing stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// Featured odds.
    pub odds_secs: i64,
    /// Player props.
    pub props_secs: i64,
    /// Injury lists.
    pub injuries_secs: i64,
    /// Scores, while games are on.
    pub scores_secs: i64,
    /// Listings of a sport.
    pub events_secs: i64,
    /// Catalogues, and files of a whole season.
    pub catalogue_secs: i64,
}

impl Default for Targets {
    fn default() -> Self {
        Self { odds_secs: 300, props_secs: 600, injuries_secs: 3600, scores_secs: 300, events_secs: 3600, catalogue_secs: 86_400 }
    }
}

/// A game as one provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Game {
    /// The provider's id of it.
    pub listing: String,
    /// When it starts, by the newest word.
    pub starts_at: Moment,
    /// Where it stands.
    pub status: EventStatus,
    /// Whether the provider quotes it, or may: `false` where it was looked at and no book was there.
    pub is_covered: bool,
    /// Prop markets that were seen to be offered at it; `None` where nobody has looked yet.
    pub props: Option<Vec<String>>,
}

impl Game {
    /// A game that is to come, of which nothing else is known.
    #[must_use]
    pub fn coming(listing: impl Into<String>, starts_at: Moment) -> Self {
        Self { listing: listing.into(), starts_at, status: EventStatus::Scheduled, is_covered: true, props: None }
    }

    fn is_playable(&self) -> bool {
        !self.status.is_over() && self.status != EventStatus::Postponed
    }

    /// Whether it is being played, as far as can be told at a moment.
    #[must_use]
    pub fn is_on(&self, at: Moment) -> bool {
        let has_time = at < self.starts_at.plus_secs(super::cadence::LIVE_SECS + 2 * 3600);
        match self.status {
            EventStatus::Live | EventStatus::Suspended => has_time || self.starts_at > at,
            EventStatus::Scheduled | EventStatus::Delayed => self.starts_at <= at && has_time,
            EventStatus::Postponed | EventStatus::Cancelled | EventStatus::Final => false,
        }
    }
}

/// What the operator wants asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Menu {
    /// Featured markets.
    pub markets: Vec<String>,
    /// Prop markets, the main ones first. A market of another sport may stand here: only what was seen is asked.
    pub prop_markets: Vec<String>,
    /// How many of a game's prop markets, from the front of the list, are its main ones.
    pub main_props: usize,
    /// Books; where given, they beat regions.
    pub books: Vec<String>,
    /// The provider's regions.
    pub regions: Vec<String>,
}

impl Menu {
    fn ask(&self, what: What, sport: &str, listing: Option<&str>, markets: Vec<String>) -> Ask {
        let (books, regions) = (self.books.clone(), self.regions.clone());
        Ask { listing: listing.map(str::to_owned), markets, books, regions, ..Ask::of(what, sport) }
    }
}

/// What others give, so that no credit is paid for it: kinds of ask by league.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covered {
    keyless: BTreeSet<(What, &'static str)>,
    first: BTreeSet<(What, &'static str)>,
}

impl Covered {
    /// Adds what a provider gives of these sports (its own keys), where it is keyless.
    pub fn add(&mut self, provider: &dyn Provider, sports: &[&str]) {
        let offers = provider.offers();
        if offers.auth != Auth::Keyless || offers.is_metered {
            return;
        }
        // Who tells no scores lists what is traded there, and not what is played.
        let is_given = |what: &&What| **what != What::Events || offers.asks.contains(&What::Scores);
        let leagues = sports.iter().filter_map(|sport| provider.league(sport));
        self.keyless.extend(leagues.flat_map(|league| offers.asks.iter().filter(is_given).map(|what| (*what, league.key))));
    }

    /// Whether a keyless source gives this of the league.
    #[must_use]
    pub fn has(&self, what: What, league: Option<&League>) -> bool {
        league.is_some_and(|league| self.keyless.contains(&(what, league.key)))
    }

    /// Adds what a source of a better rank gives just now.
    pub fn add_first(&mut self, what: What, league: &'static str) {
        self.first.insert((what, league));
    }

    /// Whether a source of a better rank gives this of the league just now.
    #[must_use]
    pub fn has_first(&self, what: What, league: Option<&League>) -> bool {
        league.is_some_and(|league| self.first.contains(&(what, league.key)))
    }
}

/// An ask with the most it can cost, as the provider prices it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The ask.
    pub ask: Ask,
    /// The most credits that its calls can cost.
    pub credits: i64,
}

impl Priced {
    /// Prices an ask; `None` where the provider makes no call of it.
    #[must_use]
    pub fn of(provider: &dyn Provider, ask: Ask) -> Option<Self> {
        let calls = provider.requests(&ask);
        (!calls.is_empty()).then(|| Self { ask, credits: calls.iter().map(|call| i64::from(call.credits)).sum() })
    }
}

/// What can be asked of a game's props.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Props {
    /// Nothing: not offered by the provider, not on the menu, or looked for and not there.
    Nothing,
    /// Which markets there are must be looked up first; `then` is the most that the main ones can cost.
    Look {
        /// The look.
        look: Priced,
        /// The most that a pull of the main markets can cost afterwards.
        then: i64,
    },
    /// Markets that were seen.
    Known {
        /// The main ones.
        main: Priced,
        /// All on the menu.
        full: Priced,
    },
}

impl Props {
    /// What must be set aside for one pull of the main markets.
    #[must_use]
    pub fn closing_credits(&self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Look { look, then } => look.credits + then,
            Self::Known { main, .. } => main.credits,
        }
    }

    /// What a pull of everything costs.
    #[must_use]
    pub fn full_credits(&self) -> i64 {
        match self {
            Self::Known { full, .. } => full.credits,
            other => other.closing_credits(),
        }
    }
}

/// A game with its props priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The game.
    pub game: Game,
    /// What can be asked of its props.
    pub props: Props,
}

/// How a provider's lists of a sport are asked for, found out from the calls that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lists {
    /// Featured odds are asked day by day.
    pub odds_by_day: bool,
    /// Listings are asked day by day.
    pub events_by_day: bool,
    /// Scores are asked day by day.
    pub scores_by_day: bool,
    /// Injuries are asked day by day.
    pub injuries_by_day: bool,
    /// The call for odds is the one for listings, too.
    pub odds_tell_events: bool,
    /// The call for odds is the one for scores, too.
    pub odds_tell_scores: bool,
    /// The call for scores is the one for listings, too.
    pub scores_tell_events: bool,
}

impl Lists {
    fn of(provider: &dyn Provider, sport: &str) -> Self {
        let calls = |what: What, day: Option<&str>| match provider.offers().asks.contains(&what) {
            true => provider.requests(&Ask { day: day.map(str::to_owned), ..Ask::of(what, sport) }),
            false => Vec::new(),
        };
        let requests = |what, day| calls(what, day).into_iter().map(|call| call.request).collect::<Vec<_>>();
        let day = Some("2026-01-02");
        let is_by_day = |what| !requests(what, day).is_empty() && requests(what, None) != requests(what, day);
        let tells = |what, other| !requests(what, day).is_empty() && requests(what, day) == requests(other, day);
        Self {
            odds_by_day: is_by_day(What::Odds),
            events_by_day: is_by_day(What::Events),
            scores_by_day: is_by_day(What::Scores),
            injuries_by_day: is_by_day(What::Injuries),
            odds_tell_events: tells(What::Odds, What::Events),
            odds_tell_scores: tells(What::Odds, What::Scores),
            scores_tell_events: tells(What::Scores, What::Events),
        }
    }
}

/// The games of one sport of one provider, in the order of their starts, with what asking costs. Prepared anew when the games change;
/// deciding only reads it.
#[derive(Debug, Clone)]
pub struct Slate {
    /// The provider's sport key.
    pub sport: String,
    /// Our league of it.
    pub league: Option<&'static League>,
    /// The moment up to which the listings are believed to be complete: beyond it, games are estimated from those before.
    pub known_until: Option<Moment>,
    /// The season that is being played, in the provider's word, for whole-season files.
    pub season: Option<String>,
    /// The featured pull.
    pub odds: Option<Priced>,
    /// How its lists are asked for.
    pub lists: Lists,
    /// Games that are not over, by start.
    pub games: Vec<Listed>,
    /// Games that are over, by the provider's ids.
    pub finished: Vec<String>,
    /// Teams whose rosters are asked for, by the provider's keys.
    pub teams: Vec<String>,
    /// When which of them are near.
    pub timeline: Timeline,
    /// What looks at it are worth beside those at others.
    pub weights: Weights,
    /// Sums of what props cost over the first `n` games: the main markets, and all.
    pub(super) props_before: Vec<[i64; 2]>,
}

impl Slate {
    /// Prepares a sport: prices its asks, leaves out games that are over or postponed, orders the rest.
    #[must_use]
    pub fn prepare(provider: &dyn Provider, menu: &Menu, sport: &str, games: Vec<Game>) -> Self {
        let offered = |what: What| provider.offers().asks.contains(&what);
        let seen: BTreeSet<String> = games.iter().flat_map(|game| game.props.iter().flatten().cloned()).collect();
        let finished = games.iter().filter(|game| game.status == EventStatus::Final).map(|game| game.listing.clone()).collect();
        let mut games: Vec<Game> = games.into_iter().filter(Game::is_playable).collect();
        games.sort_by(|a, b| (a.starts_at, &a.listing).cmp(&(b.starts_at, &b.listing)));
        let games: Vec<Listed> =
            games.into_iter().map(|game| Listed { props: props_of(provider, menu, sport, &game, &seen), game }).collect();
        let listings = listings(provider, games.iter().map(|listed| &listed.game));
        let odds = offered(What::Odds).then(|| Ask { listings, ..menu.ask(What::Odds, sport, None, menu.markets.clone()) });
        let known_until = games.last().map(|last| last.game.starts_at);
        let mut props_before = vec![[0, 0]];
        for listed in &games {
            let [main, full] = props_before[props_before.len() - 1];
            props_before.push([main + listed.props.closing_credits(), full + listed.props.full_credits()]);
        }
        Self {
            sport: sport.to_owned(),
            league: provider.league(sport),
            known_until,
            season: None,
            odds: odds.and_then(|ask| Priced::of(provider, ask)),
            lists: Lists::of(provider, sport),
            timeline: Timeline::of(games.iter().map(|listed| listed.game.starts_at)),
            games,
            finished,
            weights: Weights::EVEN,
            teams: Vec::new(),
            props_before,
        }
    }

    /// The same, with the teams whose rosters are wanted.
    #[must_use]
    pub fn with_teams(mut self, teams: Vec<String>) -> Self {
        self.teams = teams;
        self
    }

    /// The same, with the listings known to be complete up to a moment (where that is later than the last game).
    #[must_use]
    pub fn complete_until(mut self, until: Moment) -> Self {
        self.known_until = Some(until);
        self
    }

    /// The same, with the season that is being played.
    #[must_use]
    pub fn in_season(mut self, season: impl Into<String>) -> Self {
        self.season = Some(season.into());
        self
    }

    /// The same, its looks being worth so much beside those of others.
    #[must_use]
    pub fn weighted(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// The ask for every market of all its games.
    #[must_use]
    pub fn ask_of_everything(&self, books: &[String]) -> Ask {
        let listings = self.games.iter().take(MOST_LISTINGS).map(|listed| listed.game.listing.clone()).collect();
        Ask { listings, books: books.to_vec(), ..Ask::of(What::EventOdds, &*self.sport) }
    }

    /// The index of the first game that starts after a moment.
    #[must_use]
    pub fn first_after(&self, at: Moment) -> usize {
        self.games.partition_point(|listed| listed.game.starts_at <= at)
    }
}

/// The listings that one ask names, of a provider that is asked listing by listing: the nearest come first.
fn listings<'g>(provider: &dyn Provider, games: impl Iterator<Item = &'g Game>) -> Vec<String> {
    if !provider.is_asked_by_listing() {
        return Vec::new();
    }
    games.take(MOST_LISTINGS).map(|game| game.listing.clone()).collect()
}

fn props_of(provider: &dyn Provider, menu: &Menu, sport: &str, game: &Game, seen: &BTreeSet<String>) -> Props {
    let offers = provider.offers();
    if !offers.asks.contains(&What::EventOdds) || menu.prop_markets.is_empty() || !game.is_covered {
        return Props::Nothing;
    }
    let price = |what, markets| Priced::of(provider, menu.ask(what, sport, Some(&game.listing), markets));
    let wanted = |known: &dyn Fn(&String) -> bool| -> Vec<String> { menu.prop_markets.iter().filter(|key| known(key)).cloned().collect() };
    let has_look = offers.asks.contains(&What::EventMarkets);
    let full = match &game.props {
        Some(own) => wanted(&|key| own.contains(key)),
        None if !seen.is_empty() => wanted(&|key| seen.contains(key)),
        None if !has_look => wanted(&|_| true),
        None => {
            let then = price(What::EventOdds, first(&menu.prop_markets, menu.main_props)).map_or(0, |priced| priced.credits);
            return price(What::EventMarkets, Vec::new()).map_or(Props::Nothing, |look| Props::Look { look, then });
        }
    };
    if full.is_empty() {
        return Props::Nothing;
    }
    match (price(What::EventOdds, first(&full, menu.main_props)), price(What::EventOdds, full)) {
        (Some(main), Some(full)) => Props::Known { main, full },
        _ => Props::Nothing,
    }
}

fn first(markets: &[String], most: usize) -> Vec<String> {
    markets.iter().take(most.max(1)).cloned().collect()
}
