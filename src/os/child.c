/* posix_spawn does what has to happen between fork and exec, without copying the parent. The end is
 * told by a pidfd, where there are any. */
#define _GNU_SOURCE
#include "os/child.h"
#include "os/system_error.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined __linux__ && !TINE_OS_POSIX
#include <sys/syscall.h>
#endif

extern char **environ;

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_all(int fds[TINE__STANDARD])
{
    for (int i = 0; i < TINE__STANDARD; i++)
        close_if_open(&fds[i]);
}

/* ---- pipes */

/* Out of the way of the three that the child will have. */
static bool raise_above_standard(int *fd)
{
    if (*fd >= TINE__STANDARD)
        return true;
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, TINE__STANDARD);
    if (higher < 0)
        return false;
    close(*fd);
    *fd = higher;
    return true;
}

static bool open_pipe(int i, int *ours, int *theirs)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return false;
    *ours = ends[i == STDIN_FILENO];
    *theirs = ends[i != STDIN_FILENO];
    return raise_above_standard(ours) && raise_above_standard(theirs) &&
           fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

/* ---- starting */

/* What the child's three descriptors become; an errno. */
static int describe(posix_spawn_file_actions_t *actions, const tine_stdio *stdio, const int *theirs)
{
    int failure = 0;
    for (int i = 0; i < TINE__STANDARD && !failure; i++) {
        if (stdio[i] == TINE_STDIO_PIPE)
            failure = posix_spawn_file_actions_adddup2(actions, theirs[i], i);
        else if (stdio[i] == TINE_STDIO_NULL)
            failure = posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDWR, 0);
    }
    return failure;
}

/* As a shell would: no signal blocked, a broken pipe ends the program. */
static int reset_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, ignored;
    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure)
        failure = posix_spawnattr_setsigdefault(attributes, &ignored);
    return failure ? failure
                   : posix_spawnattr_setflags(attributes,
                                              POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const char *const *argv, const char *const *env, const tine_stdio *stdio,
                 const int *theirs, pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure)
        return failure;
    failure = posix_spawnattr_init(&attributes);
    if (!failure) {
        failure = describe(&actions, stdio, theirs);
        if (!failure)
            failure = reset_signals(&attributes);
        if (!failure)
            failure = posix_spawnp(pid_out, argv[0], &actions, &attributes, (char *const *)argv,
                                   env ? (char *const *)env : environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static int open_handle(pid_t pid)
{
#if defined __linux__ && !TINE_OS_POSIX && defined SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

tine_status tine__child_start(const char *const *argv, const char *const *env,
                              const tine_stdio stdio[TINE__STANDARD], tine__child *child_out,
                              int ours_out[TINE__STANDARD], tine_error *error)
{
    int theirs[TINE__STANDARD] = {-1, -1, -1}, failure = 0;
    pid_t pid;
    for (int i = 0; i < TINE__STANDARD; i++)
        ours_out[i] = -1;
    for (int i = 0; i < TINE__STANDARD && !failure; i++)
        if (stdio[i] == TINE_STDIO_PIPE && !open_pipe(i, &ours_out[i], &theirs[i]))
            failure = errno;
    if (!failure)
        failure = spawn(argv, env, stdio, theirs, &pid);
    close_all(theirs);
    if (failure) {
        close_all(ours_out);
        return tine__error_system(error, failure, "cannot run '%.*s'", tine__error_name(argv[0]),
                                  argv[0]);
    }
    *child_out = (tine__child){pid, open_handle(pid)};
    return TINE_OK;
}

/* ---- the end */

tine_status tine__child_collect(tine__child *child, tine_exit *exit_out, tine_error *error)
{
    int how;
    pid_t found;
    do
        found = waitpid((pid_t)child->pid, &how, WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found == 0)
        return TINE_END;
    int failure = errno;
    close_if_open(&child->handle);
    if (found < 0)
        return tine__error_system(error, failure, "cannot learn how the child %lld has ended",
                                  (long long)child->pid);
    exit_out->code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    exit_out->signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    return TINE_OK;
}

/* A handle means the child even if somebody else has collected it; a number might be another's by
 * now. */
void tine__child_kill(const tine__child *child)
{
#if defined __linux__ && !TINE_OS_POSIX && defined SYS_pidfd_send_signal
    if (child->handle >= 0) {
        syscall(SYS_pidfd_send_signal, child->handle, SIGKILL, NULL, 0);
        return;
    }
#endif
    kill((pid_t)child->pid, SIGKILL);
}
