# One word each; everything runs in .venv, which is made on first use.
run := .venv/bin/python

# .venv is made again when what it is made from changes.
.venv/installed: pyproject.toml .ci/install .ci/pyradiomics_build/sitecustomize.py
	@.ci/install
	@touch $@
