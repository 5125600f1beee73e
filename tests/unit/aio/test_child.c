/* Child processes: what they print and how they end. */
#define _GNU_SOURCE
#include "unit/aio/support.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static tine_future *spawn(tine_loop *loop, const char *script, const tine_stdio *stdio,
                          const tine_io_options *options, tine_child *child)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    tine_command command = {.struct_size = sizeof command, .argv = argv};
    tine_future *future;
    tine_error error;
    for (int i = 0; stdio && i < 3; i++)
        command.stdio[i] = stdio[i];
    if (tine_loop_spawn(loop, &command, options, child, &future, &error) != TINE_OK)
        fail_msg("%s", error.message);
    return future;
}

static tine_exit wait_exit(tine_future *future)
{
    assert_int_equal(tine_future_wait(future, TINE_FOREVER, NULL), TINE_OK);
    tine_exit end = *(const tine_exit *)tine_future_value(future);
    tine_future_release(future);
    return end;
}

static bool exists(int64_t pid)
{
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

/* Soon: whoever ends the future does not wait until the loop has collected the child. */
static void await_gone(int64_t pid)
{
    for (int i = 0; exists(pid); i++) {
        assert_true(i < 5000);
        sleep_ms(1);
    }
}

static void a_child_says_how_it_ended(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_child child;
    tine_exit end = wait_exit(spawn(loop, "exit 7", NULL, NULL, &child));
    assert_int_equal(end.code, 7);
    assert_int_equal(end.signal, 0);
    assert_false(exists(child.pid));
    for (int i = 0; i < 3; i++)
        assert_int_equal(child.fd[i], -1);
    end = wait_exit(spawn(loop, "kill -9 $$", NULL, NULL, &child));
    assert_int_equal(end.code, -1);
    assert_int_equal(end.signal, SIGKILL);
    tine_loop_close(&loop);
}

static void a_child_reads_and_writes_pipes(void **state)
{
    (void)state;
    const tine_stdio stdio[3] = {TINE_STDIO_PIPE, TINE_STDIO_PIPE, TINE_STDIO_PIPE};
    tine_loop *loop = open_loop();
    tine_child child;
    char out[20] = "", err[20] = "";
    tine_future *ending = spawn(loop, "tr a-z A-Z; echo no >&2", stdio, NULL, &child);
    tine_future *writing = begin_write(loop, child.fd[0], "some text", 9);
    tine_future *errors = begin_read(loop, child.fd[2], err, sizeof err - 1);
    assert_int_equal(wait_io(writing).n_bytes, 9);
    close(child.fd[0]);
    assert_int_equal(wait_io(begin_read(loop, child.fd[1], out, sizeof out - 1)).n_bytes, 9);
    assert_string_equal(out, "SOME TEXT");
    assert_int_equal(wait_io(errors).n_bytes, 3);
    assert_string_equal(err, "no\n");
    assert_int_equal(wait_exit(ending).code, 0);
    assert_int_equal(wait_io(begin_read(loop, child.fd[1], out, sizeof out)).n_bytes, 0);
    close(child.fd[1]);
    close(child.fd[2]);
    tine_loop_close(&loop);
}

/* It holds no end of a pipe that is not its own, and nothing is blocked. */
static void a_child_inherits_little(void **state)
{
    (void)state;
    const tine_stdio stdio[3] = {TINE_STDIO_NULL, TINE_STDIO_PIPE, TINE_STDIO_NULL};
    tine_loop *loop = open_loop();
    tine_child child;
    char out[200] = "";
    sigset_t blocked, before;
    sigfillset(&blocked);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    tine_future *ending =
        spawn(loop,
              "grep SigBlk: /proc/self/status | tr -d '\\n'; cat; ls /proc/$$/fd | "
              "grep -vc '^[012]$'",
              stdio, NULL, &child);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)wait_exit(ending);
    (void)wait_io(begin_read(loop, child.fd[1], out, sizeof out - 1));
    assert_non_null(strstr(out, "SigBlk:\t0000000000000000"));
    close(child.fd[1]);
    tine_loop_close(&loop);
}

static void an_environment_is_given(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sh", "-c", "test \"$A\" = b && test -z \"$HOME\"", NULL};
    const char *const env[] = {"A=b", NULL};
    tine_command command = {.struct_size = sizeof command, .argv = argv, .env = env};
    tine_loop *loop = open_loop();
    tine_child child;
    tine_future *future;
    assert_int_equal(tine_loop_spawn(loop, &command, NULL, &child, &future, NULL), TINE_OK);
    assert_int_equal(wait_exit(future).code, 0);
    tine_loop_close(&loop);
}

static void what_cannot_be_run_is_an_error(void **state)
{
    (void)state;
    const char *const argv[] = {"/no/such/program", NULL}, *const none[] = {NULL};
    tine_command command = {.struct_size = sizeof command, .argv = argv};
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    tine_loop *loop = open_loop();
    tine_child child;
    tine_future *future;
    tine_error error;
    assert_int_equal(tine_scope_open(NULL, &options.scope, NULL), TINE_OK);
    command.stdio[1] = TINE_STDIO_PIPE;
    assert_int_equal(tine_loop_spawn(loop, &command, &options, &child, &future, &error), TINE_EIO);
    assert_int_equal(error.sys_errno, ENOENT);
    assert_non_null(strstr(error.message, "/no/such/program"));
    assert_null(future);
    assert_int_equal(tine_scope_wait(options.scope, NULL), TINE_OK);
    tine_scope_close(&options.scope);
    command.argv = none;
    assert_int_equal(tine_loop_spawn(loop, &command, NULL, &child, &future, &error), TINE_EINVAL);
    command.argv = argv;
    command.stdio[2] = 9;
    assert_int_equal(tine_loop_spawn(loop, &command, NULL, &child, &future, &error), TINE_EINVAL);
    tine_loop_close(&loop);
}

static void who_is_given_up_is_killed(void **state)
{
    (void)state;
    tine_loop *loop = open_loop();
    tine_child children[3];
    tine_io_options options = TINE_IO_OPTIONS_INIT;
    tine_future *future = spawn(loop, "exec sleep 100", NULL, NULL, &children[0]);
    assert_true(tine_future_cancel(future));
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    await_gone(children[0].pid);

    options.timeout_ns = 20 * MS;
    future = spawn(loop, "exec sleep 100", NULL, &options, &children[1]);
    assert_int_equal(wait_release(future), TINE_ETIMEDOUT);
    await_gone(children[1].pid);

    future = spawn(loop, "exec sleep 100", NULL, NULL, &children[2]);
    tine_loop_close(&loop);
    assert_int_equal(wait_release(future), TINE_ECANCELED);
    assert_false(exists(children[2].pid));
}

static void a_child_that_others_collect_is_an_error(void **state)
{
    (void)state;
    const tine_stdio stdio[3] = {TINE_STDIO_PIPE, TINE_STDIO_NULL, TINE_STDIO_NULL};
    tine_loop *loop = open_loop();
    tine_child child;
    tine_error error;
    tine_future *future = spawn(loop, "read line", stdio, NULL, &child);
    sleep_ms(5);
    assert_int_equal(kill((pid_t)child.pid, SIGKILL), 0);
    bool ours = waitpid((pid_t)child.pid, NULL, 0) < 0;
    tine_status status = tine_future_wait(future, TINE_FOREVER, &error);
    assert_int_equal(status, ours ? TINE_OK : TINE_EIO);
    if (!ours)
        assert_int_equal(error.sys_errno, ECHILD);
    tine_future_release(future);
    close(child.fd[0]);
    tine_loop_close(&loop);
}

static void many_children_at_once(void **state)
{
    (void)state;
    enum { N = 30 };
    tine_loop *loop = open_loop();
    tine_future *futures[N];
    tine_child child;
    char script[20];
    for (int i = 0; i < N; i++) {
        snprintf(script, sizeof script, "exit %d", i);
        futures[i] = spawn(loop, script, NULL, NULL, &child);
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(wait_exit(futures[i]).code, i);
    tine_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_says_how_it_ended),
        cmocka_unit_test(a_child_reads_and_writes_pipes),
        cmocka_unit_test(a_child_inherits_little),
        cmocka_unit_test(an_environment_is_given),
        cmocka_unit_test(what_cannot_be_run_is_an_error),
        cmocka_unit_test(who_is_given_up_is_killed),
        cmocka_unit_test(a_child_that_others_collect_is_an_error),
        cmocka_unit_test(many_children_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
