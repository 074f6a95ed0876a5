# Countersign from a clean clone: needs Python 3.11 or newer with venv and pip, and make.

PYTHON ?= python3
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

RUNTIME_STAMP := .venv/.runtime-stamp
DEV_STAMP     := .venv/.dev-stamp

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test soak cov lint fmt type check bench lock

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(RUNTIME_STAMP) ## install what running needs into .venv

setup-dev: $(DEV_STAMP) ## install what developing and testing need as well

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Countersign needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." \
	    "Name another with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -f $@; \
	  echo "'$(PYTHON) -m venv' failed; on Debian, the package python3-venv brings it." >&2; \
	  exit 1; }

# The locks are complete: nothing is resolved (pip would take the newest release of what is asked
# for with an extra, and refuse it for having no hash), and `pip check` asks whether anything lacks.
INSTALL := install --no-deps --require-hashes --requirement
# Not quiet: it must say what lacks.
CHECK   := $(BIN)/python -m pip --disable-pip-version-check check

$(RUNTIME_STAMP): requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) $(INSTALL) requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@$(CHECK)
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUNTIME_STAMP)
	$(PIP) $(INSTALL) requirements-dev.txt
	@$(CHECK)
	@touch $@

run: setup ## start everything on http://127.0.0.1:8080 (Ctrl-C stops it)
	@exec $(BIN)/countersign up

test: setup-dev ## run the tests that every change must pass
	deploy/test-packages.sh
	$(BIN)/python -m pytest $(ARGS)

soak: setup-dev ## run what takes long, with fresh seeds, for SOAK_MINUTES (60)
	deploy/test-packages.sh
	$(BIN)/python -m tests.soak

cov: setup-dev ## run the same tests and report branch coverage
	deploy/test-packages.sh
	$(BIN)/python -m pytest --cov --cov-report=term --cov-report=html:var/coverage $(ARGS)

lint: setup-dev ## check form, types, imports and definitions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/countersign definitions check

fmt: setup-dev ## format, and mend what can be mended without judgement
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

type: setup-dev ## check types only
	$(BIN)/mypy

check: lint test ## everything that CI checks

bench: setup-dev ## measure, and write a table to var/bench
	$(BIN)/python -m bench $(ARGS)

# The newest versions that fit pyproject.toml, for every platform and Python from 3.11 on.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-config --no-emit-index-url --no-emit-find-links \
        --custom-compile-command 'make lock'

lock: setup-dev ## choose the newest dependencies and lock them with their hashes
	$(LOCK) --group build --output-file requirements.txt
	$(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt
