/* A scripted transport that plays Firehose: it reads each PutRecordBatch with parsers of its own, holds it
 * against AWS's limits, counts what it takes of each line, and fails as a script of faults says. */
#ifndef PENSTOCK_TESTS_UNIT_SINK_FAKE_FIREHOSE_H
#define PENSTOCK_TESTS_UNIT_SINK_FAKE_FIREHOSE_H

#include "support.h"

#include <cjson/cJSON.h>

#include "aws/base64.h"
#include "aws/firehose.h"

enum { FAKE_SHARDS = 64, FAKE_POISON_BYTES = 32 };

enum fake_fault {
    FAKE_TAKE, /* all accepted */
    FAKE_PARTIAL, /* some records failed */
    FAKE_ALL_FAILED,
    FAKE_SHORT_REPLY, /* accepted, but the array is one too short (fault 32) */
    FAKE_LONG_REPLY,
    FAKE_LOST_ANSWER, /* accepted, connection cut (faults 33, 39) */
    FAKE_TIMEOUT, /* accepted, no answer in time */
    FAKE_GARBAGE, /* accepted, 200 with bytes that do not parse (fault 40) */
    FAKE_THROTTLE, /* 400 ThrottlingException, nothing accepted (fault 34) */
    FAKE_UNAVAILABLE, /* 503 */
    FAKE_INTERNAL, /* 500, accepted */
    FAKE_NO_CONNECTION,
    FAKE_FAULTS, /* those above are what a random run draws from */
    FAKE_NO_STREAM, /* 400 ResourceNotFoundException (fault 38) */
    FAKE_DENIED,
    FAKE_HOLD, /* no answer until the request is cancelled */
};

struct fake_firehose {
    struct http_transport transport; /* first: perform casts back */
    struct credentials_source credentials;
    struct aws_client *client;

    struct mutex lock;
    struct random random;
    enum fake_fault script[64]; /* faults of the first requests, in order */
    uint32_t script_count;
    uint32_t random_faults_percent; /* of the requests behind the script */
    char poison[FAKE_POISON_BYTES]; /* a request with this text in a record is refused; empty: none */
    uint32_t *taken[FAKE_SHARDS]; /* by shard and token: times accepted */
    uint64_t tokens;
    uint32_t requests;
    uint32_t greatest_request; /* records */
    uint32_t violations; /* of AWS's limits, of the line's form, of packing by shard, of first-sent order */
    uint64_t next_first_sent[FAKE_SHARDS];
    uint32_t held; /* requests that wait now */
    void (*on_request)(void *context, uint32_t number); /* with the lock held, or NULL */
    void *context;
};

static inline void fake_reply(struct http_reply *reply, int status, const char *headers)
{
    reply->status = status;
    bytes_clear(&reply->headers);
    reply->headers.ceiling = HTTP_REPLY_HEADERS_CEILING;
    assert_ok(bytes_append_text(&reply->headers, headers));
}

static inline void fake_error(struct http_reply *reply, int status, const char *code, const char *message)
{
    fake_reply(reply, status, "content-type: application/x-amz-json-1.1\n");
    assert_ok(bytes_append_format(&reply->body, "{\"__type\":\"%s\",\"message\":\"%s\"}", code, message));
}

static inline void fake_answer(struct fake_firehose *fake, struct http_reply *reply, uint32_t count,
                               const bool *failed)
{
    uint32_t failures = 0;
    for (uint32_t i = 0; i < count; i++) {
        failures += failed != NULL && failed[i];
    }
    fake_reply(reply, 200, "content-type: application/x-amz-json-1.1\n");
    assert_ok(bytes_append_format(
        &reply->body, "{\"Encrypted\":false,\"FailedPutCount\":%u,\"RequestResponses\":[", failures));
    for (uint32_t i = 0; i < count; i++) {
        bool is_failed = failed != NULL && failed[i];
        assert_ok(bytes_append_text(&reply->body, i == 0 ? "" : ","));
        assert_ok(bytes_append_text(&reply->body, is_failed
                                                      ? "{\"ErrorCode\":\"ServiceUnavailableException\","
                                                        "\"ErrorMessage\":\"Slow down.\"}"
                                                      : "{\"RecordId\":\"abc\"}"));
    }
    assert_ok(bytes_append_text(&reply->body, "]}"));
    (void)fake;
}

