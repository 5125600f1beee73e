"""What the tables show of the samples, and the goals that Tine has set itself."""

from figure import Figure, over, under


def over_ideal(value, reference):
    """Of two workers, who in the ideal take half of the serial time."""
    return 2 * value / reference


def not_negative(value, _reference):
    """Clocks are read one after the other, so that nothing may seem to be a little less."""
    return max(0, value)


def above(value, reference):
    return value - reference


def over_futexes(title, percent, goal):
    return Figure(
        "wake_up",
        "pair.woken",
        title,
        goal=goal,
        show=over,
        column="threads",
        percentile=percent,
        pooled=True,
    )


FIGURES = [
    Figure("fib", "fib.w1", "fib: ns a fork, 1 worker"),
    Figure("fib", "fib.w1", "... above the no-op library's", 1.5, show=above, column="serial"),
    Figure("fib", "fib.w2", "fib: ns a fork, 2 workers"),
    Figure("fib", "fib.w2", "... over 1 worker", 0.55, show=over, reference="fib.w1"),
    Figure("uts.t1", "uts.t1", "UTS T1: speed-up", 1.85, True, under, "serial"),
    Figure("uts.t3", "uts.t3", "UTS T3: speed-up", 1.9, True, under, "serial"),
    Figure("queens", "queens", "12 queens: speed-up", 1.5, True, under, "serial"),
    Figure("cold", "futures.cold", "futures, cold: ns each", 100),
    Figure("futures", "futures.steady", "futures, steady: ns each", 30),
    Figure("submitters", "submit.t1", "... of 1 submitting thread"),
    Figure("submitters", "submit.t2", "... of 2"),
    Figure("submitters", "submit.t4", "... of 4"),
    Figure("submitters", "submit.t8", "... of 8", 30),
    Figure("tasks", "tasks", "1000 tasks of 10 us: over ideal", 1.01, False, over_ideal, "serial"),
    Figure("tasks", "tasks", "... over two bare threads", show=over, column="threads"),
    Figure("tasks", "tasks.first", "... with everyone asleep", None, False, over_ideal, "serial"),
    Figure("pairs", "pair.empty", "empty loop of 2: ns", 80),
    Figure("pairs", "pair.empty", "... p99", percentile=99, pooled=True),
    Figure("pairs", "pair.mixed", "... after one that ran at once or not"),
    Figure("pairs", "pair.at_once", "2 bodies truly at once: ns", 300),
    Figure("pairs", "pair.at_once", "... p99", percentile=99, pooled=True),
    Figure("wake_up", "pair.woken", "2 at once after 5 ms idle: us", pooled=True),
    Figure("wake_up", "pair.woken", "... p99", percentile=99, pooled=True),
    over_futexes("... over bare futexes", 50, 1.2),
    over_futexes("... p99 over theirs", 99, 1.5),
    Figure("skewed", "skewed", "skewed loop: over ideal", 1.003, False, over_ideal, "serial"),
    Figure("sums", "sum", "sum of doubles: GB/s", more_is_better=True),
    Figure("sums", "sum", "... over bare threads", 0.98, True, over, "threads"),
    Figure("sums", "dot", "dot of doubles: GB/s", more_is_better=True),
    Figure("sums", "dot", "... over bare threads", 0.98, True, over, "threads"),
    Figure("idle", "idle.begin", "going idle: us of CPU", show=not_negative),
    Figure("idle", "idle.pool", "idle pool: us of CPU a second", 30, show=not_negative),
    Figure("waiting", "wait.begin", "beginning to wait: us of CPU", show=not_negative),
    Figure("waiting", "idle.waiting", "waiting: us of CPU a second", 200, show=not_negative),
    Figure("pending", "pending.asked", "pending future, 8-byte value: bytes asked", 72),
    Figure("pending", "pending.resident", "... resident, with its handle"),
]
