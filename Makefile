# One word each. Everything runs in .venv, which is made on first use; nothing else on the machine is touched.
python := .venv/bin/python

.PHONY: demo test lint types check model bench bench-anatomy bench-deep screenshots clean

demo: .venv/installed                ## score the sample patient
	@$(python) -m NACResponseLib demo --output demo

test: .venv/deep                     ## the tests, on all cores
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

bench-anatomy: .venv/installed       ## skin, chest wall and shell against the truth of phantoms
	@$(python) Testing/benchmarks/bench_anatomy.py

bench-deep: .venv/deep               ## seconds per patient of each MedicalNet depth
	@$(python) Testing/benchmarks/bench_deep.py

screenshots: .venv/installed         ## the report as a picture (needs chromium)
	@$(python) screenshots/make_screenshots.py

# Made again when what it is made from changes.
.venv/installed: pyproject.toml .ci/install .ci/pyradiomics_build/sitecustomize.py
	@.ci/install
	@touch $@

# Torch is needed for deep features only. This exact version is a build for the CPU where one is kept at hand.
.venv/deep: .venv/installed
	@$(python) -m pip install --disable-pip-version-check -q "torch==2.13.0"
	@$(python) -m pip install --disable-pip-version-check -q -e ".[deep]"
	@touch $@

clean:                               ## remove what was made
	rm -rf .venv build demo
