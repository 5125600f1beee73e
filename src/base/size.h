/* Checked sizes: every product and sum that becomes an allocation or an offset goes through these.
 * They return false on overflow and leave *out unspecified. */
#ifndef TINE_BASE_SIZE_H
#define TINE_BASE_SIZE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool tine__size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool tine__size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* The least multiple of `unit`, a power of two, that is not below n. */
static inline bool tine__size_round_up(size_t n, size_t unit, size_t *out)
{
    if (!tine__size_add(n, unit - 1, out))
        return false;
    *out &= ~(unit - 1);
    return true;
}

static inline size_t tine__min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t tine__max(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
