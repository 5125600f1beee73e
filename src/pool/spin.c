/* Pauses, and when they are over. */
#include "pool/spin.h"
#include "base/size.h"
#include "os/clock.h"
#include "os/relax.h"
#include "os/thread.h"

/* Pauses after one of the first looks; twice as many from each thorough look on, so many times. */
#define RELAXES 16
#define DOUBLINGS 3

static void pause_for(unsigned n, bool (*over)(const void *what), const void *what)
{
    for (unsigned i = 0; i < n && !(over && over(what)); i++)
        tine__relax();
}

void tine__spin_pause(void)
{
    pause_for(RELAXES, NULL, NULL);
}

bool tine__spin_on(tine__spin *spin, int64_t duration_ns, bool (*over)(const void *what),
                   const void *what)
{
    pause_for(RELAXES << tine__min(spin->n_looks / TINE__LOOKS, DOUBLINGS), over, what);
    if (spin->n_looks++ == 0)
        spin->end_ns = tine__deadline_after(duration_ns);
    if (!tine__spin_is_thorough(spin))
        return true;
    tine__thread_yield();
    return tine__now_ns() < spin->end_ns;
}
