#include "dataset/combine.h"
#include "base/alloc.h"
#include "base/body.h"
#include "base/error.h"
#include "base/options.h"

#include <string.h>

static tine_status check(tine_reducer *reducer, tine_error *error)
{
    if (reducer->align == 0)
        reducer->align = _Alignof(max_align_t);
    if (reducer->size == 0 || !reducer->merge)
        return tine__error_set(error, TINE_EINVAL, "tine_reducer needs a size and a merge");
    if (reducer->align & (reducer->align - 1))
        return tine__error_set(error, TINE_EINVAL,
                               "tine_reducer.align is %zu, which is not a power of two",
                               reducer->align);
    return TINE_OK;
}

tine_status tine__combiner_init(tine__combiner *combiner, const tine_reducer *reducer, void *root,
                                const tine_allocator *allocator, tine_error *error)
{
    *combiner = (tine__combiner){.allocator = allocator, .root = root};
    tine_status status = tine__options_read(&combiner->reducer, sizeof combiner->reducer, reducer,
                                            "tine_reducer", error);
    if (status == TINE_OK)
        status = check(&combiner->reducer, error);
    return status == TINE_OK ? tine__mutex_init(&combiner->mutex, error) : status;
}

/* ---- one node, or two ---- */

static void free_room(tine__combiner *c, void *state)
{
    if (state != c->root)
        tine__free(c->allocator, state, c->reducer.size, c->reducer.align);
}

void tine__combiner_drop(tine__combiner *combiner, tine__node *node)
{
    if (!node)
        return;
    if (node->state && combiner->reducer.destroy)
        combiner->reducer.destroy(node->state, combiner->reducer.ctx);
    free_room(combiner, node->state);
    TINE__DELETE(combiner->allocator, node);
}

static tine_status init_state(tine__combiner *c, void *state, uint64_t ordinal, tine_error *error)
{
    if (!c->reducer.init) {
        memset(state, 0, c->reducer.size);
        return TINE_OK;
    }
    tine__callback callback;
    tine__callback_enter(&callback, error);
    tine_status status = c->reducer.init(state, c->reducer.ctx);
    return tine__callback_leave(&callback, status, (int64_t)ordinal);
}

static tine_status make_state(tine__combiner *c, bool first, uint64_t ordinal, void **state_out,
                              tine_error *error)
{
    void *state = first ? c->root : tine__alloc(c->allocator, c->reducer.size, c->reducer.align);
    if (!state)
        return tine__error_no_memory(error);
    tine_status status = init_state(c, state, ordinal, error);
    if (status == TINE_OK)
        *state_out = state;
    else
        free_room(c, state);
    return status;
}

tine_status tine__combiner_leaf(tine__combiner *combiner, const tine__partition *partition,
                                bool present, tine__node **leaf_out, tine_error *error)
{
    tine__node *leaf = TINE__NEW(combiner->allocator, tine__node);
    if (!leaf)
        return tine__error_no_memory(error);
    leaf->index = partition->index;
    leaf->ordinal = partition->ordinal;
    tine_status status = TINE_OK;
    bool first = partition->first;
    if (present || first)
        status = make_state(combiner, first, partition->ordinal, &leaf->state, error);
    if (status == TINE_OK)
        *leaf_out = leaf;
    else
        TINE__DELETE(combiner->allocator, leaf);
    return status;
}

static tine_status merge(tine__combiner *c, tine__node *left, tine__node *right, tine_error *error)
{
    tine__callback callback;
    tine__callback_enter(&callback, error);
    tine_status status = c->reducer.merge(left->state, right->state, c->reducer.ctx);
    return tine__callback_leave(&callback, status, (int64_t)right->ordinal);
}

/* Makes one node of two, which it takes, on failure too. */
static tine_status join(tine__combiner *c, tine__node *left, tine__node *right,
                        tine__node **joined_out, tine_error *error)
{
    tine_status status = TINE_OK;
    tine__node *kept = left->state ? left : right, *gone = left->state ? right : left;
    if (left->state && right->state)
        status = merge(c, left, right, error);
    tine__combiner_drop(c, gone);
    if (status == TINE_OK)
        *joined_out = kept;
    else
        tine__combiner_drop(c, kept);
    return status;
}

/* ---- the tree ---- */

