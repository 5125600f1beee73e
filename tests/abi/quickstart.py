"""The short program is one program: in the header, in the README and as examples/quickstart.c."""
import re
import sys
from pathlib import Path


def of_example(text):
    return text[text.index("#include"):]


def of_readme(text):
    return re.search(r"```c\n(.*?)```", text, re.S).group(1)


def of_header(text):
    part = text[text.index("A program (examples/quickstart.c)"):text.index("Rules that hold everywhere")]
    lines = [line[len(" *     "):] for line in part.split("\n")[1:-1]]
    return "\n".join(lines).strip("\n") + "\n"


root = Path(sys.argv[1])
example = of_example((root / "examples/quickstart.c").read_text(encoding="utf-8"))
for name, extract in [("README.md", of_readme), ("include/tine.h", of_header)]:
    if extract((root / name).read_text(encoding="utf-8")) != example:
        sys.exit(f"the program in {name} is not that of examples/quickstart.c")
