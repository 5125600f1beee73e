#include "model/usage.h"
#include "model/model.h"

#include <string.h>

enum { USAGES = 1024 };

typedef struct usage {
    uintptr_t address; /* 0: free */
    unsigned accessors, writers;
} usage;

static usage usages[USAGES];
static unsigned n_usages;
static bool changed;

void usage_forget(void)
{
    memset(usages, 0, sizeof usages);
    n_usages = 0;
    changed = false;
}

static usage *find(uintptr_t address)
{
    size_t i = (address >> 2) * 0x9e3779b1u % USAGES;
    while (usages[i].address && usages[i].address != address)
        i = (i + 1) % USAGES;
    if (!usages[i].address && ++n_usages == USAGES)
        model_fail("too many objects");
    usages[i].address = address;
    return &usages[i];
}

bool usage_depends(uintptr_t address, unsigned thread, bool writes)
{
    usage *u = find(address);
    const usage before = *u;
    const unsigned self = 1u << thread;
    u->accessors |= self;
    u->writers |= writes ? self : 0;
    bool is_new = u->accessors != before.accessors || u->writers != before.writers;
    bool is_shared = u->accessors & (u->accessors - 1);
    changed |= is_new && is_shared && u->writers;
    return (writes ? u->accessors : u->writers) & ~self;
}

bool usage_has_changed(void)
{
    bool has = changed;
    changed = false;
    return has;
}
