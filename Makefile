# Everything a person or CI runs. Needs Python >= 3.11, Node >= 20 and make; the rest is installed here, inside the checkout.
#   make demo              a fictional company, imported, closed and served       make demo DATA=folder   real order lines instead
#   make test              the whole suite                                        make lint               every check that runs no test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export LIANXIN_IOWA ?= $(abspath $(wildcard ../shared/data/iowa))
export LIANXIN_PVRP ?= $(abspath $(wildcard ../shared/data/pvrp))
DIST := src/lianxin/web/static/dist/.vite/manifest.json

.PHONY: setup test demo serve lint types rules fmt ci docs lock bench clean

setup: $(VENV)/.ready $(DIST) $(VENV)/.messages

$(VENV)/.ready: requirements/all.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lianxin needs Python 3.11 or newer; set PYTHON=..."; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/all.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.ready: package-lock.json package.json
	@node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' || { echo "Lianxin needs Node 20 or newer"; exit 2; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DIST): node_modules/.ready package.json $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null; find src/lianxin -name '*.html' -o -name '*.py' 2>/dev/null)
	npm run --silent build
	@touch $@

$(VENV)/.messages: $(VENV)/.ready tools/messages.py $(wildcard src/lianxin/*/locale/zh_Hans/LC_MESSAGES/django.po)
	@$(BIN)/python tools/messages.py compile
	@touch $@

demo: setup
	$(BIN)/lianxin demo $(if $(DATA),--data $(DATA)) $(if $(PORT),--port $(PORT))

serve: setup
	$(BIN)/lianxin serve

test: setup
	@tools/test.sh

# Two halves: types take as long as all the rest, so with `make -j2` neither waits for the other.
lint: types rules

types: setup
	$(BIN)/mypy src/lianxin

rules: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m tools.house_lints
	$(BIN)/python tools/messages.py check
	LIANXIN_HOME=$$(mktemp -d) $(BIN)/python -m django makemigrations --check --dry-run --settings lianxin.config.settings
	npm run --silent check

fmt: setup
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

# Python's packages come beside those of the front end, too. What is tested shares out the processors by itself.
ci:
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint
	@tools/ci.sh

bench: setup
	$(BIN)/python -m benchmarks

lock: setup
	$(BIN)/uv pip compile pyproject.toml --all-extras --generate-hashes --no-header --no-annotate --no-emit-index-url --universal --python-version 3.11 -o requirements/all.lock --quiet
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-header --no-annotate --no-emit-index-url --universal --python-version 3.11 -o requirements/runtime.lock --quiet

clean:
	rm -rf $(VENV) node_modules src/lianxin/web/static/dist
