/* What has to be looked at, by the time when. */
#ifndef TINE_AIO_TIMERS_H
#define TINE_AIO_TIMERS_H
#include <stdint.h>

typedef struct tine__timer {
    int64_t at_ns;                    /* of tine__now_ns() */
    struct tine__timer *child, *next; /* the first of those below, and its sibling behind */
    struct tine__timer *before;       /* the sibling in front, or the parent of a first child */
} tine__timer;

typedef struct tine__timers {
    tine__timer *first; /* to be due; NULL: there is none */
} tine__timers;

/* Brings the timer in. */
void tine__timers_add(tine__timers *timers, tine__timer *timer, int64_t at_ns);
/* Takes out one that is in. */
void tine__timers_remove(tine__timers *timers, tine__timer *timer);

#endif
