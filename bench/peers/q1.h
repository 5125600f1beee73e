/* TPC-H's pricing summary (query 1) as a fold of one's own: money in integers, so that its sums are
 * exact decimals. */
#ifndef PEERS_Q1_H
#define PEERS_Q1_H
#include <tine.h>

__extension__ typedef __int128 q1_wide;

typedef struct q1_group {
    int64_t count, quantity;
    int64_t price, discount;     /* in hundredths */
    q1_wide discounted, charged; /* in 10^-4, 10^-6 */
} q1_group;

enum { Q1_GROUPS = 6, Q1_COLUMNS = 7 };

typedef struct q1_state {
    q1_group groups[Q1_GROUPS]; /* AF, NF, RF, AO, NO, RO */
} q1_state;

extern const char *const q1_columns[Q1_COLUMNS]; /* what q1_fold wants to be given */
extern const tine_reducer q1_reducer;

tine_status q1_fold(void *state, const tine_batch *batch, void *ctx);
void q1_answer(const q1_state *state);

#endif