/* One line of a record: {"s":SHARD,"t":TOKEN,... and a newline. False when it is none. */
static inline bool fake_read_line(const char *line, size_t length, uint32_t *ret_shard, uint64_t *ret_token)
{
    char head[48];
    unsigned shard = 0;
    unsigned long long token = 0;
    snprintf(head, sizeof head, "%.*s", (int)(length < 47 ? length : 47), line);
    if (sscanf(head, "{\"s\":%u,\"t\":%llu,", &shard, &token) != 2 || shard >= FAKE_SHARDS) {
        return false;
    }
    *ret_shard = shard;
    *ret_token = token;
    return true;
}

/* Looks at each line of a record; counts it as taken when `take`. */
static inline void fake_see_record(struct fake_firehose *fake, const char *text, size_t length, bool take)
{
    uint32_t shard = 0;
    uint32_t record_shard = FAKE_SHARDS;
    uint64_t token = 0;
    size_t start = 0;
    while (start < length) {
        const char *newline = memchr(text + start, '\n', length - start);
        if (newline == NULL || !fake_read_line(text + start, length - start, &shard, &token) ||
            token >= fake->tokens || (record_shard != FAKE_SHARDS && shard != record_shard)) {
            fake->violations++;
            return;
        }
        record_shard = shard;
        if (token > fake->next_first_sent[shard]) {
            fake->violations++;
        }
        if (token == fake->next_first_sent[shard]) {
            fake->next_first_sent[shard]++;
        }
        fake->taken[shard][token] += take;
        start = (size_t)(newline - text) + 1;
    }
}

struct fake_request {
    uint32_t count;
    struct bytes records[FIREHOSE_RECORDS];
};

static inline void fake_request_free(struct fake_request *request)
{
    for (uint32_t i = 0; i < request->count; i++) {
        bytes_free(&request->records[i]);
    }
    free(request);
}

static inline struct fake_request *fake_parse(struct fake_firehose *fake, struct slice body)
{
    struct fake_request *request = calloc(1, sizeof *request);
    assert_non_null(request);
    cJSON *tree = cJSON_ParseWithLength(body.at, body.length);
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(tree, "Records");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(tree, "DeliveryStreamName");
    if (body.length > FIREHOSE_REQUEST_BYTES || !cJSON_IsString(name) ||
        strcmp(name->valuestring, "orders") != 0 || cJSON_GetArraySize(records) > FIREHOSE_RECORDS ||
        cJSON_GetArraySize(records) < 1) {
        fake->violations++;
    }
    const cJSON *record = NULL;
    cJSON_ArrayForEach(record, records)
    {
        const cJSON *data = cJSON_GetObjectItemCaseSensitive(record, "Data");
        struct bytes *target = &request->records[request->count++];
        bytes_init(target, FIREHOSE_REQUEST_BYTES);
        if (!cJSON_IsString(data)) {
            fake->violations++;
            continue;
        }
        assert_ok(base64_decode(slice_of_text(data->valuestring), target));
        fake->violations += target->length > FIREHOSE_RECORD_BYTES || target->length == 0;
    }
    cJSON_Delete(tree);
    return request;
}

static inline bool fake_is_poisoned(const struct fake_firehose *fake, const struct fake_request *request)
{
    for (uint32_t i = 0; i < request->count && fake->poison[0] != '\0'; i++) {
        if (memmem(request->records[i].at, request->records[i].length, fake->poison, strlen(fake->poison)) !=
            NULL) {
            return true;
        }
    }
    return false;
}

static inline enum fake_fault fake_choose(struct fake_firehose *fake)
{
    uint32_t number = fake->requests++;
    if (number < fake->script_count) {
        return fake->script[number];
    }
    if (random_below(&fake->random, 100) < fake->random_faults_percent) {
        return (enum fake_fault)random_below(&fake->random, FAKE_FAULTS);
    }
    return FAKE_TAKE;
}

