#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/types.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

int clinux_allocate(int descriptor, int64_t start, int64_t length) {
    return fallocate(descriptor, 0, start, length);
}

// linux/fs.h has these from 6.16 on only; before, each file system kept its own copy.
#ifndef FS_IOC_SHUTDOWN
#define FS_IOC_SHUTDOWN _IOR('X', 125, __u32)
#endif
#ifndef FS_SHUTDOWN_FLAGS_NOLOGFLUSH
#define FS_SHUTDOWN_FLAGS_NOLOGFLUSH 2
#endif

int clinux_cut_file_system(int descriptor) {
    __u32 flags = FS_SHUTDOWN_FLAGS_NOLOGFLUSH;
    return ioctl(descriptor, FS_IOC_SHUTDOWN, &flags);
}

void clinux_start_writeback(int descriptor) {
    sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int64_t clinux_file_system_type(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (int64_t)status.f_type : 0;
}
