#define _GNU_SOURCE
#include "os/fork_server.h"
#include "base/error.h"
#include "os/system_error.h"

#if !TINE_OS_POSIX && defined __linux__
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define STOP 's'

typedef struct command {
    int what;
    unsigned child;
} command;

/* Lies above the stack, in the same mapping. The program fills it in; it is the server's then. */
typedef struct state {
    tine__fork_calls calls;
    int commands;  /* the server's end */
    int program;   /* a pidfd; -1: none */
    sigset_t mask; /* of the thread that started the server */
    pid_t self;
    unsigned n_children, n_alive;
    pid_t pids[]; /* 0: that child is not there */
} state;

/* ---- descriptors */

static void close_between(int first, int last)
{
    if (first > last || syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0u) == 0)
        return;
    long n = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd <= last && fd < n; fd++)
        close(fd);
}

/* All but the standard ones and these two, of which `b` may be -1. */
static void close_others(int a, int b)
{
    int low = a < b || b < 0 ? a : b, high = a < b || b < 0 ? b : a;
    close_between(STDERR_FILENO + 1, low - 1);
    if (high >= 0)
        close_between(low + 1, high - 1);
    close_between((high < 0 ? low : high) + 1, INT32_MAX);
}

/* A program may have closed its standard descriptors; ours must not become a child's output. */
static int above_standard(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

/* ---- the server */

static void ignore(int signal)
{
    (void)signal;
}

static void become_child(state *s, unsigned child)
{
    pid_t server = s->self;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != server)
        _exit(0);
    close_between(STDERR_FILENO + 1, INT32_MAX);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &s->mask, NULL);
    s->calls.run(child, s->calls.arg);
    _exit(0);
}

static void fork_child(state *s, unsigned child)
{
    pid_t pid = fork();
    if (pid == 0)
        become_child(s, child);
    if (pid < 0) {
        s->calls.refused(child, errno, s->calls.arg);
        return;
    }
    setpgid(pid, pid);
    s->pids[child] = pid;
    s->n_alive++;
}

static void bury(state *s, unsigned child, const siginfo_t *info)
{
    bool killed = info->si_code != CLD_EXITED;
    s->pids[child] = 0;
    s->n_alive--;
    s->calls.ended(child, killed ? info->si_status : 0, killed ? 0 : info->si_status, s->calls.arg);
}

/* A child keeps its number until it is waited for, so its group is still its own then. */
static void reap(state *s, int options)
{
    siginfo_t info = {0};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | options) == 0 && info.si_pid) {
        kill(-info.si_pid, SIGKILL);
        waitid(P_PID, (id_t)info.si_pid, &info, WEXITED);
        for (unsigned i = 0; i < s->n_children; i++)
            if (s->pids[i] == info.si_pid)
                bury(s, i, &info);
        info.si_pid = 0;
    }
}

static void kill_child(const state *s, unsigned child)
{
    if (s->pids[child] && kill(-s->pids[child], SIGKILL) < 0)
        kill(s->pids[child], SIGKILL);
}

static void end_all(state *s)
{
    for (unsigned i = 0; i < s->n_children; i++)
        kill_child(s, i);
    reap(s, 0);
    _exit(0);
}

/* False: stop once the children have ended. */
static bool obey(state *s)
{
    command c;
    ssize_t n = recv(s->commands, &c, sizeof c, MSG_DONTWAIT);
    if (n == 0)
        end_all(s);
    if (n < (ssize_t)sizeof c)
        return true;
    if (c.what == TINE__FORK)
        fork_child(s, c.child);
    else if (c.what == TINE__KILL)
        kill_child(s, c.child);
    return c.what != STOP;
}

static void serve(state *s)
{
    sigset_t but_children;
    sigfillset(&but_children);
    sigdelset(&but_children, SIGCHLD);
    struct sigaction action = {.sa_handler = ignore};
    sigaction(SIGCHLD, &action, NULL);
    s->self = getpid();
    setpgid(0, 0);
    close_others(s->commands, s->program);
    for (unsigned i = 0; i < s->n_children; i++)
        fork_child(s, i);
    struct pollfd fds[] = {{.fd = s->commands, .events = POLLIN},
                           {.fd = s->program, .events = POLLIN}};
    for (bool goes_on = true; goes_on || s->n_alive;) {
        int n = ppoll(fds, 2, NULL, &but_children);
        reap(s, WNOHANG);
        if (n > 0 && fds[1].revents)
            end_all(s);
        if (n > 0 && fds[0].revents)
            goes_on = obey(s) && goes_on;
    }
    _exit(0);
}

/* ---- how it is made */

static int help(void *arg)
{
    pid_t pid = fork();
    if (pid == 0)
        serve(arg);
    _exit(pid < 0 ? errno : 0);
}

/* 0 or an errno. */
static int start_by_helper(state *s)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &s->mask);
    void *top = (void *)((uintptr_t)s & ~(uintptr_t)63);
    pid_t helper = clone(help, top, CLONE_VM | CLONE_VFORK, s);
    int status = 0, failure = helper < 0 ? errno : 0;
    while (helper > 0 && waitpid(helper, &status, __WCLONE) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &s->mask, NULL);
    return failure ? failure : WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static void clear(tine__fork_server *server)
{
    if (server->commands >= 0)
        close(server->commands);
    if (server->stack)
        munmap(server->stack, server->stack_size);
    server->commands = -1;
    server->stack = NULL;
}

