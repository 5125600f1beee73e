/* One owner pushes and pops, three thieves steal: every frame is met exactly once, and a thief sees
 * what the owner wrote before it pushed. */
#define _GNU_SOURCE
#include "support/pool.h"
#include "base/alloc.h"
#include "pool/executor.h"
#include <pthread.h>

enum { THIEVES = 3, FRAMES = 300000 };

typedef struct item {
    tine__frame frame;
    int number; /* written by the owner before each push */
    atomic_int met;
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
    (void)arg;
    int64_t at;
    while (!atomic_load(&done)) {
        tine__frame *frame = tine__deque_look(&deque, &at);
        if (frame && tine__deque_take(&deque, at))
            meet(frame);
    }
    return NULL;
}

static void owner(void)
{
    unsigned random = 1;
    int next = 0;
    while (next < FRAMES) {
        random = random * 1103515245u + 12345u;
        for (unsigned n = random >> 16 & 7; n && next < FRAMES; n--) {
            items[next].number = next;
            if (!tine__deque_push(&deque, &items[next++].frame))
                atomic_fetch_add(&wrong, 1);
        }
        for (unsigned n = random >> 20 & 7; n; n--) {
            tine__frame *frame = tine__deque_pop(&deque);
            if (frame)
                meet(frame);
        }
    }
    for (tine__frame *frame; (frame = tine__deque_pop(&deque));)
        meet(frame);
}

static void every_frame_is_met_once(void **state)
{
    (void)state;
    pthread_t threads[THIEVES];
    assert_true(tine__deque_init(&deque, tine__heap()));
    for (int i = 0; i < THIEVES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thief, NULL), 0);
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
