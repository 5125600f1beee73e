"""What is asked of Tine and its peers, and the goals that Tine has set itself."""

import os
from dataclasses import dataclass, field
from typing import Optional

from figure import Figure, over, under
from inputs import FLOATS

DATA_FRAMES = ("DuckDB", "Polars", "data.table", "pandas")
FLOORS = ("P", "P 1")
EXACT = ("Tine", "Tine 1")  # whose answers are the same to the last bit
OWN = (*EXACT, "Tine plain")
NO_RIVALS = (*OWN, *FLOORS)


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
    input: Optional[str]
    turns: list
    figures: list = field(default_factory=list)
    max_rounds: int = 1000
    program: Optional[list] = None  # instead of turns: one that prints lines of name, value, unit


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


# ---- reduce ----


def arrays():
    """Sums of arrays in memory, exact and plain, one thread."""
    goals = {
        "sum.alike": ("sum of alike doubles", 1.15),
        "sum.outliers": ("sum with outliers", 4),
        "sum.far": ("sum of 1e300 and 1e-300", 4),
        "sum.anything": ("sum of any exponents", 4),
        "variance.alike": ("mean and variance", 2.3),
        "dot.alike": ("dot product", None),
    }
    figures = [
        Figure("arrays", f"exact.{name}.ratio", f"array, {title}: exact to plain time", goal)
        for name, (title, goal) in goals.items()
    ]
    program = ["bench_exact", os.environ.get("TINE_BENCH_ARRAY", "20000000")]
    return Row("arrays", None, [], figures, 3, program)


def statistics(kind, columns):
    """Five aggregates of columns, beside reading these and no more."""
    name = f"stats.{kind}"
    turns = [Turn(f"{name}.{task}", "Tine", [task, *columns]) for task in ("read", "stats")]
    title = f"{kind}: sum, mean, min, max, std of {len(columns)} columns"
    figures = [
        Figure(name, f"{name}.read", f"{kind}: reading {len(columns)} columns", None, True),
        Figure(name, f"{name}.stats", title, None, True),
        Figure(
            name,
            f"{name}.stats",
            "... to reading them: time",
            1.1,
            show=under,
            reference=f"{name}.read",
        ),
    ]
    return Row(name, kind, turns, figures)


def exactness(kind, title, key, column, goal):
    """A group-by beside the same with sums of plain doubles."""
    name = f"plain.{kind}"
    task = ["group", key, f"sum:{column}", f"mean:{column}"]
    turns = [Turn(name, one, task) for one in ("Tine", "Tine plain")]
    figures = [
        Figure(name, name, f"{title}: group by", None, True),
        Figure(name, name, "... exact to plain: time", goal, show=under, column="Tine plain"),
    ]
    return Row(name, kind, turns, figures)


SQL = ("DuckDB", "Polars")
QUESTIONS = [
    ["id1", "sum:v1"],
    ["id1,id2", "sum:v1"],
    ["id3", "sum:v1", "mean:v3"],
    ["id4", "mean:v1", "mean:v2", "mean:v3"],
    ["id6", "sum:v1", "sum:v2", "sum:v3"],
]
REDUCE = [
    arrays(),
    statistics("lineitem", ["quantity", "extendedprice", "discount", "tax"]),
    statistics("floats", list(FLOATS)),
    exactness("brc", "413 stations", "station", "temp", 1.15),
    exactness("groups-10000000", "as many groups as rows", "id4", "v3", 1.1),
    *(
        side_by_side(
            f"brc.{n}",
            kind,
            f"1BRC: {n} stations",
            ["group", "station", "min:temp", "mean:temp", "max:temp"],
            DATA_FRAMES + ("by hand",),
            {
                "P": 0.11,
                "best": {"DuckDB, Polars": (8, SQL), "that by hand": (0.55, ("by hand",))},
            },
        )
        for n, kind in ((413, "brc"), (10000, "brc-10000"))
    ),
    side_by_side(
        "q1",
        "lineitem",
        "TPC-H: question 1",
        ["q1"],
        DATA_FRAMES,
        {"P": 0.3, "best": {"DuckDB, Polars": (10, SQL)}},
    ),
    *(
        side_by_side(
            f"question{i + 1}.{few_or_many}",
            kind,
            f"db-benchmark, {few_or_many}: question {i + 1}",
            ["group", *question],
            DATA_FRAMES,
            {"best": {"the best peer": (1, (*SQL, "data.table"))}},
        )
        for few_or_many, kind in (("few", "groups-100"), ("many", "groups-10000000"))
        for i, question in enumerate(QUESTIONS)
    ),
]

AREAS = {"csv": CSV, "reduce": REDUCE}
