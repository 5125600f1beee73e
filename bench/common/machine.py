"""What is measured on, and who else was using it meanwhile."""

import os
import platform
import sys
import time

QUIET = 2  # per cent of the CPUs, of others and the host


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def two_cpus():
    """Leaves two to this program and to all that it starts."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    if len(cpus) < 2:
        sys.exit("two CPUs are needed")
    os.sched_setaffinity(0, cpus)
    return cpus


def busy_seconds(cpus):
    """That those have had since they started: with work, and stolen by the machine's host."""
    busy, stolen = 0, 0
    with open("/proc/stat", encoding="ascii") as file:
        for line in file:
            name, *ticks = line.split()
            if name in cpus:
                user, nice, system, _, _, irq, softirq, steal = map(int, ticks[:8])
                busy += user + nice + system + irq + softirq
                stolen += steal
    per_second = os.sysconf("SC_CLK_TCK")
    return busy / per_second, stolen / per_second


def own_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Watch:
    """How much of the CPUs others have had."""

    def __init__(self, cpus):
        self.names = [f"cpu{cpu}" for cpu in cpus]
        self.began = time.monotonic()
        self.before = self._seconds()

    def _seconds(self):
        busy, stolen = busy_seconds(self.names)
        return busy - own_seconds(), stolen

    def report(self):
        seconds = time.monotonic() - self.began
        others, stolen = (
            100 * max(0, after - before) / seconds / len(self.names)
            for after, before in zip(self._seconds(), self.before)
        )
        words = f"{seconds:.0f} s; of the CPUs others had {others:.1f} %, the host {stolen:.1f} %"
        return words if others + stolen < QUIET else f"{words}: too much for a record"
