/* CPUs: what is on line, what the affinity mask allows, what the cgroup pays for.
 *
 * A cgroup's quota is read where the kernel shows it: /proc/self/cgroup names the group of this
 * process in each hierarchy, and each ancestor on the way to the root may have a quota of its own.
 * Version 2 has "cpu.max" (quota or "max", then period); version 1 has cpu.cfs_quota_us (-1: none)
 * and cpu.cfs_period_us under the "cpu" controller. Inside a container the group's path may name
 * folders that are not mounted there; the search then starts at the mount itself. */
#define _GNU_SOURCE
#include "os/cpu.h"
#include "os/file.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if !TINE_OS_POSIX && defined __linux__
#include <sched.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Reads a small file as text; false if it is not there. */
static bool read_text(const char *path, char *text, size_t size)
{
    int fd;
    size_t n = 0;
    if (tine__file_open(path, &fd, NULL) != TINE_OK)
        return false;
    tine_status status = tine__file_read_at(fd, 0, text, size - 1, &n, NULL);
    tine__file_close(fd);
    text[n] = '\0';
    return status == TINE_OK && n > 0;
}

static unsigned whole_cpus(long long quota, long long period)
{
    if (quota <= 0 || period <= 0)
        return UINT_MAX;
    long long cpus = quota / period + (quota % period != 0);
    return cpus < UINT_MAX ? (unsigned)cpus : UINT_MAX;
}

static unsigned quota_v2(const char *folder)
{
    char path[PATH_MAX + 32], text[64];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    long long quota, period;
    if (!read_text(path, text, sizeof text) || sscanf(text, "%lld %lld", &quota, &period) != 2)
        return UINT_MAX;
    return whole_cpus(quota, period);
}

static unsigned quota_v1(const char *folder)
{
    char path[PATH_MAX + 32], quota[64], period[64];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    bool known = read_text(path, quota, sizeof quota);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (!known || !read_text(path, period, sizeof period))
        return UINT_MAX;
    return whole_cpus(atoll(quota), atoll(period));
}

/* The least quota of the group and its ancestors, up to the mount. */
static unsigned quota_upwards(const char *mount, const char *group, unsigned (*quota)(const char *))
{
    char folder[PATH_MAX];
    size_t top = strlen(mount);
    int n = snprintf(folder, sizeof folder, "%s%s", mount, group);
    if (n < 0 || (size_t)n >= sizeof folder)
        return quota(mount);
    unsigned cpus = quota(folder);
    for (char *slash; (slash = strrchr(folder + top, '/')) != NULL;) {
        *slash = '\0';
        cpus = least(cpus, quota(folder));
    }
    return cpus;
}

/* "cpu" as a whole word of "cpu,cpuacct". */
static bool names_cpu(const char *controllers)
{
    for (const char *p = controllers; *p; p += strspn(p, ",")) {
        size_t n = strcspn(p, ",");
        if (n == 3 && !memcmp(p, "cpu", 3))
            return true;
        p += n;
    }
    return false;
}

/* One line of /proc/self/cgroup: "id:controllers:path"; version 2 has no controllers. */
static unsigned quota_of_line(const char *root, char *line)
{
    char mount[PATH_MAX];
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return UINT_MAX;
    *group++ = '\0';
    controllers++;
    if (!*controllers) {
        snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
        unsigned cpus = quota_upwards(mount, group, quota_v2);
        snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/unified", root);
        return least(cpus, quota_upwards(mount, group, quota_v2));
    }
    if (!names_cpu(controllers))
        return UINT_MAX;
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, controllers);
    unsigned cpus = quota_upwards(mount, group, quota_v1);
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/cpu", root);
    return least(cpus, quota_upwards(mount, group, quota_v1));
}

unsigned tine__cpu_quota(const char *root)
{
    char path[PATH_MAX], text[8192];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    unsigned cpus = UINT_MAX;
    if (!read_text(path, text, sizeof text))
        return cpus;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        cpus = least(cpus, quota_of_line(root, line));
    return cpus;
}

/* UINT_MAX: not known. The kernel's mask may be larger than one cpu_set_t. */
static unsigned affinity(void)
{
    cpu_set_t sets[16]; /* 16,384 CPUs */
    if (sched_getaffinity(0, sizeof sets, sets))
        return UINT_MAX;
    return (unsigned)CPU_COUNT_S(sizeof sets, sets);
}

static unsigned allowed(void)
{
    return least(affinity(), tine__cpu_quota(""));
}

unsigned tine__cpu_current(void)
{
    int cpu = sched_getcpu();
    return cpu < 0 ? 0 : (unsigned)cpu;
}

/* Caches of a CPU are numbered from the nearest on; with fewer than four the last is no. 2. */
unsigned tine__cpu_neighbours(const char *root, unsigned cpu)
{
    char path[PATH_MAX], text[4096];
    for (unsigned cache = 3; cache >= 2; cache--) {
        unsigned first;
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/cache/index%u/shared_cpu_list",
                 root, cpu, cache);
        if (read_text(path, text, sizeof text) && sscanf(text, "%u", &first) == 1)
            return first;
    }
    return 0;
}

#else

unsigned tine__cpu_current(void)
{
    return 0;
}

unsigned tine__cpu_neighbours(const char *root, unsigned cpu)
{
    (void)root;
    (void)cpu;
    return 0;
}

unsigned tine__cpu_quota(const char *root)
{
    (void)root;
    return UINT_MAX;
}

static unsigned allowed(void)
{
    return UINT_MAX;
}

#endif

unsigned tine__cpu_count(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned cpus = online > 0 ? (unsigned)online : 1;
    unsigned may = allowed();
    cpus = may < cpus ? may : cpus;
    return cpus ? cpus : 1;
}
