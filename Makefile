# Every target sets up what it needs in .venv; nothing else to install first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests of one file stay together, in one of two processes: many wait for a collector to start.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
INSTALLED := $(VENV)/.installed

.PHONY: demo test test-all chaos lint format bench bench-growth serve clean

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	touch $@

demo: $(INSTALLED)  ## replay recorded traffic into a real collector and print the statistics
	$(BIN)/tokenlake demo

test: $(INSTALLED)  ## what needs Python packages only
	$(PYTEST) -m 'not debian'

test-all: $(INSTALLED)  ## what `make test` leaves out: what needs Debian packages (exit code 5: nothing does yet)
	$(PYTEST) -m debian || [ $$? -eq 5 ]

chaos: $(INSTALLED)  ## 200 kills, overload, full disks, a million damaged requests: half an hour and more
	PYTHONPATH=tests $(BIN)/python chaos/run.py

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests examples bench chaos --python-version 3.11

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)  ## speed as ratios to baselines of the same run; about 15 minutes
	$(BIN)/python bench/stages.py
	$(BIN)/python bench/rules.py
	$(BIN)/python bench/ingest.py

bench-growth: $(INSTALLED)  ## the same load on a ledger of 10 and of 50 million rows; needs 6 GB of disk
	$(BIN)/python bench/growth.py

serve: $(INSTALLED)  ## a collector on the standard ports, writing usage.duckdb
	$(BIN)/tokenlake serve

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist
