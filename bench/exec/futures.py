"""Python's concurrent.futures as a peer, row by row like rows.c.

    futures.py LIBRARY               prints the names of the rows
    futures.py LIBRARY ROW -         runs one in lockstep (see harness.c)

LIBRARY is the harness's: its bodies run without the interpreter's lock. There are a fiftieth of the
futures that the others get; the figure is for one. A row is a generator: what comes before its
first yield prepares it; from each yield to the next is a round.
"""

import ctypes
import os
import resource
import signal
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


samples = []  # of one round; printed after it


def sample(measure, value):
    samples.append((measure, value))


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found}, not {expected}")


def timed(run, *args):
    """Returns the seconds that a call takes, and its result."""
    began = time.perf_counter()
    result = run(*args)
    return time.perf_counter() - began, result


def gather(pool, body, arguments):
    futures = [pool.submit(body, x) for x in arguments]
    return [future.result() for future in futures]


def number_of_futures():
    return max(8, size_from("TINE_BENCH_FUTURES", 1000000) // 50 // 8 * 8)


def row_cold(pool):
    return rounds_of_tasks(pool, "futures.cold", number_of_futures(), 1, 1e9)


def row_futures(pool):
    gather(pool, steps, [1] * number_of_futures())
    return rounds_of_tasks(pool, "futures.steady", number_of_futures(), 1, 1e9)


def row_tasks(pool):
    return rounds_of_tasks(pool, "tasks.first", N_TASKS, TASK_STEPS, N_TASKS, ["tasks"] * 3)


def rounds_of_tasks(pool, first, n, n_steps, scale, others=()):
    """Samples the seconds that one of n tasks takes, times the scale, for each of the measures."""
    arguments = [n_steps + i % 4 for i in range(n)]
    expected = [steps(x) for x in arguments]
    while True:
        yield
        for measure in [first, *others]:
            seconds, results = timed(gather, pool, steps, arguments)
            expect("the results of the tasks", results, expected)
            sample(measure, seconds / n * scale)


def row_submitters(pool):
    arguments = [1 + i % 4 for i in range(number_of_futures())]
    expected = [steps(x) for x in arguments]
    while True:
        yield
        for n_threads in (1, 2, 4, 8):
            seconds, results = timed(gather_shares, pool, arguments, n_threads)
            expect("the results of the tasks", results, expected)
            sample(f"submit.t{n_threads}", seconds / len(arguments) * 1e9)


def gather_shares(pool, arguments, n_threads):
    share = len(arguments) // n_threads
    results = [None] * n_threads

    def gather_share(k):
        results[k] = gather(pool, steps, arguments[k * share : (k + 1) * share])

    threads = [threading.Thread(target=gather_share, args=[k]) for k in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(results, [])


def run_two_at_once(pool):
    meeting = ctypes.c_int(0)
    gather(pool, lambda _: meet(ctypes.addressof(meeting)), range(2))
    expect("bodies that met", meeting.value, 2)


def row_pairs(pool):
    while True:
        yield
        for _ in range(100):
            sample("pair.at_once", timed(run_two_at_once, pool)[0] * 1e9)


def row_wake_up(pool):
    while True:
        yield
        run_two_at_once(pool)
        for _ in range(2):
            time.sleep(0.005)
            sample("pair.woken", timed(run_two_at_once, pool)[0] * 1e6)


def cpu_seconds_of_others():
    return time.process_time() - time.thread_time()


def watch_others(seconds):
    """Sleeps; returns the microseconds that other threads meanwhile use."""
    before = cpu_seconds_of_others()
    time.sleep(seconds)
    return (cpu_seconds_of_others() - before) * 1e6


def watch_idling(measure_of_begin, measure):
    seconds = size_from("TINE_BENCH_IDLE_S", 1)
    sample(measure_of_begin, watch_others(0.25))
    sample(measure, watch_others(seconds) / seconds)


def row_idle(pool):
    while True:
        yield
        run_two_at_once(pool)
        watch_idling("idle.begin", "idle.pool")


def row_waiting(pool):
    begun = threading.Event()

    def begin_and_sleep():
        begun.set()
        watch_idling("wait.begin", "idle.waiting")
        return 1

    while True:
        yield
        begun.clear()
        future = pool.submit(begin_and_sleep)
        begun.wait()
        expect("the result of a task that slept", future.result(), 1)


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def row_pending(pool):
    """First what is resident, then, because tracing takes memory itself, what is asked for."""
    while True:
        yield
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
    "cold": row_cold,
    "futures": row_futures,
    "submitters": row_submitters,
    "tasks": row_tasks,
    "pairs": row_pairs,
    "wake_up": row_wake_up,
    "idle": row_idle,
    "waiting": row_waiting,
    "pending": row_pending,
}


def die_with_parent():
    """Nobody else would let a stopped program go on."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def run_row(name):
    die_with_parent()
    with ThreadPoolExecutor(max_workers=2) as executor:
        for _ in ROWS[name](executor):
            for measure, value in samples:
                print(measure, value)
            samples.clear()
            print(".", flush=True)
            if not sys.stdin.readline():
                return


if len(sys.argv) == 2:
    print(*ROWS, sep="\n")
else:
    run_row(sys.argv[2])
