# The only task runner. Needs python3 (3.11 or later) and make; everything else it installs into .venv.
.DEFAULT_GOAL := help
.PHONY: help demo test test-quick check fix bench compare chaos simulate fuzz golden screenshots
READY := .venv/.ready
BIN := .venv/bin
NEWSLETTER := $(BIN)/newsletter
unexport PYTHONDONTWRITEBYTECODE  # each process of the tests would compile the whole program anew
export UV_COMPILE_BYTECODE = 1
export UV_PROJECT_ENVIRONMENT = .venv
bench compare screenshots: export PYTHONPATH = $(CURDIR)/tests/support

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: $(READY) ## check, render and send the sample issue to the outbox
	@$(NEWSLETTER) init .
	$(NEWSLETTER) check
	$(NEWSLETTER) subscribers import src/newsletter/editorial/starter/abonnes.csv --list demo
	$(NEWSLETTER) render lire-a-la-lampe --as camille.martin@example.org
	$(NEWSLETTER) send lire-a-la-lampe --list demo --yes
	@echo "Open rendered/lire-a-la-lampe.html in a browser, and outbox/ in a mail program. Run it again: nobody gets it twice."
	@echo "$(NEWSLETTER) preview shows the issues live."

test: $(READY) ## every test
	$(BIN)/pytest --numprocesses auto --dist worksteal

test-quick: $(READY) ## the tests that are not marked slow or postgres
	$(BIN)/pytest --numprocesses auto --dist worksteal -m "not (slow or postgres)"

check: $(READY) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --verbose
	$(BIN)/deptry src

fix: $(READY) ## format, mend what ruff can mend, and compile the French of the help
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/pybabel -q compile -d src/newsletter/i18n/locale

bench: $(READY) ## figures beside a peer's, as JSON lines
	@$(BIN)/uv sync --quiet --frozen --inexact --group bench
	@$(BIN)/python tests/bench/run.py

BASE ?= HEAD~1
compare: $(READY) ## freezing, claiming and dispatching beside another commit, BASE=REV, in one run
	@$(BIN)/python tests/bench/before_after.py $(BASE)

FUZZ_SECONDS ?= 60
fuzz: $(READY) ## odd bytes for the checks, for a minute or FUZZ_SECONDS
	@$(BIN)/uv sync --quiet --frozen --inexact --group fuzz
	$(BIN)/python tests/fuzz/fuzz_check.py -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -verbosity=0

CHAOS_KILLS ?= 200
chaos: $(READY) ## SIGKILL everywhere, faults on: nobody twice, nobody forgotten; CHAOS_KILLS for a shorter one
	@$(BIN)/python tests/chaos/chaos.py $(CHAOS_KILLS)

simulate: $(READY) ## years of commands, and a judge of every message; SIM_STEPS, SIM_SEED, SIM_DATABASE=sqlite or postgresql
	@$(BIN)/python tests/simulate/simulate.py

golden: $(READY) ## write the golden editions anew; read the diff before you commit it
	$(BIN)/pytest tests/golden --update-goldens

screenshots: $(READY) ## the README's pictures, anew, from the real thing in Chromium
	$(BIN)/python tests/browser/screenshots.py

$(READY): pyproject.toml uv.lock .ci/bootstrap.py
	@python3 .ci/bootstrap.py
	@$(BIN)/uv sync --quiet --frozen
	@touch $@
