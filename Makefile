# The few commands of this house. `make run` and `make test` work on a fresh machine.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PORT ?= 8000
BIN := .venv/bin

.PHONY: lists help run test setup setup-test bench lock messages require-python
help:
	@echo "make run     the product with demo data on http://127.0.0.1:$(PORT)"
	@echo "make test    the suite on SQLite, on PostgreSQL and in a browser"
	@echo "make setup   the environment alone, in .venv"
	@echo "make bench   the benchmarks, each beside its baseline"
	@echo "make lock    resolve requirements*.in again, with hashes"
	@echo "make lists   write the lists of docs/architecture.md and docs/retention.md anew"
	@echo "make messages  compile the translations"

require-python:
	@test -n "$(PYTHON)" || { echo "rollcall: Python 3.11 or newer is needed and was not found;" \
	  "on Debian: apt-get install python3 python3-venv" >&2; exit 69; }

setup: require-python
	@$(PYTHON) scripts/setup_environment.py run

setup-test: require-python
	@$(PYTHON) scripts/setup_environment.py test

run: setup
	@exec $(BIN)/python scripts/serve.py --port $(PORT)

test: setup-test
	@exec $(BIN)/python scripts/testrun.py $(REQUIRE) -- $(ARGS)

bench: setup-test
	@exec $(BIN)/python scripts/benchrun.py $(ARGS)

lock: setup-test
	@scripts/lock

lists: setup-test
	@$(BIN)/python scripts/architecture_page.py
	@$(BIN)/python scripts/retention_page.py

messages: setup
	@$(BIN)/python scripts/messages.py
