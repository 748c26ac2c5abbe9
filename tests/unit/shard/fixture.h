/* A real shard with its real client, budget, positions and dead letters, before a scripted DynamoDB Streams
 * and a sink that gives verdicts as told. */
#ifndef PENSTOCK_TESTS_UNIT_SHARD_FIXTURE_H
#define PENSTOCK_TESTS_UNIT_SHARD_FIXTURE_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "shard/shard.h"

enum { FIXTURE_HANG_MS = 60000, FIXTURE_REQUESTS = 256, FIXTURE_LINES = 4096, FIXTURE_TEXT = 2048 };

#define FIXTURE_ARN   "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-23T10:00:00.000"
#define FIXTURE_SHARD "shardId-00000001763900000000-1a2b3c4d"

struct step {
    const char *operation; /* "GetRecords": the request must be this one */
    int status; /* 0: the exchange fails with `failure` */
    enum status_code failure;
    char *body; /* owned by the fixture */
};

enum verdicts { ACCEPT, HOLD, REFUSE_SECOND, UNSENT_ONCE };

struct fixture {
    /* The scripted server; the shard's thread alone, but for `lock`. */
    struct http_transport transport; /* first: the two share their address */
    struct step steps[FIXTURE_REQUESTS];
    size_t step_count;
    char requests[FIXTURE_REQUESTS][FIXTURE_TEXT]; /* "Operation body" */
    bool block; /* GetRecords waits for its cancel */

    /* The sink. */
    struct sink sink;
    enum verdicts verdicts;

    /* Any thread, under the lock. */
    struct mutex lock;
    struct condition changed;
    size_t used;
    size_t idle_calls; /* after the last step */
    uint64_t seqs[FIXTURE_LINES]; /* of lines in the order they came */
    size_t line_count;
    char last_line[FIXTURE_TEXT];
    struct parcel *held[64];
    size_t held_count;
    int ended;
    int failed;
    char failure[STATUS_REASON_BYTES];
    bool lease_lost;

    char folder[64];
    struct credentials_source credentials;
    struct shard_environment environment;
    struct shard *shard;
};

static inline void assert_ok(struct status status)
{
    if (!status_is_ok(&status)) {
        fail_msg("%s: %s", status_code_name(status.code), status.reason);
    }
}

/* ---- the server ---- */

static inline const char *request_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return "";
}

static inline struct status server_perform(struct http_transport *transport,
                                           const struct http_request *request, struct http_reply *reply)
{
    struct fixture *fixture = (struct fixture *)transport;
    const char *dot = strrchr(request_header(request, "x-amz-target"), '.');
    const char *operation = dot == NULL ? "?" : dot + 1;
    if (fixture->block && strcmp(operation, "GetRecords") == 0) {
        while (!stop_wait_ms(request->cancel, 1000)) {
        }
        return status_make(STATUS_STOPPED, "cancelled");
    }
    struct step step = {.status = 200};
    mutex_lock(&fixture->lock);
    if (fixture->used < fixture->step_count) {
        step = fixture->steps[fixture->used];
        snprintf(fixture->requests[fixture->used], FIXTURE_TEXT, "%s %.*s", operation,
                 (int)request->body.length, request->body.at);
        if (strcmp(operation, step.operation) != 0) {
            print_error("request %zu is %s, not %s\n", fixture->used, operation, step.operation);
            abort();
        }
        fixture->used++;
    } else {
        fixture->idle_calls++;
    }
    condition_broadcast(&fixture->changed);
    mutex_unlock(&fixture->lock);
    if (step.status == 0) {
        return status_make(step.failure, "as scripted");
    }
    bytes_clear(&reply->body);
    bytes_clear(&reply->headers);
    reply->body.ceiling = request->reply_ceiling;
    reply->status = step.status;
    return bytes_append_text(&reply->body, step.body != NULL ? step.body
                                           : strcmp(operation, "GetRecords") == 0
                                               ? "{\"Records\":[],\"NextShardIterator\":\"idle\"}"
                                               : "{\"ShardIterator\":\"idle\"}");
}

static inline struct status give_credentials(struct credentials_source *self,
                                             struct credentials *ret_credentials)
{
    (void)self;
    *ret_credentials = (struct credentials){
        .access_key_id = "AKID", .secret_access_key = "secret", .expires_wall_ms = CREDENTIALS_NEVER};
    return status_ok();
}

static inline void keep_credentials(struct credentials_source *self)
{
    (void)self;
}

/* ---- the sink ---- */

