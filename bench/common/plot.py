"""A plot of bars, as SVG written by hand: a group for each row, a bar for each column, as long as
the logarithm of its median, and across its end a line from the lower to the upper quartile."""

import math
from html import escape

from figure import percentile

LEFT, WIDTH, RIGHT = 90, 640, 60
BAR, GAP, HEAD = 13, 16, 44
COLORS = {"Tine": "#d1495b", "P": "#9aa0a6"}
OTHERS = ("#30638e", "#00798c", "#edae49", "#66a182", "#8d6a9f", "#b5838d", "#6c757d")


class Scale:
    """From values to places, in decades around what there is."""

    def __init__(self, values):
        self.first = math.floor(math.log10(min(values)))
        self.last = max(math.ceil(math.log10(max(values))), self.first + 1)

    def __call__(self, value):
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return LEFT + WIDTH * min(1, max(0, share))

    def ticks(self):
        for decade in range(self.first, self.last):
            yield from ((step * 10**decade, step == 1) for step in range(1, 10))
        yield 10**self.last, True


def text(x, y, words, anchor="start", size=11, weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}">{escape(words)}</text>'
    )


def bar(y, values, scale, column, color):
    low, middle, high = (percentile(values, percent) for percent in (25, 50, 75))
    end = scale(middle)
    center = y + BAR / 2
    return [
        f'<rect x="{LEFT}" y="{y:.1f}" width="{max(1, end - LEFT):.1f}" height="{BAR - 2}" '
        f'fill="{color}"/>',
        f'<line x1="{scale(low):.1f}" x2="{scale(high):.1f}" y1="{center - 1:.1f}" '
        f'y2="{center - 1:.1f}" stroke="black"/>',
        text(LEFT - 6, center + 3, column, "end", 10),
        text(max(end, scale(high)) + 5, center + 3, f"{middle:.3g}", size=10),
    ]


def grid(scale, bottom):
    for value, is_decade in scale.ticks():
        x = scale(value)
        shade = "#c8c8c8" if is_decade else "#eeeeee"
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 6}" y2="{bottom}" stroke="{shade}"/>'
        if is_decade:
            yield text(x, HEAD - 10, f"{value:g}", "middle", 10)


def colors_of(columns):
    others = [column for column in columns if column.split()[0] not in COLORS]
    colors = {column: OTHERS[i % len(OTHERS)] for i, column in enumerate(others)}
    return {column: colors.get(column) or COLORS[column.split()[0]] for column in columns}


def values_of(figure, columns, samples):
    there = samples.get(figure.measure, {})
    return {column: sum(there[column], []) for column in columns if column in there}


def write_plot(path, figures, columns, samples, title="GB/s of CSV, the median of the rounds"):
    """Of figures that show what was sampled as it is."""
    groups = [(figure, values_of(figure, columns, samples)) for figure in figures]
    groups = [(figure, values) for figure, values in groups if values]
    if not groups:
        return
    scale = Scale([x for _, values in groups for those in values.values() for x in those])
    colors = colors_of(columns)
    y, parts = HEAD, []
    for figure, values in groups:
        parts.append(text(LEFT, y + 11, figure.title, weight="bold"))
        y += GAP
        for column, those in values.items():
            parts += bar(y, those, scale, column, colors[column])
            y += BAR
        y += GAP / 2
    size = f'width="{LEFT + WIDTH + RIGHT}" height="{y + 10:.0f}"'
    with open(path, "w", encoding="utf-8") as file:
        print(
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">',
            '<rect width="100%" height="100%" fill="white"/>',
            text(LEFT, 18, title, size=13, weight="bold"),
            *grid(scale, y),
            *parts,
            "</svg>",
            sep="\n",
            file=file,
        )
