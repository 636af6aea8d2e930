# make run   the whole product on this machine, nothing to configure
# make test  every test, in the way the continuous integration runs it
# make soak  the random ones among them for longer, then a fleet under cuts and kills
# The first time, both install what they need; see scripts/setup.

.PHONY: run test check build bench bench-telegraf bench-fleet soak screens generate clean

# One build of everything serves the checks and the tests.
RACE := GOFLAGS="$(GOFLAGS) -race"

# The race detector makes the garbage collector's work dear: it gets more memory and less to
# do. Random tests make fewer runs than by default (100); make soak makes up for it. The
# whole of vet has been run before. A program that ends isn't looked at for another second: that
# would be a second for each that is stopped. Many tests wait for other programs: a package more at a
# time than there are processors keeps these busy. Those that take the longest begin first, or
# the last of them would run alone.
QUICKLY := GOGC=400 GORACE=atexit_sleep_ms=0 RAPID_CHECKS=30
LONGEST := ./internal/e2e ./cloud/store ./cloud/console ./cloud/portal ./cmd/muster-cloud

run:
	@scripts/setup run
	@scripts/build
	@bin/muster-sim demo --data .run $(if $(READER),--reader $(READER))

test:
	@scripts/setup test
	@$(MAKE) --no-print-directory check
	$(QUICKLY) go test -race -vet=off -p $(shell expr $$(nproc) + 1) -timeout 40m $(LONGEST) ./...

check:
	@out=$$(go tool gofumpt -l access attendance cloud cmd device firmware internal intake invite nfc sync ui); \
	  test -z "$$out" || { echo "not formatted; run: go tool gofumpt -w ."; echo "$$out"; exit 1; }
	$(RACE) go vet ./...
	$(RACE) go tool staticcheck ./...
	scripts/generate --check
	go test ./internal/layers

build:
	@scripts/setup run
	@scripts/build

# Ratios to a raw limit in the same run; the figures are quoted in docs/figures.md.
bench:
	@scripts/setup test
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

# Beside Telegraf, which this builds first; a few hundred megabytes the first time.
bench-telegraf:
	@scripts/setup test
	@scripts/telegraf-bench

# What make test does in part, for longer: a seed that fails is printed with the
# command that replays it. Then a fleet that is cut off, killed and filled up for as long as you like, against a
# cloud that is killed too: make soak SOAK_TABLETS=200 SOAK_FOR=1m SOAK_MORE=--postgres
SOAK_TABLETS ?= 1000
SOAK_FOR ?= 10m
SOAK_MORE ?=
RANDOM_TESTS := ./attendance ./cloud/store ./device/... ./sync/...

soak:
	@scripts/setup test
	@scripts/build
	RAPID_CHECKS=1000 go test -timeout 60m $(RANDOM_TESTS)
	go test ./internal/protocol -store=sqlite -run 'TestProtocol|Restored|Cloned' -rapid.checks=10000 -rapid.steps=100 -timeout 60m
	go test ./internal/protocol -store=postgres -run 'TestProtocol|Restored|Cloned' -rapid.checks=3000 -rapid.steps=100 -timeout 60m
	bin/muster-sim fleet -n $(SOAK_TABLETS) --for $(SOAK_FOR) --own-cloud $(SOAK_MORE)

# Draining what waits in a fleet, and all of it coming back at once, with each store; then tablets
# that do nothing but stay connected, beside a bare broker:
# make bench-fleet FLEET=100 PUNCHES=100 IDLE=200 is a quick one.
FLEET ?= 1000
PUNCHES ?= 1000
IDLE ?= 5000

bench-fleet:
	@scripts/setup test
	@scripts/build
	bin/muster-sim drain -n $(FLEET) --punches $(PUNCHES) --storm 10s
	bin/muster-sim drain -n $(FLEET) --punches $(PUNCHES) --storm 10s --postgres
	bin/muster-sim idle -n $(IDLE) --storm 10s --restart
	bin/muster-sim idle -n $(IDLE) --storm 10s --restart --postgres --no-bare

# The README's pictures, from the running product.
screens:
	@scripts/setup test
	@scripts/build
	go run ./internal/screens --bin bin --out docs/pictures

generate:
	scripts/generate
	go test ./cloud/rest -run Description -update

clean:
	rm -rf bin .run cloud/console/assets/kit cloud/letter/fonts node_modules
