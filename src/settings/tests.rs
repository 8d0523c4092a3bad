//! Settings as a whole: precedence, what is refused and how, and the example file's completeness.

use std::collections::BTreeSet;

use super::reader::Reader;
use super::*;

const EXAMPLE: &str = include_str!("../../config/example.toml");
const DOTENV_EXAMPLE: &str = include_str!("../../.env.example");

fn of_env(pairs: &[(&str, &str)]) -> Result<Settings, Refused> {
    Settings::read(&Sources::of_env(pairs.iter().copied()))
}

fn of_file(text: &str) -> Result<Settings, Refused> {
    Settings::read(&Sources::default().with_file("predictive-play.toml", text))
}

fn defaults() -> Settings {
    Settings::default()
}

/// The example with its commented-out keys (those that are unset by default) made live.
fn example_with_all_keys() -> String {
    let is_key = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    let live = |line: &'static str| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line);
    EXAMPLE.lines().map(live).collect::<Vec<_>>().join("\n")
}

fn keys_of(table: &toml::Table, prefix: &str) -> BTreeSet<String> {
    let deeper = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::Table(inner) => keys_of(inner, &format!("{prefix}{name}.")),
        _ => BTreeSet::from([format!("{prefix}{name}")]),
    };
    table.iter().flat_map(deeper).collect()
}

fn known_keys() -> (BTreeSet<String>, BTreeSet<String>) {
    let sources = Sources::default();
    let mut reader = Reader::new(&sources);
    Settings::read_all(&mut reader);
    (reader.keys().clone(), reader.variables().clone())
}

#[test]
fn the_example_lists_every_key_and_no_other() {
    let listed = keys_of(&example_with_all_keys().parse().unwrap(), "");
    let (known, _) = known_keys();
    assert_eq!(known.difference(&listed).collect::<Vec<_>>(), [""; 0], "keys that the example lacks");
    assert_eq!(listed.difference(&known).collect::<Vec<_>>(), [""; 0], "keys that nobody reads");
}

#[test]
fn the_example_says_the_defaults() {
    assert_eq!(of_file(EXAMPLE).unwrap(), defaults());
}

#[test]
fn every_key_of_the_example_is_taken_and_commented_ones_change_something() {
    let text: String = example_with_all_keys().lines().filter(|line| !line.contains("_file = ")).map(|line| format!("{line}\n")).collect();
    let all = of_file(&text).unwrap();
    assert_ne!(all, defaults());
    assert_eq!((all.credits.per_month, all.credits.per_day), (Some(18_000), Some(600)));
    assert!(all.providers.iter().all(|provider| provider.is_keyless || provider.secret.is_some()));
}

#[test]
fn every_key_says_its_default_or_reason_in_a_comment_above_it() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with("# ")) {
        assert!(at > 0 && lines[at - 1].starts_with("# "), "{line} stands without a word");
    }
}

#[test]
fn every_variable_of_the_dotenv_example_is_known() {
    let (_, known) = known_keys();
    let uncommented: String = DOTENV_EXAMPLE.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    let (pairs, _) = dotenv::parse(".env.example", &uncommented.lines().filter(|l| l.contains('=')).collect::<Vec<_>>().join("\n"));
    assert!(pairs.len() > 10);
    for (name, _) in pairs {
        assert!(known.contains(&name), "{name}");
    }
    let (live, refused) = dotenv::parse(".env.example", DOTENV_EXAMPLE);
    assert_eq!((of_env(&live.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>()).unwrap(), refused), (defaults(), vec![]));
}

#[test]
fn no_two_keys_share_a_variable() {
    let (keys, _) = known_keys();
    let variables: BTreeSet<String> = keys.iter().map(|key| variable(key)).collect();
    assert_eq!(variables.len(), keys.len());
}

