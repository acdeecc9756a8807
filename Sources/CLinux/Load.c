#include "Load.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static void sleep_for(int64_t nanoseconds) {
    struct timespec time = {nanoseconds / SECOND, nanoseconds % SECOND};
    nanosleep(&time, NULL);
}

// In each hundredth of a second it works for its share of the time and sleeps for the rest. Time
// that others had the processor is not made up for in the next one.
static void load_processor(uint64_t share) {
    const int64_t period = SECOND / 100;
    const int64_t work = (int64_t)((double)period * (double)share / 1e6);
    for (;;) {
        int64_t start = read_clock(CLOCK_MONOTONIC);
        int64_t spent = read_clock(CLOCK_THREAD_CPUTIME_ID);
        while (read_clock(CLOCK_THREAD_CPUTIME_ID) - spent < work) {
            for (volatile int turn = 0; turn < 1000; turn++) continue;
            if (read_clock(CLOCK_MONOTONIC) - start >= period) break;
        }
        int64_t rest = start + period - read_clock(CLOCK_MONOTONIC);
        if (rest > 0) sleep_for(rest);
    }
}

// Touches each page, and again every second, so that none of it is paged out for good.
static void load_memory(uint64_t bytes) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "1000", 4) != 4) _exit(127);
    close(file);
    char *memory = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) _exit(127);
    // A huge page would take more than was asked for.
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (char value = 1;; value++) {
        // Another value in each page, or the kernel could keep them as one.
        for (uint64_t offset = 0; offset < bytes; offset += 4096)
            *(volatile uint64_t *)(memory + offset) = offset + (uint64_t)value;
        sleep_for(SECOND);
    }
}

void clinux_load(int kind, uint64_t amount) {
    prctl(PR_SET_NAME, "firedrill-load");
    if (kind == CLINUX_LOAD_PROCESSOR) load_processor(amount);
    if (kind == CLINUX_LOAD_MEMORY) load_memory(amount);
    _exit(127);
}
