# make run    serve the dashboard on the sample shop at http://127.0.0.1:8050
# make test   every test and check
# make check  lint, types, import contracts
# make bench  how fast, against named rivals
# make install, make clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: run test check bench install install-dev browser clean
.DEFAULT_GOAL := run

run: $(VENV)/.installed
	@CLIENTELE_PORT="$${CLIENTELE_PORT:-$${PORT:-8050}}" $(BIN)/python -m dashboard

test: install-dev browser check
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.txt requirements-lock.txt
	@./.ci/install $(PYTHON) $(VENV) requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt requirements-lock.txt
	@./.ci/install $(PYTHON) $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/.installed

browser: $(VENV)/.installed-dev
	@./.ci/browser $(VENV)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