#[test]
fn the_environment_beats_the_file_and_the_file_the_default() {
    let file = "listen = \"127.0.0.1:9000\"\n[ask]\nsports = [\"basketball_nba\"]\n[cadence]\nodds = \"7m\"";
    let sources = Sources::of_env([("PREDICTIVE_PLAY_ASK_SPORTS", "icehockey_nhl, soccer_epl")]).with_file("a.toml", file);
    let settings = Settings::read(&sources).unwrap();
    assert_eq!(settings.ask.sports, ["icehockey_nhl", "soccer_epl"]);
    assert_eq!((settings.listen.port(), settings.cadence.odds.as_secs()), (9000, 420));
    assert_eq!((settings.cadence.props.as_secs(), settings.data_dir.as_path()), (600, Path::new("data")));
}

#[test]
fn an_empty_variable_is_unset_and_none_empties_a_list() {
    let settings =
        of_env(&[("PREDICTIVE_PLAY_LISTEN", "  "), ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", "none"), ("THE_ODDS_API_KEY", "")]).unwrap();
    assert_eq!(settings.listen, defaults().listen);
    assert!(settings.ask.prop_markets.is_empty() && settings.provider("the-odds-api").unwrap().secret.is_none());
}

#[test]
fn what_is_said_twice_is_asked_once_and_nothing_at_all_is_refused() {
    assert_eq!(of_env(&[("PREDICTIVE_PLAY_ASK_SPORTS", "soccer_epl,,soccer_epl")]).unwrap().ask.sports, ["soccer_epl"]);
    let refused = of_env(&[("PREDICTIVE_PLAY_ASK_REGIONS", "none")]).unwrap_err().to_string();
    assert_eq!(refused, "ask.regions: at least one region, or one of ask.books, is needed");
    assert!(of_env(&[("PREDICTIVE_PLAY_ASK_REGIONS", "none"), ("PREDICTIVE_PLAY_ASK_BOOKS", "pinnacle")]).is_ok());
}

#[test]
fn all_mistakes_are_told_at_once_each_with_name_value_and_what_is_right() {
    let pairs = [("PREDICTIVE_PLAY_LISTEN", "8080"), ("LOG_FORMAT", "xml"), ("DB_PORT", "x"), ("PREDICTIVE_PLAY_CREDITS_PER_DAY", "lots")];
    let file = "[cadence]\nodds = \"1s\"\nprop = \"10m\"\n[ask]\nregions = [\"us\", \"usa\"]\nmarkets = 5.5";
    let refused = Settings::read(&Sources::of_env(pairs).with_file("a.toml", file)).unwrap_err();
    let said = refused.to_string();
    for expected in [
        "PREDICTIVE_PLAY_LISTEN: \"8080\" is refused; an address and a port",
        "LOG_FORMAT: \"xml\" is refused; allowed are text and json",
        "DB_PORT: \"x\" is refused; a port from 1 to 65535",
        "PREDICTIVE_PLAY_CREDITS_PER_DAY: \"lots\" is refused; a whole number of credits",
        "cadence.odds in a.toml: \"1s\" is refused; a time from 10s to 1d",
        "cadence.prop in a.toml: no such setting; did you mean cadence.props?",
        "ask.regions in a.toml: \"usa\" is refused; allowed are us, us2",
    ] {
        assert!(said.contains(expected), "{expected}\nis not in\n{said}");
    }
    assert_eq!(refused.0.len(), 7, "{said}");
}

#[test]
fn a_file_that_is_no_toml_is_refused_by_its_line_without_showing_it() {
    let said = of_file("listen = \"127.0.0.1:9000\"\nkey = \"hunter2").unwrap_err().to_string();
    assert!(said.starts_with("predictive-play.toml line 2: is not TOML") && !said.contains("hunter2"), "{said}");
    let list = of_file("listen = [\"a\"]\nstore.url = [\"hunter2\"]").unwrap_err().to_string();
    assert!(list.contains("listen in predictive-play.toml: one value is expected, not a list") && !list.contains("hunter2"), "{list}");
}

#[test]
fn an_unknown_variable_of_ours_is_noted_and_not_refused() {
    let pairs =
        [("PREDICTIVE_PLAY_ASK_SPORT", "x"), ("PREDICTIVE_PLAY_PORT", "tcp://10.0.0.1:80"), ("PREDICTIVE_PLAY_CORPUS", "../shared")];
    let warnings = of_env(&pairs).unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].ends_with("did you mean PREDICTIVE_PLAY_ASK_SPORTS?"), "{warnings:?}");
}

