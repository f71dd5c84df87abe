# Everything a newcomer runs; `make` alone lists it. Written for GNU make 3.81 (macOS) and any POSIX sh.
#
# Command line only, so that nothing in the caller's environment changes a build by accident:
#   VENV=DIR       another environment: make test VENV=/tmp/py313 PYTHON=python3.13
#   ARGS='…'       more words for the tool: make test ARGS='-k words', make lock ARGS='--upgrade-package textual'
#   WORKERS=N      processes that run the tests; auto is one per core
# PYTHON may also come from the environment. A .venv that works is kept: delete it to start anew.

VENV := .venv
ARGS :=
WORKERS := auto
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
SCREENS := posting harlequin
SCREEN_PEERS := $(SCREENS:%=$(VENV)/peers/%/.ready)

# The redirection is needed: make 3.81 runs plain words without a shell, and `command` is the shell's.
UV := $(shell command -v uv 2>/dev/null)
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
OLDEST := 3.11
NEWEST := 3.14
FITS := import sys; \
	bounds = [tuple(map(int, v.split('.'))) for v in ('$(OLDEST)', '$(NEWEST)')]; \
	sys.exit(not bounds[0] <= sys.version_info[:2] <= bounds[1])
# Debian's python3 has no ensurepip until python3-venv is installed; uv does without.
STARTS_VENV := import sys; $(if $(UV),,import ensurepip;) $(FITS)

# Tools get --python; an activated environment, conda's or a user-wide pip setting must not divert them.
unexport VIRTUAL_ENV PYTHONHOME UV_PYTHON UV_SYSTEM_PYTHON UV_REQUIRE_HASHES
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES PIP_REQUIRE_VIRTUALENV

# Tests and benchmarks start the program many times; with PYTHONDONTWRITEBYTECODE=1 each start would compile it.
COMPILE := $(BIN)/python -m compileall -qq localstore sync tui || true
HOUSE_TESTS := $(wildcard tests/test_house.py tests/test_docs.py)
NO_PYTHON := No Python $(OLDEST) to $(NEWEST) with its venv module was found: install one (on Debian and Ubuntu \
	python3-venv too) or uv, or name it: make PYTHON=/path/to/python3
NO_UV := make lock needs uv: install it (pip install uv), then run make lock again.

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check check-format check-lint check-types check-layers check-house bench lock

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

demo: $(READY) ## a store full of sample data, opened in the terminal UI
	@if [ -t 0 ] && [ -t 1 ] && [ -z "$$CI" ]; then $(BIN)/localstore demo $(ARGS); else $(BIN)/localstore demo --no-ui $(ARGS); fi
	@echo "The program is $(BIN)/localstore; '. $(BIN)/activate' makes 'localstore' find it in this shell."

test: $(READY) ## all tests on every core
	@$(COMPILE)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

coverage: $(READY) ## the same, and which lines they reach: half as long again
	@$(COMPILE)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term $(ARGS)

check: check-format check-lint check-types check-layers check-house ## format, lint, types, layers, and the rules of the house

check-format: $(READY)
	$(BIN)/python -m ruff format --check .

check-lint: $(READY)
	$(BIN)/python -m ruff check .

check-types: $(READY)
	$(BIN)/python -m mypy

check-layers: $(READY)
	$(BIN)/lint-imports --no-logo

check-house: $(READY)
	$(if $(HOUSE_TESTS),$(BIN)/python -m pytest -q $(HOUSE_TESTS))

bench: $(PEERS) $(SCREEN_PEERS) ## speed and memory, as ratios measured in one run
	@$(COMPILE)
	$(BIN)/python -m tests.bench $(ARGS)

