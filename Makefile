# `make demo` and `make test` do all set-up by themselves: they need git, make and Python >= 3.11.
# Everything is made inside this folder: .venv/, .cache/, results/, site/.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# The first interpreter that runs and is new enough (a shim may be on the path and not work).
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
RIVALS := .venv-rivals/.installed
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest

# Compiled programs are kept between runs.
export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/.cache/jax
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) \
	| awk 'BEGIN {FS = ":.*## "} {printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "statmodel needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml requirements/runtime.txt | $(BIN)/python
	@echo "Installing into $(VENV) (about a minute) ..."
	$(BIN)/python -m pip install --quiet -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	@echo "Installing the test, lint and docs tools into $(VENV) (about a minute) ..."
	$(BIN)/python -m pip install --quiet -r requirements/dev.txt
	@touch $@

.PHONY: venv
venv: $(DEV) ## create .venv with everything a developer needs

.PHONY: demo
demo: $(RUNTIME) ## fit the shipped example: table on screen, JSON and pictures in results/demo/
	$(BIN)/statmodel demo

.PHONY: test
test: ruff pyright docs pytest ## what a change must pass: ruff, pyright, docs, all tests

.PHONY: pytest
pytest: $(DEV) ## the tests and the examples in docstrings, without the slow ones
	$(PYTEST) -n $(JOBS) --dist worksteal

.PHONY: test-slow
test-slow: $(DEV) ## statistical tests at full size
	$(PYTEST) -n $(JOBS) --dist worksteal -m slow

.PHONY: lint
lint: ruff pyright architecture ## style, types, who may import whom (seconds)

.PHONY: ruff
ruff: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: pyright
pyright: $(DEV)
	$(BIN)/pyright

.PHONY: architecture
architecture: $(DEV)
	$(PYTEST) -q tests/architecture

.PHONY: docs
docs: $(DEV) ## build the documentation into site/, warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: bench
bench: $(DEV) ## benchmarks of this package alone (minutes), into results/benchmarks/
	$(BIN)/python -m benchmarks.run

.PHONY: bench-rivals
bench-rivals: $(DEV) $(RIVALS) ## benchmarks beside others' programs, into the documentation
	$(BIN)/python -m benchmarks.run --rivals --results benchmarks/results
	$(BIN)/python -m benchmarks.report

# A rival that does not install is told, and its rows of the tables say so.
$(RIVALS): requirements/rivals.txt | $(BIN)/python
	$(BIN)/python -m venv .venv-rivals
	@echo '*' > .venv-rivals/.gitignore
	@grep -v '^#' $< | while read -r rival; do \
		echo "Installing $$rival into .venv-rivals ..."; \
		.venv-rivals/bin/python -m pip install --quiet --constraint $< "$$rival" \
		|| echo "$$rival did not install" >&2; \
	done
	@touch $@

.PHONY: lock
lock: $(DEV) ## write requirements/*.txt anew from pyproject.toml
	$(BIN)/pip-compile $(LOCK_OPTIONS) --output-file requirements/runtime.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK_OPTIONS) --all-extras --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt pyproject.toml

LOCK_OPTIONS := --quiet --upgrade --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: clean
clean: ## remove everything that make has made
	rm -rf $(VENV) .venv-rivals .cache .hypothesis .pytest_cache .ruff_cache .benchmarks results site build dist
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