static inline void fake_see(struct fake_firehose *fake, const struct fake_request *request,
                            const bool *failed, bool take)
{
    for (uint32_t i = 0; i < request->count; i++) {
        fake_see_record(fake, request->records[i].at, request->records[i].length,
                        take && !(failed != NULL && failed[i]));
    }
}

/* Plays `fault`; with the lock held. */
static inline struct status fake_play(struct fake_firehose *fake, enum fake_fault fault,
                                      const struct fake_request *request, struct http_reply *reply)
{
    bool failed[FIREHOSE_RECORDS] = {false};
    bool takes = true;
    struct status status = status_ok();
    switch (fault) {
    case FAKE_PARTIAL:
    case FAKE_ALL_FAILED:
        for (uint32_t i = 0; i < request->count; i++) {
            failed[i] = fault == FAKE_ALL_FAILED || random_below(&fake->random, 3) == 0;
        }
        fake_answer(fake, reply, request->count, failed);
        break;
    case FAKE_SHORT_REPLY:
        fake_answer(fake, reply, request->count - 1, NULL);
        break;
    case FAKE_LONG_REPLY:
        fake_answer(fake, reply, request->count + 1, NULL);
        break;
    case FAKE_LOST_ANSWER:
        status = status_make(STATUS_UNAVAILABLE, "the connection was reset");
        break;
    case FAKE_TIMEOUT:
        status = status_make(STATUS_TIMEOUT, "no answer in time");
        break;
    case FAKE_GARBAGE:
        fake_reply(reply, 200, "");
        assert_ok(bytes_append_text(&reply->body, "{\"FailedPutCount\":0,\"RequestRes"));
        break;
    case FAKE_INTERNAL:
        fake_error(reply, 500, "InternalFailure", "Oops.");
        break;
    case FAKE_THROTTLE:
        takes = false;
        fake_error(reply, 400, "ThrottlingException", "Rate exceeded");
        break;
    case FAKE_UNAVAILABLE:
        takes = false;
        fake_error(reply, 503, "ServiceUnavailableException", "Slow down.");
        break;
    case FAKE_NO_CONNECTION:
        takes = false;
        status = status_make(STATUS_UNAVAILABLE, "cannot connect");
        break;
    case FAKE_NO_STREAM:
        takes = false;
        fake_error(reply, 400, "ResourceNotFoundException", "Firehose orders not found under account 1.");
        break;
    case FAKE_DENIED:
        takes = false;
        fake_error(reply, 400, "AccessDeniedException", "not authorized to perform: firehose:PutRecordBatch");
        break;
    default:
        fake_answer(fake, reply, request->count, NULL);
        break;
    }
    fake_see(fake, request, failed, takes);
    return status;
}

static inline struct status fake_hold(struct fake_firehose *fake, const struct http_request *http)
{
    __atomic_add_fetch(&fake->held, 1, __ATOMIC_ACQ_REL);
    for (uint32_t i = 0; i < 600 && !stop_wait_ms(http->cancel, 100); i++) {
    }
    __atomic_sub_fetch(&fake->held, 1, __ATOMIC_ACQ_REL);
    return status_make(STATUS_STOPPED, "cancelled");
}

static inline struct status fake_perform(struct http_transport *self, const struct http_request *http,
                                         struct http_reply *reply)
{
    struct fake_firehose *fake = (struct fake_firehose *)self;
    bytes_clear(&reply->body);
    bytes_clear(&reply->headers);
    reply->status = 0;
    reply->body.ceiling = http->reply_ceiling;
    mutex_lock(&fake->lock);
    struct fake_request *request = fake_parse(fake, http->body);
    enum fake_fault fault = fake_choose(fake);
    if (fake->on_request != NULL) {
        fake->on_request(fake->context, fake->requests - 1);
    }
    if (request->count > fake->greatest_request) {
        fake->greatest_request = request->count;
    }
    struct status status = status_ok();
    if (fake_is_poisoned(fake, request)) {
        fake_see(fake, request, NULL, false);
        fake_error(reply, 400, "InvalidArgumentException", "A record is not to my taste.");
    } else if (fault != FAKE_HOLD) {
        status = fake_play(fake, fault, request, reply);
    }
    fake_request_free(request);
    mutex_unlock(&fake->lock);
    return fault == FAKE_HOLD ? fake_hold(fake, http) : status;
}

