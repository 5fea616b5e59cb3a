# The short way to everything. Needs Python 3.11 and GNU make; the rest is set up here, inside this folder.
#   make demo    a real maintenance window over five simulated job systems
#   make test    all tests and checks (make test LANES=unit for one lane)
#   make docs    the documentation as a web site, in .build/docs
#   make torture every crash point, fault and hostile answer, not a part of them; takes hours
#   make simulate windows in a simulated world (SEEDS=300 of them, SEED=n to replay one, MINUTES=m at most)
#   make mutants every small fault of the code that a test has to tell, not a part of them; takes an hour

PYTHON ?= $(shell command -v python3.11 || command -v python3)
LANES ?=
SEEDS ?= 300
SEED ?=
MINUTES ?= 600
DOCS ?= .build/docs
COLLECTION := .build/ansible_collections/batchops/job_control
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: demo test torture simulate mutants docs package setup simulators tables clean

setup: .venv/ready $(COLLECTION)

.venv/ready: tests/requirements.txt docs/requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check $(^:%=--requirement %)
	touch $@

# Ansible wants to find a collection below ansible_collections/NAMESPACE/NAME.
$(COLLECTION):
	mkdir -p $(dir $@)
	ln -sfn $(CURDIR) $@

demo: setup
	.venv/bin/python tests/demo/demo.py

test: setup
	rm -rf .build/reports
	.venv/bin/nox --report .build/nox.json $(if $(LANES),--session $(LANES)); status=$$?; \
	cd tests && ../.venv/bin/python -m support.summary ../.build/nox.json ../.build/reports; exit $$status

torture:
	JOB_CONTROL_TORTURE=full $(MAKE) test LANES="torture simulation"
	cd tests && ../.venv/bin/python -m support.promises

simulate: setup
	cd tests && PYTHONPATH=../.build ../.venv/bin/python -m simulation --seeds $(SEEDS) --minutes $(MINUTES) $(SEED:%=--seed %)

mutants:
	JOB_CONTROL_MUTANTS=full $(MAKE) test LANES=mutants

# The pages of docs/, with a reference of the modules and the role that is made from their own documentation.
docs: setup
	rm -rf $(DOCS) $(DOCS).source
	mkdir -p $(DOCS).source/reference
	cp -R docs/. galaxy.yml $(DOCS).source
	antsibull-docs collection --use-current --squash-hierarchy --no-indexes --fail-on-error \
		--dest-dir $(DOCS).source/reference batchops.job_control
	sphinx-build -W --keep-going -n -q -b html -d $(DOCS).source/.doctrees $(DOCS).source $(DOCS)

# What is published on Galaxy.
package: setup
	rm -rf .build/package
	ansible-galaxy collection build --output-path .build/package

simulators: setup
	cd tests && ../.venv/bin/python -m simulators

# The tables of verbs in the documents, from what the products say they can do.
tables: setup
	cd tests && PYTHONPATH=../.build ../.venv/bin/python -m support.verb_table

clean:
	rm -rf .build .venv .cache demo-report
