/* The heap of timers, against a plain array. */
#include "aio/timers.h"
#include "unit/aio/support.h"

#include <stdlib.h>

#define N 300

static int64_t least(const int64_t *at_ns)
{
    int64_t found = INT64_MAX;
    for (int i = 0; i < N; i++)
        found = at_ns[i] < found ? at_ns[i] : found;
    return found;
}

static int64_t first(const tine__timers *timers)
{
    return timers->first ? timers->first->at_ns : INT64_MAX;
}

static void the_least_is_first_whatever_comes_and_goes(void **state)
{
    (void)state;
    tine__timers timers = {0};
    static tine__timer all[N];
    int64_t at_ns[N];
    for (int i = 0; i < N; i++)
        at_ns[i] = INT64_MAX;
    srand(7);
    for (int step = 0; step < 30000; step++) {
        int i = rand() % N;
        if (at_ns[i] != INT64_MAX)
            tine__timers_remove(&timers, &all[i]);
        at_ns[i] = rand() % 3 ? rand() % 1000 : INT64_MAX;
        if (at_ns[i] != INT64_MAX)
            tine__timers_add(&timers, &all[i], at_ns[i]);
        assert_int_equal(first(&timers), least(at_ns));
    }
    for (int64_t last = 0; timers.first;) {
        tine__timer *timer = timers.first;
        assert_true(timer->at_ns >= last);
        last = timer->at_ns;
        tine__timers_remove(&timers, timer);
        at_ns[timer - all] = INT64_MAX;
    }
    assert_int_equal(least(at_ns), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_is_first_whatever_comes_and_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
