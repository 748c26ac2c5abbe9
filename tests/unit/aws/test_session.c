/* The one object the worker asks for all of AWS. */
#include "tests/unit/aws/credential_fixture.h"

#include "aws/session.h"

#define FILES {"AWS_CONFIG_FILE", "/nonexistent"}, {"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"}

static struct status open_session(struct fixture *fixture, const struct fake_variable *variables,
                                  const char *region, struct aws_session **ret_session)
{
    fixture_open(fixture, variables, "", "", no_steps);
    struct aws_session_options options = {
        .region = region,
        .transport = &fixture->transport.transport,
        .clock = &fixture->clock.clock,
        .environment = &fixture->environment,
    };
    return aws_session_open(&options, ret_session);
}

/* Opening and closing must not touch the network: a stop during start-up has to be quick. */
static void it_opens_without_a_call(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {FILES, {"AWS_REGION", "eu-west-3"}, {NULL, NULL}};
    struct fixture fixture;
    struct aws_session *session = NULL;
    struct status status = open_session(&fixture, variables, NULL, &session);
    assert_string_equal(status.reason, "");
    assert_string_equal(aws_session_region(session), "eu-west-3");
    aws_session_close(session);
    assert_int_equal(fixture.transport.asked, 0);
    fixture_close(&fixture);
    aws_session_close(NULL);
}

static void it_gives_credentials_and_clients(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {FILES,
                                                     {"AWS_ACCESS_KEY_ID", "AKENV"},
                                                     {"AWS_SECRET_ACCESS_KEY", CANARY_SECRET},
                                                     {"AWS_ENDPOINT_URL_FIREHOSE", "http://127.0.0.1:9"},
                                                     {NULL, NULL}};
    struct fixture fixture;
    struct aws_session *session = NULL;
    struct aws_endpoint endpoint;
    struct credential_cache_state seen;
    char key[CREDENTIALS_KEY_BYTES];
    char source[64];
    struct status status = open_session(&fixture, variables, "us-west-2", &session);
    assert_string_equal(status.reason, "");
    status = aws_session_check_credentials(session, key, source);
    assert_string_equal(status.reason, "");
    assert_string_equal(key, "AKENV");
    assert_string_equal(source, "environment");
    aws_session_read_credential_state(session, &seen);
    assert_true(seen.has_credentials && seen.expires_wall_ms == CREDENTIALS_NEVER);
    status = aws_session_endpoint(session, AWS_FIREHOSE, &endpoint);
    assert_string_equal(status.reason, "");
    assert_string_equal(endpoint.url, "http://127.0.0.1:9");
    for (int service = 0; service < AWS_SERVICE_COUNT; service++) {
        struct aws_client *client = NULL;
        status = aws_session_create_client(session, (enum aws_service)service, &client);
        assert_string_equal(status.reason, "");
        aws_client_destroy(client);
    }
    aws_session_close(session);
    fixture_close(&fixture);
}

static void what_is_wrong_is_said_at_once(void **state)
{
    (void)state;
    static const struct {
        struct fake_variable variables[5];
        enum status_code code;
        const char *reason;
    } cases[] = {
        {{FILES}, STATUS_NOT_FOUND, "no AWS region: set AWS_REGION or AWS_DEFAULT_REGION"},
        {{FILES, {"AWS_REGION", "x y"}}, STATUS_INVALID, "AWS_REGION is 'x y'"},
        {{FILES, {"AWS_PROFILE", "p"}}, STATUS_NOT_FOUND, "there is no profile 'p'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        struct aws_session *session = NULL;
        struct status status = open_session(&fixture, cases[i].variables, NULL, &session);
        check_reason(&status, cases[i].code, cases[i].reason);
        assert_null(session);
        fixture_close(&fixture);
    }
}

static void no_credentials_is_said_by_the_check(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {
        FILES, {"AWS_REGION", "eu-west-3"}, {"AWS_EC2_METADATA_DISABLED", "true"}, {NULL, NULL}};
    struct fixture fixture;
    struct aws_session *session = NULL;
    struct status status = open_session(&fixture, variables, NULL, &session);
    assert_string_equal(status.reason, "");
    status = aws_session_check_credentials(session, NULL, NULL);
    check_reason(&status, STATUS_NOT_FOUND, "no AWS credentials: environment: not set; role");
    aws_session_close(session);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_without_a_call),
        cmocka_unit_test(it_gives_credentials_and_clients),
        cmocka_unit_test(what_is_wrong_is_said_at_once),
        cmocka_unit_test(no_credentials_is_said_by_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
