//! `import`: tables that people already have, through a mapping that says what their columns mean.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use predictive_play::clock::Clock;
use predictive_play::import::summary::Summary;
use predictive_play::import::{Known, Watch, import, mapping, propose};
use predictive_play::replay::files;
use predictive_play::settings::Settings;

use super::progress::Progress;
use super::stop::{INTERRUPTED, Stop};
use super::{FAILED, Outcome, Product, WRONG_USAGE, tell};

const EXAMPLES: &str = "Examples:
  predictive-play import --propose games.csv > mine.toml
  predictive-play import --mapping mine.toml --dry-run games.csv
  predictive-play import --mapping config/mappings/nba-closing.toml nba_games.csv.gz
  predictive-play import --mapping config/mappings/the-odds-api-flat.toml snapshots.tar.zst

CSV, JSON and JSON lines in UTF-8, Parquet and Excel, also as .gz, .bz2, .zst, .tar. The same file twice changes nothing. Rows that cannot be meant are
refused with their reason and counted; a file that cannot be taken is named (exit 1), the others go in. docs/import.md says how a
mapping is written.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What the columns mean (TOML).
    #[arg(long, value_name = "FILE", required_unless_present = "propose")]
    mapping: Option<PathBuf>,
    /// Prints a mapping that fits the header of the first file, to begin with.
    #[arg(long, conflicts_with = "mapping")]
    propose: bool,
    /// Shows what would come in, and ten refused rows of each reason; writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub fn run(settings: Settings, arguments: &Arguments) -> Outcome {
    if let Some(missing) = arguments.paths.iter().find(|path| !path.exists()) {
        tell::complaint(format!("{} is neither a file nor a folder", missing.display()));
        return Ok(WRONG_USAGE);
    }
    let files = files(&arguments.paths)?;
    let Some(path) = &arguments.mapping else { return proposal(&files) };
    let known = match known(path) {
        Ok(known) => known,
        Err(wrong) => {
            tell::complaint(format!("{}: {wrong}", path.display()));
            return Ok(WRONG_USAGE);
        }
    };
    let stop = Stop::listen()?;
    if arguments.dry_run {
        let clock: Arc<dyn Clock> = Arc::new(predictive_play::clock::WallClock::not_before(odds::Moment::MIN));
        let mut eyes = Eyes::on(&files, stop, clock);
        let summary = import(&files, &known, None, &mut eyes)?;
        eyes.progress.end();
        return end(&summary, arguments);
    }
    let product = Product::open(settings)?;
    product.recorder.record_pending().context("recording what was left pending")?;
    let mut eyes = Eyes::on(&files, stop, Arc::clone(&product.clock));
    let summary = import(&files, &known, Some(&product.recorder), &mut eyes);
    eyes.progress.end();
    end(&summary?, arguments)
}

fn known(path: &Path) -> Result<Known, String> {
    mapping(&std::fs::read_to_string(path).map_err(|error| error.to_string())?)
}

/// The progress and the complaints of a run.
struct Eyes {
    progress: Progress,
    stop: Stop,
    clock: Arc<dyn Clock>,
}

impl Eyes {
    fn on(files: &[PathBuf], stop: Stop, clock: Arc<dyn Clock>) -> Self {
        Self { progress: Progress::of(files.len() as u64, "files", clock.now()), stop, clock }
    }
}

impl Watch for Eyes {
    fn bad(&mut self, wrong: &str) {
        self.progress.complain(&tell::in_one_line(wrong));
    }

    fn file(&mut self, summary: &Summary) {
        self.progress.advance(1, summary.told.last_at, self.clock.now());
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }
}

fn end(summary: &Summary, arguments: &Arguments) -> Outcome {
    if arguments.json {
        let mut value = serde_json::to_value(summary)?;
        value["listings"] = summary.told.listings().into();
        value["quotes"] = summary.told.quotes().into();
        value["is_conserved"] = summary.counts.is_conserved().into();
        value["is_dry_run"] = arguments.dry_run.into();
        tell::json(&value)?;
    } else {
        print(summary, arguments.dry_run);
    }
    Ok(match summary {
        Summary { is_stopped: true, .. } => INTERRUPTED,
        Summary { bad, .. } if *bad > 0 => FAILED,
        _ => 0,
    })
}

fn print(summary: &Summary, is_dry_run: bool) {
    let (told, counts) = (&summary.told, &summary.counts);
    let span = told.first_at.zip(told.last_at).map(|(first, last)| format!(", {first} to {last}")).unwrap_or_default();
    let Summary { files, bad, recorded, known, .. } = summary;
    tell::line(format!("{files} files ({bad} bad), {} rows: {} listings{span}", told.rows, told.listings()));
    for (market, quotes) in &told.markets {
        tell::line(format!("  {market}: {} quotes, {} refused", quotes.quotes, quotes.refused));
    }
    tell::line(format!(
        "{} results told, {} lines without a price, {} quotes seen after the start",
        told.results, told.lines_alone, told.after_the_start
    ));
    if told.stats + told.lists > 0 {
        tell::line(format!("{} lines of players' statistics, {} injuries on {} lists", told.stats, told.injuries, told.lists));
    }
    for (reason, refused) in &told.refused {
        tell::line(format!("refused as {reason}: {}", refused.times));
        if is_dry_run {
            refused.examples.iter().for_each(|example| tell::line(format!("  {}", tell::in_one_line(example))));
        }
    }
    if is_dry_run {
        return tell::line("nothing was written (--dry-run)");
    }
    tell::line(format!("{recorded} chunks recorded, {known} known already"));
    tell::line(format!(
        "{} outcomes: {} opened, {} moved, {} returned, {} unchanged, {} duplicate, {} refused; {} withdrawn, {} not observed",
        counts.received,
        counts.opened,
        counts.moved,
        counts.returned,
        counts.unchanged,
        counts.duplicate,
        counts.refused,
        counts.withdrawn,
        counts.not_observed
    ));
}

/// Prints a mapping to begin with, from the first file.
fn proposal(files: &[PathBuf]) -> Outcome {
    let Some(file) = files.first() else {
        tell::complaint("no file lies there");
        return Ok(WRONG_USAGE);
    };
    match propose(file)? {
        Some(proposed) => tell::line(proposed.trim_end()),
        None => {
            tell::complaint(format!("{} holds no table", file.display()));
            return Ok(WRONG_USAGE);
        }
    }
    Ok(0)
}
