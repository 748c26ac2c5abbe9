/* The floor of the benches: the same number of requests, of the same sizes, over the same number of connections as a
 * worker made, through libcurl with nothing in between: no signature, no checksum, no decoding, no leases.
 *
 *   bench_floor --url URL --stream ARN --firehose NAME --shards N --puts N --put-bytes N --senders N [--authority PEM]
 *               [--hash] [--seconds S --calls-per-second R --readers N]
 *
 * Without --seconds a thread a shard reads it from its trim horizon to its end, while the senders together put as many
 * requests as asked for. With it `readers` threads read all shards at their tip in turn, R calls a second in all, and
 * the puts are spread over the time. With --hash each put's body goes through SHA-256 first, as a signature (SigV4) of it
 * demands. Prints one JSON line: CPU seconds, peak memory, requests and bytes.
 */
#include <getopt.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/bench/floor_call.h"

enum {
    ID_BYTES = 80,
    BODY_BYTES = 8192,
    ITERATOR_BYTES = 2048,
    SHARDS_CEILING = 1024,
    SENDERS_CEILING = 64,
    RECORD_BYTES = 60000
};

struct options {
    const char *url, *stream, *firehose, *authority;
    size_t shards, puts, put_bytes, senders, readers;
    double seconds, calls_per_second;
    bool hash;
};

static struct options options;
static char shard_ids[SHARDS_CEILING][ID_BYTES];
static char iterators[SHARDS_CEILING][ITERATOR_BYTES];
static char *put_body;
static size_t put_length;
static atomic_long puts_left;
static struct timespec began;

static double seconds_since_begin(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9;
}

/* Waits until `at` seconds after the beginning. */
static void wait_until(double at)
{
    double left = at - seconds_since_begin();
    if (left > 0) {
        struct timespec pause = {.tv_sec = (time_t)left,
                                 .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
        nanosleep(&pause, NULL);
    }
}

static void open_shard(struct caller *caller, size_t shard, const char *type)
{
    char body[BODY_BYTES];
    int length =
        snprintf(body, sizeof body, "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"%s\"}",
                 options.stream, shard_ids[shard], type);
    call(caller, "DynamoDBStreams_20120810.GetShardIterator", body, (size_t)length);
    if (!call_find_text(caller, "ShardIterator", iterators[shard], ITERATOR_BYTES)) {
        fail("no shard iterator");
    }
}

/* False: the shard has ended. */
static bool read_page(struct caller *caller, size_t shard)
{
    char body[BODY_BYTES];
    int length = snprintf(body, sizeof body, "{\"ShardIterator\":\"%s\",\"Limit\":1000}", iterators[shard]);
    call(caller, "DynamoDBStreams_20120810.GetRecords", body, (size_t)length);
    return call_find_text(caller, "NextShardIterator", iterators[shard], ITERATOR_BYTES);
}

static void *read_whole_shard(void *argument)
{
    struct caller caller;
    size_t shard = (size_t)((char(*)[ID_BYTES])argument - shard_ids);
    caller_open(&caller);
    open_shard(&caller, shard, "TRIM_HORIZON");
    while (read_page(&caller, shard)) {
    }
    caller_close(&caller);
    return NULL;
}

/* Every `readers`th shard from this one on, in turn. */
static void *read_tips(void *argument)
{
    struct caller caller;
    size_t first = (size_t)((char(*)[ID_BYTES])argument - shard_ids);
    size_t shard = first;
    double step = (double)options.readers / options.calls_per_second;
    caller_open(&caller);
    uint64_t turns = (uint64_t)(options.seconds / step);
    for (uint64_t turn = 0; turn < turns; turn++) {
        wait_until(step * ((double)turn + (double)first / (double)options.readers));
        if (!read_page(&caller, shard)) {
            fail("a shard ended");
        }
        shard = shard + options.readers < options.shards ? shard + options.readers : first;
    }
    caller_close(&caller);
    return NULL;
}

static void hash_body(void)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(put_body, put_length, digest, NULL, EVP_sha256(), NULL) != 1) {
        fail("SHA-256 failed");
    }
}

static void *send_batches(void *argument)
{
    struct caller caller;
    long left;
    (void)argument;
    caller_open(&caller);
    while ((left = atomic_fetch_sub(&puts_left, 1)) > 0) {
        wait_until(options.seconds * (double)((long)options.puts - left) / (double)options.puts);
        if (options.hash) {
            hash_body();
        }
        call(&caller, "Firehose_20150804.PutRecordBatch", put_body, put_length);
    }
    caller_close(&caller);
    return NULL;
}

static void list_shards(struct caller *caller)
{
    char body[BODY_BYTES];
    size_t count = 0;
    int length = snprintf(body, sizeof body, "{\"StreamArn\":\"%s\"}", options.stream);
    while (count < options.shards) {
        call(caller, "DynamoDBStreams_20120810.DescribeStream", body, (size_t)length);
        size_t before = count;
        for (const char *at = caller->reply.at;
             count < options.shards && (at = strstr(at, "\"ShardId\":\"")) != NULL; count++) {
            at += strlen("\"ShardId\":\"");
            snprintf(shard_ids[count], ID_BYTES, "%.*s", (int)strcspn(at, "\""), at);
        }
        if (count == before) {
            fail("the stream has fewer shards than asked for");
        }
        length = snprintf(body, sizeof body, "{\"StreamArn\":\"%s\",\"ExclusiveStartShardId\":\"%s\"}",
                          options.stream, shard_ids[count - 1]);
    }
}

