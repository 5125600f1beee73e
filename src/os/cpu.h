/* How many CPUs this process may use. */
#ifndef TINE_OS_CPU_H
#define TINE_OS_CPU_H

/* The least of: the CPUs on line, the affinity mask of the calling thread, the cgroup's CPU quota
 * (v1 and v2, every ancestor) rounded up. At least 1. */
unsigned tine__cpu_count(void);

/* The quota alone, in CPUs, rounded up; UINT_MAX: none. `root` is put before every path that is
 * read, "" on a real machine: tests lay out folders of their own. */
unsigned tine__cpu_quota(const char *root);

/* The CPU that the calling thread is on; 0 where that is not known. */
unsigned tine__cpu_current(void);

/* The CPUs that share a CPU's last-level cache, named by the first of them; 0 where that is not
 * known. Reads a file below `root`. */
unsigned tine__cpu_neighbours(const char *root, unsigned cpu);

#endif
