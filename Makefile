# Every target sets up what it needs in .venv; the machine needs make, python3-venv and libseccomp2 (.ci/run installs them).
#   make quickstart   three agents on two families with the embedded model, then the report (five minutes; says so before it starts)
#   make test         all tests but the slow ones        make test-slow   those that take longer than a minute
#   make test-oldest  the tests with torch on the lowest transformers and peft that setup.cfg allows, in .venv-oldest
#   make test-fast    what needs no torch, in a minute   make check F=CL-Mine-v0   the contract of one family or agent
#   make integrations loops of others: an environment for each framework, the contract over all of them (about 10 minutes; FRAMEWORKS="trl openenv")
#   make gpu          models, training and one trial on a GPU, where there is one
#   make validity     can the numbers be believed: A/A trials, coverage of intervals, planted agents (about 5 minutes)
#   make fuzz         10,000 answers that look for a grader's weak spot, then the dialects' parser (about 10 minutes)
#   make lint         ruff and mypy                      make docs        docs/_build/html/index.html
#   make certify      what can be known of each world, and how soon: every family's ideal learner (three hours; QUICK=--quick: minutes)
#   make bench        speed, side by side                make results     two families at level 0 (an hour)
#   make baselines    every baseline but the oracle, with controls (under an hour on two cores; `clgym sweep baselines-full` is the one for a GPU or a cluster)
#   make families     every family and probe with the embedded model (hours)
#   make studies      what more feedback buys, what wrong feedback costs (forty minutes)
#   make calibrate    is in-context learning enough? every family with the embedded model (half an hour; says so before it starts)

# Tests start a hundred processes of Python: each would compile this package anew, and each worker all tests.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUNS ?= runs
MODEL ?= smollm2-135m
WORLDS ?= 0-4

# The constraints file comes first: a torch that nobody pinned pulls gigabytes of CUDA packages.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: quickstart test test-fast check test-slow test-oldest integrations gpu validity fuzz lint docs bench results baselines families studies calibrate certify clean
.DEFAULT_GOAL := test

$(BIN)/python:
	$(PYTHON) -c 'import sys; assert (3, 10) <= sys.version_info[:2] <= (3, 13), "clgym needs Python 3.10 to 3.13; this is %s" % sys.version.split()[0]'
	$(PYTHON) -m venv $(VENV)

# A stamp per set of extras: what is installed is installed once, and again when the requirements change.
$(VENV)/extras-%: setup.cfg pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e '.[$*]'
	@touch $@

# One world and few queries, so that it ends within five minutes on two cores: a first look, not a result. Trials run side by side, one thread
# each: one trial on two threads leaves a core idle between tokens (docs/decisions/019-speed-on-a-cpu.md). Answers at level 0 are shorter than
# 24 tokens.
SMALL := --worlds 0 --steps 64 --checkpoints 32 --eval-size 16 --transfer-size 2 --guard-size 4 --probe-size 2 --control-size 2
QUICK = $(BIN)/clgym run --env CL-Dialect-v0 --env CL-Conlang-v0 --level 0 --agent frozen:max_new_tokens=24 --agent icl:max_new_tokens=24 \
	--agent lora-sft:max_new_tokens=24 --model $(MODEL) --workers 2 --out $(RUNS)/quickstart $(SMALL)

quickstart: $(VENV)/extras-all
	$(BIN)/clgym fetch $(MODEL)
	$(QUICK) --estimate --timed
	$(QUICK)
	$(BIN)/clgym report $(RUNS)/quickstart --output $(RUNS)/quickstart/report.html
	@echo "open $(RUNS)/quickstart/report.html"

test: $(VENV)/extras-all,dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup $(PYTEST_ARGS)

# The inner loop: no torch is installed, none is loaded where it is, and levels above 0 are left to make test.
test-fast: $(VENV)/extras-test
	$(BIN)/python -m pytest -m "not slow and not torch and not broad" -n 2 --dist loadgroup $(PYTEST_ARGS)

