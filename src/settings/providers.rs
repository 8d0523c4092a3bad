//! Who is asked, with which key: the providers' own names, and the older ones that operators have in their files.

use serde::Serialize;

use super::Credits;
use super::reader::Reader;
use super::secret::Secret;
use super::values::{self, Read};
use crate::schedule::RankedKind;

/// What settings know of a provider before it is asked.
struct Known {
    key: &'static str,
    other_names: &'static [&'static str],
    key_variables: &'static [&'static str],
    base_url_variable: &'static str,
}

const fn known(
    key: &'static str,
    other_names: &'static [&'static str],
    key_variables: &'static [&'static str],
    base_url_variable: &'static str,
) -> Known {
    Known { key, other_names, key_variables, base_url_variable }
}

const KNOWN: &[Known] = &[
    known("the-odds-api", &["theodds", "theoddsapi"], &["THE_ODDS_API_KEY", "ODDS_API_KEY"], "THE_ODDS_API_BASE_URL"),
    known("oddsjam", &[], &["ODDSJAM_API_KEY"], "ODDSJAM_BASE_URL"),
    known("opticodds", &["optic-odds"], &["OPTICODDS_API_KEY"], "OPTICODDS_BASE_URL"),
    known("sportradar", &["sport-radar"], &["SPORTRADAR_API_KEY"], "SPORTRADAR_BASE_URL"),
    known("thesportsdb", &["the-sports-db"], &["THESPORTSDB_API_KEY"], "THESPORTSDB_BASE_URL"),
    known("espn", &[], &[], "ESPN_BASE_URL"),
    known("football-data", &["football-data-co-uk"], &[], "FOOTBALL_DATA_BASE_URL"),
    known("mlb-statsapi", &["mlb"], &[], "MLB_STATSAPI_BASE_URL"),
    known("nflverse", &[], &[], "NFLVERSE_BASE_URL"),
    known("nhl-web", &["nhl"], &[], "NHL_WEB_BASE_URL"),
    known("kalshi", &[], &[], "KALSHI_BASE_URL"),
    known("polymarket", &[], &[], "POLYMARKET_BASE_URL"),
];

/// Providers without a key that are asked only where they are named: exchanges, whose terms the operator has to agree with.
const ONLY_WHERE_NAMED: &[&str] = &["kalshi", "polymarket"];

/// Where keys are had, for those of whom it is known.
const KEYS_ARE_HAD: &[(&str, &str)] = &[
    ("the-odds-api", "a free key (500 credits a month) and larger ones are had at https://the-odds-api.com"),
    ("oddsjam", "keys of version 2 are those of its old customers; new ones are given OpticOdds, at https://opticodds.com"),
    ("opticodds", "a key is sold at https://opticodds.com; there is no free one"),
    ("sportradar", "a trial key is had at https://developer.sportradar.com: 1,000 calls, with the product Odds Comparison Prematch in it"),
    (
        "thesportsdb",
        "123 is the free key of everybody (30 calls a minute, lists cut short); a full one is had at https://www.thesportsdb.com",
    ),
];

/// Sources that nobody is asked for: they come as files, and this is how.
const FROM_FILES: &[(&str, &str)] = &[(
    "betfair-historic",
    "files are had at https://historicdata.betfair.com with an account of the exchange (a free plan is among them), and go in by \
     `predictive-play replay --provider betfair-historic --endpoint stream PATH`",
)];

/// One provider, as the operator set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderSettings {
    /// Its key (`the-odds-api`).
    pub key: &'static str,
    /// Whether it answers without a key of the operator's.
    pub is_keyless: bool,
    /// Whether the operator named it: then a missing key is worth a word.
    pub is_named: bool,
    /// Whether it is asked: keyless ones unless switched off (exchanges only where named), others with a key if they are named or nobody is.
    pub is_asked: bool,
    /// The operator's key.
    pub secret: Option<Secret>,
    /// Where it answers, if not at its own address; without a slash at the end.
    pub base_url: Option<String>,
    /// Ceilings of its own, in the place of the general ones.
    pub credits: Credits,
}

/// The variable that holds a provider's key; `None` for those that take none, or are not known.
#[must_use]
pub fn key_variable(provider: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.key == provider)?.key_variables.first().copied()
}

/// Where a provider's key is had, in a sentence; empty where nothing is known of it.
#[must_use]
pub fn where_keys_are_had(provider: &str) -> &'static str {
    KEYS_ARE_HAD.iter().find(|(key, _)| *key == provider).map_or("", |(_, place)| place)
}

