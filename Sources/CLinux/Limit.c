#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/resource.h>

int clinux_process_limit(
    pid_t pid, int resource, const struct clinux_limit *limit, struct clinux_limit *before) {
    struct rlimit old;
    struct rlimit new = {0};
    if (limit) new = (struct rlimit){.rlim_cur = limit->soft, .rlim_max = limit->hard};
    static const int numbers[] = {
        [CLINUX_LIMIT_DESCRIPTORS] = RLIMIT_NOFILE,
        [CLINUX_LIMIT_FILE_SIZE] = RLIMIT_FSIZE,
        [CLINUX_LIMIT_CORE_FILE] = RLIMIT_CORE,
    };
    if (prlimit(pid, numbers[resource], limit ? &new : NULL, &old) != 0) return -1;
    before->soft = old.rlim_cur;
    before->hard = old.rlim_max;
    return 0;
}
