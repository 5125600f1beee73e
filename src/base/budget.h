/* A memory budget: an allocator in front of another one that refuses what would pass a limit. The
 * handle of a terminal holds one, and every byte the terminal asks for goes through it. It adds nothing
 * to a block: what is to outlive the budget may be freed with the parent. */
#ifndef TINE_BASE_BUDGET_H
#define TINE_BASE_BUDGET_H
#include <tine.h>
#include <stdatomic.h>

typedef struct tine__budget {
    tine_allocator allocator; /* what the budget's users are given; its ctx is the budget */
    const tine_allocator *parent;
    size_t limit;           /* bytes; SIZE_MAX: none */
    _Atomic size_t used;    /* any thread adds before it allocates and subtracts after it frees */
    _Atomic size_t refused; /* how many requests the limit turned down: tells ENOMEM's two causes */
} tine__budget;

/* `limit` 0: none. The parent is borrowed and outlives the budget. */
void tine__budget_init(tine__budget *budget, const tine_allocator *parent, size_t limit);

/* Fills *error with TINE_ENOMEM, and says whether the limit or the parent refused. */
tine_status tine__budget_fail(const tine__budget *budget, tine_error *error);

#endif
