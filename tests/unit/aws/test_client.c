/* The client's calls: what is retried, what is not, what is signed, and what a caller is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/client.h"
#include "aws/retry.h"
#include "tests/unit/aws/scripted_transport.h"

enum { HANG_MS = 60000 };

/* 2026-11-23T10:00:00Z */
#define NOW_MS   1795428000000
#define NOW_DATE "Date: Mon, 23 Nov 2026 10:00:00 GMT\n"

/* Credentials "KEY-n" for the n-th refresh. */
struct counting_source {
    struct credentials_source source; /* first: the two share their address */
    int generation;
    struct status failure; /* given instead when not OK */
    char token[64];
};

static struct status counting_get(struct credentials_source *source, struct credentials *ret_credentials)
{
    struct counting_source *self = (struct counting_source *)source;
    TRY(self->failure);
    *ret_credentials = (struct credentials){.expires_wall_ms = CREDENTIALS_NEVER};
    snprintf(ret_credentials->access_key_id, sizeof ret_credentials->access_key_id, "KEY-%d",
             self->generation);
    snprintf(ret_credentials->secret_access_key, sizeof ret_credentials->secret_access_key, "secret");
    snprintf(ret_credentials->session_token, sizeof ret_credentials->session_token, "%s", self->token);
    return status_ok();
}

static void counting_invalidate(struct credentials_source *source)
{
    ((struct counting_source *)source)->generation++;
}

struct fixture {
    struct scripted_transport script;
    struct counting_source credentials;
    struct clock_virtual clock;
    struct aws_client *client;
    struct aws_reply reply;
};

static void fixture_start(struct fixture *fixture, enum aws_service service, const struct script_step *steps,
                          size_t count)
{
    memset(fixture, 0, sizeof *fixture);
    script_start(&fixture->script, steps, count);
    clock_virtual_init(&fixture->clock, 5000000, NOW_MS);
    fixture->credentials.source =
        (struct credentials_source){.get = counting_get, .invalidate = counting_invalidate};
    struct aws_client_options options = {.service = service,
                                         .region = "eu-west-1",
                                         .endpoint = "https://dynamodb.eu-west-1.amazonaws.com",
                                         .transport = &fixture->script.transport,
                                         .credentials = &fixture->credentials.source,
                                         .clock = &fixture->clock.clock};
    assert_int_equal(aws_client_create(&options, &fixture->client).code, STATUS_OK);
}

static void fixture_end(struct fixture *fixture)
{
    aws_reply_free(&fixture->reply);
    aws_client_destroy(fixture->client);
    script_end(&fixture->script);
}

#define START(fixture, service, steps)                                                                       \
    fixture_start(fixture, service, steps, sizeof(steps) / sizeof(steps)[0])

static struct status call(struct fixture *fixture)
{
    struct aws_call call = {.operation = "GetItem", .body = slice_of_text("{\"a\":1}")};
    return aws_client_call(fixture->client, &call, &fixture->reply);
}

#define OK_STEP              {.status = 200, .body = "{}"}
#define REFUSAL(http, words) {.status = (http), .body = "{\"__type\":\"x#" words "\",\"message\":\"no\"}"}

/* ---- What is sent ---- */

