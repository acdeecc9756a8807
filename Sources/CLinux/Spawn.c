#define _GNU_SOURCE
#include "CLinux.h"
#include "Load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The child shares the parent's memory until it calls execve (CLONE_VM | CLONE_VFORK, as in glibc's
// posix_spawn): no page table is copied, and it reports a failure by writing here. These pages are
// shared also with a child that gets a copy of all others.
struct attempt {
    const struct clinux_spawn *request;
    pid_t parent;
    pid_t pid;  // of a child that another one has made
    int error;
    int step;
    int settled;  // set by a load, which has read and written here for the last time
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

static void reset_memory_score(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "0", 1) != 1) errno = 0;
    close(file);
}

// Not fatal: without rights there is no way back to a priority above our own.
static void inherit(const struct clinux_inheritance *inheritance) {
    setpriority(PRIO_PROCESS, 0, inheritance->nice);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur =
        inheritance->descriptors < limit.rlim_max ? inheritance->descriptors : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int child(void *argument) {
    struct attempt *attempt = argument;
    const struct clinux_spawn *request = attempt->request;
    reset_signals();
    // Not fatal: without /proc there is no score to give back.
    if (request->plain_memory) reset_memory_score();
    if (request->mount_namespace >= 0 && setns(request->mount_namespace, CLONE_NEWNS) != 0)
        fail(attempt, CLINUX_SPAWN_NAMESPACE);
    if (request->new_session && setsid() < 0) fail(attempt, CLINUX_SPAWN_SESSION);
    if (request->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(attempt, CLINUX_SPAWN_LIFETIME);
        // A parent that died before the line above sends no signal any more.
        if (getppid() != attempt->parent) _exit(127);
    }
    if (place_descriptors(request) != 0) fail(attempt, CLINUX_SPAWN_DESCRIPTORS);
    // Behind what may need a higher number than the limit allows.
    if (request->inheritance) inherit(request->inheritance);
    if (request->directory && chdir(request->directory) != 0)
        fail(attempt, CLINUX_SPAWN_DIRECTORY);
    if (request->load != CLINUX_LOAD_NONE) {
        __atomic_store_n(&attempt->settled, 1, __ATOMIC_RELEASE);
        clinux_load(request->load, request->load_amount);
    }
    execve(request->executable, request->arguments, request->environment);
    fail(attempt, CLINUX_SPAWN_EXECUTE);
    return 127;
}

static int write_time_offsets(const char *offsets) {
    int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t count = write(file, offsets, strlen(offsets));
    int error = errno;
    close(file);
    errno = error;
    return count == (ssize_t)strlen(offsets) ? 0 : -1;
}

// Who asks for a time namespace is not in it, but who is forked afterwards; only since Linux 6.2 does
// execve lead there as well. A thread that has asked cannot come back. So a child asks, makes the one
// that executes the program as a child of its own parent (CLONE_PARENT), and ends.
static int child_with_time_namespace(void *argument) {
    struct attempt *attempt = argument;
    if (unshare(CLONE_NEWTIME) != 0) fail(attempt, CLINUX_SPAWN_TIME_NAMESPACE);
    if (write_time_offsets(attempt->request->time_offsets) != 0)
        fail(attempt, CLINUX_SPAWN_TIME_OFFSETS);
    if (!attempt->request->executable) _exit(0);
    // Without CLONE_VM, which no two time namespaces can have in common.
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(child(attempt));
    if (pid < 0) fail(attempt, CLINUX_SPAWN_CLONE);
    attempt->pid = pid;
    _exit(0);
}

// Waits for a child that has called _exit: the kernel may have to finish with it first.
static void reap_ended(int pidfd) {
    int exited, status;
    while (clinux_reap(pidfd, &exited, &status) == 0) sched_yield();
    close(pidfd);
}

// Takes over what the child with the time namespace has made, if it has.
static void adopt(struct attempt *attempt, pid_t *pid, int *pidfd) {
    reap_ended(*pidfd);
    *pid = attempt->pid;
    // Nobody else reaps it, so that the number is its own.
    *pidfd = *pid > 0 ? clinux_pidfd_open(*pid) : -1;
    if (*pid <= 0 || (*pidfd >= 0 && !attempt->error)) return;
    if (!attempt->error) {
        attempt->error = errno;
        attempt->step = CLINUX_SPAWN_CLONE;
        kill(*pid, SIGKILL);
    }
    waitpid(*pid, NULL, 0);
    if (*pidfd >= 0) close(*pidfd);
}

// CLONE_VFORK for a child that never calls execve: the next attempt must not write over this one
// while the child reads it.
static void await_settled(struct attempt *attempt, int pidfd) {
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    while (!__atomic_load_n(&attempt->settled, __ATOMIC_ACQUIRE))
        if (poll(&end, 1, 1) > 0) break;
}

enum { STACK_SIZE = 256 * 1024 };

static void *make_pages(size_t size, int flags) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static int spawn_here(const struct clinux_spawn *request, pid_t *pid, int *pidfd, int *step) {
    static char *stack;
    static struct attempt *attempt;
    if (!stack) stack = make_pages(STACK_SIZE, MAP_PRIVATE | MAP_STACK);
    if (!attempt) attempt = make_pages(sizeof *attempt, MAP_SHARED);
    *step = CLINUX_SPAWN_CLONE;
    if (!stack || !attempt) return errno;
    *attempt = (struct attempt){.request = request, .parent = getpid()};
    *pidfd = -1;
    // A load never calls execve, so its memory is a copy from the beginning.
    int flags = CLONE_PIDFD | SIGCHLD;
    if (request->load == CLINUX_LOAD_NONE) flags |= CLONE_VM | CLONE_VFORK;
    int (*entry)(void *) = request->time_offsets ? child_with_time_namespace : child;
    *pid = clone(entry, stack + STACK_SIZE, flags, attempt, pidfd);
    if (*pid < 0) return errno;
    if (request->load != CLINUX_LOAD_NONE) await_settled(attempt, *pidfd);
    if (request->time_offsets)
        adopt(attempt, pid, pidfd);
    else if (attempt->error)
        reap_ended(*pidfd);
    *step = attempt->step;
    return attempt->error;
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

int clinux_try_time_offsets(const char *offsets, int *step) {
    struct clinux_spawn request = {.time_offsets = offsets, .mount_namespace = -1};
    pid_t pid;
    int pidfd;
    return clinux_spawn(&request, &pid, &pidfd, step);
}
