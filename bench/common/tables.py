"""The tables, in Markdown: all programs side by side, and Tine against its goals."""

import math

from figure import percentile



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


def best_peer(figure, values, no_rivals):
    """Returns the last cells: how many times as good as the best peer Tine is, and who that is."""
    peers = [
        column
        for column, value in values.items()
        if column != "Tine" and column not in no_rivals and not math.isnan(value)
    ]
    if not peers or "Tine" not in values:
        return ["", ""]
    best = (max if figure.more_is_better else min)(peers, key=values.get)
    good, base = values["Tine"], values[best]
    if not figure.more_is_better:
        good, base = base, good
    return [f"{good / base:.2f}" if base > 0 and good > 0 else "", best]


def print_comparison(columns, figures, samples, failures, no_rivals):
    lines = [["median", *columns, "Tine/best", "best"]]
    for figure in figures:
        values = shown(figure, samples, failures)
        cells = [digits(values[column]) if column in values else "" for column in columns]
        lines.append([figure.title, *cells, *best_peer(figure, values, no_rivals)])
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


def full_title(figure, figures):
    """With that of the line above where it goes on from there."""
    if not figure.title.startswith("... "):
        return figure.title
    above = figures[: figures.index(figure)]
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
                full_title(figure, figures),
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
