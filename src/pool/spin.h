/* Looking on before parking: to be woken costs about as much as a while of looking. Between two
 * looks there are pauses, so that those who are looked at keep their cache lines; the longer it has
 * gone on, the more of them. Every so many looks, one is thorough: it may look at more, and it lets
 * another thread have the CPU that is waiting for it, for that one has work. */
#ifndef TINE_POOL_SPIN_H
#define TINE_POOL_SPIN_H
#include <stdbool.h>
#include <stdint.h>

#define TINE__LOOKS 16 /* from one thorough look to the next */

typedef struct tine__spin {
    unsigned n_looks;
    int64_t end_ns;
} tine__spin;

/* Whether the next look is a thorough one: the first is. */
static inline bool tine__spin_is_thorough(const tine__spin *spin)
{
    return spin->n_looks % TINE__LOOKS == 0;
}

/* The pauses between the first looks. */
void tine__spin_pause(void);

/* After a look that has found nothing. False: they have gone on for that long. `over` (NULL: there
 * is no such thing) is asked at each pause, for what only one other thread writes, and once: true
 * ends the pauses. */
bool tine__spin_on(tine__spin *spin, int64_t duration_ns, bool (*over)(const void *what),
                   const void *what);

#endif
