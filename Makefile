# What a newcomer needs stands first; `make help` lists it. Everything is set up on the way.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PAGES := graph_service/api/static/.ready
KERNELS := .cache/kernels.ready
SOURCES := graph_service discovery seed tests bench console .ci
DEMO ?= .cache/demo
PORT ?= 8000
PYTEST := $(BIN)/pytest

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-answer quick test check fix schema lock bench clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: needs-setup $(READY) $(PAGES) $(KERNELS) ## Install everything into .venv and compile the kernels

demo: setup demo-answer ## Load the demonstration estate, answer a question, and serve it on 127.0.0.1:8000
	@echo
	@echo "Serving the demonstration estate; stop with Ctrl-C. Ask it from another shell:"
	@echo "  $(BIN)/graph-service --store sqlite:$(DEMO)/estate.db impact pg-1 pg-2"
	@echo
	@$(BIN)/graph-service --store sqlite:$(DEMO)/estate.db serve --port $(PORT)

demo-answer: setup ## The same without serving: ends on the answer
	@mkdir -p $(DEMO)
	@$(BIN)/python -m seed story -o $(DEMO)/story.yaml
	@echo "A payments company in one data centre, 14 CIs: $(DEMO)/story.yaml"
	$(BIN)/graph-service --store sqlite:$(DEMO)/estate.db import estate $(DEMO)/story.yaml
	@echo
	@echo "Host 1 is to be patched tonight. What breaks?"
	$(BIN)/graph-service --store sqlite:$(DEMO)/estate.db impact host-1

quick: $(READY) $(KERNELS) ## The tests that need no server, in under a minute
	$(PYTEST) -q -n 2 -m "not neo4j and not faults and not server and not browser"

test: needs-test $(READY) $(PAGES) $(KERNELS) ## Every test, on real Neo4j, with a real server and a real browser
	$(BIN)/python -m tests.servers.neo4j_server prepare
	$(PYTEST) -n 2 --dist loadgroup

check: $(READY) ## Lint, types, import contracts, schema, documentation; no tests
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_generated.py

fix: $(READY) ## Format, and mend what can be mended
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

schema: $(READY) ## Write schema.graphql and the generated references anew
	$(BIN)/python .ci/check_generated.py --write

lock: $(READY) ## Pin the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes pyproject.toml \
	    --all-extras --group dev --group bench -o requirements/dev.txt

bench: $(READY) $(KERNELS) ## Measure against peers, as ratios
	$(PYTHON) .ci/preflight.py bench
	$(BIN)/python -m bench.engine

clean: ## Remove what was installed and built
	rm -rf $(VENV) .cache build dist graph_service/api/static console/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +

# First of all: everything a target will need, missing tools in one message, before anything is run.
needs-%:
	@$(PYTHON) .ci/preflight.py $*

# A half-made environment is made again from nothing: the mark comes last.
$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml
	$(PYTHON) .ci/preflight.py venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt requirements/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(KERNELS): $(READY) $(wildcard graph_service/analysis/kernels/*.py)
	$(BIN)/python -m graph_service.analysis.warm
	@mkdir -p $(@D) && touch $@

$(PAGES): console/package-lock.json console/assemble.py
	$(PYTHON) .ci/preflight.py pages
	npm ci --prefix console --silent --no-audit --no-fund
	$(PYTHON) console/assemble.py
	@touch $@
