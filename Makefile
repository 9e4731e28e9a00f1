# make demo [PORT=8000] [LLM=standin] runs everything; make test and make check prove it. Needs Python 3.11 and nothing else.

PORT ?= 8000
LLM ?=
EDGES ?=
HYPOTHESIS ?= steady
KEEP ?=
VENV := .venv/bin
RUN := $(VENV)/python
PYTEST := HANDRAIL_TESTING=1 HYPOTHESIS=$(HYPOTHESIS) $(RUN) -m pytest -q
CODE := config conversations knowledge tools approvals agents evals packs manage.py

.PHONY: demo test services check setup chaos bench drill races edges

# No shell stands between make and the demo: a signal to make reaches it.
demo: setup
	@$(RUN) -m config.demo --port $(PORT) $(if $(LLM),--llm $(LLM))

# PYTHON=/path/to/python3.11 names another one than those on the PATH.
setup:
	@for python in $(or $(PYTHON),python3.11 python3 python); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; \
	  then exec $$python -I config/environment.py; fi; \
	done; \
	echo 'Handrail needs Python 3.11: install it, or name it as in `make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.11`.' >&2; \
	exit 2

# The browser tests run apart: playwright keeps an event loop in the test's thread.
test: setup
	$(PYTEST) -n 2 -m "not browser and not services and not slow"
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || test -x /usr/bin/chromium; then \
	  echo '$(PYTEST) -n 2 tests/browser'; \
	  DJANGO_ALLOW_ASYNC_UNSAFE=1 $(PYTEST) -n 2 tests/browser; \
	else \
	  printf '\n  !!  THE BROWSER TESTS WERE SKIPPED: there is no chromium. Install it and run make test again.  !!\n\n'; \
	fi

# A web process's sockets, the embedded services and the whole demo, started, killed and counted: two minutes of processes.
services: setup
	$(PYTEST) -n 2 -m slow tests/console tests/evals
	$(PYTEST) -m services tests/embedded

check: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy $(CODE)
	$(VENV)/lint-imports
	find templates -name '*.html' -print0 | xargs -0 -r $(VENV)/djade --check --target-version 5.2
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m config.links
	$(RUN) manage.py workflows certify
	$(RUN) manage.py workflows edges

# Which test walks which edge: the fast suite once more, with notes. EDGES=tests/approvals KEEP=--keep for a part of it.
edges: setup
	rm -rf var/edges
	HANDRAIL_EDGES=$(CURDIR)/var/edges $(PYTEST) -n 2 -m "not browser and not services and not slow" $(EDGES)
	$(RUN) manage.py workflows edges --from var/edges $(KEEP)

# N=10000 for the whole, SEED=7 for another draw.
chaos: setup
	$(RUN) -m config.chaos

bench: setup
	$(RUN) -m config.bench

drill: setup
	@$(RUN) manage.py drill

# N and SEED are read from the environment: make races N=5000.
races: setup
	$(PYTEST) -s tests/approvals/test_races.py
