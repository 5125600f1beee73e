/* One owner forks and joins as it likes, three thieves take and raise: every frame is met exactly
 * once, and whoever meets it sees what the owner wrote before it pushed. */
#define _GNU_SOURCE
#include "support/pool.h"
#include "base/alloc.h"
#include "pool/executor.h"
#include <pthread.h>

enum { THIEVES = 3, FRAMES = 300000, DEPTH = 40 };

typedef struct item {
    tine__frame frame;
    int number;       /* written by the owner before each push */
    atomic_int met;   /* by whoever has the frame */
    bool has_no_room; /* the owner's */
} item;

static item items[FRAMES];
static tine__deque deque;
static atomic_int done, wrong;

static void meet(tine__frame *frame)
{
    item *i = (void *)frame;
    if (i != &items[i->number] || atomic_fetch_add(&i->met, 1))
        atomic_fetch_add(&wrong, 1);
}

static void *thief(void *arg)
{
    uint64_t seen;
    for (unsigned n = 0; !atomic_load(&done); n++) {
        tine__frame *frame =
            tine__deque_look(&deque, &seen) ? tine__deque_take(&deque, seen) : NULL;
        if (frame)
            meet(frame);
        else if (n % 16 == 0)
            tine__deque_ask(&deque);
        else if (arg && n % 64 == 1)
            (void)tine__deque_raise(&deque);
    }
    return NULL;
}

static void push(item *i)
{
    if (tine__deque_push(&deque, &i->frame))
        return;
    i->has_no_room = !tine__deque_fits(&deque);
    tine__deque_expose(&deque);
    tine__deque_unlimit(&deque);
}

static void pop(item *i)
{
    if (i->has_no_room || tine__deque_pop(&deque) || tine__deque_reclaim(&deque)) {
        meet(&i->frame);
        return;
    }
    while (!atomic_load(&i->met))
        ;
    tine__deque_forget(&deque);
}

static void owner(void)
{
    unsigned random = 1;
    int open[DEPTH], n_open = 0, next = 0;
    while (next < FRAMES || n_open > 0) {
        random = random * 1103515245u + 12345u;
        for (unsigned n = random >> 16 & 7; n && next < FRAMES && n_open < DEPTH; n--) {
            items[next].number = next;
            push(&items[next]);
            open[n_open++] = next++;
        }
        for (unsigned n = random >> 20 & 7; n && n_open > 0; n--)
            pop(&items[open[--n_open]]);
    }
}

static void every_frame_is_met_once(void **state)
{
    (void)state;
    static int raises = 1;
    pthread_t threads[THIEVES];
    assert_true(tine__deque_init(&deque, tine__heavy_barrier_exists(), tine__heap()));
    for (int i = 0; i < THIEVES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thief, i ? NULL : &raises), 0);
    owner();
    atomic_store(&done, 1);
    for (int i = 0; i < THIEVES; i++)
        pthread_join(threads[i], NULL);
    tine__deque_free(&deque);
    assert_int_equal(wrong, 0);
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(items[i].met, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_frame_is_met_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
