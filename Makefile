# Every command sets up what it needs by itself, the first time in some minutes.
PYTHON ?= python3
LAUNCH = $(PYTHON) dev/launch.py
export TAGS ROOM WITH JOBS EXPLORE SIZE PORT HOST ALL ODOO_SOURCE CUSTOMER_VALUE_CACHE

.PHONY: help demo test unit test-hosts test-replica test-workers test-upgrade bench lint format i18n wheel setup clean distclean

help: ## list the commands
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: ## Odoo with the addon and real customers in it (PORT=8069 HOST=127.0.0.1)
	@$(LAUNCH) demo

test: ## all tests (ROOM=complaint: of a room; TAGS=/customer_value:TestX: of a class; JOBS=1: in one process)
	@$(LAUNCH) test

unit: ## the tests that need no Odoo
	@$(LAUNCH) unit

test-hosts: ## the tests of the modules that the addon extends, with and without it
	@$(LAUNCH) test-hosts

test-replica: ## runs that read on a second PostgreSQL server, which follows, lags behind or dies
	@$(LAUNCH) test-replica

test-workers: ## workers that are killed in the middle of their work, with and without queue_job
	@$(LAUNCH) test-workers

test-upgrade: ## databases of earlier versions, updated to this one
	@$(LAUNCH) test-upgrade

bench: ## times on a large database (SIZE=small: whether everything can be measured)
	@$(LAUNCH) bench

lint: ## ruff, pylint-odoo, and whether the translation is complete
	@$(LAUNCH) lint

format: ## put the code in ruff's format
	@$(LAUNCH) format

i18n: ## write i18n/customer_value.pot anew and merge it into the translations
	@$(LAUNCH) i18n

wheel: ## build the addon as a Python wheel into dist/
	@$(LAUNCH) wheel

setup: ## set everything up and run nothing
	@$(LAUNCH) setup

clean: ## remove this checkout's databases and files (ALL=1: all that was downloaded, too)
	@$(LAUNCH) clean

distclean: ## the same as `make clean ALL=1`
	@ALL=1 $(LAUNCH) clean