static void a_call_carries_the_headers_of_its_protocol(void **state)
{
    (void)state;
    static const struct {
        enum aws_service service;
        const char *type;
        const char *target;
    } cases[] = {
        {AWS_DYNAMODB, "application/x-amz-json-1.0", "DynamoDB_20120810.GetItem"},
        {AWS_DYNAMODB_STREAMS, "application/x-amz-json-1.0", "DynamoDBStreams_20120810.GetItem"},
        {AWS_FIREHOSE, "application/x-amz-json-1.1", "Firehose_20150804.GetItem"},
        {AWS_KINESIS, "application/x-amz-json-1.1", "Kinesis_20131202.GetItem"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct script_step steps[] = {OK_STEP};
        struct fixture f;
        char value[SCRIPT_TEXT];
        START(&f, cases[i].service, steps);
        assert_int_equal(call(&f).code, STATUS_OK);
        const struct script_request *sent = &f.script.requests[0];
        assert_string_equal(sent->method, "POST");
        assert_string_equal(sent->url, "https://dynamodb.eu-west-1.amazonaws.com/");
        assert_string_equal(sent->body, "{\"a\":1}");
        assert_false(sent->direct);
        assert_int_equal(sent->timeout_ms, 10000);
        assert_true(script_header(sent, "content-type", value, sizeof value));
        assert_string_equal(value, cases[i].type);
        assert_true(script_header(sent, "x-amz-target", value, sizeof value));
        assert_string_equal(value, cases[i].target);
        assert_true(script_header(sent, "host", value, sizeof value));
        assert_string_equal(value, "dynamodb.eu-west-1.amazonaws.com");
        assert_true(script_header(sent, "x-amz-date", value, sizeof value));
        assert_string_equal(value, "20261123T100000Z");
        assert_true(script_header(sent, "authorization", value, sizeof value));
        assert_non_null(strstr(value, "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "));
        assert_non_null(strstr(value, "Credential=KEY-0/20261123/eu-west-1/"));
        assert_false(script_header(sent, "x-amz-security-token", value, sizeof value));
        fixture_end(&f);
    }
}

static void a_session_token_is_sent_and_signed(void **state)
{
    (void)state;
    static const struct script_step steps[] = {OK_STEP};
    struct fixture f;
    char value[SCRIPT_TEXT];
    START(&f, AWS_FIREHOSE, steps);
    snprintf(f.credentials.token, sizeof f.credentials.token, "token+/=");
    assert_int_equal(call(&f).code, STATUS_OK);
    assert_true(script_header(&f.script.requests[0], "x-amz-security-token", value, sizeof value));
    assert_string_equal(value, "token+/=");
    assert_true(script_header(&f.script.requests[0], "authorization", value, sizeof value));
    assert_non_null(strstr(value, "x-amz-date;x-amz-security-token;x-amz-target"));
    fixture_end(&f);
}

static void attempts_of_one_call_share_an_id_and_count_up(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        REFUSAL(500, "InternalServerError"), {.transport = STATUS_TIMEOUT}, OK_STEP, OK_STEP};
    struct fixture f;
    char first[64];
    char value[64];
    START(&f, AWS_DYNAMODB, steps);
    assert_int_equal(call(&f).code, STATUS_OK);
    assert_int_equal(f.reply.attempts, 3);
    assert_true(script_header(&f.script.requests[0], "amz-sdk-invocation-id", first, sizeof first));
    assert_int_equal(strlen(first), 36);
    assert_int_equal(first[14], '4');
    for (size_t i = 0; i < 3; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "attempt=%zu; max=4", i + 1);
        assert_true(script_header(&f.script.requests[i], "amz-sdk-request", value, sizeof value));
        assert_string_equal(value, expected);
        assert_true(script_header(&f.script.requests[i], "amz-sdk-invocation-id", value, sizeof value));
        assert_string_equal(value, first);
    }
    assert_int_equal(call(&f).code, STATUS_OK);
    assert_true(script_header(&f.script.requests[3], "amz-sdk-invocation-id", value, sizeof value));
    assert_string_not_equal(value, first);
    fixture_end(&f);
}

/* ---- What is retried ---- */

struct retry_case {
    const char *name;
    struct script_step step; /* played for ever */
    enum status_code code;
    uint32_t dynamodb_attempts;
    uint32_t firehose_attempts;
    const char *error_code;
};

