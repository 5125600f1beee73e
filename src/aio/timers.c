/* A pairing heap (Fredman, Sedgewick, Sleator and Tarjan 1986): timers are its nodes, so that there
 * is nothing to allocate, and any of them can leave. To add costs O(1), to remove O(log n) on the
 * average of a sequence of calls. */
#include "aio/timers.h"

#include <stddef.h>

/* One heap out of two, neither with siblings; NULL is empty. */
static tine__timer *meld(tine__timer *a, tine__timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->at_ns < a->at_ns) {
        tine__timer *swap = a;
        a = b;
        b = swap;
    }
    b->next = a->child;
    b->before = a;
    if (b->next)
        b->next->before = b;
    a->child = b;
    return a;
}

/* Takes a heap off the list of siblings; NULL: it was empty. */
static tine__timer *take_first(tine__timer **list)
{
    tine__timer *first = *list;
    if (first) {
        *list = first->next;
        first->next = first->before = NULL;
    }
    return first;
}

/* One heap out of siblings: neighbours first, then all pairs, the last first. */
static tine__timer *meld_siblings(tine__timer *siblings)
{
    tine__timer *pairs = NULL, *heap = NULL, *a;
    while ((a = take_first(&siblings))) {
        tine__timer *pair = meld(a, take_first(&siblings));
        pair->next = pairs;
        pairs = pair;
    }
    while ((a = take_first(&pairs)))
        heap = meld(heap, a);
    return heap;
}

void tine__timers_add(tine__timers *timers, tine__timer *timer, int64_t at_ns)
{
    *timer = (tine__timer){.at_ns = at_ns};
    timers->first = meld(timers->first, timer);
}

void tine__timers_remove(tine__timers *timers, tine__timer *timer)
{
    tine__timer *below = meld_siblings(timer->child);
    if (timer == timers->first) {
        timers->first = below;
        return;
    }
    if (timer->before->child == timer)
        timer->before->child = timer->next;
    else
        timer->before->next = timer->next;
    if (timer->next)
        timer->next->before = timer->before;
    timers->first = meld(timers->first, below);
}
