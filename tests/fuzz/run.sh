#!/bin/sh
# Fuzzes on demand, with clang's libFuzzer, ASan and UBSan, on a bare Debian 12 as root or with sudo:
#     sh tests/fuzz/run.sh [SECONDS [TARGET]…]
# Each target (csv cuts kernels sums value; all, if none is named) has so many seconds, 60 if it is
# not said, and begins with its corpus and what earlier runs have found. What fails is left in
# build-fuzz/failed-*, and ends the run: build-fuzz/tests/fuzz/libfuzzer_TARGET FILE shows it again.
set -eu

cd "$(dirname "$0")/../.."
. tests/packages.sh
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- csv cuts kernels sums value

# shellcheck disable=SC2086  # names are words
install_packages $packages_tests
CC=clang configure build-fuzz -Db_sanitize=address,undefined -Db_lundef=false --optimization=1 \
    -Dc_args=-fsanitize=fuzzer-no-link -Dtests=enabled
for target in "$@"; do
    ninja -C build-fuzz --quiet "tests/fuzz/libfuzzer_$target"
    corpus=tests/fuzz/corpus/$target
    [ -d "$corpus" ] || corpus=tests/fuzz/corpus/csv
    mkdir -p "build-fuzz/corpus/$target"
    echo "== $target"
    "build-fuzz/tests/fuzz/libfuzzer_$target" -max_total_time="$seconds" -timeout=60 \
        -max_len=4096 -artifact_prefix="build-fuzz/failed-$target-" -print_final_stats=1 \
        "build-fuzz/corpus/$target" "$corpus" 2>"build-logs/fuzz-$target.log" || {
        tail -n 60 "build-logs/fuzz-$target.log"
        exit 1
    }
    grep -E 'number_of_executed_units|average_exec_per_sec|new_units_added' \
        "build-logs/fuzz-$target.log"
done
