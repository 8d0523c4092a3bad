#!/bin/sh
# Long fuzzing of every target below fuzz/, SECONDS_EACH (default 300) apiece; `make test` runs the same bounded.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
[ -f fuzz/Cargo.toml ] || { echo "there are no fuzz targets (fuzz/Cargo.toml)" >&2; exit 2; }
cargo +nightly fuzz --version >/dev/null 2>&1 || { echo "needs a nightly toolchain and cargo-fuzz: rustup toolchain install nightly; cargo install --locked cargo-fuzz" >&2; exit 2; }
for target in $(cargo +nightly fuzz list); do
    cargo +nightly fuzz run "$target" -- "-max_total_time=${SECONDS_EACH:-300}" -rss_limit_mb=2048
done
