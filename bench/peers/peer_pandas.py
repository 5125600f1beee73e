"""pandas among Tine's peers: one thread, as it has no other.

Its best settings: the parser in C, types given, only the columns that are needed. Integers that may
be missing are doubles, which is its habit and faster than its nullable ones."""

import pandas as pd

import answer

MAX_ANSWERED_ROWS = 1000
DTYPES = {
    "int": "int64",
    "int?": "float64",
    "double": "float64",
    "string": "str",
    "id": "str",
}

task = answer.Task()


def read(names):
    times = [name for name in names if task.types[name] in ("date", "time")]
    return pd.read_csv(
        task.path,
        sep=task.delimiter,
        engine="c",
        usecols=names,
        dtype={name: DTYPES[task.types[name]] for name in names if name not in times},
        parse_dates=times,
        infer_datetime_format=True,
        keep_default_na=False,
        na_values={name: [""] for name in names if task.types[name] not in ("string", "id")},
    )


def number(table, name, kind):
    """See table.h."""
    column = table[name]
    if kind == "string":
        return column.str.encode("utf-8").str.len().astype("float64")
    if kind == "id":
        return column.str[2:].astype("float64")
    if kind == "date":
        return column.astype("int64") / 86_400e9
    if kind == "time":
        return column.astype("int64") / 1e9
    return column.astype("float64")


def digest(table, types):
    values, before = {}, None
    for name, kind in types.items():
        column = number(table, name, kind)
        values[f"{name}.sum"] = column.sum()
        if before is not None:
            values[f"{name}.dot"] = (column * before).sum()
        if kind != "string":
            values[f"{name}.nulls"] = int(table[name].isna().sum())
            values[f"{name}.least"], values[f"{name}.greatest"] = column.min(), column.max()
        before = column
    return values


def name_rows(table):
    """Of a result that its keys are the index of."""
    values = {}
    for key, row in zip(table.index, table.itertuples(index=False)):
        key = "|".join(key) if isinstance(key, tuple) else str(key)
        values.update({f"{key}|{name}": float(x) for name, x in zip(table.columns, row)})
    return values


def perform_group():
    aggs = task.aggs()
    table = read(list(dict.fromkeys(task.keys() + [column for _, column in aggs])))
    named = {f"{op}_{column}": (column, op) for op, column in aggs}
    return table.groupby(task.keys(), sort=False).agg(**named)


def answer_group(table):
    if len(table) <= MAX_ANSWERED_ROWS:
        return {"groups": len(table), **name_rows(table)}
    types = {key: task.types[key] for key in task.keys()}
    types.update(dict.fromkeys(table.columns, "double"))
    return {"groups": len(table), **digest(table.reset_index(), types)}


def perform_q1():
    keys = ["returnflag", "linestatus"]
    table = read(keys + ["shipdate", "quantity", "extendedprice", "discount", "tax"])
    table = table[table.shipdate <= "1998-09-02"]
    discounted = table.extendedprice * (1 - table.discount)
    table = table.assign(discounted=discounted, charged=discounted * (1 + table.tax))
    return table.groupby(keys, sort=False).agg(
        count=("quantity", "size"),
        sum_qty=("quantity", "sum"),
        sum_price=("extendedprice", "sum"),
        sum_disc=("discounted", "sum"),
        sum_charge=("charged", "sum"),
        avg_qty=("quantity", "mean"),
        avg_price=("extendedprice", "mean"),
        avg_disc=("discount", "mean"),
    )


TASKS = {
    "rows": (lambda: len(read([next(iter(task.types))])), lambda n: {"rows": n}),
    "sum": (lambda: read(task.arguments).sum(), dict),
    "length": (
        lambda: int(read(task.arguments)[task.arguments[0]].str.encode("utf-8").str.len().sum()),
        lambda n: {"bytes": n},
    ),
    "collect": (
        lambda: read(list(task.types)),
        lambda table: {"rows": len(table), **digest(table, task.types)},
    ),
    "group": (perform_group, answer_group),
    "q1": (perform_q1, name_rows),
}
answer.run(*TASKS[task.name])
