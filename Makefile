# make demo: a whole project, tracked, with its lineage; needs only Python 3.11 or newer.
# make test: everything is checked: ruff, mypy, import-linter, pytest on both engines.

PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint check-python clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

check-python:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "provgraph needs Python 3.11 or newer with its venv module; name one: make PYTHON=/path/to/python3"; exit 1; }

$(BIN)/python: | check-python
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo,test,dev,py2neo]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo
	@$(BIN)/provgraph demo

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest

clean:
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build provgraph-demo
