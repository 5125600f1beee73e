/* Threads that wait for something to change. The list belongs to whatever changes and is guarded by
 * its mutex; a watcher lives on the stack of the thread that waits, which takes it off the list
 * itself. Unparking under the mutex therefore never meets a watcher that is gone. */
#ifndef TINE_POOL_WATCH_H
#define TINE_POOL_WATCH_H
#include "os/park.h"

typedef struct tine__watcher {
    tine__parker *parker; /* NULL: nobody sleeps, whoever owns the list knows what it means */
    struct tine__watcher *next, **link; /* link NULL: on no list */
} tine__watcher;

static inline void tine__watch(tine__watcher **list, tine__watcher *watcher, tine__parker *parker)
{
    *watcher = (tine__watcher){parker, *list, list};
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

static inline void tine__watchers_wake(tine__watcher *list)
{
    for (; list; list = list->next)
        if (list->parker)
            tine__unpark(list->parker);
}

#endif