/// Sources that come as files alone, each with how its files are had and go in.
#[must_use]
pub const fn from_files() -> &'static [(&'static str, &'static str)] {
    FROM_FILES
}

/// Whether a provider that takes no key is asked only where it is named.
#[must_use]
pub fn is_asked_only_where_named(provider: &str) -> bool {
    ONLY_WHERE_NAMED.contains(&provider)
}

/// All providers that settings know: those named first, in the operator's order.
pub fn read(reader: &mut Reader<'_>) -> Vec<ProviderSettings> {
    let named = reader.list("providers.named", &["API_PROVIDER"], &[], named_one);
    let with_keyless = reader.value("providers.keyless", &[], true, values::is_true);
    let mut first_key = reader.secret("providers.key", &["SPORTS_API_KEY"], values::key);
    let place = |known: &Known| named.iter().position(|key| *key == known.key).unwrap_or(usize::MAX);
    let mut order: Vec<&Known> = KNOWN.iter().collect();
    order.sort_by_key(|known| place(known));
    let mut providers = Vec::new();
    for known in order {
        let mut provider = read_one(reader, known);
        if named.first() == Some(&known.key) && !provider.is_keyless {
            let first = first_key.take();
            provider.secret = provider.secret.or(first);
        }
        provider.is_named = named.contains(&known.key);
        provider.is_asked = match provider.is_keyless {
            true => (with_keyless && !is_asked_only_where_named(provider.key)) || provider.is_named,
            false => provider.secret.is_some() && (provider.is_named || named.is_empty()),
        };
        providers.push(provider);
    }
    note_what_is_missing(reader, &providers, first_key.is_some(), named.first().copied());
    providers
}

fn read_one(reader: &mut Reader<'_>, known: &Known) -> ProviderSettings {
    let is_keyless = known.key_variables.is_empty();
    let setting = |name: &str| format!("providers.{}.{name}", known.key);
    let secret = if is_keyless { None } else { reader.secret(&setting("key"), known.key_variables, values::key) };
    let base_url = reader.optional(&setting("base_url"), &[known.base_url_variable], values::base_url);
    let credits = if is_keyless { Credits::default() } else { Credits::read(reader, &setting("credits")) };
    ProviderSettings { key: known.key, is_keyless, is_named: false, is_asked: false, secret, base_url, credits }
}

fn note_what_is_missing(reader: &mut Reader<'_>, providers: &[ProviderSettings], is_key_left: bool, first: Option<&str>) {
    for provider in providers.iter().filter(|p| p.is_named && !p.is_asked) {
        let variable = key_variable(provider.key).unwrap_or("its key");
        reader.warnings.push(format!("{} is named but has no key and is not asked: set {variable}", provider.key));
    }
    if is_key_left {
        let why = first.map_or_else(|| "API_PROVIDER names nobody".to_owned(), |key| format!("{key} takes no key"));
        reader.warnings.push(format!("SPORTS_API_KEY belongs to the first provider that API_PROVIDER names; it is not used, for {why}"));
    }
}

/// The key of a provider by any of its names (`theodds`); `None` where settings know none such.
#[must_use]
pub fn provider_key(text: &str) -> Option<&'static str> {
    let given = text.to_ascii_lowercase().replace(['_', ' '], "-");
    let found = KNOWN.iter().find(|known| known.key == given || known.other_names.contains(&given.as_str()));
    found.map(|known| known.key)
}

/// A place in the ranks: a provider, or `kind:provider` for one kind of fact.
pub(super) fn rank(text: &str) -> Read<(Option<RankedKind>, &'static str)> {
    let Some((kind, provider)) = text.split_once(':') else { return named_one(text).map(|key| (None, key)) };
    let kinds = || format!("allowed kinds are {}", RankedKind::ALL.map(RankedKind::as_str).join(", "));
    Ok((Some(RankedKind::from_word(kind.trim()).ok_or_else(kinds)?), named_one(provider.trim())?))
}

