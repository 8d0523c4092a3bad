//! The commands: each in its own file, each with its exit code (0 ok, 1 findings or failure, 2 wrong usage or configuration).

mod collect;
mod plan;
mod replay;
mod serve;
mod up;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::Settings;
use store::Store;

#[derive(Parser)]
#[command(name = "predictive-play", version, about = "Sports odds: every price change, for ever, with what was known when")]
struct Arguments {
    /// The settings file; see config/example.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Collects and serves in one process.
    Up(up::Arguments),
    /// Asks the providers, and serves nothing.
    Collect,
    /// Forecasts what the days to come cost in credits.
    Plan(plan::Arguments),
    /// Serves what the store has.
    Serve,
    /// Sends recorded replies through the route.
    Replay(replay::Arguments),
}

/// Wrong usage or configuration.
pub const WRONG_USAGE: u8 = 2;

/// What a command ends with: its exit code, or an error that is told once, here.
pub type Outcome = anyhow::Result<u8>;

/// What commands are made of, from the settings.
pub struct Product {
    pub settings: Settings,
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub recorder: Arc<Recorder>,
}

impl Product {
    fn open(settings: Settings) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(
            &settings.store.url.address(),
            settings.store.read_url.as_ref().map(|url| url.expose()),
            settings.data_dir.join("archive"),
        )?);
        up::require_live(&store)?;
        let clock: Arc<dyn Clock> = Arc::new(WallClock::not_before(store.head()?.recorded_at));
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock)));
        Ok(Self { settings, store, clock, recorder })
    }
}

pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match Settings::of_process(arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(refused) => {
            eprintln!("{refused}");
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let outcome = Product::open(settings).and_then(|product| match arguments.command {
        Command::Up(arguments) => up::run(&product, &arguments),
        Command::Collect => collect::run(&product),
        Command::Plan(arguments) => plan::run(&product, &arguments),
        Command::Serve => serve::run(&product),
        Command::Replay(arguments) => replay::run(&product, &arguments),
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}
