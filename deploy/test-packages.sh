#!/bin/sh
# Debian packages that the tests need and pip cannot bring:
#   chromium            drives the browser tests
#   fonts-dejavu-core   so that screenshots show letters
#   postgresql          the database beside SQLite that the store is tested on
# As root, installs what is missing. Otherwise says what is missing and how to install it.
set -eu

packages="chromium fonts-dejavu-core postgresql"

installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not Debian or one of its kin: make sure by the means of your system that" \
        "Chromium, the DejaVu fonts and PostgreSQL are installed." >&2
    command -v chromium >/dev/null 2>&1 || exit 1
    exit 0
fi

missing=""
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "The tests need Debian packages that are missing here:$missing" >&2
    echo "Install them with: sudo apt-get update && sudo apt-get install --yes" \
        "--no-install-recommends$missing" >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
# shellcheck disable=SC2086  # the list is meant to be split into words
apt-get install --yes --quiet --no-install-recommends $missing
