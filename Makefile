# Two commands do all the set-up on a fresh Debian machine with Rust: `make demo` and `make test`.
.PHONY: demo demo-results console test test-console tools node test-tools lint bench clean
.DEFAULT_GOAL := demo

DEMO ?= demo
SEED ?= 7
ENTERPRISES ?= 3000
DAYS ?= 540
WORKERS ?= 2
LIVE_DAYS ?= 60
DAYS_PER_MINUTE ?= 4
LISTEN ?= 127.0.0.1:8080
CONSOLE := dashboards/console
# npm on a node that is new enough, or on one that npx fetches.
NPM = $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
	&& echo npm || echo npx -y -p node@22 -p npm@10 npm)
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

## From nothing to a city that lives, in the browser. The past of the city comes at once, its last
## LIVE_DAYS at DAYS_PER_MINUTE. Ends with Ctrl-C.
demo: demo-results
	rm -rf $(DEMO)/live && mkdir -p $(DEMO)/live/inbox
	@echo "The console: http://$(LISTEN)/"
	@export VESTIGO_STATE=$(DEMO)/live/state VESTIGO_OUT=$(DEMO)/live/out VESTIGO_MESSAGES=$(DEMO)/live/messages \
	  VESTIGO_EVENTS=$(DEMO)/live/inbox VESTIGO_LISTEN=$(LISTEN); \
	$(VESTIGO) run pipelines/city.toml & service=$$!; \
	$(VESTIGO) feed '$(DEMO)/city/events-*.ndjson' --url http://$(LISTEN) --live-days $(LIVE_DAYS) \
	  --days-per-minute $(DAYS_PER_MINUTE) & feed=$$!; \
	trap 'kill $$feed $$service 2>/dev/null; wait $$service' INT TERM EXIT; \
	wait $$service

## The same city as files: warnings with their reasons, and how good they are.
demo-results: tools console
	cargo build --release --locked
	$(VESTIGO) simulate --seed $(SEED) --enterprises $(ENTERPRISES) --days $(DAYS) --out $(DEMO)/city
	$(VESTIGO) run pipelines/batch.toml --workers $(WORKERS) --events '$(DEMO)/city/*.ndjson' --out $(DEMO)/out
	$(VESTIGO) evaluate $(DEMO)/city/truth.json $(DEMO)/out
	$(VESTIGO) warnings $(DEMO)/out --top 20
	@echo "The first five with their reasons ('$(VESTIGO) explain ID --out $(DEMO)/out' tells of any):"
	$(VESTIGO) warnings $(DEMO)/out --top 5 --reasons --lang en

## The console's files, which are built into the binary. Debian 12's own node is too old for Vite 8.
console: node
	cd $(CONSOLE) && $(NPM) ci --no-audit --no-fund && $(NPM) run build

## Every test: formatting, lints, unit and integration tests, the cases of the pipelines, the console.
test: test-tools console
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked
	cargo run --locked --quiet -- test
	$(MAKE) test-console

## Every screen of the console in Chromium, against the binary with a simulated city.
test-console: test-tools
	cd $(CONSOLE) && $(NPM) test

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

## What the console needs: node 20.19 or later.
node: tools
	@need=; command -v npm >/dev/null || need="$$need nodejs npm"; $(INSTALL)

## What the tests need besides: Chromium with Chinese fonts, Java and Maven for a real Kafka broker, openssl for certificates,
## psql and Python for SQL, Prometheus for the dashboards and alerts.
test-tools: tools node
	@need=; \
	  [ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || need="$$need chromium"; \
	  fc-list :lang=zh 2>/dev/null | grep -q . || need="$$need fontconfig fonts-noto-cjk"; \
	  command -v java >/dev/null || need="$$need default-jre-headless"; \
	  command -v mvn >/dev/null || need="$$need maven"; \
	  command -v openssl >/dev/null || need="$$need openssl"; \
	  command -v psql >/dev/null || need="$$need postgresql-client"; \
	  python3 -m venv --help >/dev/null 2>&1 || need="$$need python3-venv"; \
	  $(INSTALL)
	@need=; command -v promtool >/dev/null || need="$$need prometheus"; \
	  if [ -n "$$need" ]; then $(UNSTARTED); fi

clean:
	cargo clean
	rm -rf $(DEMO)
