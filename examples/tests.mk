# SPDX-License-Identifier: ISC
# Test a server that is a filter: for each NAME.in, one is started at a free port,
# the file is sent to it, and what comes back has to be NAME.out.  All tests can
# run at the same time.  What sockcat says is the status of a test: 1, the server
# broke the connection; 3, it took too long ...
#
# usage: make -j -k -f tests.mk [SERVER='tr a-z A-Z']
SERVER = tr a-z A-Z
CASES := $(patsubst %.in,%,$(wildcard *.in))
$(if $(CASES),,$(error there is no test here, as NAME.in))

.ONESHELL:
.SHELLFLAGS = -eu -c
.PHONY: check FORCE
check: $(CASES:=.json)
	@sed -n 's/.*"run".*"total":\([0-9.]*\)}.*"sent":\([0-9]*\),.*/\2 bytes in \1 s/p' $^

%.json: %.in %.out FORCE
	@rm -f $*.ready $@ && mkfifo $*.ready
	sockcat -l --accept-timeout 10s --ready-fd 3 \
	    --sh-exec '$(SERVER)' 127.0.0.1 0 3>$*.ready &
	trap 'kill $$! 2>/dev/null || :; rm -f $*.ready' EXIT
	read -r address port <$*.ready || wait $$!
	sockcat -w 10s --report=json --report-file $@ \
	    "$$address" "$$port" <$*.in >$*.got && status=0 || status=$$?
	wait $$!
	[ $$status -eq 0 ] || exit $$status
	cmp $*.got $*.out
