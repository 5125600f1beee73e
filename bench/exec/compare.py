"""Runs the executors in turn, row by row, and prints a table.

    compare.py DIRECTORY ROUNDS

DIRECTORY holds the programs that were built. Every round runs a row once in each of them, one after
the other, a different one first each time; the figures are medians, and 99th percentiles where it
says p99, over all rounds. All get the same two CPUs and, where it can be chosen, stacks of 8 MiB.

A program that finds a result wrong fails, and then so does this one. A peer that is killed by a
signal, as when deep recursion ends its stack, has no figure in that row, and the table says so.
"""

import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable

TIME_LIMIT = 600  # seconds of one program with one row

# Column, file. The first is what all this is about; the next two are no rivals, but floors.
PROGRAMS = [
    ("Tine", "exec-tine"),
    ("serial", "exec-serial"),
    ("threads", "exec-threads"),
    ("TBB", "exec-tbb"),
    ("libgomp", "exec-openmp"),
    ("libomp", "exec-libomp"),
    ("GLib", "exec-glib"),
    ("libuv", "exec-uv"),
    ("Python", "futures.py"),
]
FLOORS = ["threads", "serial"]  # the first that has the row counts


def as_is(value, _serial):
    return value


def speed_up(value, serial):
    return serial / value


def over_ideal(value, serial):
    return 2 * value / serial


def efficiency(value, serial):
    return serial / (2 * value)


def above_empty(value, serial):
    return round(max(0, value - serial), 2)


@dataclass
class Figure:
    """A line of the table: what it shows of a measure."""

    row: str
    measure: str
    title: str
    more_is_better: bool = False
    show: Callable = as_is  # of the value, and the serial program's
    percentile: int = 50


FIGURES = [
    Figure("fib", "fib.w1", "fib: ns a fork, 1 worker"),
    Figure("fib", "fib.w2", "fib: ns a fork, 2 workers"),
    Figure("uts.t1", "uts.t1", "UTS T1: speed-up", True, speed_up),
    Figure("uts.t3", "uts.t3", "UTS T3: speed-up", True, speed_up),
    Figure("queens", "queens", "12 queens: speed-up", True, speed_up),
    Figure("futures", "futures.cold", "futures, cold: ns each"),
    Figure("futures", "futures.steady", "futures, steady: ns each"),
    Figure("tasks", "tasks", "1000 tasks of 10 us: time/ideal", False, over_ideal),
    Figure("pairs", "pair.empty", "empty loop of 2: us"),
    Figure("pairs", "pair.empty", "empty loop of 2: us, p99", percentile=99),
    Figure("pairs", "pair.at_once", "2 bodies at once: us"),
    Figure("pairs", "pair.at_once", "2 bodies at once: us, p99", percentile=99),
    Figure("wake_up", "pair.woken", "2 at once after 5 ms: us"),
    Figure("wake_up", "pair.woken", "2 at once after 5 ms: us, p99", percentile=99),
    Figure("skewed", "skewed", "skewed loop: efficiency", True, efficiency),
    Figure("reduce", "sum", "sum of doubles: GB/s", True),
    Figure("reduce", "dot", "dot of doubles: GB/s", True),
    Figure("idle", "idle.pool", "an idle pool: % of a core", False, above_empty),
    Figure("waiting", "idle.waiting", "a waiting thread: % of a core", False, above_empty),
    Figure("pending", "pending.asked", "a pending future: bytes asked"),
    Figure("pending", "pending.resident", "a pending future: bytes resident"),
]
# These cost seconds a program and hardly vary; the CPU time is that above a program that sleeps.
ONCE = ("idle", "waiting", "pending")


def percentile(values, percent):
    if any(map(math.isnan, values)):
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Killed(Exception):
    """A signal ended a program."""


def output(command):
    result = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT, check=False
    )
    if result.returncode > 0:
        sys.exit(f"{' '.join(command)}: failed")
    if result.returncode < 0:
        raise Killed(f"{' '.join(command)}: killed by signal {-result.returncode}")
    return result.stdout


