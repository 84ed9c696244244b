# Nothing to set up first: each target installs what it needs, once.
PY := .venv/bin/python
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate --no-header

export RASA_TELEMETRY_ENABLED = false
export SQLALCHEMY_SILENCE_UBER_WARNING = 1
# Compiling TensorFlow and all the rest anew takes Rasa fifteen seconds at each start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install run train test check evaluate simulate faults bench soak migrate user lock clean
.DEFAULT_GOAL := help

help:
	@echo "make ..."
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 12

install: ## build .venv from the lock files, fetch the Socket.IO client, make up secrets in .env
	@sh scripts/install.sh
	@$(PY) -m scripts.env_file
	@echo "Installed."

run: ## start everything, and say where it is; Ctrl-C stops it
	@sh scripts/install.sh && exec $(PY) -m scripts.run --stop-with-parent

train: ## train the assistant from config.yml, domain.yml and data/
	@sh scripts/install.sh
	@$(PY) -m scripts.training

test: check ## all tests: lint and types, ours, then Rasa's own
	@$(PY) -m scripts.training --if-needed
	$(PY) -m pytest -n 2 --dist loadfile
	$(PY) -m rasa data validate --fail-on-warnings
	$(PY) -m rasa test core --e2e --stories tests/conversations --fail-on-prediction-errors

check: ## lint, formatting and types
	@sh scripts/install.sh dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

evaluate: ## measure how well the assistant tells asking for a person from everything else
	@sh scripts/install.sh dev
	$(PY) -m scripts.evaluate

simulate: ## let 2,000 simulated visitors talk to the whole product; half an hour
	@sh scripts/install.sh dev
	@$(PY) -m scripts.training --if-needed
	$(PY) -m tests.simulation 2000

faults: ## break one thing at a time, at each step of a handoff, and print what came of it; half an hour
	@sh scripts/install.sh dev
	@$(PY) -m scripts.training --if-needed
	@$(PY) -m tests.faults

bench: ## measure this project beside stock Rasa; make bench long=1 measures more
	@sh scripts/install.sh dev
	@$(PY) -m benchmarks.comparison $(if $(long),--long,)

soak: ## an hour's worth of load in ten minutes; make soak minutes=1 tries it
	@sh scripts/install.sh dev
	@$(PY) -m benchmarks.soak $(if $(minutes),--minutes $(minutes),)

migrate: ## bring the database up to the newest version
	@sh scripts/install.sh
	@$(PY) -m scripts.migrate

user: ## add a person to Support Operations: make user name=ann role=agent
	@sh scripts/install.sh
	@$(PY) -m scripts.add_user $(if $(name),"$(name)",) $(if $(role),--role "$(role)",)

lock: ## renew requirements/*.txt from requirements/*.in
	@sh scripts/install.sh dev
	$(COMPILE) -o requirements/project.txt requirements/project.in
	$(COMPILE) -c requirements/project.txt -o requirements/actions.txt requirements/actions.in
	$(COMPILE) -c requirements/project.txt -o requirements/dev.txt requirements/dev.in
	$(COMPILE) -c requirements/dev.txt -o requirements/install.txt requirements/install.in

clean: ## remove all that is built or fetched; keeps .env, and the data in var/
	rm -rf .venv .rasa .cache models results web/vendor web/node_modules tests/web/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
