#!/bin/sh
# What a machine must have before `make run`, `make test`, `make bench` or `make dist`: installs it where that is possible (Debian, Ubuntu, with
# root or sudo), else names it with the command and stops with 2. `need.sh jobs` prints how many crates may be built at once.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

say() { printf 'need: %s\n' "$*" >&2; }
stop() { say "$*"; exit 2; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- Rust ---
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

need_rust() {
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    has cargo || stop "Rust $wanted or newer is missing. Install it from https://rustup.rs, then run make again."
    found=$(rustc --version 2>/dev/null | awk '{print $2}')
    [ -n "$found" ] || stop "cargo is there and rustc does not run: with rustup, 'rustup default stable'; else install Rust from https://rustup.rs."
    at_least "$wanted" "${found%%-*}" && return
    if has rustup; then
        stop "rustc $found is too old, $wanted is needed: run 'rustup update stable' (and 'rustup default stable' if another is chosen)."
    fi
    stop "rustc $found is too old, $wanted is needed, and distributions rarely have it: install Rust from https://rustup.rs; its cargo must come first in PATH."
}

need_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    if has rustup; then rustup component add "$2" && return; fi
    stop "cargo $1 is missing: 'rustup component add $2', or your distribution's package of that name."
}

# --- Packages: what is missing is gathered, then installed in one go ---
missing=''
want() { missing="$missing $1"; }
want_command() { has "$1" || want "$2"; }
# Only where a test really uses it: a developer should not get a server for nothing.
is_used() { grep -rqs --include='*.rs' -- "$1" src tests testkit api store 2>/dev/null; }

find_initdb() {
    for candidate in "$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb; do
        [ -x "$candidate" ] && at_least 15 "$("$candidate" --version | grep -oE '[0-9]+(\.[0-9]+)?' | head -n 1)" && return 0
    done
    return 1
}

install_missing() {
    missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
    missing=${missing% }
    [ -n "$missing" ] || return 0
    has apt-get || stop "missing; install with your package manager what Debian calls: $missing"
    # A machine that was just started often holds apt's lock for its own updates: that is waited for.
    patience='-o DPkg::Lock::Timeout=120'
    command="apt-get install -y --no-install-recommends $missing"
    if [ "$(id -u)" = 0 ]; then as_root=''
    elif has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then as_root='sudo'
    elif has sudo; then stop "missing: $missing. Run: sudo $command"
    else stop "missing: $missing. Run as root (su -): $command"
    fi
    retry="${as_root:+$as_root }$command"
    say "installing $missing"
    # An old package list is the usual reason for a failure: it is refreshed once.
    $as_root env DEBIAN_FRONTEND=noninteractive $command $patience >&2 && return 0
    $as_root apt-get update $patience >&2 || stop "apt-get update failed (no network, or another apt holds its lock). Missing: $missing. Run: $retry"
    $as_root env DEBIAN_FRONTEND=noninteractive $command $patience >&2 || stop "could not install $missing. Run: $retry"
}

want_compiler() {
    # The header tells a whole tool chain from a lone cc: SQLite and zstd are compiled from C.
    has cc && printf '#include <stdlib.h>\nint main(void){return 0;}\n' | cc -x c -fsyntax-only - 2>/dev/null || want build-essential
}

# --- Memory ---
memory_mb() {
    total=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo 2>/dev/null || echo 4096)
    limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
    if [ "$limit" != max ] && [ $((limit / 1048576)) -lt "$total" ]; then echo $((limit / 1048576)); else echo "${total:-4096}"; fi
}

jobs() { if [ "$(memory_mb)" -lt 1536 ]; then echo 1; else getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; fi; }

tell_memory() {
    [ "$(memory_mb)" -ge 1536 ] || say "$(memory_mb) MB of memory: building one crate at a time; if the compiler is still killed, add swap, or build elsewhere with 'make dist' and copy the binary."
}

# --- The port, before minutes of building ---
listen() {
    if [ -n "${PREDICTIVE_PLAY_LISTEN:-}" ]; then echo "$PREDICTIVE_PLAY_LISTEN"; return; fi
    found=$(sed -n 's/^\(export \)\{0,1\}PREDICTIVE_PLAY_LISTEN=//p' .env 2>/dev/null | tail -n 1 | tr -d "\"' ")
    [ -n "$found" ] || found=$(sed -n 's/^listen *= *"\(.*\)".*/\1/p' "${PREDICTIVE_PLAY_CONFIG:-predictive-play.toml}" 2>/dev/null | head -n 1)
    echo "${found:-127.0.0.1:8080}"
}

