#include "reduce/hll.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "os/fp.h"

#define FIRST_CAPACITY 16
#define LAST_CAPACITY 2048 /* 8 KiB: another doubling would be as large as the dense form */

/* A rank is from 1 (the bit behind the index is 1) to 51 (all 50 bits there are 0). */
#define RANKS (64 - TINE__HLL_BITS + 1)

void tine__hll_destroy(tine__hll *hll, const tine_allocator *allocator)
{
    TINE__DELETE_ARRAY(allocator, hll->sparse, hll->capacity);
    tine__free(allocator, hll->dense, TINE__HLL_REGISTERS, TINE__ALIGN);
    *hll = (tine__hll){0};
}

static void raise(uint8_t *rank, uint8_t to)
{
    if (*rank < to)
        *rank = to;
}

/* The slot of the register, or the free one where it belongs. There is always a free one. */
static uint32_t *find(const tine__hll *hll, uint32_t index)
{
    uint32_t slot = index & (hll->capacity - 1);
    while (hll->sparse[slot] && hll->sparse[slot] >> 8 != index)
        slot = (slot + 1) & (hll->capacity - 1);
    return &hll->sparse[slot];
}

static bool make_dense(tine__hll *hll, const tine_allocator *allocator)
{
    uint8_t *dense = tine__alloc_zeroed(allocator, TINE__HLL_REGISTERS, TINE__ALIGN);
    if (!dense)
        return false;
    for (uint32_t i = 0; i < hll->capacity; i++)
        if (hll->sparse[i])
            dense[hll->sparse[i] >> 8] = (uint8_t)hll->sparse[i];
    tine__hll_destroy(hll, allocator);
    hll->dense = dense;
    return true;
}

static bool grow_sparse(tine__hll *hll, const tine_allocator *allocator)
{
    tine__hll grown = {.capacity = hll->capacity ? 2 * hll->capacity : FIRST_CAPACITY,
                       .used = hll->used};
    grown.sparse =
        tine__alloc_zeroed(allocator, grown.capacity * sizeof *grown.sparse, _Alignof(uint32_t));
    if (!grown.sparse)
        return false;
    for (uint32_t i = 0; i < hll->capacity; i++)
        if (hll->sparse[i])
            *find(&grown, hll->sparse[i] >> 8) = hll->sparse[i];
    tine__hll_destroy(hll, allocator);
    *hll = grown;
    return true;
}

/* Room for one more register, in either form. */
static bool make_room(tine__hll *hll, const tine_allocator *allocator)
{
    if (hll->dense || 2 * (hll->used + 1) <= hll->capacity)
        return true;
    return hll->capacity == LAST_CAPACITY ? make_dense(hll, allocator)
                                          : grow_sparse(hll, allocator);
}

static tine_status raise_register(tine__hll *hll, uint32_t index, uint8_t rank,
                                  const tine_allocator *allocator)
{
    if (!make_room(hll, allocator))
        return TINE_ENOMEM;
    if (hll->dense) {
        raise(&hll->dense[index], rank);
        return TINE_OK;
    }
    uint32_t *slot = find(hll, index);
    hll->used += *slot == 0;
    if ((uint8_t)*slot < rank)
        *slot = index << 8 | rank;
    return TINE_OK;
}

tine_status tine__hll_add(tine__hll *hll, uint64_t hash, const tine_allocator *allocator)
{
    uint32_t index = (uint32_t)(hash >> (64 - TINE__HLL_BITS));
    /* The 1 behind the 50 bits ends the count of zeros where they are all 0. */
    uint64_t rest = hash << TINE__HLL_BITS | UINT64_C(1) << (TINE__HLL_BITS - 1);
    return raise_register(hll, index, (uint8_t)(tine__clz64(rest) + 1), allocator);
}

static tine_status merge_dense(tine__hll *hll, const uint8_t *right,
                               const tine_allocator *allocator)
{
    if (!hll->dense && !make_dense(hll, allocator))
        return TINE_ENOMEM;
    for (uint32_t i = 0; i < TINE__HLL_REGISTERS; i++)
        raise(&hll->dense[i], right[i]);
    return TINE_OK;
}

tine_status tine__hll_merge(tine__hll *hll, const tine__hll *right, const tine_allocator *allocator)
{
    if (right->dense)
        return merge_dense(hll, right->dense, allocator);
    tine_status status = TINE_OK;
    for (uint32_t i = 0; i < right->capacity && status == TINE_OK; i++)
        if (right->sparse[i])
            status =
                raise_register(hll, right->sparse[i] >> 8, (uint8_t)right->sparse[i], allocator);
    return status;
}

/* How many registers hold each rank. */
static void count_ranks(const tine__hll *hll, uint32_t counts[RANKS + 1])
{
    memset(counts, 0, (RANKS + 1) * sizeof *counts);
    for (uint32_t i = 0; hll->dense && i < TINE__HLL_REGISTERS; i++)
        counts[hll->dense[i]]++;
    for (uint32_t i = 0; i < hll->capacity; i++)
        if (hll->sparse[i])
            counts[(uint8_t)hll->sparse[i]]++;
    if (!hll->dense)
        counts[0] = TINE__HLL_REGISTERS - hll->used;
}

/* Ertl's sigma: x + sum over k >= 1 of x^(2^k) 2^(k - 1), for x below 1. */
static double sigma(double x)
{
    double power = x, weight = 1, sum = x, before;
    do {
        power *= power;
        before = sum;
        sum += power * weight;
        weight *= 2;
    } while (sum != before);
    return sum;
}

/* Not inlined: arithmetic on locals could be moved past tine__fp_enter or tine__fp_leave, which the
 * compiler does not know to matter to it; a call that reads memory cannot. */
static __attribute__((noinline)) int64_t estimate_of(const tine__hll *hll)
{
    const double m = TINE__HLL_REGISTERS, two_ln2 = 1.3862943611198906;
    uint32_t counts[RANKS + 1];
    count_ranks(hll, counts);
    if (counts[0] == TINE__HLL_REGISTERS)
        return 0;
    double z = 0;
    for (int rank = RANKS; rank > 0; rank--)
        z = (z + counts[rank]) / 2;
    z += m * sigma(counts[0] / m);
    double estimate = m * m / (two_ln2 * z);
    return estimate < 0x1p62 ? (int64_t)(estimate + 0.5) : INT64_MAX;
}

int64_t tine__hll_estimate(const tine__hll *hll)
{
    tine__fp fp;
    tine__fp_enter(&fp);
    int64_t estimate = estimate_of(hll);
    tine__fp_leave(&fp);
    return estimate;
}