/* The list of a source's nodes; NULL if memory is short. */
static tine__node **list_of(tine__combiner *c, size_t source)
{
    void *sources = c->sources;
    bool grown = tine__grow(c->allocator, &sources, &c->capacity, c->n_sources, source + 1,
                            sizeof *c->sources, _Alignof(tine__node *));
    c->sources = sources;
    while (grown && c->n_sources <= source)
        c->sources[c->n_sources++] = NULL;
    return grown ? &c->sources[source] : NULL;
}

static void put(tine__node **list, tine__node *node)
{
    node->next = *list;
    *list = node;
}

/* Takes the node's sibling off the list; NULL if it is not there. */
static tine__node *take_sibling(tine__node **list, const tine__node *node)
{
    for (tine__node **at = list; *at; at = &(*at)->next)
        if ((*at)->level == node->level && (*at)->index == (node->index ^ 1)) {
            tine__node *sibling = *at;
            *at = sibling->next;
            return sibling;
        }
    return NULL;
}

/* Makes a node and its sibling (NULL: absent) their parent. Takes both, on failure too. */
static tine_status climb(tine__combiner *c, tine__node *node, tine__node *sibling,
                         tine__node **parent_out, tine_error *error)
{
    unsigned level = node->level + 1;
    uint64_t index = node->index >> 1;
    bool is_right = node->index & 1;
    tine_status status = TINE_OK;
    if (sibling)
        status = join(c, is_right ? sibling : node, is_right ? node : sibling, &node, error);
    if (status != TINE_OK)
        return status;
    node->level = level;
    node->index = index;
    *parent_out = node;
    return TINE_OK;
}

tine_status tine__combiner_add(tine__combiner *combiner, size_t source, tine__node *leaf,
                               tine_error *error)
{
    for (tine__node *node = leaf;;) {
        tine__mutex_lock(&combiner->mutex);
        tine__node **list = list_of(combiner, source);
        tine__node *sibling = list ? take_sibling(list, node) : NULL;
        if (list && !sibling)
            put(list, node);
        tine__mutex_unlock(&combiner->mutex);
        if (!list) {
            tine__combiner_drop(combiner, node);
            return tine__error_no_memory(error);
        }
        if (!sibling)
            return TINE_OK;
        tine_status status = climb(combiner, node, sibling, &node, error);
        if (status != TINE_OK)
            return status;
    }
}

static tine__node *take_lowest(tine__node **list)
{
    tine__node **lowest = list;
    for (tine__node **at = list; *at; at = &(*at)->next)
        if ((*at)->level < (*lowest)->level)
            lowest = at;
    tine__node *node = *lowest;
    *lowest = node->next;
    return node;
}

/* Makes one node of a source's list, which is not empty; it becomes empty unless that fails. What
 * is not on the list is absent. A node of the lowest level has its sibling on the list or has none:
 * parts of the sibling would be lower still. */
static tine_status collapse(tine__combiner *c, tine__node **list, tine__node **node_out,
                            tine_error *error)
{
    tine__node *node = take_lowest(list);
    while (*list) {
        tine_status status = climb(c, node, take_sibling(list, node), &node, error);
        if (status != TINE_OK)
            return status;
        put(list, node);
        node = take_lowest(list);
    }
    *node_out = node;
    return TINE_OK;
}

tine_status tine__combiner_finish(tine__combiner *combiner, tine_error *error)
{
    tine__node *total = NULL;
    for (size_t i = 0; i < combiner->n_sources; i++) {
        tine__node *node;
        if (!combiner->sources[i])
            continue;
        tine_status status = collapse(combiner, &combiner->sources[i], &node, error);
        if (status == TINE_OK && total)
            status = join(combiner, total, node, &node, error);
        else if (status != TINE_OK)
            tine__combiner_drop(combiner, total);
        if (status != TINE_OK)
            return status;
        total = node;
    }
    if (!total)
        return init_state(combiner, combiner->root, 0, error);
    TINE__DELETE(combiner->allocator, total); /* its state is the root's, and the caller's now */
    return TINE_OK;
}

void tine__combiner_destroy(tine__combiner *combiner)
{
    for (size_t i = 0; i < combiner->n_sources; i++)
        while (combiner->sources[i])
            tine__combiner_drop(combiner, take_lowest(&combiner->sources[i]));
    TINE__DELETE_ARRAY(combiner->allocator, combiner->sources, combiner->capacity);
    tine__mutex_destroy(&combiner->mutex);
}
