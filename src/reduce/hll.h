/* HyperLogLog: how many different values there were, about (Flajolet, Fusy, Gandouet, Meunier
 * 2007). 2^14 registers, each the largest rank met among the hashes that fall to it: a maximum, so
 * order and repetition leave no trace. The improved raw estimator of Ertl 2017 needs neither a
 * correction of bias nor another estimator for small counts; its tau, for registers at the last
 * rank, is left out: it is nothing below 2^50 values. Standard error: 0.81 %.
 *
 * While few registers are set they are kept in a hash table of 4 bytes each, so that a group with
 * few values is cheap; the estimate depends on the registers alone, not on how they are kept. */
#ifndef TINE_REDUCE_HLL_H
#define TINE_REDUCE_HLL_H
#include <tine.h>

#define TINE__HLL_BITS 14
#define TINE__HLL_REGISTERS (1u << TINE__HLL_BITS)

typedef struct tine__hll { /* all zero: no value yet */
    uint32_t *sparse;      /* index << 8 | rank, 0 for a free slot; NULL when empty or dense */
    uint32_t capacity;     /* slots: a power of two, at most half of them used */
    uint32_t used;
    uint8_t *dense; /* a rank each, 0 for none; NULL while sparse */
} tine__hll;

void tine__hll_destroy(tine__hll *hll, const tine_allocator *allocator);

/* Takes in a value by its hash. TINE_ENOMEM. */
TINE_MUST_USE tine_status tine__hll_add(tine__hll *hll, uint64_t hash,
                                        const tine_allocator *allocator);
TINE_MUST_USE tine_status tine__hll_merge(tine__hll *hll, const tine__hll *right,
                                          const tine_allocator *allocator);

/* Rounded to an integer; INT64_MAX from 2^62 on. Floating-point arithmetic of + x / alone, so that
 * no library's last bit can show, in the default environment. */
int64_t tine__hll_estimate(const tine__hll *hll);

#endif
