#include "model/deque_steps.h"
#include "model/os.h"

#include <stdatomic.h>

/* ---- the owner */

static void run(frame *f)
{
    model_check(model_read(&f->content) == 1);
    f->n_run[model_thread()]++;
}

void deque_fork(deque_state *s)
{
    frame *f = s->open[s->n_open++] = &s->frames[s->n_forks++];
    model_write(&f->content, 1);
    f->in_deque = true;
    if (tine__deque_push(&s->deque, f))
        return;
    f->in_deque = tine__deque_fits(&s->deque);
    if (!f->in_deque)
        return;
    tine__deque_expose(&s->deque);
    tine__deque_unlimit(&s->deque);
}

void deque_join(deque_state *s)
{
    frame *f = s->open[--s->n_open];
    if (!f->in_deque || tine__deque_pop(&s->deque) || tine__deque_reclaim(&s->deque)) {
        run(f);
    } else {
        model_await(&f->done, 1, 1);
        tine__deque_forget(&s->deque);
    }
    model_write(&f->content, 0);
    f->joined = true;
}

void deque_expose(deque_state *s)
{
    tine__deque_expose_all(&s->deque);
}

/* ---- others */

void deque_steal(deque_state *s)
{
    uint64_t seen;
    frame *f = tine__deque_look(&s->deque, &seen) ? tine__deque_take(&s->deque, seen) : NULL;
    if (!f)
        return;
    run(f);
    atomic_store_explicit(&f->done, 1, memory_order_release);
}

void deque_ask(deque_state *s)
{
    tine__deque_ask(&s->deque);
}

void deque_raise(deque_state *s)
{
    (void)tine__deque_raise(&s->deque);
}

/* ---- before and after */

static void *allocate(void *ctx, size_t size, size_t alignment)
{
    const deque_state *s = ctx;
    const tine_allocator *arena = model_allocator();
    return s->no_memory ? NULL : arena->alloc(arena->ctx, size, alignment);
}

static void release(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)ctx;
    const tine_allocator *arena = model_allocator();
    arena->free(arena->ctx, p, size, alignment);
}

#define NAME(object, name) model_name(&(object), sizeof(object), 1, name)

void deque_setup(void *state)
{
    static tine_allocator allocator;
    deque_state *s = state;
    tine__deque *d = &s->deque;
    allocator = (tine_allocator){allocate, NULL, release, s};
    os_has_heavy_barrier = true;
    model_check(tine__deque_init(d, true, &allocator));
    NAME(d->head, "head");
    NAME(d->limit, "limit");
    NAME(d->floor, "floor");
    NAME(d->word, "word");
    NAME(d->public_entries, "public_entries");
    model_name(d->entries, sizeof *d->entries, d->capacity + 1, "entries");
    model_name(&s->frames[0].content, sizeof *s->frames, FORKS, "frame");
    model_name(&s->frames[0].done, sizeof *s->frames, FORKS, "done");
    NAME(d->capacity, "capacity");
    model_owned(&d->head, OWNER);
    model_owned(&d->capacity, OWNER);
    model_owned(&d->public_entries, OWNER);
    model_exclusive_blocks();
}

static unsigned times_run(const frame *f)
{
    unsigned n = 0;
    for (unsigned t = 0; t < MODEL_THREADS; t++)
        n += f->n_run[t];
    return n;
}

void deque_check(void *state)
{
    deque_state *s = state;
    unsigned n_taken = (unsigned)(s->deque.word & 0xfffff);
    for (unsigned i = 0; i < s->n_forks; i++)
        if (s->frames[i].joined)
            model_check(times_run(&s->frames[i]) == 1);
    for (unsigned i = 0; i < s->n_open; i++)
        model_check(times_run(s->open[i]) == (i < n_taken));
    tine__deque_free(&s->deque);
}
