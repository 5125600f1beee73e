/* How threads start: signals blocked, a stack that the system takes, nothing left behind on
 * failure. */
#define _GNU_SOURCE
#include "os/thread.h"
#include "support/fault.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void look_at_mask(void *arg)
{
    pthread_sigmask(SIG_SETMASK, NULL, arg);
}

static void signals_are_blocked_there_and_not_here(void **state)
{
    (void)state;
    sigset_t there, before, after;
    tine__thread thread;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(
        tine__thread_start(&thread, look_at_mask, &there, 12345, "a name too long to keep", NULL),
        TINE_OK);
    tine__thread_join(&thread);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_true(sigismember(&there, SIGINT) && sigismember(&there, SIGTERM));
    for (int s = 1; s < 32; s++)
        assert_int_equal(sigismember(&after, s), sigismember(&before, s));
}

static void failures_leave_nothing(void **state)
{
    (void)state;
    sigset_t mask;
    tine_error error;
    tine__thread thread;
    long blocks = fault_live_blocks();
    fault_arm(FAULT_THREAD, 1);
    tine_status status = tine__thread_start(&thread, look_at_mask, &mask, 0, NULL, &error);
    assert_true(fault_disarm());
    assert_int_equal(status, TINE_EIO);
    assert_int_equal(error.sys_errno, EAGAIN);
    assert_non_null(strstr(error.message, strerror(EAGAIN)));
    assert_int_equal(fault_live_blocks(), blocks);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGINT));
}

static void an_impossible_stack_is_an_error(void **state)
{
    (void)state;
    sigset_t mask;
    tine_error error;
    tine__thread thread;
    assert_int_equal(tine__thread_start(&thread, look_at_mask, &mask, SIZE_MAX, NULL, &error),
                     TINE_EIO);
    assert_true(error.sys_errno != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_blocked_there_and_not_here),
        cmocka_unit_test(failures_leave_nothing),
        cmocka_unit_test(an_impossible_stack_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
