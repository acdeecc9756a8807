#define _GNU_SOURCE
#include "CLinux.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

int clinux_trace_stop(pid_t thread) {
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0) return -1;
    return ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) == 0 ? 0 : -1;
}

int clinux_trace_release(pid_t thread, int signal) {
    return ptrace(PTRACE_DETACH, thread, NULL, (void *)(long)signal) == 0 ? 0 : -1;
}

int clinux_trace_collect(pid_t thread, int reaps, int *signal) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int options = WSTOPPED | WNOHANG | __WALL | (reaps ? WEXITED : 0);
    int result;
    do {
        result = waitid(P_PID, (id_t)thread, &info, options);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    if (info.si_pid == 0) return CLINUX_TRACE_UNCHANGED;
    if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) return CLINUX_TRACE_ENDED;
    // A stop without an event is the delivery of a signal, which must go on with the thread.
    *signal = info.si_status >> 8 ? 0 : info.si_status & 0x7f;
    return CLINUX_TRACE_STOPPED;
}

int clinux_trace_instruction(pid_t thread, uint64_t *address) {
#if defined(__x86_64__)
    struct user_regs_struct registers;
    struct iovec place = {.iov_base = &registers, .iov_len = sizeof registers};
    if (ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &place) != 0) return -1;
    *address = registers.rip;
    return 0;
#else
    (void)thread;
    (void)address;
    errno = ENOSYS;
    return -1;
#endif
}
