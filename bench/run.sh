#!/bin/sh
# Measures: sh bench/run.sh [floors|kernels|csv|exec|exact|reduce|proc]…
# Without an area, all of them. Builds a release, generates the inputs once (TINE_BENCH_MB megabytes
# each, 256 if it is not set) and prints lines of "name value unit", medians of 7 runs. Every result
# is checked against what the generator knows.
#
# proc: Tine's worker processes, then Python's.
#
# exact: arrays of TINE_BENCH_ARRAY (20000000) doubles.
#
# exec prints two tables instead: Tine beside the executors that one would otherwise take (oneTBB,
# OpenMP by gcc and by clang, GLib, libuv, Python), and what of its goals Tine meets. It installs
# them first, or where that fails goes on with those that are there; Lace comes along if
# TINE_BENCH_LACE names a copy of its sources. Sizes: TINE_BENCH_FIB (38), TINE_BENCH_FUTURES
# (1000000), TINE_BENCH_DOUBLES (20000000), TINE_BENCH_IDLE_S (1 second of watching),
# TINE_BENCH_ROUNDS (5; see compare.py). TINE_BENCH_ROWS names the only rows to run, and
# TINE_BENCH_LINES a file for the samples' percentiles. For the record, with 16 GB of memory and
# nothing else running:
#     TINE_BENCH_ROUNDS=15 TINE_BENCH_DOUBLES=100000000 sh bench/run.sh exec
set -eu

cd "$(dirname "$0")/.."
. tests/packages.sh
megabytes=${TINE_BENCH_MB:-256}
data=build-data
[ $# -gt 0 ] || set -- floors kernels csv exec exact reduce proc

# shellcheck disable=SC2086  # names and options are words
install_packages $packages_build >&2
case " $* " in
*" exec "*)
    # shellcheck disable=SC2086
    install_packages $packages_peers >&2 || echo 'going on with those that are there' >&2
    ;;
esac
# shellcheck disable=SC2086
configure build-release $options_release
ninja -C build-release --quiet bench/floors bench/bench_kernels bench/bench_csv bench/bench_exact \
    bench/bench_reduce bench/proc/bench_proc bench/tine-gen exec-programs >&2

# The path of the input of that kind, generated if it is not there.
input() {
    generate "$1" "$data/$1-$megabytes.csv" "bytes=${megabytes}000000"
}

for area in "$@"; do
    case $area in
    floors) build-release/bench/floors "$(input brc)" ;;
    kernels) build-release/bench/bench_kernels "$(input lineitem)" ;;
    csv)
        for kind in brc lineitem taxi floats text; do
            build-release/bench/bench_csv $kind "$(input $kind)"
        done
        ;;
    exec)
        rm -f build-release/bench/exec/exec-lace
        [ -z "${TINE_BENCH_LACE:-}" ] ||
            sh bench/exec/lace.sh "$TINE_BENCH_LACE" build-release/bench/exec
        # shellcheck disable=SC2086  # rows are words
        python3 bench/exec/compare.py build-release/bench/exec "${TINE_BENCH_ROUNDS:-5}" \
            ${TINE_BENCH_ROWS:-}
        ;;
    exact) build-release/bench/bench_exact "${TINE_BENCH_ARRAY:-20000000}" ;;
    reduce)
        for kind in brc lineitem; do
            build-release/bench/bench_reduce $kind "$(input $kind)"
        done
        ;;
    proc)
        build-release/bench/proc/bench_proc
        python3 bench/proc/peers.py
        ;;
    *)
        echo "no area $area: floors kernels csv exec exact reduce proc" >&2
        exit 2
        ;;
    esac
done
