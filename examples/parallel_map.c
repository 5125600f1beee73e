/* A map, futures and a reduction: three ways to count primes, which must agree. */
#define TINE_SHORT_NAMES
#include <stdio.h>
#include <stdlib.h>
#include <tine.h>

enum { N_BLOCKS = 1000, BLOCK = 2000 };

static bool is_prime(uint64_t n)
{
    for (uint64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n >= 2;
}

static uint64_t count_primes(uint64_t begin, uint64_t end)
{
    uint64_t count = 0;
    for (uint64_t n = begin; n < end; n++)
        count += is_prime(n);
    return count;
}

/* Map: one result an element, in order. */
static tine_status map_block(size_t index, const void *in, void *out, void *ctx)
{
    (void)index;
    (void)ctx;
    uint64_t first = *(const uint64_t *)in;
    *(uint64_t *)out = count_primes(first, first + BLOCK);
    return TINE_OK;
}

static tine_status by_map(tine_pool *pool, uint64_t *total, tine_error *error)
{
    uint64_t *first = malloc(N_BLOCKS * sizeof *first);
    uint64_t *count = malloc(N_BLOCKS * sizeof *count);
    tine_status status = first && count ? TINE_OK : TINE_ENOMEM;
    for (size_t i = 0; !status && i < N_BLOCKS; i++)
        first[i] = i * BLOCK;
    if (!status)
        status = parallel_map(pool, map_block, NULL, first, sizeof *first, count, sizeof *count,
                              N_BLOCKS, NULL, error);
    *total = 0;
    for (size_t i = 0; !status && i < N_BLOCKS; i++)
        *total += count[i];
    free(first);
    free(count);
    return status;
}

/* Futures: the argument is copied in, the value lies in the future. */
static tine_status half_task(void *arg, void *value)
{
    const uint64_t *range = arg;
    *(uint64_t *)value = count_primes(range[0], range[1]);
    return TINE_OK;
}

static tine_status by_futures(tine_pool *pool, uint64_t *total, tine_error *error)
{
    const uint64_t end = (uint64_t)N_BLOCKS * BLOCK, middle = end * 5 / 8;
    uint64_t halves[2][2] = {{0, middle}, {middle, end}};
    tine_future *future[2] = {NULL, NULL};
    tine_task_options options = TINE_TASK_OPTIONS_INIT;
    options.arg_size = sizeof halves[0];
    options.value_size = sizeof(uint64_t);
    tine_status status = TINE_OK;
    for (int i = 0; !status && i < 2; i++)
        status = tine_submit(pool, half_task, halves[i], &options, &future[i], error);
    if (!status)
        status = tine_wait_all(future, 2, TINE_FOREVER, error);
    *total = 0;
    for (int i = 0; !status && i < 2; i++)
        *total += *(const uint64_t *)tine_future_value(future[i]);
    tine_future_release(future[0]);
    tine_future_release(future[1]);
    return status;
}

/* Reduction: pieces are folded into states, states merge in a fixed tree. */
static tine_status fold_primes(void *state, size_t begin, size_t end, void *ctx)
{
    (void)ctx;
    *(uint64_t *)state += count_primes(begin, end);
    return TINE_OK;
}

static tine_status add(void *state, void *right, void *ctx)
{
    (void)ctx;
    *(uint64_t *)state += *(const uint64_t *)right;
    return TINE_OK;
}

static tine_status by_reduction(tine_pool *pool, uint64_t *total, tine_error *error)
{
    tine_reducer sum = {0};
    sum.struct_size = sizeof sum;
    sum.size = sizeof(uint64_t);
    sum.merge = add;
    return parallel_reduce(pool, 0, (size_t)N_BLOCKS * BLOCK, fold_primes, &sum, total, NULL, error);
}

int main(void)
{
    tine_error error = {0};
    tine_pool *pool = NULL;
    uint64_t mapped = 0, awaited = 0, reduced = 0;
    tine_status status = tine_pool_open(NULL, &pool, &error);
    if (!status)
        status = by_map(pool, &mapped, &error);
    if (!status)
        status = by_futures(pool, &awaited, &error);
    if (!status)
        status = by_reduction(pool, &reduced, &error);
    if (status)
        fprintf(stderr, "parallel_map: %s: %s\n", tine_status_name(status), error.message);
    else
        printf("primes below %d: %llu by map, %llu by futures, %llu by reduction\n",
               N_BLOCKS * BLOCK, (unsigned long long)mapped, (unsigned long long)awaited,
               (unsigned long long)reduced);
    tine_pool_close(&pool);
    return status || mapped != awaited || mapped != reduced;
}
