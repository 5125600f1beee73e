/* Shared memory: rooms are found again, and what is known about them is right. */
#include "support/pool.h"
#include "base/alloc.h"
#include "proc/rooms.h"

static tine__rooms *open_rooms(tine__rooms *rooms)
{
    assert_int_equal(tine__rooms_open(rooms, tine__heap(), NULL), TINE_OK);
    return rooms;
}

static void a_room_is_large_enough_and_aligned(void **state)
{
    (void)state;
    tine__rooms rooms;
    open_rooms(&rooms);
    for (size_t size = 1; size < 5000000; size += size / 3 + 1) {
        tine__room *room = tine__room_take(&rooms, size);
        assert_non_null(room);
        assert_true(room->size >= size && room->size <= size + size / 4 + 4096);
        assert_int_equal((uintptr_t)room->p % 4096, 0);
        room->p[0] = room->p[size - 1] = 1;
        assert_true(tine__rooms_hold(&rooms, room->p, size));
        tine__room_give(&rooms, room);
    }
    tine__rooms_close(&rooms);
}

static void a_room_is_used_again(void **state)
{
    (void)state;
    tine__rooms rooms;
    open_rooms(&rooms);
    for (size_t size = 1; size < 3000000; size += size / 5 + 1) {
        tine__room *room = tine__room_take(&rooms, size);
        assert_non_null(room);
        size_t real = room->size;
        tine__room_give(&rooms, room);
        assert_ptr_equal(tine__room_take(&rooms, size), room);
        tine__room_give(&rooms, room);
        assert_ptr_equal(tine__room_take(&rooms, real), room);
        tine__room_give(&rooms, room);
    }
    tine__rooms_close(&rooms);
}

static void large_rooms_give_their_pages_back(void **state)
{
    (void)state;
    enum { SIZE = 160 << 20 };
    tine__rooms rooms;
    open_rooms(&rooms);
    if (rooms.size > 2 * (size_t)SIZE) {
        tine__room *room = tine__room_take(&rooms, SIZE);
        assert_non_null(room);
        room->p[0] = room->p[4096] = 7;
        tine__room_give(&rooms, room);
        assert_ptr_equal(tine__room_take(&rooms, SIZE), room);
        assert_int_equal(room->p[0] + room->p[4096], 0);
        tine__room_give(&rooms, room);
    }
    tine__rooms_close(&rooms);
}

static void rooms_are_found_by_their_address(void **state)
{
    (void)state;
    tine__rooms rooms;
    open_rooms(&rooms);
    unsigned char *a = tine__rooms_alloc(&rooms, 100), *b = tine__rooms_alloc(&rooms, 100000);
    assert_true(a && b && a != b);
    assert_false(tine__rooms_free(&rooms, a + 1));
    assert_true(tine__rooms_free(&rooms, a));
    assert_false(tine__rooms_free(&rooms, a));
    assert_false(tine__rooms_free(&rooms, &rooms));
    assert_ptr_equal(tine__rooms_alloc(&rooms, 100), a);
    assert_false(tine__rooms_hold(&rooms, &rooms, 1));
    assert_false(tine__rooms_hold(&rooms, b, rooms.size));
    assert_null(tine__rooms_alloc(&rooms, SIZE_MAX));
    assert_null(tine__rooms_alloc(&rooms, rooms.size + 1));
    tine__rooms_close(&rooms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_is_large_enough_and_aligned),
        cmocka_unit_test(a_room_is_used_again),
        cmocka_unit_test(large_rooms_give_their_pages_back),
        cmocka_unit_test(rooms_are_found_by_their_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
