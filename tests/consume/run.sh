#!/bin/sh
# Builds and runs a small program against an installed copy of Tine in every way that is promised:
#     sh tests/consume/run.sh BUILD_OR_PREFIX
# BUILD is a meson build directory, which is installed into a temporary folder first; PREFIX a
# folder that Tine is installed in. Prints a line for each way, what went wrong in full, and the
# sums; exits 1 if anything failed.
set -eu

[ $# -eq 1 ] || { echo "usage: sh tests/consume/run.sh BUILD_OR_PREFIX" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
given=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

prefix=$given
if [ -d "$given/meson-private" ]; then
    DESTDIR="$work/stage" meson install -C "$given" >"$work/install.log" 2>&1 ||
        { cat "$work/install.log"; exit 1; }
    prefix=$work/stage
    export PKG_CONFIG_SYSROOT_DIR="$work/stage"
fi
header=$(find "$prefix" -path '*/include/tine.h' | head -n 1)
pc=$(find "$prefix" -name tine.pc | head -n 1)
[ -n "$pc" ] || { echo "there is no tine.pc under $prefix" >&2; exit 1; }
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="$libdir/pkgconfig"
warnings='-Wall -Wextra -Wpedantic -Werror'

# Runs a consumer with the installed shared library, and checks that it needs it, or that it does
# not.
run_shared() {
    LD_LIBRARY_PATH="${2:-$libdir}" "$1"
    readelf -d "$1" | grep -q 'NEEDED.*libtine\.so\.'
}
run_static() {
    "$1"
    if readelf -d "$1" | grep 'NEEDED.*libtine'; then return 1; fi
}

# shellcheck disable=SC2046,SC2086  # flags are words
cxx_pkg_config() {
    cp "$here/consumer.c" consumer.cpp
    c++ -std=c++11 $warnings consumer.cpp $(pkg-config --cflags --libs tine) -o consumer
    run_shared ./consumer
}

# shellcheck disable=SC2046,SC2086
static_pkg_config() {
    cc -std=c99 $warnings "$here/consumer.c" -static $(pkg-config --static --cflags --libs tine) \
        -o consumer
    run_static ./consumer
}

meson_subproject() {
    cp "$here/consumer.c" "$here/subproject/meson.build" .
    mkdir subprojects
    cp "$here/subproject/tine.wrap" subprojects/
    ln -s "$source" subprojects/tine
    meson setup --wrap-mode=forcefallback build
    meson compile -C build
    run_shared build/consumer_shared build/subprojects/tine/src
    run_static build/consumer_static
    if [ "$(meson introspect --tests build)" != '[]' ]; then
        echo "it brings its tests along"
        return 1
    fi
}

cmake_package() {
    cp "$here/consumer.c" "$here/cmake/CMakeLists.txt" .
    cmake -DCMAKE_PREFIX_PATH="$(dirname "$(dirname "$header")")" -S . -B build
    cmake --build build
    run_shared build/consumer_shared
    run_static build/consumer_static
}

n_passed=0
n_failed=0
for way in cxx_pkg_config static_pkg_config meson_subproject cmake_package; do
    mkdir "$work/$way"
    # A shell of its own, whose -e holds: it is not part of a condition.
    set +e
    (set -e; cd "$work/$way"; "$way") >"$work/$way.log" 2>&1
    status=$?
    set -e
    if [ $status -eq 0 ]; then
        echo "consume $way: ok"
        n_passed=$((n_passed + 1))
    else
        echo "consume $way: FAILED"
        cat "$work/$way.log"
        n_failed=$((n_failed + 1))
    fi
done
echo "consumers: $n_passed passed, $n_failed failed"
[ "$n_failed" -eq 0 ]
