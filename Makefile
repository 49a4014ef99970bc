# Two commands do all the set-up: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_COMPILE_BYTECODE := 1

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit("Chariot needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet 'uv>=0.8'

$(VENV)/.run: pyproject.toml uv.lock | $(BIN)/uv
	$(BIN)/uv sync --quiet --locked --inexact --no-dev
	@touch $@

$(VENV)/.dev: pyproject.toml uv.lock | $(BIN)/uv
	$(BIN)/uv sync --quiet --locked --inexact
	@touch $@ $(VENV)/.run