/* A guard page, the stack, and the state; NULL: no memory. */
static state *make_state(tine__fork_server *server, unsigned n_children, size_t stack_size)
{
    size_t room = sizeof(state) + n_children * sizeof(pid_t);
    size_t size = (PAGE + stack_size + room + PAGE - 1) & ~(PAGE - 1);
    unsigned char *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    (void)mprotect(base, PAGE, PROT_NONE);
    server->stack = base;
    server->stack_size = size;
    return (void *)(base + ((size - room) & ~(size_t)63));
}

static tine_status make_ends(tine__fork_server *server, state *s, tine_error *error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return tine__error_system(error, errno, "cannot make the fork server's socket");
    server->commands = above_standard(ends[0]);
    s->commands = above_standard(ends[1]);
    if (server->commands < 0 || s->commands < 0) {
        if (s->commands >= 0)
            close(s->commands);
        return tine__error_system(error, EMFILE, "cannot make the fork server's socket");
    }
    s->program = above_standard((int)syscall(SYS_pidfd_open, getpid(), 0));
    return TINE_OK;
}

tine_status tine__fork_server_start(tine__fork_server *server, const tine__fork_calls *calls,
                                    unsigned n_children, size_t stack_size, tine_error *error)
{
    *server = (tine__fork_server){.commands = -1};
    state *s = make_state(server, n_children, stack_size);
    if (!s)
        return tine__error_no_memory(error);
    s->calls = *calls;
    s->n_children = n_children;
    tine_status status = make_ends(server, s, error);
    if (status == TINE_OK) {
        int failure = start_by_helper(s);
        close(s->commands);
        if (s->program >= 0)
            close(s->program);
        if (failure)
            status = tine__error_system(error, failure, "cannot fork the server of the workers");
    }
    if (status != TINE_OK)
        clear(server);
    return status;
}

bool tine__fork_server_ask(tine__fork_server *server, int what, unsigned child)
{
    command c = {what, child};
    ssize_t n;
    do {
        n = send(server->commands, &c, sizeof c, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof c;
}

bool tine__fork_server_is_gone(const tine__fork_server *server)
{
    struct pollfd fd = {.fd = server->commands, .events = POLLRDHUP};
    return poll(&fd, 1, 0) > 0;
}

void tine__fork_server_stop(tine__fork_server *server)
{
    if (server->commands < 0)
        return;
    struct pollfd fd = {.fd = server->commands, .events = POLLRDHUP};
    (void)tine__fork_server_ask(server, STOP, 0);
    while (poll(&fd, 1, -1) < 0)
        ;
    clear(server);
}

/* ---- for a child */

/* In bytes; 0 where that is not known. */
static size_t address_space(void)
{
    unsigned long n_pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%lu", &n_pages) != 1)
        n_pages = 0;
    if (file)
        fclose(file);
    return n_pages * (size_t)sysconf(_SC_PAGESIZE);
}

void tine__process_limit(size_t size)
{
    struct rlimit limit;
    size_t now = address_space();
    if (getrlimit(RLIMIT_AS, &limit) < 0 || !now || size > SIZE_MAX - now)
        return;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > now + size)
        limit.rlim_cur = now + size;
    (void)setrlimit(RLIMIT_AS, &limit);
}

const unsigned char *tine__process_canary(void)
{
    unsigned char *page =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    (void)madvise(page, PAGE, MADV_WIPEONFORK);
    *page = 1;
    return page;
}

void tine__process_forget_output(void)
{
    __fpurge(stdout);
    __fpurge(stderr);
}

void tine__process_flush_output(void)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
}

void tine__process_end(void)
{
    _exit(0);
}

bool tine__is_mapped(const void *p)
{
    unsigned char there;
    void *page = (void *)((uintptr_t)p & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1));
    return mincore(page, 1, &there) == 0;
}

const char *tine__signal_name(int signal)
{
    static const char *const names[] = {
        [SIGHUP] = "SIGHUP",   [SIGINT] = "SIGINT",   [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
        [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",
        [SIGKILL] = "SIGKILL", [SIGSEGV] = "SIGSEGV", [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM",
        [SIGTERM] = "SIGTERM", [SIGXCPU] = "SIGXCPU", [SIGXFSZ] = "SIGXFSZ", [SIGSYS] = "SIGSYS",
    };
    size_t n = sizeof names / sizeof names[0];
    return signal > 0 && (size_t)signal < n && names[signal] ? names[signal] : "a signal";
}

#else

tine_status tine__fork_server_start(tine__fork_server *server, const tine__fork_calls *calls,
                                    unsigned n_children, size_t stack_size, tine_error *error)
{
    (void)calls;
    (void)n_children;
    (void)stack_size;
    *server = (tine__fork_server){.commands = -1};
    return tine__error_set(error, TINE_ENOTSUP,
                           "pools of processes need Linux: use TINE_THREADS here");
}

bool tine__fork_server_ask(tine__fork_server *server, int what, unsigned child)
{
    (void)server;
    (void)what;
    (void)child;
    return false;
}

bool tine__fork_server_is_gone(const tine__fork_server *server)
{
    (void)server;
    return true;
}

void tine__fork_server_stop(tine__fork_server *server)
{
    (void)server;
}

void tine__process_limit(size_t size)
{
    (void)size;
}

const unsigned char *tine__process_canary(void)
{
    return NULL;
}

void tine__process_forget_output(void)
{
}

void tine__process_flush_output(void)
{
}

void tine__process_end(void)
{
}

bool tine__is_mapped(const void *p)
{
    return p != NULL;
}

const char *tine__signal_name(int signal)
{
    (void)signal;
    return "a signal";
}

#endif
