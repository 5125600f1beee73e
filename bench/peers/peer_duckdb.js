/* DuckDB among Tine's peers: its library through its own module for Node, in memory.
 *
 * Its best settings: as many threads as asked for; the order of rows need not be kept; the dialect
 * and the types are given, so that nothing is sniffed. What SQL computes it computes; rows that are
 * wanted in memory go to a table, as is its way. Files whose quoted texts go on over lines it reads
 * by one thread: by several it fails on some of them, and not on others. */
'use strict';

const { DuckDBInstance } = require('@duckdb/node-api');
const task = require('./task.js');

const SQL_TYPES = {
    int: 'BIGINT', 'int?': 'BIGINT', double: 'DOUBLE', date: 'DATE', time: 'TIMESTAMP',
    string: 'VARCHAR', id: 'VARCHAR',
};
const SQL_AGGREGATES = { sum: 'sum', mean: 'avg', min: 'min', max: 'max' };

const quote = (name) => `"${name}"`;
const text = (value) => `'${value.replaceAll("'", "''")}'`;

function source() {
    const columns = Object.entries(task.types)
        .map(([name, type]) => `${text(name)}: '${SQL_TYPES[type]}'`);
    return `read_csv(${text(task.path)}, auto_detect = false, header = true, ` +
        `delim = ${text(task.delimiter)}, quote = '"', escape = '"', ` +
        `parallel = ${!('text' in task.types)}, ` +
        `columns = {${columns.join(', ')}})`;
}

/* See table.h. */
function number(name, type) {
    switch (type) {
    case 'string': return `coalesce(strlen(${quote(name)}), 0)::DOUBLE`;
    case 'id': return `substr(${quote(name)}, 3)::DOUBLE`;
    case 'date': return `(${quote(name)} - DATE '1970-01-01')::DOUBLE`;
    case 'time': return `epoch(${quote(name)})`;
    default: return `${quote(name)}::DOUBLE`;
    }
}

function digest(columns) {
    const items = [];
    columns.forEach(([name, type], i) => {
        const x = number(name, type);
        items.push(`sum(${x}) AS "${name}.sum"`);
        if (i > 0)
            items.push(`sum(${x} * ${number(...columns[i - 1])}) AS "${name}.dot"`);
        if (type !== 'string')
            items.push(`(count(*) - count(${quote(name)}))::DOUBLE AS "${name}.nulls"`,
                `min(${x}) AS "${name}.least"`, `max(${x}) AS "${name}.greatest"`);
    });
    return `SELECT ${items.join(', ')} FROM result`;
}

const Q1 = () => `SELECT returnflag, linestatus, count(*) AS count, sum(quantity) AS sum_qty,
    sum(extendedprice) AS sum_price, sum(extendedprice * (1 - discount)) AS sum_disc,
    sum(extendedprice * (1 - discount) * (1 + tax)) AS sum_charge, avg(quantity) AS avg_qty,
    avg(extendedprice) AS avg_price, avg(discount) AS avg_disc FROM ${source()}
    WHERE shipdate <= DATE '1998-09-02' GROUP BY returnflag, linestatus`;

async function main() {
    const instance = await DuckDBInstance.create(':memory:', {
        threads: task.threads, preserve_insertion_order: 'false',
    });
    const db = await instance.connect();
    const rows = async (sql) => (await db.runAndReadAll(sql)).getRowObjectsJS();
    const sums = (items) => [
        () => rows(`SELECT ${items.join(', ')} FROM ${source()}`), ([row]) => row,
    ];
    const kept = (sql) => () => db.run(`CREATE TEMP TABLE result AS ${sql}`);
    const counted = async (name, columns) => ({
        ...(await rows(`SELECT count(*) AS ${name} FROM result`))[0],
        ...(await rows(digest(columns)))[0],
    });
    const groups = ({ keys, aggs }) => {
        const names = aggs.map(([op, column]) => `${op}_${column}`);
        const items = aggs.map(([op, column], i) =>
            `${SQL_AGGREGATES[op]}(${quote(column)}) AS ${quote(names[i])}`);
        const list = keys.map(quote).join(', ');
        return [
            kept(`SELECT ${list}, ${items.join(', ')} FROM ${source()} GROUP BY ${list}`),
            async () => {
                const [{ n }] = await rows('SELECT count(*) AS n FROM result');
                if (n <= task.MAX_ANSWERED_ROWS)
                    return task.nameRows(await rows('FROM result'), keys);
                return counted('groups', [
                    ...keys.map((key) => [key, task.types[key]]),
                    ...names.map((name) => [name, 'double']),
                ]);
            },
        ];
    };
    const perform = {
        rows: () => sums(['count(*) AS rows']),
        sum: () => sums(task.args.map((name) => `sum(${quote(name)}) AS ${quote(name)}`)),
        length: () => sums([`sum(strlen(${quote(task.args[0])}))::DOUBLE AS bytes`]),
        collect: () => [kept(`FROM ${source()}`),
            () => counted('rows', Object.entries(task.types))],
        group: () => groups(task.groupsAsked()),
        q1: () => [() => rows(Q1()), (result) => {
            const { groups: _, ...values } = task.nameRows(result, ['returnflag', 'linestatus']);
            return values;
        }],
    }[task.name];
    await task.run(...perform());
}

main();
