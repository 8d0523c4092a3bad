//! `rebuild --into URL`: a new store from the archive, and with `--verify` the proof that it says the same as the old one.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use predictive_play::rebuild::{Difference, compare, rebuild};
use predictive_play::record::Recorder;
use store::Store;

use super::{Outcome, Product, WRONG_USAGE};

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
            eprintln!("--into: {error}");
            return Ok(WRONG_USAGE);
        }
    };
    into.migrate_up().context("making the new store")?;
    let recorder = Recorder::new(Arc::new(into), product.recorder.providers().clone(), Arc::clone(&product.clock));
    let recorded = rebuild(&recorder, &mut |done, all| {
        if done % 100 == 0 || done == all {
            eprintln!("{done} of {all} bundles");
        }
    })?;
    let difference = if arguments.verify { compare(&product.store, recorder.store())? } else { None };
    print(recorded, difference.as_ref(), arguments);
    Ok(u8::from(difference.is_some()))
}

fn print(recorded: usize, difference: Option<&Difference>, arguments: &Arguments) {
    if arguments.json {
        let difference =
            difference.map(|found| serde_json::json!({ "line": found.line, "before": found.before, "rebuilt": found.rebuilt }));
        let is_equal = arguments.verify.then_some(difference.is_none());
        println!("{}", serde_json::json!({ "recorded": recorded, "is_equal": is_equal, "difference": difference }));
        return;
    }
    println!("{recorded} replies recorded");
    match difference {
        Some(Difference { line, before, rebuilt }) => {
            let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "(the end)".to_owned());
            println!("the stores differ from line {line} of their dumps on:\n  before:  {}\n  rebuilt: {}", told(before), told(rebuilt));
        }
        None if arguments.verify => println!("the canonical dumps are byte-equal"),
        None => {}
    }
}
