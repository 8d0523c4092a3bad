//! What is wanted of each provider: which of its sports, which markets, which games are known; out of settings and the store.

use std::collections::{BTreeMap, BTreeSet};

use odds::Moment;
use odds::observation::{CatalogueKind, EventStatus, ListingKind};
use providers::{Ask, Auth, Provider, What};
use store::weights::{Demand, MarketSpeed};
use store::{ListingRow, Store};

use crate::decode::Providers;
use crate::schedule::cadence::PHASES;
use crate::schedule::weights::{Kind, Learnt, Speed, weigh};
use crate::schedule::{Covered, Game, Menu, Slate, Targets};
use crate::settings::{AskSettings, Cadence, did_you_mean};

/// Stands for the main prop markets of each sport.
const MAIN: &str = "main";
/// How far back games are looked at: one that began long ago may still be on.
const BACK_SECS: i64 = 24 * 3600;
/// Teams of a league whose rosters are asked for, at most: of a league with more (a college division) none is, for each is a call.
const MOST_TEAMS: usize = 64;
/// How far ahead games are looked at.
const AHEAD_SECS: i64 = 60 * 86_400;

/// The main prop markets, by the first word of The Odds API's sport keys, or by the sport of those who write `sport/league`: who brings
/// all markets of a game in one call is asked for all where any is wanted.
const MAIN_PROPS: &[(&str, &[&str])] = &[
    ("americanfootball", FOOTBALL),
    ("football", FOOTBALL),
    ("basketball", &["player_points", "player_rebounds", "player_assists", "player_threes"]),
    ("baseball", &["batter_hits", "batter_total_bases", "batter_home_runs", "pitcher_strikeouts"]),
    ("icehockey", HOCKEY),
    ("hockey", HOCKEY),
    ("soccer", &["player_goal_scorer_anytime", "player_shots_on_target"]),
    ("aussierules", AUSSIE_RULES),
    ("aussie_rules", AUSSIE_RULES),
    ("rugbyleague", &["player_try_scorer_anytime"]),
    ("rugby_league", &["player_try_scorer_anytime"]),
];
const FOOTBALL: &[&str] = &["player_pass_yds", "player_rush_yds", "player_reception_yds", "player_anytime_td"];
const HOCKEY: &[&str] = &["player_points", "player_shots_on_goal", "player_goal_scorer_anytime", "player_total_saves"];
const AUSSIE_RULES: &[&str] = &["player_disposals", "player_goal_scorer_anytime"];

/// What the operator wants of a sport.
#[must_use]
pub fn menu(ask: &AskSettings, sport: &str) -> Menu {
    // `football/nfl` has its sport in front of the stroke, `americanfootball_nfl` the first word.
    let family = sport.split_once('/').map_or_else(|| sport.split('_').next().unwrap_or_default(), |(family, _)| family);
    let main = MAIN_PROPS.iter().find(|(of, _)| *of == family).map_or(&[][..], |(_, markets)| markets);
    let mut prop_markets: Vec<String> = Vec::new();
    for word in &ask.prop_markets {
        let words: Vec<&str> = if word == MAIN { main.to_vec() } else { vec![word.as_str()] };
        for word in words {
            if !prop_markets.iter().any(|known| known == word) {
                prop_markets.push(word.to_owned());
            }
        }
    }
    let main_props = if ask.prop_markets.iter().any(|word| word == MAIN) { main.len() } else { prop_markets.len().min(4) };
    Menu { markets: ask.markets.clone(), prop_markets, main_props, books: ask.books.clone(), regions: ask.regions.clone() }
}

/// The cadence that is aimed at.
#[must_use]
pub fn targets(cadence: &Cadence) -> Targets {
    let secs = |span: std::time::Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    Targets {
        odds_secs: secs(cadence.odds),
        props_secs: secs(cadence.props),
        injuries_secs: secs(cadence.injuries),
        scores_secs: secs(cadence.scores),
        events_secs: secs(cadence.events),
        catalogue_secs: secs(cadence.catalogue),
    }
}

