/* What instrumented sources call: one function for each kind of access. Before the threads of a run
 * start and after they have ended, accesses go straight to memory. */
#ifndef MODEL_ACCESS_H
#define MODEL_ACCESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum memory_order {
    memory_order_relaxed,
    memory_order_consume,
    memory_order_acquire,
    memory_order_release,
    memory_order_acq_rel,
    memory_order_seq_cst
} memory_order;

/* Where in the source the access is. */
typedef struct model_site {
    const char *file;
    const char *function;
    int line;
} model_site;

/* Clears the stack below the caller. Stacks are a part of the states, so what is left there of one
 * access must not be in the frames of the next, whose site is made just before. */
void model_clear_stack(void);
#define MODEL_SITE (model_clear_stack(), (model_site){__FILE__, __func__, __LINE__})

typedef enum model_how {
    MODEL_EXCHANGE,
    MODEL_ADD,
    MODEL_SUBTRACT,
    MODEL_OR,
    MODEL_AND,
    MODEL_XOR
} model_how;

void model_init(volatile void *object, size_t size, uint64_t value, model_site site);
uint64_t model_load(const volatile void *object, size_t size, memory_order order, model_site site);
void model_store(volatile void *object, size_t size, uint64_t value, memory_order order,
                 model_site site);
uint64_t model_modify(volatile void *object, size_t size, model_how how, uint64_t operand,
                      memory_order order, model_site site);
bool model_compare(volatile void *object, size_t size, void *expected, uint64_t desired,
                   memory_order success, memory_order failure, bool weak, model_site site);
void model_signal_fence(model_site site);
/* A full fence in every thread, each at some time during the call. */
void model_heavy_barrier_at(model_site site);
#define model_heavy_barrier() model_heavy_barrier_at(MODEL_SITE)
/* Waits until the object, which has `size` bytes, is `from` in the order of its modifications, and
 * makes it `to` (acquire): the way to lock a mutex and to take a permit. */
void model_await_at(volatile void *object, size_t size, uint64_t from, uint64_t to,
                    model_site site);
#define model_await(object, from, to)                                                              \
    model_await_at((object), sizeof *(object), (from), (to), MODEL_SITE)
/* Once in a round of a loop that waits for others. The second round in which none of them has
 * written anything goes on only when one has, or when no other thread can go on. */
void model_relax_at(model_site site);
#define model_relax() model_relax_at(MODEL_SITE)

_Noreturn void model_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
