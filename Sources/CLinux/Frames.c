#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A packet socket of a type on an interface, that takes the frames a filter lets through.
static int open_frames(
    int interface, uint16_t type, struct sock_filter *instructions, unsigned short count) {
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct sock_fprog filter = {.len = count, .filter = instructions};
    struct sockaddr_ll address;
    memset(&address, 0, sizeof address);
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(type);
    address.sll_ifindex = interface;
    // Bound last: nothing arrives before the filter is there.
    if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
        bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) {
        return descriptor;
    }
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

int clinux_open_frame_sender(int interface, uint16_t type, uint32_t priority) {
    struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    int descriptor = open_frames(interface, type, nothing, 1);
    if (descriptor < 0) return -1;
    // Without this room, or the right to it, what a slow qdisc keeps may be all that can be sent.
    int room = 8 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    int value = (int)priority;
    if (setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &value, sizeof value) == 0) {
        return descriptor;
    }
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

int clinux_open_frame_tap(int interface, uint16_t type, uint32_t token, uint32_t offset) {
    // What goes out, of this type and with this token; the type stands behind the two addresses.
    struct sock_filter outgoing[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 5),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, token, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    // Only listeners to all types are shown what goes out.
    int descriptor = open_frames(interface, 0x0003, outgoing, 8);
    if (descriptor < 0) return -1;
    // Without this room, or the right to it, a burst may be missed in part.
    int room = 8 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    return descriptor;
}

int clinux_frame_address(int descriptor, uint8_t address[6], uint16_t *hardware) {
    struct sockaddr_ll own;
    socklen_t length = sizeof own;
    if (getsockname(descriptor, (struct sockaddr *)&own, &length) != 0) return -1;
    memcpy(address, own.sll_addr, 6);
    *hardware = own.sll_hatype;
    return 0;
}
