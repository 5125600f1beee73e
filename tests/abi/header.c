/* The public headers by themselves, twice, and each of its macros and inline functions in use. Compiled
 * as C99, C11, C17, C++11 and C++17, with every warning an error; never run. */
#define TINE_SHORT_NAMES
#include <tine.h>
#include <tine.h>
#include <tine_fork.h>
#include <tine_fork.h>

tine_pool_options pool_options = TINE_POOL_OPTIONS_INIT;
tine_task_options task_options = TINE_TASK_OPTIONS_INIT;
tine_parallel_options parallel_options = TINE_PARALLEL_OPTIONS_INIT;
tine_csv_options csv_options = TINE_CSV_OPTIONS_INIT;
tine_run run = TINE_RUN_INIT;
int64_t forever = TINE_FOREVER;

#if TINE_VERSION_NUMBER !=                                                                         \
    10000 * TINE_VERSION_MAJOR + 100 * TINE_VERSION_MINOR + TINE_VERSION_PATCH
#error "the version number does not agree with its parts"
#endif

size_t length_of_row(const tine_column *column, size_t row);
size_t length_of_row(const tine_column *column, size_t row)
{
    return tine_is_null(column, row) ? 0 : tine_string_at(column, row).size;
}

tine_status short_names(tine_range_fn range, tine_map_fn map, tine_fold_fn fold,
                        const tine_reducer *reducer, void *room);
tine_status short_names(tine_range_fn range, tine_map_fn map, tine_fold_fn fold,
                        const tine_reducer *reducer, void *room)
{
    tine_status status = parallel_for(NULL, 0, 1, range, NULL, NULL, NULL);
    if (status == TINE_OK)
        status = parallel_map(NULL, map, NULL, room, 1, room, 1, 1, NULL, NULL);
    if (status == TINE_OK)
        status = parallel_reduce(NULL, 0, 1, fold, reducer, room, NULL, NULL);
    return status;
}

TINE_FORK_TASK(long, half, long)

static long half(tine_place place, long n)
{
    half_frame frame;
    if (n < 2)
        return n;
    half_fork(&place, &frame, n / 2);
    return half(place, n - n / 2) + half_join(&place, &frame);
}

long forks(long n);
long forks(long n)
{
    return half(tine_place_here(), n);
}
