"""Programs that take turns: one at a time runs, for a round, and the others are stopped, so that
even who waits by spinning takes no time from the one whose turn it is."""

import os
import select
import signal
import subprocess
import time

TIME_LIMIT = 120  # seconds of one round


class Failed(Exception):
    """A program ended although it should not have, or takes too long."""


class Program:
    """A program with a row, ready for its first round, and stopped."""

    def __init__(self, command, row):
        self.name = " ".join([*command, row])
        self.process = subprocess.Popen(
            [*command, row, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._stop_at_dot()

    def round(self):
        """Runs one. Returns the seconds that it took and what was sampled, by measure."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(b"\n")
        samples = {}
        for line in self._stop_at_dot():
            measure, value = line.split()
            samples.setdefault(measure, []).append(float(value))
        return time.monotonic() - began, samples

    def end(self):
        self.process.stdin.close()
        self.process.send_signal(signal.SIGCONT)
        try:
            self._check_end(self.process.wait(TIME_LIMIT))
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name}: does not end") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _stop_at_dot(self):
        output = b""
        while not output.endswith(b".\n"):
            if not select.select([self.process.stdout], [], [], TIME_LIMIT)[0]:
                self.kill()
                raise Failed(f"{self.name}: takes more than {TIME_LIMIT} s")
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                self._check_end(self.process.wait())
                raise Failed(f"{self.name}: ended early")
            output += part
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return output.decode().splitlines()[:-1]

    def _check_end(self, status):
        if status < 0:
            raise Failed(f"{self.name}: killed by signal {-status}")
        if status > 0:
            raise Failed(f"{self.name}: failed")
