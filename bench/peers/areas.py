"""What is asked of Tine and its peers, and the goals that Tine has set itself."""

import os
from dataclasses import dataclass, field

from figure import Figure, over
from inputs import FLOATS

DATA_FRAMES = ("DuckDB", "Polars", "data.table", "pandas")
FLOORS = ("P", "P 1")
# Tine with one worker, and in parts: no rivals of itself.
NO_RIVALS = ("Tine 1", *FLOORS)


@dataclass
class Turn:
    """Of one program in a round."""

    measure: str
    column: str
    task: list  # name and arguments


@dataclass
class Row:
    """Turns that alternate, over one input. What they answer to the same question must agree."""

    name: str
    input: str
    turns: list
    figures: list = field(default_factory=list)
    max_rounds: int = 1000


def best(row, title, goal, peers):
    return Figure(row, row, f"... to {title}", goal, True, over, best_of=peers)


def side_by_side(name, kind, title, task, peers, goals):
    """A row of the floor, Tine with two workers and with one, and peers. Goals: of Tine to P, of
    two workers to one, and, with a title, to the best of the peers named."""
    columns = (*FLOORS, "Tine", "Tine 1", *peers)
    figures = [Figure(name, name, title, more_is_better=True)]
    if "P" in goals:
        figures.append(Figure(name, name, "... to P", goals["P"], True, over, "P"))
    for title_of_best, (goal, those) in goals.get("best", {}).items():
        figures.append(best(name, title_of_best, goal, those))
    figures += [
        Figure(name, name, "... two workers to one", 1.85, True, over, "Tine 1"),
        Figure(name, f"{name} CPUs", "... CPUs busy"),
    ]
    if task[0] == "collect":
        figures.append(Figure(name, f"{name} peak", "... peak of memory, MB"))
    return Row(name, kind, [Turn(name, column, task) for column in columns], figures)


def endless():
    """Memory that does not grow with the input: Tine alone, and once."""
    name, gigabytes = "endless", os.environ.get("TINE_BENCH_STREAM_GB", "20")
    title = f"lineitem: sum of a column, {gigabytes} GB from a callback"
    figures = [
        Figure(name, name, title, more_is_better=True),
        Figure(name, f"{name} peak", "... peak of memory, MB", 64),
    ]
    turn = Turn(name, "Tine", ["endless", gigabytes, "extendedprice"])
    return Row(name, "lineitem", [turn], figures, max_rounds=1)


ALL_BUT_TEXT = DATA_FRAMES + ("Miller", "zsv")
CSV = [
    side_by_side(
        "rows.lineitem",
        "lineitem",
        "lineitem: rows",
        ["rows"],
        ALL_BUT_TEXT,
        {"P": 0.5, "best": {"zsv": (1.1, ("zsv",)), "the best peer": (1, ALL_BUT_TEXT)}},
    ),
    side_by_side(
        "rows.text",
        "text",
        "all-quoted text: rows",
        ["rows"],
        DATA_FRAMES,
        {"P": 0.5, "best": {"DuckDB, Polars": (5, ("DuckDB", "Polars"))}},
    ),
    *(
        side_by_side(
            f"sum.{kind}",
            kind,
            f"{kind}: sum of a column",
            ["sum", column],
            ALL_BUT_TEXT[:-1],
            {"P": 0.45, "best": {"the best peer": (8, ALL_BUT_TEXT)}},
        )
        for kind, column in (("lineitem", "extendedprice"), ("taxi", "fare"))
    ),
    *(
        side_by_side(
            f"stream.{kind}",
            kind,
            f"{kind}: all columns streamed",
            ["stream"],
            (),
            {"P": 0.18},
        )
        for kind in ("lineitem", "taxi")
    ),
    *(
        side_by_side(
            f"collect.{kind}",
            kind,
            f"{kind}: all columns collected",
            ["collect"],
            DATA_FRAMES,
            {"best": goals},
        )
        for kind, goals in (
            ("lineitem", {"the best peer": (5, DATA_FRAMES)}),
            ("taxi", {"the best peer": (5, DATA_FRAMES)}),
            (
                "floats",
                {
                    "the best but fread": (5, ("DuckDB", "Polars", "pandas")),
                    "fread": (4, ("data.table",)),
                },
            ),
        )
    ),
    side_by_side(
        "sum.floats",
        "floats",
        "floats: 20 sums",
        ["sum", *FLOATS],
        DATA_FRAMES,
        {"P": 0.18, "best": {"fread": (4.5, ("data.table",)), "the best peer": (1, DATA_FRAMES)}},
    ),
    side_by_side(
        "length.text",
        "text",
        "all-quoted text: length of a column",
        ["length", "text"],
        DATA_FRAMES,
        {"best": {"DuckDB, Polars": (5, ("DuckDB", "Polars"))}},
    ),
    endless(),
]

AREAS = {"csv": CSV}
