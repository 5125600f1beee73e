/* A column that owns its memory and grows, in Arrow's layout: 64-byte aligned, zeros under nulls,
 * every buffer readable up to the next multiple of 64 bytes. tine_column is the borrowed view of
 * one. Not thread-safe. */
#ifndef TINE_TABLE_ARRAY_H
#define TINE_TABLE_ARRAY_H
#include <tine.h>

typedef struct tine__array {
    tine_type type;
    int32_t precision, scale;
    size_t length, null_count;
    size_t capacity;      /* rows that validity, values or offsets have room for */
    size_t data_capacity; /* STRING: bytes that data has room for */
    uint8_t *validity;    /* kept even while there is no null; bits of rows to come are 0 */
    void *values;         /* NULL for STRING; BOOL: bits */
    int32_t *offsets;     /* STRING: length + 1; offsets[0] is 0 */
    char *data;           /* STRING */
} tine__array;

/* Bits of one value; 0 for STRING. */
unsigned tine__type_bits(tine_type type);
const char *tine__type_name(tine_type type); /* "int64" */

void tine__array_init(tine__array *array, tine_type type);
void tine__array_free(tine__array *array, const tine_allocator *allocator);
/* Forgets the rows, keeps the memory, and takes the type (memory of another shape is freed). */
void tine__array_reset(tine__array *array, tine_type type, const tine_allocator *allocator);
/* Room for `rows` rows and `data_bytes` bytes of text in all. TINE_ENOMEM; TINE_ELIMIT if the text
 * passes INT32_MAX. The array is unchanged on failure. */
TINE_MUST_USE tine_status tine__array_reserve(tine__array *array, const tine_allocator *allocator,
                                              size_t rows, size_t data_bytes, tine_error *error);
/* Appends; room must have been reserved. */
void tine__array_push_null(tine__array *array);
void tine__array_push_bool(tine__array *array, bool value);
void tine__array_push_int32(tine__array *array, int32_t value);
void tine__array_push_int64(tine__array *array, int64_t value);
void tine__array_push_double(tine__array *array, double value);
void tine__array_push_string(tine__array *array, const char *data, size_t size);
/* Appends n <= 64 rows whose cells have been written: row i is valid if bit i of `valid` is 1, else
 * null, and zeros have been written. The length was a multiple of 64. */
void tine__array_push_cells(tine__array *array, uint64_t valid, size_t n);
/* Appends all rows, or one row, of a column of the same type; reserves by itself. */
TINE_MUST_USE tine_status tine__array_append(tine__array *array, const tine_allocator *allocator,
                                             const tine_column *column, tine_error *error);
TINE_MUST_USE tine_status tine__array_append_row(tine__array *array,
                                                 const tine_allocator *allocator,
                                                 const tine_column *column, size_t row,
                                                 tine_error *error);
/* Rows [begin, begin + n) of an array of fixed-size values that has room for them, as an array to
 * be filled: for several threads, each with its own rows. `begin` is a multiple of 64. What was
 * pushed there counts when it is taken in, in order, with n the same. A window owns nothing. */
void tine__array_window(const tine__array *array, size_t begin, size_t n, tine__array *window_out);
void tine__array_take_window(tine__array *array, const tine__array *window);
/* The view: validity is NULL where there is no null. Valid until the array changes. */
void tine__array_view(const tine__array *array, const char *name, tine_column *column_out);

#endif
