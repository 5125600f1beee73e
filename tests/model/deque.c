/* Chase and Lev's deque: the owner's pushes and pops against thieves. */
#include "model/verdict.h"
#include "pool/deque.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <cmocka.h>

enum { FRAMES = 4, OWNER = 0 };

/* What the deque holds pointers to. */
typedef struct tine__frame {
    uint64_t content; /* plain: written before the push, read by whoever gets the frame */
    unsigned n_run[MODEL_THREADS];
} frame;

typedef struct deque_state {
    tine__deque deque;
    frame frames[FRAMES];
    unsigned n_pushed;
} deque_state;

static void run(frame *f)
{
    model_check(model_read(&f->content) == 1);
    f->n_run[model_thread()]++;
}

static void setup(void *state)
{
    deque_state *s = state;
    model_check(tine__deque_init(&s->deque, model_allocator()));
    model_name(&s->deque.top, sizeof s->deque.top, 1, "top");
    model_name(&s->deque.bottom, sizeof s->deque.bottom, 1, "bottom");
    model_name(&s->deque.ring, sizeof s->deque.ring, 1, "ring");
    model_name(s->frames, sizeof *s->frames, FRAMES, "frame");
    model_owned(&s->deque.bottom, OWNER);
    model_owned(&s->deque.ring, OWNER);
}

static void push(deque_state *s)
{
    frame *f = &s->frames[s->n_pushed++];
    model_write(&f->content, 1);
    model_check(tine__deque_push(&s->deque, f));
}

static void pop(deque_state *s)
{
    frame *f = tine__deque_pop(&s->deque);
    if (f)
        run(f);
}

static void steal(deque_state *s)
{
    int64_t at;
    frame *f = tine__deque_look(&s->deque, &at);
    if (f && tine__deque_take(&s->deque, at))
        run(f);
}

static void check(void *state)
{
    deque_state *s = state;
    int64_t left = s->deque.bottom - s->deque.top;
    for (unsigned i = 0; i < s->n_pushed; i++) {
        unsigned n = 0;
        for (unsigned t = 0; t < MODEL_THREADS; t++)
            n += s->frames[i].n_run[t];
        model_check(n <= 1);
        left += n;
    }
    model_check(left == s->n_pushed);
    tine__deque_free(&s->deque);
}

#define THREAD(name, ...)                                                                          \
    static void name(void *state)                                                                  \
    {                                                                                              \
        deque_state *s = state;                                                                    \
        __VA_ARGS__                                                                                \
    }
THREAD(push_pop, push(s); pop(s);)
THREAD(push_2_pop_2, push(s); push(s); pop(s); pop(s);)
THREAD(push_pop_push_pop, push(s); pop(s); push(s); pop(s);)
THREAD(push_3_pop_3, push(s); push(s); push(s); pop(s); pop(s); pop(s);)
THREAD(steal_1, steal(s);)
THREAD(steal_2, steal(s); steal(s);)

#define SCENARIO(title, ...)                                                                       \
    &(model_scenario)                                                                              \
    {                                                                                              \
        .name = title, .state_size = sizeof(deque_state), .setup = setup, .check = check,          \
        .threads = {__VA_ARGS__}, .names = {                                                       \
            "owner",                                                                               \
            "thief",                                                                               \
            "thief 2"                                                                              \
        }                                                                                          \
    }

static void the_last_frame(void **state)
{
    (void)state;
    const model_scenario *s = SCENARIO("pop against steal", push_pop, steal_1);
    model_holds(s);
    s = SCENARIO("pop against 2 steals", push_2_pop_2, steal_2);
    model_holds(s);
    model_is_found(
        s, &(model_mutation){"tine__deque_pop", "store", "bottom", false, memory_order_release});
    model_is_found(
        s, &(model_mutation){"tine__deque_pop", "load", "top", false, memory_order_acquire});
}

static void two_thieves(void **state)
{
    (void)state;
    model_holds(SCENARIO("pop against 2 thieves", push_2_pop_2, steal_2, steal_1));
    model_holds(SCENARIO("push after pop, 2 thieves", push_pop_push_pop, steal_2, steal_1));
}

static void growing(void **state)
{
    (void)state;
    model_holds(SCENARIO("grow against 2 steals", push_3_pop_3, steal_2));
    model_holds(SCENARIO("grow against 2 thieves", push_3_pop_3, steal_2, steal_1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_frame),
        cmocka_unit_test(two_thieves),
        cmocka_unit_test(growing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
