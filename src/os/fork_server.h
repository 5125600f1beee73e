/* A fork server: a process with one thread that is made once, when the program around it is still
 * in a good state, and forks children on demand from then on. It reaps them and says how they
 * ended; the program that started it has no child.
 *
 * How it is made. fork() must be the C library's, which takes the locks of malloc and stdio first,
 * or children would find them held by threads that they do not have. But a child by fork() would
 * raise SIGCHLD and turn up in the program's wait(). So the calling thread makes a helper that
 * shares its memory and has no exit signal, as vfork does but on a stack of its own: SIGCHLD is not
 * raised for it, and wait() and waitpid(-1) do not see it without __WCLONE or __WALL. The helper
 * calls fork() and ends, and is waited for by its number. The server is then nobody's child but
 * init's (or the nearest subreaper's), which reaps it.
 *
 * How it ends. The server waits for commands, for its children, and for the end of the program,
 * which it sees by a pidfd of it, or where there is none by the end of the commands (another
 * process may have inherited their descriptor, so the pidfd is better). It then kills what is left:
 * each child is the leader of a process group, and with it goes what it has forked itself. Should
 * the server be killed, the system kills the children (their parent-death signal: it follows the
 * thread that forked them, and the server has only one). */
#ifndef TINE_OS_FORK_SERVER_H
#define TINE_OS_FORK_SERVER_H
#include <tine.h>

typedef struct tine__fork_calls {
    /* In the child, which ends when this returns. It has standard input, output and error, the
     * signal mask of the thread that started the server, and no other descriptor. */
    void (*run)(unsigned child, void *arg);
    /* In the server: the child has ended, by `signal` or, if that is 0, with `code`. */
    void (*ended)(unsigned child, int signal, int code, void *arg);
    /* In the server: it could not be forked. */
    void (*refused)(unsigned child, int sys_errno, void *arg);
    void *arg;
} tine__fork_calls;

typedef struct tine__fork_server {
    int commands; /* a socket, whose other end closes with the server; -1: none is started */
    void *stack;
    size_t stack_size;
} tine__fork_server;

enum { TINE__FORK = 'f', TINE__KILL = 'k' };

/* Begins with n_children children, numbered from 0, that have stacks of stack_size bytes. TINE_EIO
 * with sys_errno if a system call fails, fork among them; TINE_ENOTSUP where there is no such
 * thing. */
TINE_MUST_USE tine_status tine__fork_server_start(tine__fork_server *server,
                                                  const tine__fork_calls *calls,
                                                  unsigned n_children, size_t stack_size,
                                                  tine_error *error);

/* Forks child number `child` again, which is not there; or kills it, if it is. False: the server is
 * gone.
 */
bool tine__fork_server_ask(tine__fork_server *server, int command, unsigned child);
bool tine__fork_server_is_gone(const tine__fork_server *server);

/* Waits for the children, which end by themselves, and for the server. */
void tine__fork_server_stop(tine__fork_server *server);

/* ---- for a child */

/* Bounds its address space to what it has now and `size` bytes more. */
void tine__process_limit(size_t size);
/* A word that is 1 here, and 0 in whatever this process forks; NULL: there is no memory. */
const unsigned char *tine__process_canary(void);
/* Output that the program had in its buffers when this was forked is the program's; what was
 * printed since is ours. */
void tine__process_forget_output(void);
void tine__process_flush_output(void);
void tine__process_end(void);
/* Whether there is memory at the address. */
bool tine__is_mapped(const void *p);
/* A function's address, for that. */
static inline const void *tine__address(void (*fn)(void))
{
    return (const void *)(uintptr_t)fn;
}
/* The name of a signal, "SIGSEGV". */
const char *tine__signal_name(int signal);

#endif