static const struct retry_case retry_cases[] = {
    {"500", REFUSAL(500, "InternalServerError"), STATUS_UNAVAILABLE, 4, 3, "InternalServerError"},
    {"503 of a balancer", {.status = 503, .body = "<html>busy</html>"}, STATUS_UNAVAILABLE, 4, 3, ""},
    {"unavailable", {.transport = STATUS_UNAVAILABLE}, STATUS_UNAVAILABLE, 4, 3, ""},
    {"timeout", {.transport = STATUS_TIMEOUT}, STATUS_TIMEOUT, 4, 3, ""},
    {"a distrusted certificate", {.transport = STATUS_DENIED}, STATUS_DENIED, 1, 1, ""},
    {"too large", {.transport = STATUS_TOO_LARGE}, STATUS_TOO_LARGE, 1, 1, ""},
    {"stopped", {.transport = STATUS_STOPPED}, STATUS_STOPPED, 1, 1, ""},
    {"501", {.status = 501, .body = ""}, STATUS_UNAVAILABLE, 1, 1, ""},
    {"a redirect", {.status = 301, .body = ""}, STATUS_UNAVAILABLE, 1, 1, ""},
    {"404 without words", {.status = 404, .body = "not found"}, STATUS_UNAVAILABLE, 1, 1, ""},
    {"validation", REFUSAL(400, "ValidationException"), STATUS_INVALID, 1, 1, "ValidationException"},
    {"condition", REFUSAL(400, "ConditionalCheckFailedException"), STATUS_CONDITION, 1, 1,
     "ConditionalCheckFailedException"},
    {"not found", REFUSAL(400, "ResourceNotFoundException"), STATUS_NOT_FOUND, 1, 1,
     "ResourceNotFoundException"},
    {"in use", REFUSAL(400, "ResourceInUseException"), STATUS_EXISTS, 1, 1, "ResourceInUseException"},
    {"iterator", REFUSAL(400, "ExpiredIteratorException"), STATUS_EXPIRED, 1, 1, "ExpiredIteratorException"},
    {"trimmed", REFUSAL(400, "TrimmedDataAccessException"), STATUS_TRIMMED, 1, 1,
     "TrimmedDataAccessException"},
    {"denied", REFUSAL(400, "AccessDeniedException"), STATUS_DENIED, 1, 1, "AccessDeniedException"},
    {"a bad checksum",
     {.status = 200, .headers = "x-amz-crc32: 1\n", .body = "{}"},
     STATUS_CORRUPT,
     4,
     3,
     ""},
};

static void each_failure_is_retried_as_its_kind_allows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof retry_cases / sizeof retry_cases[0]; i++) {
        const struct retry_case *c = &retry_cases[i];
        const struct script_step steps[] = {c->step, c->step, c->step, c->step, c->step, c->step};
        for (int firehose = 0; firehose < 2; firehose++) {
            struct fixture f;
            START(&f, firehose ? AWS_FIREHOSE : AWS_DYNAMODB, steps);
            struct status status = call(&f);
            uint32_t expected = firehose ? c->firehose_attempts : c->dynamodb_attempts;
            if (status.code != c->code || f.reply.attempts != expected || f.script.used != expected ||
                strcmp(f.reply.error_code, c->error_code) != 0) {
                fail_msg("%s: %s after %u attempts, code '%s': %s", c->name, status_code_name(status.code),
                         f.reply.attempts, f.reply.error_code, status.reason);
            }
            assert_non_null(strstr(status.reason, firehose ? "Firehose GetItem: " : "DynamoDB GetItem: "));
            fixture_end(&f);
        }
    }
}

static void a_throttle_is_retried_and_counted(void **state)
{
    (void)state;
    static const struct script_step steps[] = {REFUSAL(400, "ProvisionedThroughputExceededException"),
                                               OK_STEP};
    struct fixture f;
    struct aws_client_counts counts;
    START(&f, AWS_DYNAMODB, steps);
    assert_int_equal(call(&f).code, STATUS_OK);
    assert_int_equal(f.reply.attempts, 2);
    assert_string_equal(f.reply.error_code, "");
    aws_client_read_counts(f.client, &counts);
    assert_int_equal(counts.calls, 1);
    assert_int_equal(counts.attempts, 2);
    assert_int_equal(counts.retries, 1);
    assert_int_equal(counts.throttles, 1);
    assert_int_equal(counts.failures, 0);
    fixture_end(&f);
}