/// The sports that each provider is asked for, by its own keys, and the wanted words that none of them knows.
#[must_use]
pub fn sports(asked: &[&'static str], providers: &Providers, wanted: &[String]) -> (BTreeMap<&'static str, Vec<String>>, Vec<String>) {
    let of = |key: &&'static str| providers.get(key).map(|provider| (*key, &**provider));
    let mut found: BTreeMap<&'static str, Vec<String>> = asked.iter().map(|key| (*key, Vec::new())).collect();
    if wanted.is_empty() {
        for (key, provider) in asked.iter().filter_map(of) {
            found.insert(key, provider.offers().default_sports.iter().map(|sport| (*sport).to_owned()).collect());
        }
        return (found, Vec::new());
    }
    let mut unknown = Vec::new();
    for word in wanted {
        let leagues = leagues_of(word, providers);
        let mut is_known = false;
        for (key, provider) in asked.iter().filter_map(of) {
            let sports = sports_of(provider, word, &leagues);
            is_known |= !sports.is_empty();
            let held = found.entry(key).or_default();
            held.extend(sports.into_iter().filter(|sport| !held.contains(sport)).collect::<Vec<_>>());
        }
        if !is_known {
            unknown.push(word.clone());
        }
    }
    (found, unknown)
}

/// What is to be said of wanted words: those that no provider knows, and those that are asked as they stand and look like another.
#[must_use]
pub fn doubts(wanted: &[String], unknown: &[String], providers: &Providers) -> Vec<String> {
    let keys = providers.iter().flat_map(|provider| provider.offers().default_sports.iter().copied());
    let known: BTreeSet<&str> = keys.chain(odds::sport::LEAGUES.iter().map(|league| league.key)).collect();
    let doubt = |word: &String| {
        let near = did_you_mean(word, known.iter().copied());
        if unknown.contains(word) {
            let right = if near.is_empty() { format!("; such as {}", known.iter().copied().collect::<Vec<_>>().join(", ")) } else { near };
            return Some(format!("ask.sports names {word:?}, which no provider that is asked knows{right}"));
        }
        let is_odd = leagues_of(word, providers).is_empty() && !near.is_empty();
        is_odd.then(|| format!("ask.sports names {word:?}, which is asked as it stands, though no league of ours is called so{near}"))
    };
    wanted.iter().filter_map(doubt).collect()
}

fn leagues_of(word: &str, providers: &Providers) -> BTreeSet<&'static str> {
    let theirs = providers.iter().filter_map(|provider| provider.league(word));
    theirs.chain(odds::sport::league(word)).map(|league| league.key).collect()
}

fn sports_of(provider: &dyn Provider, word: &str, leagues: &BTreeSet<&'static str>) -> Vec<String> {
    let of_league = |sport: &str| provider.league(sport).is_some_and(|league| leagues.contains(league.key));
    if provider.league(word).is_some() {
        return vec![word.to_owned()];
    }
    let same: Vec<String> =
        provider.offers().default_sports.iter().filter(|sport| of_league(sport)).map(|sport| (*sport).to_owned()).collect();
    let is_theirs = leagues.is_empty() && is_spelt_like_theirs(provider, word);
    if same.is_empty() && is_theirs { vec![word.to_owned()] } else { same }
}

/// Whether a word that nobody knows has the shape of a provider's keys: `golf_us_open_winner`, `tennis/atp`.
fn is_spelt_like_theirs(provider: &dyn Provider, word: &str) -> bool {
    let mark = |text: &str| text.chars().find(|letter| matches!(letter, '_' | '/'));
    let usual = provider.offers().default_sports.first().and_then(|sport| mark(sport));
    usual.is_some()
        && mark(word) == usual
        && [What::Odds, What::Events].into_iter().any(|what| !provider.requests(&Ask::of(what, word)).is_empty())
}

