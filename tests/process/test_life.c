/* A pool's processes come and go with it, whatever happens to the program, and leave the program's
 * own children alone. */
#define _GNU_SOURCE
#include "support/processes.h"
#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static tine_status get_parent(void *arg, void *value)
{
    (void)arg;
    *(long *)value = getppid();
    return TINE_OK;
}

static tine_status get_pid(void *arg, void *value)
{
    (void)arg;
    *(long *)value = getpid();
    return TINE_OK;
}

static atomic_int n_signals;
static void count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&n_signals, 1);
}

static int n_descriptors(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static void the_programs_children_are_its_own(void **state)
{
    (void)state;
    int n_before = n_descriptors(), status;
    signal(SIGCHLD, count_signal);
    pid_t own = fork();
    if (own == 0)
        for (;;)
            pause();
    for (int i = 0; i < 20; i++) {
        tine_pool *pool = open_processes(2);
        (void)value_release(submit_long(pool, get_pid, 0));
        assert_int_equal(waitpid(-1, &status, WNOHANG), 0);
        tine_pool_close(&pool);
        assert_int_equal(waitpid(-1, &status, WNOHANG), 0);
    }
    assert_int_equal(atomic_load(&n_signals), 0);
    kill(own, SIGKILL);
    assert_int_equal(waitpid(-1, &status, 0), own);
    assert_int_equal(waitpid(-1, &status, __WALL), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(atomic_load(&n_signals), 1);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(n_descriptors(), n_before);
}

static void ignored_children_are_no_matter(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    tine_pool *pool = open_processes(2);
    (void)value_release(submit_long(pool, get_pid, 0));
    tine_pool_close(&pool);
    signal(SIGCHLD, SIG_DFL);
}

static tine_status write_pids(void *arg, void *value)
{
    (void)value;
    long *pids = *(long **)arg;
    pids[2] = getppid();
    pids[1] = getpid();
    while (!tine_stopping())
        pause();
    return TINE_OK;
}

static bool exists(pid_t pid)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    fclose(file);
    return state != 'Z' && state != 'X';
}

/* A program with a pool whose workers are busy; it tells the worker's and the server's number. */
static void be_program(int out)
{
    void *shared;
    long pids[3];
    tine_pool *pool = open_processes(1);
    assert_int_equal(tine_shared_alloc(pool, sizeof pids, &shared, NULL), TINE_OK);
    memset(shared, 0, sizeof pids);
    (void)submit_long(pool, write_pids, (long)(intptr_t)shared);
    while (!((volatile long *)shared)[1])
        sleep_ms(1);
    memcpy(pids, shared, sizeof pids);
    if (write(out, pids, sizeof pids) != sizeof pids)
        _exit(1);
    for (;;)
        pause();
}

static void nothing_is_left_of_a_program_that_dies(void **state)
{
    (void)state;
    enum { PROGRAM, BOTH, WAYS };
    for (int way = 0; way < WAYS; way++) {
        int ends[2], status;
        long pids[3];
        assert_int_equal(pipe(ends), 0);
        pid_t program = fork();
        if (program == 0)
            be_program(ends[1]);
        close(ends[1]);
        assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
        assert_true(exists((pid_t)pids[1]) && exists((pid_t)pids[2]));
        kill(program, SIGKILL);
        if (way == BOTH)
            kill((pid_t)pids[2], SIGKILL);
        assert_int_equal(waitpid(program, &status, 0), program);
        int64_t end_ns = now_ns() + 1000 * MS;
        while (now_ns() < end_ns && (exists((pid_t)pids[1]) || exists((pid_t)pids[2])))
            sleep_ms(1);
        assert_false(exists((pid_t)pids[1]));
        assert_false(exists((pid_t)pids[2]));
        close(ends[0]);
    }
}

static void closing_leaves_nothing(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    pid_t worker = (pid_t)value_release(submit_long(pool, get_pid, 0));
    pid_t server = (pid_t)value_release(submit_long(pool, get_parent, 0));
    assert_true(exists(worker) && exists(server));
    tine_pool_close(&pool);
    for (int i = 0; i < 1000 && exists(server); i++)
        sleep_ms(1);
    assert_false(exists(worker));
    assert_false(exists(server));
}

/* ---- locks */

static atomic_bool threads_end;
static void *hold_locks(void *arg)
{
    static FILE *sink;
    (void)arg;
    if (!sink)
        sink = fopen("/dev/null", "w");
    while (!atomic_load(&threads_end)) {
        void *p = malloc(100), *q = malloc(3000000);
        fprintf(stderr, "%s", "");
        fprintf(sink ? sink : stderr, "%p %p", p, q);
        free(p);
        free(q);
    }
    return NULL;
}

static tine_status use_locks(void *arg, void *value)
{
    char text[64];
    void *p = malloc(1000 + (size_t) * (long *)arg);
    FILE *file = fopen("/dev/null", "w");
    if (file)
        fprintf(file, "%p", p);
    if (file)
        fclose(file);
    fflush(stderr);
    snprintf(text, sizeof text, "%ld", *(long *)arg);
    free(p);
    *(long *)value = atol(text);
    return TINE_OK;
}

/* TINE_TEST_OPENS: how often, on demand. */
static void pools_open_while_threads_hold_locks(void **state)
{
    (void)state;
    enum { N_THREADS = 50 };
    pthread_t threads[N_THREADS];
    const char *lots = getenv("TINE_TEST_OPENS");
    int n = lots ? atoi(lots) : 5;
    atomic_store(&threads_end, false);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hold_locks, NULL), 0);
    for (long i = 0; i < n; i++) {
        tine_pool *pool = open_processes(2);
        tine_future *a = submit_long(pool, use_locks, i), *b = submit_long(pool, use_locks, i + 1);
        assert_int_equal(value_release(a), i);
        assert_int_equal(value_release(b), i + 1);
        tine_pool_close(&pool);
    }
    atomic_store(&threads_end, true);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- descriptors and output */

static tine_status is_open(void *arg, void *value)
{
    *(long *)value = fcntl((int)*(long *)arg, F_GETFD) >= 0;
    return TINE_OK;
}

static void workers_have_the_standard_descriptors_alone(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    tine_pool *pool = open_processes(1);
    for (long fd = 0; fd < 64; fd++)
        assert_int_equal(value_release(submit_long(pool, is_open, fd)), fd <= 2);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    tine_pool_close(&pool);
}

static void pools_open_without_standard_descriptors(void **state)
{
    (void)state;
    int status;
    pid_t program = fork();
    if (program == 0) {
        close(0);
        close(1);
        close(2);
        tine_pool *pool = NULL;
        tine_pool_options options = process_options(1);
        if (tine_pool_open(&options, &pool, NULL) != TINE_OK)
            _exit(1);
        tine_task_options task = long_options();
        tine_future *future;
        long arg = 1;
        if (tine_submit(pool, is_open, &arg, &task, &future, NULL) != TINE_OK ||
            tine_future_wait(future, TINE_FOREVER, NULL) != TINE_OK ||
            *(const long *)tine_future_value(future) != 0)
            _exit(2);
        tine_future_release(future);
        tine_pool_close(&pool);
        _exit(0);
    }
    assert_int_equal(waitpid(program, &status, 0), program);
    assert_int_equal(status, 0);
}

static tine_status print(void *arg, void *value)
{
    (void)value;
    printf("task %ld\n", *(long *)arg);
    return TINE_OK;
}

static void output_is_written_once(void **state)
{
    (void)state;
    int ends[2], status;
    char text[4096];
    size_t n = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t program = fork();
    if (program == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        printf("program\n");
        tine_pool *pool = open_processes(2);
        for (long i = 0; i < 10; i++)
            (void)wait_release(submit_long(pool, print, i));
        tine_pool_close(&pool);
        fflush(stdout);
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t more; n < sizeof text - 1 && (more = read(ends[0], text + n, 100)) > 0;)
        n += (size_t)more;
    text[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(program, &status, 0), program);
    assert_int_equal(status, 0);
    assert_int_equal(n, strlen("program\n") + 10 * strlen("task 0\n"));
    const char *first = strstr(text, "program\n");
    assert_non_null(first);
    assert_null(strstr(first + 1, "program\n"));
    assert_non_null(strstr(text, "task 9\n"));
}

static void no_descriptors_is_an_error(void **state)
{
    (void)state;
    struct rlimit old, few;
    tine_pool *pool;
    tine_error error;
    tine_pool_options options = process_options(1);
    int n = n_descriptors();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = old;
    few.rlim_cur = 4;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    tine_status status = tine_pool_open(&options, &pool, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(status, TINE_EIO);
    assert_int_equal(error.sys_errno, EMFILE);
    assert_int_equal(n_descriptors(), n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_programs_children_are_its_own),
        cmocka_unit_test(ignored_children_are_no_matter),
        cmocka_unit_test(nothing_is_left_of_a_program_that_dies),
        cmocka_unit_test(closing_leaves_nothing),
        cmocka_unit_test(pools_open_while_threads_hold_locks),
        cmocka_unit_test(workers_have_the_standard_descriptors_alone),
        cmocka_unit_test(pools_open_without_standard_descriptors),
        cmocka_unit_test(output_is_written_once),
        cmocka_unit_test(no_descriptors_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