static inline void sink_put_lines(struct sink *sink, struct parcel *parcel)
{
    struct fixture *fixture = (struct fixture *)(void *)((char *)sink - offsetof(struct fixture, sink));
    mutex_lock(&fixture->lock);
    for (uint32_t i = 0; i < parcel->count; i++) {
        struct slice line = parcel_slice(parcel, i);
        const char *seq = memmem(line.at, line.length, "\"seq\":\"", 7);
        if (seq == NULL || fixture->line_count == FIXTURE_LINES) {
            abort();
        }
        fixture->seqs[fixture->line_count++] = strtoull(seq + 7, NULL, 10);
        snprintf(fixture->last_line, sizeof fixture->last_line, "%.*s", (int)line.length, line.at);
    }
    enum verdicts verdicts = fixture->verdicts;
    if (verdicts == HOLD) {
        fixture->held[fixture->held_count++] = parcel;
    } else if (verdicts == UNSENT_ONCE) {
        fixture->verdicts = ACCEPT;
    }
    condition_broadcast(&fixture->changed);
    mutex_unlock(&fixture->lock);
    if (verdicts == HOLD) {
        return;
    }
    struct sink_receiver *receiver = parcel->receiver;
    uint64_t first = parcel->first_token;
    uint32_t count = parcel->count;
    parcel_destroy(parcel);
    uint32_t good = verdicts == ACCEPT ? count : 1;
    receiver->verdict(receiver, first, good, SINK_ACCEPTED, NULL);
    if (count > good && verdicts == REFUSE_SECOND) {
        receiver->verdict(receiver, first + 1, 1, SINK_REFUSED, "too long");
        good = 2;
    }
    if (count > good) {
        receiver->verdict(receiver, first + good, count - good,
                          verdicts == UNSENT_ONCE ? SINK_UNSENT : SINK_ACCEPTED, NULL);
    }
}

static inline void sink_flush(struct sink *sink)
{
    (void)sink;
}

/* Gives every held parcel a verdict, the last first. */
static inline void settle_held(struct fixture *fixture, enum sink_verdict verdict)
{
    mutex_lock(&fixture->lock);
    size_t count = fixture->held_count;
    fixture->held_count = 0;
    mutex_unlock(&fixture->lock);
    while (count-- > 0) {
        struct parcel *parcel = fixture->held[count];
        struct sink_receiver *receiver = parcel->receiver;
        uint64_t first = parcel->first_token;
        uint32_t lines = parcel->count;
        parcel_destroy(parcel);
        receiver->verdict(receiver, first, lines, verdict, NULL);
    }
}

/* ---- the owner ---- */

static inline void note_ended(void *context, struct shard *shard)
{
    struct fixture *fixture = context;
    (void)shard;
    mutex_lock(&fixture->lock);
    fixture->ended++;
    condition_broadcast(&fixture->changed);
    mutex_unlock(&fixture->lock);
}

static inline void note_failed(void *context, struct shard *shard, const struct status *why)
{
    struct fixture *fixture = context;
    (void)shard;
    mutex_lock(&fixture->lock);
    fixture->failed++;
    snprintf(fixture->failure, sizeof fixture->failure, "%s", why->reason);
    condition_broadcast(&fixture->changed);
    mutex_unlock(&fixture->lock);
}

static inline bool lease_is_valid(void *context)
{
    struct fixture *fixture = context;
    mutex_lock(&fixture->lock);
    bool valid = !fixture->lease_lost;
    mutex_unlock(&fixture->lock);
    return valid;
}

/* ---- set-up ---- */

static inline void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    mutex_init(&fixture->lock);
    condition_init(&fixture->changed);
    log_set_descriptor(open("/dev/null", O_WRONLY | O_CLOEXEC));
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/penstock-shard-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->transport.perform = server_perform;
    fixture->sink = (struct sink){.put = sink_put_lines, .flush = sink_flush};
    fixture->credentials =
        (struct credentials_source){.get = give_credentials, .invalidate = keep_credentials};
    struct shard_environment *environment = &fixture->environment;
    *environment = (struct shard_environment){
        .sink = &fixture->sink,
        .clock = clock_real(),
        .stream_arn = FIXTURE_ARN,
        .stream_label = "2026-11-23T10:00:00.000",
        .table = "orders",
        .region = "eu-west-1",
        .poll_ms = 1,
        .poll_idle_ms = 5,
        .request_timeout_ms = 10000,
    };
    struct aws_client_options client = {
        .service = AWS_DYNAMODB_STREAMS,
        .region = "eu-west-1",
        .endpoint = "http://127.0.0.1:1",
        .transport = &fixture->transport,
        .credentials = &fixture->credentials,
        .clock = clock_real(),
    };
    assert_ok(aws_client_create(&client, &environment->streams));
    struct budget_options budget = {.total_bytes = 64 << 20, .share_cap_bytes = 16 << 20};
    assert_ok(budget_create(&budget, &environment->budget));
    struct positions_options positions = {
        .state_dir = fixture->folder,
        .app = "app",
        .stream_arn = FIXTURE_ARN,
        .worker_id = "w-1",
        .clock = clock_real(),
    };
    assert_ok(positions_open(&positions, &environment->positions));
}

static inline void add_step(struct fixture *fixture, const char *operation, int status, char *body)
{
    fixture->steps[fixture->step_count++] =
        (struct step){.operation = operation, .status = status, .body = body};
}

static inline void add_iterator(struct fixture *fixture)
{
    add_step(fixture, "GetShardIterator", 200, strdup("{\"ShardIterator\":\"it-0\"}"));
}

