//! `export`: history for analysis, as files that pandas, Polars, DuckDB and Spark read (`docs/tables.md`).

use std::path::Path;
use std::sync::Arc;

use ::store::Bucket;
use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use odds::Moment;
use odds::market::{Meaning, Words};
use predictive_play::decode::Providers;
use predictive_play::export::{Done, FileFormat, Target, Wish, export};
use tables::{Means, Source};

use super::progress::Progress;
use super::stop::{INTERRUPTED, Stop};
use super::{Outcome, Product, tell};

const EXAMPLES: &str = "Examples:
  predictive-play export parquet --out history
  predictive-play export parquet --out history --sport basketball.nba --from 2025-10-01 --to 2026-06-30
  predictive-play export arrow --out s3://BUCKET/PREFIX

Run it again to append: days that are over, and of which nothing new was recorded, are not touched. docs/tables.md has the tables.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// How files are written.
    #[arg(value_enum)]
    format: Written,
    /// The folder, or a bucket: s3://BUCKET/PREFIX, with the keys of the settings of the archive.
    #[arg(long, value_name = "DIR")]
    out: String,
    /// Leagues, sports or providers' keys, with commas; without it all.
    #[arg(long, value_name = "SPORT", value_delimiter = ',')]
    sport: Vec<String>,
    /// The first day, by the league's own calendar.
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// As of this moment of the world.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Moment>,
    /// By what had been recorded at this moment.
    #[arg(long, value_name = "TIME")]
    known_at: Option<Moment>,
    /// Writes every file again.
    #[arg(long)]
    anew: bool,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Written {
    /// Parquet, packed with zstd.
    Parquet,
    /// CSV, packed with gzip.
    Csv,
    /// The Arrow IPC file format.
    Arrow,
}

struct FromProviders(Providers);

impl Means for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to)
        && to < from
    {
        tell::complaint(format!("--to {to} comes before --from {from}"));
        return Ok(super::WRONG_USAGE);
    }
    let target = target(product, &arguments.out)?;
    let source = Source::of(Arc::clone(&product.answers), Arc::new(FromProviders(product.recorder.providers().clone())))?;
    let (stop, mut progress, mut before) = (Stop::listen()?, None, 0);
    let done = export(&source, &wish(arguments), &target, product.clock.now(), &mut |days, all| {
        let now = product.clock.now();
        let progress = progress.get_or_insert_with(|| Progress::of(all as u64, "days", now));
        progress.advance((days - before) as u64, None, now);
        before = days;
        !stop.is_asked()
    });
    progress.iter().for_each(Progress::end);
    let done = done.with_context(|| format!("exporting to {}", arguments.out))?;
    told(arguments, &done)?;
    Ok(if done.is_stopped { INTERRUPTED } else { 0 })
}

fn wish(arguments: &Arguments) -> Wish {
    let format = match arguments.format {
        Written::Parquet => FileFormat::Parquet,
        Written::Csv => FileFormat::Csv,
        Written::Arrow => FileFormat::Arrow,
    };
    Wish {
        format,
        sports: arguments.sport.clone(),
        from: arguments.from,
        to: arguments.to,
        as_of: arguments.as_of,
        known_at: arguments.known_at,
        is_anew: arguments.anew,
    }
}

fn target(product: &Product, out: &str) -> anyhow::Result<Target> {
    match out.strip_prefix("file://") {
        None if out.starts_with("s3://") => {
            let address = product.settings.archive.bucket_at(out.trim_end_matches('/').to_owned());
            Target::bucket(Bucket::open(&address)?)
        }
        folder => Target::folder(Path::new(folder.unwrap_or(out))),
    }
}

fn told(arguments: &Arguments, done: &Done) -> anyhow::Result<()> {
    if arguments.json {
        return tell::json(done);
    }
    let rows: Vec<String> = done.rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    tell::line(format!(
        "{}: {} files written, {} unchanged, {} removed; {} days left as they were; up to entry {} of the log",
        arguments.out, done.files_written, done.files_unchanged, done.files_removed, done.days_left, done.seq
    ));
    tell::line(format!("it holds {} bytes: {}", done.bytes, if rows.is_empty() { "no rows".to_owned() } else { rows.join(", ") }));
    if done.is_stopped {
        tell::line("stopped before its end: run it again to go on");
    }
    Ok(())
}
