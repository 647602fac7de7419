# Every target sets up what it needs in .venv; nothing else to install first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests of one file stay together, in one of two processes: many wait for a collector to start.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
INSTALLED := $(VENV)/.installed
BENCHED := $(VENV)/.benched
LAKE := build/integrations/lake/bin/python
INTEGRATIONS ?= tests

.PHONY: demo test test-all test-integrations chaos lint format bench bench-exporter bench-growth bench-queries bench-beside \
	bench-dashboard bench-scale serve clean

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	touch $@

$(BENCHED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	touch $@

demo: $(INSTALLED)  ## replay recorded traffic into a real collector and print the statistics
	$(BIN)/tokenlake demo

test: $(INSTALLED)  ## what needs Python packages only
	$(PYTEST) -m 'not debian and not integrations'

test-all: $(INSTALLED)  ## what `make test` leaves out: what needs Debian packages (chromium, postgresql, haproxy, docker-compose)
	$(PYTEST) -m debian

test-integrations: $(INSTALLED)  ## agents on real instrumentations; fetches their packages into build/
	$(BIN)/python -m pytest -m integrations $(INTEGRATIONS)

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

bench-exporter: $(INSTALLED)  ## what tracking costs an agent; half a minute
	$(BIN)/python bench/exporter.py

bench-growth: $(INSTALLED)  ## the same load on a ledger of 10 and of 50 million rows; needs 6 GB of disk
	$(BIN)/python bench/growth.py

bench-queries: $(BENCHED)  ## every statistic on 1, 10 and 100 million rows; needs about 30 GB of disk
	$(BIN)/python bench/queries.py --plot docs/images/queries.svg

bench-beside: $(INSTALLED)  ## statistics beside full-speed ingest, on 10 million rows; ten minutes
	$(BIN)/python bench/beside.py

bench-dashboard: $(INSTALLED)  ## until the dashboard shows its charts, on 1, 10 and 100 million rows; needs chromium
	PYTHONPATH=tests $(BIN)/python bench/dashboard.py

bench-scale: $(INSTALLED)  ## collectors on DuckLake beside one on a file; needs Debian's postgresql
	PYTHONPATH=tests $(BIN)/python -c "from harness.integration_environment import integration_environment as make; make('lake')"
	PYTHONPATH=tests $(LAKE) bench/scale.py
	PYTHONPATH=tests $(LAKE) bench/turns.py | tee build/turns.txt
	PYTHONPATH=tests $(LAKE) bench/capacity.py build/turns.txt
	PYTHONPATH=tests $(LAKE) bench/lake_queries.py

serve: $(INSTALLED)  ## a collector on the standard ports, writing usage.duckdb
	$(BIN)/tokenlake serve

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist
