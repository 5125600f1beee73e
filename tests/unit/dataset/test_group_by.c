/* group_by against a naive one, and the equality of keys. */
#include "unit/dataset/support.h"

#include <stdio.h>

#define N_ROWS 800
#define N_KEYS 97

/* A group as the naive implementation keeps it: in a list, looked up by a walk through it. */
typedef struct group {
    int key;
    int64_t n, sum;
} group;

static int key_of(int row)
{
    return row * 7919 % 1009 % N_KEYS;
}

static char *make_csv(void)
{
    growing t = {0};
    text_add(&t, "k,name,v\n");
    for (int i = 0; i < N_ROWS; i++)
        text_add(&t, "%d,\"key %d\",%d\n", key_of(i), key_of(i), i);
    return t.data;
}

static char *naive(void)
{
    group groups[N_KEYS];
    size_t n = 0;
    for (int i = 0; i < N_ROWS; i++) {
        size_t g = 0;
        while (g < n && groups[g].key != key_of(i))
            g++;
        if (g == n)
            groups[n++] = (group){.key = key_of(i)};
        groups[g].n++;
        groups[g].sum += i;
    }
    growing t = {0};
    text_add(&t, "name:string,k:int64,count(*):int64,sum(v):int64\n");
    for (size_t g = 0; g < n; g++)
        text_add(&t, "'key %d',%d,%d,%d\n", groups[g].key, groups[g].key, (int)groups[g].n,
                 (int)groups[g].sum);
    return t.data;
}

static tine_status by_two_keys(const tine_dataset *dataset, const tine_run *run,
                               tine_table **table_out, tine_error *error)
{
    const char *keys[] = {"name", "k"};
    static const tine_agg aggs[] = {{.op = TINE_COUNT}, {.op = TINE_SUM, .column = "v"}};
    return tine_dataset_group_by(dataset, run, keys, 2, aggs, 2, table_out, error);
}

static void test_against_a_naive_one(void **state)
{
    (void)state;
    char *csv = make_csv(), *expected = naive();
    assert_always(csv, by_two_keys, expected);
    free(csv);
    free(expected);
}

static void test_order_goes_over_the_sources(void **state)
{
    (void)state;
    const char *texts[] = {"k\nb\na\n", "k\n", "k\nc\na\nd\n"};
    const char *keys[] = {"k"};
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_texts(texts, 3, 2);
        tine_table *table;
        static const tine_agg aggs[] = {{.op = TINE_COUNT}};
        assert_int_equal(tine_dataset_group_by(d, &run, keys, 1, aggs, 1, &table, NULL), TINE_OK);
        assert_table(table, "k:string,count(*):int64\n'b',1\n'a',2\n'c',1\n'd',1\n");
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
}

static tine_status distinct_x(const tine_dataset *dataset, const tine_run *run,
                              tine_table **table_out, tine_error *error)
{
    const char *keys[] = {"x"};
    return tine_dataset_group_by(dataset, run, keys, 1, NULL, 0, table_out, error);
}

static void test_zeros_nans_and_nulls(void **state)
{
    (void)state;
    assert_always("x,y\n-0.0,1\n1.5,1\nnan,1\n0.0,1\n,1\n-nan,1\n0,1\n,1\n", distinct_x,
                  "x:double\n0x0p+0\n0x1.8p+0\nnan\nnull\n");
}

static void test_an_empty_string_is_not_null(void **state)
{
    (void)state;
    assert_always("x,y\n,1\n\"\",1\na,1\n,2\n", distinct_x, "x:string\nnull\n''\n'a'\n");
}

static tine_status every_type(const tine_dataset *dataset, const tine_run *run,
                              tine_table **table_out, tine_error *error)
{
    const char *keys[] = {"b", "d", "t"};
    return tine_dataset_group_by(dataset, run, keys, 3, NULL, 0, table_out, error);
}

static void test_keys_of_every_size(void **state)
{
    (void)state;
    assert_always("b,d,t\ntrue,1970-01-02,1970-01-01T00:00:01Z\nfalse,,1970-01-01T00:00:01Z\n"
                  "true,1970-01-02,1970-01-01T00:00:01Z\nfalse,,1970-01-01 00:00:02\n",
                  every_type,
                  "b:bool,d:date,t:timestamp\n1,1,1000000\n0,null,1000000\n0,null,2000000\n");
}

static tine_status by_max(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                          tine_error *error)
{
    const char *keys[] = {"k"};
    static const tine_agg aggs[] = {{.op = TINE_MAX, .column = "s"},
                                    {.op = TINE_MEAN, .column = "v"},
                                    {.op = TINE_DISTINCT_APPROX, .column = "s"}};
    return tine_dataset_group_by(dataset, run, keys, 1, aggs, 3, table_out, error);
}

static void test_states_that_own_memory(void **state)
{
    (void)state;
    assert_always("k,s,v\n2,a,1\n1,xyz,2\n2,b,4\n1,xyzz,\n2,ab,\n", by_max,
                  "k:int64,max(s):string,mean(v):double,distinct_approx(s):int64\n"
                  "2,'b',0x1.4p+1,3\n1,'xyzz',0x1p+1,2\n");
}

static tine_status ends(const tine_dataset *dataset, const tine_run *run, tine_table **table_out,
                        tine_error *error)
{
    const char *keys[] = {"k"};
    static const tine_agg aggs[] = {{.op = TINE_FIRST, .column = "s"},
                                    {.op = TINE_LAST, .column = "s"},
                                    {.op = TINE_FIRST, .column = "d"},
                                    {.op = TINE_LAST, .column = "x"},
                                    {.op = TINE_LAST, .column = "b"}};
    return tine_dataset_group_by(dataset, run, keys, 1, aggs, 5, table_out, error);
}

static void test_first_and_last(void **state)
{
    (void)state;
    assert_always("k,s,d,x,b\n2,,,1,true\n1,xyz,2026-01-01,2,\n2,b,1970-01-02,-nan,false\n"
                  "1,,,-0.0,\n2,last of 2,1999-01-01,,\n3,,,,\n1,\"\",,,\n",
                  ends,
                  "k:int64,first(s):string,last(s):string,first(d):date,last(x):double,"
                  "last(b):bool\n"
                  "2,'b','last of 2',1,nan,0\n1,'xyz','',20454,-0x0p+0,null\n"
                  "3,null,null,null,null,null\n");
}

static tine_status sums_and_extremes(const tine_dataset *dataset, const tine_run *run,
                                     tine_table **table_out, tine_error *error)
{
    const char *keys[] = {"k"};
    static const tine_agg aggs[] = {{.op = TINE_MAX, .column = "w"},
                                    {.op = TINE_SUM, .column = "w"},
                                    {.op = TINE_MIN, .column = "w"},
                                    {.op = TINE_MEAN, .column = "w"}};
    return tine_dataset_group_by(dataset, run, keys, 1, aggs, 4, table_out, error);
}

static void test_a_shared_state_of_special_values(void **state)
{
    (void)state;
    assert_always("k,w\n1,nan\n2,-0.0\n3,\n4,inf\n5,nan\n1,2.5\n2,0.0\n4,-1\n1,\n",
                  sums_and_extremes,
                  "k:int64,max(w):double,sum(w):double,min(w):double,mean(w):double\n"
                  "1,0x1.4p+1,nan,0x1.4p+1,nan\n2,0x0p+0,0x0p+0,-0x0p+0,0x0p+0\n"
                  "3,null,0x0p+0,null,null\n4,inf,inf,-0x1p+0,inf\n5,null,nan,null,nan\n");
}

static tine_status sums_and_moments(const tine_dataset *dataset, const tine_run *run,
                                    tine_table **table_out, tine_error *error)
{
    const char *keys[] = {"k"};
    static const tine_agg aggs[] = {
        {.op = TINE_SUM, .column = "w"}, {.op = TINE_VAR, .column = "w"},
        {.op = TINE_MIN, .column = "w"}, {.op = TINE_MEAN, .column = "w"},
        {.op = TINE_SUM, .column = "n"}, {.op = TINE_MEAN, .column = "n"},
        {.op = TINE_VAR, .column = "n"}};
    return tine_dataset_group_by(dataset, run, keys, 1, aggs, 7, table_out, error);
}

static void test_sums_from_moments(void **state)
{
    (void)state;
    assert_always("k,w,n\n1,1.0,1\n2,0.5,-3\n1,2.0,2\n1,4.0,4\n", sums_and_moments,
                  "k:int64,sum(w):double,var(w):double,min(w):double,mean(w):double,"
                  "sum(n):int64,mean(n):double,var(n):double\n"
                  "1,0x1.cp+2,0x1.2aaaaaaaaaaabp+1,0x1p+0,0x1.2aaaaaaaaaaabp+1,"
                  "7,0x1.2aaaaaaaaaaabp+1,0x1.2aaaaaaaaaaabp+1\n"
                  "2,0x1p-1,null,0x1p-1,0x1p-1,-3,-0x1.8p+1,null\n");
}

/* ---- random rows of every type, by one key and by several ----
 *
 * A cell is what stands in the file, and what a result shows of it: cells that show the same are
 * the same key. */

typedef struct cell {
    const char *text, *shown;
} cell;

#define FIFTY "0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLM"

enum { N_KINDS = 6, N_CELLS = 8 };

static const struct kind {
    const char *name, *type;
    cell cells[N_CELLS];
} kinds[N_KINDS] = {
    {"i",
     "int64",
     {{"0", "0"},
      {"1", "1"},
      {"-1", "-1"},
      {"", "null"},
      {"36028797018963967", "36028797018963967"}, /* the last that seven bytes hold */
      {"36028797018963968", "36028797018963968"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775807", "9223372036854775807"}}},
    {"d",
     "double",
     {{"0.0", "0x0p+0"},
      {"-0.0", "0x0p+0"},
      {"nan", "nan"},
      {"-nan", "nan"},
      {"", "null"},
      {"inf", "inf"},
      {"-1.5", "-0x1.8p+0"},
      {"5e-324", "0x0.0000000000001p-1022"}}},
    {"s",
     "string",
     {{"", "null"},
      {"\"\"", "''"},
      {"a", "'a'"},
      {"ab", "'ab'"},
      {"fifteen bytes..", "'fifteen bytes..'"},
      {"sixteen bytes...", "'sixteen bytes...'"},
      {FIFTY "x", "'" FIFTY "x'"},
      {FIFTY "y", "'" FIFTY "y'"}}},
    {"t",
     "date",
     {{"1970-01-01", "0"},
      {"1970-01-02", "1"},
      {"1969-12-31", "-1"},
      {"", "null"},
      {"2000-01-01", "10957"},
      {"0001-01-01", "-719162"},
      {"9999-12-31", "2932896"},
      {"1970-01-03", "2"}}},
    {"u",
     "string",
     {{"", "null"},
      {"\"\"", "''"},
      {"b", "'b'"},
      {"bc", "'bc'"},
      {"abc", "'abc'"},
      {"seven..", "'seven..'"},
      {"eight...", "'eight...'"},
      {FIFTY FIFTY, "'" FIFTY FIFTY "'"}}},
    {"b",
     "bool",
     {{"true", "1"},
      {"false", "0"},
      {"", "null"},
      {"true", "1"},
      {"false", "0"},
      {"true", "1"},
      {"false", "0"},
      {"false", "0"}}},
};

enum { N_RANDOM = 60 };

typedef struct random_row {
    unsigned char cells[N_KINDS];
    int quarters; /* of the value */
} random_row;

static random_row random_rows[N_RANDOM];
static unsigned keys_in_use; /* a set of kinds */

static char *make_random_csv(uint64_t random)
{
    growing t = {0};
    for (size_t k = 0; k < N_KINDS; k++)
        text_add(&t, "%s,", kinds[k].name);
    text_add(&t, "w\n");
    for (size_t i = 0; i < N_RANDOM; i++) {
        for (size_t k = 0; k < N_KINDS; k++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            random_rows[i].cells[k] = (unsigned char)(random >> 33) % N_CELLS;
            text_add(&t, "%s,", kinds[k].cells[random_rows[i].cells[k]].text);
        }
        random_rows[i].quarters = (int)(random >> 40) % 1000 - 500;
        text_add(&t, "%.2f\n", random_rows[i].quarters / 4.0);
    }
    return t.data;
}

static void show_key(growing *t, const random_row *row)
{
    for (size_t k = 0; k < N_KINDS; k++)
        if (keys_in_use >> k & 1)
            text_add(t, "%s,", kinds[k].cells[row->cells[k]].shown);
}

static char *naive_of_random(void)
{
    typedef struct total {
        char *key;
        int n, sum, least, most;
    } total;
    static total totals[N_RANDOM];
    size_t n = 0;
    for (size_t i = 0; i < N_RANDOM; i++) {
        growing key = {0};
        size_t g = 0;
        int value = random_rows[i].quarters;
        show_key(&key, &random_rows[i]);
        while (g < n && strcmp(totals[g].key, key.data))
            g++;
        if (g == n)
            totals[n++] = (total){key.data, 0, 0, value, value};
        else
            free(key.data);
        totals[g].n++;
        totals[g].sum += value;
        totals[g].least = value < totals[g].least ? value : totals[g].least;
        totals[g].most = value > totals[g].most ? value : totals[g].most;
    }
    growing t = {0};
    for (size_t k = 0; k < N_KINDS; k++)
        if (keys_in_use >> k & 1)
            text_add(&t, "%s:%s,", kinds[k].name, kinds[k].type);
    text_add(&t, "count(*):int64,min(w):double,sum(w):double,max(w):double,mean(w):double\n");
    for (size_t g = 0; g < n; g++) {
        text_add(&t, "%s%d,%a,%a,%a,%a\n", totals[g].key, totals[g].n, totals[g].least / 4.0,
                 totals[g].sum / 4.0, totals[g].most / 4.0, totals[g].sum / 4.0 / totals[g].n);
        free(totals[g].key);
    }
    return t.data;
}

static tine_status by_keys_in_use(const tine_dataset *dataset, const tine_run *run,
                                  tine_table **table_out, tine_error *error)
{
    const char *keys[N_KINDS];
    size_t n = 0;
    static const tine_agg aggs[] = {{.op = TINE_COUNT},
                                    {.op = TINE_MIN, .column = "w"},
                                    {.op = TINE_SUM, .column = "w"},
                                    {.op = TINE_MAX, .column = "w"},
                                    {.op = TINE_MEAN, .column = "w"}};
    for (size_t k = 0; k < N_KINDS; k++)
        if (keys_in_use >> k & 1)
            keys[n++] = kinds[k].name;
    return tine_dataset_group_by(dataset, run, keys, n, aggs, 5, table_out, error);
}

/* Sets of kinds, by their bits: each alone, short ones together, short and long ones, all. */
static void test_random_rows(void **state)
{
    static const unsigned sets[] = {1,      2,      4,          8,           16,        32, 1 | 8,
                                    2 | 32, 4 | 16, 1 | 4 | 32, 8 | 16 | 32, 1 | 2 | 8, 63};
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        keys_in_use = sets[i];
        char *csv = make_random_csv(i), *expected = naive_of_random();
        assert_always(csv, by_keys_in_use, expected);
        free(csv);
        free(expected);
    }
}

static void test_keys_of_a_megabyte(void **state)
{
    enum { MEGABYTE = 1 << 20 };
    (void)state;
    char *a = malloc(MEGABYTE + 2), *b = malloc(MEGABYTE + 2);
    assert_true(a && b);
    memset(a, 'k', MEGABYTE + 1);
    a[MEGABYTE + 1] = '\0';
    memcpy(b, a, MEGABYTE + 2);
    b[MEGABYTE] = 'l'; /* they differ in their last byte */
    growing csv = {0}, expected = {0};
    text_add(&csv, "x,y\n%s,1\n%s,2\n%s,3\nk,4\n", a, b, a);
    text_add(&expected, "x:string\n'%s'\n'%s'\n'k'\n", a, b);
    for (size_t w = 0; w < n_worker_counts; w++) {
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv.data, 1 << 19);
        tine_table *table;
        assert_int_equal(distinct_x(d, &run, &table, NULL), TINE_OK);
        assert_table(table, expected.data);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv.data);
    free(expected.data);
    free(a);
    free(b);
}

/* Enough for the tables to change their shape and to be joined in parts. */
static void test_many_groups(void **state)
{
    enum { N = 60000, N_GROUPS = 40000 };
    (void)state;
    growing csv = {0}, expected = {0};
    text_add(&csv, "k,v\n");
    text_add(&expected, "k:int64,count(*):int64,sum(v):int64\n");
    for (int i = 0; i < N; i++)
        text_add(&csv, "%d,%d\n", i % N_GROUPS * 7, i);
    for (int i = 0; i < N_GROUPS; i++)
        text_add(&expected, "%d,%d,%d\n", i * 7, i < N - N_GROUPS ? 2 : 1,
                 i < N - N_GROUPS ? 2 * i + N_GROUPS : i);
    for (size_t w = 0; w < n_worker_counts; w++) {
        const char *keys[] = {"k"};
        static const tine_agg aggs[] = {{.op = TINE_COUNT}, {.op = TINE_SUM, .column = "v"}};
        tine_run run = TINE_RUN_INIT;
        run.pool = open_pool(worker_counts[w]);
        tine_dataset *d = open_text(csv.data, 10000);
        tine_table *table;
        assert_int_equal(tine_dataset_group_by(d, &run, keys, 1, aggs, 2, &table, NULL), TINE_OK);
        assert_table(table, expected.data);
        tine_dataset_release(d);
        assert_int_equal(tine_pool_close(&run.pool), TINE_OK);
    }
    free(csv.data);
    free(expected.data);
}

static void test_the_memory_limit_names_the_groups(void **state)
{
    (void)state;
    growing csv = {0};
    text_add(&csv, "k\n");
    for (int i = 0; i < 100000; i++)
        text_add(&csv, "%d\n", i);
    const char *keys[] = {"k"};
    tine_run run = TINE_RUN_INIT;
    tine_dataset *d = open_text(csv.data, 0);
    tine_table *table;
    tine_error error;
    run.memory_limit = 4000000;
    assert_int_equal(tine_dataset_group_by(d, &run, keys, 1, NULL, 0, &table, &error), TINE_ENOMEM);
    assert_null(table);
    assert_non_null(strstr(error.message, "4000000 bytes"));
    assert_non_null(strstr(error.message, " groups"));
    tine_dataset_release(d);
    free(csv.data);
}

static void test_no_rows_are_no_groups(void **state)
{
    (void)state;
    tine_dataset *d = open_text("k\n", 0);
    const char *keys[] = {"k"};
    tine_table *table;
    assert_int_equal(tine_dataset_group_by(d, NULL, keys, 1, NULL, 0, &table, NULL), TINE_OK);
    assert_int_equal(tine_table_batches(table), 1);
    assert_int_equal(tine_table_rows(table), 0);
    assert_table(table, "k:string\n");
    tine_dataset_release(d);
}

/* The last row has been read: what is left is to merge. */
static tine_status cancel_at_the_end(const tine_batch *batch, uint8_t *keep, void *ctx)
{
    tine_column c;
    assert_int_equal(tine_batch_find(batch, "k", &c), TINE_OK);
    for (size_t i = 0; i < c.length; i++) {
        keep[i / 8] |= (uint8_t)(1u << (i % 8));
        if (((const int64_t *)c.values)[i] == 4999)
            tine_scope_cancel(ctx);
    }
    return TINE_OK;
}

static void test_cancelled_at_the_last_row(void **state)
{
    (void)state;
    growing csv = {0};
    text_add(&csv, "k\n");
    for (int i = 0; i < 5000; i++)
        text_add(&csv, "%d\n", i);
    tine_dataset *d = open_text(csv.data, 0), *f;
    const char *keys[] = {"k"};
    tine_run run = TINE_RUN_INIT;
    assert_int_equal(tine_scope_open(NULL, &run.scope, NULL), TINE_OK);
    assert_int_equal(
        tine_dataset_filter(d, NULL, 0, cancel_at_the_end, run.scope, 0, NULL, &f, NULL), TINE_OK);
    tine_table *table = NULL;
    tine_error error;
    assert_int_equal(tine_dataset_group_by(f, &run, keys, 1, NULL, 0, &table, &error),
                     TINE_ECANCELED);
    assert_null(table);
    assert_int_equal(error.status, TINE_ECANCELED);
    tine_scope_close(&run.scope);
    tine_dataset_release(f);
    tine_dataset_release(d);
    free(csv.data);
}

static void test_misuse(void **state)
{
    (void)state;
    tine_dataset *d = open_text("k\n1\n", 0);
    const char *keys[] = {"k"}, *unknown[] = {"kk"};
    tine_table *table;
    tine_error error;
    assert_int_equal(tine_dataset_group_by(d, NULL, keys, 0, NULL, 0, &table, &error), TINE_EINVAL);
    assert_int_equal(tine_dataset_group_by(d, NULL, unknown, 1, NULL, 0, &table, &error),
                     TINE_EINVAL);
    assert_int_equal(tine_dataset_group_by(d, NULL, keys, 1, NULL, 2, &table, &error), TINE_EINVAL);
    tine_dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_naive_one),
        cmocka_unit_test(test_order_goes_over_the_sources),
        cmocka_unit_test(test_zeros_nans_and_nulls),
        cmocka_unit_test(test_an_empty_string_is_not_null),
        cmocka_unit_test(test_keys_of_every_size),
        cmocka_unit_test(test_states_that_own_memory),
        cmocka_unit_test(test_first_and_last),
        cmocka_unit_test(test_a_shared_state_of_special_values),
        cmocka_unit_test(test_sums_from_moments),
        cmocka_unit_test(test_random_rows),
        cmocka_unit_test(test_keys_of_a_megabyte),
        cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_the_memory_limit_names_the_groups),
        cmocka_unit_test(test_no_rows_are_no_groups),
        cmocka_unit_test(test_cancelled_at_the_last_row),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
