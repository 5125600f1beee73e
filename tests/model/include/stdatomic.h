/* <stdatomic.h> for sources that are compiled for the model checker: every operation becomes a call
 * into it. What the project does not use is not here, so that a use of it does not compile. */
#ifndef MODEL_STDATOMIC_H
#define MODEL_STDATOMIC_H
#include "model/access.h"
#include <stdbool.h>
#include <stddef.h>

typedef _Atomic(_Bool) atomic_bool;
typedef _Atomic(int) atomic_int;
typedef _Atomic(unsigned) atomic_uint;
typedef _Atomic(size_t) atomic_size_t;
typedef _Atomic(uintptr_t) atomic_uintptr_t;

/* The type of a value of the object: without _Atomic and qualifiers, which a comma's right-hand
 * side loses. */
#define MODEL_TYPE(object) __typeof__((void)0, *(object))

#define MODEL_VALUE(object, call)                                                                  \
    __extension__({                                                                                \
        uint64_t model_bits = (call);                                                              \
        MODEL_TYPE(object) model_result;                                                           \
        __builtin_memcpy(&model_result, &model_bits, sizeof model_result);                         \
        model_result;                                                                              \
    })
#define MODEL_BITS(object, value)                                                                  \
    __extension__({                                                                                \
        MODEL_TYPE(object) model_operand = (value);                                                \
        uint64_t model_raw = 0;                                                                    \
        __builtin_memcpy(&model_raw, &model_operand, sizeof model_operand);                        \
        model_raw;                                                                                 \
    })

#define atomic_init(object, value)                                                                 \
    model_init((object), sizeof *(object), MODEL_BITS(object, value), MODEL_SITE)
#define atomic_load_explicit(object, order)                                                        \
    MODEL_VALUE(object, model_load((object), sizeof *(object), (order), MODEL_SITE))
#define atomic_store_explicit(object, value, order)                                                \
    model_store((object), sizeof *(object), MODEL_BITS(object, value), (order), MODEL_SITE)

#define MODEL_MODIFY(object, how, value, order)                                                    \
    MODEL_VALUE(object, model_modify((object), sizeof *(object), (how), MODEL_BITS(object, value), \
                                     (order), MODEL_SITE))
#define atomic_exchange_explicit(object, value, order)                                             \
    MODEL_MODIFY(object, MODEL_EXCHANGE, value, order)
#define atomic_fetch_add_explicit(object, value, order)                                            \
    MODEL_MODIFY(object, MODEL_ADD, value, order)
#define atomic_fetch_sub_explicit(object, value, order)                                            \
    MODEL_MODIFY(object, MODEL_SUBTRACT, value, order)
#define atomic_fetch_or_explicit(object, value, order) MODEL_MODIFY(object, MODEL_OR, value, order)
#define atomic_fetch_and_explicit(object, value, order)                                            \
    MODEL_MODIFY(object, MODEL_AND, value, order)
#define atomic_fetch_xor_explicit(object, value, order)                                            \
    MODEL_MODIFY(object, MODEL_XOR, value, order)

#define MODEL_COMPARE(object, expected, desired, success, failure, weak)                           \
    model_compare((object), sizeof *(object), (expected), MODEL_BITS(object, desired), (success),  \
                  (failure), (weak), MODEL_SITE)
#define atomic_compare_exchange_strong_explicit(object, expected, desired, success, failure)       \
    MODEL_COMPARE(object, expected, desired, success, failure, false)
#define atomic_compare_exchange_weak_explicit(object, expected, desired, success, failure)         \
    MODEL_COMPARE(object, expected, desired, success, failure, true)

#define atomic_load(object) atomic_load_explicit(object, memory_order_seq_cst)
#define atomic_store(object, value) atomic_store_explicit(object, value, memory_order_seq_cst)
#define atomic_exchange(object, value) atomic_exchange_explicit(object, value, memory_order_seq_cst)
#define atomic_fetch_add(object, value)                                                            \
    atomic_fetch_add_explicit(object, value, memory_order_seq_cst)
#define atomic_fetch_sub(object, value)                                                            \
    atomic_fetch_sub_explicit(object, value, memory_order_seq_cst)

#define atomic_signal_fence(order) model_signal_fence(MODEL_SITE)

#endif
