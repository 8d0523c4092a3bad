//! The commands: each in its own file, each with its exit code (0 ok, 1 findings or failure, 2 wrong usage or configuration).

mod adopt;
mod backfill;
mod check;
mod collect;
mod doctor;
mod dump;
mod export;
mod guarded;
mod import;
mod keys;
mod logging;
mod matches;
mod matches_players;
mod migrate;
mod plan;
mod progress;
mod rebuild;
mod replay;
mod report;
mod serve;
mod service;
mod stop;
mod store;
mod tell;
mod up;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ::store::{Archive, Bucket, Store, StoreError};
use clap::{Parser, Subcommand};
use predictive_play::adopt::AdoptError;
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::{Refusal, Refused, Settings, StoreSettings, StoreUrl};

const LONG_ABOUT: &str = "Asks the providers of sports odds, keeps every price change for ever with what was known when, and serves it.

Without settings it keeps a SQLite file below ./data and serves on http://127.0.0.1:8080. config/example.toml lists every setting; \
each can be set in the environment or in .env too.";

const EXAMPLES: &str = "Examples:
  predictive-play serve
  predictive-play replay --provider the-odds-api --endpoint odds recordings/*.json.gz
  predictive-play doctor
  predictive-play check --fail-on error --json

Exit codes: 0 ok, 1 findings or failure, 2 wrong usage or configuration.
Every command has its own --help.";

#[derive(Parser)]
#[command(name = "predictive-play", version, about = "Sports odds: every price change, for ever, with what was known when")]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES, max_term_width = 110, disable_help_subcommand = true)]
struct Arguments {
    /// The settings file; else PREDICTIVE_PLAY_CONFIG, else predictive-play.toml where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Collects and serves in one process.
    Up(up::Arguments),
    /// History: what it costs, asking for it, and what is there.
    Backfill(backfill::Arguments),
    /// Asks the providers, and serves nothing.
    Collect,
    /// Forecasts what the days to come cost in credits.
    Plan(plan::Arguments),
    /// Serves what the store has, over HTTP.
    Serve,
    /// Writes the whole store as text that depends on nothing but what was observed.
    Dump(dump::Arguments),
    /// Makes a new store from the archive.
    Rebuild(rebuild::Arguments),
    /// Sends recorded replies through the route, in the order of their own time.
    Replay(replay::Arguments),
    /// Tells what is wrong with keys, providers, database, disk, clock and Redis, and what to do.
    Doctor(doctor::Arguments),
    /// What was to be reached, proved from the store with the statements that tell it.
    Report(report::Arguments),
    /// Looks for gaps, old prices and contradictions in what the store has, and keeps what it finds.
    Check(check::Arguments),
    /// Shows and changes the version of our own schema.
    Migrate(migrate::Arguments),
    /// Backs our own store up, restores, verifies, moves and weighs it.
    Store(store::Arguments),
    /// Takes in tables that people already have, by a mapping that says what their columns mean.
    Import(import::Arguments),
    /// Writes history as files for analysis: Parquet, CSV or Arrow, by sport and day.
    Export(export::Arguments),
    /// Makes, lists and revokes API keys.
    Keys(keys::Arguments),
    /// The ledger of joins: lists what waits for a person, accepts, refuses, splits and undoes.
    Matches(matches::Arguments),
    /// Takes over an old sports_events database, step by step, and goes back at any time.
    Adopt(adopt::Arguments),
}

/// Findings, or a failure.
pub const FAILED: u8 = 1;
/// Wrong usage or configuration.
pub const WRONG_USAGE: u8 = 2;

/// What a command ends with: its exit code, or an error that is told once, here.
pub type Outcome = anyhow::Result<u8>;

/// What commands are made of, from the settings.
pub struct Product {
    pub settings: Settings,
    pub store: Arc<Store>,
    /// The same store as answers are read from it.
    pub answers: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub recorder: Arc<Recorder>,
}

impl Product {
    fn open(settings: Settings) -> anyhow::Result<Self> {
        make_folders(&settings)?;
        let store = Arc::new(store_as_it_is(&settings)?);
        store.migrate_up()?;
        up::require_live(&store)?;
        let clock: Arc<dyn Clock> = Arc::new(WallClock::not_before(store.head()?.recorded_at));
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock)));
        let answers = store_for_answers(&settings, &store)?;
        Ok(Self { settings, store, answers, clock, recorder })
    }
}

/// The folders that everything is kept in; one that cannot be made is a wrong setting, but for a full disk.
fn make_folders(settings: &Settings) -> anyhow::Result<()> {
    let of_store = match &settings.store.url {
        StoreUrl::Sqlite(path) if settings.store.is_named => path.parent().map(|folder| ("DATABASE_URL", folder)),
        _ => None,
    };
    for (setting, folder) in [("PREDICTIVE_PLAY_DATA_DIR", settings.data_dir.as_path())].into_iter().chain(of_store) {
        match std::fs::create_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::StorageFull && folder != Path::new("") => {
                let right = format!("the folder cannot be made: {error}; name one that this user may make and write");
                return Err(Refused(vec![Refusal::of_value(setting, &folder.display().to_string(), right)]).into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// The store as answers are read from it: on PostgreSQL with connections of their own, with a reader's rights, at a replica where one is named.
fn store_for_answers(settings: &Settings, store: &Arc<Store>) -> ::store::Result<Arc<Store>> {
    let StoreSettings { url: StoreUrl::Postgres(url), read_url, .. } = &settings.store else { return Ok(Arc::clone(store)) };
    let engine = ::store::engine_for_answers(url.expose(), read_url.as_ref().map(|url| url.expose()))?;
    Ok(Arc::new(Store::on(engine, archive(settings)?)))
}

/// The store, its schema left as it is: for commands that look at it, or change it on purpose.
fn store_as_it_is(settings: &Settings) -> ::store::Result<Store> {
    let StoreSettings { url, direct_url, .. } = &settings.store;
    let engine = ::store::engine(&url.address(), direct_url.as_ref().map(|url| url.expose()))?;
    Ok(Store::on(engine, archive(settings)?))
}

/// The archive that settings name: a folder, and a bucket behind it where one is named.
fn archive(settings: &Settings) -> ::store::Result<Archive> {
    let bucket = settings.archive.bucket().map(|address| Bucket::open(&address)).transpose()?;
    Ok(Archive::with_bucket(settings.data_dir.join("archive"), bucket))
}

pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match Settings::of_process(arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(refused) => {
            tell::complaint(refused.to_string());
            return ExitCode::from(WRONG_USAGE);
        }
    };
    logging::start(&settings);
    match run_command(arguments.command, settings) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tell::error(&error);
            ExitCode::from(code_of(&error))
        }
    }
}

fn run_command(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Up(arguments) => up::run(&Product::open(settings)?, &arguments),
        Command::Backfill(arguments) => backfill::run(&Product::open(settings)?, &arguments),
        Command::Collect => collect::run(&Product::open(settings)?),
        Command::Plan(arguments) => plan::run(&Product::open(settings)?, &arguments),
        Command::Serve => serve::run(&Product::open(settings)?),
        Command::Dump(arguments) => dump::run(&Product::open(settings)?, &arguments),
        Command::Rebuild(arguments) => rebuild::run(&Product::open(settings)?, &arguments),
        Command::Replay(arguments) => replay::run(settings, &arguments),
        Command::Report(arguments) => report::run(&Product::open(settings)?, &arguments),
        Command::Doctor(arguments) => doctor::run(&settings, &arguments),
        Command::Check(arguments) => check::run(&Product::open(settings)?, &arguments),
        Command::Migrate(arguments) => migrate::run(&settings, &arguments),
        Command::Store(arguments) => store::run(&settings, &arguments),
        Command::Import(arguments) => import::run(settings, &arguments),
        Command::Export(arguments) => export::run(&Product::open(settings)?, &arguments),
        Command::Keys(arguments) => keys::run(settings, &arguments),
        Command::Matches(arguments) => matches::run(&Product::open(settings)?, &arguments),
        Command::Adopt(arguments) => adopt::run(&settings, &arguments),
    }
}

/// A store that this program cannot work with is wrong configuration: starting again changes nothing.
fn code_of(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<AdoptError>().is_some_and(AdoptError::is_usage) {
        return WRONG_USAGE;
    }
    if error.is::<Refused>() {
        return WRONG_USAGE;
    }
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Address { .. } | StoreError::Connection { .. } | StoreError::Rights { .. } | StoreError::Schema { .. }) => {
            WRONG_USAGE
        }
        _ => FAILED,
    }
}
