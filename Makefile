# Two commands do all the set-up: `make demo` and `make test`. `make` alone lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_COMPILE_BYTECODE := 1
UV := $(BIN)/uv

.PHONY: help
help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

# uv installs exactly what uv.lock names, each file checked by its hash.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Chariot needs Python 3.11 or newer, this is %s: make PYTHON=/path/to/python3.11" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet 'uv>=0.8'

$(VENV)/.run: pyproject.toml uv.lock | $(UV)
	$(UV) sync --quiet --locked --inexact --no-dev
	@touch $@

$(VENV)/.dev: pyproject.toml uv.lock | $(UV)
	$(UV) sync --quiet --locked --inexact
# The tests start the program a hundred times, perhaps where Python may not keep what it compiled.
	@$(BIN)/python -m compileall -q -j 0 src
	@touch $@ $(VENV)/.run

.PHONY: install
install: $(VENV)/.run ## Install Chariot into .venv

# The dashboard is built where Node.js is there; everything else works without it.
PAGES := src/chariot/entrypoints/dashboard/static/index.html
PAGES_SOURCES := $(shell find ui/src ui/public -type f 2>/dev/null) ui/index.html ui/package-lock.json ui/vite.config.ts

$(PAGES): $(PAGES_SOURCES)
	@if ! command -v npm >/dev/null; then \
	  echo "The dashboard is not built: it needs Node.js 20.19 or newer. The command line and the API need nothing more."; \
	elif (cd ui && { [ -d node_modules/vite ] || npm ci --omit=dev --no-audit --no-fund --silent; } && npm run --silent build); then \
	  touch $@; \
	else \
	  echo "The dashboard could not be built (see above). The command line and the API work without it."; \
	fi

.PHONY: ui
ui: $(PAGES) ## Build the dashboard, where Node.js is there

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund --silent

.PHONY: ui-test
ui-test: $(VENV)/.dev ## Test the dashboard: types, lint, components, and a real browser where Chromium is
	$(BIN)/python -m pytest -q -rs tests/e2e/test_dashboard.py

SIZE ?= 1000000
.PHONY: bench-ui
bench-ui: $(VENV)/.dev $(PAGES) ui/node_modules/.package-lock.json ## Measure the dashboard in a browser: make bench-ui SIZE=100000
	CHARIOT_BENCH_UI_SIZE=$(SIZE) $(BIN)/python -m benchmarks dashboard

.PHONY: demo
demo: $(VENV)/.run $(PAGES) ## Scan a small internet on loopback, show what to fix first, open the dashboard on it
	$(BIN)/chariot demo demo $$([ -t 0 ] && [ -t 1 ] && echo --serve)

.PHONY: test
test: $(VENV)/.dev ## Install what the tests need and run them
	$(BIN)/python -m pytest -q -rs -n 2 --dist worksteal

SEED ?= 7
ROUNDS ?= 20
OBSERVATIONS ?= 100000
.PHONY: chaos
chaos: $(VENV)/.dev ## Kill everything in turn during a scan and an import, compare the end: make chaos SEED=7 ROUNDS=20
	CHARIOT_CHAOS_SEED=$(SEED) CHARIOT_CHAOS_ROUNDS=$(ROUNDS) CHARIOT_CHAOS_OBSERVATIONS=$(OBSERVATIONS) \
	CHARIOT_CHAOS_LONGEST_S=7200 $(BIN)/python -m pytest -q -s tests/chaos

.PHONY: check
check: $(VENV)/.dev ## Lint, types, import contracts, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m chariot.model.schemas --check docs/reference
	$(BIN)/python -m chariot.entrypoints.rest.openapi --check docs/reference/openapi.json
	$(BIN)/python -m sdk.generate --check
	$(BIN)/python -m chariot.entrypoints.graphql.schema --check docs/reference/schema.graphql

.PHONY: format
format: $(VENV)/.dev ## Format the code and write the generated files anew
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m chariot.model.schemas docs/reference
	$(BIN)/python -m chariot.entrypoints.rest.openapi docs/reference/openapi.json
	$(BIN)/python -m sdk.generate
	$(BIN)/python -m chariot.entrypoints.graphql.schema docs/reference/schema.graphql

.PHONY: bench
bench: $(VENV)/.dev ## Measure, print a table, write benchmarks/latest.json
	$(BIN)/python -m benchmarks

SCANS ?= ../shared/data/scans
.PHONY: compare
compare: $(VENV)/.dev ## Compare what the importers find with expected.csv of a folder: make compare SCANS=DIR
	$(BIN)/python -m benchmarks.compare $(SCANS)

.PHONY: clean
clean: ## Remove what these commands made
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache benchmarks/latest.json
