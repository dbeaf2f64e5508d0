# Few targets; each one makes or refreshes .venv by itself first. Without make (Windows): see README.md.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help run test check bench pictures python

help:  ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

run: python  ## start the app on http://localhost:8501 (another port: SQM_PORT=8600 make run)
	@$(PYTHON) tools/run.py

test: python  ## every test, a real browser and a real PostgreSQL included
	@$(PYTHON) tools/test.py

check: python  ## ruff, types, tests
	@$(PYTHON) tools/test.py --check

bench: python  ## measurements against baselines, into bench/results/ (about 15 minutes)
	@$(PYTHON) tools/test.py --bench

pictures: python  ## a contact sheet of every page, both languages and themes, into build/pictures/
	@$(PYTHON) tools/test.py --pictures

python:
	@test -n "$(PYTHON)" || { echo "SQM needs Python 3.11 or newer, and none was found: install it from python.org or your system's packages (for example: apt-get install python3 python3-venv), then run make again." >&2; exit 1; }
