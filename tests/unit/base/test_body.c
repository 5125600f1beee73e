/* What a callback's return and its tine_fail become. */
#include "base/body.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void words_outside_a_body_are_only_a_status(void **state)
{
    (void)state;
    assert_null(tine__body_current());
    assert_int_equal(tine_fail(7, 1, "nobody listens"), 7);
}

static void silence_and_speech(void **state)
{
    (void)state;
    tine_error error = {0};
    tine__body body = {.record = &error};
    tine__body_enter(&body);
    assert_int_equal(tine__body_result(&body, TINE_OK, 1), TINE_OK);
    assert_int_equal(tine__body_result(&body, 9, 4), 9);
    assert_true(error.status == 9 && error.index == 4);
    tine_fail(9, -1, "row %d", 3);
    assert_int_equal(tine__body_result(&body, 8, 5), 8);
    assert_true(error.status == 8 && error.index == 5);
    assert_string_equal(error.message, "row 3");
    tine_fail(9, 2, "here");
    tine__body_result(&body, 9, 5);
    assert_int_equal(error.index, 2);
    tine__body_result(&body, TINE_EIO, 6); /* the last words are not this call's */
    assert_true(error.index == 6 && error.message[0] == 't');
    tine__body_leave(&body);
    assert_null(tine__body_current());
}

static void bodies_nest(void **state)
{
    (void)state;
    tine_error record = {0};
    tine__body outer = {.record = &record}, inner = {0};
    tine__body_enter(&outer);
    tine__body_enter(&inner);
    assert_ptr_equal(tine__body_current(), &inner);
    assert_int_equal(tine_fail(3, 0, "no record"), 3);
    assert_int_equal(tine__body_result(&inner, 3, 0), 3);
    tine__body_leave(&inner);
    assert_ptr_equal(tine__body_current(), &outer);
    assert_false(outer.failed);
    assert_int_equal(record.status, TINE_OK);
    tine__body_leave(&outer);
}

static void a_callback_that_succeeds_has_said_nothing(void **state)
{
    (void)state;
    tine_error record = {.status = 77};
    struct tine__slot *place = (void *)&record;
    tine__body outer = {.at = place, .deadline_ns = 9, .failed = true};
    tine__callback callback;
    tine__body_enter(&outer);
    tine__callback_enter(&callback, &record);
    assert_true(callback.body.at == place && callback.body.deadline_ns == 9);
    tine_fail(3, 0, "not so");
    assert_int_equal(tine__callback_leave(&callback, TINE_OK, 4), TINE_OK);
    assert_true(record.status == 77 && record.message[0] == '\0');
    tine__callback_enter(&callback, &record);
    tine_fail(3, -1, "so");
    assert_int_equal(tine__callback_leave(&callback, 3, 4), 3);
    assert_true(record.status == 3 && record.index == 4);
    assert_string_equal(record.message, "so");
    tine__callback_enter(&callback, NULL);
    assert_int_equal(tine__callback_leave(&callback, 6, 4), 6);
    assert_ptr_equal(tine__body_current(), &outer);
    tine__body_leave(&outer);
    tine__callback_enter(&callback, NULL);
    assert_true(callback.body.deadline_ns == INT64_MAX && !callback.body.pool);
    tine__callback_leave(&callback, TINE_OK, 0);
}

static void what_was_said_before_is_not_the_callbacks(void **state)
{
    (void)state;
    tine_error outer = {0}, inner = {0};
    tine__body around = {.record = &outer, .deadline_ns = INT64_MAX};
    tine__callback callback;
    tine__body_enter(&around);
    tine_fail(7, 1, "the one around");
    tine__callback_enter(&callback, &inner);
    assert_int_equal(tine__callback_leave(&callback, 8, 2), 8); /* without a word */
    assert_ptr_equal(tine__body_current(), &around);
    assert_int_equal(inner.status, 8);
    assert_int_equal(inner.index, 2);
    assert_null(strstr(inner.message, "around"));
    assert_string_equal(outer.message, "the one around");
    tine__body_leave(&around);
}

static void a_callback_needs_no_body_around(void **state)
{
    (void)state;
    tine_error error = {0};
    tine__callback callback;
    tine__callback_enter(&callback, &error);
    assert_int_equal(callback.body.deadline_ns, INT64_MAX);
    assert_int_equal(tine__callback_leave(&callback, tine_fail(9, 5, "here"), 2), 9);
    assert_int_equal(error.index, 5); /* the one it named itself */
    assert_null(tine__body_current());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_before_is_not_the_callbacks),
        cmocka_unit_test(a_callback_needs_no_body_around),
        cmocka_unit_test(words_outside_a_body_are_only_a_status),
        cmocka_unit_test(silence_and_speech),
        cmocka_unit_test(bodies_nest),
        cmocka_unit_test(a_callback_that_succeeds_has_said_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
