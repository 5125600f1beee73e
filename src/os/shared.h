/* Memory that processes share, and sleeping on a word in it. It has no name and no descriptor: it
 * is mapped before a process forks, so that all of them have it at the same address, and is gone
 * with the last of them. Linux alone; elsewhere every call that can fail does so. */
#ifndef TINE_OS_SHARED_H
#define TINE_OS_SHARED_H
#include <tine.h>
#include <stdatomic.h>

/* Reserves `size` bytes of address space, or half of that and so on down to `least`, of which pages
 * are taken when they are first touched. TINE_ENOTSUP where there is no such thing. */
TINE_MUST_USE tine_status tine__shared_map(size_t size, size_t least, void **base_out,
                                           size_t *size_out, tine_error *error);
void tine__shared_unmap(void *base, size_t size);

/* Makes this process's page tables ready for memory that will be used at once. */
void tine__shared_populate(void *p, size_t n);
/* Gives the pages back; they are zero when they are next touched. Whole pages. */
void tine__shared_discard(void *p, size_t n);

/* How much memory the machine has. */
size_t tine__memory_size(void);

/* Sleeps while *word is `value`, until `deadline_ns` of tine__now_ns() at most. May wake early. */
void tine__shared_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns);
/* Wakes all who sleep on the word. */
void tine__shared_wake(_Atomic uint32_t *word);

#endif
