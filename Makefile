# Two commands suffice: `make lab` and `make test`. Each target makes what it needs, once.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=

py := $(VENV)/bin/python
pip := $(py) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
database := data/aitracker.duckdb
csv := $(wildcard data/*.csv) data/schema.sql $(wildcard data/VERSION)
code := $(shell find aitracker -type f -not -name '*.pyc' 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help lab test check format report bench pictures docs build wheel constraints clean force

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables: ARGS (passed on: make lab ARGS=--no-browser, make test ARGS="-k lens"), PYTHON (default python3).'

lab: $(VENV)/.core $(database) ## open JupyterLab on the notebooks (ARGS=--no-browser for a server)
	@$(py) -m aitracker lab $(ARGS)

test: check ## run everything: linters, types, data, unit, notebook and browser tests
	@$(py) -m pytest $(ARGS)

check: $(VENV)/.dev ## linters, types and the rules on the data
	@$(py) -m ruff check --quiet --output-format=concise
	@$(py) -m ruff format --quiet --check || { echo 'Some files are not laid out as ruff does it: run make format.' >&2; exit 1; }
	@$(py) -m mypy --no-error-summary
	@$(py) -m aitracker check

format: $(VENV)/.dev ## lay out the code and sort the imports
	@$(py) -m ruff check --quiet --fix-only
	@$(py) -m ruff format

# With ARGS the pages are always made anew, since they depend on what ARGS says.
report: reports/index.html ## render the notebooks to offline HTML in reports/ (ARGS="--as-of 2024-05-31")
	@echo 'The pages are in reports/: open reports/index.html in a browser.'
reports/index.html: $(VENV)/.core $(database) $(code) $(wildcard notebooks/*.ipynb) $(if $(ARGS),force)
	@$(py) -m aitracker report --out reports $(ARGS)

bench: $(VENV)/.dev $(database) ## run the benchmarks
	@$(py) -m pytest tests/benchmarks -o python_files='bench_*.py' -s $(ARGS)

pictures: $(VENV)/.dev $(database) ## draw the pictures of the README anew
	@$(py) tools/pictures.py

docs: $(VENV)/.docs $(database) ## write the documentation to site/, which opens from disk without a network
	@$(py) tools/site.py
	@echo 'The documentation is in site/: open site/index.html in a browser.'

build: $(database) ## build the DuckDB file from the CSV files
	@echo 'The dataset is $(database).'
$(database): $(csv) $(wildcard aitracker/build.py aitracker/*.sql) | $(VENV)/.core
	@$(py) -m aitracker build

wheel: $(VENV)/.dev ## build the wheel into dist/
	@$(py) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

constraints: $(py) ## write constraints.txt anew from the newest versions that fit
	@echo 'Resolving, about half a minute ...'
	@$(py) tools/constraints.py
	@echo 'constraints.txt is written; git diff shows what changed.'

clean: ## remove everything that make has made
	rm -rf $(VENV) reports dist site build .mypy_cache .pytest_cache .ruff_cache .hypothesis data/*.duckdb data/*.duckdb.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. The stamps are newer than what they were made from; the full install stands for the core one too.
$(py):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo 'aitracker needs Python 3.11 or newer, and $(PYTHON) is not: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| { echo 'This Python cannot make environments. On Debian: apt install python3-venv' >&2; exit 1; }
	@echo 'Making the environment $(VENV) ...'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.core: pyproject.toml constraints.txt | $(py)
	@echo 'Installing aitracker and what it needs (about 100 packages, a minute or two) ...'
	@$(pip) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(py)
	@echo 'Installing aitracker with the tools for development (about 120 packages, a minute or two) ...'
	@$(pip) --editable '.[dev]'
	@touch $(VENV)/.core $@

$(VENV)/.docs: pyproject.toml constraints.txt | $(py)
	@echo 'Installing aitracker with the tools for its documentation (about 125 packages, a minute or two) ...'
	@$(pip) --editable '.[docs]'
	@touch $(VENV)/.core $@
