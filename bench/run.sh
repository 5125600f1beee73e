#!/bin/sh
# Measures: sh bench/run.sh [floors|kernels|csv|exec|exact|reduce|proc]…
# Without an area, all of them. Builds a release, generates the inputs (TINE_BENCH_MB megabytes
# each, 256 if it is not set) and checks every result against what the generator knows.
#
# floors, kernels, exact: print lines of "name value unit", medians of 7 runs. exact has arrays of
# TINE_BENCH_ARRAY (20000000) doubles.
# proc: Tine's worker processes, then Python's.
#
# csv, reduce: print two tables, Tine beside DuckDB, Polars, R's data.table, pandas and Miller, and
# what of its goals Tine meets, and write a plot. Their peers are installed first, or where that
# fails they go on with those that are there; zsv comes along if TINE_BENCH_ZSV is a command that
# counts the records of the file named behind it, with two threads ("…/zsv count -j 2"), and a
# program written for the One Billion Row Challenge if TINE_BENCH_BRC is one.
# TINE_BENCH_SEED is what the data is made from, the time if it is not set; with the same one again
# the files are not written again. Rounds: TINE_BENCH_ROUNDS (7). TINE_BENCH_STREAM_GB (20) is how
# much is streamed from a callback. For the record, with ten million rows for db-benchmark, with
# 16 GB of memory and nothing else running (an hour):
#     TINE_BENCH_MB=500 TINE_BENCH_ARRAY=100000000 sh bench/run.sh csv reduce
#
# exec: prints such tables of Tine beside the executors that one would otherwise take (oneTBB,
# OpenMP by gcc and by clang, GLib, libuv, Python), installed likewise; Lace comes along if
# TINE_BENCH_LACE names a copy of its sources. Sizes: TINE_BENCH_FIB (38), TINE_BENCH_FUTURES
# (1000000), TINE_BENCH_DOUBLES (20000000), TINE_BENCH_IDLE_S (1 second of watching),
# TINE_BENCH_ROUNDS (5; see compare.py). For the record, with 16 GB of memory and nothing else
# running:
#     TINE_BENCH_ROUNDS=15 TINE_BENCH_DOUBLES=100000000 sh bench/run.sh exec
#
# TINE_BENCH_ROWS names the only rows of csv, reduce or exec to run, and TINE_BENCH_LINES a file for
# their samples' percentiles.
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
    install_packages $packages_executors >&2 || echo 'going on with those that are there' >&2
    ;;
esac
case " $* " in
*" csv "* | *" reduce "*) install_readers build-peers >&2 ;;
esac
# shellcheck disable=SC2086
configure build-release $options_release
ninja -C build-release --quiet bench/floors bench/bench_kernels bench/bench_exact bench/tine-gen \
    bench/proc/bench_proc peers-programs exec-programs >&2

# The path of the input of that kind, generated if it is not there.
input() {
    generate "$1" "$data/$1-$megabytes.csv" "bytes=${megabytes}000000"
}

for area in "$@"; do
    case $area in
    floors) build-release/bench/floors "$(input brc)" ;;
    kernels) build-release/bench/bench_kernels "$(input lineitem)" ;;
    csv | reduce)
        # shellcheck disable=SC2086  # rows are words
        PYTHONPATH=bench/common NODE_PATH=build-peers/node_modules python3 bench/peers/compare.py \
            "$area" build-release/bench "$data/peers" "$data/$area.svg" ${TINE_BENCH_ROWS:-}
        ;;
    exec)
        rm -f build-release/bench/exec/exec-lace
        [ -z "${TINE_BENCH_LACE:-}" ] ||
            sh bench/exec/lace.sh "$TINE_BENCH_LACE" build-release/bench/exec
        # shellcheck disable=SC2086  # rows are words
        PYTHONPATH=bench/common python3 bench/exec/compare.py build-release/bench/exec \
            "${TINE_BENCH_ROUNDS:-5}" ${TINE_BENCH_ROWS:-}
        ;;
    exact) build-release/bench/bench_exact "${TINE_BENCH_ARRAY:-20000000}" ;;
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
