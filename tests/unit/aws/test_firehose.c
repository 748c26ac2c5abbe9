/* Firehose: the body that leaves and the verdicts that come back. A verdict misread is a record lost or sent
 * twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/base64.h"
#include "aws/firehose.h"
#include "aws/json.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/aws/scripted_client.h"
#include "tests/unit/seed.h"

/* ---- Bodies ---- */

static void a_body_holds_each_record_joined_from_its_pieces(void **state)
{
    (void)state;
    struct bytes body;
    bytes_init(&body, 1000);
    struct slice first[] = {slice_of_text("{\"a\":1}"), slice_of_text("\n")};
    struct slice second[] = {slice_of_text("x")};
    assert_int_equal(firehose_body_begin(&body, "or\"ders").code, STATUS_OK);
    assert_int_equal(firehose_body_add(&body, first, 2).code, STATUS_OK);
    assert_int_equal(firehose_body_add(&body, second, 1).code, STATUS_OK);
    assert_int_equal(firehose_body_add(&body, NULL, 0).code, STATUS_OK);
    assert_int_equal(firehose_body_end(&body).code, STATUS_OK);
    assert_true(slice_equals_text(
        bytes_slice(&body), "{\"DeliveryStreamName\":\"or\\\"ders\",\"Records\":[{\"Data\":\"eyJhIjoxfQo=\"},"
                            "{\"Data\":\"eA==\"},{\"Data\":\"\"}]}"));
    assert_int_equal(firehose_body_begin(&body, "again").code, STATUS_OK);
    assert_int_equal(firehose_body_end(&body).code, STATUS_OK);
    assert_true(slice_equals_text(bytes_slice(&body), "{\"DeliveryStreamName\":\"again\",\"Records\":[]}"));
    bytes_free(&body);
}

static const struct put_reply_names firehose_names = {"Firehose PutRecordBatch", "RequestResponses",
                                                      "RecordId", "FailedPutCount"};

enum { PIECES = 8, PIECE_BYTES = 100 };

static void pieces_of_any_length_encode_as_if_they_were_one(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 5000; round++) {
        char data[PIECES * PIECE_BYTES];
        struct slice pieces[PIECES];
        size_t count = (size_t)random_below(&random, PIECES + 1);
        size_t total = 0;
        for (size_t i = 0; i < count; i++) {
            size_t length = (size_t)random_below(&random, random_below(&random, 2) ? 5 : PIECE_BYTES);
            pieces[i] = slice_of(data + total, length);
            total += length;
        }
        for (size_t i = 0; i < total; i++) {
            data[i] = (char)random_next(&random);
        }
        struct bytes body;
        char expected[PIECES * PIECE_BYTES * 2];
        bytes_init(&body, sizeof expected + 100);
        assert_int_equal(firehose_body_begin(&body, "s").code, STATUS_OK);
        size_t start = body.length + strlen("{\"Data\":\"");
        assert_int_equal(firehose_body_add(&body, pieces, count).code, STATUS_OK);
        base64_encode((const unsigned char *)data, total, expected);
        assert_int_equal(body.length, start + base64_length(total) + 2);
        assert_memory_equal(body.at + start, expected, base64_length(total));
        bytes_free(&body);
    }
}

static void a_record_that_does_not_fit_leaves_the_body_as_it_was(void **state)
{
    (void)state;
    struct bytes body;
    struct slice piece = slice_of_text("0123456789");
    bytes_init(&body, 80);
    assert_int_equal(firehose_body_begin(&body, "s").code, STATUS_OK);
    assert_int_equal(firehose_body_add(&body, &piece, 1).code, STATUS_OK);
    size_t length = body.length;
    assert_int_equal(firehose_body_add(&body, &piece, 1).code, STATUS_TOO_LARGE);
    assert_int_equal(body.length, length);
    assert_int_equal(firehose_body_end(&body).code, STATUS_OK);
    bytes_free(&body);
}

/* ---- Replies ---- */

struct reply_case {
    const char *body;
    size_t count;
    enum status_code code;
    const char *verdicts; /* A or F each */
    const char *error_code;
};

#define TIMES_16(text) text text text text text text text text text text text text text text text text
#define OPEN_65        TIMES_16("[[[[") "["
#define CLOSE_65       TIMES_16("]]]]") "]"

