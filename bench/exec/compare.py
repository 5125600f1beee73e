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

import math
import os
import platform
import sys
import time

from figures import FIGURES, percentile
from lockstep import Failed, Program

PEER_SECONDS = 0.2  # of a row for each round asked for

# Column, file. The first is what all this is about; the next two are no rivals, but floors.
PROGRAMS = [
    ("Tine", "exec-tine"),
    ("serial", "exec-serial"),
    ("threads", "exec-threads"),
    ("inline", "exec-tine-inline"),
    ("TBB", "exec-tbb"),
    ("libgomp", "exec-openmp"),
    ("libomp", "exec-libomp"),
    ("Lace", "exec-lace"),
    ("GLib", "exec-glib"),
    ("libuv", "exec-uv"),
    ("Python", "futures.py"),
]
OPTIONAL = ("inline", "Lace")
FLOORS = ("serial", "threads")

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
    with os.popen(" ".join(command)) as output:
        return output.read().split()


class Contest:
    """A row and those who run it."""

    def __init__(self, row, commands):
        self.row = row
        self.commands = commands
        self.programs = {}
        self.spent = dict.fromkeys(commands, 0)
        self.samples = {}  # by measure and column: a list a round
        self.failures = {}  # by column

    def run(self, n_rounds, peer_seconds):
        for i in range(n_rounds):
            columns = list(self.commands)
            first = i % len(columns)
            for column in columns[first:] + columns[:first]:
                is_peer = column != "Tine" and column not in FLOORS
                if column in self.failures or (is_peer and self.spent[column] > peer_seconds):
                    continue
                try:
                    self._turn(column)
                except Failed as failed:
                    print(failed, file=sys.stderr)
                    self.failures[column] = str(failed)
                    self.programs.pop(column, None)
        for column in list(self.programs):
            self._end(column)

    def _turn(self, column):
        if column not in self.programs:
            self.programs[column] = Program(self.commands[column], self.row)
        seconds, samples = self.programs[column].round()
        self.spent[column] += seconds
        for measure, values in samples.items():
            self.samples.setdefault(measure, {}).setdefault(column, []).append(values)
        if self.row in FRESH:
            self._end(column)

    def _end(self, column):
        try:
            self.programs.pop(column).end()
        except Failed as failed:
            print(failed, file=sys.stderr)
            self.failures[column] = str(failed)

    def close(self):
        for program in self.programs.values():
            program.kill()


def run_row(row, commands, n_rounds, failures):
    """Returns its samples; adds the columns that failed to failures."""
    began = time.monotonic()
    if row in FEW_ROUNDS:
        n_rounds = (n_rounds + 2) // 3
    contest = Contest(row, commands)
    try:
        contest.run(n_rounds * ROUNDS.get(row, 1), PEER_SECONDS * n_rounds)
    finally:
        contest.close()
    failures |= {(row, column) for column in contest.failures}
    print(f"{row}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    return contest.samples


# ---- tables ----

NOTES = """serial: no executor, fib with a fork and join of nobody in a shared library.
threads: the caller and a partner that a futex wakes, a CPU and half of the loop each.
Tine/best: how many times as good as the best of the others. Above 1 Tine is ahead.
Who takes more than a second for that fib computes a smaller one; Python has fewer futures.
OpenMP's and Lace's tasks come from one of their two workers, not from a thread besides."""



def digits(value):
    """Three or four significant digits, never an exponent."""
    if math.isnan(value):
        return "failed"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}" if abs(value) >= 0.001 else "0"


