#!/usr/bin/env python3
"""The public headers, the export list and the shared library name the same functions.

    exports.py MAP SHARED_LIBRARY HEADER...
"""

import pathlib
import re
import subprocess
import sys


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def declared(header):
    return set(re.findall(r"^TINE_API\b[^;]*?\b(tine_\w+)\s*\(", without_comments(header), re.M))


def listed(export_map):
    visible = without_comments(export_map).split("local:")[0].split("global:")[1]
    return set(re.findall(r"(\S+);", visible))


def exported(library):
    listing = subprocess.run(
        ["nm", "--dynamic", "--defined-only", "--format=posix", library],
        check=True, capture_output=True, text=True,
    ).stdout
    symbols = (line.split()[:2] for line in listing.splitlines())
    return {name.split("@")[0] for name, kind in symbols if kind != "A"}  # A: the version node


def report(left, left_name, right, right_name):
    for name in sorted(left - right):
        print(f"{name}: in {left_name}, not in {right_name}")
    for name in sorted(right - left):
        print(f"{name}: in {right_name}, not in {left_name}")
    return left != right


def main(export_map, library, *headers):
    functions = set()
    names = listed(pathlib.Path(export_map).read_text())
    for header in headers:
        found = declared(pathlib.Path(header).read_text())
        if not found:
            print(f"{header} declares no function with TINE_API")
            return 1
        functions |= found
    differs = report(functions, "the headers", names, "libtine.map")
    differs |= report(names, "libtine.map", exported(library), "the shared library")
    return 1 if differs else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