def find_programs(directory):
    """Returns the commands of those that are there, by column, and the rows that each has."""
    here = os.path.dirname(os.path.abspath(__file__))
    commands = {}
    for column, file in PROGRAMS:
        if file.endswith(".py"):
            library = os.path.join(directory, "libexec.so")
            commands[column] = [sys.executable, os.path.join(here, file), library]
        elif os.path.exists(os.path.join(directory, file)):
            commands[column] = [os.path.join(directory, file)]
        else:
            print(f"no {file}: its library was not there", file=sys.stderr)
    return commands, {column: output(command).split() for column, command in commands.items()}


def measure_row(row, commands, n_rounds, samples):
    """Adds to the samples, which are by measure and column; who was killed has NaN."""
    columns = list(commands)
    for i in range(n_rounds):
        first = i % len(columns)
        for column in columns[first:] + columns[:first]:
            try:
                lines = output(commands[column] + [row]).splitlines()
            except Killed as killed:
                if column == "Tine":
                    raise
                print(killed, file=sys.stderr)
                lines = [f"{figure.measure} nan" for figure in FIGURES if figure.row == row]
            for line in lines:
                name, value = line.split()
                samples.setdefault(name, {}).setdefault(column, []).append(float(value))


def measure_all(commands, rows_of, n_rounds):
    samples = {}
    for row in dict.fromkeys(figure.row for figure in FIGURES):
        began = time.monotonic()
        those = {column: command for column, command in commands.items() if row in rows_of[column]}
        measure_row(row, those, 1 if row in ONCE else n_rounds, samples)
        print(f"{row}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    return samples


def show_figure(figure, samples):
    """Returns what the line has in each column; NaN for who was killed."""
    found = {
        column: percentile(values, figure.percentile)
        for column, values in samples.get(figure.measure, {}).items()
    }
    return {column: figure.show(value, found.get("serial")) for column, value in found.items()}


def ratio(figure, own, other):
    """How many times as good as the other the own value is."""
    value = own if figure.more_is_better else other
    base = other if figure.more_is_better else own
    return f"{value / base:.2f}" if base > 0 else "-"


def held_against(figure, shown):
    """Returns the last cells: the ratio to the floor, that to the best peer, and who that is."""
    own = shown["Tine"]
    floor = next((shown[column] for column in FLOORS if column in shown), None)
    peers = [
        column
        for column, value in shown.items()
        if column != "Tine" and column not in FLOORS and not math.isnan(value)
    ]
    cells = ["-" if floor is None else ratio(figure, own, floor)]
    if not peers:
        return cells + ["-", ""]
    best = (max if figure.more_is_better else min)(peers, key=shown.get)
    return cells + [ratio(figure, own, shown[best]), best]


def digits(value):
    """Three or four significant digits, never an exponent."""
    if math.isnan(value):
        return "killed"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}" if value >= 0.001 else "0"


def print_table(columns, samples):
    lines = [["", *columns, "/floor", "/best", ""]]
    for figure in FIGURES:
        shown = show_figure(figure, samples)
        cells = [digits(shown[column]) if column in shown else "-" for column in columns]
        lines.append([figure.title, *cells, *held_against(figure, shown)])
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        title, *cells = line
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:])]
        print("  ".join([title.ljust(widths[0]), *padded]).rstrip())


def main():
    directory, n_rounds = sys.argv[1], int(sys.argv[2])
    cpus = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cpus)
    if len(cpus) < 2:
        sys.exit("two CPUs are needed")
    commands, rows_of = find_programs(directory)
    os.environ["OMP_STACKSIZE"] = "8M"
    samples = measure_all(commands, rows_of, n_rounds)
    print_table(list(commands), samples)
    print()
    print("serial: no executor, fib with a fork and join of nobody in a shared library.")
    print("threads: the caller and a partner that a futex wakes, a CPU and half of the loop each.")
    print("/floor: how many times as good as threads, or as serial where threads has no figure;")
    print("/best: as the best of the others. Above 1 Tine is ahead. The results are all verified.")


if __name__ == "__main__":
    main()
