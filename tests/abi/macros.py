#!/usr/bin/env python3
"""The macros of the public header: all begin with TINE_, and TINE_SHORT_NAMES adds the three short
verbs and nothing else.

    macros.py COMPILER HEADER
"""

import re
import subprocess
import sys

SHORT_NAMES = {"parallel_for", "parallel_map", "parallel_reduce"}
STANDARD = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"


def macros(compiler, text):
    command = [compiler, "-std=c11", "-dM", "-E", "-x", "c", "-"]
    listing = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^#define (\w+)", listing, re.M))


def main(compiler, header):
    include = f'{STANDARD}#include "{header}"\n'
    plain = macros(compiler, include)
    foreign = {name for name in plain - macros(compiler, STANDARD) if not name.startswith("TINE_")}
    added = macros(compiler, "#define TINE_SHORT_NAMES\n" + include) - plain - {"TINE_SHORT_NAMES"}
    for name in sorted(foreign):
        print(f"{header} defines {name}, which does not begin with TINE_")
    for name in sorted(added ^ SHORT_NAMES):
        print(f"TINE_SHORT_NAMES: {name} is {'one too many' if name in added else 'missing'}")
    return 1 if foreign or added != SHORT_NAMES else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