#[test]
fn secrets_come_from_files_and_from_systemd_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("the_odds_api_key");
    std::fs::write(&path, "from-file\n").unwrap();
    let (path, folder) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
    let key = |settings: Settings| settings.provider("the-odds-api").unwrap().secret.clone().unwrap().expose().to_owned();
    assert_eq!(key(of_env(&[("THE_ODDS_API_KEY_FILE", path)]).unwrap()), "from-file");
    assert_eq!(key(of_env(&[("CREDENTIALS_DIRECTORY", folder)]).unwrap()), "from-file");
    assert_eq!(key(of_env(&[("CREDENTIALS_DIRECTORY", folder), ("ODDS_API_KEY", "from-env")]).unwrap()), "from-env");
    assert_eq!(key(of_file(&format!("[providers.the-odds-api]\nkey_file = {path:?}")).unwrap()), "from-file");
}

#[test]
fn a_secret_said_twice_or_not_readable_is_refused_without_showing_it() {
    let twice = of_env(&[("DB_PASSWORD", "hunter2"), ("DB_PASSWORD_FILE", "/nowhere")]).unwrap_err().to_string();
    assert_eq!(twice, "DB_PASSWORD: DB_PASSWORD_FILE is set too: set one of them");
    let gone = of_env(&[("ODDSJAM_API_KEY_FILE", "/nowhere")]).unwrap_err().to_string();
    assert!(gone.starts_with("ODDSJAM_API_KEY_FILE: \"/nowhere\" is refused; the file cannot be read"), "{gone}");
    let misplaced = of_env(&[("ODDSJAM_API_KEY_FILE", "hunter2")]).unwrap_err().to_string();
    assert!(misplaced.starts_with("ODDSJAM_API_KEY_FILE: the file cannot be read") && !misplaced.contains("hunter2"), "{misplaced}");
    let spaced = of_env(&[("REDIS_URL", "hunter2"), ("ODDSJAM_API_KEY", "hunter2 and more")]).unwrap_err().to_string();
    assert!(spaced.contains("REDIS_URL: the value (not shown) is refused; redis://") && !spaced.contains("hunter2"), "{spaced}");
}

#[test]
fn settings_can_be_printed_whole_without_a_secret() {
    let names = ["THE_ODDS_API_KEY", "ODDSJAM_API_KEY", "SPORTRADAR_API_KEY", "DB_PASSWORD"];
    let mut pairs: Vec<(&str, &str)> = names.iter().map(|name| (*name, "hunter2")).collect();
    pairs.extend([("DATABASE_URL", "postgres://u:hunter2@h/d"), ("DATABASE_READ_URL", "postgres://u:hunter2@r/d"), ("DB_NAME", "old")]);
    pairs.push(("REDIS_URL", "redis://:hunter2@cache"));
    let settings = of_env(&pairs).unwrap();
    let shown = format!("{settings:#?}{}", serde_json::to_string(&settings).unwrap());
    assert!(shown.contains("[secret]") && !shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("\"odds\":\"5m\""), "{shown}");
}

#[test]
fn an_open_door_is_said() {
    let open = of_env(&[("PREDICTIVE_PLAY_LISTEN", "0.0.0.0:80"), ("PREDICTIVE_PLAY_ALLOW_ANONYMOUS", "true")]).unwrap();
    assert!(open.warnings[0].contains("0.0.0.0:80"));
    assert_eq!(of_env(&[("PREDICTIVE_PLAY_ALLOW_ANONYMOUS", "true")]).unwrap().warnings, [""; 0]);
}
