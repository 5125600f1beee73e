#!/bin/sh
# Builds a release and describes CSV files with it: sh examples/run.sh [FILE…]
# Without a FILE: the registry of Ethernet manufacturers (Debian's package ieee-data) and 10 million
# rows of station;temp, which are generated first. Prints for each the table, rows, seconds and GB/s.
set -eu

from=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
. tests/packages.sh
# shellcheck disable=SC2086  # names and options are words
install_packages $packages_build $packages_data
# shellcheck disable=SC2086
configure build-release $options_release
ninja -C build-release --quiet examples/tine-describe bench/tine-gen >&2

describe() {
    echo
    echo "== $1"
    (cd "$from" && "$root/build-release/examples/tine-describe" --stats "$1")
}

if [ $# -gt 0 ]; then
    for file in "$@"; do
        describe "$file"
    done
else
    describe /usr/share/ieee-data/oui.csv
    describe "$root/$(generate brc build-data/stations.csv rows=10000000)"
fi
