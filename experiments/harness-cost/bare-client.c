// The least that can put the same load on refqueue: one thread, epoll, kept connections, no ledger,
// no evidence, no proxy. Enqueues are open loop and their latency counts from the intended send
// time; each consumer lane reserves and acknowledges one message after the other.
//
//   bare-client PORT RATE WARMUP-SECONDS SECONDS LANES
//
// Prints one line of JSON; latencies in milliseconds, of enqueues intended after the warm-up.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { SENDERS = 64, LONGEST_ANSWER = 4096, BODY = 256 };
enum Task { IDLE, ENQUEUE, RESERVE, ACKNOWLEDGE };

struct Connection {
    int descriptor;
    enum Task task;
    long message; // of an enqueue
    char answer[LONGEST_ANSWER];
    size_t length;
};

static struct Connection connections[1024];
static int lanes, port;
static long due, answered, sent, consumed;
static double *latencies; // in milliseconds, by message
static double interval;   // in nanoseconds
static int64_t start;

static void fail(const char *what) {
    fprintf(stderr, "bare-client: %s: %s\n", what, errno ? strerror(errno) : "unexpected answer");
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int64_t intended(long message) { return start + (int64_t)((double)message * interval); }

static void post(
    struct Connection *connection, enum Task task, const char *path, const char *field,
    const char *json) {
    char request[1024];
    int length = snprintf(
        request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        "%sContent-Length: %zu\r\n\r\n%s",
        path, port, field, strlen(json), json);
    if (length >= (int)sizeof request) fail("request is too long");
    connection->task = task;
    connection->length = 0;
    if (write(connection->descriptor, request, (size_t)length) != length) fail("write");
}

static void enqueue(struct Connection *connection) {
    char json[BODY + 64], body[BODY + 1], field[64];
    memset(body, 'x', BODY);
    body[snprintf(body, BODY, "message %012ld ", sent)] = 'x';
    body[BODY] = 0;
    snprintf(json, sizeof json, "{\"body\":\"%s\"}", body);
    snprintf(field, sizeof field, "Idempotency-Key: %012ld\r\n", sent);
    connection->message = sent++;
    post(connection, ENQUEUE, "/v1/queues/load/messages", field, json);
}

static void reserve(struct Connection *connection) {
    post(
        connection, RESERVE, "/v1/queues/load/reserve", "",
        "{\"wait_ms\":1000,\"lease_ms\":30000}");
}

// Copies the string member `name` of a JSON object; the service's ids hold no escapes.
static void member(const char *json, const char *name, char *value, size_t size) {
    char key[32];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *from = strstr(json, key);
    const char *end = from ? strchr(from + strlen(key), '"') : NULL;
    if (!end || (size_t)(end - from) - strlen(key) >= size) fail(name);
    from += strlen(key);
    memcpy(value, from, (size_t)(end - from));
    value[end - from] = 0;
}

static void answer(struct Connection *connection, int status, const char *body) {
    if (status < 200 || status > 299) fail(connection->answer);
    char id[128], receipt[128], path[256], json[256];
    switch (connection->task) {
    case ENQUEUE:
        latencies[connection->message] = (double)(now() - intended(connection->message)) / 1e6;
        answered++;
        connection->task = IDLE;
        break;
    case RESERVE:
        if (status == 204) {
            reserve(connection);
            break;
        }
        member(body, "id", id, sizeof id);
        member(body, "receipt", receipt, sizeof receipt);
        snprintf(path, sizeof path, "/v1/messages/%s/ack", id);
        snprintf(json, sizeof json, "{\"receipt\":\"%s\"}", receipt);
        post(connection, ACKNOWLEDGE, path, "", json);
        break;
    case ACKNOWLEDGE:
        consumed++;
        reserve(connection);
        break;
    case IDLE: fail("an answer that nobody asked for");
    }
}

static void receive(struct Connection *connection) {
    ssize_t count = read(
        connection->descriptor, connection->answer + connection->length,
        LONGEST_ANSWER - 1 - connection->length);
    if (count <= 0) fail("read");
    connection->length += (size_t)count;
    connection->answer[connection->length] = 0;
    char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end) return;
    char *field = strcasestr(connection->answer, "\r\ncontent-length:");
    size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
    if (connection->length < (size_t)(end + 4 - connection->answer) + body) return;
    int status = 0;
    sscanf(connection->answer, "HTTP/1.1 %d", &status);
    answer(connection, status, end + 4);
}

static void open_connection(struct Connection *connection, int epoll) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->descriptor, &event) != 0) fail("epoll_ctl");
}

// Hands every message that is due to a free connection; those without one stay due.
static void send_due(void) {
    int64_t time = now();
    for (int index = 0; index < SENDERS && sent < due && intended(sent) <= time; index++)
        if (connections[index].task == IDLE) enqueue(&connections[index]);
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int count, char **words) {
    if (count != 6) fail("needs PORT RATE WARMUP-SECONDS SECONDS LANES");
    port = atoi(words[1]);
    double rate = atof(words[2]), warmup = atof(words[3]), seconds = atof(words[4]);
    lanes = atoi(words[5]);
    if (rate <= 0 || seconds <= 0 || lanes < 1 || SENDERS + lanes > 1024) fail("bad arguments");
    interval = 1e9 / rate;
    due = (long)(rate * (warmup + seconds));
    latencies = calloc((size_t)due, sizeof *latencies);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < SENDERS + lanes; index++) open_connection(&connections[index], epoll);
    for (int index = SENDERS; index < SENDERS + lanes; index++) reserve(&connections[index]);
    start = now();
    while (answered < due || consumed < due) {
        struct epoll_event events[256];
        int64_t left = sent < due ? intended(sent) - now() : 100000000;
        if (left < 0) left = 0;
        // A message that is due and finds every connection busy waits for an answer, not in a loop.
        if (left == 0 && sent - answered >= SENDERS) left = 100000000;
        struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        int ready = epoll_pwait2(epoll, events, 256, &wait, NULL);
        if (ready < 0 && errno != EINTR) fail("epoll_pwait2");
        for (int index = 0; index < ready; index++) receive(events[index].data.ptr);
        send_due();
        if (now() - start > (int64_t)((warmup + seconds + 30) * 1e9)) fail("30 s late");
    }
    long first = (long)(rate * warmup), counted = due - first;
    qsort(latencies + first, (size_t)counted, sizeof *latencies, compare);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf(
        "{\"count\":%ld,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"cores\":%.3f}\n", counted,
        latencies[first + counted / 2], latencies[first + counted * 99 / 100],
        latencies[due - 1], cpu / ((double)(now() - start) / 1e9));
    return 0;
}
