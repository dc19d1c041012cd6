#!/bin/sh
# Runs a command with VIGIE_TEST_POSTGRES naming an empty PostgreSQL: a private
# cluster on a socket in a temporary folder, removed when the command ends.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "PostgreSQL is not installed: run scripts/setup.sh" >&2; exit 1; }
dir=$(mktemp -d /tmp/vigie-pg.XXXXXX)
as=""
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
	chown postgres "$dir"
	as="setpriv --reuid=postgres --regid=postgres --clear-groups --"
fi
run() { (cd "$dir" && exec env -u PGDATA HOME="$dir" $as "$@"); }
stop() { run "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
trap 'exit 130' INT TERM
run "$bin/initdb" -D "$dir/data" -U vigie --auth=trust -E UTF8 --locale=C.UTF-8 >/dev/null
# Tests need no durability; fsync off makes them several times faster.
run "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" start >/dev/null
VIGIE_TEST_POSTGRES="postgres://vigie@/postgres?host=$dir" "$@"
