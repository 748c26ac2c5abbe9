/* ECS and EKS credentials: URI, token and tries. Hosts have their own table in test_container_host.c. */
#include <unistd.h>

#include "tests/unit/aws/credential_fixture.h"

#define FULL     "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define TOKEN    "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define FILE_    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define BODY                                                                                                 \
    "{\"AccessKeyId\":\"AKI\",\"SecretAccessKey\":\"" CANARY_SECRET "\",\"Token\":\"" CANARY_TOKEN           \
    "\",\"Expiration\":\"2026-11-23T16:00:00Z\"}"

static struct status get(const struct fake_variable *variables, const struct fake_step *steps, size_t asked,
                         struct credentials *credentials)
{
    struct fixture fixture;
    fixture_open(&fixture, variables, "", "", steps);
    struct status status = credential_container_get(&fixture.context, credentials);
    check_no_canary(&status);
    assert_int_equal(fixture.transport.asked, asked);
    fixture_close(&fixture);
    return status;
}

static char token_file[] = "/tmp/penstock-token-XXXXXX";

static void write_token(const char *text)
{
    FILE *file = fopen(token_file, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void uri_and_token_by_precedence(void **state)
{
    (void)state;
    static const struct {
        struct fake_variable variables[5];
        struct fake_step steps[2];
    } cases[] = {
        {{{RELATIVE, "/v2/c?id=1"}, {FULL, "http://127.0.0.1/other"}},
         {{"GET", "http://169.254.170.2/v2/c?id=1", "accept: application/json", 200, BODY, STATUS_OK, NULL}}},
        {{{FULL, "http://127.0.0.1:1/x"}, {TOKEN, "Basic CANARY"}},
         {{"GET", "http://127.0.0.1:1/x", "authorization: Basic CANARY", 200, BODY, STATUS_OK, NULL}}},
        {{{FULL, "http://127.0.0.1:1/x"}, {TOKEN, "Basic x"}, {FILE_, token_file}},
         {{"GET", "http://127.0.0.1:1/x", "authorization: from the CANARY file", 200, BODY, STATUS_OK,
           NULL}}},
    };
    write_token("from the CANARY file");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct credentials credentials = {0};
        struct status status = get(cases[i].variables, cases[i].steps, 1, &credentials);
        assert_string_equal(status.reason, "");
        assert_string_equal(credentials.secret_access_key, CANARY_SECRET);
        assert_string_equal(credentials.source, "container");
        assert_int_equal(credentials.expires_wall_ms, WALL_MS + 6 * 3600 * 1000);
    }
}

static void an_empty_token_file_sends_no_header(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {
        {FULL, "http://127.0.0.1:1/x"}, {FILE_, token_file}, {NULL, NULL}};
    static const struct fake_step steps[] = {
        {"GET", "http://127.0.0.1:1/x", "!authorization", 200, BODY, STATUS_OK, NULL}, {0}};
    struct credentials credentials = {0};
    write_token("");
    struct status status = get(variables, steps, 1, &credentials);
    assert_string_equal(status.reason, "");
}

/* EKS writes a new token into the same file before the old one ends. */
static void a_new_token_in_the_file_is_the_one_sent(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {
        {FULL, "http://127.0.0.1:1/x"}, {FILE_, token_file}, {NULL, NULL}};
    static const struct fake_step steps[] = {
        {"GET", "http://127.0.0.1:1/x", "authorization: first CANARY", 200, BODY, STATUS_OK, NULL},
        {"GET", "http://127.0.0.1:1/x", "authorization: second, longer CANARY", 200, BODY, STATUS_OK, NULL},
        {"GET", "http://127.0.0.1:1/x", "authorization: 3rd", 200, BODY, STATUS_OK, NULL},
        {0},
    };
    static const char *const tokens[] = {"first CANARY", "second, longer CANARY", "3rd"};
    struct fixture fixture;
    struct credentials credentials = {0};
    fixture_open(&fixture, variables, "", "", steps);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        write_token(tokens[i]);
        struct status status = credential_container_get(&fixture.context, &credentials);
        assert_string_equal(status.reason, "");
    }
    assert_int_equal(fixture.transport.asked, 3);
    fixture_close(&fixture);
}

