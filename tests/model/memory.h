/* The memory of the model. Every atomic object has its modifications in their order; every thread
 * has a view, which says for each object how far in that order the thread has come: it reads that
 * modification or a later one, and writes somewhere behind it. A modification carries the view that
 * whoever acquires it gets.
 *
 * Views also carry clocks, by which races of plain accesses are found: clock[t] is the number of
 * plain accesses of thread t that happen before what the thread does next. */
#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H
#include "model/model.h"

enum { MODEL_OBJECTS = 60, MODEL_MODIFICATIONS = 48 };

typedef struct view {
    uint8_t at[MODEL_OBJECTS];
    uint8_t clock[MODEL_THREADS];
} view;

typedef struct modification {
    uint64_t value;
    bool followed; /* a read-modify-write has read it: nothing can come between the two */
    view released;
} modification;

/* Nobody owns it. */
#define NO_THREAD MODEL_THREADS

typedef struct object {
    uintptr_t address;
    size_t size;
    unsigned n;
    unsigned owner; /* the one thread that writes it, or NO_THREAD */
    bool exclusive; /* races are failures */
    bool freed;
    uint8_t written[MODEL_THREADS], read[MODEL_THREADS]; /* each thread's clock at its latest */
    modification order[MODEL_MODIFICATIONS];
} object;

/* Forgets everything. */
void memory_reset(void);
/* The object at that address, which begins with what is there in memory. */
object *memory_find(const volatile void *address, size_t size);
unsigned memory_index(const object *o);
void memory_mark_freed(uintptr_t begin, uintptr_t end);
unsigned memory_last(const object *o);

void memory_join(view *into, const view *from);
/* Notes a plain access; fails if it races. */
void memory_race(object *o, unsigned thread, view *now, bool write);
/* The thread has read modification i. */
uint64_t memory_read(object *o, unsigned i, view *now, bool acquire);
/* Puts a modification in as number i, behind what `after` (NULL: no read-modify-write) is the
 * released view of. */
void memory_write(object *o, unsigned i, uint64_t value, view *now, bool release,
                  const view *after);
/* What sequentially consistent accesses and full fences have seen. */
view *memory_fenced(void);
/* A full fence: of a thread that has seen `seen` when it comes to it. */
void memory_fence(const view *seen, view *now);

/* Whether the view is behind the latest modification of any object. */
bool memory_is_behind(const view *now);
/* Moves the view to the latest modifications. */
void memory_see_all(view *now);

/* A hash of the views and of all that the first n_alive, those of threads that have not ended, can
 * still meet. */
uint64_t memory_hash(view *const *views, size_t n_alive, size_t n);
uint64_t model_mix(uint64_t hash, uint64_t value);
uint64_t model_mix_bytes(uint64_t hash, const void *begin, size_t size);

/* Views of threads: where they are to be kept up when a modification is put in between. */
void memory_watch(view *v);

#endif
