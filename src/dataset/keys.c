#include "dataset/keys.h"
#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"
#include "base/hash.h"
#include "reduce/ieee.h"

#include <string.h>

/* Bytes of a value that is there. */
static size_t value_size(const tine_column *column, size_t row)
{
    switch (column->type) {
    case TINE_BOOL:
        return 1;
    case TINE_DATE:
        return sizeof(int32_t);
    case TINE_STRING:
        return sizeof(uint32_t) + tine_string_at(column, row).size;
    default:
        return sizeof(uint64_t);
    }
}

static void add_sizes(size_t *sizes, const tine_column *column, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++)
        sizes[i] += 1 + (tine_is_null(column, i) ? 0 : value_size(column, i));
}

static void put_string(unsigned char *to, tine_string s)
{
    uint32_t size = (uint32_t)s.size;
    memcpy(to, &size, sizeof size);
    memcpy(to + sizeof size, s.data, s.size);
}

static void put_value(unsigned char *to, const tine_column *column, size_t row)
{
    switch (column->type) {
    case TINE_BOOL:
        *to = tine__bit_get(column->values, row);
        break;
    case TINE_DATE:
        memcpy(to, (const int32_t *)column->values + row, sizeof(int32_t));
        break;
    case TINE_STRING:
        put_string(to, tine_string_at(column, row));
        break;
    case TINE_DOUBLE: {
        uint64_t bits = tine__key_bits(((const double *)column->values)[row]);
        memcpy(to, &bits, sizeof bits);
        break;
    }
    default:
        memcpy(to, (const int64_t *)column->values + row, sizeof(int64_t));
    }
}

/* Appends the column to the rows' keys; at[i] is where row i's goes on. */
static void put_column(unsigned char *bytes, size_t *at, const tine_column *column, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        bool null = tine_is_null(column, i);
        bytes[at[i]++] = !null;
        if (null)
            continue;
        put_value(bytes + at[i], column, i);
        at[i] += value_size(column, i);
    }
}

/* Sizes become the places where the keys begin; returns their sum. */
static size_t lay_out(size_t *sizes, size_t n_rows)
{
    size_t end = 0;
    for (size_t i = 0; i < n_rows; i++) {
        size_t size = sizes[i];
        sizes[i] = end;
        end += size;
    }
    return end;
}

/* What was in them is not wanted any more, so nothing is kept when they grow. */
static bool make_room(tine__keys *keys, size_t n_rows, size_t n_bytes)
{
    void *ends = keys->ends, *bytes = keys->bytes;
    bool grown = tine__grow(keys->allocator, &ends, &keys->ends_capacity, keys->n_rows, n_rows,
                            sizeof *keys->ends, _Alignof(size_t)) &&
                 tine__grow(keys->allocator, &bytes, &keys->bytes_capacity, 0, n_bytes, 1, 1);
    keys->ends = ends;
    keys->bytes = bytes;
    return grown;
}

tine_status tine__keys_encode(tine__keys *keys, const tine_column *columns, size_t n_columns,
                              size_t n_rows, tine_error *error)
{
    keys->n_rows = 0;
    if (!n_rows)
        return TINE_OK;
    if (!make_room(keys, n_rows, 0))
        return tine__error_no_memory(error);
    memset(keys->ends, 0, n_rows * sizeof *keys->ends);
    for (size_t c = 0; c < n_columns; c++)
        add_sizes(keys->ends, &columns[c], n_rows);
    size_t n_bytes = lay_out(keys->ends, n_rows);
    keys->n_rows = n_rows;
    if (!make_room(keys, n_rows, n_bytes))
        return tine__error_no_memory(error);
    for (size_t c = 0; c < n_columns; c++) /* each column takes every end a bit further */
        put_column(keys->bytes, keys->ends, &columns[c], n_rows);
    return TINE_OK;
}

void tine__keys_free(tine__keys *keys)
{
    TINE__DELETE_ARRAY(keys->allocator, keys->ends, keys->ends_capacity);
    TINE__DELETE_ARRAY(keys->allocator, keys->bytes, keys->bytes_capacity);
    *keys = (tine__keys){.allocator = keys->allocator};
}

/* ---- and back ---- */

/* Appends a value; returns the bytes it took. Room has been reserved. */
static size_t push_value(tine__array *array, const unsigned char *from)
{
    int32_t days;
    uint32_t size;
    switch (array->type) {
    case TINE_BOOL:
        tine__array_push_bool(array, *from);
        return 1;
    case TINE_DATE:
        memcpy(&days, from, sizeof days);
        tine__array_push_int32(array, days);
        return sizeof days;
    case TINE_STRING:
        memcpy(&size, from, sizeof size);
        tine__array_push_string(array, (const char *)from + sizeof size, size);
        return sizeof size + size;
    default:
        tine__array_push_int64(array, (int64_t)tine__load64(from));
        return sizeof(int64_t);
    }
}

static tine_status make_row(tine__array *array, const unsigned char *from,
                            const tine_allocator *allocator, tine_error *error)
{
    size_t text = array->offsets ? (size_t)array->offsets[array->length] : 0;
    uint32_t size = 0;
    if (array->type == TINE_STRING && from[0])
        memcpy(&size, from + 1, sizeof size);
    return tine__array_reserve(array, allocator, array->length + 1, text + size, error);
}

tine_status tine__keys_decode(const unsigned char *key, tine__array *arrays, size_t n_columns,
                              const tine_allocator *allocator, tine_error *error)
{
    for (size_t c = 0; c < n_columns; c++) {
        tine_status status = make_row(&arrays[c], key, allocator, error);
        if (status != TINE_OK)
            return status;
        if (*key++)
            key += push_value(&arrays[c], key);
        else
            tine__array_push_null(&arrays[c]);
    }
    return TINE_OK;
}