static void one_attempt_means_one(void **state)
{
    (void)state;
    static const struct script_step steps[] = {REFUSAL(500, "InternalServerError"), OK_STEP};
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    struct aws_call once = {.operation = "UpdateItem", .body = slice_of_text("{}"), .max_attempts = 1};
    assert_int_equal(aws_client_call(f.client, &once, &f.reply).code, STATUS_UNAVAILABLE);
    assert_int_equal(f.script.used, 1);
    fixture_end(&f);
}

static void an_empty_bucket_ends_retries_and_successes_fill_it_again(void **state)
{
    (void)state;
    struct script_step steps[SCRIPT_STEPS];
    size_t count = 0;
    while (count < 47) {
        steps[count++] = (struct script_step){.transport = STATUS_UNAVAILABLE};
    }
    steps[count++] = (struct script_step)OK_STEP;
    struct fixture f;
    fixture_start(&f, AWS_DYNAMODB, steps, count);
    /* 500 tokens pay 35 retries of 14: eleven calls of three, then two, then none. */
    for (int i = 0; i < 11; i++) {
        assert_int_equal(call(&f).code, STATUS_UNAVAILABLE);
        assert_int_equal(f.reply.attempts, 4);
    }
    assert_int_equal(call(&f).code, STATUS_UNAVAILABLE);
    assert_int_equal(f.reply.attempts, 3);
    assert_int_equal(f.script.used, 47);
    assert_int_equal(call(&f).code, STATUS_OK);
    fixture_end(&f);
}

/* ---- Deadlines and stops ---- */

static void no_attempt_starts_or_lasts_beyond_the_deadline(void **state)
{
    (void)state;
    static const struct script_step steps[] = {REFUSAL(500, "InternalServerError"), OK_STEP};
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    int64_t now = f.clock.boot_ms;
    struct aws_call call_to = {
        .operation = "UpdateItem", .body = slice_of_text("{}"), .deadline_boot_ms = now};
    assert_int_equal(aws_client_call(f.client, &call_to, &f.reply).code, STATUS_TIMEOUT);
    assert_int_equal(f.script.used, 0);
    assert_int_equal(f.reply.attempts, 0);
    call_to.deadline_boot_ms =
        now + 1; /* the pause may be 0 ms, the clock stands still: one attempt, or two */
    call_to.max_attempts = 1;
    assert_int_equal(aws_client_call(f.client, &call_to, &f.reply).code, STATUS_UNAVAILABLE);
    assert_int_equal(f.script.requests[0].timeout_ms, 1);
    call_to.deadline_boot_ms = now + 3000;
    call_to.attempt_timeout_ms = 700;
    assert_int_equal(aws_client_call(f.client, &call_to, &f.reply).code, STATUS_OK);
    assert_int_equal(f.script.requests[1].timeout_ms, 700);
    fixture_end(&f);
}

static void a_pause_that_would_pass_the_deadline_is_not_begun(void **state)
{
    (void)state;
    /* Asked for 5 s, so that the pause is longer than the deadline whatever the jitter. */
    static const struct script_step steps[] = {
        {.status = 503, .headers = "x-amz-retry-after: 5000\n", .body = ""}, OK_STEP};
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    struct aws_call soon = {
        .operation = "UpdateItem", .body = slice_of_text("{}"), .deadline_boot_ms = f.clock.boot_ms + 4000};
    assert_int_equal(aws_client_call(f.client, &soon, &f.reply).code, STATUS_UNAVAILABLE);
    assert_int_equal(f.script.used, 1);
    fixture_end(&f);
}

