/* The floor of the throughput bench: the same number of requests, of the same sizes, over the same number of
 * connections as a worker made, through libcurl with nothing in between: no signature, no checksum, no
 * decoding, no leases.
 *
 *   floor URL STREAM_ARN FIREHOSE SHARDS PUTS PUT_BYTES SENDERS
 *
 * SHARDS threads each read one shard from its trim horizon to its end; SENDERS threads together put PUTS
 * requests with bodies of PUT_BYTES. Prints one JSON line: CPU seconds, peak memory, requests and bytes.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ID_BYTES = 80, BODY_BYTES = 8192, SHARDS_CEILING = 1024, RECORD_BYTES = 60000 };

struct reply {
    char *at;
    size_t length;
    size_t capacity;
};

static const char *url;
static const char *stream_arn;
static char shard_ids[SHARDS_CEILING][ID_BYTES];
static char *put_body;
static size_t put_length;
static atomic_long puts_left;
static atomic_long requests;
static atomic_llong bytes_in;
static atomic_llong bytes_out;

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct reply *reply = context;
    size_t length = size * count;
    if (reply->length + length + 1 > reply->capacity) {
        reply->capacity = (reply->length + length + 1) * 2;
        reply->at = realloc(reply->at, reply->capacity);
        if (reply->at == NULL) {
            fail("out of memory");
        }
    }
    memcpy(reply->at + reply->length, data, length);
    reply->length += length;
    reply->at[reply->length] = '\0';
    return length;
}

static CURL *connection(struct reply *reply)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        fail("curl_easy_init failed");
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
    return easy;
}

static void call(CURL *easy, const char *target, const char *body, size_t length, struct reply *reply)
{
    char target_header[128];
    snprintf(target_header, sizeof target_header, "X-Amz-Target: %s", target);
    struct curl_slist *headers = curl_slist_append(NULL, target_header);
    headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
    headers = curl_slist_append(headers, "Expect:");
    reply->length = 0;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    CURLcode code = curl_easy_perform(easy);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    if (code != CURLE_OK || status != 200) {
        fprintf(stderr, "floor: %s: %s, HTTP %ld: %.200s\n", target, curl_easy_strerror(code), status,
                reply->length > 0 ? reply->at : "");
        exit(1);
    }
    atomic_fetch_add(&requests, 1);
    atomic_fetch_add(&bytes_in, (long long)reply->length);
    atomic_fetch_add(&bytes_out, (long long)length);
}

/* Copies the text value of `"name":"..."`; 0 when there is none. */
static int find_text(const struct reply *reply, const char *name, char *target, size_t size)
{
    char key[64];
    size_t key_length = (size_t)snprintf(key, sizeof key, "\"%s\":\"", name);
    /* The member stands before or behind the records, so within the last or the first few KiB. */
    size_t window = reply->length < BODY_BYTES ? reply->length : BODY_BYTES;
    const char *found = memmem(reply->at + reply->length - window, window, key, key_length);
    if (found == NULL) {
        found = memmem(reply->at, window, key, key_length);
    }
    if (found == NULL) {
        return 0;
    }
    found += key_length;
    const char *end = strchr(found, '"');
    if (end == NULL || (size_t)(end - found) >= size) {
        fail("a value is too long");
    }
    memcpy(target, found, (size_t)(end - found));
    target[end - found] = '\0';
    return 1;
}

static void *read_shard(void *argument)
{
    const char *id = argument;
    struct reply reply = {0};
    CURL *easy = connection(&reply);
    char body[BODY_BYTES];
    char iterator[BODY_BYTES / 2];
    int length = snprintf(body, sizeof body,
                          "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"TRIM_HORIZON\"}",
                          stream_arn, id);
    call(easy, "DynamoDBStreams_20120810.GetShardIterator", body, (size_t)length, &reply);
    if (!find_text(&reply, "ShardIterator", iterator, sizeof iterator)) {
        fail("no shard iterator");
    }
    int more = 1;
    while (more) {
        length = snprintf(body, sizeof body, "{\"ShardIterator\":\"%s\",\"Limit\":1000}", iterator);
        call(easy, "DynamoDBStreams_20120810.GetRecords", body, (size_t)length, &reply);
        more = find_text(&reply, "NextShardIterator", iterator, sizeof iterator);
    }
    curl_easy_cleanup(easy);
    free(reply.at);
    return NULL;
}

