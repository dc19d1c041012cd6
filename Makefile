# Vigie runs a company's information-security policy. Targets set up what they
# need on a fresh Debian machine with Go; see README.md.
export CGO_ENABLED = 0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
RULE ?=

export VIGIE_S3_SERVER := $(CURDIR)/bin/versitygw
export VIGIE_WITNESS := $(CURDIR)/bin/litewitness

.PHONY: run test check build bench screenshots crash fsck lint generate assets setup clean

run: build ## the sample company and the facts of this machine, judged and served
	bin/vigie demo --data demo-data

build: assets
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/vigie ./cmd/vigie

test: assets bin/versitygw bin/litewitness bin/victoria-logs ## everything, on SQLite and PostgreSQL
	scripts/with-postgres.sh go test -timeout 30m ./...

bin/victoria-logs: ## a log database that the vault feeds, for the tests; without it its test is skipped
	GOBIN=$(CURDIR)/bin go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.1 || echo "victoria-logs could not be built: its test will be skipped" >&2

check: lint test build ## what CI runs

bin/versitygw: ## a server of the S3 protocol, for the tests
	GOBIN=$(CURDIR)/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0

bin/litewitness: ## a witness of transparency logs, for the tests
	GOBIN=$(CURDIR)/bin go install filippo.io/torchwood/cmd/litewitness@v0.6.1

crash: ## the vault of traces killed a thousand times
	VIGIE_TRACE_KILLS=1000 go test ./internal/trace -run 'Killed|Stopped' -count 1 -timeout 60m -v

fsck: ## the logs of the vault verified by Tessera's own tool
	GOBIN=$(CURDIR)/bin go install github.com/transparency-dev/tessera/cmd/fsck@v1.0.4
	VIGIE_FSCK=$(CURDIR)/bin/fsck go test ./internal/trace -run 'Fsck|PackWithoutVigie' -count 1 -v

screenshots: assets ## the pictures of the README, from the sample company
	VIGIE_SCREENSHOTS=$(CURDIR)/docs/images go test ./internal/web -run TestBrowser -count 1

lint: assets
	test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	cd internal/web && go tool templ generate && git diff --exit-code -- '*_templ.go'
	go vet ./...
	go tool staticcheck ./...

bench: build ## the speed targets, as ratios
	VIGIE_BENCH_EVENTS=$${VIGIE_BENCH_EVENTS:-20000000} scripts/with-postgres.sh go test ./internal/bench -run '^$$' -bench . -benchtime 1x -timeout 90m

generate: ## the code of the pages, from their templates
	cd internal/web && go tool templ generate

assets: internal/web/dist/manifest.json ## the scripts and styles of the pages, in one file each

internal/web/dist/manifest.json: internal/web/assets/node_modules/.package-lock.json $(wildcard internal/web/assets/*.js internal/web/assets/*.css internal/web/build/*.go)
	cd internal/web && go run ./build

internal/web/assets/node_modules/.package-lock.json: internal/web/assets/package-lock.json | setup
	cd internal/web/assets && npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.package-lock.json

setup:
	@scripts/setup.sh

clean:
	rm -rf bin demo-data
