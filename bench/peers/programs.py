"""The programs that are compared, and one turn of one of them. It is called as

    PROGRAM FILE THREADS DELIMITER NAME:TYPE,... TASK [ARGUMENT]...

and answers with a line of JSON: seconds and CPU seconds of the task alone, the peak of its
process's memory in bytes, and values by name.
"""

import json
import os
import shutil
import subprocess

from inputs import read_through

PYTHON = "/usr/bin/python3"  # with Debian's packages
TIME_LIMIT = 300  # seconds of one turn


def has_pandas():
    command = [PYTHON, "-c", "import pandas"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


class Failed(Exception):
    """A program failed, or its answer is wrong."""


def find_programs(directory):
    """Returns the commands of those that are there, by column; the peers' modules say in their
    first lines how they are set."""
    here = os.path.dirname(os.path.abspath(__file__))
    node = shutil.which("node") if os.path.isdir(os.environ.get("NODE_PATH", "")) else None
    rscript = shutil.which("Rscript")
    zsv, brc = os.environ.get("TINE_BENCH_ZSV"), os.environ.get("TINE_BENCH_BRC")
    commands = {
        "Tine": [os.path.join(directory, "peer-tine")],
        "Tine plain": [os.path.join(directory, "peer-tine-plain")],
        "P": [os.path.join(directory, "peer-floor")],
        "DuckDB": [node, os.path.join(here, "peer_duckdb.js")],
        "Polars": [node, os.path.join(here, "peer_polars.js")],
        "data.table": [rscript, "--vanilla", os.path.join(here, "peer_data_table.R")],
        "pandas": [has_pandas() and PYTHON, os.path.join(here, "peer_pandas.py")],
        "Miller": [shutil.which("mlr") and PYTHON, os.path.join(here, "peer_miller.py")],
        "zsv": [zsv and PYTHON, os.path.join(here, "peer_zsv.py")],
        "by hand": [brc and PYTHON, os.path.join(here, "peer_by_hand.py")],
    }
    for column in ("Tine", "P"):
        commands[column + " 1"] = commands[column]
    return {column: command for column, command in commands.items() if command[0]}


def run_turn(command, column, turn, data):
    """Returns what it answers."""
    n_threads = "1" if column.endswith(" 1") else "2"
    read_through(data.path)
    try:
        done = subprocess.run(
            [*command, data.path, n_threads, *data.arguments, *turn.task],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIME_LIMIT,
            env={**os.environ, "POLARS_MAX_THREADS": n_threads, "LC_ALL": "C.UTF-8"},
            check=True,
        )
        return json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        raise Failed(f"status {error.returncode}: {error.stderr.strip()[-500:]}") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"takes more than {TIME_LIMIT} s") from None
    except ValueError:
        raise Failed(f"no answer: {done.stdout[:200]}") from None