/// What keyless providers give, so that no credit is paid for it.
#[must_use]
pub fn covered(providers: &Providers, sports: &BTreeMap<&'static str, Vec<String>>) -> Covered {
    let mut covered = Covered::default();
    for (key, sports) in sports {
        if let Some(provider) = providers.get(key) {
            covered.add(&**provider, &sports.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
    covered
}

/// Where the games of a sport are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The provider's own listings: what can be asked about.
    Own,
    /// Where it has none, those of whoever lists the league: enough to reckon with.
    Anybody,
}

/// The slates of a provider: its sports with the games that the store knows.
///
/// # Errors
/// What the store reports.
pub fn slates(
    store: &Store,
    provider: &dyn Provider,
    ask: &AskSettings,
    sports: &[String],
    at: Moment,
    known: Known,
) -> store::Result<Vec<Slate>> {
    let looked_up = if provider.offers().asks.contains(&What::EventMarkets) { offered(store, provider.key())? } else { BTreeMap::new() };
    let mut teams = teams(store, provider)?;
    let slate = |sport: &String| slate(store, provider, ask, sport, at, known, &looked_up);
    let with_teams = |sport: &String| Ok(slate(sport)?.with_teams(teams.remove(sport).unwrap_or_default()));
    let slates = sports.iter().map(with_teams).collect::<store::Result<Vec<_>>>()?;
    weighed(store, provider, at, slates)
}

/// For how many days back calls of users count.
const DEMAND_DAYS: i64 = 7;

/// The slates, each with what looks at it are worth: how fast its prices moved, and what users ask for. Where asking costs nothing
/// there is nothing to weigh.
fn weighed(store: &Store, provider: &dyn Provider, at: Moment, slates: Vec<Slate>) -> store::Result<Vec<Slate>> {
    if !provider.offers().is_metered {
        return Ok(slates);
    }
    let (speeds, demand) = (store.market_speeds(provider.key())?, store.demand_since(at.plus_secs(-DEMAND_DAYS * 86_400))?);
    let learnt: Vec<Learnt> = slates.iter().map(|slate| learnt(slate, &speeds, &demand)).collect();
    Ok(slates.into_iter().zip(weigh(&learnt)).map(|(slate, weights)| slate.weighted(weights)).collect())
}

fn learnt(slate: &Slate, speeds: &[MarketSpeed], demand: &[Demand]) -> Learnt {
    let mut learnt = Learnt::default();
    for speed in speeds.iter().filter(|speed| speed.sport == slate.sport) {
        let phase = PHASES.into_iter().find(|phase| phase.key() == speed.phase);
        if let Some((kind, phase)) = Kind::from_word(&speed.kind).zip(phase) {
            learnt.see(kind, phase, Speed { changes: speed.changes as f64, market_hours: speed.market_secs as f64 / 3600.0 });
        }
    }
    let is_of = |one: &&Demand| one.league == slate.sport || slate.league.is_some_and(|league| one.league == league.key);
    for one in demand.iter().filter(is_of) {
        if let Some(kind) = Kind::from_word(&one.kind) {
            learnt.call(kind, one.calls as f64);
        }
    }
    learnt
}

fn slate(
    store: &Store,
    provider: &dyn Provider,
    ask: &AskSettings,
    sport: &str,
    at: Moment,
    known: Known,
    looked_up: &BTreeMap<String, Vec<String>>,
) -> store::Result<Slate> {
    let (from, to) = (at.plus_secs(-BACK_SECS), at.plus_secs(AHEAD_SECS));
    let mut listings = store.listings_of_sport(provider.key(), sport, from, to)?;
    if let (true, Known::Anybody, Some(league)) = (listings.is_empty(), known, provider.league(sport)) {
        listings = store.listings_of_league(league.key, from, to)?;
        listings.dedup_by_key(|row| row.event);
    }
    let games = listings.iter().filter(|row| row.kind == ListingKind::Contest).filter_map(|row| game(row, looked_up)).collect();
    Ok(slate_of(provider, ask, sport, at, games))
}

/// The teams whose rosters are asked for, by the provider's sport: its keys stand below it (`basketball/nba/20`).
fn teams(store: &Store, provider: &dyn Provider) -> store::Result<BTreeMap<String, Vec<String>>> {
    let mut by_sport: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !provider.offers().asks.contains(&What::Rosters) {
        return Ok(by_sport);
    }
    for key in store.catalogue_keys(provider.key(), CatalogueKind::Participant)? {
        if let Some((sport, _)) = key.rsplit_once('/') {
            by_sport.entry(sport.to_owned()).or_default().push(key);
        }
    }
    by_sport.retain(|_, teams| teams.len() <= MOST_TEAMS);
    by_sport.values_mut().for_each(|teams| teams.sort());
    Ok(by_sport)
}

/// The slate of a sport with games that are known from elsewhere.
#[must_use]
pub fn slate_of(provider: &dyn Provider, ask: &AskSettings, sport: &str, at: Moment, games: Vec<Game>) -> Slate {
    let slate = Slate::prepare(provider, &menu(ask, sport), sport, games);
    let has_seasons = provider.offers().asks.contains(&What::Season);
    if has_seasons { slate.in_season(season(at)) } else { slate }
}

fn game(row: &ListingRow, looked_up: &BTreeMap<String, Vec<String>>) -> Option<Game> {
    let status = row.status.as_deref().and_then(EventStatus::from_word).unwrap_or(EventStatus::Scheduled);
    Some(Game { status, props: looked_up.get(&row.external_id).cloned(), ..Game::coming(&*row.external_id, row.starts_at?) })
}

/// Markets that were seen to be offered, by listing.
fn offered(store: &Store, provider: &str) -> store::Result<BTreeMap<String, Vec<String>>> {
    let mut by_listing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (listing, market) in store.offered_markets(provider)? {
        let markets = by_listing.entry(listing).or_default();
        if !markets.contains(&market) {
            markets.push(market);
        }
    }
    Ok(by_listing)
}

/// The season of European leagues at a moment, as files name it: `2627` from July 2026 to June 2027.
#[must_use]
pub fn season(at: Moment) -> String {
    let day = at.day_in(&jiff::tz::TimeZone::UTC);
    let first = if day.month() >= 7 { day.year() } else { day.year() - 1 };
    format!("{:02}{:02}", first.rem_euclid(100), (first + 1).rem_euclid(100))
}

/// Whether a provider can be asked as it is set up.
#[must_use]
pub fn can_be_asked(provider: &dyn Provider, has_key: bool) -> bool {
    provider.offers().auth == Auth::Keyless || has_key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    const ALL: [&str; 3] = ["the-odds-api", "espn", "football-data"];

    fn wanted(words: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (sports, unknown) = sports(&ALL, &Providers::all(), &words);
        let flat = sports.into_iter().flat_map(|(key, sports)| sports.into_iter().map(move |sport| (key.to_owned(), sport)));
        (flat.collect(), unknown)
    }

    #[test]
    fn a_sport_in_any_ones_words_is_asked_of_all_who_have_its_league() {
        let nba = [("espn", "basketball/nba"), ("the-odds-api", "basketball_nba")].map(|(key, sport)| (key.to_owned(), sport.to_owned()));
        for word in ["basketball_nba", "basketball.nba", "basketball/nba"] {
            assert_eq!(wanted(&[word]), (nba.to_vec(), vec![]), "{word}");
        }
        let epl: Vec<String> = wanted(&["soccer.eng.1"]).0.into_iter().map(|(_, sport)| sport).collect();
        assert_eq!(epl, ["soccer/eng.1", "E0", "soccer_epl"]);
    }

    #[test]
    fn a_sport_that_nobody_knows_is_asked_of_whoever_spells_so_or_named() {
        let (sports, unknown) = wanted(&["golf_us_open_winner", "chess"]);
        assert_eq!(sports, [("the-odds-api".to_owned(), "golf_us_open_winner".to_owned())]);
        assert_eq!(unknown, ["chess"]);
    }

    #[test]
    fn a_misspelt_sport_is_told_with_the_one_that_was_meant() {
        let said = |word: &str| {
            let words = vec![word.to_owned()];
            doubts(&words, &sports(&ALL, &Providers::all(), &words).1, &Providers::all())
        };
        for (word, meant) in
            [("basketball.nab", "basketball.nba"), ("basketball_nbaa", "basketball_nba"), ("basketbal/nba", "basketball/nba")]
        {
            assert!(said(word)[0].contains(&format!("did you mean {meant}?")), "{:?}", said(word));
        }
        assert!(said("chess")[0].contains("no provider that is asked knows; such as"), "{:?}", said("chess"));
        for right in ["basketball_nba", "soccer.eng.1", "golf_us_open_winner"] {
            assert_eq!(said(right), Vec::<String>::new());
        }
    }

    #[test]
    fn what_an_exchange_trades_stands_for_no_schedule() {
        let of = |key: &'static str, sport: &str| covered(&Providers::all(), &BTreeMap::from([(key, vec![sport.to_owned()])]));
        let nba = odds::sport::league("basketball.nba");
        assert!(of("espn", "basketball/nba").has(What::Events, nba));
        let exchange = of("kalshi", "KXNBAGAME");
        assert!(!exchange.has(What::Events, nba) && exchange.has(What::Odds, nba));
    }

    #[test]
    fn an_exchange_is_asked_in_one_call_a_series_and_a_quota_is_not_spent_on_props_by_itself() {
        let (ask, now) = (Settings::default().ask, "2026-01-09T20:00:00Z".parse().unwrap());
        let game = || vec![Game::coming("KXNBAGAME-26JAN09WESNOR", "2026-01-10T00:30:00Z".parse().unwrap())];
        for (provider, sport) in [(&providers::kalshi::Kalshi as &dyn Provider, "KXNBAGAME"), (&providers::polymarket::Polymarket, "nba")] {
            let slate = slate_of(provider, &ask, sport, now, game());
            assert!(slate.lists.odds_tell_events && !slate.lists.events_by_day && slate.games[0].props.full_credits() == 0, "{sport}");
        }
        let nba = slate_of(&providers::sportradar::Sportradar, &ask, "nba", now, game());
        assert!(nba.odds.is_none() && nba.lists.events_by_day && nba.lists.scores_tell_events);
        let odds = slate_of(&providers::sportradar::Sportradar, &ask, "sr:competition:132", now, game());
        assert_eq!(odds.league.map(|league| league.key), Some("basketball.nba"));
        assert_eq!((odds.odds.map(|odds| odds.credits), odds.games[0].props.full_credits()), (Some(1), 0));
    }

    #[test]
    fn main_props_are_those_of_the_sport() {
        let ask = Settings::default().ask;
        let nba = menu(&ask, "basketball_nba");
        assert_eq!((nba.prop_markets[0].as_str(), nba.main_props), ("player_points", 4));
        assert!(menu(&ask, "mma_mixed_martial_arts").prop_markets.is_empty());
    }

    #[test]
    fn a_season_begins_in_july() {
        let of = |text: &str| season(text.parse().unwrap());
        assert_eq!(
            (of("2026-06-30T00:00:00Z"), of("2026-07-01T00:00:00Z"), of("2099-08-01T00:00:00Z")),
            ("2526".into(), "2627".into(), "9900".into())
        );
    }
}
