#include "model/names.h"
#include "model/memory.h"

typedef struct range {
    uintptr_t begin;
    size_t size, n;
    const char *name; /* NULL: the range is there for one of the others */
    bool exclusive;
    unsigned owner;
} range;

static range ranges[3 * MODEL_OBJECTS];
static unsigned n_ranges;

void names_reset(void)
{
    n_ranges = 0;
}

static void add(range r)
{
    if (n_ranges == sizeof ranges / sizeof *ranges)
        model_fail("too many names");
    ranges[n_ranges++] = r;
}

void model_name(const volatile void *objects, size_t size, size_t n, const char *name)
{
    add((range){(uintptr_t)objects, size, n, name, false, NO_THREAD});
}

void model_exclusive(const volatile void *objects, size_t size, size_t n)
{
    add((range){(uintptr_t)objects, size, n, NULL, true, NO_THREAD});
}

void model_owned(const volatile void *address, unsigned thread)
{
    add((range){(uintptr_t)address, 1, 1, NULL, false, thread});
}

static bool is_in(const range *r, uintptr_t address)
{
    return address >= r->begin && address < r->begin + r->size * r->n;
}

const char *names_of(uintptr_t address, unsigned *index_out, bool *is_array_out)
{
    for (unsigned i = 0; i < n_ranges; i++)
        if (ranges[i].name && is_in(&ranges[i], address) &&
            (address - ranges[i].begin) % ranges[i].size == 0) {
            *index_out = (unsigned)((address - ranges[i].begin) / ranges[i].size);
            *is_array_out = ranges[i].n > 1;
            return ranges[i].name;
        }
    return NULL;
}

bool names_are_exclusive(uintptr_t address)
{
    for (unsigned i = 0; i < n_ranges; i++)
        if (ranges[i].exclusive && is_in(&ranges[i], address))
            return true;
    return false;
}

unsigned names_owner(uintptr_t address)
{
    for (unsigned i = 0; i < n_ranges; i++)
        if (ranges[i].owner != NO_THREAD && is_in(&ranges[i], address))
            return ranges[i].owner;
    return NO_THREAD;
}
