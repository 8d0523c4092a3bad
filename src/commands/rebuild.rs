//! `rebuild --into URL`: a new store from the archive, and with `--verify` the proof that it says the same as the old one.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use predictive_play::rebuild::{Difference, compare, rebuild};
use predictive_play::record::Recorder;
use predictive_play::settings::StoreUrl;
use store::Store;

use super::{Outcome, Product, WRONG_USAGE, tell};

#[derive(Args)]
pub struct Arguments {
    /// The new store (`sqlite:PATH` or `postgres://...`); it uses the same archive.
    #[arg(long, value_name = "URL")]
    into: String,
    /// Compares the canonical dumps of both stores; a difference is exit code 1.
    #[arg(long)]
    verify: bool,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let into = match store::engine(&arguments.into, None) {
        Ok(engine) => Store::on(engine, product.store.archive().clone()),
        Err(error) => {
            tell::complaint(format!("--into: {error}"));
            return Ok(WRONG_USAGE);
        }
    };
    if is_same(&arguments.into, &product.settings.store.url, into.engine().address() == product.store.engine().address()) {
        tell::complaint(format!(
            "--into: {} is the store that is to be compared with; name one that is not there yet",
            into.engine().address()
        ));
        return Ok(WRONG_USAGE);
    }
    into.migrate_up().context("making the new store")?;
    let recorder = Recorder::new(Arc::new(into), product.recorder.providers().clone(), Arc::clone(&product.clock));
    let recorded = rebuild(&recorder, &mut |done, all| {
        if done % 100 == 0 || done == all {
            tell::complaint(format!("{done} of {all} bundles"));
        }
    })?;
    let difference = if arguments.verify { compare(&product.store, recorder.store())? } else { None };
    print(recorded, difference.as_ref(), arguments)?;
    Ok(u8::from(difference.is_some()))
}

/// Whether both are one store: it would prove nothing. A file has many names, so its place on the disk is compared.
fn is_same(into: &str, ours: &StoreUrl, are_called_alike: bool) -> bool {
    let on_disk = |path: &Path| path.canonicalize().ok();
    match (into.strip_prefix("sqlite:"), ours) {
        (Some(path), StoreUrl::Sqlite(ours)) => {
            let place = on_disk(Path::new(path.strip_prefix("//").unwrap_or(path)));
            are_called_alike || (place.is_some() && place == on_disk(ours))
        }
        _ => are_called_alike,
    }
}

fn print(recorded: usize, difference: Option<&Difference>, arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.json {
        let difference =
            difference.map(|found| serde_json::json!({ "line": found.line, "before": found.before, "rebuilt": found.rebuilt }));
        let is_equal = arguments.verify.then_some(difference.is_none());
        return tell::json(&serde_json::json!({ "recorded": recorded, "is_equal": is_equal, "difference": difference }));
    }
    tell::line(format!("{recorded} replies recorded"));
    match difference {
        Some(Difference { line, before, rebuilt }) => {
            let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "(the end)".to_owned());
            tell::line(format!(
                "the stores differ from line {line} of their dumps on:\n  before:  {}\n  rebuilt: {}",
                told(before),
                told(rebuilt)
            ));
        }
        None if arguments.verify => tell::line("the canonical dumps are byte-equal"),
        None => {}
    }
    Ok(())
}