is_taken() {
    hex=$(printf ':%04X' "$1")
    awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port {found = 1} END {exit !found}' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

need_port() {
    address=$(listen)
    port=${address##*:}
    case $port in ''|*[!0-9]*) return 0 ;; esac # the product itself refuses it, with what is right
    [ "$port" -le 65535 ] && is_taken "$port" || return 0
    owner=$(ss -Hltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:((\("[^"]*"\),pid=\([0-9]*\).*/ by \1 (process \2)/p' | head -n 1)
    stop "port $port is taken$owner. Stop that, or take another: PREDICTIVE_PLAY_LISTEN=127.0.0.1:$((port % 65535 + 1)) make run"
}

# --- What data scientists read with, and what the Python client is tested with: in a folder of the build ---
readers='duckdb==2.0.1 mypy==2.4.1 pandas==3.1.1 polars==2.1.0 psycopg2-binary==2.9.13 pyarrow==26.0.1 setuptools==84.2.1'

need_readers() {
    folder=${CARGO_TARGET_DIR:-target}/readers
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$readers" ] && return
    say "installing $readers into $folder"
    # Whether the module is there shows only when it is used: distributions part it from Python.
    if python3 -m venv --clear "$folder" >&2 && "$folder/bin/pip" install --quiet --disable-pip-version-check $readers >&2; then
        echo "$readers" > "$folder/installed"
        return
    fi
    rm -rf "$folder"
    say "without network, or without python3-venv: what is exported is not read with DuckDB, Polars and pandas, and the Python client is not tested"
    [ "${CI:-}" != true ]
}

case "${1:-}" in
jobs) jobs ;;
readers) need_readers ;;
port) need_port ;;
build)
    want_compiler
    install_missing
    need_rust
    tell_memory
    ;;
test)
    want_compiler
    for pair in bash:bash curl:curl python3:python3 git:git; do want_command "${pair%%:*}" "${pair##*:}"; done
    find_initdb || want postgresql
    # A client of The Odds API that the tests let loose on /v4 brings OpenSSL.
    if is_used the_odds_api:: && ! { has pkg-config && pkg-config --exists openssl; }; then want pkg-config; want libssl-dev; fi
    if is_used PgBouncer; then { has pgbouncer || [ -x /usr/sbin/pgbouncer ] || want pgbouncer; }; want_command openssl openssl; fi
    if is_used redis-server; then want_command redis-server redis-server; fi
    if is_used promtool; then want_command promtool prometheus; fi
    if [ -f web/package.json ]; then
        want_command npm npm
        has chromium || has chromium-browser || has google-chrome || want chromium
    fi
    python3 -c 'import ensurepip' 2>/dev/null || want python3-venv
    install_missing
    find_initdb || stop "the tests need PostgreSQL 15 or newer (initdb); this distribution's is older: see https://www.postgresql.org/download/"
    # initdb refuses root: the private clusters of the tests then run as this user.
    if [ "$(id -u)" = 0 ] && ! getent passwd postgres >/dev/null && ! getent passwd nobody >/dev/null; then
        stop "run as root, the tests need the user postgres or nobody for PostgreSQL: useradd --system postgres"
    fi
    need_rust
    need_component fmt rustfmt
    need_component clippy clippy
    tell_memory
    need_readers
    ;;
bench)
    find_initdb || want postgresql
    has_driver() { "$1" -c 'import psycopg2' 2>/dev/null; }
    if [ -n "${BENCH_PYTHON:-}" ]; then has_driver "$BENCH_PYTHON" || say "BENCH_PYTHON=$BENCH_PYTHON has no psycopg2"
    # The package is of the distribution's Python, which need not be the first in PATH.
    elif ! has_driver python3 && ! has_driver /usr/bin/python3; then want python3-psycopg2; fi
    # What stays missing costs the figures that need it, and each says so.
    need_readers || true
    (install_missing) || say "without these, the figures beside PostgreSQL or the Python loader are skipped"
    ;;
*) stop "usage: need.sh jobs | port | build | readers | test | bench" ;;
esac
