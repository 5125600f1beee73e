/* Tasks that do the worst, each among good ones whose results all arrive, exactly once. */
#define _GNU_SOURCE
#include "support/processes.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { N_GOOD = 10000 };

/* How often each good task has run, in shared memory. */
typedef struct ledger {
    atomic_int n_runs[N_GOOD];
    atomic_long pids[2]; /* of workers, for who kills the other */
} ledger;

typedef struct good_arg {
    ledger *ledger;
    long i;
} good_arg;

static tine_status good(void *arg, void *value)
{
    const good_arg *a = arg;
    atomic_fetch_add(&a->ledger->n_runs[a->i], 1);
    *(long *)value = 3 * a->i;
    return TINE_OK;
}

static tine_status do_segfault(void *arg, void *value)
{
    (void)arg;
    (void)value;
    signal(SIGSEGV, SIG_DFL);
    *(volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
    return TINE_OK;
}

static tine_status do_abort(void *arg, void *value)
{
    (void)arg;
    (void)value;
    die_of(SIGABRT);
    return TINE_OK;
}

static tine_status do_exit(void *arg, void *value)
{
    (void)arg;
    (void)value;
    _exit(0);
}

static tine_status do_exec(void *arg, void *value)
{
    (void)arg;
    (void)value;
    execl("/bin/true", "true", (char *)NULL);
    return TINE_OK;
}

static tine_status do_kill_self(void *arg, void *value)
{
    (void)arg;
    (void)value;
    kill(getpid(), SIGKILL);
    return TINE_OK;
}

static tine_status do_loop(void *arg, void *value)
{
    (void)arg;
    (void)value;
    for (volatile bool ever = true; ever;)
        ;
    return TINE_OK;
}

static tine_status do_eat_memory(void *arg, void *value)
{
    (void)arg;
    (void)value;
    for (size_t size = (size_t)16 << 20; size; size += size / 2) {
        volatile char *p = malloc(size);
        if (!p)
            die_of(SIGABRT);
        *p = 1;
    }
    return TINE_OK;
}

static tine_status do_close_all(void *arg, void *value)
{
    (void)arg;
    (void)value;
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    return TINE_OK;
}

/* Both return into the worker. */
static tine_status do_fork(void *arg, void *value)
{
    (void)arg;
    (void)value;
    return fork() < 0 ? 1 : TINE_OK;
}

static tine_status do_leave_child(void *arg, void *value)
{
    (void)arg;
    (void)value;
    if (fork() == 0)
        for (;;)
            pause();
    _exit(1);
}

static tine_status do_overflow_stack(void *arg, void *value)
{
    volatile char room[4096];
    room[0] = (char)(uintptr_t)value;
    signal(SIGSEGV, SIG_DFL);
    return arg ? do_overflow_stack(arg, (void *)&room) + room[0] : TINE_OK;
}

static tine_status do_scribble(void *arg, void *value)
{
    (void)arg;
    memset(value, 0x55, 4096); /* past its value, over what else is in the parcel */
    _exit(2);
}

static void run_among_good(tine_task_fn bad, int n_bad, tine_status expected)
{
    static tine_future *futures[N_GOOD], *bad_futures[100];
    tine_pool_options pool_options = process_options(2);
    pool_options.worker_memory_limit = (size_t)1 << 30;
    tine_pool *pool = open_with(&pool_options);
    tine_task_options options = long_options(), bad_options = long_options();
    void *shared;
    int n_begun = 0;
    assert_int_equal(tine_shared_alloc(pool, sizeof(ledger), &shared, NULL), TINE_OK);
    memset(shared, 0, sizeof(ledger));
    good_arg arg = {shared, 0};
    options.arg_size = sizeof arg;
    bad_options.timeout_ns = bad == do_loop ? 30 * MS : 0;
    for (arg.i = 0; arg.i < N_GOOD; arg.i++) {
        assert_int_equal(tine_submit(pool, good, &arg, &options, &futures[arg.i], NULL), TINE_OK);
        if (n_begun < n_bad && arg.i % (N_GOOD / n_bad) == N_GOOD / n_bad / 2)
            assert_int_equal(
                tine_submit(pool, bad, &arg.i, &bad_options, &bad_futures[n_begun++], NULL),
                TINE_OK);
    }
    for (long i = 0; i < N_GOOD; i++) {
        assert_int_equal(value_release(futures[i]), 3 * i);
        assert_int_equal(atomic_load(&((ledger *)shared)->n_runs[i]), 1);
    }
    while (n_begun)
        assert_int_equal(wait_release(bad_futures[--n_begun]), expected);
    tine_pool_close(&pool);
}

#define AMONG_GOOD(name, n, expected)                                                              \
    static void name##_costs_itself(void **state)                                                  \
    {                                                                                              \
        (void)state;                                                                               \
        run_among_good(do_##name, n, expected);                                                    \
    }
AMONG_GOOD(segfault, 5, TINE_EWORKER)
AMONG_GOOD(abort, 5, TINE_EWORKER)
AMONG_GOOD(exit, 5, TINE_EWORKER)
AMONG_GOOD(exec, 5, TINE_EWORKER)
AMONG_GOOD(kill_self, 5, TINE_EWORKER)
AMONG_GOOD(loop, 3, TINE_ETIMEDOUT)
AMONG_GOOD(eat_memory, 3, TINE_EWORKER)
AMONG_GOOD(close_all, 5, TINE_OK)
AMONG_GOOD(fork, 5, TINE_OK)
AMONG_GOOD(leave_child, 5, TINE_EWORKER)
AMONG_GOOD(overflow_stack, 3, TINE_EWORKER)

/* Not among good ones: those beside it in the parcel are its victims. */
static void a_scribbler_harms_no_program(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_task_options options = long_options();
    tine_future *future;
    long arg = 1;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(tine_submit(pool, do_scribble, &arg, &options, &future, NULL), TINE_OK);
        assert_int_equal(wait_release(future), TINE_EWORKER);
    }
    tine_pool_close(&pool);
}

static tine_status kill_sibling(void *arg, void *value)
{
    ledger *l = ((good_arg *)arg)->ledger;
    long i = ((good_arg *)arg)->i;
    (void)value;
    atomic_store(&l->pids[i], getpid());
    while (!atomic_load(&l->pids[!i]))
        sleep_ms(1);
    if (i == 0)
        kill((pid_t)atomic_load(&l->pids[1]), SIGKILL);
    else
        sleep_ms(10000);
    return TINE_OK;
}

static void who_kills_a_sibling_ends_its_task_alone(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_task_options options = long_options();
    tine_future *futures[2];
    void *shared;
    assert_int_equal(tine_shared_alloc(pool, sizeof(ledger), &shared, NULL), TINE_OK);
    memset(shared, 0, sizeof(ledger));
    options.arg_size = sizeof(good_arg);
    for (long i = 0; i < 2; i++) {
        good_arg arg = {shared, i};
        assert_int_equal(tine_submit(pool, kill_sibling, &arg, &options, &futures[i], NULL),
                         TINE_OK);
    }
    assert_int_equal(wait_release(futures[0]), TINE_OK);
    assert_int_equal(wait_release(futures[1]), TINE_EWORKER);
    tine_pool_close(&pool);
}

/* What a task forks goes with its worker. */
static tine_status leave_sleeper(void *arg, void *value)
{
    (void)arg;
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    *(long *)value = pid;
    return TINE_OK;
}

static bool is_gone(pid_t pid)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return true;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    fclose(file);
    return state == 'Z' || state == 'X';
}

static void children_of_tasks_end_with_the_worker(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(1);
    long pid = value_release(submit_long(pool, leave_sleeper, 0));
    assert_false(is_gone((pid_t)pid));
    tine_pool_close(&pool);
    for (int i = 0; i < 1000 && !is_gone((pid_t)pid); i++)
        sleep_ms(1);
    assert_true(is_gone((pid_t)pid));
}

static tine_status get_parent(void *arg, void *value)
{
    (void)arg;
    *(long *)value = getppid();
    return TINE_OK;
}

static tine_status sleep_long(void *arg, void *value)
{
    (void)arg;
    (void)value;
    sleep_ms(20000);
    return TINE_OK;
}

static void without_the_server_all_fails_and_nothing_hangs(void **state)
{
    (void)state;
    tine_pool *pool = open_processes(2);
    tine_future *futures[50];
    tine_error error;
    pid_t server = (pid_t)value_release(submit_long(pool, get_parent, 0));
    for (long i = 0; i < 50; i++)
        futures[i] = submit_long(pool, sleep_long, i);
    kill(server, SIGKILL);
    for (long i = 0; i < 50; i++) {
        assert_int_equal(tine_future_wait(futures[i], TINE_FOREVER, &error), TINE_EWORKER);
        tine_future_release(futures[i]);
    }
    assert_int_equal(wait_release(submit_long(pool, get_parent, 0)), TINE_EWORKER);
    long in[10] = {0}, out[10];
    assert_int_equal(
        tine_parallel_map(pool, (tine_map_fn)NULL, NULL, in, 8, out, 8, 10, NULL, NULL),
        TINE_EINVAL);
    tine_pool_close(&pool);
}

int main(void)
{
    /* What crashes is to leave no core here. */
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segfault_costs_itself),
        cmocka_unit_test(abort_costs_itself),
        cmocka_unit_test(exit_costs_itself),
        cmocka_unit_test(exec_costs_itself),
        cmocka_unit_test(kill_self_costs_itself),
        cmocka_unit_test(loop_costs_itself),
        cmocka_unit_test(eat_memory_costs_itself),
        cmocka_unit_test(close_all_costs_itself),
        cmocka_unit_test(fork_costs_itself),
        cmocka_unit_test(leave_child_costs_itself),
        cmocka_unit_test(overflow_stack_costs_itself),
        cmocka_unit_test(a_scribbler_harms_no_program),
        cmocka_unit_test(who_kills_a_sibling_ends_its_task_alone),
        cmocka_unit_test(children_of_tasks_end_with_the_worker),
        cmocka_unit_test(without_the_server_all_fails_and_nothing_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