static inline struct status fake_get_credentials(struct credentials_source *self,
                                                 struct credentials *ret_credentials)
{
    (void)self;
    *ret_credentials =
        (struct credentials){.access_key_id = "AKIDEXAMPLE", .expires_wall_ms = CREDENTIALS_NEVER};
    memcpy(ret_credentials->secret_access_key, "not-a-secret", sizeof "not-a-secret");
    return status_ok();
}

static inline void fake_invalidate(struct credentials_source *self)
{
    (void)self;
}

static inline void fake_make_client(struct fake_firehose *fake, enum retry_mode mode)
{
    aws_client_destroy(fake->client);
    assert_ok(aws_client_create(&(struct aws_client_options){.service = AWS_FIREHOSE,
                                                             .region = "eu-west-1",
                                                             .endpoint = "http://127.0.0.1:1/",
                                                             .transport = &fake->transport,
                                                             .credentials = &fake->credentials,
                                                             .clock = clock_real(),
                                                             .retry_mode = mode},
                                &fake->client));
}

/* `tokens` lines a shard at most. */
static inline void fake_init(struct fake_firehose *fake, uint64_t tokens, uint64_t seed)
{
    *fake = (struct fake_firehose){
        .transport = {.perform = fake_perform},
        .credentials = {.get = fake_get_credentials, .invalidate = fake_invalidate},
        .tokens = tokens,
    };
    mutex_init(&fake->lock);
    random_init(&fake->random, seed);
    for (uint32_t i = 0; i < FAKE_SHARDS; i++) {
        fake->taken[i] = calloc(tokens, sizeof **fake->taken);
        assert_non_null(fake->taken[i]);
    }
    fake_make_client(fake, RETRY_MODE_STANDARD);
}

static inline void fake_free(struct fake_firehose *fake)
{
    aws_client_destroy(fake->client);
    for (uint32_t i = 0; i < FAKE_SHARDS; i++) {
        free(fake->taken[i]);
    }
    mutex_destroy(&fake->lock);
}

static inline uint32_t fake_requests(struct fake_firehose *fake)
{
    mutex_lock(&fake->lock);
    uint32_t requests = fake->requests;
    mutex_unlock(&fake->lock);
    return requests;
}

/* A parcel of `count` lines of shard `shard`, tokens from `first_token` on, `lengths` bytes each (60 at
 * least, 0: 60); a line whose token is in `poisoned` carries `poison`. */
static inline struct parcel *fake_parcel(uint32_t shard, uint64_t first_token, uint32_t count,
                                         struct random *random, uint32_t longest, uint32_t poison_one_in,
                                         bool *poisoned, struct sink_receiver *receiver)
{
    struct parcel *parcel = NULL;
    assert_ok(parcel_create(UINT32_MAX, &parcel));
    for (uint32_t i = 0; i < count; i++) {
        size_t offset = parcel->data.length;
        bool bad = poison_one_in > 0 && random_below(random, poison_one_in) == 0;
        assert_ok(bytes_append_format(&parcel->data, "{\"s\":%u,\"t\":%llu,\"%s\":\"", shard,
                                      (unsigned long long)first_token + i, bad ? "POISON" : "x"));
        size_t pad = random_below(random, (uint64_t)longest + 1);
        assert_ok(bytes_reserve(&parcel->data, pad));
        memset(parcel->data.at + parcel->data.length, 'z', pad);
        parcel->data.length += pad;
        assert_ok(bytes_append_text(&parcel->data, "\"}\n"));
        assert_int_equal(parcel_add_line(parcel, (uint32_t)offset, i), STATUS_OK);
        if (poisoned != NULL) {
            poisoned[first_token + i] = bad;
        }
    }
    parcel->first_token = first_token;
    parcel->receiver = receiver;
    return parcel;
}

#endif
