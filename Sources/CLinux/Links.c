#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_next_link(uint32_t after, uint32_t *next) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.start_id = after;
    if (syscall(SYS_bpf, BPF_LINK_GET_NEXT_ID, &attributes, sizeof attributes) != 0) return -1;
    *next = attributes.next_id;
    return 0;
}

int clinux_open_link(uint32_t identifier) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.link_id = identifier;
    return (int)syscall(SYS_bpf, BPF_LINK_GET_FD_BY_ID, &attributes, sizeof attributes);
}

int clinux_link_info(int link, struct clinux_link *result) {
    struct bpf_link_info info;
    union bpf_attr attributes;
    memset(&info, 0, sizeof info);
    memset(&attributes, 0, sizeof attributes);
    attributes.info.bpf_fd = (uint32_t)link;
    attributes.info.info_len = sizeof info;
    attributes.info.info = (uint64_t)(uintptr_t)&info;
    if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof attributes) != 0) return -1;
    result->type = info.type;
    result->program = info.prog_id;
    // Links of XDP, TCX and netkit all begin with the interface that they are on.
    result->place = info.xdp.ifindex;
    return 0;
}