static void a_stop_ends_the_pause_between_attempts(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 503, .headers = "x-amz-retry-after: 5000\n", .body = ""}, OK_STEP};
    struct fixture f;
    struct stop stop;
    START(&f, AWS_DYNAMODB, steps);
    stop_init(&stop);
    stop_request(&stop);
    struct aws_call stopped = {.operation = "UpdateItem", .body = slice_of_text("{}"), .cancel = &stop};
    assert_int_equal(aws_client_call(f.client, &stopped, &f.reply).code, STATUS_STOPPED);
    assert_int_equal(f.script.used, 1);
    stop_destroy(&stop);
    fixture_end(&f);
}

/* ---- Checksums ---- */

static void a_checksum_that_matches_is_a_success(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .headers = "x-amz-crc32: 2745614147\n", .body = "{}"}, /* of "{}" */
        {.status = 200, .headers = "x-amz-crc32: 0\n", .body = ""},
    };
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    assert_int_equal(call(&f).code, STATUS_OK);
    assert_int_equal(f.reply.attempts, 1);
    assert_int_equal(call(&f).code, STATUS_OK);
    fixture_end(&f);
}

static void a_damaged_reply_is_asked_again(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .headers = "x-amz-crc32: 2745614147\n", .body = "[]"},
        {.status = 200, .headers = "x-amz-crc32: 2745614147\n", .body = "{}"},
    };
    struct fixture f;
    START(&f, AWS_DYNAMODB_STREAMS, steps);
    assert_int_equal(call(&f).code, STATUS_OK);
    assert_int_equal(f.reply.attempts, 2);
    assert_true(slice_equals_text(bytes_slice(&f.reply.http.body), "{}"));
    fixture_end(&f);
}

/* ---- Clock skew ---- */

static void a_wrong_clock_is_corrected_by_the_date_of_the_refusal(void **state)
{
    (void)state;
    static const char *const codes[] = {"RequestTimeTooSkewed",  "RequestExpired",
                                        "RequestInTheFuture",    "InvalidSignatureException",
                                        "SignatureDoesNotMatch", "AuthFailure"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char body[128];
        snprintf(body, sizeof body, "{\"__type\":\"%s\"}", codes[i]);
        const struct script_step steps[] = {
            {.status = 400, .headers = "Date: Mon, 23 Nov 2026 10:15:00 GMT\n", .body = body},
            OK_STEP,
            OK_STEP};
        struct fixture f;
        char value[64];
        struct aws_client_counts counts;
        START(&f, AWS_FIREHOSE, steps);
        /* Even where one attempt is all: the server did nothing with it. */
        struct aws_call once = {
            .operation = "PutRecordBatch", .body = slice_of_text("{}"), .max_attempts = 1};
        assert_int_equal(aws_client_call(f.client, &once, &f.reply).code, STATUS_OK);
        assert_true(script_header(&f.script.requests[1], "x-amz-date", value, sizeof value));
        assert_string_equal(value, "20261123T101500Z");
        clock_virtual_advance(&f.clock, 60000);
        assert_int_equal(call(&f).code, STATUS_OK); /* and it stays learned */
        assert_true(script_header(&f.script.requests[2], "x-amz-date", value, sizeof value));
        assert_string_equal(value, "20261123T101600Z");
        aws_client_read_counts(f.client, &counts);
        assert_int_equal(counts.clock_offset_ms, 15 * 60 * 1000);
        fixture_end(&f);
    }
}

static void a_wrong_signature_with_the_right_time_is_no_skew(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 403,
         .headers = "Date: Mon, 23 Nov 2026 10:03:59 GMT\n",
         .body = "{\"__type\":\"InvalidSignatureException\"}"},
        {.status = 403, .headers = "Date: nonsense\n", .body = "{\"__type\":\"InvalidSignatureException\"}"},
        {.status = 403, .body = "{\"__type\":\"InvalidSignatureException\"}"},
    };
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    for (size_t i = 1; i <= 3; i++) {
        assert_int_equal(call(&f).code, STATUS_DENIED);
        assert_int_equal(f.script.used, i);
    }
    fixture_end(&f);
}

