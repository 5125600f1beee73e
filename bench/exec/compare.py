"""Runs the executors side by side, row by row, and prints two tables.

    compare.py DIRECTORY ROUNDS [ROW]...

DIRECTORY holds the programs that were built. Rounds last milliseconds to a second. In each, every
program has its turn, another one first each time, and the others are stopped meanwhile: what is
compared was measured next to one another. All get the same two CPUs and, where it can be chosen,
stacks of 8 MiB. Rows that are cheap, or whose tails count, have more rounds. A peer that has used
up its time sits the rest of them out; Tine and the floors never do.

A program that finds a result wrong fails, and has no figure; likewise who is killed by a signal,
as when deep recursion ends its stack. The tables say so, and in the end this program fails if Tine
or a floor did.

TINE_BENCH_LINES=FILE writes what was sampled there too, a line for each measure and program:
measure, column, number of samples, 1st, 25th, 50th, 75th and 99th percentile, separated by tabs.
"""

import os
import platform
import subprocess
import sys
import time

from figures import FIGURES
from lockstep import Failed, Program
from machine import Watch, cpu_model, two_cpus
from tables import print_comparison, print_goals, write_lines

PEER_SECONDS = 0.15  # of a row for each round asked for

# Column, file. The first is what all this is about; the next two are no rivals, but floors.
PROGRAMS = [
    ("Tine", "exec-tine"),
    ("serial", "exec-serial"),
    ("threads", "exec-threads"),
    ("inline", "exec-inline"),
    ("TBB", "exec-tbb"),
    ("libgomp", "exec-openmp"),
    ("libomp", "exec-libomp"),
    ("Lace", "exec-lace"),
    ("GLib", "exec-glib"),
    ("libuv", "exec-uv"),
    ("Python", "futures.py"),
]
OPTIONAL = ("inline", "Lace")
FLOORS = ("serial", "threads")  # no rivals
NOTES = """serial: no executor, fib with a fork and join of nobody in a shared library.
threads: the caller and a partner that a futex wakes, a CPU and half of the loop each.
Tine/best: how many times as good as the best of the others. Above 1 Tine is ahead.
Who takes more than a second for that fib computes a smaller one; Python has fewer futures.
OpenMP's and Lace's tasks come from one of their two workers, not from a thread besides."""

# Rounds for each one asked for: more where they are short, most where it is their tail that counts.
ROUNDS = {"queens": 2, "tasks": 4, "skewed": 2, "pairs": 4, "wake_up": 25}
# What takes a second, or hardly varies, has a third, one at least.
FEW_ROUNDS = ("idle", "waiting", "pending")
# Programs that are started anew for each round.
FRESH = ("cold", "pending")


def find_programs(directory):
    """Returns the commands of those that are there, by column."""
    here = os.path.dirname(os.path.abspath(__file__))
    commands = {}
    for column, file in PROGRAMS:
        if file.endswith(".py"):
            library = os.path.join(directory, "libexec.so")
            commands[column] = [sys.executable, os.path.join(here, file), library]
        elif os.path.exists(os.path.join(directory, file)):
            commands[column] = [os.path.join(directory, file)]
        elif column not in OPTIONAL:
            print(f"no {file}: its library was not there", file=sys.stderr)
    return commands


def rows_of(command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


class Contest:
    """A row and those who run it."""

    def __init__(self, row, commands):
        self.row = row
        self.commands = commands
        self.programs = {}
        self.spent = dict.fromkeys(commands, 0)
        self.samples = {}  # by measure and column: a list a round
        self.failed = set()

    def run(self, n_rounds, peer_seconds):
        columns = list(self.commands)
        for i in range(n_rounds):
            first = i % len(columns)
            for column in columns[first:] + columns[:first]:
                may_tire = column != "Tine" and column not in FLOORS
                if not may_tire or self.spent[column] <= peer_seconds:
                    self._attempt(self._take_turn, column)
        for column in columns:
            self._attempt(self._end, column)

    def _attempt(self, action, column):
        if column in self.failed:
            return
        try:
            action(column)
        except Failed as failed:
            print(failed, file=sys.stderr)
            self.failed.add(column)
            self.programs.pop(column, None)

    def _take_turn(self, column):
        if column not in self.programs:
            self.programs[column] = Program(self.commands[column], self.row)
        seconds, samples = self.programs[column].round()
        self.spent[column] += seconds
        for measure, values in samples.items():
            self.samples.setdefault(measure, {}).setdefault(column, []).append(values)
        if self.row in FRESH:
            self._end(column)

    def _end(self, column):
        if column in self.programs:
            self.programs.pop(column).end()

    def close(self):
        for program in self.programs.values():
            program.kill()


def run_row(row, commands, n_rounds, failures):
    """Returns its samples; adds the row and the columns that failed to failures."""
    began = time.monotonic()
    if row in FEW_ROUNDS:
        n_rounds = (n_rounds + 2) // 3
    contest = Contest(row, commands)
    try:
        contest.run(n_rounds * ROUNDS.get(row, 1), PEER_SECONDS * n_rounds)
    finally:
        contest.close()
    failures |= {(row, column) for column in contest.failed}
    print(f"{row}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    return contest.samples


def main():
    directory, n_rounds, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    cpus = two_cpus()
    os.environ["OMP_STACKSIZE"] = "8M"
    watch = Watch(cpus)
    commands = find_programs(directory)
    offered = {column: rows_of(command) for column, command in commands.items()}
    figures = [figure for figure in FIGURES if not wanted or figure.row in wanted]
    samples, failures = {}, set()
    for row in dict.fromkeys(figure.row for figure in figures):
        those = {column: command for column, command in commands.items() if row in offered[column]}
        samples.update(run_row(row, those, n_rounds, failures))
    print_comparison(list(commands), figures, samples, failures, ("inline", *FLOORS))
    print(f"\n{NOTES}\n")
    print_goals(figures, samples, failures)
    print(f"\n{cpu_model()}, CPUs {cpus[0]} and {cpus[1]}, Linux {platform.release()};")
    print(f"{watch.report()}. Every result was verified.")
    if "TINE_BENCH_LINES" in os.environ:
        write_lines(os.environ["TINE_BENCH_LINES"], samples)
    if any(column == "Tine" or column in FLOORS for _, column in failures):
        sys.exit("Tine or a floor failed")


if __name__ == "__main__":
    main()
