#!/usr/bin/env python3
"""Checks what the folders of src/ promise about each other.

    layers.py SOURCE_ROOT [STATIC_LIBRARY]

The order of the layers is the list at the top of src/meson.build. Every file of src/<layer>/ may
include its own layer and those before it; only src/os may ask which system or processor it is
compiled for, or use a system header beyond C11; and every global symbol of the library carries the
library's prefix.
Prints one line for each breach and exits 1 if there was one.
"""

import pathlib
import re
import subprocess
import sys

PUBLIC_HEADERS = {"tine.h", "tine_fork.h"}
# Optional libraries, and the one file each that knows them.
LIBRARY_HEADERS = {
    "isa-l/igzip_lib.h": "gzip_isal.c",
    "zlib.h": "gzip_zlib.c",
    "zstd.h": "zstd.c",
    "zstd_errors.h": "zstd.c",
}
C11_HEADERS = set(
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal"
    " stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath"
    " threads time uchar wchar wctype".split()
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b(?:[^\n]*\\\n)*[^\n]*", re.M)
SYSTEM = re.compile(
    r"\b(TINE_OS_\w+|_WIN32|_WIN64|__MINGW\w+|__CYGWIN__|__ANDROID__|__GLIBC__|_POSIX_\w+"
    r"|_GNU_SOURCE|(?:__)?(?:linux|unix|APPLE|MACH|FreeBSD|OpenBSD|NetBSD|DragonFly|sun)(?:__)?"
    r"|_M_\w+|__(?:x86_64|amd64|i[3-6]86|aarch64|arm|riscv|p(?:ower)?pc\w*|s390\w*)(?:__)?"
    r"|__(?:SSE|AVX|BMI|PCLMUL|ARM|F16C|FMA|POPCNT)\w*|__BYTE_ORDER__)\b"
)
FEATURE_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(_\w*SOURCE)\b", re.M)
LITERAL_OR_COMMENT = re.compile(
    r'''"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/''', re.S
)
# What sanitizers add to the objects themselves.
TOOL_SYMBOL = re.compile(r"^(__odr_asan|__asan|__tsan|__ubsan|__sanitizer|__gcov|__llvm)")


def without_comments(text):
    """Comments become blanks, line breaks stay: offsets keep their line numbers."""

    def blank(match):
        found = match.group(0)
        return found if found[0] in "\"'" else re.sub(r"[^\n]", " ", found)

    return LITERAL_OR_COMMENT.sub(blank, text)


def layer_order(root):
    text = (root / "src" / "meson.build").read_text()
    match = re.search(r"^tine_layers\s*=\s*\[(.*?)\]", text, re.M | re.S)
    if not match:
        raise SystemExit("src/meson.build states no list tine_layers")
    return re.findall(r"'([^']+)'", match.group(1))


def include_breach(src, file, layer, order, bracket, name):
    """What is wrong with one include, or None."""
    if bracket == "<":
        base = name[:-2]
        if LIBRARY_HEADERS.get(name) == file.name:
            return None
        if name not in PUBLIC_HEADERS and layer != "os" and base not in C11_HEADERS:
            return f"includes <{name}>, which is not C11: that belongs in src/os"
        return None
    if "/" not in name:
        if not (file.parent / name).is_file():
            return f'includes "{name}", which is not in its folder'
        return None
    target = name.split("/")[0]
    if target not in order:
        return f'includes "{name}": there is no layer {target}'
    if order.index(target) > order.index(layer):
        return f'includes "{name}": {target} lies above {layer}'
    return None if (src / name).is_file() else f'includes "{name}", which does not exist'


def file_breaches(src, file, layer, order):
    """(line, what) for everything that one file does wrong."""
    text = without_comments(file.read_text())

    def line(match):
        return text.count("\n", 0, match.start()) + 1

    for match in INCLUDE.finditer(text):
        what = include_breach(src, file, layer, order, match.group(1), match.group(2))
        if what:
            yield line(match), what
    if layer == "os":
        return
    for match in CONDITION.finditer(text):
        for name in SYSTEM.findall(match.group(0)):
            yield line(match), f"asks for {name}: only src/os may"
    for match in FEATURE_MACRO.finditer(text):
        yield line(match), f"defines {match.group(1)}: only src/os may"


def tree_breaches(root):
    src = root / "src"
    order = layer_order(root)
    for folder in sorted(path for path in src.iterdir() if path.is_dir()):
        if folder.name not in order:
            yield f"src/{folder.name}: not in tine_layers"
            continue
        for file in sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h")):
            for line, what in file_breaches(src, file, folder.name, order):
                yield f"{file.relative_to(root)}:{line}: {what}"
    for name in order:
        if not (src / name).is_dir():
            yield f"src/meson.build: the layer {name} has no folder"


def symbol_breaches(library):
    listing = subprocess.run(
        ["nm", "--extern-only", "--defined-only", "--format=posix", library],
        check=True, capture_output=True, text=True,
    ).stdout
    for line in listing.splitlines():
        fields = line.split()
        if len(fields) < 2:
            continue  # the heading of a member, or the blank line before it
        if not fields[0].startswith("tine_") and not TOOL_SYMBOL.match(fields[0]):
            yield f"{library}: {fields[0]} is global and does not begin with tine_"


def main(arguments):
    breaches = list(tree_breaches(pathlib.Path(arguments[0])))
    for library in arguments[1:]:
        breaches += symbol_breaches(library)
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1:]))
