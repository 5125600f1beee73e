/* What the peers that Node runs share: the task as the command line gives it, its clock, and the
 * answer. See programs.py for what is asked and answered. */
'use strict';

const MAX_ANSWERED_ROWS = 1000;

const [, , path, threads, delimiter, columns, name, ...args] = process.argv;
const types = Object.fromEntries(columns.split(',').map((item) => item.split(':')));

/* Runs the task and prints its answer. `perform` does what is timed; `answer` turns what that
 * returned into values by name. */
async function run(perform, answer) {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const result = await perform();
    const seconds = (performance.now() - began) / 1e3;
    const used = process.cpuUsage(cpu);
    const peak = process.resourceUsage().maxRSS * 1024;
    const values = await answer(result);
    console.log(JSON.stringify(
        { seconds, cpu: (used.user + used.system) / 1e6, peak, answer: values },
        (_, value) => typeof value === 'bigint' ? Number(value) : value));
}

/* Rows of a result of groups, named by their keys. */
function nameRows(rows, keys) {
    const values = { groups: rows.length };
    for (const row of rows) {
        const key = keys.map((k) => row[k]).join('|');
        for (const [column, value] of Object.entries(row)) {
            if (!keys.includes(column))
                values[`${key}|${column}`] = value;
        }
    }
    return values;
}

/* The keys and [operation, column] of a group task. */
function groupsAsked() {
    return { keys: args[0].split(','), aggs: args.slice(1).map((item) => item.split(':')) };
}

module.exports = {
    MAX_ANSWERED_ROWS, path, threads, delimiter, types, name, args, run, nameRows, groupsAsked,
};
