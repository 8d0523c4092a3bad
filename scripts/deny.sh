#!/bin/sh
# Licences, sources, duplicate and dangerous crates, by cargo-deny. It is compiled once (about 3 minutes on 2 cores) and kept in
# cargo's own folder. Without network it says aloud what was not checked; with CI=true the tool itself must be there.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
version=0.20.2

skipped() { printf '\n*** SKIPPED: %s\n\n' "$*" >&2; }

if ! cargo deny --version >/dev/null 2>&1; then
    echo "cargo-deny is compiled once; this takes some minutes" >&2
    # Its own folder: the target folder of a workspace would be rebuilt for it, and it for the workspace.
    if ! env -u CARGO_TARGET_DIR cargo install --quiet --locked "cargo-deny@$version"; then
        skipped "cargo-deny could not be installed (offline?): licences, sources and advisories are not checked"
        [ "${CI:-}" != true ]
        exit
    fi
fi

cargo deny --locked check --hide-inclusion-graph bans licenses sources
if timeout 120 cargo deny fetch db >/dev/null 2>&1; then
    cargo deny --locked check advisories
elif ls "${CARGO_HOME:-$HOME/.cargo}"/advisory-dbs/*/ >/dev/null 2>&1; then
    echo "the advisory database cannot be reached: the copy kept here is used" >&2
    cargo deny --locked check --disable-fetch advisories
else
    skipped "the advisory database cannot be reached and no copy is kept: known holes in crates are not checked"
fi
