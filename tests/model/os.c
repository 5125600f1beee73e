/* The model's own src/os, as far as the sources that it runs call it: no time passes, so threads
 * without work sleep at once, and nobody wakes because of a deadline. */
#include "model/os.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/fp.h"
#include "os/park.h"
#include "os/thread.h"
#include "model/model.h"

#include <stdatomic.h>

bool os_has_heavy_barrier;

bool tine__heavy_barrier_exists(void)
{
    return os_has_heavy_barrier;
}

void tine__heavy_barrier(void)
{
    if (os_has_heavy_barrier)
        model_heavy_barrier();
}

/* Who looks at the clock does so in a loop. */
int64_t tine__now_ns(void)
{
    model_relax();
    return 0;
}

int64_t tine__deadline_after(int64_t timeout_ns)
{
    (void)timeout_ns;
    return 0;
}

unsigned tine__cpu_count(void)
{
    return 1;
}

unsigned tine__cpu_current(void)
{
    return 0;
}

unsigned tine__cpu_neighbours(const char *root, unsigned cpu)
{
    (void)root;
    return cpu;
}

void tine__fp_enter(tine__fp *fp)
{
    (void)fp;
}

void tine__fp_leave(const tine__fp *fp)
{
    (void)fp;
}

/* ---- parking */

tine_status tine__parker_init(tine__parker *parker, tine_error *error)
{
    (void)error;
    atomic_init(&parker->permit, 0);
    return TINE_OK;
}

void tine__parker_destroy(tine__parker *parker)
{
    (void)parker;
}

bool tine__park(tine__parker *parker, int64_t deadline_ns)
{
    (void)deadline_ns;
    model_await(&parker->permit, 1, 0);
    return true;
}

void tine__unpark(tine__parker *parker)
{
    (void)atomic_exchange_explicit(&parker->permit, 1, memory_order_release);
}

/* ---- mutexes: a word that is 1 while somebody has it, in the place of the system's */

static _Atomic uint32_t *word_of(tine__mutex *m)
{
    return (_Atomic uint32_t *)(void *)m;
}

tine_status tine__mutex_init(tine__mutex *m, tine_error *error)
{
    (void)error;
    atomic_init(word_of(m), 0);
    return TINE_OK;
}

void tine__mutex_destroy(tine__mutex *m)
{
    (void)m;
}

void tine__mutex_lock(tine__mutex *m)
{
    model_await(word_of(m), 0, 1);
}

void tine__mutex_unlock(tine__mutex *m)
{
    atomic_store_explicit(word_of(m), 0, memory_order_release);
}

/* ---- threads: the scenario has them */

tine_status tine__thread_start(tine__thread *thread, void (*fn)(void *arg), void *arg,
                               size_t stack_size, const char *name, tine_error *error)
{
    (void)thread;
    (void)fn;
    (void)arg;
    (void)stack_size;
    (void)name;
    (void)error;
    return TINE_OK;
}

void tine__thread_join(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_yield(void)
{
    model_relax();
}

void tine__thread_keep_off(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_keep_on(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_stay_off(tine__thread *thread)
{
    (void)thread;
}

void tine__thread_roam(tine__thread *thread)
{
    (void)thread;
}
