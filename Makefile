PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PIP     = $(BIN)/pip --disable-pip-version-check -q
TORCH   = torch==2.13.0

.PHONY: demo test test-lowest lint bench docs clean

$(VENV)/.base: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt $(TORCH)
	$(PIP) install -c constraints.txt -e ".[models,onnx,mining,image,audio,serve]"
	touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) install -c constraints.txt -e ".[models,onnx,mining,image,audio,graph,track,serve,postgres,redis,ann,client,trace,dev]"
	touch $@

demo: $(VENV)/.base
	$(BIN)/genre demo

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	OMP_NUM_THREADS=1 $(BIN)/pytest

docs: $(VENV)/.dev
	$(BIN)/python -m genre.serving.api.page > docs/api.md

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) runs

# The lowest versions that pyproject.toml admits, in an environment of their own.
test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python tests/lowest.py > .venv-lowest/constraints.txt
	.venv-lowest/bin/pip install -q $(TORCH)
	.venv-lowest/bin/pip install -q -c .venv-lowest/constraints.txt -e ".[models,onnx,mining,image,audio,graph,track,serve,postgres,redis,ann,client,trace,dev]"
	OMP_NUM_THREADS=1 .venv-lowest/bin/pytest