check: $(VENV)/extras-test
	@test -n "$(F)" || { echo "say which: make check F=CL-Mine-v0 (or module:Name, or path/to/file.py:Name)"; exit 2; }
	$(BIN)/clgym check $(F)

test-slow: $(VENV)/extras-all,dev
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

# Lower bounds of setup.cfg as exact versions: transformers==5.0 and the like.
OLDEST = $(shell sed -nE 's/^ +(transformers|peft)>=([0-9.]+).*/\1==\2/p' setup.cfg)

test-oldest:
	$(MAKE) VENV=.venv-oldest .venv-oldest/extras-all,dev
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(OLDEST)
	OMP_NUM_THREADS=1 .venv-oldest/bin/python -m pytest -m "torch and not slow" $(PYTEST_ARGS)

# Frameworks pin what others need, so each has an environment of its own (docs/decisions/022-loops-of-others.md). What a test needs and this
# environment lacks is skipped there and runs in another.
FRAMEWORKS ?= trl openenv verifiers inspect rllib textarena
integrations: $(addprefix integrations-,$(FRAMEWORKS))

integrations-trl: EXTRAS = trl,minari,sb3,probes,report
integrations-trl: SHARED = tests/test_integrations.py tests/test_integration_export.py
integrations-%: EXTRAS = $*
integrations-%:
	$(MAKE) VENV=.venv-$* .venv-$*/extras-$(EXTRAS)
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check pytest
	@.venv-$*/bin/python -m pip list --disable-pip-version-check 2>/dev/null | grep -iE "^(clgym|gymnasium|torch|transformers|trl|datasets|minari|openenv|verifiers|inspect-ai|ray|textarena|stable.baselines3) "
	OMP_NUM_THREADS=1 .venv-$*/bin/python -m pytest -q tests/integrations $(SHARED) $(PYTEST_ARGS)

# The constraints name the CPU build of torch where one is provided: on a machine with a GPU install a build for it first.
gpu: $(VENV)/extras-all,dev
	$(BIN)/python -c 'import sys, torch; sys.exit(0 if torch.cuda.is_available() else "torch finds no GPU here: nothing would be tried.")'
	$(BIN)/clgym fetch $(MODEL)
	$(BIN)/python -m pytest -m gpu tests/gpu $(PYTEST_ARGS)

validity: $(VENV)/extras-all,dev
	$(BIN)/python -m pytest tests/test_validity.py tests/test_statistics.py tests/test_metrics.py -rA $(PYTEST_ARGS)

# ANSWERS are spread over all families, levels and pools. atheris has wheels for some systems only: without it the first half stands.
ANSWERS ?= 10000
fuzz: $(VENV)/extras-all,dev
	CLGYM_FUZZ=$(ANSWERS) $(BIN)/python -m pytest tests/fuzz $(PYTEST_ARGS)
	@if $(INSTALL) -e '.[fuzz]'; then $(BIN)/python tests/fuzz/dialect_parser.py -runs=$(ANSWERS) -max_total_time=300; \
		else echo "skipped: atheris cannot be installed here, so the dialects' parser was fuzzed by Hypothesis alone"; fi

# mypy cannot follow an editable install and then reports success: it gets a regular copy, checked from inside it.
lint: $(VENV)/extras-all,dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf build
	$(INSTALL) --no-deps --target build/typed .
	cd build/typed && $(abspath $(BIN))/mypy --config-file $(abspath pyproject.toml) -p clgym
	rm -rf build

docs: $(VENV)/extras-all,docs
	$(BIN)/python docs/generate.py
	$(BIN)/python -m sphinx -W --keep-going --quiet -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/extras-all,dev,bench
	@for script in tests/bench/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# Answers at level 0 are shorter than 24 tokens; a longer limit only lets the untaught model ramble.
