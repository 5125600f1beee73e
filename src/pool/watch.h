/* Threads that wait for something to change. The list belongs to whatever changes and is guarded by
 * its mutex; a watcher lives on the stack of the thread that waits, which takes it off the list
 * itself. Unparking under the mutex therefore never meets a watcher that is gone. */
#ifndef TINE_POOL_WATCH_H
#define TINE_POOL_WATCH_H
#include "os/park.h"
#include <stdatomic.h>

typedef struct tine__watcher {
    tine__parker *parker; /* NULL: nobody sleeps, whoever owns the list knows what it means */
    struct tine__watcher *next, **link; /* link NULL: on no list */
    /* Where it goes when what it watches is over; NULL: nowhere. A stack by `next`: pushed by those
     * who end (release), taken as a whole by the thread that waits (acquire). */
    _Atomic(struct tine__watcher *) *over;
} tine__watcher;

static inline void tine__watch(tine__watcher **list, tine__watcher *watcher, tine__parker *parker)
{
    *watcher = (tine__watcher){.parker = parker, .next = *list, .link = list};
    if (*list)
        (*list)->link = &watcher->next;
    *list = watcher;
}

static inline void tine__unwatch(tine__watcher *watcher)
{
    if (!watcher->link)
        return;
    *watcher->link = watcher->next;
    if (watcher->next)
        watcher->next->link = watcher->link;
    watcher->link = NULL;
}

/* With a watcher that is on no list. */
static inline void tine__watcher_is_over(tine__watcher *watcher)
{
    if (!watcher->over)
        return;
    watcher->next = atomic_load_explicit(watcher->over, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(watcher->over, &watcher->next, watcher,
                                                  memory_order_release, memory_order_relaxed))
        ;
}

static inline void tine__watchers_wake(tine__watcher *list)
{
    for (; list; list = list->next)
        if (list->parker)
            tine__unpark(list->parker);
}

#endif