/* Appends at put_length; the body was made large enough. */
static void put_text(const char *text)
{
    size_t length = strlen(text);
    memcpy(put_body + put_length, text, length);
    put_length += length;
}

static void make_put_body(void)
{
    put_body = malloc(options.put_bytes + BODY_BYTES + RECORD_BYTES);
    if (put_body == NULL || strlen(options.firehose) > ID_BYTES) {
        fail("no room for a request");
    }
    put_text("{\"DeliveryStreamName\":\"");
    put_text(options.firehose);
    put_text("\",\"Records\":[");
    const char *before = "{\"Data\":\"";
    do {
        size_t left = options.put_bytes > put_length ? options.put_bytes - put_length : 0;
        size_t record = left < RECORD_BYTES ? left / 4 * 4 + 4 : RECORD_BYTES;
        put_text(before);
        memset(put_body + put_length, 'A', record);
        put_length += record;
        put_text("\"}");
        before = ",{\"Data\":\"";
    } while (put_length < options.put_bytes);
    put_text("]}");
}

static void run_threads(void)
{
    pthread_t threads[SHARDS_CEILING + SENDERS_CEILING];
    size_t count = 0;
    size_t readers = options.seconds > 0 ? options.readers : options.shards;
    for (size_t i = 0; i < readers + options.senders; i++) {
        void *(*work)(void *) = i >= readers          ? send_batches
                                : options.seconds > 0 ? read_tips
                                                      : read_whole_shard;
        if (pthread_create(&threads[count++], NULL, work, i < readers ? shard_ids[i] : NULL) != 0) {
            fail("pthread_create failed");
        }
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

static double seconds_of(const struct timeval *later, const struct timeval *earlier)
{
    return (double)(later->tv_sec - earlier->tv_sec) + (double)(later->tv_usec - earlier->tv_usec) / 1e6;
}

static size_t number(const char *text)
{
    return (size_t)strtoull(text, NULL, 10);
}

static const struct option table[] = {
    {"url", required_argument, NULL, 'u'},
    {"stream", required_argument, NULL, 's'},
    {"firehose", required_argument, NULL, 'f'},
    {"authority", required_argument, NULL, 'a'},
    {"shards", required_argument, NULL, 'n'},
    {"puts", required_argument, NULL, 'p'},
    {"put-bytes", required_argument, NULL, 'b'},
    {"senders", required_argument, NULL, 'w'},
    {"readers", required_argument, NULL, 'r'},
    {"seconds", required_argument, NULL, 't'},
    {"calls-per-second", required_argument, NULL, 'c'},
    {"hash", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool parse(int argc, char **argv)
{
    int option;
    bool known = true;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (option) {
        case 'u':
            options.url = optarg;
            break;
        case 's':
            options.stream = optarg;
            break;
        case 'f':
            options.firehose = optarg;
            break;
        case 'a':
            options.authority = optarg;
            break;
        case 'n':
            options.shards = number(optarg);
            break;
        case 'p':
            options.puts = number(optarg);
            break;
        case 'b':
            options.put_bytes = number(optarg);
            break;
        case 'w':
            options.senders = number(optarg);
            break;
        case 'r':
            options.readers = number(optarg);
            break;
        case 't':
            options.seconds = strtod(optarg, NULL);
            break;
        case 'c':
            options.calls_per_second = strtod(optarg, NULL);
            break;
        case 'h':
            options.hash = true;
            break;
        default:
            known = false;
        }
    }
    bool paced = options.seconds > 0;
    return known && options.url != NULL && options.stream != NULL && options.firehose != NULL &&
           options.shards > 0 && options.shards <= SHARDS_CEILING && options.senders <= SENDERS_CEILING &&
           (!paced ||
            (options.readers > 0 && options.readers <= options.shards && options.calls_per_second > 0));
}

/* The greatest resident size of this program. (ru_maxrss would count that of the one that started it, too.) */
static long peak_kib(void)
{
    static const char name[] = "VmHWM:";
    char line[256];
    long peak = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, sizeof name - 1) == 0) {
            peak = strtol(line + sizeof name - 1, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return peak;
}

int main(int argc, char **argv)
{
    if (!parse(argc, argv)) {
        fputs("floor: an option is missing or out of range\n", stderr);
        return 2;
    }
    struct rusage before = {0};
    struct rusage after;
    struct caller caller;
    atomic_store(&puts_left, (long)options.puts);
    clock_gettime(CLOCK_MONOTONIC, &began);
    call_set_up(options.url, options.authority);
    make_put_body();
    caller_open(&caller);
    list_shards(&caller);
    if (options.seconds > 0) {
        for (size_t i = 0; i < options.shards; i++) {
            open_shard(&caller, i, "LATEST");
        }
        getrusage(RUSAGE_SELF, &before); /* a start is not what is paced */
        clock_gettime(CLOCK_MONOTONIC, &began);
    }
    caller_close(&caller);
    run_threads();
    double wall = seconds_since_begin();
    getrusage(RUSAGE_SELF, &after);
    struct call_sums sums = call_read_sums();
    printf("{\"user_s\":%.4f,\"system_s\":%.4f,\"wall_s\":%.4f,\"peak_kib\":%ld,\"requests\":%ld,\"bytes_"
           "in\":%lld,"
           "\"bytes_out\":%lld}\n",
           seconds_of(&after.ru_utime, &before.ru_utime), seconds_of(&after.ru_stime, &before.ru_stime), wall,
           peak_kib(), sums.requests, sums.bytes_in, sums.bytes_out);
    free(put_body);
    return 0;
}
