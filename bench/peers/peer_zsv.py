"""zsv among Tine's peers, a program that was built by hand: what is timed is its whole run.

TINE_BENCH_ZSV is the command that counts a file's records with two threads, but for the file."""

import os
import shlex
import subprocess

import answer

task = answer.Task()
command = [*shlex.split(os.environ["TINE_BENCH_ZSV"]), task.path]
answer.run(
    lambda: subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout,
    lambda text: {"rows": int(text)},
)
