"""What Python's pools of processes take for the rows of proc.c: `name value unit`, medians."""

import concurrent.futures
import multiprocessing
import statistics
import time


def square(x):
    return x * x


def first(data):
    return data[12345]


def measured(call, runs):
    samples = []
    for _ in range(runs):
        begin = time.perf_counter_ns()
        call()
        samples.append(time.perf_counter_ns() - begin)
    return statistics.median(samples)


def parked(call, runs):
    samples = []
    for _ in range(runs):
        time.sleep(0.003)
        samples.append(measured(call, 1))
    return statistics.median(samples)


def report(name, value, unit):
    print(f"{name} {value:.3g} {unit}", flush=True)


def open_two_close():
    with multiprocessing.Pool(2) as pool:
        futures = [pool.apply_async(square, (i,)) for i in range(2)]
        for future in futures:
            future.get()


def with_pool():
    with multiprocessing.Pool(2) as pool:
        for name, n, runs in (("10k", 10_000, 7), ("1M", 1_000_000, 3)):
            values = range(n)
            assert pool.map(square, values)[-1] == (n - 1) ** 2
            report(f"Pool_map_{name}", measured(lambda: pool.map(square, values), runs) / n, "ns/task")
        n = 10_000

        def one_by_one():
            for future in [pool.apply_async(square, (i,)) for i in range(n)]:
                future.get()

        report("Pool_one_by_one", measured(one_by_one, 5) / n, "ns/task")
        report("Pool_round_trip_parked", parked(lambda: pool.apply(square, (3,)), 100) / 1e3, "us")
        data = bytes(1 << 20)
        report("Pool_argument_1MiB", measured(lambda: pool.apply(first, (data,)), 50) / 1e3, "us")


def with_executor():
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        n = 5_000
        list(pool.map(square, range(10)))
        report("Executor_map", measured(lambda: list(pool.map(square, range(n))), 3) / n, "ns/task")
        report("Executor_round_trip_parked",
               parked(lambda: pool.submit(square, 3).result(), 100) / 1e3, "us")


if __name__ == "__main__":
    report("Pool_open_two_tasks_close", measured(open_two_close, 7) / 1e6, "ms")
    with_pool()
    with_executor()
