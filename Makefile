PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo down test check bench soak lock format

demo: .venv/.installed
	@DEMO=1 $(BIN)/python manage.py up --demo $(if $(PORT),--port $(PORT))

down: .venv/.installed
	@$(BIN)/python manage.py down

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" -rs $(ARGS)

soak: .venv/.installed-dev
	SOAK=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -rs $(ARGS)

bench: .venv/.installed-dev
	@for module in $$(grep -l __main__ benchmarks/*.py); do \
		$(BIN)/python -m benchmarks.$$(basename $$module .py) || exit 1; \
	done

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djhtml --check
	$(BIN)/python manage.py makemigrations --check --dry-run
	SITE_URL=https://revenue.example SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djhtml

# Upgrades every pin: the .in files name what we use, the .txt files what is installed.
lock: .venv/.installed-dev
	@for name in requirements requirements-dev requirements-extra; do \
		$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-annotate --no-emit-index-url --custom-compile-command "make lock" \
			$$name.in --output-file $$name.txt || exit 1; \
	done

.venv/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed: name one with 'make PYTHON=python3.12 ...'." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the pinned requirements (about a minute the first time) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	@echo "Installing the tools of development ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