static void *send_batches(void *argument)
{
    (void)argument;
    struct reply reply = {0};
    CURL *easy = connection(&reply);
    while (atomic_fetch_sub(&puts_left, 1) > 0) {
        call(easy, "Firehose_20150804.PutRecordBatch", put_body, put_length, &reply);
    }
    curl_easy_cleanup(easy);
    free(reply.at);
    return NULL;
}

static void list_shards(size_t wanted)
{
    struct reply reply = {0};
    CURL *easy = connection(&reply);
    char body[BODY_BYTES];
    size_t count = 0;
    int length = snprintf(body, sizeof body, "{\"StreamArn\":\"%s\"}", stream_arn);
    while (count < wanted) {
        call(easy, "DynamoDBStreams_20120810.DescribeStream", body, (size_t)length, &reply);
        size_t before = count;
        for (const char *at = reply.at; count < wanted && (at = strstr(at, "\"ShardId\":\"")) != NULL;
             count++) {
            at += strlen("\"ShardId\":\"");
            snprintf(shard_ids[count], ID_BYTES, "%.*s", (int)strcspn(at, "\""), at);
        }
        if (count == before) {
            fail("the stream has fewer shards than asked for");
        }
        length = snprintf(body, sizeof body, "{\"StreamArn\":\"%s\",\"ExclusiveStartShardId\":\"%s\"}",
                          stream_arn, shard_ids[count - 1]);
    }
    curl_easy_cleanup(easy);
    free(reply.at);
}

/* Appends at put_length; the body was made large enough. */
static void put_text(const char *text)
{
    size_t length = strlen(text);
    memcpy(put_body + put_length, text, length);
    put_length += length;
}

static void make_put_body(const char *firehose, size_t bytes)
{
    put_body = malloc(bytes + BODY_BYTES + RECORD_BYTES);
    if (put_body == NULL || strlen(firehose) > ID_BYTES) {
        fail("no room for a request");
    }
    put_text("{\"DeliveryStreamName\":\"");
    put_text(firehose);
    put_text("\",\"Records\":[");
    bool first = true;
    while (put_length < bytes) {
        size_t record = bytes - put_length < RECORD_BYTES ? (bytes - put_length) / 4 * 4 + 4 : RECORD_BYTES;
        put_text(first ? "{\"Data\":\"" : ",{\"Data\":\"");
        memset(put_body + put_length, 'A', record);
        put_length += record;
        put_text("\"}");
        first = false;
    }
    put_text("]}");
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: floor URL STREAM_ARN FIREHOSE SHARDS PUTS PUT_BYTES SENDERS\n");
        return 2;
    }
    url = argv[1];
    stream_arn = argv[2];
    size_t shards = strtoul(argv[4], NULL, 10);
    atomic_store(&puts_left, strtol(argv[5], NULL, 10));
    size_t senders = strtoul(argv[7], NULL, 10);
    if (shards == 0 || shards > SHARDS_CEILING || senders > 64) {
        fail("SHARDS or SENDERS out of range");
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    make_put_body(argv[3], strtoul(argv[6], NULL, 10));
    struct timespec began;
    clock_gettime(CLOCK_MONOTONIC, &began);
    list_shards(shards);
    pthread_t threads[SHARDS_CEILING + 64];
    size_t count = 0;
    for (size_t i = 0; i < shards; i++) {
        if (pthread_create(&threads[count++], NULL, read_shard, shard_ids[i]) != 0) {
            fail("pthread_create failed");
        }
    }
    for (size_t i = 0; i < senders; i++) {
        if (pthread_create(&threads[count++], NULL, send_batches, NULL) != 0) {
            fail("pthread_create failed");
        }
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    struct timespec ended;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    double system = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
    double wall = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
    printf("{\"user_s\":%.3f,\"system_s\":%.3f,\"wall_s\":%.3f,\"peak_kib\":%ld,\"requests\":%ld,\"bytes_"
           "in\":%lld,"
           "\"bytes_out\":%lld}\n",
           user, system, wall, usage.ru_maxrss, atomic_load(&requests), atomic_load(&bytes_in),
           atomic_load(&bytes_out));
    return 0;
}
