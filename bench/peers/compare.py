"""Runs Tine and its peers side by side over CSV files, and prints two tables and a plot.

    compare.py AREA PROGRAMS FOLDER PLOT [ROW]...

AREA is csv or reduce, PROGRAMS holds what was built, FOLDER gets the files, PLOT is the SVG that
is written. In each round, every program has its turn, another one first each time, in a fresh
process, and the file is read through right before. All get the same two CPUs, and two threads but
for the columns with a 1. A peer that has used up its time sits the rest of the rounds out; Tine and
the floor never do.

P is the floor: the file is read into a buffer in cache, and every byte looked at; the best of a few
passes.

How programs are called and what they answer, programs.py says. Answers are compared, integers to
the last digit and doubles to nine, as the sums of others are not exact; Tine's must be the same in
every round, with one worker and with two, and what the generator knows to the last bit.

Environment: TINE_BENCH_MB, _ROUNDS, _SEED, _ZSV; see run.sh.
"""

import math
import os
import platform
import subprocess
import sys
import time

from areas import AREAS, EXACT, FLOORS, NO_RIVALS, OWN
from figure import as_is
from inputs import generate
from machine import Watch, cpu_model, two_cpus
from plot import write_plot
from programs import Failed, find_programs, run_turn
from tables import print_comparison, print_goals, write_lines

PEER_SECONDS = 2.0  # of a row for each round asked for
CLOSE = 1e-9  # relative: what sums of doubles that are not exact may be off
NOTES = """GB/s of CSV, but where it says otherwise. P: every byte of the file read and looked
at, by as many threads; a 1: one thread. Tine/best: how many times as good as the best of the others.
Miller's time is that of its process; pandas and Tine 1 have one thread, the others two."""


def agrees(found, expected, close):
    if found is None or expected is None:
        return found == expected
    return found == expected or math.isclose(found, expected, rel_tol=close, abs_tol=1e3 * close)


def check_same(answer, reference, close):
    """Who has no means answers fewer values; none answers fewer groups, or more."""
    for name in answer:
        if name not in reference:
            raise Failed(f"{name} is not answered by Tine")
        if not agrees(answer[name], reference[name], close):
            raise Failed(f"{name} is {answer[name]!r}, and Tine's {reference[name]!r}")


def check_known(answer, data):
    """Where the answer has what the generator knows."""
    plain = f"{data.summed}.sum"  # by a loop of doubles
    for name, known, close in (
        ("rows", data.n_rows, 0),
        (data.summed, data.sum, 0),
        (plain, data.sum, CLOSE),
    ):
        if not agrees(answer.get(name, known), known, close):
            raise Failed(f"{name} is {answer[name]!r}, not {known!r}")


class Contest:
    """A row and those who run it."""

    def __init__(self, row, data, commands):
        self.row = row
        self.data = data
        self.commands = commands
        self.turns = [turn for turn in row.turns if turn.column in commands]
        self.spent = dict.fromkeys(commands, 0)
        self.samples = {}  # by measure and column: a list a round
        self.answers = {}  # Tine's, by task
        self.failed = set()

    def run(self, n_rounds):
        for i in range(n_rounds):
            first = i % len(self.turns)
            turns = self.turns[first:] + self.turns[:first]
            if i == 0:  # whose answers the others' are compared with
                turns.sort(key=lambda turn: turn.column not in EXACT)
            for turn in turns:
                rests = self.spent[turn.column] > PEER_SECONDS * n_rounds
                if turn.column not in self.failed and (self._is_own(turn) or not rests):
                    self._attempt(turn)

    @staticmethod
    def _is_own(turn):
        return turn.column in OWN or turn.column in FLOORS

    def _attempt(self, turn):
        began = time.monotonic()
        try:
            said = run_turn(self.commands[turn.column], turn.column, turn, self.data)
            self._check(turn, said["answer"])
            self._sample(turn, said)
        except Failed as failed:
            print(f"{self.row.name}, {turn.column}: {failed}", file=sys.stderr)
            self.failed.add(turn.column)
        self.spent[turn.column] += time.monotonic() - began

    def _check(self, turn, answer):
        if turn.column in FLOORS:
            return
        task = " ".join(turn.task)
        if turn.column in EXACT:
            check_known(answer, self.data)
        close = 0 if turn.column in EXACT else CLOSE
        check_same(answer, self.answers.setdefault(task, answer), close)

    def _sample(self, turn, said):
        n_bytes = said["answer"].get("bytes read", self.data.n_bytes)
        measures = {
            turn.measure: n_bytes / said["seconds"] / 1e9,
            f"{turn.measure} CPUs": said["cpu"] / said["seconds"],
            f"{turn.measure} peak": said["peak"] / 1e6,
        }
        for measure, value in measures.items():
            self.samples.setdefault(measure, {}).setdefault(turn.column, []).append([value])


def run_lines(row, programs, n_rounds, failures):
    """Returns the samples of a row that a program of its own is for."""
    command = [os.path.join(programs, row.program[0]), *row.program[1:]]
    samples = {}
    for _ in range(n_rounds):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            failures.add((row.name, "Tine"))
        for line in done.stdout.splitlines():
            measure, value, _unit = line.split()
            samples.setdefault(measure, {}).setdefault("Tine", []).append([float(value)])
    return samples


def run_turns(row, data, commands, n_rounds, failures):
    """Returns its samples; adds the row and the columns that failed to failures."""
    contest = Contest(row, data, commands)
    contest.run(n_rounds)
    failures |= {(row.name, column) for column in contest.failed}
    return contest.samples


def main():
    area, programs, folder, plot, *wanted = sys.argv[1:]
    megabytes = int(os.environ.get("TINE_BENCH_MB", 256))
    n_rounds = int(os.environ.get("TINE_BENCH_ROUNDS", 7))
    seed = int(os.environ.get("TINE_BENCH_SEED", time.time()))
    cpus = two_cpus()
    commands = find_programs(os.path.join(programs, "peers"))
    rows = [row for row in AREAS[area] if not wanted or row.name in wanted]
    generator = os.path.join(programs, "tine-gen")
    names = dict.fromkeys(row.input for row in rows if row.input)
    inputs = {name: generate(generator, folder, name, megabytes, seed) for name in names}
    watch = Watch(cpus)
    samples, failures = {}, set()
    for row in rows:
        began = time.monotonic()
        n = min(n_rounds, row.max_rounds)
        if row.program:
            samples.update(run_lines(row, programs, n, failures))
        else:
            samples.update(run_turns(row, inputs[row.input], commands, n, failures))
        print(f"{row.name}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    figures = [figure for row in rows for figure in row.figures]
    there = dict.fromkeys(column for columns in samples.values() for column in columns)
    columns = [column for column in OWN + FLOORS if column in there]
    columns += [column for column in there if column not in columns]
    absolute = [figure for figure in figures if figure.show is as_is]
    print_comparison(columns, absolute, samples, failures, NO_RIVALS)
    print(f"\n{NOTES}\n")
    print_goals(figures, samples, failures)
    print(f"\n{cpu_model()}, CPUs {cpus[0]} and {cpus[1]}, Linux {platform.release()};")
    print(f"{megabytes} MB, seed {seed}; {watch.report()}. Every answer was compared.")
    write_plot(plot, [f for f in absolute if f.measure == f.row], columns, samples)
    print(f"The plot: {plot}")
    if "TINE_BENCH_LINES" in os.environ:
        write_lines(os.environ["TINE_BENCH_LINES"], samples)
    if any(column in OWN or column in FLOORS for _, column in failures):
        sys.exit("Tine or the floor failed")


if __name__ == "__main__":
    main()
