#define _GNU_SOURCE
#include "CLinux.h"
#include "Load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The child shares the parent's memory until it calls execve (CLONE_VM | CLONE_VFORK, as in glibc's
// posix_spawn): no page table is copied, and it reports a failure by writing here.
struct attempt {
    const struct clinux_spawn *request;
    pid_t parent;
    int error;
    int step;
};

static void fail(struct attempt *attempt, int step) {
    attempt->error = errno;
    attempt->step = step;
    _exit(127);
}

static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < _NSIG; signal++) sigaction(signal, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Every source is first copied above all targets, so that no dup2 overwrites a source still needed.
static int place_descriptors(const struct clinux_spawn *request) {
    int highest = 2;
    for (size_t i = 0; i < request->descriptor_count; i++)
        if (request->descriptors[i].target > highest) highest = request->descriptors[i].target;
    int copies[request->descriptor_count + 1];
    for (size_t i = 0; i < request->descriptor_count; i++) {
        copies[i] = fcntl(request->descriptors[i].source, F_DUPFD_CLOEXEC, highest + 1);
        if (copies[i] < 0) return -1;
    }
    for (int target = 0; target <= highest; target++) {
        int source = -1;
        for (size_t i = 0; i < request->descriptor_count; i++)
            if (request->descriptors[i].target == target) source = copies[i];
        if (source < 0)
            close(target);
        else if (dup2(source, target) < 0)
            return -1;
    }
    return (int)syscall(SYS_close_range, (unsigned)highest + 1, UINT_MAX, 0);
}

static int child(void *argument) {
    struct attempt *attempt = argument;
    const struct clinux_spawn *request = attempt->request;
    reset_signals();
    if (request->new_session && setsid() < 0) fail(attempt, CLINUX_SPAWN_SESSION);
    if (request->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(attempt, CLINUX_SPAWN_LIFETIME);
        // A parent that died before the line above sends no signal any more.
        if (getppid() != attempt->parent) _exit(127);
    }
    if (place_descriptors(request) != 0) fail(attempt, CLINUX_SPAWN_DESCRIPTORS);
    if (request->directory && chdir(request->directory) != 0)
        fail(attempt, CLINUX_SPAWN_DIRECTORY);
    if (request->load != CLINUX_LOAD_NONE) clinux_load(request->load, request->load_amount);
    execve(request->executable, request->arguments, request->environment);
    fail(attempt, CLINUX_SPAWN_EXECUTE);
    return 127;
}

enum { STACK_SIZE = 256 * 1024 };

static int spawn_here(const struct clinux_spawn *request, pid_t *pid, int *pidfd, int *step) {
    static char *stack;
    if (!stack) {
        void *memory = mmap(
            NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED) {
            *step = CLINUX_SPAWN_CLONE;
            return errno;
        }
        stack = memory;
    }
    struct attempt attempt = {.request = request, .parent = getpid()};
    *pidfd = -1;
    // A load never calls execve, so its memory is a copy from the beginning.
    int flags = CLONE_PIDFD | SIGCHLD;
    if (request->load == CLINUX_LOAD_NONE) flags |= CLONE_VM | CLONE_VFORK;
    *pid = clone(child, stack + STACK_SIZE, flags, &attempt, pidfd);
    if (*pid < 0) {
        *step = CLINUX_SPAWN_CLONE;
        return errno;
    }
    if (attempt.error) {
        int exited, status;
        // It has called _exit; the reap may have to wait for the kernel to finish with it.
        while (clinux_reap(*pidfd, &exited, &status) == 0) sched_yield();
        close(*pidfd);
        *step = attempt.step;
    }
    return attempt.error;
}

static pthread_mutex_t callers = PTHREAD_MUTEX_INITIALIZER;  // one spawn at a time
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;     // guards everything below
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static const struct clinux_spawn *pending;
static pid_t *pending_pid;
static int *pending_pidfd;
static int *pending_step;
static int result;
static int finished;
static int started;

static void *spawner(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!pending) pthread_cond_wait(&changed, &lock);
        result = spawn_here(pending, pending_pid, pending_pidfd, pending_step);
        pending = NULL;
        finished = 1;
        pthread_cond_broadcast(&changed);
    }
    return NULL;
}

// Signals stay blocked in the spawner: a handler must not run in a child that shares our memory.
static int start_spawner(void) {
    struct sigaction action;
    // Children of a process that ignores SIGCHLD vanish unreaped, and with them their exit status.
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
        sigaction(SIGCHLD, &action, NULL);
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, spawner, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int clinux_spawn(const struct clinux_spawn *request, pid_t *pid, int *pidfd, int *step) {
    *step = CLINUX_SPAWN_DONE;
    pthread_mutex_lock(&callers);
    pthread_mutex_lock(&lock);
    int error = started ? 0 : start_spawner();
    if (error) {
        *step = CLINUX_SPAWN_CLONE;
    } else {
        started = 1;
        finished = 0;
        pending = request;
        pending_pid = pid;
        pending_pidfd = pidfd;
        pending_step = step;
        pthread_cond_broadcast(&changed);
        while (!finished) pthread_cond_wait(&changed, &lock);
        error = result;
    }
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&callers);
    return error;
}
