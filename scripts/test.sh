#!/usr/bin/env bash
# Every check, cheapest first; the last line is the sum over all test binaries, for cargo prints one line for each.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

cargo fmt --all --check
cargo clippy --workspace --all-targets --locked -- -D warnings
sh scripts/deny.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What a passing test prints is shown, for it may say that it was skipped.
status=0
cargo test --workspace --locked --no-fail-fast -- --show-output 2>&1 | tee "$log" || status=$?
grep -E '^(\*\*\* )?skipped: ' "$log" | sort | uniq -c || true
awk '/^test result:/ { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i; if ($(i+1) ~ /^ignored/) s += $i } }
     END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$log"
exit "$status"
