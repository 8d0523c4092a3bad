//! What the operator decided: read once at the start from the environment, `.env`, a TOML file and systemd's credentials, checked
//! whole, and typed from here on. A wrong value stops the start with its name, and all wrong values are told at once.
//!
//! `config/example.toml` lists every key with its default; a test below holds it to that.

mod archive;
mod dotenv;
mod providers;
mod reader;
mod refusal;
mod secret;
mod sources;
mod store;
mod values;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};

pub use archive::ArchiveSettings;
pub use providers::{ProviderSettings, from_files, is_asked_only_where_named, key_variable, provider_key, where_keys_are_had};
pub use reader::variable;
pub use refusal::{Refusal, Refused, did_you_mean};
pub use secret::Secret;
pub use sources::Sources;
pub use store::{OldDatabase, StoreSettings, StoreUrl};

use reader::Reader;

use crate::schedule::{ByPurpose, Ceilings, Purpose, RankedKind};

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// The folder of the store, the archive and the keys.
    pub data_dir: PathBuf,
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// Whether answers need no key on any address.
    pub allow_anonymous: bool,
    /// Web origins whose pages may read answers; none by default.
    pub cors_origins: Vec<String>,
    /// Redis, where it is to follow the log.
    pub redis_url: Option<Secret>,
    /// Our own store.
    pub store: StoreSettings,
    /// The bucket of the archive.
    pub archive: ArchiveSettings,
    /// The operator's old database, where named.
    pub old_database: Option<OldDatabase>,
    /// Every provider that settings know, those named first.
    pub providers: Vec<ProviderSettings>,
    /// Whether push feeds of providers that have one are followed.
    pub with_streams: bool,
    /// What is asked for.
    pub ask: AskSettings,
    /// How often.
    pub cadence: Cadence,
    /// What may be spent.
    pub credits: Credits,
    /// What is logged, and how.
    pub log: LogSettings,
    /// What is odd but no reason to stop: to be logged at the start.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskSettings {
    /// Sports, by our key or a provider's; empty: each provider's own defaults.
    pub sports: Vec<String>,
    /// Featured markets.
    pub markets: Vec<String>,
    /// Markets of players; `main` stands for the main ones of each sport, empty asks none.
    pub prop_markets: Vec<String>,
    /// Books; where given, they beat regions.
    pub books: Vec<String>,
    /// Regions of The Odds API.
    pub regions: Vec<String>,
    /// Providers in the order in which they are asked for what several give, for one kind of fact or for all; empty: as named.
    pub ranks: Vec<(Option<RankedKind>, &'static str)>,
    /// Whether every provider is asked for the same games at once, whatever it costs.
    pub all_at_once: bool,
}

/// The cadence that is aimed at; credits may stretch it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cadence {
    /// Featured odds.
    #[serde(serialize_with = "as_written")]
    pub odds: Duration,
    /// Props.
    #[serde(serialize_with = "as_written")]
    pub props: Duration,
    /// Injuries.
    #[serde(serialize_with = "as_written")]
    pub injuries: Duration,
    /// Scores, while games are on.
    #[serde(serialize_with = "as_written")]
    pub scores: Duration,
    /// Schedules.
    #[serde(serialize_with = "as_written")]
    pub events: Duration,
    /// Catalogues: sports, teams, season files.
    #[serde(serialize_with = "as_written")]
    pub catalogue: Duration,
}

/// Ceilings that are never passed, of each provider by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Credits {
    /// In a month; unset: 90 % of what the provider's free call tells (used + remaining).
    pub per_month: Option<u64>,
    /// In a day; unset: no ceiling but the month's.
    pub per_day: Option<u64>,
    /// In a month for live odds, inside `per_month`; unset: no ceiling of their own.
    pub odds_per_month: Option<u64>,
    /// The same for live props.
    pub props_per_month: Option<u64>,
    /// The same for back-fill.
    pub backfill_per_month: Option<u64>,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogSettings {
    /// In the language of `RUST_LOG`.
    pub filter: String,
    /// As lines for people or as JSON.
    pub format: LogFormat,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

fn as_written<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&values::show_duration(span))
}

impl Settings {
    /// The settings of this process; `config` is what `--config` named.
    ///
    /// # Errors
    /// [`Refused`] with every setting that is wrong.
    pub fn of_process(config: Option<&Path>) -> Result<Self, Refused> {
        Self::read(&Sources::of_process(config))
    }

    /// The settings that these sources give. Reads nothing else but the files that `.._FILE` settings name.
    ///
    /// # Errors
    /// [`Refused`] with every setting that is wrong.
    pub fn read(sources: &Sources) -> Result<Self, Refused> {
        let mut reader = Reader::new(sources);
        let mut settings = Self::read_all(&mut reader);
        settings.note_open_doors(&mut reader);
        let (refused, warnings) = reader.finish();
        settings.warnings = warnings;
        if refused.is_empty() { Ok(settings) } else { Err(Refused(refused)) }
    }

    /// The settings of a provider, where it is known.
    #[must_use]
    pub fn provider(&self, key: &str) -> Option<&ProviderSettings> {
        self.providers.iter().find(|provider| provider.key == key)
    }

