# Everything starts from a bare machine: make, Python 3.11 or newer, and nothing in HOME.

BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip --quiet --no-input --disable-pip-version-check

# The first Python that is new enough and can make a venv (Debian ships that part as a package of its own).
# Tried by running it: a name on PATH may be a shim with nothing behind it.
USABLE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
FIND_PYTHON := for python in $${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do \
	"$$python" -c '$(USABLE)' >/dev/null 2>&1 && echo "$$python" && exit; done; \
	echo 'Wismo needs Python 3.11 or newer with its venv module (Debian, Ubuntu: python3-venv).' >&2; \
	echo "Tried: $${PYTHON:-python3 and python3.11 to 3.14}. Name another: make setup PYTHON=/path/to/python3" >&2; exit 1

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help python setup demo run test cover bench lock

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

python: # Say which Python would be used
	@$(FIND_PYTHON)

setup: $(READY) ## Make .venv with the pinned dependencies
	@:

# --require-hashes: what is installed is what was locked. --no-deps: the lock is complete, and a pip that resolves anew
# stumbles over a release newer than the lock. The stamp comes last, so that a set-up cut short is repeated.
$(READY): requirements.lock pyproject.toml
	@python=$$($(FIND_PYTHON)) && { $(BIN)/python -c '' 2>/dev/null || "$$python" -m venv --clear .venv; }
	@echo 'Setting up .venv (about a minute the first time)'
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Try it: a pretend carrier, VTEX store, mailbox and Slack, ports 8080 and 8090
	@$(BIN)/wismo demo

run: setup ## Run everything on SQLite, port 8080
	@$(BIN)/wismo up

test: setup ## Run every check and every test
	@$(BIN)/ruff format --check --quiet --diff
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q -n 2

cover: setup ## Run the tests and list what they leave untouched
	@$(BIN)/pytest -q -n 2 --cov --cov-report=term

bench: setup ## Measure
	@$(BIN)/python -m tests.bench

# The locker lives outside .venv: nobody but this target needs it. Pins stay as they are unless UPGRADE=--upgrade.
# One lock serves Linux and macOS and every Python from 3.11 on; it names no index, so each place may use its own.
lock: ## Pin the dependencies anew after a change of pyproject.toml
	@python=$$($(FIND_PYTHON)) && tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	"$$python" -m venv "$$tools" && "$$tools/bin/pip" --quiet --disable-pip-version-check install uv && \
	"$$tools/bin/uv" pip compile --quiet pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate $(UPGRADE) --output-file requirements.lock
