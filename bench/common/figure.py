"""Figures: what a table shows of what was sampled, and perhaps a goal for it."""

import statistics
from dataclasses import dataclass
from typing import Callable, Optional


def as_is(value, _reference):
    return value


def over(value, reference):
    return value / reference


def under(value, reference):
    return reference / value


@dataclass
class Figure:
    """A line of the table.

    What is shown is the median of the rounds, and in each, where the figure is relative, the
    reference is of the same round. Only where the tail counts, or a round has but few samples, are
    those of all rounds pooled.
    """

    row: str
    measure: str
    title: str
    goal: Optional[float] = None
    more_is_better: bool = False
    show: Callable = as_is  # of a value and its reference
    column: Optional[str] = None  # whose the reference is; None: one's own
    best_of: tuple = ()  # columns, the best of which the reference is
    reference: Optional[str] = None  # its measure; None: the same
    percentile: int = 50
    pooled: bool = False

    def values(self, samples, column):
        """Returns what it is in each round, or that in all of them."""
        own = samples[self.measure][column]
        references = samples.get(self.reference or self.measure, {})
        reference = references.get(self._reference_column(references, column))
        if reference is None:
            return []
        if self.pooled:
            own, reference = [sum(own, [])], [sum(reference, [])]
        return [
            self.show(percentile(value, self.percentile), percentile(base, self.percentile))
            for value, base in zip(own, reference)
        ]


    def _reference_column(self, references, column):
        if not self.best_of:
            return self.column or column
        there = [one for one in self.best_of if one in references]
        best = max if self.more_is_better else min
        return best(there, key=lambda one: median(references[one]), default=None)


def median(rounds):
    return statistics.median(sum(rounds, []))


def percentile(values, percent):
    if percent == 50:
        return statistics.median(values)
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