LEVEL0 = $(BIN)/clgym run --level 0 --split validation --worlds $(WORLDS) --model $(MODEL) --workers 2 --out $(RUNS)/results

results: $(VENV)/extras-all
	$(LEVEL0) --env CL-Dialect-v0 --env CL-Conlang-v0 --steps 128 --checkpoints 32,64 --eval-size 48 --transfer-size 6 \
		--guard-size 12 --probe-size 12 --control-size 8 \
		--agent frozen:max_new_tokens=32 --agent icl:max_new_tokens=32 --agent lora-sft:max_new_tokens=32
	$(LEVEL0) --env CL-Dialect-v0 --steps 240 --checkpoints 120 --eval-size 48 --transfer-size 6 --guard-size 12 --probe-size 12 \
		--control-size 8 --agent lora-rl:max_new_tokens=32
	$(BIN)/clgym report $(RUNS)/results --output $(RUNS)/results/report.html
	$(BIN)/python docs/table.py $(RUNS)/results docs/results/summary.md

baselines: $(VENV)/extras-all
	$(BIN)/clgym sweep baselines --out $(RUNS)/baselines
	$(BIN)/clgym report $(RUNS)/baselines --output $(RUNS)/baselines/report.html
	$(BIN)/python docs/table.py $(RUNS)/baselines docs/results/baselines.md

# Every family and every probe at level 0 (probes at both levels): the tables in docs/results.
families: $(VENV)/extras-all
	$(BIN)/clgym sweep families --out $(RUNS)/families
	$(BIN)/clgym sweep probes --out $(RUNS)/probes
	$(BIN)/python docs/table.py $(RUNS)/families docs/results/families.md
	$(BIN)/python docs/table.py $(RUNS)/probes docs/results/probes.md

# What more feedback buys and what wrong feedback costs: five worlds each, forty minutes on two cores.
STUDY = --worlds 0-4 --transfer-size 0 --guard-size 0 --probe-size 0 --control-size 0 --workers 2
CHOOSERS = --env CL-Playbook-v0 --env CL-Taste-v0 --agent recommender --agent sb3-dqn --steps 200 --checkpoints 50,100 --eval-size 64

studies: $(VENV)/extras-all
	$(BIN)/clgym ablate feedback --env CL-Playbook-v0 --agent icl:max_new_tokens=16 --steps 64 --checkpoints 32 --eval-size 32 $(STUDY) --out $(RUNS)/feedback-icl
	$(BIN)/clgym ablate feedback $(CHOOSERS) --placebo $(STUDY) --out $(RUNS)/feedback-choosers
	$(BIN)/clgym ablate noise $(CHOOSERS) $(STUDY) --out $(RUNS)/noise-choosers
	cp $(RUNS)/feedback-icl/ablation-feedback.md docs/results/feedback-icl.md
	cp $(RUNS)/feedback-choosers/ablation-feedback.md docs/results/feedback-choosers.md
	cp $(RUNS)/noise-choosers/ablation-noise.md docs/results/noise-choosers.md

# About half an hour on two cores; `make calibrate LEARNER=lora-sft` keeps those trials and adds those of a learner (an hour more).
# Sparring's fights of eight turns have 600 tokens; what an opponent shows now is in the last one.
# What is measured already is kept; code of a family that has changed is measured anew.
certify: $(VENV)/extras-test
	$(BIN)/clgym certify $(F) $(QUICK) --breadths 1,16 --workers 2 --out $(RUNS)/certificate --output docs/results/certificate.md

LEARNER ?=
calibrate: $(VENV)/extras-all
	$(BIN)/clgym calibrate --model $(MODEL) --with CL-Sparring-v0:history=1 --levels 0-1 --worlds 0-2 --queries 24 --contexts 8,32,64 \
		--window 2048 --workers 2 --out $(RUNS)/calibration --output docs/results/calibration.md --yes \
		$(addprefix --learner ,$(LEARNER))

clean:
	rm -rf build dist docs/_build docs/generated *.egg-info
