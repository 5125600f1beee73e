/* An allocator for tests: counts what is held, and fails one request of the test's choice.
 * Thread-safe. */
#ifndef TINE_TESTS_COUNTING_H
#define TINE_TESTS_COUNTING_H
#include "base/alloc.h"

#include <stdatomic.h>
#include <string.h>

typedef struct counting_allocator {
    tine_allocator allocator;
    _Atomic size_t held;      /* bytes; every thread that allocates or frees */
    _Atomic size_t countdown; /* requests until one fails; 0: none does */
    _Atomic size_t failures;
} counting_allocator;

static inline void *counting_alloc(void *ctx, size_t size, size_t alignment)
{
    counting_allocator *c = ctx;
    size_t left = atomic_load(&c->countdown);
    while (left && !atomic_compare_exchange_weak(&c->countdown, &left, left - 1))
        ;
    if (left == 1) {
        atomic_fetch_add(&c->failures, 1);
        return NULL;
    }
    void *p = tine__alloc(tine__heap(), size, alignment);
    if (p)
        atomic_fetch_add(&c->held, size);
    return p;
}

static inline void counting_free(void *ctx, void *p, size_t size, size_t alignment)
{
    counting_allocator *c = ctx;
    tine__free(tine__heap(), p, size, alignment);
    if (p)
        atomic_fetch_sub(&c->held, size);
}

static inline void *counting_realloc(void *ctx, void *p, size_t old_size, size_t new_size,
                                     size_t alignment)
{
    void *fresh = counting_alloc(ctx, new_size, alignment);
    if (fresh && p) {
        memcpy(fresh, p, old_size < new_size ? old_size : new_size);
        counting_free(ctx, p, old_size, alignment);
    }
    return fresh;
}

static inline void counting_init(counting_allocator *c)
{
    c->allocator = (tine_allocator){counting_alloc, counting_realloc, counting_free, c};
    atomic_init(&c->held, 0);
    atomic_init(&c->countdown, 0);
    atomic_init(&c->failures, 0);
}

/* The n-th request from now on, from 1, fails. */
static inline void counting_fail_at(counting_allocator *c, size_t n)
{
    atomic_store(&c->countdown, n);
}

#define counting_assert_empty(c) assert_int_equal(atomic_load(&(c)->held), 0)

#endif
