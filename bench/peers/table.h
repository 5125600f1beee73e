/* What a table holds, in numbers that another program can work out from a table of its own. */
#ifndef PEERS_TABLE_H
#define PEERS_TABLE_H
#include "task.h"
#include <tine.h>

/* Row `row` as a number: days of a date, seconds of a timestamp, the bytes of a string, or if
 * `is_id` the digits behind its first two letters; 0 of a null. */
double table_number(const tine_column *column, bool is_id, size_t row);

/* Answers the table column by column: nulls (not of strings), sum, least and greatest (not of
 * strings), and the dot product with the column before, which ties them together row by row. */
void table_answer_digest(const task *t, const tine_table *table);

/* Answers a result of groups row by row, named by the row's keys, if it has few; else the digest.
 */
void table_answer_groups(const task *t, const tine_table *table, size_t n_keys);

#endif
