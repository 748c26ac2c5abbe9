/* Each thing that a user gets wrong at a start is named, with its remedy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "worker/exit_code.h"
#include "worker/startup_rules.h"

#define ARN "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-23T10:00:00.000"

static void expect_words(const struct status *status, enum status_code code, const char *const *words)
{
    if (status->code != code) {
        fail_msg("code %s: %s", status_code_name(status->code), status->reason);
    }
    for (; *words != NULL; words++) {
        if (strstr(status->reason, *words) == NULL) {
            fail_msg("no \"%s\" in \"%s\"", *words, status->reason);
        }
    }
}

#define EXPECT(status, code, ...) expect_words(&(status), code, (const char *const[]){__VA_ARGS__, NULL})

static struct dynamodb_table table_of(const char *arn, bool enabled, const char *view)
{
    struct dynamodb_table table = {.name = "orders", .stream_enabled = enabled};
    snprintf(table.stream_arn, sizeof table.stream_arn, "%s", arn);
    snprintf(table.stream_view_type, sizeof table.stream_view_type, "%s", view);
    return table;
}

static void test_good_tables(void **state)
{
    (void)state;
    struct stream_target target;
    struct dynamodb_table table = table_of(ARN, true, "NEW_AND_OLD_IMAGES");
    struct status status = startup_target_of_table(&table, "--old-image", &target);
    assert_string_equal(status.reason, "");
    assert_string_equal(target.table, "orders");
    assert_string_equal(target.arn, ARN);
    assert_string_equal(target.label, "2026-11-23T10:00:00.000");
    table = table_of(ARN, true, "NEW_IMAGE");
    status = startup_target_of_table(&table, NULL, &target);
    assert_true(status_is_ok(&status));
}

static void test_a_stream_that_is_switched_off(void **state)
{
    (void)state;
    struct stream_target target;
    struct dynamodb_table table = table_of(ARN, false, "");
    assert_true(startup_is_switched_off(&table));
    struct status status = startup_target_of_old_stream(&table, &target);
    assert_true(status_is_ok(&status));
    assert_string_equal(target.arn, ARN);
    assert_string_equal(target.table, "orders");
    table = table_of(ARN, true, "NEW_IMAGE");
    assert_false(startup_is_switched_off(&table));
    table = table_of("", false, "");
    assert_false(startup_is_switched_off(&table)); /* it never had one */
}

static void test_bad_tables(void **state)
{
    (void)state;
    struct stream_target target;
    struct dynamodb_table table = table_of("", false, "");
    struct status status = startup_target_of_table(&table, NULL, &target);
    EXPECT(status, STATUS_NOT_FOUND, "table 'orders' has no stream", "update-table", "NEW_AND_OLD_IMAGES");
    table = table_of(ARN, false, "");
    status = startup_target_of_table(&table, NULL, &target);
    EXPECT(status, STATUS_INVALID, "stream of table 'orders' is switched off", "--stream-arn");
    table = table_of(ARN, true, "KEYS_ONLY");
    status = startup_target_of_table(&table, NULL, &target);
    EXPECT(status, STATUS_INVALID, "table 'orders'", "KEYS_ONLY", "no new images", "update-table");
    table = table_of(ARN, true, "OLD_IMAGE");
    status = startup_target_of_table(&table, NULL, &target);
    EXPECT(status, STATUS_INVALID, "OLD_IMAGE", "NEW_IMAGE or NEW_AND_OLD_IMAGES");
    table = table_of(ARN, true, "NEW_IMAGE");
    status = startup_target_of_table(&table, "--old-image", &target);
    EXPECT(status, STATUS_INVALID, "--old-image needs", "NEW_AND_OLD_IMAGES");
    table = table_of("arn:aws:s3:::x", true, "NEW_IMAGE");
    status = startup_target_of_table(&table, NULL, &target);
    assert_false(status_is_ok(&status));
}

static void test_streams_by_arn(void **state)
{
    (void)state;
    struct stream_target target;
    struct stream_description description = {
        .table = "orders", .status = "DISABLED", .view_type = "NEW_IMAGE"};
    struct status status = startup_target_of_stream(&description, ARN, NULL, &target);
    assert_string_equal(status.reason, ""); /* a stream that is off is read to its end */
    assert_string_equal(target.table, "orders");
    snprintf(description.view_type, sizeof description.view_type, "KEYS_ONLY");
    status = startup_target_of_stream(&description, ARN, NULL, &target);
    EXPECT(status, STATUS_INVALID, "KEYS_ONLY");
}

