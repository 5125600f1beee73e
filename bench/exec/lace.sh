#!/bin/sh
# Builds Lace as a peer, by hand as its own build does it: sh bench/exec/lace.sh SOURCES DIRECTORY
# SOURCES is a copy of Lace's (1.4.2 was tried); DIRECTORY holds libexec.so and gets exec-lace.
set -eu

here=$(dirname "$0")
sources=$1/src
directory=$2
config=$directory/lace/lace_config.h
mkdir -p "$directory/lace"
# Nothing is to be counted.
sed 's/#cmakedefine01 \(.*\)/#define \1 0/' "$sources/lace_config.h.in" >"$config"
# shellcheck disable=SC2016  # the loader expands $ORIGIN
cc -std=gnu11 -O3 -DNDEBUG -march=native -DLACE_USE_MMAP=1 -I "$directory/lace" \
    -isystem "$sources" "$here/lace.c" "$sources/lace.c" "$directory/libexec.so" \
    '-Wl,-rpath,$ORIGIN' -pthread -o "$directory/exec-lace"