static const struct reply_case reply_cases[] = {
    {"{\"Encrypted\":false,\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"},{\"RecordId\":"
     "\"b\"}]}",
     2, STATUS_OK, "AA", ""},
    {"{\"FailedPutCount\":1,\"RequestResponses\":[{\"RecordId\":\"a\"},{\"ErrorCode\":"
     "\"ServiceUnavailableException\","
     "\"ErrorMessage\":\"Slow \\\"down\\\".\"},{\"RecordId\":\"c\"}]}",
     3, STATUS_OK, "AFA", "ServiceUnavailableException"},
    {"{\"FailedPutCount\":2,\"RequestResponses\":[{\"ErrorCode\":\"InternalFailure\"},{\"ErrorCode\":\"X\"}]"
     "}",
     2, STATUS_OK, "FF", "InternalFailure"},
    {" { \"RequestResponses\" : [ { \"RecordId\" : \"a\" , \"ErrorCode\" : null } ] , \"FailedPutCount\" : 0 "
     "} ",
     1, STATUS_OK, "A", ""},
    {"{\"FailedPutCount\":1,\"RequestResponses\":[{\"RecordId\":\"a\",\"ErrorCode\":\"InternalFailure\"}]}",
     1, STATUS_OK, "F", "InternalFailure"},
    {"{\"FailedPutCount\":1,\"RequestResponses\":[{}]}", 1, STATUS_OK, "F",
     ""}, /* says nothing: not accepted */
    {"{\"FailedPutCount\":1,\"RequestResponses\":[{\"RecordId\":\"\"}]}", 1, STATUS_OK, "F", ""},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[]}", 0, STATUS_OK, "", ""},
    {"{\"New\":{\"x\":[1,{\"y\":null}]},\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\","
     "\"New\":[]}]}",
     1, STATUS_OK, "A", ""},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"}]}", 2, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"},{\"RecordId\":\"b\"}]}", 1,
     STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":1,\"RequestResponses\":[{\"RecordId\":\"a\"}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"ErrorCode\":\"X\"}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"RequestResponses\":[{\"RecordId\":\"a\"}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{}", 0, STATUS_CORRUPT, NULL, NULL},
    {"", 0, STATUS_CORRUPT, NULL, NULL},
    {"[]", 0, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"}]", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"}]} x", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"},]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":7}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":\"0\",\"RequestResponses\":[{\"RecordId\":\"a\"}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"x\":" OPEN_65 CLOSE_65 ",\"RequestResponses\":[]}", 0, STATUS_CORRUPT, NULL,
     NULL},
    {"<html>", 1, STATUS_CORRUPT, NULL, NULL},
    /* escapes that are none: no reply of Firehose's, so no verdict */
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"\\uu0041\"}]}", 1, STATUS_CORRUPT, NULL,
     NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\\x\"}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"\\u00\"}]}", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"\\", 1, STATUS_CORRUPT, NULL, NULL},
    {"{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"\\/\\u00e4\\\\\"}]}", 1, STATUS_OK, "A",
     ""},
};

static void each_reply_gives_its_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reply_cases / sizeof reply_cases[0]; i++) {
        const struct reply_case *c = &reply_cases[i];
        enum put_verdict verdicts[8];
        char code[AWS_ERROR_CODE_BYTES] = "before";
        struct status status =
            put_reply_parse(slice_of_text(c->body), &firehose_names, c->count, verdicts, code);
        if (status.code != c->code) {
            fail_msg("%s: %s", c->body, status.reason);
        }
        for (size_t k = 0; status.code == STATUS_OK && k < c->count; k++) {
            assert_int_equal(verdicts[k], c->verdicts[k] == 'A' ? PUT_ACCEPTED : PUT_FAILED);
        }
        assert_string_equal(code, status.code == STATUS_OK ? c->error_code : "before");
    }
}

