# Every target is a command of tools/launch.py, which needs nothing but Python 3.11.
PYTHON ?= python3
LAUNCH = @$(PYTHON) tools/launch.py

.PHONY: run stop setup test check bench soak requirements messages demo-reset backup restore lock

run:            ## start everything: http://localhost:8000/
	$(LAUNCH) run
stop:           ## stop what `make run` started
	$(LAUNCH) stop
setup:          ## make .venv with the developer's tools
	$(LAUNCH) setup --dev
test:           ## the test suite; ARGS="path -k name" chooses
	$(LAUNCH) test $(ARGS)
check:          ## linters, types, contracts, budgets, catalogues
	$(LAUNCH) check
bench:          ## speed against the plain-SQL limits
	$(LAUNCH) bench $(ARGS)
soak:           ## the long tests
	$(LAUNCH) soak $(ARGS)
requirements:   ## which rows are proven by which tests
	$(LAUNCH) requirements
messages:       ## extract strings, update catalogues
	$(LAUNCH) messages
demo-reset:     ## new demo data
	$(LAUNCH) demo-reset
backup:         ## database and files: make backup TO=folder
	$(LAUNCH) backup "$(TO)"
restore:        ## make restore FROM=folder AT=2026-11-21T14:30:00
	$(LAUNCH) restore "$(FROM)" $(if $(AT),--to $(AT)) $(ARGS)
lock:           ## make the hashed locks again
	$(LAUNCH) lock
