# Two commands do all the set-up on a fresh Debian machine with Rust: `make demo` and `make test`.
.PHONY: demo test tools test-tools lint bench clean
.DEFAULT_GOAL := demo

DEMO ?= demo
SEED ?= 7
ENTERPRISES ?= 3000
DAYS ?= 540
WORKERS ?= 2
TARGET := $(or $(CARGO_TARGET_DIR),target)
VESTIGO := $(TARGET)/release/vestigo
# Installs the Debian packages in the shell variable `need`.
INSTALL = if [ -n "$$need" ]; then \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	  echo "installing$$need"; \
	  $$sudo apt-get update -q && $$sudo apt-get install -yq $$need; fi

# The same for packages that bring a service: it is not started, and does not start by itself.
UNSTARTED = policy=/usr/sbin/policy-rc.d; \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	  made=; if [ ! -e $$policy ]; then made=1; \
	    printf '\#!/bin/sh\nexit 101\n' | $$sudo tee $$policy >/dev/null; $$sudo chmod 755 $$policy; fi; \
	  echo "installing$$need"; \
	  $$sudo apt-get update -q && $$sudo apt-get install -yq --no-install-recommends $$need; rc=$$?; \
	  if [ -n "$$made" ]; then $$sudo rm -f $$policy; fi; \
	  for one in $$need; do $$sudo systemctl disable $$one >/dev/null 2>&1 || true; done; \
	  [ $$rc = 0 ]

## From nothing to a table of warnings with reasons.
demo: tools
	cargo build --release --locked
	$(VESTIGO) simulate --seed $(SEED) --enterprises $(ENTERPRISES) --days $(DAYS) --out $(DEMO)/city
	$(VESTIGO) run pipelines/batch.toml --workers $(WORKERS) --events '$(DEMO)/city/*.ndjson' --out $(DEMO)/out
	$(VESTIGO) evaluate $(DEMO)/city/truth.json $(DEMO)/out
	$(VESTIGO) warnings $(DEMO)/out --top 20
	@echo "The first five with their reasons ('$(VESTIGO) explain ID --out $(DEMO)/out' tells of any):"
	$(VESTIGO) warnings $(DEMO)/out --top 5 --reasons --lang en

## Every test: formatting, lints, unit and integration tests, the cases of the pipelines.
test: test-tools
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked
	cargo run --locked --quiet -- test

lint: tools
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

## The canonical workload and the micro-benches.
bench: tools
	cargo bench --locked

## What building needs beyond Rust: a C compiler, and OpenSSL and zlib for the client of Kafka.
tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust, see https://rustup.rs" >&2; exit 1; }
	@need=; \
	  command -v cc >/dev/null && command -v make >/dev/null || need="$$need build-essential"; \
	  command -v pkg-config >/dev/null || need="$$need pkg-config"; \
	  pkg-config --exists openssl 2>/dev/null || need="$$need libssl-dev"; \
	  pkg-config --exists zlib 2>/dev/null || need="$$need zlib1g-dev"; \
	  $(INSTALL)
	@cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
	@cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt

## What the tests need besides: Java and Maven for a real Kafka broker, openssl for certificates,
## Prometheus for the dashboards and alerts.
test-tools: tools
	@need=; \
	  command -v java >/dev/null || need="$$need default-jre-headless"; \
	  command -v mvn >/dev/null || need="$$need maven"; \
	  command -v openssl >/dev/null || need="$$need openssl"; \
	  $(INSTALL)
	@need=; command -v promtool >/dev/null || need="$$need prometheus"; \
	  if [ -n "$$need" ]; then $(UNSTARTED); fi

clean:
	cargo clean
	rm -rf $(DEMO)