/* The same verdicts from a tree; false when the reply is not to be trusted. */
static bool slow_parse(const cJSON *tree, size_t count, enum put_verdict *verdicts)
{
    const cJSON *list = json_array(tree, "RequestResponses");
    const cJSON *announced = cJSON_GetObjectItemCaseSensitive(tree, "FailedPutCount");
    size_t failed = 0;
    if (list == NULL || (size_t)cJSON_GetArraySize(list) != count || !cJSON_IsNumber(announced)) {
        return false;
    }
    size_t at = 0;
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, list)
    {
        bool accepted = json_text(entry, "ErrorCode").length == 0 && json_text(entry, "RecordId").length > 0;
        verdicts[at++] = accepted ? PUT_ACCEPTED : PUT_FAILED;
        failed += accepted ? 0 : 1;
    }
    return announced->valuedouble == (double)failed;
}

static void a_changed_reply_never_gives_a_verdict_that_the_tree_would_not(void **state)
{
    (void)state;
    static const char sample[] =
        "{\"Encrypted\":false,\"FailedPutCount\":1,\"RequestResponses\":[{\"RecordId\":\"abc\"},"
        "{\"ErrorCode\":\"InternalFailure\",\"ErrorMessage\":\"x\\\"y\"},{\"RecordId\":\"d\\u0041\"}]}";
    struct random random;
    size_t agreed = 0;
    char *target = malloc(sizeof sample);
    assert_non_null(target);
    random_init(&random, test_seed());
    for (int i = 0; i < 200000; i++) {
        enum put_verdict fast[3];
        enum put_verdict slow[3];
        char code[AWS_ERROR_CODE_BYTES];
        cJSON *tree = NULL;
        struct slice text = mutate(&random, sample, target, sizeof sample);
        if (put_reply_parse(text, &firehose_names, 3, fast, code).code == STATUS_OK &&
            json_parse(text, &tree).code == STATUS_OK) {
            if (!slow_parse(tree, 3, slow) || memcmp(fast, slow, sizeof fast) != 0) {
                fail_msg("%.*s", (int)text.length, text.at);
            }
            agreed++;
        }
        cJSON_Delete(tree);
    }
    assert_true(agreed > 10000);
    free(target);
}

/* ---- The call ---- */

static void a_batch_is_sent_once_whatever_happens(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .body = "{\"FailedPutCount\":0,\"RequestResponses\":[{\"RecordId\":\"a\"}]}"},
        {.status = 500, .body = "{\"__type\":\"InternalFailure\"}"},
        {.transport = STATUS_TIMEOUT},
        {.status = 400, .body = "{\"__type\":\"InvalidArgumentException\"}"},
        {.status = 200, .body = "{}"},
    };
    static const enum status_code codes[] = {STATUS_OK, STATUS_UNAVAILABLE, STATUS_TIMEOUT, STATUS_INVALID,
                                             STATUS_CORRUPT};
    struct scripted_client c;
    struct aws_reply reply = {.attempts = 0};
    struct put_limits limits = {.attempt_timeout_ms = 1234};
    scripted_client_start(&c, AWS_FIREHOSE, steps, 5);
    for (size_t i = 0; i < 5; i++) {
        enum put_verdict verdict = PUT_FAILED;
        char code[AWS_ERROR_CODE_BYTES] = "";
        struct status status = firehose_put_record_batch(c.client, slice_of_text("{\"x\":1}"), 1, &limits,
                                                         &reply, &verdict, code);
        assert_int_equal(status.code, codes[i]);
        assert_int_equal(c.script.used, i + 1);
        assert_true((verdict == PUT_ACCEPTED) == (i == 0));
    }
    assert_string_equal(c.script.requests[0].body, "{\"x\":1}");
    assert_int_equal(c.script.requests[0].timeout_ms, 1234);
    assert_non_null(strstr(c.script.requests[0].headers, "x-amz-target: Firehose_20150804.PutRecordBatch\n"));
    aws_reply_free(&reply);
    scripted_client_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_holds_each_record_joined_from_its_pieces),
        cmocka_unit_test(pieces_of_any_length_encode_as_if_they_were_one),
        cmocka_unit_test(a_record_that_does_not_fit_leaves_the_body_as_it_was),
        cmocka_unit_test(each_reply_gives_its_verdicts),
        cmocka_unit_test(a_changed_reply_never_gives_a_verdict_that_the_tree_would_not),
        cmocka_unit_test(a_batch_is_sent_once_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
