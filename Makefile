# Vigie runs a company's information-security policy. Targets set up what they
# need on a fresh Debian machine with Go; see README.md.
export CGO_ENABLED = 0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
RULE ?=

.PHONY: run test check build bench crash fsck lint setup clean

run: build ## the sample company and the facts of this machine, judged and served
	bin/vigie demo --data demo-data

build: setup
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/vigie ./cmd/vigie

test: setup ## everything, on SQLite and PostgreSQL
	scripts/with-postgres.sh go test ./...

check: lint test build ## what CI runs

crash: ## the vault of traces killed a thousand times
	VIGIE_TRACE_KILLS=1000 go test ./internal/trace -run 'Killed|Stopped' -count 1 -timeout 60m -v

fsck: ## the logs of the vault verified by Tessera's own tool
	GOBIN=$(CURDIR)/bin go install github.com/transparency-dev/tessera/cmd/fsck@v1.0.4
	VIGIE_FSCK=$(CURDIR)/bin/fsck go test ./internal/trace -run 'Fsck|PackWithoutVigie' -count 1 -v

lint: setup
	test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	go vet ./...
	go tool staticcheck ./...

bench: build ## the speed targets, as ratios
	scripts/with-postgres.sh go test ./internal/bench -run '^$$' -bench . -benchtime 1x -timeout 60m

setup:
	@scripts/setup.sh

clean:
	rm -rf bin demo-data
