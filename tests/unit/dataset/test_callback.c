/* A callback inside another body: its words go to its own record, and all else it inherits. */
#include "dataset/callback.h"
#include "task/scope.h"
#include "unit/dataset/support.h"

static void words_go_to_the_record_of_choice(void **state)
{
    (void)state;
    tine_error outer = {0}, inner = {0};
    tine__body around = {.record = &outer, .slot = 3, .deadline_ns = INT64_MAX}, body;
    tine__body_enter(&around);
    tine__callback_enter(&body, &inner);
    assert_int_equal(tine_worker_index(), 3);
    assert_int_equal(tine__callback_leave(&body, tine_fail(9, -1, "row %d", 4), 17), 9);
    assert_ptr_equal(tine__body_current(), &around);
    assert_string_equal(inner.message, "row 4");
    assert_int_equal(inner.status, 9);
    assert_int_equal(inner.index, 17);
    assert_int_equal(outer.status, TINE_OK);
    assert_false(around.failed);
    tine__body_leave(&around);
}

static void what_was_said_before_is_not_the_callbacks(void **state)
{
    (void)state;
    tine_error outer = {0}, inner = {0};
    tine__body around = {.record = &outer, .deadline_ns = INT64_MAX}, body;
    tine__body_enter(&around);
    tine_fail(7, 1, "the one around");
    tine__callback_enter(&body, &inner);
    assert_int_equal(tine__callback_leave(&body, 8, 2), 8); /* without a word */
    assert_int_equal(inner.status, 8);
    assert_int_equal(inner.index, 2);
    assert_null(strstr(inner.message, "around"));
    assert_string_equal(outer.message, "the one around");
    tine__body_leave(&around);
}

static void it_stops_when_the_one_around_does(void **state)
{
    (void)state;
    tine__body around = {.deadline_ns = 0}, body; /* long past */
    tine__body_enter(&around);
    tine__callback_enter(&body, NULL);
    assert_int_equal(tine__stop_status(), TINE_ETIMEDOUT);
    assert_int_equal(tine__callback_leave(&body, TINE_OK, 0), TINE_OK);
    tine__body_leave(&around);
}

static void there_need_be_none_around(void **state)
{
    (void)state;
    tine_error error = {0};
    tine__body body;
    tine__callback_enter(&body, &error);
    assert_int_equal(tine__stop_status(), TINE_OK);
    assert_int_equal(tine__callback_leave(&body, tine_fail(9, 5, "here"), 2), 9);
    assert_int_equal(error.index, 5); /* the one it named itself */
    assert_null(tine__body_current());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_go_to_the_record_of_choice),
        cmocka_unit_test(what_was_said_before_is_not_the_callbacks),
        cmocka_unit_test(it_stops_when_the_one_around_does),
        cmocka_unit_test(there_need_be_none_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
