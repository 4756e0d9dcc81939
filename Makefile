# One word each. Everything runs in .venv, which is made on first use; nothing else on the machine is touched.
python := .venv/bin/python

.PHONY: demo test lint types check model bench screenshots clean

demo: .venv/installed                ## score the sample patient
	@$(python) -m NACResponseLib demo --output demo

test: .venv/installed                ## the tests, on all cores
	@$(python) -m pytest -n auto

lint: .venv/installed                ## ruff, rules and format
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .

types: .venv/installed               ## mypy
	@$(python) -m mypy

check: lint types test               ## what continuous integration runs

model: .venv/installed               ## rebuild the bundled model and compare it with the shipped file
	@mkdir -p build
	@$(python) -m NACResponseLib models rebuild ispy-clinical-volume --output build/ispy-clinical-volume.nacmodel

bench: .venv/installed               ## time of each stage, and against plain pyradiomics
	@$(python) Testing/benchmarks/bench_score.py

screenshots: .venv/installed         ## the report as a picture (needs chromium)
	@$(python) screenshots/make_screenshots.py

# Made again when what it is made from changes.
.venv/installed: pyproject.toml .ci/install .ci/pyradiomics_build/sitecustomize.py
	@.ci/install
	@touch $@

clean:                               ## remove what was made
	rm -rf .venv build demo
