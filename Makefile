# make demo: track a whole project and show where its files come from; needs only Python 3.11 or newer
# make test: check everything: ruff, mypy, import-linter, pytest on both engines
# make torture: kill clients and engines hundreds of times and look for what was lost; takes an hour or more
# make lint: ruff, mypy and import-linter alone
# make clean: remove what these made
# make help: these lines

# The first Python that is new enough and can make an environment; name another: make demo PYTHON=/path/to/python3
FIT = -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do $$each $(FIT) && { echo $$each; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# uv takes ten seconds where pip takes a minute and a half. Where it does not get through, as to an index that only pip
# is told of, pip does it. What is imported is compiled then; most of it never is, and compiling all takes a minute.
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[$(EXTRAS)]' || { echo "uv could not; pip tries." >&2; $(PIP) -e '.[$(EXTRAS)]'; }
# Where this is set, each of a thousand processes would compile it anew: three seconds instead of one.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test pytest torture lint clean

help:
	@sed -n 's/^# \(make [a-z]*:\)/\1/p' Makefile

$(BIN)/pip:
	@$(or $(PYTHON),false) $(FIT) || { echo "provgraph needs Python 3.11 or newer with its venv module: make PYTHON=/path/to/python3 (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

$(BIN)/uv: | $(BIN)/pip
	@$(PIP) uv || true

.venv/.demo: EXTRAS = demo
.venv/.demo: pyproject.toml | $(BIN)/uv
	@echo "Installing provgraph into .venv; the first time this takes some seconds, by pip alone a minute or two."
	@$(INSTALL)
	@touch $@

.venv/.test: EXTRAS = demo,test,dev,py2neo
.venv/.test: pyproject.toml | $(BIN)/uv
	@echo "Installing provgraph and what its tests need into .venv."
	@$(INSTALL)
	@touch .venv/.demo $@

demo: .venv/.demo
	@$(BIN)/provgraph demo

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: .venv/.test
	@$(MAKE) --no-print-directory -j2 lint pytest

pytest: .venv/.test
	$(BIN)/python -m pytest -n auto --dist loadfile --max-worker-restart 0

torture: .venv/.test
	@$(BIN)/python -m tests.torture

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist build provgraph-demo
