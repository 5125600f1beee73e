"""Python's concurrent.futures as a peer, row by row like harness.c.

    futures.py LIBRARY          prints the names of the rows
    futures.py LIBRARY ROW      runs one

LIBRARY is the harness's: its bodies run without the interpreter's lock. There are a fiftieth of the
futures that the others get; the figure is for one.
"""

import ctypes
import os
import resource
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

N_TASKS = 1000
TASK_STEPS = 7500
N_PENDING = 50000

library = ctypes.CDLL(sys.argv[1])
steps = library.exec_steps
steps.argtypes = [ctypes.c_uint64]
steps.restype = ctypes.c_uint64
meet = library.exec_meet
meet.argtypes = [ctypes.c_void_p]
meet.restype = None


def size_from(variable, otherwise):
    return int(os.environ.get(variable, otherwise))


def sample(measure, value):
    print(measure, value, flush=True)


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found}, not {expected}")


def timed(run, *args):
    """Returns the seconds that a call takes, and its result."""
    began = time.perf_counter()
    result = run(*args)
    return time.perf_counter() - began, result


def repeat(n_most, seconds):
    """Up to so many times, and no more once the time is over, but once at least."""
    end = time.perf_counter() + seconds
    for i in range(n_most):
        if i > 0 and time.perf_counter() > end:
            return
        yield


def gather(pool, body, arguments):
    futures = [pool.submit(body, x) for x in arguments]
    return [future.result() for future in futures]


def row_futures(pool):
    n = max(1, size_from("TINE_BENCH_FUTURES", 1000000) // 50)
    arguments = [1 + i % 4 for i in range(n)]
    expected = [steps(x) for x in arguments]
    seconds, results = timed(gather, pool, steps, arguments)
    expect("the results of the tasks", results, expected)
    sample("futures.cold", seconds / n * 1e9)
    for _ in repeat(5, 0.5):
        seconds, results = timed(gather, pool, steps, arguments)
        expect("the results of the tasks", results, expected)
        sample("futures.steady", seconds / n * 1e9)


def row_tasks(pool):
    arguments = [TASK_STEPS + i % 4 for i in range(N_TASKS)]
    expected = [steps(x) for x in arguments]
    for _ in repeat(20, 0.5):
        seconds, results = timed(gather, pool, steps, arguments)
        expect("the results of the tasks", results, expected)
        sample("tasks", seconds)


def run_two_at_once(pool):
    meeting = ctypes.c_int(0)
    gather(pool, lambda _: meet(ctypes.addressof(meeting)), range(2))
    expect("bodies that met", meeting.value, 2)


def row_pairs(pool):
    run_two_at_once(pool)
    for _ in repeat(1500, 1):
        sample("pair.at_once", timed(run_two_at_once, pool)[0] * 1e6)


def row_wake_up(pool):
    run_two_at_once(pool)
    for _ in repeat(100, 2):
        time.sleep(0.005)
        sample("pair.woken", timed(run_two_at_once, pool)[0] * 1e6)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def row_idle(pool):
    seconds = size_from("TINE_BENCH_IDLE_S", 2)
    run_two_at_once(pool)
    before = cpu_seconds()
    time.sleep(seconds)
    sample("idle.pool", (cpu_seconds() - before) / seconds * 100)


def row_waiting(pool):
    seconds = size_from("TINE_BENCH_IDLE_S", 2)
    begun = threading.Event()

    def begin_and_sleep():
        begun.set()
        time.sleep(seconds)
        return seconds

    before = cpu_seconds()
    future = pool.submit(begin_and_sleep)
    begun.wait()
    expect("the result of a task that slept", future.result(), seconds)
    sample("idle.waiting", (cpu_seconds() - before) / seconds * 100)


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def row_pending(pool):
    """First what is resident, then, because tracing takes memory itself, what is asked for."""
    weigh_pending(pool, "pending.resident", resident_bytes)
    tracemalloc.start()
    weigh_pending(pool, "pending.asked", lambda: tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()


def weigh_pending(pool, measure, n_bytes):
    gate = threading.Event()
    before = n_bytes()
    futures = [pool.submit(gate.wait) for _ in range(N_PENDING)]
    sample(measure, (n_bytes() - before) / N_PENDING)
    gate.set()
    expect("tasks that waited", sum(future.result() for future in futures), N_PENDING)


ROWS = {
    "futures": row_futures,
    "tasks": row_tasks,
    "pairs": row_pairs,
    "wake_up": row_wake_up,
    "idle": row_idle,
    "waiting": row_waiting,
    "pending": row_pending,
}

if len(sys.argv) == 2:
    print(*ROWS, sep="\n")
else:
    with ThreadPoolExecutor(max_workers=2) as executor:
        ROWS[sys.argv[2]](executor)