static void a_server_that_goes_on_refusing_the_clock_is_asked_twice_only(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 400,
         .headers = "Date: Mon, 23 Nov 2026 12:00:00 GMT\n",
         .body = "{\"__type\":\"RequestExpired\"}"},
        {.status = 400,
         .headers = "Date: Mon, 23 Nov 2026 16:00:00 GMT\n",
         .body = "{\"__type\":\"RequestExpired\"}"},
        OK_STEP,
    };
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    assert_int_equal(call(&f).code, STATUS_DENIED);
    assert_int_equal(f.script.used, 2);
    fixture_end(&f);
}

/* ---- Credentials ---- */

static void expired_credentials_are_refreshed_once(void **state)
{
    (void)state;
    static const struct script_step steps[] = {REFUSAL(400, "ExpiredTokenException"), OK_STEP,
                                               REFUSAL(400, "ExpiredTokenException"),
                                               REFUSAL(400, "ExpiredTokenException"), OK_STEP};
    struct fixture f;
    char value[SCRIPT_TEXT];
    START(&f, AWS_FIREHOSE, steps);
    struct aws_call once = {.operation = "PutRecordBatch", .body = slice_of_text("{}"), .max_attempts = 1};
    assert_int_equal(aws_client_call(f.client, &once, &f.reply).code, STATUS_OK);
    assert_true(script_header(&f.script.requests[1], "authorization", value, sizeof value));
    assert_non_null(strstr(value, "Credential=KEY-1/"));
    assert_int_equal(call(&f).code, STATUS_DENIED);
    assert_int_equal(f.script.used, 4);
    fixture_end(&f);
}

static void missing_credentials_are_a_refusal_and_never_a_missing_table(void **state)
{
    (void)state;
    static const struct {
        enum status_code given;
        enum status_code told;
    } cases[] = {{STATUS_NOT_FOUND, STATUS_DENIED},   {STATUS_INVALID, STATUS_DENIED},
                 {STATUS_IO, STATUS_DENIED},          {STATUS_EXPIRED, STATUS_DENIED},
                 {STATUS_CONDITION, STATUS_DENIED},   {STATUS_UNAVAILABLE, STATUS_UNAVAILABLE},
                 {STATUS_TIMEOUT, STATUS_TIMEOUT},    {STATUS_STOPPED, STATUS_STOPPED},
                 {STATUS_CORRUPT, STATUS_UNAVAILABLE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct script_step steps[] = {OK_STEP};
        struct fixture f;
        START(&f, AWS_DYNAMODB, steps);
        f.credentials.failure = status_make(cases[i].given, "nothing is set up");
        struct status status = call(&f);
        assert_int_equal(status.code, cases[i].told);
        assert_non_null(strstr(status.reason, "no credentials: nothing is set up"));
        assert_int_equal(f.script.used, 0);
        fixture_end(&f);
    }
}

static void a_secret_never_shows_in_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof retry_cases / sizeof retry_cases[0]; i++) {
        const struct script_step steps[] = {retry_cases[i].step};
        struct fixture f;
        START(&f, AWS_DYNAMODB, steps);
        snprintf(f.credentials.token, sizeof f.credentials.token, "canary-token");
        struct aws_call once = {.operation = "GetItem", .body = slice_of_text("{}"), .max_attempts = 1};
        struct status status = aws_client_call(f.client, &once, &f.reply);
        assert_null(strstr(status.reason, "canary"));
        assert_null(strstr(status.reason, "secret"));
        assert_null(strstr(status.reason, "KEY-"));
        fixture_end(&f);
    }
}

/* ---- Making a client ---- */

