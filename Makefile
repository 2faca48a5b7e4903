# One command each: `make help` lists them. Everything lives in .venv; nothing is asked of the system but Python ≥ 3.11.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8501
BENCHMARKS ?= catalogue trace fields layers layout sweep activations effective engine pages
# Compiled now, because torch's sources would cost the first start several seconds.
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
export OMP_NUM_THREADS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test check bench lint format types contracts install dev browser catalogue clean

help:  ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/.installed  ## install what is missing, then start Skipscope on http://localhost:8501
	@echo "Skipscope: http://localhost:$(PORT)"
	@exec $(BIN)/streamlit run app.py --server.port $(PORT)

test: dev browser lint types contracts  ## everything: lint, types, contracts, unit, page, attack and browser tests
	$(BIN)/pytest -n 2 --dist loadfile -m "not browser and not gpu"
	$(BIN)/pytest -n 2 --dist loadfile -m browser

check: dev lint types contracts  ## the quick part of the tests, under 90 s
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow and not browser and not gpu"

bench: dev browser  ## the benchmarks: ratios beside what one would use instead
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

lint: .venv/.installed-dev  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.installed-dev  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.installed-dev  ## mypy, strict, on core/
	$(BIN)/mypy

contracts: .venv/.installed-dev  ## who may import whom
	$(BIN)/lint-imports

catalogue: .venv/.installed  ## rebuild the snapshot of what torchvision and timm can build
	$(BIN)/python -m core.architectures.make_catalogue

install: .venv/.installed  ## make .venv with what the app needs
dev: .venv/.installed-dev

browser: .venv/.installed-dev
	@command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
	|| { command -v apt-get >/dev/null 2>&1 && { apt-get update -qq; apt-get install -y -qq chromium; } >/dev/null 2>&1; } \
	|| $(BIN)/playwright install chromium >/dev/null 2>&1 \
	|| { echo "No browser for the tests: install chromium or google-chrome, or let 'playwright install chromium' reach the network." >&2; exit 1; }

# uv picks the build of torch for this machine (CUDA, Metal or CPU); where it cannot reach that index, PyPI's own build serves.
.venv/.installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Skipscope needs Python 3.11 or newer: install it, or say PYTHON=/path/to/python3.11." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@echo "Installing Skipscope's requirements into .venv (several minutes the first time on a slow line) …"
	@UV_HTTP_RETRIES=0 $(UV) --torch-backend=auto -r requirements.txt 2>/dev/null || $(UV) -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@$(UV) -r requirements-dev.txt
	@touch $@

clean:  ## remove .venv and the caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
