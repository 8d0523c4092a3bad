//! Where log lines go: standard error, as text or JSON, as `RUST_LOG` and `LOG_FORMAT` say. Results never mix with them.

use std::io::IsTerminal;

use predictive_play::settings::{LogFormat, Settings};
use tracing_subscriber::EnvFilter;

/// Starts the log, and notes in it what is odd in the settings.
pub fn start(settings: &Settings) {
    let filter = EnvFilter::try_new(&settings.log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Where standard error is closed, telling so there would end the program.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    let started = match settings.log.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        super::tell::complaint(format!("the log is not started: {error}"));
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
}
