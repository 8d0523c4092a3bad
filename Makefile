# The few commands that a newcomer needs; `make` alone lists them.

BIN_DIR := $(or $(CARGO_TARGET_DIR),target)
export CARGO_BUILD_JOBS ?= $(shell sh scripts/need.sh jobs)
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

.PHONY: help run demo test bench soak fuzz dist fmt clean need-build

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

need-build:
	@sh scripts/need.sh build

run: need-build ## install what is missing, build, and start on SQLite at http://127.0.0.1:8080
	@sh scripts/need.sh port
	cargo build --release --locked
	@exec "$(BIN_DIR)/release/predictive-play" up

demo: need-build ## the recorded season, replayed as if it were on
	@sh scripts/need.sh port
	cargo build --release --locked
	@exec "$(BIN_DIR)/release/predictive-play" up --demo

test: ## every check: format, lint, licences, tidy, unit, both stores, route, faults
	@sh scripts/need.sh test
	@bash scripts/test.sh

bench: need-build ## the figures of docs/performance.md
	@sh scripts/need.sh bench
	taskset -c 0 cargo bench --locked --bench route -- sqlite
	cargo bench --locked --bench route
	cargo bench --locked --bench tables
	cargo bench --locked --bench import
	cargo bench --locked -p providers --bench betfair
	@ulimit -n 4096 2>/dev/null || true; cargo bench --locked --bench http

soak: need-build ## the tests that take long: those marked ignored
	cargo test --workspace --locked --release -- --ignored

fuzz: need-build ## fuzz each target for SECONDS_EACH=300 seconds
	@sh scripts/fuzz.sh

dist: need-build ## one stripped binary: target/dist/predictive-play
	cargo build --profile dist --locked --bin predictive-play
	@ls -l "$(BIN_DIR)/dist/predictive-play"

fmt: ## format the code
	cargo fmt --all

clean: ## remove what was built (data stays)
	cargo clean