static void garbage_is_an_error_after_three_tries(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {{FULL, "http://127.0.0.1:1/x"}, {NULL, NULL}};
    static const struct {
        const char *body;
        const char *reason;
    } cases[] = {
        {"", "the answer is no JSON"},
        {"<html>CANARY</html>", "the answer is no JSON"},
        {"{\"AccessKeyId\":\"A\",", "the answer is no JSON"},
        {"[\"CANARY\"]", "the answer"},
        {"{\"AccessKeyId\":1,\"SecretAccessKey\":\"CANARY\",\"Token\":\"CANARY\"}", "the answer has no"},
        {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"CANARY\",\"Token\":\"CANARY\","
         "\"Expiration\":\"soon\"}",
         "Expiration is no time"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_step step = {"GET", "http://127.0.0.1:1/x", NULL, 200, cases[i].body, STATUS_OK,
                                       NULL};
        const struct fake_step steps[] = {step, step, step, {0}};
        struct credentials credentials = {0};
        struct status status = get(variables, steps, 3, &credentials);
        check_reason(&status, STATUS_CORRUPT, "container credentials: after 3 tries: ");
        check_reason(&status, STATUS_CORRUPT, cases[i].reason);
        assert_string_equal(credentials.access_key_id, "");
    }
}

static void what_is_refused_before_any_call(void **state)
{
    (void)state;
    static const struct {
        struct fake_variable variables[4];
        const char *file; /* content of the token file */
        enum status_code code;
        const char *reason;
    } cases[] = {
        {{{NULL, NULL}}, NULL, STATUS_NOT_FOUND, "no URI"},
        {{{RELATIVE, "@evil.example/x"}}, NULL, STATUS_INVALID, "does not begin with '/'"},
        {{{FULL, "http://8.8.8.8/x"}}, NULL, STATUS_DENIED, "may not be asked over plain http"},
        {{{FULL, "http://127.0.0.1/"}, {TOKEN, "a\r\nb: CANARY"}}, NULL, STATUS_INVALID, "line end"},
        {{{FULL, "http://127.0.0.1/"}, {FILE_, token_file}}, "CANARY\n", STATUS_INVALID, "line end"},
        {{{FULL, "http://127.0.0.1/"}, {FILE_, "/nonexistent"}}, NULL, STATUS_INVALID, "'/nonexistent'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct credentials credentials = {0};
        if (cases[i].file != NULL) {
            write_token(cases[i].file);
        }
        struct status status = get(cases[i].variables, no_steps, 0, &credentials);
        check_reason(&status, cases[i].code, cases[i].reason);
    }
}

static void it_tries_three_times(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {{FULL, "http://127.0.0.1:1/x"}, {NULL, NULL}};
    static const struct fake_step second[] = {
        {"GET", "http://127.0.0.1:1/x", NULL, 500, "CANARY", STATUS_OK, NULL},
        {"GET", "http://127.0.0.1:1/x", NULL, 200, BODY, STATUS_OK, NULL},
        {0},
    };
    static const struct fake_step never[] = {
        {"GET", "http://127.0.0.1:1/x", NULL, 0, "", STATUS_TIMEOUT, NULL},
        {"GET", "http://127.0.0.1:1/x", NULL, 200, "CANARY", STATUS_OK, NULL},
        {"GET", "http://127.0.0.1:1/x", NULL, 403, "CANARY", STATUS_OK, NULL},
        {0},
    };
    struct credentials credentials = {0};
    struct status status = get(variables, second, 2, &credentials);
    assert_string_equal(status.reason, "");
    status = get(variables, never, 3, &credentials);
    check_reason(&status, STATUS_UNAVAILABLE, "container credentials: after 3 tries: the answer is HTTP 403");
}

static int make_token_file(void **state)
{
    (void)state;
    int file = mkstemp(token_file);
    return file < 0 ? -1 : close(file);
}

static int remove_token_file(void **state)
{
    (void)state;
    return unlink(token_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uri_and_token_by_precedence),
        cmocka_unit_test(an_empty_token_file_sends_no_header),
        cmocka_unit_test(what_is_refused_before_any_call),
        cmocka_unit_test(it_tries_three_times),
        cmocka_unit_test(a_new_token_in_the_file_is_the_one_sent),
        cmocka_unit_test(garbage_is_an_error_after_three_tries),
    };
    return cmocka_run_group_tests(tests, make_token_file, remove_token_file);
}
