# Each target makes what it needs: `make test` on a fresh clone sets up .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ZOO_VENV := .venv-zoo
ZOO_INSTALLED := $(ZOO_VENV)/.installed
BENCH_VENV := .venv-bench
BENCH_INSTALLED := $(BENCH_VENV)/.installed
VERSIONS_VENV := .venv-versions
VERSIONS_INSTALLED := $(VERSIONS_VENV)/.installed
RELEASE_VENV := .venv-release
RELEASE_INSTALLED := $(RELEASE_VENV)/.installed
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
FUZZ ?= 60
FUZZER := PYTHONPATH=$(CURDIR):$(CURDIR)/tests/helpers $(BIN)/python tests/fuzz/fuzz.py
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test browser format docs site pictures zoo bench fuzz mutants versions coverage changelog version dist unpacked clean

define WRITE_GENERATED
from pathlib import Path
from pytest_flopbudget.cli.printed import command_schemas
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.report.operators import operators_page
from pytest_flopbudget.report.schema import report_schema
Path("docs/operators.md").write_text(operators_page(FORMULAS), encoding="utf-8")
Path("pytest_flopbudget/report/report.schema.json").write_text(report_schema(), encoding="utf-8")
for name, text in command_schemas().items():
    Path(f"pytest_flopbudget/cli/schemas/{name}.schema.json").write_text(text, encoding="utf-8")
endef
export WRITE_GENERATED

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(INSTALLED) ## Run the examples: kept, over budget, cannot run
	$(BIN)/python examples/demo.py

test: $(INSTALLED) browser ## Run the whole gate: format, lint, types, floors, dead code, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/vulture
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file .mkdocs.yml
	$(BIN)/python -m pytest -n auto --dist worksteal

# The tests of the HTML report drive it. Elsewhere whatever browser is found is taken; without one they are skipped.
browser: ## Install Debian's Chromium, where no browser of its family is found and apt-get may
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq -o Acquire::Retries=3 && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o Acquire::Retries=3 --no-install-recommends \
			chromium fonts-noto-core >/dev/null; \
	else \
		echo "no browser found ($(BROWSERS)): the tests of the HTML report will be skipped"; \
	fi

format: $(INSTALLED) ## Format the code, and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED) ## Write what is generated: the tables of operators and of Python, JSON Schemas
	$(BIN)/python -c "$$WRITE_GENERATED"
	$(BIN)/python docs/site/generate.py

site: $(INSTALLED) ## Build the documentation's site into .site, warnings as errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file .mkdocs.yml

pictures: $(INSTALLED) browser ## Take the pictures of the HTML report and of a terminal that the docs show
	$(BIN)/python docs/pictures/take.py
	$(BIN)/python docs/pictures/terminal.py

zoo: $(ZOO_INSTALLED) ## Measure every model of torchvision, timm and transformers; writes docs/zoo.md
	PYTHONPATH=. $(ZOO_VENV)/bin/python tests/zoo $(ZOO)

bench: $(BENCH_INSTALLED) ## Time counts beside other counters; writes docs/benchmarks.md (BENCH=quick prints a short one)
	PYTHONPATH=$(CURDIR):$(CURDIR)/examples BENCH=$(BENCH) $(BENCH_VENV)/bin/python tests/benchmarks/bench.py

versions: $(VERSIONS_INSTALLED) ## Test every Python, pytest and torch that is found (VERSIONS="-e 3.13-pytest9-newest" runs one)
	$(VERSIONS_VENV)/bin/python -m tox run $(VERSIONS)

coverage: $(INSTALLED) browser ## Run the tests under coverage, and tell what they leave out
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest -n auto --dist worksteal $(COVERAGE)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

changelog: $(RELEASE_INSTALLED) ## Move what .changes/ tells into CHANGELOG.md, under the version of pyproject.toml
	$(RELEASE_VENV)/bin/towncrier build --yes --version $(VERSION)

version: ## Print the version
	@echo $(VERSION)

dist: $(RELEASE_INSTALLED) ## Build sdist and wheel twice, compare and check them
	rm -rf dist build
	$(RELEASE_VENV)/bin/python -m build --no-isolation --outdir dist
	$(RELEASE_VENV)/bin/python -m build --no-isolation --outdir build/again
	diff -r dist build/again
	$(RELEASE_VENV)/bin/twine check --strict dist/*
	$(RELEASE_VENV)/bin/check-wheel-contents dist/*.whl

unpacked: $(INSTALLED) ## Run the tests that are in the sdist, on the package that is in it
	rm -rf build/unpacked && mkdir -p build/unpacked && tar -xzf dist/*.tar.gz -C build/unpacked --strip-components 1
	cd build/unpacked && PYTHONPATH=. $(CURDIR)/$(BIN)/python -m pytest -n auto --dist worksteal

# For Linux: elsewhere there is no build of its engine.
fuzz: $(INSTALLED) ## Fuzz every reader for FUZZ seconds (60), and draw FUZZ times as many random models and tables
	$(PIP_INSTALL) --requirement tests/fuzz/requirements.txt
	@mkdir -p .fuzz
	@for target in $$($(FUZZER)); do \
		$(FUZZER) $$target -max_total_time=$(FUZZ) -artifact_prefix=.fuzz/$$target- || exit 1; \
	done
	FLOPBUDGET_EXAMPLES=$(FUZZ) $(BIN)/python -m pytest tests/fuzz

# Where a process can be forked.
mutants: $(INSTALLED) ## Tell which changes of the package no test notices (MUTANTS="judge/limits.py memory" EVERY=3 tries some)
	$(PIP_INSTALL) --requirement tests/mutants/requirements.txt
	PYTHONPATH=$(CURDIR):$(CURDIR)/tests/helpers EVERY=$(EVERY) $(BIN)/python tests/mutants/mutants.py $(MUTANTS)

clean: ## Remove the environments, the caches and what was built
	rm -rf $(VENV) $(ZOO_VENV) $(BENCH_VENV) $(VERSIONS_VENV) $(RELEASE_VENV) .tox .zoo .site .fuzz build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamp comes last: a .venv without it is half-made, and is made anew.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(if $(wildcard $(INSTALLED)),,--clear) $(VENV)
	$(PIP_INSTALL) hatchling editables
	$(PIP_INSTALL) --no-build-isolation --editable '.[dev]'
	touch $@

$(ZOO_INSTALLED): tests/zoo/requirements.txt
	$(PYTHON) -m venv --clear $(ZOO_VENV)
	$(ZOO_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(VERSIONS_INSTALLED): tests/versions/requirements.txt
	$(PYTHON) -m venv --clear $(VERSIONS_VENV)
	$(VERSIONS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(RELEASE_INSTALLED): tests/release/requirements.txt
	$(PYTHON) -m venv --clear $(RELEASE_VENV)
	$(RELEASE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# torch first: a counter must not choose another.
$(BENCH_INSTALLED): tests/benchmarks/requirements.txt
	$(PYTHON) -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(shell grep '^torch==' tests/benchmarks/requirements.txt)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
