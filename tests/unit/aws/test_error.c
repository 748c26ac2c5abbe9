/* AWS's refusals: a code misread is a retry missed, a table made twice or a record thrown away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/error.h"
#include "aws/http_reply.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/seed.h"

static void parse(const char *body, const char *headers, struct aws_error *error)
{
    struct http_reply reply = {.status = 400};
    reply.body.ceiling = 1000000;
    reply.headers.ceiling = 10000;
    assert_int_equal(bytes_append_slice(&reply.body, slice_of_text(body)).code, STATUS_OK);
    if (headers != NULL) {
        assert_int_equal(http_reply_add_header(&reply, slice_of_text(headers)).code, STATUS_OK);
    }
    aws_error_parse_json(&reply, error);
    http_reply_free(&reply);
}

static void codes_and_messages_of_json_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *header;
        const char *code;
        const char *message;
    } cases[] = {
        {"{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\",\"message\":\"no\"}",
         NULL, "ResourceNotFoundException", "no"},
        {"{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\",\"Message\":\"old\"}", NULL,
         "ExpiredTokenException", "old"},
        {"{\"__type\":\"ThrottlingException\"}", NULL, "ThrottlingException", ""},
        {"{\"__type\":\"a#b#C:http://x#y\"}", NULL, "C", ""},
        {"{\"__type\":\"C:http://x\"}", NULL, "C", ""},
        {"{\"code\":\"Z\",\"message\":\"m\",\"Message\":\"M\"}", NULL, "Z", "m"},
        {"{\"message\":\"m\"}", "X-Amzn-ErrorType: FromHeader:http://x", "FromHeader", "m"},
        {"", "x-amzn-errortype: AccessDeniedException", "AccessDeniedException", ""},
        {"<html>502</html>", NULL, "", ""},
        {"[1]", NULL, "", ""},
        {"\"text\"", NULL, "", ""},
        {"{\"__type\":5,\"message\":[]}", NULL, "", ""},
        {"{\"__type\":\"X\",\"message\":\"a\\nb\\u0001c\"}", NULL, "X", "a b c"},
        {"{\"__type\":\"X\"", NULL, "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct aws_error error;
        parse(cases[i].body, cases[i].header, &error);
        if (strcmp(error.code, cases[i].code) != 0 || strcmp(error.message, cases[i].message) != 0) {
            fail_msg("%s: '%s' '%s'", cases[i].body, error.code, error.message);
        }
    }
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char body[2000] = "{\"__type\":\"X\",\"message\":\"";
    for (int i = 0; i < 200; i++) {
        strncat(body, "\xe2\x82\xac", 4); /* three bytes each */
    }
    strncat(body, "\"}", 3);
    struct aws_error error;
    parse(body, NULL, &error);
    assert_int_equal(strlen(error.message), 159);
    assert_int_equal((unsigned char)error.message[156], 0xe2);
}

static void codes_and_messages_of_xml_bodies(void **state)
{
    (void)state;
    struct aws_error error;
    aws_error_parse_xml(
        slice_of_text("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
                      "<Type>Sender</Type><Code>AccessDenied</Code><Message>User: a is not "
                      "&quot;b&quot;\n</Message></Error></ErrorResponse>"),
        &error);
    assert_string_equal(error.code, "AccessDenied");
    assert_string_equal(error.message, "User: a is not \"b\" ");
    aws_error_parse_xml(slice_of_text("nonsense"), &error);
    assert_string_equal(error.code, "");
    assert_string_equal(error.message, "");
}

static void what_a_refusal_means(void **state)
{
    (void)state;
    static const struct {
        int http_status;
        const char *code;
        enum status_code status;
    } cases[] = {
        {400, "ValidationException", STATUS_INVALID},
        {400, "InvalidArgumentException", STATUS_INVALID},
        {400, "SerializationException", STATUS_INVALID},
        {400, "ResourceNotFoundException", STATUS_NOT_FOUND},
        {400, "ResourceInUseException", STATUS_EXISTS},
        {400, "ConditionalCheckFailedException", STATUS_CONDITION},
        {400, "ExpiredIteratorException", STATUS_EXPIRED},
        {400, "TrimmedDataAccessException", STATUS_TRIMMED},
        {400, "LimitExceededException", STATUS_THROTTLED},
        {400, "ProvisionedThroughputExceededException", STATUS_THROTTLED},
        {400, "AccessDeniedException", STATUS_DENIED},
        {400, "UnrecognizedClientException", STATUS_DENIED},
        {403, "InvalidSignatureException", STATUS_DENIED},
        {400, "InvalidKMSResourceException", STATUS_DENIED}, /* not the record's fault: never a dead letter */
        {400, "InvalidSourceException", STATUS_DENIED},
        {503, "ServiceUnavailableException", STATUS_UNAVAILABLE},
        {400, "ServiceUnavailableException", STATUS_UNAVAILABLE},
        {500, "InternalServerError", STATUS_UNAVAILABLE},
        {500, "Whatever", STATUS_UNAVAILABLE},
        {413, "", STATUS_TOO_LARGE},
        {403, "", STATUS_DENIED},
        {407, "", STATUS_DENIED},
        {429, "", STATUS_THROTTLED},
        {404, "", STATUS_UNAVAILABLE}, /* something on the way: no table is missing */
        {400, "", STATUS_UNAVAILABLE},
        {301, "", STATUS_UNAVAILABLE},
        {0, "", STATUS_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum status_code got = aws_error_status_code(cases[i].http_status, slice_of_text(cases[i].code));
        if (got != cases[i].status) {
            fail_msg("%d %s: %s", cases[i].http_status, cases[i].code, status_code_name(got));
        }
    }
}

static void foreign_bytes_make_some_error_and_no_harm(void **state)
{
    (void)state;
    static const char sample[] =
        "{\"__type\":\"a.b#ThrottlingException\",\"message\":\"Rate \\u00e9 exceeded\"}";
    struct random random;
    char *target = malloc(sizeof sample);
    assert_non_null(target);
    random_init(&random, test_seed());
    for (int i = 0; i < 50000; i++) {
        struct slice bytes = mutate(&random, sample, target, sizeof sample);
        struct http_reply reply = {.body = {.ceiling = sizeof sample}};
        struct aws_error error;
        assert_int_equal(bytes_append_slice(&reply.body, bytes).code, STATUS_OK);
        aws_error_parse_json(&reply, &error);
        aws_error_parse_xml(bytes, &error);
        assert_int_not_equal(aws_error_status_code(400, slice_of_text(error.code)), STATUS_OK);
        http_reply_free(&reply);
    }
    free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_and_messages_of_json_bodies),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(codes_and_messages_of_xml_bodies),
        cmocka_unit_test(what_a_refusal_means),
        cmocka_unit_test(foreign_bytes_make_some_error_and_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
