#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <sys/vfs.h>

int clinux_allocate(int descriptor, int64_t start, int64_t length) {
    return fallocate(descriptor, 0, start, length);
}

int64_t clinux_file_system_type(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (int64_t)status.f_type : 0;
}
