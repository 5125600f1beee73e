"""The files that the peers read: written by tine-gen, from a seed, with what is known of them."""

import glob
import os
import subprocess
from dataclasses import dataclass

FLOATS = {f"x{i}": "double" for i in range(1, 21)}
# Names and types: of tine-gen's columns. int? may be missing; id is a string of two letters and a
# number. Whoever can be told the types is told.
COLUMNS = {
    "lineitem": {
        "orderkey": "int",
        "partkey": "int",
        "suppkey": "int",
        "linenumber": "int",
        "quantity": "int",
        "extendedprice": "double",
        "discount": "double",
        "tax": "double",
        "returnflag": "string",
        "linestatus": "string",
        "shipdate": "date",
        "commitdate": "date",
        "receiptdate": "date",
        "shipinstruct": "string",
        "shipmode": "string",
        "comment": "string",
    },
    "taxi": {
        "vendor": "int",
        "pickup": "time",
        "dropoff": "time",
        "passengers": "int?",
        "distance": "double",
        "rate": "int?",
        "flag": "string",
        "from": "int?",
        "to": "int?",
        "fare": "double",
        "surcharge": "int?",
        "tip": "int?",
        "airport": "string",
    },
    "floats": FLOATS,
    "text": {"id": "int", "score": "int", "text": "string"},
    "brc": {"station": "string", "temp": "double"},
    "groups": {
        "id1": "id",
        "id2": "id",
        "id3": "id",
        "id4": "int",
        "id5": "int",
        "id6": "int",
        "v1": "int",
        "v2": "int",
        "v3": "double",
    },
}
DELIMITERS = {"brc": ";"}  # the others: a comma
ROW_BYTES = {"groups": 50}  # about; those whose numbers depend on that of the rows


@dataclass
class Input:
    path: str
    n_rows: int
    n_bytes: int
    summed: str  # a column
    sum: float  # of its values over the exact reals, rounded once
    arguments: list  # for a program: see programs.py


def generate(generator, folder, name, megabytes, seed):
    """Writes the file, unless it is there. The name is a kind, and perhaps a dash and a number: of
    keys to draw from."""
    kind, _, n_keys = name.partition("-")
    path = os.path.join(folder, f"{name}_{megabytes}_{seed}.csv")
    if not os.path.exists(path + ".answers"):
        os.makedirs(folder, exist_ok=True)
        for old in glob.glob(os.path.join(folder, f"{name}_*")):
            os.remove(old)
        n = 1000000 * megabytes
        size = [f"rows={n // ROW_BYTES[kind]}"] if kind in ROW_BYTES else [f"bytes={n}"]
        keys = [f"keys={n_keys}"] if n_keys else []
        command = [generator, kind, path, f"seed={seed}", *size, *keys]
        answers = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        with open(path + ".answers", "w", encoding="ascii") as file:
            file.write(answers)
    with open(path + ".answers", encoding="ascii") as file:
        _, n_rows, _, n_bytes, _, summed, total = file.read().split()
    columns = ",".join(f"{column}:{type_}" for column, type_ in COLUMNS[kind].items())
    arguments = [DELIMITERS.get(kind, ","), columns]
    return Input(path, int(n_rows), int(n_bytes), summed, float(total), arguments)


def read_through(path):
    """So that the run that follows finds it in the page cache: what was idle for half a minute may
    have been paged out."""
    room = bytearray(1 << 20)
    with open(path, "rb", buffering=0) as file:
        while file.readinto(room):
            pass
