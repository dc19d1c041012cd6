#!/bin/sh
# Installs what a fresh Debian machine misses to build, test and run Vigie:
# PostgreSQL for the tests, poppler to read PDF policies, the dates of end of
# support of distributions, npm for the scripts of the pages, the tools that
# verify evidence without Vigie, rsyslog as a sender of events, Chromium to walk
# the pages. Does nothing when
# all is there.
set -eu
missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"
[ -e /usr/share/distro-info/debian.csv ] || missing="$missing distro-info-data"
for tool in openssl python3 xxd; do # evidence verified without Vigie
	command -v $tool >/dev/null 2>&1 || missing="$missing $tool"
done
ls /usr/lib/*/rsyslog/omrelp.so /usr/lib/*/rsyslog/lmnsd_ossl.so >/dev/null 2>&1 || missing="$missing rsyslog rsyslog-relp rsyslog-openssl"
ls /usr/lib/*/rsyslog/omelasticsearch.so >/dev/null 2>&1 || missing="$missing rsyslog-elasticsearch"
[ -x /lib/systemd/systemd-journal-upload ] || missing="$missing systemd-journal-remote"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium" # the pages walked in a browser
command -v logger >/dev/null 2>&1 || missing="$missing bsdutils"
updated=""
if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo "Missing packages. Install them, then try again: sudo apt-get install$missing" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	updated=1
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
# syslog-ng, another sender: its package conflicts with rsyslog's, so it is unpacked
# aside. Without it (no network, no apt) its test is skipped.
parts="$(cd "$(dirname "$0")/.." && pwd)/bin/syslog-ng"
if [ ! -e "$parts/usr/sbin/syslog-ng" ]; then
	rm -rf "$parts.new"
	mkdir -p "$parts.new"
	if [ -z "$updated" ] && [ "$(id -u)" = 0 ]; then apt-get update -qq || true; fi
	# shellcheck disable=SC2046
	(cd "$parts.new" && apt-get -qq download syslog-ng-core $(apt-cache depends syslog-ng-core | sed -n 's/^ *Depends: \(lib[a-z]*[0-9.-]*\)$/\1/p' | grep -vE '^libc6$') 2>/dev/null &&
		for package in *.deb; do dpkg-deb -x "$package" . && rm "$package"; done && mv "$parts.new" "$parts") || echo "syslog-ng could not be fetched: its test will be skipped" >&2
fi
