//! `collect`: asks the providers, and serves nothing.

use super::{Outcome, Product, up};

pub fn run(product: &Product) -> Outcome {
    up::collect(product)
}