    /// The ceilings of a provider: its own, and the general ones for what it leaves unset.
    #[must_use]
    pub fn credits_of(&self, provider: &str) -> Credits {
        self.provider(provider).map_or_else(|| self.credits.clone(), |own| own.credits.or(&self.credits))
    }

    fn read_all(reader: &mut Reader<'_>) -> Self {
        let data_dir = reader.value("data_dir", &[], PathBuf::from("data"), values::path);
        Self {
            listen: reader.value("listen", &[], SocketAddr::from(([127, 0, 0, 1], 8080)), values::address),
            allow_anonymous: reader.value("allow_anonymous", &[], false, values::is_true),
            cors_origins: reader.list("cors_origins", &[], &[], values::origin),
            redis_url: reader.secret("redis_url", &["REDIS_URL"], values::redis_url),
            store: store::read(reader, &data_dir),
            archive: ArchiveSettings::read(reader),
            old_database: store::read_old(reader),
            providers: providers::read(reader),
            with_streams: reader.value("providers.streams", &[], true, values::is_true),
            ask: AskSettings::read(reader),
            cadence: Cadence::read(reader),
            credits: Credits::read(reader, "credits"),
            log: LogSettings::read(reader),
            warnings: Vec::new(),
            data_dir,
        }
    }

    fn note_open_doors(&self, reader: &mut Reader<'_>) {
        if self.allow_anonymous && !self.listen.ip().is_loopback() {
            reader.warnings.push(format!("allow_anonymous lets everybody who reaches {} read without a key", self.listen));
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::read(&Sources::default()).expect("every default is allowed")
    }
}

impl AskSettings {
    fn read(reader: &mut Reader<'_>) -> Self {
        let refused_before = reader.refused.len();
        let ask = Self {
            sports: reader.list("ask.sports", &[], &[], values::sport),
            markets: reader.list("ask.markets", &[], &["h2h", "spreads", "totals"], values::market),
            prop_markets: reader.list("ask.prop_markets", &[], &["main"], values::market),
            books: reader.list("ask.books", &[], &[], values::book),
            regions: reader.list("ask.regions", &[], &["us"], values::region),
            ranks: reader.list("ask.ranks", &[], &[], providers::rank),
            all_at_once: reader.value("ask.all_at_once", &[], false, values::is_true),
        };
        if ask.regions.is_empty() && ask.books.is_empty() && reader.refused.len() == refused_before {
            reader.refused.push(Refusal::of("ask.regions", "at least one region, or one of ask.books, is needed"));
        }
        ask
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Cadence {
    fn read(reader: &mut Reader<'_>) -> Self {
        let mut every = |key: &str, default: u64, least: u64, most: u64| {
            let [default, least, most] = [default, least, most].map(Duration::from_secs);
            reader.value(key, &[], default, values::duration_within(least, most))
        };
        Self {
            odds: every("cadence.odds", 5 * MINUTE, 10, DAY),
            props: every("cadence.props", 10 * MINUTE, 30, DAY),
            injuries: every("cadence.injuries", HOUR, MINUTE, DAY),
            scores: every("cadence.scores", MINUTE, 10, HOUR),
            events: every("cadence.events", HOUR, MINUTE, DAY),
            catalogue: every("cadence.catalogue", DAY, HOUR, 7 * DAY),
        }
    }
}

impl Credits {
    /// The ceilings below a section of the settings: `credits`, or a provider's own.
    fn read(reader: &mut Reader<'_>, section: &str) -> Self {
        let mut ceiling = |name: &str| reader.optional(&format!("{section}.{name}"), &[], values::credits);
        Self {
            per_month: ceiling("per_month"),
            per_day: ceiling("per_day"),
            odds_per_month: ceiling("odds_per_month"),
            props_per_month: ceiling("props_per_month"),
            backfill_per_month: ceiling("backfill_per_month"),
        }
    }

    /// These, and for what they leave unset those of another.
    #[must_use]
    pub fn or(&self, general: &Self) -> Self {
        Self {
            per_month: self.per_month.or(general.per_month),
            per_day: self.per_day.or(general.per_day),
            odds_per_month: self.odds_per_month.or(general.odds_per_month),
            props_per_month: self.props_per_month.or(general.props_per_month),
            backfill_per_month: self.backfill_per_month.or(general.backfill_per_month),
        }
    }

    /// The same as the scheduler takes them.
    #[must_use]
    pub fn ceilings(&self) -> Ceilings {
        let credits = |set: Option<u64>| set.map(|credits| i64::try_from(credits).unwrap_or(i64::MAX));
        let by_purpose = ByPurpose::from_fn(|purpose| match purpose {
            Purpose::Odds => credits(self.odds_per_month),
            Purpose::Props => credits(self.props_per_month),
            Purpose::Backfill => credits(self.backfill_per_month),
            Purpose::Other => None,
        });
        Ceilings { per_month: credits(self.per_month), per_day: credits(self.per_day), by_purpose }
    }
}

impl LogSettings {
    fn read(reader: &mut Reader<'_>) -> Self {
        let format = |text: &str| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("allowed are text and json".to_owned()),
        };
        Self {
            filter: reader.value("log.filter", &["RUST_LOG"], "info".to_owned(), values::log_filter),
            format: reader.value("log.format", &["LOG_FORMAT"], LogFormat::Text, format),
        }
    }
}
