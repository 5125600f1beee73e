/* Polars among Tine's peers: its library through its own module for Node.
 *
 * Its best settings: POLARS_MAX_THREADS as many as asked for (compare.py sets it); a lazy scan, so
 * that only the columns that are needed are converted; the types are given, and the format of
 * timestamps, which it reads thrice as fast so; chunks stay as they come, instead of being copied
 * together. */
'use strict';

const pl = require('nodejs-polars').default ?? require('nodejs-polars');
const task = require('./task.js');

const POLARS_TYPES = {
    int: pl.Int64, 'int?': pl.Int64, double: pl.Float64, date: pl.Date,
    time: pl.String, string: pl.String, id: pl.String,
};
const MICROSECONDS = 1e6;

function source() {
    const schema = Object.fromEntries(
        Object.entries(task.types).map(([name, type]) => [name, POLARS_TYPES[type]]));
    const scan = pl.scanCSV(task.path, {
        sep: task.delimiter, quoteChar: '"', schema, rechunk: false,
    });
    const times = Object.keys(task.types).filter((name) => task.types[name] === 'time')
        .map((name) => pl.col(name).str.strptime(pl.Datetime('ms'), '%Y-%m-%d %H:%M:%S'));
    return times.length > 0 ? scan.withColumns(...times) : scan;
}

/* See table.h. */
function number(name, type) {
    const column = pl.col(name);
    switch (type) {
    case 'string': return bytes(column).fillNull(0);
    case 'id': return column.str.slice(2).cast(pl.Float64);
    case 'date': return column.cast(pl.Int32).cast(pl.Float64);
    case 'time': return column.cast(pl.Int64).cast(pl.Float64).div(MICROSECONDS);
    default: return column.cast(pl.Float64);
    }
}

/* Node has no length in bytes, but that of a text in hexadecimal. */
function bytes(column) {
    return column.str.encode('hex').str.lengths().cast(pl.Float64).div(2);
}

/* What is timed is the length in characters, which it does have; then the one asked for. The cast
 * is for its planner, which takes lengths for texts. */
function length(name) {
    const column = pl.col(name);
    const sum = (x) => source().select(x.sum().alias('bytes')).collectSync();
    return [
        () => sum(column.str.lengths().cast(pl.Float64)),
        () => sum(bytes(column)).toRecords()[0],
    ];
}

function digest(frame, columns) {
    const items = [];
    columns.forEach(([name, type], i) => {
        const x = number(name, type);
        items.push(x.sum().alias(`${name}.sum`));
        if (i > 0)
            items.push(x.mul(number(...columns[i - 1])).sum().alias(`${name}.dot`));
        if (type !== 'string')
            items.push(pl.col(name).isNull().sum().cast(pl.Float64).alias(`${name}.nulls`),
                x.min().alias(`${name}.least`), x.max().alias(`${name}.greatest`));
    });
    return frame.select(...items).toRecords()[0];
}

function sums(...items) {
    return [() => source().select(...items).collectSync(), (frame) => frame.toRecords()[0]];
}

function groups({ keys, aggs }) {
    const names = aggs.map(([op, column]) => `${op}_${column}`);
    const items = aggs.map(([op, column], i) => pl.col(column)[op]().alias(names[i]));
    return [
        () => source().groupBy(keys).agg(...items).collectSync(),
        (frame) => frame.height <= task.MAX_ANSWERED_ROWS
            ? task.nameRows(frame.toRecords(), keys)
            : {
                groups: frame.height,
                ...digest(frame, [
                    ...keys.map((key) => [key, task.types[key]]),
                    ...names.map((name) => [name, 'double']),
                ]),
            },
    ];
}

function q1() {
    const price = pl.col('extendedprice');
    const discounted = price.mul(pl.lit(1).sub(pl.col('discount')));
    const keys = ['returnflag', 'linestatus'];
    return [
        () => source()
            .filter(pl.col('shipdate').ltEq(pl.lit('1998-09-02').cast(pl.Date)))
            .groupBy(keys)
            .agg(
                pl.len().alias('count'),
                pl.col('quantity').sum().alias('sum_qty'),
                price.sum().alias('sum_price'),
                discounted.sum().alias('sum_disc'),
                discounted.mul(pl.lit(1).add(pl.col('tax'))).sum().alias('sum_charge'),
                pl.col('quantity').mean().alias('avg_qty'),
                price.mean().alias('avg_price'),
                pl.col('discount').mean().alias('avg_disc'))
            .collectSync(),
        (frame) => {
            const { groups: _, ...values } = task.nameRows(frame.toRecords(), keys);
            return values;
        },
    ];
}

const perform = {
    rows: () => sums(pl.len().alias('rows')),
    sum: () => sums(...task.args.map((name) => pl.col(name).sum())),
    length: () => length(task.args[0]),
    collect: () => [
        () => source().collectSync(),
        (frame) => ({ rows: frame.height, ...digest(frame, Object.entries(task.types)) }),
    ],
    group: () => groups(task.groupsAsked()),
    q1,
}[task.name];
task.run(...perform());
