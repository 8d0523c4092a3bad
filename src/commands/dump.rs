//! `dump --canonical`: the whole store as sorted text that two stores with the same content share byte for byte.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use predictive_play::dump::canonical;

use super::{Outcome, Product};

#[derive(Args)]
pub struct Arguments {
    /// Free of numbers and times that depend on the store or on arrival: the one form there is.
    #[arg(long, required = true)]
    canonical: bool,
    /// Writes to a file in place of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let mut out: BufWriter<Box<dyn Write>> = BufWriter::new(match &arguments.out {
        Some(path) => Box::new(File::create(path).with_context(|| format!("making {}", path.display()))?),
        None => Box::new(std::io::stdout().lock()),
    });
    canonical(&product.store, &mut out)?;
    Ok(0)
}
