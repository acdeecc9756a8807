#pragma once
// System calls and macros that Swift cannot import from glibc, one C function each. _GNU_SOURCE is
// defined in the .c files alone: defined here it would change what every importer sees of glibc.
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// One descriptor of the parent and the number it has in the child.
struct clinux_descriptor {
    int source;
    int target;
};

// What a child has in place of what it would have of its parent.
struct clinux_inheritance {
    int nice;
    uint64_t descriptors;  // soft limit of their number, at most the hard one
};

struct clinux_spawn {
    const char *executable;
    char *const *arguments;    // NULL-terminated
    char *const *environment;  // NULL-terminated
    const char *directory;     // NULL: the parent's
    const struct clinux_descriptor *descriptors;
    size_t descriptor_count;
    int new_session;
    int dies_with_parent;
    // Not CLINUX_LOAD_NONE: no program is executed, and the child does this with a copy of our
    // memory until it is killed.
    int load;
    uint64_t load_amount;
    // Not NULL: the program runs in a time namespace of its own, of which this is written to
    // timens_offsets (time_namespaces(7)). Without an executable nothing runs in it.
    const char *time_offsets;
    int mount_namespace;  // entered before anything else; -1: the parent's
    int plain_memory;     // not 0: nothing spares it from the out-of-memory killer
    const struct clinux_inheritance *inheritance;  // NULL: the parent's
};

enum clinux_load_kind {
    CLINUX_LOAD_NONE = 0,
    CLINUX_LOAD_PROCESSOR,  // amount: for how many millionths of the time one processor is busy
    CLINUX_LOAD_MEMORY,     // amount: how many bytes are kept in use
};

// What failed in a spawn; 0 where nothing did.
enum clinux_spawn_step {
    CLINUX_SPAWN_DONE = 0,
    CLINUX_SPAWN_CLONE,
    CLINUX_SPAWN_SESSION,
    CLINUX_SPAWN_LIFETIME,
    CLINUX_SPAWN_DESCRIPTORS,
    CLINUX_SPAWN_DIRECTORY,
    CLINUX_SPAWN_EXECUTE,
    CLINUX_SPAWN_TIME_NAMESPACE,
    CLINUX_SPAWN_TIME_OFFSETS,
    CLINUX_SPAWN_NAMESPACE,
};

// Starts a program. The child is created by one thread that lives as long as this process, since
// PR_SET_PDEATHSIG fires when the creating thread ends (prctl(2)). Returns 0 or an errno; on
// success *pid and *pidfd (CLOEXEC) are set, otherwise *step says what failed.
int clinux_spawn(const struct clinux_spawn *request, pid_t *pid, int *pidfd, int *step);

// Whether a time namespace with such offsets can be had, which nothing ever enters: 0, or an errno and
// *step.
int clinux_try_time_offsets(const char *offsets, int *step);

// Reads CLOCK_MONOTONIC and CLOCK_BOOTTIME as the process of a pidfd sees them, in a child that enters
// its time namespace (setns(2) lets no thread in); 0, or -1 and errno.
int clinux_read_clocks(int pidfd, int64_t *monotonic, int64_t *boottime);

int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);

// Reaps the child of a pidfd without blocking: 1 and *exited, *status when it was reaped, 0 when it
// still runs, -1 and errno otherwise. *exited is 0 when a signal ended it; *status is then its number.
int clinux_reap(int pidfd, int *exited, int *status);

// Name (ENOSPC) and text of an errno, or NULL.
const char *clinux_errno_name(int number);
const char *clinux_errno_text(int number);

int64_t clinux_monotonic_now(void);
int64_t clinux_boottime_now(void);

// timerfd_create(2) on CLOCK_REALTIME, close-on-exec and non-blocking; and setting it to a moment,
// or off for 0. It is also readable, with ECANCELED, after somebody has set the clock.
int clinux_wall_timer_open(void);
int clinux_wall_timer_set(int timer, int64_t nanoseconds);

// A CLOEXEC, non-blocking descriptor that becomes readable when SIGTERM arrives, which is blocked in
// the calling thread; -1 and errno on failure.
int clinux_terminate_descriptor(void);

// Keeps what the process touches in memory (mlockall(2)); best effort, -1 and errno.
int clinux_lock_memory(void);

// Takes on the rights of a user, of all threads, and gives them up again (credentials(7)); 0, or -1 and
// errno. Root is kept as the saved user only.
int clinux_act_as(uid_t user, gid_t group);
int clinux_act_as_root(void);