static void a_client_wants_a_real_endpoint(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "dynamodb.eu-west-1.amazonaws.com", "ftp://x", "http://",
                                        "http://a b"};
    struct aws_client *client = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct aws_client_options options = {
            .service = AWS_DYNAMODB, .region = "x", .endpoint = wrong[i], .clock = clock_real()};
        assert_int_equal(aws_client_create(&options, &client).code, STATUS_INVALID);
        assert_null(client);
    }
    aws_client_destroy(NULL);
}

static void an_endpoint_keeps_its_port_and_path(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint;
        const char *url;
        const char *host;
    } cases[] = {{"http://localhost:8000", "http://localhost:8000/", "localhost:8000"},
                 {"http://localhost:80/", "http://localhost:80/", "localhost"},
                 {"https://vpce.example:443/dynamo", "https://vpce.example:443/dynamo", "vpce.example"},
                 {"https://[::1]:8443", "https://[::1]:8443/", "[::1]:8443"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct script_step steps[] = {OK_STEP};
        struct scripted_transport script;
        struct aws_client *client = NULL;
        struct aws_reply reply = {.attempts = 0};
        char value[64];
        script_start(&script, steps, 1);
        struct aws_client_options options = {.service = AWS_DYNAMODB,
                                             .region = "x",
                                             .endpoint = cases[i].endpoint,
                                             .transport = &script.transport,
                                             .clock = clock_real()};
        assert_int_equal(aws_client_create(&options, &client).code, STATUS_OK);
        struct aws_call unsigned_call = {.operation = "GetItem", .body = slice_of_text("{}")};
        assert_int_equal(aws_client_call(client, &unsigned_call, &reply).code, STATUS_OK);
        assert_string_equal(script.requests[0].url, cases[i].url);
        assert_true(script_header(&script.requests[0], "host", value, sizeof value));
        assert_string_equal(value, cases[i].host);
        assert_false(script_header(&script.requests[0], "authorization", value, sizeof value));
        aws_reply_free(&reply);
        aws_client_destroy(client);
        script_end(&script);
    }
}

static void a_request_id_is_kept(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 400,
                                                .headers = "x-amzn-RequestId: ABC123\n",
                                                .body = "{\"__type\":\"ValidationException\"}"}};
    struct fixture f;
    START(&f, AWS_DYNAMODB, steps);
    assert_int_equal(call(&f).code, STATUS_INVALID);
    assert_string_equal(f.reply.request_id, "ABC123");
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_carries_the_headers_of_its_protocol),
        cmocka_unit_test(a_session_token_is_sent_and_signed),
        cmocka_unit_test(attempts_of_one_call_share_an_id_and_count_up),
        cmocka_unit_test(each_failure_is_retried_as_its_kind_allows),
        cmocka_unit_test(a_throttle_is_retried_and_counted),
        cmocka_unit_test(one_attempt_means_one),
        cmocka_unit_test(an_empty_bucket_ends_retries_and_successes_fill_it_again),
        cmocka_unit_test(no_attempt_starts_or_lasts_beyond_the_deadline),
        cmocka_unit_test(a_pause_that_would_pass_the_deadline_is_not_begun),
        cmocka_unit_test(a_stop_ends_the_pause_between_attempts),
        cmocka_unit_test(a_checksum_that_matches_is_a_success),
        cmocka_unit_test(a_damaged_reply_is_asked_again),
        cmocka_unit_test(a_wrong_clock_is_corrected_by_the_date_of_the_refusal),
        cmocka_unit_test(a_wrong_signature_with_the_right_time_is_no_skew),
        cmocka_unit_test(a_server_that_goes_on_refusing_the_clock_is_asked_twice_only),
        cmocka_unit_test(expired_credentials_are_refreshed_once),
        cmocka_unit_test(missing_credentials_are_a_refusal_and_never_a_missing_table),
        cmocka_unit_test(a_secret_never_shows_in_a_reason),
        cmocka_unit_test(a_client_wants_a_real_endpoint),
        cmocka_unit_test(an_endpoint_keeps_its_port_and_path),
        cmocka_unit_test(a_request_id_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