static void test_regions(void **state)
{
    (void)state;
    static const struct {
        const char *arn_region, *session_region, *endpoint;
        bool good;
    } cases[] = {
        {"eu-west-1", "eu-west-1", "https://streams.dynamodb.eu-west-1.amazonaws.com", true},
        {"eu-west-1", "us-east-1", "https://streams.dynamodb.us-east-1.amazonaws.com", false},
        {"cn-north-1", "cn-northwest-1", "https://streams.dynamodb.cn-northwest-1.amazonaws.com.cn", false},
        {"eu-west-1", "us-east-1", "https://streams-dynamodb.us-east-1.api.aws", false},
        {"eu-west-1", "us-east-1", "https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com", false},
        {"ddblocal", "eu-west-1", "http://127.0.0.1:8000", true},
        {"ddblocal", "eu-west-1", "http://localhost:8000/path", true},
        {"us-east-1", "eu-west-1", "https://moto.example.com", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct status status =
            startup_check_region(cases[i].arn_region, cases[i].session_region, cases[i].endpoint);
        if (status_is_ok(&status) != cases[i].good) {
            fail_msg("case %zu: %s", i, status.reason);
        }
        if (!cases[i].good) {
            EXPECT(status, STATUS_INVALID, cases[i].arn_region, cases[i].session_region, "set --region");
        }
    }
}

static void test_app_names(void **state)
{
    (void)state;
    char app[DYNAMODB_NAME_BYTES];
    struct status status = startup_app_name(NULL, "orders", app);
    assert_true(status_is_ok(&status));
    assert_string_equal(app, "penstock-orders");
    status = startup_app_name("fleet", "orders", app);
    assert_true(status_is_ok(&status));
    assert_string_equal(app, "fleet");
    status = startup_app_name("orders", "orders", app);
    EXPECT(status, STATUS_INVALID, "--app 'orders' is the table that is carried", "penstock-orders");
    char longest[DYNAMODB_NAME_BYTES];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    status = startup_app_name(NULL, longest, app);
    EXPECT(status, STATUS_INVALID, "--app");
}

struct variables {
    const char *systemd, *xdg, *home;
};

static const char *get_variable(void *context, const char *name)
{
    const struct variables *variables = context;
    if (strcmp(name, "STATE_DIRECTORY") == 0) {
        return variables->systemd;
    }
    return strcmp(name, "XDG_STATE_HOME") == 0 ? variables->xdg : variables->home;
}

static void test_state_folders(void **state)
{
    (void)state;
    static const struct {
        const char *configured;
        struct variables variables;
        const char *path;
    } cases[] = {
        {"/x", {"/s", "/d", "/h"}, "/x"},
        {"relative", {NULL, NULL, NULL}, "relative"},
        {NULL, {"/s:/t", "/d", "/h"}, "/s"},
        {NULL, {NULL, "/d", "/h"}, "/d/penstock"},
        {NULL, {"", "", "/h"}, "/h/.local/state/penstock"},
        {NULL, {NULL, NULL, "/"}, "/var/lib/penstock"},
        {NULL, {NULL, NULL, NULL}, "/var/lib/penstock"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[64];
        struct variables variables = cases[i].variables;
        struct status status =
            startup_state_dir(cases[i].configured, get_variable, &variables, path, sizeof path);
        assert_string_equal(status.reason, "");
        assert_string_equal(path, cases[i].path);
    }
    char small[4];
    struct variables none = {NULL, NULL, NULL};
    struct status status = startup_state_dir("/long", get_variable, &none, small, sizeof small);
    EXPECT(status, STATUS_INVALID, "--state-dir");
}

static void test_explanations(void **state)
{
    (void)state;
    const struct startup_call call = {"dynamodb:DescribeTable", "table 'orders'", "eu-west-1",
                                      "--table and --region", "environment"};
    static const struct {
        enum status_code code;
        const char *reason;
        const char *words[5]; /* ends with NULL */
    } cases[] = {
        {STATUS_NOT_FOUND,
         "dynamodb DescribeTable: ResourceNotFoundException",
         {"there is no table 'orders' in region eu-west-1", "check --table and --region"}},
        {STATUS_DENIED,
         "dynamodb DescribeTable: AccessDeniedException: User: arn:aws:iam::1:user/x is not authorized",
         {"access denied", "dynamodb:DescribeTable", "table 'orders'", "environment"}},
        {STATUS_DENIED,
         "dynamodb DescribeTable: ExpiredTokenException: old",
         {"have expired", "environment", "renew"}},
        {STATUS_DENIED,
         "dynamodb DescribeTable: UnrecognizedClientException: bad",
         {"does not accept the credentials", "environment", "session token"}},
        {STATUS_DENIED,
         "dynamodb DescribeTable: InvalidSignatureException: bad",
         {"does not accept the credentials"}},
        {STATUS_DENIED, "the server's certificate is not trusted", {"certificate is not trusted"}},
        {STATUS_UNAVAILABLE,
         "could not connect",
         {"cannot reach AWS", "--region eu-west-1", "could not connect"}},
        {STATUS_TIMEOUT, "no answer in 10 s", {"cannot reach AWS", "AWS_ENDPOINT_URL", "no answer"}},
        {STATUS_CORRUPT,
         "DynamoDB DescribeTable: the JSON is malformed",
         {"no answer of AWS's", "AWS_ENDPOINT_URL", "DescribeTable: the JSON is malformed"}},
        {STATUS_TOO_LARGE, "the reply is over the ceiling", {"proxies", "over the ceiling"}},
        {STATUS_INVALID, "the lease table has a range key", {"the lease table has a range key"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct status failure = status_make(cases[i].code, "%s", cases[i].reason);
        struct status status = startup_explain(&call, &failure);
        expect_words(&status, cases[i].code, cases[i].words);
    }
}

static void test_exit_codes(void **state)
{
    (void)state;
    const struct status missing = status_make(STATUS_NOT_FOUND, "x");
    const struct status stopped = status_make(STATUS_STOPPED, "x");
    const struct status denied = status_make(STATUS_DENIED, "x");
    assert_int_equal(exit_code_of(&missing), 3);
    assert_int_equal(exit_code_of(&stopped), 0);
    assert_int_equal(exit_code_of(&denied), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_tables),   cmocka_unit_test(test_a_stream_that_is_switched_off),
        cmocka_unit_test(test_bad_tables),    cmocka_unit_test(test_streams_by_arn),
        cmocka_unit_test(test_regions),       cmocka_unit_test(test_app_names),
        cmocka_unit_test(test_state_folders), cmocka_unit_test(test_explanations),
        cmocka_unit_test(test_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
