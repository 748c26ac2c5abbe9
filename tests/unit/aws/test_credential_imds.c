/* The EC2 metadata service: version 2 only, one second a call, and never an error when it is not there. */
#include "tests/unit/aws/credential_fixture.h"

#define BASE      "http://169.254.169.254/latest/"
#define ROLE_PATH "meta-data/iam/security-credentials/"
#define BODY(expires)                                                                                        \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"AKI\",\"SecretAccessKey\":\"" CANARY_SECRET                     \
    "\",\"Token\":\"" CANARY_TOKEN "\",\"Expiration\":\"" expires "\"}"

#define TOKEN_STEP                                                                                           \
    {"PUT", BASE "api/token", "x-aws-ec2-metadata-token-ttl-seconds: 21600", 200, "tok==", STATUS_OK, NULL}
#define ROLE_STEP(body) {"GET", BASE ROLE_PATH, "x-aws-ec2-metadata-token: tok==", 200, body, STATUS_OK, NULL}

static struct status get(const struct fake_variable *variables, const char *config,
                         const struct fake_step *steps, size_t asked, struct credentials *credentials)
{
    struct fixture fixture;
    fixture_open(&fixture, variables, config, "", steps);
    struct status status = credential_imds_get(&fixture.context, credentials);
    assert_int_equal(fixture.transport.asked, asked);
    check_no_canary(&status);
    fixture_close(&fixture);
    return status;
}

static void three_calls_give_credentials(void **state)
{
    (void)state;
    static const struct fake_step steps[] = {
        TOKEN_STEP,
        ROLE_STEP("my-role\n"),
        {"GET", BASE ROLE_PATH "my-role", "x-aws-ec2-metadata-token: tok==", 200,
         BODY("2026-11-23T16:00:00Z"), STATUS_OK, NULL},
        {0},
    };
    struct credentials credentials = {0};
    struct status status = get(no_variables, "", steps, 3, &credentials);
    assert_string_equal(status.reason, "");
    assert_string_equal(credentials.access_key_id, "AKI");
    assert_string_equal(credentials.secret_access_key, CANARY_SECRET);
    assert_string_equal(credentials.session_token, CANARY_TOKEN);
    assert_string_equal(credentials.source, "instance role 'my-role'");
    assert_int_equal(credentials.expires_wall_ms, WALL_MS + 6 * 3600 * 1000);
}

static void old_credentials_are_extended(void **state)
{
    (void)state;
    static const struct fake_step steps[] = {
        TOKEN_STEP,
        ROLE_STEP("r"),
        {"GET", BASE ROLE_PATH "r", NULL, 200, BODY("2026-11-23T09:00:00Z"), STATUS_OK, NULL},
        {0},
    };
    struct credentials credentials = {0};
    struct status status = get(no_variables, "", steps, 3, &credentials);
    assert_string_equal(status.reason, "");
    assert_in_range(credentials.expires_wall_ms, WALL_MS + 17 * 60 * 1000, WALL_MS + 25 * 60 * 1000);
}

