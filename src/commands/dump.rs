//! `dump --canonical`: the whole store as sorted text that two stores with the same content share byte for byte.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

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
    match &arguments.out {
        Some(path) if path.is_file() || !path.exists() => to_file(product, path)?,
        Some(path) => write(product, File::create(path).with_context(|| format!("opening {}", path.display()))?)?,
        None => match write(product, std::io::stdout().lock()) {
            // Who reads has enough (`| head`).
            Err(error) if is_broken_pipe(&error) => {}
            written => written?,
        },
    }
    Ok(0)
}

fn write(product: &Product, out: impl Write) -> anyhow::Result<()> {
    canonical(&product.store, &mut BufWriter::new(out))
}

/// A file that is there under its name is whole: what is being written has another.
fn to_file(product: &Product, path: &Path) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let written = File::create(&partial).with_context(|| format!("making {}", partial.display())).and_then(|file| {
        write(product, &file)?;
        file.sync_all().with_context(|| format!("writing {}", partial.display()))?;
        fs::rename(&partial, path).with_context(|| format!("naming {}", path.display()))
    });
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|error| error.kind() == ErrorKind::BrokenPipe)
}
