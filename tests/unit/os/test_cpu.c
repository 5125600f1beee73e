/* CPU quotas, read from folders laid out as the kernel lays out its own. */
#define _GNU_SOURCE
#include "os/cpu.h"

#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static char root[] = "/tmp/tine-cpu-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int make_root(void **state)
{
    (void)state;
    memcpy(root + sizeof root - 7, "XXXXXX", 6);
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes text to root/path, whose folders it makes. */
static void put(const char *path, const char *text)
{
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = full + strlen(root); (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void no_cgroups_no_quota(void **state)
{
    (void)state;
    assert_true(tine__cpu_quota(root) == UINT_MAX);
    put("/proc/self/cgroup", "nonsense\n0:\n::\n\n7:memory:/a\n");
    assert_true(tine__cpu_quota(root) == UINT_MAX);
}

static void v2_takes_the_least_of_all_ancestors(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    assert_true(tine__cpu_quota(root) == UINT_MAX);
    put("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    assert_int_equal(tine__cpu_quota(root), 3);
    put("/sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
    assert_int_equal(tine__cpu_quota(root), 3);
    put("/sys/fs/cgroup/cpu.max", "1000 100000\n");
    assert_int_equal(tine__cpu_quota(root), 1);
}

static void v1_reads_the_cpu_controller(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "5:cpuset:/a\n4:cpu,cpuacct:/a\n3:memory:/a\n");
    put("/sys/fs/cgroup/cpuset/a/cpu.cfs_quota_us", "100000\n");
    put("/sys/fs/cgroup/cpuset/a/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    assert_true(tine__cpu_quota(root) == UINT_MAX);
    put("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "400001\n");
    assert_int_equal(tine__cpu_quota(root), 5);
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(tine__cpu_quota(root), 2);
}

static void a_group_that_is_not_mounted_falls_back_to_the_mount(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/docker/0123\n");
    put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    assert_int_equal(tine__cpu_quota(root), 2);
}

static void broken_quotas_are_none(void **state)
{
    (void)state;
    const char *texts[] = {"", "max\n", "100000\n", "100000 0\n", "-5 100000\n", "x y\n"};
    put("/proc/self/cgroup", "0::/\n");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("/sys/fs/cgroup/cpu.max", texts[i]);
        assert_true(tine__cpu_quota(root) == UINT_MAX);
    }
}

static void affinity_is_respected(void **state)
{
    (void)state;
    cpu_set_t before, one;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    int first = 0;
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    unsigned narrow = tine__cpu_count();
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(narrow, 1);
    assert_in_range(tine__cpu_count(), 1, CPU_COUNT(&before));
}

static void neighbours_share_the_last_cache(void **state)
{
    (void)state;
    assert_int_equal(tine__cpu_neighbours(root, 9), 0);
    put("/sys/devices/system/cpu/cpu9/cache/index2/shared_cpu_list", "8-9\n");
    assert_int_equal(tine__cpu_neighbours(root, 9), 8);
    put("/sys/devices/system/cpu/cpu9/cache/index3/shared_cpu_list", "4-9,20-25\n");
    assert_int_equal(tine__cpu_neighbours(root, 9), 4);
    put("/sys/devices/system/cpu/cpu9/cache/index3/shared_cpu_list", "?");
    assert_int_equal(tine__cpu_neighbours(root, 9), 8);
    unsigned cpu = tine__cpu_current();
    assert_true(tine__cpu_neighbours("", cpu) <= cpu);
}

int main(void)
{
#if TINE_OS_POSIX || !defined __linux__
    /* there are neither cgroups nor masks to ask for */
    return tine__cpu_count() >= 1 && tine__cpu_quota("") == UINT_MAX ? 0 : 1;
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_cgroups_no_quota, make_root, remove_root),
        cmocka_unit_test_setup_teardown(neighbours_share_the_last_cache, make_root, remove_root),
        cmocka_unit_test_setup_teardown(v2_takes_the_least_of_all_ancestors, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(v1_reads_the_cpu_controller, make_root, remove_root),
        cmocka_unit_test_setup_teardown(a_group_that_is_not_mounted_falls_back_to_the_mount,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(broken_quotas_are_none, make_root, remove_root),
        cmocka_unit_test(affinity_is_respected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
