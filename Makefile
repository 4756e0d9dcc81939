# One word each. Everything runs in .venv, which is made on first use; nothing else on the machine is touched.
python := .venv/bin/python

.PHONY: demo install cohort-demo test test-slow test-crash fuzz coverage lint types audit check model phantom-model bench bench-anatomy \
	bench-deep gpu-check bench-train bench-recipes bench-cohort bench-read bench-null bench-external bench-studies schemas screenshots docs clean

demo: .venv/demo                     ## score the sample patient
	@$(python) -m NACResponseLib demo --output demo

# The whole way on synthetic patients (PATIENTS=N) of coarse images and strong effects: images, features, a model, and a
# new patient scored with it.
PATIENTS ?= 60
PHANTOM ?= --small --effect 2.5
TRAIN ?= --partitions 5
made := build/synthetic-$(PATIENTS)
new := $(made)/new/SYN0001
install: .venv/installed             ## all of the library; the demo makes do with less

cohort-demo: .venv/installed         ## make, extract, train and score synthetic patients
	@test -f $(made)/phantoms/COHORT.csv || $(python) -m NACResponseLib phantom --patients $(PATIENTS) $(PHANTOM) --output $(made)/phantoms
	@$(python) -m NACResponseLib extract $(made)/phantoms/COHORT.csv --output $(made)/features
	@$(python) -m NACResponseLib train $(made)/features --endpoint pcr $(TRAIN) --output $(made)/run
	@test -d $(made)/new || $(python) -m NACResponseLib phantom --patients 1 --seed 103 $(PHANTOM) --output $(made)/new
	@$(python) -m NACResponseLib score --model $(made)/run/model.nacmodel --output $(made)/score \
		--image MRI_CET1=$(new)/MRI_CET1.nii.gz --image MRI_T2=$(new)/MRI_T2.nii.gz --image CT=$(new)/CT.nii.gz \
		--tumor MRI=$(new)/tumor_MRI.nii.gz --tumor CT=$(new)/tumor_CT.nii.gz \
		--scanner MRI=MR-A --scanner CT=CT-A --clinical $(made)/new/COHORT.csv

# TORCH=no: without torch, which is most of what is downloaded, and without the tests that need it.
export TORCH ?= yes
torch := $(if $(filter no,$(TORCH)),,.venv/torch)
# Byte code is written, or every process of the tests compiles the library anew.
test test-slow: export PYTHONDONTWRITEBYTECODE :=
pytest := -m pytest -n $(shell expr $$(nproc 2>/dev/null || echo 3) + 1) --dist loadfile
test: .venv/test $(torch)            ## the tests; one process more than cores, since some wait
	@$(python) $(pytest)

test-slow: .venv/test $(torch)       ## those that take minutes
	@$(python) $(pytest) -m slow

# INPUTS of all readers together; SECONDS ends it earlier.
INPUTS ?= 100000
SECONDS ?= inf
fuzz: .venv/test $(torch)            ## damaged and hostile files for every reader
	@$(python) -m Testing.fuzz --inputs $(INPUTS) --seconds $(SECONDS)

# WRITER=score for one command alone.
# Processes are forked, which OpenMP's threads do not survive.
test-crash: export OMP_NUM_THREADS := 1
test-crash: .venv/test               ## every writer stopped at each of its file operations
	@$(python) -W ignore -m Testing.crash $(if $(WRITER),--writer $(WRITER))

coverage: .venv/test .venv/torch .venv/dev ## lines of the Slicer module that its tests run
	@$(python) -m coverage run --source=NACResponse -m pytest Testing/slicer
	@$(python) -m coverage report --fail-under=90

lint: .venv/dev                      ## ruff, rules and format
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .

types: .venv/dev                     ## mypy
	@$(python) -m mypy

audit: .venv/dev                     ## known vulnerabilities of what is installed (asks a database on the network)
	@mkdir -p build
	@$(python) -m pip list --format freeze --exclude-editable | sed 's/+.*//' > build/installed.txt
	@$(python) -m pip_audit --strict --disable-pip --no-deps --progress-spinner off -r build/installed.txt

check: lint types test test-slow docs ## what continuous integration runs

model: .venv/installed               ## rebuild the bundled model and compare it with the shipped file
	@mkdir -p build
	@$(python) -m NACResponseLib models rebuild ispy-clinical-volume --output build/ispy-clinical-volume.nacmodel

phantom-model: .venv/installed       ## train the demonstration model on 150 synthetic patients (20 minutes)
	@$(MAKE) cohort-demo PATIENTS=150 PHANTOM= TRAIN="--recipe jang2025 --name phantom-multimodal"
	@cp build/synthetic-150/run/model.nacmodel Resources/Models/phantom-multimodal.nacmodel

bench: .venv/test                    ## whole processes, stages, and features beside other programs
	@$(python) Testing/benchmarks/bench_score.py

bench-anatomy: .venv/installed       ## skin, chest wall and shell against phantoms' truth and readers
	@$(python) Testing/benchmarks/bench_anatomy.py

bench-deep: .venv/torch              ## seconds per patient of each MedicalNet depth
	@$(python) Testing/benchmarks/bench_deep.py

gpu-check: .venv/torch               ## MedicalNet on an NVIDIA GPU: values, speed, short memory (five minutes)
	@mkdir -p build
	@$(python) Testing/benchmarks/gpu_check.py --output build/gpu-check.md

bench-train: .venv/installed         ## training: time, memory, planted causes, shuffled outcomes
	@$(python) Testing/benchmarks/bench_train.py

bench-recipes: .venv/installed       ## recipes of trees against plain scripts on planted causes
	@$(python) Testing/benchmarks/bench_recipes.py

bench-cohort: .venv/test             ## extraction of a cohort: patients a minute by number of workers
	@$(python) Testing/benchmarks/bench_cohort.py

bench-read: .venv/installed          ## reading a CT series, against SimpleITK's GDCM reader
	@$(python) Testing/benchmarks/bench_read.py

bench-null: .venv/installed          ## how often the statistics find something where there is nothing
	@$(python) Testing/benchmarks/bench_null.py

bench-external: .venv/installed      ## how often intervals and verdicts of external validations are right
	@$(python) Testing/benchmarks/bench_external.py

bench-studies: .venv/installed       ## what each study finds where images add nothing (12 minutes on two cores)
	@$(python) Testing/benchmarks/bench_studies.py

schemas: .venv/demo                  ## JSON schemas of recipes, protocols and other files, for editors
	@$(python) -m Testing.json_schemas

screenshots: .venv/test              ## the reports, the anatomy and the icon as pictures (needs chromium)
	@$(python) screenshots/make_screenshots.py

docs: .venv/docs                     ## the documentation, its examples run, as build/site
	@$(python) Resources/Documentation/build.py build/site

# Each is made again when what it is made from changes.
installing := pyproject.toml .ci/install .ci/packages.py .ci/system_libraries
.venv/demo: $(installing)
	@test -e .venv/installed || .ci/install demo
	@touch $@

.venv/installed: $(installing)
	@.ci/install project
	@touch $@

.venv/test: .venv/installed
	@.ci/system_libraries pdf
	@.ci/system_libraries qt
	@.ci/install project test
	@touch $@

.venv/dev: .venv/installed
	@.ci/install project dev
	@touch $@

.venv/docs: .venv/installed
	@.ci/install project docs
	@touch $@

.venv/torch: .venv/installed
	@.ci/install torch
	@touch $@

clean:                               ## remove what was made
	rm -rf .venv build demo