// A number of a mount namespace that no other one ever has (ioctl_nsfs(2), Linux 6.11); -1 and errno.
int clinux_mount_namespace_identifier(int descriptor, uint64_t *identifier);

// setns(2) into a network namespace.
int clinux_enter_network_namespace(int descriptor);

// Opens the network namespace at a path, and nothing that is none; -1 and errno when there is nothing,
// or no right to it, and -2 when something else is there.
int clinux_open_network_namespace(const char *path);

// unshare(2) of the calling thread's network namespace.
int clinux_unshare_network(void);

// unshare(2) of the calling thread's mount namespace.
int clinux_unshare_mounts(void);

// When a file was made, in nanoseconds since 1970 (statx(2)); -1 where its file system does not say.
int64_t clinux_birth(int descriptor);

// open(2) of an unnamed file for reading and writing, close-on-exec.
int clinux_open_unnamed(const char *directory, unsigned mode);

// ioctls of loop(4): a free device's number, and attaching a file that detaches by itself.
int clinux_loop_get_free(int control);
int clinux_loop_configure(int device, int file);

// One link of bpf(2): what attaches a program to something of the kernel's.
struct clinux_link {
    uint32_t type;
    uint32_t program;
    uint32_t place;  // for XDP, TCX and netkit: the number of the interface
};

// The number of the first link after one (BPF_LINK_GET_NEXT_ID); ENOENT behind the last.
int clinux_next_link(uint32_t after, uint32_t *next);
// A descriptor of a link (BPF_LINK_GET_FD_BY_ID), and what it is (BPF_OBJ_GET_INFO_BY_FD).
int clinux_open_link(uint32_t identifier);
int clinux_link_info(int link, struct clinux_link *result);

// Starts to write what is cached of a file, and does not wait (sync_file_range(2)); best effort.
void clinux_start_writeback(int descriptor);

// fallocate(2) with mode 0: blocks for a range of a file, its size grown.
int clinux_allocate(int descriptor, int64_t start, int64_t length);

/// Stops every access to the disk of an ext4 or xfs file system at once; nothing is flushed before.
int clinux_cut_file_system(int descriptor);

// The magic number of a file system (statfs(2)); 0 and errno on failure.
int64_t clinux_file_system_type(int descriptor);

// ptrace(2): seizes a thread and asks it to stop; 0, or -1 and errno. What a thread of ours has
// seized only that thread can command, and the kernel lets it go when our thread ends.
int clinux_trace_stop(pid_t thread);

// Lets a stopped thread go on, with a signal that its stop has held back or 0; -1 and errno.
int clinux_trace_release(pid_t thread, int signal);

enum clinux_trace_change {
    CLINUX_TRACE_UNCHANGED = 0,
    CLINUX_TRACE_STOPPED,
    CLINUX_TRACE_ENDED,
};

// What has become of a seized thread since the last question; -1 and errno. With `reaps` its end is
// taken note of, without which its process stays a zombie; never for a child of our own.
int clinux_trace_collect(pid_t thread, int reaps, int *signal);

// Where a stopped thread will go on (PTRACE_GETREGSET); 0, or -1 and errno: ENOSYS where the registers
// of this processor are not known.
int clinux_trace_instruction(pid_t thread, uint64_t *address);

// Packet sockets (packet(7)) on one interface, non-blocking and close-on-exec; -1 and errno. A sender
// sends whole frames of an EtherType, which qdiscs see with a priority, and receives nothing; a tap
// receives the frames of that type that have a token (in network byte order) at an offset, as they
// leave the interface, behind its qdiscs.
int clinux_open_frame_sender(int interface, uint16_t type, uint32_t priority);
int clinux_open_frame_tap(int interface, uint16_t type, uint32_t token, uint32_t offset);

// The address of a packet socket's interface and its kind (ARPHRD_*); -1 and errno.
int clinux_frame_address(int descriptor, uint8_t address[6], uint16_t *hardware);

enum clinux_limited { CLINUX_LIMIT_DESCRIPTORS = 0, CLINUX_LIMIT_FILE_SIZE, CLINUX_LIMIT_CORE_FILE };

struct clinux_limit {
    uint64_t soft;
    uint64_t hard;
};

// prlimit(2): reads a limit of a process, and sets it where `limit` is not NULL; -1 and errno.
int clinux_process_limit(
    pid_t pid, int resource, const struct clinux_limit *limit, struct clinux_limit *before);
