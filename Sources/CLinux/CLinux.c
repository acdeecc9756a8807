#define _GNU_SOURCE
#include "CLinux.h"

#include <grp.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_reap(int pidfd, int *exited, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int result;
    do {
        result = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    if (info.si_pid == 0) return 0;
    *exited = info.si_code == CLD_EXITED;
    *status = info.si_status;
    return 1;
}

const char *clinux_errno_name(int number) { return strerrorname_np(number); }
const char *clinux_errno_text(int number) { return strerrordesc_np(number); }

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t clinux_monotonic_now(void) { return now(CLOCK_MONOTONIC); }
int64_t clinux_boottime_now(void) { return now(CLOCK_BOOTTIME); }

int clinux_terminate_descriptor(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if ((errno = pthread_sigmask(SIG_BLOCK, &set, NULL)) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// MCL_ONFAULT: only pages in use are locked, not all of every library.
int clinux_act_as(uid_t user, gid_t group) {
    // The user last: without root the rest would be refused.
    if (setgroups(0, NULL) != 0 || setresgid(group, group, 0) != 0) return -1;
    return setresuid(user, user, 0);
}

int clinux_act_as_root(void) {
    if (setresuid(0, 0, 0) != 0) return -1;
    return setresgid(0, 0, 0);
}

int clinux_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT); }

int clinux_enter_network_namespace(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

int clinux_open_network_namespace(const char *path) {
    // The links below /proc/PID/ns are meant to be followed.
    int found = open(path, O_PATH | O_CLOEXEC);
    if (found < 0) return -1;
    struct statfs system;
    int number = -2;
    // NSFS_MAGIC of linux/magic.h. To open a pipe may wait without end, and to open a device may do
    // something: what it is comes first.
    if (fstatfs(found, &system) == 0 && system.f_type == 0x6e736673) {
        char link[64];
        snprintf(link, sizeof link, "/proc/thread-self/fd/%d", found);
        number = open(link, O_RDONLY | O_CLOEXEC);
        if (number >= 0 && ioctl(number, NS_GET_NSTYPE) != CLONE_NEWNET) {
            close(number);
            number = -2;
        }
    }
    int reason = errno;
    close(found);
    errno = reason;
    return number;
}

int clinux_mount_namespace_identifier(int descriptor, uint64_t *identifier) {
    // NS_GET_MNTNS_ID of linux/nsfs.h, which older headers do not have.
    return ioctl(descriptor, _IOR(0xb7, 0x5, uint64_t), identifier);
}

int clinux_unshare_network(void) { return unshare(CLONE_NEWNET); }

int clinux_unshare_mounts(void) { return unshare(CLONE_NEWNS); }

int64_t clinux_birth(int descriptor) {
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0) return -1;
    if (!(status.stx_mask & STATX_BTIME)) return -1;
    return status.stx_btime.tv_sec * INT64_C(1000000000) + status.stx_btime.tv_nsec;
}

int clinux_open_unnamed(const char *directory, unsigned mode) {
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
}