# Pins stay where they still fit; ARGS=--upgrade renews them all. No address is written: whoever installs
# uses the index their own pip or uv is set up for.
lock: ## renew the locks after a change of dependencies (needs uv)
	@uv=$$(command -v uv 2>/dev/null || ls $(BIN)/uv 2>/dev/null) || { echo '$(NO_UV)' >&2; exit 1; }; \
	"$$uv" pip compile --quiet --universal --generate-hashes --python-version $(OLDEST) \
	  --group pyproject.toml:dev --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' $(ARGS) --output-file requirements.lock pyproject.toml; \
	"$$uv" pip compile --quiet --universal --generate-hashes --python-version $(OLDEST) \
	  --group pyproject.toml:peers --constraint requirements.lock --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' $(ARGS) --output-file requirements-peers.lock; \
	for name in $(SCREENS); do \
	  "$$uv" pip compile --quiet --universal --generate-hashes --python-version $(OLDEST) \
	    --group pyproject.toml:peer-$$name --no-emit-index-url --no-emit-find-links \
	    --custom-compile-command 'make lock' $(ARGS) --output-file requirements-peer-$$name.lock || exit 1; \
	done

# hatchling is in the lock, so that installing the project itself builds with what is there and fetches nothing.
$(READY): pyproject.toml requirements.lock
	@set -e; \
	if ! $(BIN)/python -c "$(FITS)" 2>/dev/null; then \
	  python=; \
	  for candidate in $(PYTHONS); do \
	    if "$$candidate" -c "$(STARTS_VENV)" 2>/dev/null; then python=$$candidate; break; fi; \
	  done; \
	  if [ -n '$(PYTHON)' ] && [ "$$python" != '$(PYTHON)' ]; then \
	    echo 'PYTHON=$(PYTHON) is not a Python $(OLDEST) to $(NEWEST): looking for another.' >&2; \
	  fi; \
	  if [ -z "$$python" ] && [ -z '$(UV)' ]; then \
	    echo '$(NO_PYTHON)' >&2; exit 1; \
	  fi; \
	  if [ -e $(VENV)/pyvenv.cfg ]; then rm -rf $(VENV); fi; \
	  if [ -n '$(UV)' ]; then \
	    '$(UV)' venv --quiet --no-project --python "$${python:->=$(OLDEST),<=$(NEWEST).99}" $(VENV); \
	  else \
	    "$$python" -m venv $(VENV); \
	  fi; \
	fi; \
	echo "Installing into $(VENV): $$($(BIN)/python --version)$(if $(UV),, with pip: a minute or two)"; \
	if [ -n '$(UV)' ]; then \
	  '$(UV)' pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes --no-deps -r requirements.lock; \
	  '$(UV)' pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .; \
	else \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  export PIP_DISABLE_PIP_VERSION_CHECK=1; \
	  $(BIN)/python -m pip install --quiet --compile --require-hashes --no-deps -r requirements.lock; \
	  $(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .; \
	fi; \
	touch $@

# What vectors are measured beside; nothing else needs them.
$(PEERS): $(READY) requirements-peers.lock
	@set -e; \
	echo "Installing the peers of the benchmarks into $(VENV)"; \
	if [ -n '$(UV)' ]; then \
	  '$(UV)' pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes --no-deps -r requirements-peers.lock; \
	else \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --compile --require-hashes --no-deps -r requirements-peers.lock; \
	fi; \
	touch $@

# Terminal programs that the screens are measured beside: an environment each, since they need other versions of Textual.
$(VENV)/peers/%/.ready: requirements-peer-%.lock | $(READY)
	@set -e; \
	echo "Installing $* into $(VENV)/peers/$*"; \
	if [ -n '$(UV)' ]; then \
	  '$(UV)' venv --quiet --no-project --clear --python $(BIN)/python $(VENV)/peers/$*; \
	  '$(UV)' pip install --quiet --python $(VENV)/peers/$*/bin/python --compile-bytecode --require-hashes --no-deps -r $<; \
	else \
	  rm -rf $(VENV)/peers/$*; \
	  $(BIN)/python -m venv $(VENV)/peers/$*; \
	  PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV)/peers/$*/bin/python -m pip install --quiet --compile --require-hashes --no-deps -r $<; \
	fi; \
	touch $@
