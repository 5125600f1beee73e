"""Miller among Tine's peers, a program: what is timed is its whole run.

Its best settings: as many threads for its stages as asked for; fields are cut and dialect given;
numbers come out as they are kept."""

import json
import subprocess

import answer

task = answer.Task()
OPTIONS = ["--icsv", "--ojson", "--ifs", task.delimiter]


def stats(aggs, keys):
    """Verbs for pairs of operation and column: of each column the same operations."""
    operations = list(dict.fromkeys(op for op, _ in aggs))
    columns = list(dict.fromkeys(column for _, column in aggs))
    by = ["-g", ",".join(keys)] if keys else []
    return ["stats1", "-a", ",".join(operations), "-f", ",".join(columns), *by]


def verbs():
    if task.name == "rows":
        return ["count", "-o", "rows"]
    if task.name == "sum":
        return stats([("sum", column) for column in task.arguments], [])
    return stats(task.aggs(), task.keys())


def perform():
    command = ["mlr", *OPTIONS, *verbs(), task.path]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def values(rows):
    if task.name == "rows":
        return rows[0]
    if task.name == "sum":
        return {name: rows[0][f"{name}_sum"] for name in task.arguments}
    named = {"groups": len(rows)}
    for row in rows:
        key = "|".join(str(row[name]) for name in task.keys())
        named.update({f"{key}|{op}_{name}": row[f"{name}_{op}"] for op, name in task.aggs()})
    return named


answer.run(perform, values)
