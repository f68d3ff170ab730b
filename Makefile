# demo · test · check-documents · office · oracle · crash · races · histories · faults · up · down · bench · docs · lint · lock   (nothing is needed but Python 3.11 and make)
.PHONY: demo test check-documents office oracle crash races histories faults up down bench docs lint lock environment
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

help:            ## what there is to do
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 17

demo: environment ## four months of a made-up operator through Airflow, then what came of them
	@$(BIN)/prm demo

test: environment ## everything, from nothing: unit tests, lint, then whole months through Airflow
	@$(BIN)/python -m pytest -q -n 2 --ignore=tests/acceptance
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -q tests/acceptance

check-documents: environment ## every form, in both languages, as LibreOffice reads its Word, Excel and OpenDocument files
	@command -v soffice >/dev/null || { echo "LibreOffice is not installed. On Debian, as root: make office" >&2; exit 1; }
	@PRM_CHECK_DOCUMENTS=1 $(BIN)/python -m pytest -q tests/reports/test_in_libreoffice.py

office:          ## install LibreOffice for check-documents (Debian, as root)
	@apt-get update -qq && apt-get install -qq -y --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui fonts-crosextra-carlito

oracle: environment ## generated schemes over generated months until EVENTS have agreed to the kopeck (minutes; SEED draws others)
	@PRM_ORACLE_EVENTS=$(or $(EVENTS),1000000) PRM_ORACLE_SUBSCRIBERS=$(or $(SUBSCRIBERS),4000) PRM_ORACLE_SEED=$(or $(SEED),0) \
		$(BIN)/python -m pytest -q -n 2 tests/oracle/test_generated_months.py

crash: environment ## kill -9 at every fail point and at random moments, KILLS times; compare the books (SEED draws others)
	@$(BIN)/python -m tests.safety.crash $(or $(KILLS),1000) $(or $(SEED),0)

races: environment ## publishers, posters, loaders and stale workers at once, ROUNDS of each kind (SEED draws others)
	@$(BIN)/python -m tests.safety.races $(or $(ROUNDS),20) $(or $(SEED),0)

histories: environment ## SEQUENCES of steps over the books beside a model in memory, every rule asked after each (SEED draws others)
	@PRM_HISTORIES=$(or $(SEQUENCES),10000) PRM_HISTORIES_STEPS=$(or $(STEPS),25) PRM_HISTORIES_SEED=$(or $(SEED),0) $(BIN)/python -m pytest -q -n 2 tests/histories

faults: environment ## a full disk, a read-only folder, a cut line, a changed byte, a moved clock, a stopped PostgreSQL, backups
	@$(BIN)/python -m pytest -q tests/safety/test_faults.py tests/safety/test_database_stopped.py tests/safety/test_backup.py

up: environment  ## start Airflow and say where it is
	@$(BIN)/prm up

down: environment ## stop Airflow and the embedded database
	@$(BIN)/prm down

bench: environment ## measure beside hand-written SQL; writes docs/benchmarks.md
	@$(BIN)/python -m bench $(BENCH)

docs: environment ## dbt's documentation of the models, and the Data Docs of what is loaded
	@$(BIN)/prm docs

lint: environment ## ruff, mypy, and the walls between the rooms
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

lock: environment ## resolve requirements.in anew
	@.uv/bin/uv pip compile requirements.in --quiet --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url --output-file requirements.txt

# The environment from the lock; does nothing while the lock it was made from is the present one.
environment:
	@PYTHON="$(PYTHON)" ./.ci/environment
