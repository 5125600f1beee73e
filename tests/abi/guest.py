#!/usr/bin/env python3
"""A good guest: the library has no writable state outside its handles, and calls nothing that
prints, ends the process, or changes what belongs to the program around it.

    guest.py STATIC_LIBRARY
"""

import re
import subprocess
import sys

# Static objects that are written once, before or while the library is first used, and why.
WRITTEN_ONCE = {
    "isa_known",  # what cpuid says, which is slow to ask in a virtual machine
}

NOT_A_GUESTS = set(
    "abort exit _exit _Exit quick_exit atexit raise kill signal sigaction sigprocmask"
    " printf vprintf fprintf vfprintf puts fputs putchar fputc fwrite perror stdout stderr"
    " setlocale uselocale setenv unsetenv putenv chdir umask srand rand strtok strerror localtime"
    " gmtime system popen".split()
)
# What assertions (not in a release) and sanitizers bring along.
TOOL_SYMBOL = re.compile(
    r"^(__(odr_)?asan|__tsan|__ubsan|__sanitizer|__gcov|__llvm|__unnamed_|\.L|\*)"
)
OBJECT = re.compile(r" O (\.data(?!\.rel\.ro)|\.bss|\*COM\*)\S*\s+\S+\s+(\.hidden\s+)?(\S+)$")


def listing(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def writable_objects(library):
    """Objects in .data, .bss or common: not what is thread-local, or read-only once relocated."""
    for line in listing("objdump", "--syms", library):
        match = OBJECT.search(line)
        if match and not TOOL_SYMBOL.match(match.group(3)):
            yield match.group(3)


def called_functions(library):
    for line in listing("nm", "--undefined-only", "--format=posix", library):
        fields = line.split()
        if len(fields) >= 2:
            yield re.sub(r"^__(\w+)_chk$", r"\1", fields[0])


def main(library):
    state = sorted(set(writable_objects(library)) - WRITTEN_ONCE)
    calls = sorted(set(called_functions(library)) & NOT_A_GUESTS)
    for name in state:
        print(f"{name}: writable state that belongs to no handle")
    for name in calls:
        print(f"{name}: not for a library to use")
    return 1 if state or calls else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1]))