static inline void add_error(struct fixture *fixture, const char *operation, const char *type)
{
    char *body = NULL;
    assert_true(
        asprintf(&body, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#%s\",\"message\":\"m\"}", type) > 0);
    add_step(fixture, operation, 400, body);
}

static inline void add_failure(struct fixture *fixture, const char *operation, enum status_code failure)
{
    fixture->steps[fixture->step_count++] = (struct step){.operation = operation, .failure = failure};
}

/* The caller frees. */
__attribute__((format(printf, 1, 2))) static inline char *format_text(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    assert_true(length >= 0);
    return text;
}

/* Text of a record with this number, which is also its time in seconds. */
static inline char *record_text(uint64_t seq)
{
    return format_text("{\"eventID\":\"e%llu\",\"eventName\":\"INSERT\",\"dynamodb\":{"
                       "\"ApproximateCreationDateTime\":%llu,"
                       "\"Keys\":{\"pk\":{\"S\":\"k%llu\"}},\"NewImage\":{\"pk\":{\"S\":\"k%llu\"}},"
                       "\"SequenceNumber\":\"%llu\"}}",
                       (unsigned long long)seq, (unsigned long long)seq, (unsigned long long)seq,
                       (unsigned long long)seq, (unsigned long long)seq);
}

/* A page of records first to last; `next` NULL: the shard ends. */
static inline char *page_text(uint64_t first, uint64_t last, const char *next)
{
    char *records = strdup("");
    for (uint64_t seq = first; seq <= last; seq++) {
        char *record = record_text(seq);
        char *joined = format_text("%s%s%s", records, seq == first ? "" : ",", record);
        free(records);
        free(record);
        records = joined;
    }
    char *page =
        format_text("{\"Records\":[%s]%s%s%s}", records, next == NULL ? "" : ",\"NextShardIterator\":\"",
                    next == NULL ? "" : next, next == NULL ? "" : "\"");
    free(records);
    return page;
}

static inline void add_page(struct fixture *fixture, uint64_t first, uint64_t last, const char *next)
{
    add_step(fixture, "GetRecords", 200, page_text(first, last, next));
}

static inline struct sequence_number number_of(uint64_t value)
{
    char text[24];
    struct sequence_number number = {0};
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    assert_true(sequence_number_parse(slice_of_text(text), &number));
    return number;
}

/* `after` 0: from the trim horizon. */
static inline struct shard_start start_after(struct fixture *fixture, uint64_t after)
{
    struct shard_start start = {
        .shard_id = FIXTURE_SHARD,
        .ownership = {lease_is_valid, fixture},
        .events = {fixture, note_ended, note_failed},
        .user = fixture,
    };
    if (after > 0) {
        start.origin = SHARD_FROM_AFTER;
        start.after = number_of(after);
    }
    return start;
}

static inline void run_shard(struct fixture *fixture, const struct shard_start *start)
{
    assert_ok(shard_create(&fixture->environment, start, &fixture->shard));
}

/* Waits until `condition` holds; looks again after each event and every 50 ms. */
#define WAIT_UNTIL(fixture, condition)                                                                       \
    do {                                                                                                     \
        int64_t deadline_ms = clock_boot_ms(clock_real()) + FIXTURE_HANG_MS;                                 \
        mutex_lock(&(fixture)->lock);                                                                        \
        while (!(condition)) {                                                                               \
            if (clock_boot_ms(clock_real()) > deadline_ms) {                                                 \
                fail_msg("waited in vain for: %s", #condition);                                              \
            }                                                                                                \
            condition_wait_ms(&(fixture)->changed, &(fixture)->lock, 50);                                    \
        }                                                                                                    \
        mutex_unlock(&(fixture)->lock);                                                                      \
    } while (0)

static inline int remove_path(const char *path, const struct stat *what, int kind, struct FTW *walk)
{
    (void)what;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* Stops the shard if it runs, and checks that nothing was left behind. */
static inline void fixture_end(struct fixture *fixture)
{
    if (fixture->shard != NULL) {
        shard_stop(fixture->shard, SHARD_ABORT);
        settle_held(fixture, SINK_UNSENT);
        WAIT_UNTIL(fixture, shard_is_finished(fixture->shard));
        shard_destroy(fixture->shard);
    }
    assert_int_equal(budget_held(fixture->environment.budget), 0);
    budget_destroy(fixture->environment.budget);
    aws_client_destroy(fixture->environment.streams);
    positions_close(fixture->environment.positions);
    if (fixture->environment.letters != NULL) {
        dead_letters_close(fixture->environment.letters);
    }
    for (size_t i = 0; i < fixture->step_count; i++) {
        free(fixture->steps[i].body);
    }
    assert_int_equal(nftw(fixture->folder, remove_path, 8, FTW_DEPTH | FTW_PHYS), 0);
    condition_destroy(&fixture->changed);
    mutex_destroy(&fixture->lock);
}

#endif
