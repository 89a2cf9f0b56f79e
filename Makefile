SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# What mypy reads; a folder joins as soon as it holds Python.
TYPED := app bench tests scripts/hatch_build.py scripts/lay-out-corpus scripts/third-party-notices $(dir $(wildcard alembic/env.py))
# More words for pytest, for example: make test PYTEST_ARGS="-k receipt -n0"
PYTEST_ARGS ?= --numprocesses=auto

.PHONY: help setup run bench bench-ocr soak test lint types contracts dockerfile unit coverage format lock notices clean

help: ## List these targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare .venv, and the Debian packages the service and its tests need
	@scripts/setup

run: ## Start the service with a demonstration consultation (needs nothing prepared)
	@scripts/setup runtime
	@exec $(BIN)/ikenbako serve --demo

test: setup lint types contracts dockerfile ## Everything: lint, types, contracts, Dockerfile, all tests
	$(BIN)/pytest $(PYTEST_ARGS)

lint: setup ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## Check types, strictly
	$(BIN)/mypy $(TYPED)

contracts: setup ## Check who imports whom
	$(BIN)/lint-imports --no-logo

dockerfile: setup ## Check the Dockerfile
	$(BIN)/hadolint Dockerfile

unit: setup ## Only the quick tests, without servers
	$(BIN)/pytest tests/unit $(PYTEST_ARGS)

coverage: setup ## All tests with branch coverage; domain and intake must be covered whole
	$(BIN)/pytest --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/coverage report
	$(BIN)/coverage report --include='app/domain/*,app/intake/*' --fail-under=100

bench: setup ## Print our figures beside a baseline measured in the same run (BENCH_ARGS="mail")
	$(BIN)/python -m bench $(BENCH_ARGS)

bench-ocr: setup ## Make filled forms of a SEED, have the service read them, print how well (OCR_ARGS="--direct")
	@scripts/install-system-packages bench
	$(BIN)/python -m bench.reading $(if $(SEED),--seed $(SEED)) $(OCR_ARGS)

soak: setup ## The long counts of the tests marked soak (hours; PYTEST_ARGS="-k mutants" for one)
	$(BIN)/pytest --soak -m soak $(PYTEST_ARGS)

format: setup ## Format the code and repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Write the lock files anew after a change in pyproject.toml (UPGRADE=1 takes new releases)
	scripts/lock $(if $(UPGRADE),--upgrade)
	@scripts/setup
	$(BIN)/python scripts/third-party-notices

notices: setup ## Write THIRD_PARTY_NOTICES.md anew
	$(BIN)/python scripts/third-party-notices

clean: ## Remove .venv and all caches; data/ stays
	rm -rf .cache .venv .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find app tests alembic -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