def print_markdown(lines):
    """The first is the head, the first column to the left."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    rule = ["-" * width for width in widths]
    for line in [lines[0], rule, *lines[1:]]:
        title, *cells = line
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:])]
        print("| " + " | ".join([title.ljust(widths[0]), *padded]) + " |")


def shown(figure, samples, failures):
    """Returns the value of each column that has one; NaN for who failed."""
    found = {}
    for column in samples.get(figure.measure, {}):
        values = figure.values(samples, column)
        if values:
            found[column] = percentile(values, 50)
    found.update({column: math.nan for row, column in failures if row == figure.row})
    return found


def best_peer(figure, values):
    """Returns the last cells: how many times as good as the best peer Tine is, and who that is."""
    peers = [
        column
        for column, value in values.items()
        if column not in ("Tine", "inline", *FLOORS) and not math.isnan(value)
    ]
    if not peers or "Tine" not in values:
        return ["", ""]
    best = (max if figure.more_is_better else min)(peers, key=values.get)
    good, base = values["Tine"], values[best]
    if not figure.more_is_better:
        good, base = base, good
    return [f"{good / base:.2f}" if base > 0 and good > 0 else "", best]


def print_comparison(columns, figures, samples, failures):
    lines = [["median", *columns, "Tine/best", "best"]]
    for figure in figures:
        values = shown(figure, samples, failures)
        cells = [digits(values[column]) if column in values else "" for column in columns]
        lines.append([figure.title, *cells, *best_peer(figure, values)])
    print_markdown(lines)


def verdict(figure, value):
    share = value / figure.goal
    if math.isnan(value):
        return "failed"
    if share >= 1 if figure.more_is_better else share <= 1:
        return f"met, {abs(1 - share):.0%} to spare"
    if share > 3:
        return f"missed: {digits(share)} times that"
    return f"missed by {abs(1 - share):.0%}"


def full_title(figure):
    """With that of the line above where it goes on from there."""
    if not figure.title.startswith("... "):
        return figure.title
    above = FIGURES[: FIGURES.index(figure)]
    first = next(f.title for f in reversed(above) if not f.title.startswith("... "))
    return f"{first}, {figure.title[4:]}"


def print_goals(figures, samples, failures):
    lines = [["Tine", "goal", "median", "quartiles", "worst of 100", "rounds", "verdict"]]
    for figure in figures:
        value = shown(figure, samples, failures).get("Tine")
        if figure.goal is None or value is None:
            continue
        rounds = [] if math.isnan(value) else figure.values(samples, "Tine")
        quartiles = [digits(percentile(rounds, percent)) for percent in (25, 75) if rounds]
        sign, worst = (">=", 1) if figure.more_is_better else ("<=", 99)
        lines.append(
            [
                full_title(figure),
                f"{sign} {digits(figure.goal)}",
                digits(value),
                " to ".join(quartiles) if len(rounds) > 1 else "",
                digits(percentile(rounds, worst)) if len(rounds) > 1 else "",
                str(len(samples.get(figure.measure, {}).get("Tine", []))),
                verdict(figure, value),
            ]
        )
    print_markdown(lines)


def write_lines(path, samples):
    with open(path, "w", encoding="ascii") as file:
        for measure, columns in samples.items():
            for column, rounds in columns.items():
                values = sum(rounds, [])
                cells = [f"{percentile(values, percent):.6g}" for percent in (1, 25, 50, 75, 99)]
                print(measure, column, len(values), *cells, sep="\t", file=file)


# ---- the machine ----


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def busy_seconds(cpus):
    """That those have had since they started: with work, and stolen by the machine's host."""
    busy, stolen = 0, 0
    with open("/proc/stat", encoding="ascii") as file:
        for line in file:
            name, *ticks = line.split()
            if name in cpus:
                user, nice, system, _, _, irq, softirq, steal = map(int, ticks[:8])
                busy += user + nice + system + irq + softirq
                stolen += steal
    per_second = os.sysconf("SC_CLK_TCK")
    return busy / per_second, stolen / per_second


def own_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Watch:
    """How much of the CPUs others have had."""

    def __init__(self, cpus):
        self.names = [f"cpu{cpu}" for cpu in cpus]
        self.began = time.monotonic()
        self.before = self._seconds()

    def _seconds(self):
        busy, stolen = busy_seconds(self.names)
        return busy - own_seconds(), stolen

    def report(self):
        seconds = time.monotonic() - self.began
        others, stolen = (
            100 * max(0, after - before) / seconds / len(self.names)
            for after, before in zip(self._seconds(), self.before)
        )
        return f"{seconds:.0f} s; of the CPUs others had {others:.1f} %, the host {stolen:.1f} %"


def main():
    directory, n_rounds, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    cpus = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cpus)
    if len(cpus) < 2:
        sys.exit("two CPUs are needed")
    os.environ["OMP_STACKSIZE"] = "8M"
    watch = Watch(cpus)
    commands = find_programs(directory)
    offered = {column: rows_of(command) for column, command in commands.items()}
    figures = [figure for figure in FIGURES if not wanted or figure.row in wanted]
    samples, failures = {}, set()
    for row in dict.fromkeys(figure.row for figure in figures):
        those = {column: command for column, command in commands.items() if row in offered[column]}
        samples.update(run_row(row, those, n_rounds, failures))
    print_comparison(list(commands), figures, samples, failures)
    print()
    print(NOTES)
    print()
    print_goals(figures, samples, failures)
    print()
    print(f"{cpu_model()}, CPUs {cpus[0]} and {cpus[1]}, Linux {platform.release()};")
    print(f"{watch.report()}. Every result was verified.")
    if "TINE_BENCH_LINES" in os.environ:
        write_lines(os.environ["TINE_BENCH_LINES"], samples)
    if any(column == "Tine" or column in FLOORS for _, column in failures):
        sys.exit("Tine or a floor failed")


if __name__ == "__main__":
    main()
