# 熟客 Shuke. `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export FLASK_APP := wsgi

.PHONY: help run install test check bench faults monday quarter demo fmt erd
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: install ## start 熟客 on http://127.0.0.1:8000 with the demo shop (HOST and PORT override)
	@$(BIN)/python run.py

install: $(VENV)/installed ## what the product needs: virtual environment and compiled catalogues
	@$(BIN)/pybabel -q compile -d app/translations

test: $(VENV)/installed-dev ## everything that decides whether a change lands
	@$(BIN)/python scripts/test.py

check: $(VENV)/installed-dev ## the quick static part of the tests
	@$(BIN)/python scripts/test.py --static

bench: $(VENV)/installed-dev ## measure, and write docs/benchmarks.md (CUSTOMERS="10000 100000 1000000")
	@$(BIN)/python -m scripts.bench $(CUSTOMERS)

faults: $(VENV)/installed-dev ## kill, starve and mislead a shop of real processes, and write docs/reliability.md (FAULTS="F-01 F-03"; ON=postgresql; CALLBACKS=100000 KILLS=100 for the long storm; REMINDERS=10000 for the reminders)
	@$(BIN)/python -m scripts.faults $(FAULTS) $(if $(ON),--database $(ON)) $(if $(CALLBACKS),--callbacks $(CALLBACKS) --kills $(or $(KILLS),100)) $(if $(REMINDERS),--reminders $(REMINDERS))

monday: $(VENV)/installed-dev ## live through a Monday with 40 customers and 5 colleagues in browsers, lose the machine, go on
	@$(BIN)/python -m scripts.monday

quarter: $(VENV)/installed-dev ## live through ninety days by a frozen clock, and check each day's reminders and lists
	@$(BIN)/python -m scripts.quarter

demo: install ## load the demo shop into an empty database
	@SHUKE_ENV=demo $(BIN)/flask db upgrade
	@SHUKE_ENV=demo $(BIN)/flask demo load

fmt: $(VENV)/installed-dev ## let ruff decide all layout
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

erd: $(VENV)/installed-dev ## draw the tables as text
	@$(BIN)/python -m scripts.erd

$(VENV)/installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "安装依赖 … / installing"
	@$(BIN)/pip install -q -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "安装测试所需 … / installing what the tests need"
	@$(BIN)/pip install -q -r requirements-dev.txt
	@touch $@
