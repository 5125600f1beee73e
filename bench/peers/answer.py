"""What the peers in Python share: the task as the command line gives it, its clock, and the
answer. See programs.py for what is asked and answered."""

import json
import os
import resource
import sys
import time


class Task:
    def __init__(self):
        self.path, self.threads, self.delimiter, columns, self.name, *self.arguments = sys.argv[1:]
        self.types = dict(item.split(":") for item in columns.split(","))

    def keys(self):
        return self.arguments[0].split(",")

    def aggs(self):
        """Pairs of operation and column."""
        return [item.split(":") for item in self.arguments[1:]]


def cpu_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def run(perform, answer):
    """perform() does what is timed; answer(of its result) gives values by name."""
    cpu, began = cpu_seconds(), time.monotonic()
    result = perform()
    seconds, cpu = time.monotonic() - began, cpu_seconds() - cpu
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = 1024 * max(resource.getrusage(one).ru_maxrss for one in who)
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "answer": answer(result)}))
