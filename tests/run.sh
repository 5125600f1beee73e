#!/bin/sh
# Everything that has to hold, on a bare Debian 12 as root or with sudo:
#     sh tests/run.sh
# Installs what is missing, then builds and tests with ASan and UBSan; with TSan what runs
# threads; the variant for other Unixes, with clang; the release build with the long tests too,
# programs that use an installed copy of it, and its units under valgrind. They differ in optional
# libraries: ASan with ISA-L, TSan with zlib instead, posix without any. Builds in build-*/. Ends
# with what the runs counted and a last line "N passed, N failed", with ", N skipped" behind it
# where there are any. Exits 1 if anything failed or nothing ran.
set -eu

cd "$(dirname "$0")/.."
. tests/packages.sh
# shellcheck disable=SC2086  # names are words
install_packages $packages_tests

n_passed=0
n_failed=0
n_skipped=0
closing=build-logs/closing.log
mkdir -p build-logs
: >"$closing"

# Passed, failed and skipped tests, out of the closing lines of a test runner.
sum_closing_lines() {
    awk '/^(Ok|Expected Fail):/ { passed += $NF }
         /^(Fail|Unexpected Pass|Timeout):/ { failed += $NF }
         /^Skipped:/ { skipped += $NF }
         /^consumers: / { passed += $2; failed += $4 }
         END { print passed + 0, failed + 0, skipped + 0 }'
}

# Runs one stage, prints its name and time, and adds up what its log counted. If it failed and its
# log tells of no failure, that is one failure; the next stage runs all the same.
#     stage NAME LOG COMMAND…
stage() {
    name=$1
    log=$2
    shift 2
    echo "== $name"
    rm -f "$log"
    began=$(date +%s)
    failed=0
    "$@" || failed=1
    lines=
    if [ -f "$log" ]; then
        lines=$(sed -n '/^Ok: /,/^Timeout: /p; /^consumers: /p' "$log")
    fi
    [ -n "$lines" ] || failed=1
    # shellcheck disable=SC2046  # three numbers
    set -- $(echo "$lines" | sum_closing_lines)
    if [ "$failed" -eq 1 ] && [ "$2" -eq 0 ]; then
        lines="${lines:+$lines, but }it did not run to its end"
    else
        failed=0
    fi
    n_passed=$((n_passed + $1))
    n_failed=$((n_failed + $2 + failed))
    n_skipped=$((n_skipped + $3))
    seconds=$(($(date +%s) - began))
    echo "== $name: $seconds s"
    printf '== %s: %s s\n%s\n' "$name" "$seconds" "$lines" >>"$closing"
}

# Builds a directory and runs its tests.
#     build_and_test DIRECTORY "SETUP_OPTION…" TEST_ARGUMENT…
build_and_test() {
    directory=$1
    options=$2
    shift 2
    # shellcheck disable=SC2086  # options are words
    configure "$directory" $options -Dtests=enabled &&
        ninja -C "$directory" --quiet &&
        $personality meson test -C "$directory" --no-rebuild --print-errorlogs "$@"
}
personality=

# The shadow memory of TSan has no room for address layouts of more than 28 random bits.
test_tsan() {
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
    if [ "$bits" -gt 28 ] && setarch -R true 2>/dev/null; then
        personality='setarch -R'
    fi
    build_and_test build-tsan '-Db_sanitize=thread -Db_lundef=false -Disal=disabled' \
        --suite pool --suite task --suite aio --suite source --suite dataset --suite stress --no-suite long
    status=$?
    personality=
    return $status
}

test_posix() {
    (
        export CC=clang
        build_and_test build-posix '-Dos=posix --werror -Disal=disabled -Dzlib=disabled -Dzstd=disabled'
    )
}

consume() {
    sh tests/consume/run.sh build-release >build-logs/consume.log 2>&1
    status=$?
    cat build-logs/consume.log
    return $status
}

test_valgrind() {
    meson test -C build-release --no-rebuild --print-errorlogs --setup valgrind \
        --no-suite fault --no-suite property --no-suite stress --no-suite fuzz
}

stage 'ASan and UBSan' build-asan/meson-logs/testlog.txt \
    build_and_test build-asan '-Db_sanitize=address,undefined -Db_lundef=false -Disal=enabled'
stage 'TSan' build-tsan/meson-logs/testlog.txt test_tsan
stage 'posix, clang' build-posix/meson-logs/testlog.txt test_posix
stage 'release' build-release/meson-logs/testlog-long.txt \
    build_and_test build-release "$options_release --werror" --setup long
stage 'an installed copy' build-logs/consume.log consume
stage 'valgrind' build-release/meson-logs/testlog-valgrind.txt test_valgrind

echo
cat "$closing"
skipped=
[ "$n_skipped" -eq 0 ] || skipped=", $n_skipped skipped"
echo "$n_passed passed, $n_failed failed$skipped"
[ "$n_failed" -eq 0 ] && [ "$n_passed" -gt 0 ]
