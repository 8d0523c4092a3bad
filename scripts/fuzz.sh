#!/bin/sh
# Fuzzes every target of tests/fuzz.rs for SECONDS_EACH (default 300); `make test` runs the same for two seconds each. What is found
# is kept below tests/fuzz_cases and played first from then on.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
FUZZ_SECS="${SECONDS_EACH:-300}" FUZZ_SEED="${FUZZ_SEED:-$(date +%s)}" cargo test --locked --release --test fuzz -- --nocapture