fn named_one(text: &str) -> Read<&'static str> {
    let allowed = || format!("allowed are {}", KNOWN.iter().map(|known| known.key).collect::<Vec<_>>().join(", "));
    provider_key(text).ok_or_else(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, Sources};

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings::read(&Sources::of_env(pairs.iter().copied())).unwrap()
    }

    fn asked(settings: &Settings) -> Vec<&'static str> {
        settings.providers.iter().filter(|p| p.is_asked).map(|p| p.key).collect()
    }

    /// Those with a key as they are asked, and then the keyless ones that are not named.
    fn and_keyless(first: &[&'static str]) -> Vec<&'static str> {
        let keyless =
            KNOWN.iter().filter(|known| known.key_variables.is_empty() && !ONLY_WHERE_NAMED.contains(&known.key)).map(|known| known.key);
        let others = keyless.filter(|key| !first.contains(key));
        first.iter().copied().chain(others).collect()
    }

    #[test]
    fn without_keys_the_keyless_providers_are_asked() {
        assert_eq!(asked(&settings(&[])), and_keyless(&[]));
        assert!(and_keyless(&[]).starts_with(&["espn", "football-data", "mlb-statsapi", "nflverse", "nhl-web"]));
        assert_eq!(asked(&settings(&[("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false")])), [""; 0]);
    }

    #[test]
    fn exchanges_without_a_key_are_asked_only_where_they_are_named() {
        let read = settings(&[("API_PROVIDER", "espn,kalshi")]);
        assert_eq!(asked(&read), and_keyless(&["espn", "kalshi"]));
        assert!(read.provider("polymarket").is_some_and(|provider| provider.is_keyless && !provider.is_asked));
    }

    #[test]
    fn a_key_alone_is_enough_to_be_asked() {
        for name in ["THE_ODDS_API_KEY", "ODDS_API_KEY"] {
            assert_eq!(asked(&settings(&[(name, "abc")])), and_keyless(&["the-odds-api"]), "{name}");
        }
    }

    #[test]
    fn a_key_of_somebody_who_is_not_named_is_not_spent() {
        let read = settings(&[("API_PROVIDER", "oddsjam"), ("ODDSJAM_API_KEY", "abc"), ("THE_ODDS_API_KEY", "costly")]);
        assert_eq!(asked(&read), and_keyless(&["oddsjam"]));
    }

    #[test]
    fn old_names_of_providers_work_in_the_operators_order() {
        for name in ["theodds", "the-odds-api", "THE_ODDS_API", "theOddsAPI"] {
            let read = settings(&[("API_PROVIDER", name), ("SPORTS_API_KEY", "abc")]);
            assert_eq!(read.provider("the-odds-api").unwrap().secret, Some(Secret::new("abc")), "{name}");
        }
        let read = settings(&[("API_PROVIDER", "sportradar, theodds,espn"), ("SPORTS_API_KEY", "first"), ("ODDS_API_KEY", "second")]);
        assert_eq!(asked(&read), and_keyless(&["sportradar", "the-odds-api", "espn"]));
        assert_eq!(read.provider("sportradar").unwrap().secret, Some(Secret::new("first")));
        assert_eq!(read.provider("the-odds-api").unwrap().secret, Some(Secret::new("second")));
    }

    #[test]
    fn a_providers_own_key_beats_the_old_one() {
        let read = settings(&[("API_PROVIDER", "oddsjam"), ("SPORTS_API_KEY", "old"), ("ODDSJAM_API_KEY", "own")]);
        assert_eq!(read.provider("oddsjam").unwrap().secret, Some(Secret::new("own")));
        assert_eq!(read.warnings, [""; 0]);
    }

    #[test]
    fn who_is_named_without_a_key_is_said_and_not_refused() {
        let read = settings(&[("API_PROVIDER", "opticodds")]);
        assert_eq!(asked(&read), and_keyless(&[]));
        assert_eq!(read.warnings, ["opticodds is named but has no key and is not asked: set OPTICODDS_API_KEY"]);
        let left = settings(&[("API_PROVIDER", "espn"), ("SPORTS_API_KEY", "abc")]);
        assert!(left.warnings[0].ends_with("for espn takes no key"), "{:?}", left.warnings);
        let nobody = settings(&[("SPORTS_API_KEY", "abc")]);
        assert!(nobody.warnings[0].ends_with("for API_PROVIDER names nobody"), "{:?}", nobody.warnings);
    }

    #[test]
    fn a_provider_nobody_knows_is_refused_with_those_that_are() {
        let refused = Settings::read(&Sources::of_env([("API_PROVIDER", "betfair")])).unwrap_err().to_string();
        assert!(refused.starts_with("API_PROVIDER: \"betfair\" is refused; allowed are the-odds-api, oddsjam"), "{refused}");
    }

    #[test]
    fn every_provider_can_be_pointed_elsewhere() {
        for known in KNOWN {
            let read = settings(&[(known.base_url_variable, "http://127.0.0.1:9/")]);
            assert_eq!(read.provider(known.key).unwrap().base_url.as_deref(), Some("http://127.0.0.1:9"), "{}", known.key);
        }
    }
}