static void endpoint_settings(void **state)
{
    (void)state;
    static const struct fake_variable custom[] = {
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/"}, {NULL, NULL}};
    static const struct fake_variable ipv6[] = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"},
                                                {NULL, NULL}};
    static const struct fake_step custom_steps[] = {
        {"PUT", "http://127.0.0.1:1338/latest/api/token", NULL, 0, "", STATUS_TIMEOUT, NULL}, {0}};
    static const struct fake_step ipv6_steps[] = {
        {"PUT", "http://[fd00:ec2::254]/latest/api/token", NULL, 0, "", STATUS_TIMEOUT, NULL}, {0}};
    struct credentials credentials = {0};
    struct status status = get(custom, "", custom_steps, 1, &credentials);
    check_reason(&status, STATUS_NOT_FOUND, "no token (");
    status = get(no_variables, "[default]\nec2_metadata_service_endpoint=http://127.0.0.1:1338\n",
                 custom_steps, 1, &credentials);
    check_reason(&status, STATUS_NOT_FOUND, "no token (");
    status = get(ipv6, "", ipv6_steps, 1, &credentials);
    check_reason(&status, STATUS_NOT_FOUND, "no token (");
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    static const struct fake_variable disabled[] = {{"AWS_EC2_METADATA_DISABLED", "True"}, {NULL, NULL}};
    static const struct {
        struct fake_step steps[4];
        size_t asked;
        const char *reason;
    } cases[] = {
        {{{"PUT", BASE "api/token", NULL, 0, "", STATUS_UNAVAILABLE, NULL}}, 1, "no token (unavailable"},
        {{{"PUT", BASE "api/token", NULL, 403, "no", STATUS_OK, NULL}}, 1, "no token (HTTP 403)"},
        {{{"PUT", BASE "api/token", NULL, 200, "", STATUS_OK, NULL}}, 1, "no token (an empty answer)"},
        {{TOKEN_STEP, {"GET", BASE ROLE_PATH, NULL, 404, "no", STATUS_OK, NULL}}, 2, "no role (HTTP 404)"},
    };
    struct credentials credentials = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = get(no_variables, "", cases[i].steps, cases[i].asked, &credentials);
        check_reason(&status, STATUS_NOT_FOUND, cases[i].reason);
    }
    struct status status = get(disabled, "", no_steps, 0, &credentials);
    check_reason(&status, STATUS_NOT_FOUND, "disabled");
}

static void garbage_is_an_error(void **state)
{
    (void)state;
    static const struct {
        struct fake_step steps[4];
        size_t asked;
        const char *reason;
    } cases[] = {
        {{{"PUT", BASE "api/token", NULL, 200, "CANARY\r\nx: y", STATUS_OK, NULL}},
         1,
         "cannot stand in a header"},
        {{TOKEN_STEP, ROLE_STEP("../../x")}, 2, "no role name"},
        {{TOKEN_STEP, ROLE_STEP("a b")}, 2, "no role name"},
        {{TOKEN_STEP, ROLE_STEP("r"), {"GET", BASE ROLE_PATH "r", NULL, 200, "CANARY{", STATUS_OK, NULL}},
         3,
         "the answer is no JSON"},
        {{TOKEN_STEP,
          ROLE_STEP("r"),
          {"GET", BASE ROLE_PATH "r", NULL, 200, "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}", STATUS_OK,
           NULL}},
         3,
         "the answer has no Token"},
        {{TOKEN_STEP, ROLE_STEP("r"), {"GET", BASE ROLE_PATH "r", NULL, 200, BODY("soon"), STATUS_OK, NULL}},
         3,
         "Expiration is no time"},
    };
    struct credentials credentials = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = get(no_variables, "", cases[i].steps, cases[i].asked, &credentials);
        check_reason(&status, STATUS_CORRUPT, cases[i].reason);
        assert_string_equal(credentials.access_key_id, "");
    }
}

static void wrong_settings_are_named(void **state)
{
    (void)state;
    static const struct {
        struct fake_variable variables[2];
        const char *reason;
    } cases[] = {
        {{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "localhost"}}, "which is no http:// URL"},
        {{{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "v6"}}, "ipv4 or ipv6 is wanted"},
        {{{"AWS_METADATA_SERVICE_TIMEOUT", "0"}}, "AWS_METADATA_SERVICE_TIMEOUT is '0'"},
        {{{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "x"}}, "AWS_METADATA_SERVICE_NUM_ATTEMPTS is 'x'"},
    };
    struct credentials credentials = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = get(cases[i].variables, "", no_steps, 0, &credentials);
        check_reason(&status, STATUS_INVALID, cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_calls_give_credentials),
        cmocka_unit_test(old_credentials_are_extended),
        cmocka_unit_test(endpoint_settings),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(garbage_is_an_error),
        cmocka_unit_test(wrong_settings_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
