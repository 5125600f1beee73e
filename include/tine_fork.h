/* Tine: fork and join without a call, for recursion so fine that the call is what it costs.
 *
 * tine_fork and tine_join of <tine.h> are calls into the library, and a frame holds a pointer to a
 * function. Here a task is a C function with a type of its own; forking it is half a dozen inline
 * instructions, and joining it, when nobody has taken it, is a direct call that the compiler can
 * see through. Everything else is as there: who may run a task, what it inherits, what it says by
 * tine_fail, and that every fork is joined by the thread that forked it in reverse order. The two
 * forms may be mixed.
 *
 *     #include <tine_fork.h>
 *
 *     TINE_FORK_TASK(long, fib, int)
 *
 *     static long fib(tine_place place, int n)
 *     {
 *         if (n < 2)
 *             return n;
 *         fib_frame left;
 *         fib_fork(&place, &left, n - 1);
 *         long right = fib(place, n - 2);
 *         return fib_join(&place, &left) + right;
 *     }
 *
 *     ... inside a body: fib(tine_place_here(), 30)
 *
 * Needs a compiler with the __atomic builtins (gcc, clang). A program that includes this file knows
 * how the library lays out the beginning of a place. The names of the functions that it calls for
 * the rest carry the number of that layout: with a library that has another, it does not link. */
#ifndef TINE_FORK_H
#define TINE_FORK_H
#include <tine.h>
#ifdef __cplusplus
extern "C" {
#endif

/* Where the running body's next fork goes: handed down from function to function, so that it lives
 * in registers. Forking and joining change it. */
typedef struct tine_place {
    struct tine_place_1_body
        *body; /* NULL: outside the bodies of a pool; every join runs its task */
    size_t depth;
} tine_place;

/* Returns the place of the running body, for its own calls and what they call. A task gets its
 * place as its first argument. To be asked for again after a fork or a join of the other form.
 * @threads any; does not wait */
TINE_API tine_place tine_place_here(void);

/* ---- what follows is for the macro below, not to be used by itself */

/* Layout 1. Only the thread whose place it is writes `head`; `limit` and `floor` are read. */
struct tine_place_1_deque {
    size_t head, capacity;
    void **entries;
    unsigned char unused[192 - 2 * sizeof(size_t) - sizeof(void *)];
    size_t limit, floor;
};
struct tine_place_1_body {
    struct tine_place_1_deque *deque;
};
struct tine_place_1_frame {
    void (*fn)(void *frame);
    uintptr_t holder; /* 0: the join runs the task */
    void *room[3];
};
enum { TINE_PLACE_1_SELF = 8 };
TINE_API void tine_place_1_forked(struct tine_place_1_frame *frame);
TINE_API void tine_place_1_join(struct tine_place_1_frame *frame);

static inline void tine_place_1_fork(tine_place *place, struct tine_place_1_frame *frame)
{
    if (!place->body) {
        frame->holder = 0;
        return;
    }
    struct tine_place_1_deque *deque = place->body->deque;
    size_t i = place->depth++;
    __atomic_store_n(&frame->holder, (uintptr_t)place->body | TINE_PLACE_1_SELF, __ATOMIC_RELAXED);
    __atomic_store_n(&deque->entries[i], (void *)frame, __ATOMIC_RELAXED);
    __atomic_store_n(&deque->head, i + 1, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(i >= __atomic_load_n(&deque->limit, __ATOMIC_RELAXED), 0)) {
        tine_place_1_forked(frame);
        place->depth = deque->head; /* not i + 1 if there was no room */
    }
}

/* True: nobody has taken the task. False: tine_place_1_join does the rest. */
static inline bool tine_place_1_pop(tine_place *place, struct tine_place_1_frame *frame)
{
    if (__atomic_load_n(&frame->holder, __ATOMIC_RELAXED) == 0)
        return true;
    struct tine_place_1_deque *deque = place->body->deque;
    size_t i = --place->depth;
    __atomic_store_n(&deque->head, i, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return __builtin_expect(i >= __atomic_load_n(&deque->floor, __ATOMIC_RELAXED), 1);
}

/* ---- */

/* Declares what forks the function
 *
 *     static result name(tine_place place, argument a);
 *
 * which is declared too and defined by the program: the type name_frame, which lives on the stack
 * of the function that forks until it is joined, and
 *
 *     void name_fork(tine_place *place, name_frame *frame, argument a);
 *     result name_join(tine_place *place, name_frame *frame);
 *
 * `result` is not void; `argument` is copied: a number, a pointer or a struct. */
#define TINE_FORK_TASK(result, name, argument)                                                     \
    static result name(tine_place place, argument a);                                              \
    typedef struct name##_frame {                                                                  \
        struct tine_place_1_frame frame;                                                           \
        argument a;                                                                                \
        result value;                                                                              \
    } name##_frame;                                                                                \
    static void name##_call(void *frame)                                                           \
    {                                                                                              \
        name##_frame *f = (name##_frame *)frame;                                                   \
        f->value = name(tine_place_here(), f->a);                                                  \
    }                                                                                              \
    static inline void name##_fork(tine_place *place, name##_frame *f, argument a)                 \
    {                                                                                              \
        f->a = a;                                                                                  \
        f->frame.fn = name##_call;                                                                 \
        tine_place_1_fork(place, &f->frame);                                                       \
    }                                                                                              \
    static inline result name##_join(tine_place *place, name##_frame *f)                           \
    {                                                                                              \
        if (tine_place_1_pop(place, &f->frame))                                                    \
            return name(*place, f->a);                                                             \
        tine_place_1_join(&f->frame);                                                              \
        return f->value;                                                                           \
    }

#ifdef __cplusplus
}
#endif
#endif
