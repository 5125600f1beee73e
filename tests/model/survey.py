"""Weakens each memory order of a source by itself and tells which scenarios find out:
    survey.py PROGRAM... -- SOURCE...
An order that none finds out is stronger than any scenario needs it.
"""
import os
import re
import subprocess
import sys

ORDERS = ["relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"]
WEAKER = {
    "load": {"seq_cst": ["acquire", "relaxed"], "acquire": ["relaxed"]},
    "store": {"seq_cst": ["release", "relaxed"], "release": ["relaxed"]},
    "change": {
        "seq_cst": ["acq_rel", "acquire", "release", "relaxed"],
        "acq_rel": ["acquire", "release", "relaxed"],
        "acquire": ["relaxed"],
        "release": ["relaxed"],
    },
}
KINDS = {
    "load": "load",
    "store": "store",
    "exchange": "exchange",
    "fetch_add": "add",
    "fetch_sub": "subtract",
    "fetch_or": "or",
    "fetch_xor": "xor",
    "compare_exchange_strong": "compare",
    "compare_exchange_weak": "compare",
}
FUNCTION = re.compile(r"^(?!typedef|#).*?\b(\w+)\([^;]*\)\n\{\n(.*?)^\}", re.M | re.S)
ACCESS = re.compile(r"atomic_(\w+?)_explicit\(&\w+(?:->|\.)(\w+)[^;{]*?((?:memory_order_\w+[,\s)]*)+)")
BARRIER = re.compile(r"tine__(light|heavy)_barrier\(\)")


def mutations(source):
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for function, body in FUNCTION.findall(text):
        for name, field, orders in ACCESS.findall(body):
            kind = KINDS[name]
            first, *failure = re.findall(r"memory_order_(\w+)", orders)
            weaker = WEAKER.get(kind, WEAKER["change"])
            for order in weaker.get(first, []):
                yield function, kind, field, order
            for order in WEAKER["load"].get(failure[0], []) if failure else []:
                yield function, "compare-failure", field, order


def finders(programs, mutation):
    function, kind, field, order = mutation
    value = f"{function},{kind},{field},{ORDERS.index(order)}"
    found = []
    for program in programs:
        out = subprocess.run([program], env={**os.environ, "MODEL_MUTATE": value},
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        found += [line.split("  ")[0] for line in out.splitlines()
                  if " states " in line and "NOT FOUND" not in line]
    return found


def main():
    cut = sys.argv.index("--")
    for source in sys.argv[cut + 1:]:
        for mutation in dict.fromkeys(mutations(source)):
            print(*mutation, finders(sys.argv[1:cut], mutation) or "NOBODY", flush=True)


main()
