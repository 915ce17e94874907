# The work is done by the scripts; this only names what there is.
.PHONY: help quickstart test test-sanitizers test-mutants reference-cluster format lint clean

help:
	@echo "make quickstart       install what is missing, build, start a cluster, put real data into it"
	@echo "make test             install what is missing, build and run every test"
	@echo "make test-sanitizers  the tests under AddressSanitizer, UBSan and ThreadSanitizer (clang)"
	@echo "make test-mutants     plant known mistakes one by one: the tests must see each"
	@echo "make reference-cluster  the real PD, and stores over unistore, until Ctrl-C"
	@echo "make format           format the sources"
	@echo "make lint             check the formatting, run clang-tidy"
	@echo "make clean            remove the build folder"

quickstart:
	@scripts/quickstart

test:
	@scripts/test

test-sanitizers:
	@scripts/test-sanitizers

test-mutants:
	@scripts/test-mutants

reference-cluster:
	@scripts/reference-cluster

format:
	@scripts/format

lint:
	@scripts/lint

clean:
	@chmod -R u+w build 2>/dev/null || true
	@rm -rf build
