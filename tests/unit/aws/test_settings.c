/* AWS's own settings: which of several places wins, and what a wrong value says. */
#include "tests/unit/aws/credential_fixture.h"

struct settings_case {
    struct fake_variable variables[4];
    const char *config;
};

static struct status resolve_chosen(const struct settings_case *one, const char *profile, const char *region,
                                    struct aws_settings *settings)
{
    struct fixture fixture;
    fixture_open(&fixture, one->variables, one->config == NULL ? "" : one->config, "", no_steps);
    struct status status =
        aws_settings_resolve(profile, region, &fixture.environment, &fixture.profiles, settings);
    fixture_close(&fixture);
    return status;
}

static struct status resolve(const struct settings_case *one, struct aws_settings *settings)
{
    return resolve_chosen(one, NULL, NULL, settings);
}

static void the_region_by_precedence(void **state)
{
    (void)state;
    static const struct {
        struct settings_case given;
        const char *chosen;
        const char *region;
    } cases[] = {
        {{{{"AWS_REGION", "a-1"}, {"AWS_DEFAULT_REGION", "b-1"}}, "[default]\nregion=c-1\n"}, NULL, "a-1"},
        {{{{"AWS_DEFAULT_REGION", "b-1"}}, "[default]\nregion=c-1\n"}, NULL, "b-1"},
        {{{{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "b-1"}}, NULL}, NULL, "b-1"},
        {{{{NULL, NULL}}, "[default]\nregion=c-1\n"}, NULL, "c-1"},
        {{{{"AWS_PROFILE", "p"}}, "[default]\nregion=c-1\n[profile p]\nregion=d-1\n"}, NULL, "d-1"},
        {{{{"AWS_REGION", "a-1"}}, NULL}, "z-1", "z-1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_settings settings;
        struct status status = resolve_chosen(&cases[i].given, NULL, cases[i].chosen, &settings);
        assert_string_equal(status.reason, "");
        assert_string_equal(settings.region, cases[i].region);
    }
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        struct settings_case given;
        enum status_code code;
        const char *reason;
    } cases[] = {
        {{{{NULL, NULL}}, NULL},
         STATUS_NOT_FOUND,
         "no AWS region: set AWS_REGION or AWS_DEFAULT_REGION, or 'region' in profile 'default'"},
        {{{{"AWS_REGION", "eu west"}}, NULL}, STATUS_INVALID, "AWS_REGION is 'eu west'"},
        {{{{NULL, NULL}}, "[default]\nregion=a.b\n"}, STATUS_INVALID, "region in the profile is 'a.b'"},
        {{{{"AWS_PROFILE", "nope"}}, NULL}, STATUS_NOT_FOUND, "there is no profile 'nope' in '~"},
        {{{{"AWS_REGION", "a-1"}, {"AWS_MAX_ATTEMPTS", "many"}}, NULL}, STATUS_INVALID, "AWS_MAX_ATTEMPTS"},
        {{{{"AWS_REGION", "a-1"}, {"AWS_MAX_ATTEMPTS", "0"}}, NULL}, STATUS_INVALID, "from 1 to 100"},
        {{{{"AWS_REGION", "a-1"}, {"AWS_RETRY_MODE", "eager"}}, NULL},
         STATUS_INVALID,
         "AWS_RETRY_MODE is 'eager': use 'standard', 'adaptive' or 'legacy'"},
        {{{{"AWS_REGION", "a-1"}}, "[default]\nretry_mode=none\n"},
         STATUS_INVALID,
         "retry_mode is 'none': use 'standard', 'adaptive' or 'legacy'"},
        {{{{"AWS_REGION", "a-1"}, {"AWS_ACCOUNT_ID_ENDPOINT_MODE", "required"}}, NULL},
         STATUS_INVALID,
         "account-based DynamoDB endpoints are not built"},
        {{{{"AWS_REGION", "a-1"}, {"AWS_ACCOUNT_ID_ENDPOINT_MODE", "x"}}, NULL},
         STATUS_INVALID,
         "no such mode"},
        {{{{"AWS_REGION", "a-1"}, {"AWS_USE_FIPS_ENDPOINT", "1"}}, NULL}, STATUS_INVALID, "only 'true' and"},
        {{{{"AWS_REGION", "a-1"}}, "[default]\nservices=x\n"}, STATUS_INVALID, "has no [services x]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_settings settings;
        struct status status = resolve(&cases[i].given, &settings);
        check_reason(&status, cases[i].code, cases[i].reason);
    }
}

static void the_retry_mode_by_precedence(void **state)
{
    (void)state;
    static const struct {
        struct settings_case given;
        enum retry_mode mode;
    } cases[] = {
        {{{{NULL, NULL}}, NULL}, RETRY_MODE_STANDARD},
        {{{{NULL, NULL}}, "[default]\nretry_mode = standard\n"}, RETRY_MODE_STANDARD},
        {{{{NULL, NULL}}, "[default]\nretry_mode = Adaptive\n"}, RETRY_MODE_ADAPTIVE},
        {{{{NULL, NULL}}, "[default]\nretry_mode = legacy\n"}, RETRY_MODE_LEGACY},
        {{{{"AWS_RETRY_MODE", "adaptive"}}, "[default]\nretry_mode = legacy\n"}, RETRY_MODE_ADAPTIVE},
        {{{{"AWS_RETRY_MODE", "LEGACY"}}, NULL}, RETRY_MODE_LEGACY},
        {{{{"AWS_RETRY_MODE", ""}}, "[default]\nretry_mode = adaptive\n"}, RETRY_MODE_ADAPTIVE},
        {{{{"AWS_PROFILE", "p"}}, "[default]\nretry_mode = legacy\n[profile p]\nretry_mode = adaptive\n"},
         RETRY_MODE_ADAPTIVE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_settings settings;
        struct status status = resolve_chosen(&cases[i].given, NULL, "r-1", &settings);
        assert_string_equal(status.reason, "");
        assert_int_equal(settings.retry_mode, cases[i].mode);
    }
}

static void the_user_agent_by_precedence(void **state)
{
    (void)state;
    static const struct {
        struct settings_case given;
        const char *behind;
        bool whole;
    } cases[] = {
        {{{{NULL, NULL}}, NULL}, "", true},
        {{{{"AWS_SDK_UA_APP_ID", "one"}}, "[default]\nsdk_ua_app_id = two\n"}, " app/one", true},
        {{{{NULL, NULL}}, "[default]\nsdk_ua_app_id = two\n"}, " app/two", true},
        {{{{"AWS_PROFILE", "p"}}, "[default]\nsdk_ua_app_id=two\n[profile p]\nsdk_ua_app_id=three\n"},
         " app/three",
         true},
        {{{{"AWS_SDK_UA_APP_ID", "0123456789012345678901234567890123456789012345678901"}}, NULL},
         " app/01234567890123456789012345678901234567890123456789",
         false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        char text[USER_AGENT_BYTES];
        char wanted[USER_AGENT_BYTES];
        bool whole = false;
        fixture_open(&fixture, cases[i].given.variables,
                     cases[i].given.config == NULL ? "" : cases[i].given.config, "", no_steps);
        struct status status =
            aws_settings_find_user_agent(NULL, &fixture.environment, &fixture.profiles, text, &whole);
        fixture_close(&fixture);
        assert_string_equal(status.reason, "");
        (void)snprintf(wanted, sizeof(wanted), "penstock/%s%s", PENSTOCK_VERSION, cases[i].behind);
        assert_string_equal(text, wanted);
        assert_int_equal(whole, cases[i].whole);
    }
}

static void what_is_accepted(void **state)
{
    (void)state;
    struct settings_case given = {
        {{"AWS_REGION", "fips-us-east-1"}, {"AWS_MAX_ATTEMPTS", "7"}, {"AWS_RETRY_MODE", "Standard"}},
        "[default]\nuse_dualstack_endpoint = true\naccount_id_endpoint_mode = preferred\n"};
    struct aws_settings settings;
    struct status status = resolve(&given, &settings);
    assert_string_equal(status.reason, "");
    assert_string_equal(settings.region, "us-east-1");
    assert_true(settings.use_fips);
    assert_true(settings.use_dual_stack);
    assert_int_equal(settings.max_attempts, 7);
    assert_false(settings.profile_is_chosen);
    struct settings_case named = {{{"AWS_PROFILE", "other"}}, "[profile p]\nregion=d-1\n"};
    status = resolve_chosen(&named, "p", NULL, &settings);
    assert_string_equal(status.reason, "");
    assert_string_equal(settings.profile, "p");
    assert_true(settings.profile_is_chosen);
}

#define SERVICES                                                                                             \
    "[default]\nservices = s\nendpoint_url = http://profile\n"                                               \
    "[services s]\ndynamodb =\n  endpoint_url = http://service\n"

static void the_endpoint_by_precedence(void **state)
{
    (void)state;
    static const struct {
        struct settings_case given;
        enum aws_service service;
        const char *url;
    } cases[] = {
        {{{{"AWS_ENDPOINT_URL_DYNAMODB", "http://one"}, {"AWS_ENDPOINT_URL", "http://all"}}, SERVICES},
         AWS_DYNAMODB,
         "http://one"},
        {{{{"AWS_ENDPOINT_URL_DYNAMODB", "http://one"}, {"AWS_ENDPOINT_URL", "http://all"}}, SERVICES},
         AWS_DYNAMODB_STREAMS,
         "http://all"},
        {{{{"AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://s"}}, SERVICES}, AWS_DYNAMODB_STREAMS, "http://s"},
        {{{{NULL, NULL}}, SERVICES}, AWS_DYNAMODB, "http://service"},
        {{{{NULL, NULL}}, SERVICES}, AWS_FIREHOSE, "http://profile"},
        {{{{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, {"AWS_ENDPOINT_URL", "http://all"}}, SERVICES},
         AWS_FIREHOSE,
         "https://firehose.r-1.amazonaws.com"},
        {{{{"AWS_ENDPOINT_URL_STS", "http://sts"}}, NULL}, AWS_STS, "http://sts"},
        {{{{"AWS_ENDPOINT_URL_KINESIS", "http://k"}}, NULL}, AWS_KINESIS, "http://k"},
        {{{{NULL, NULL}}, NULL}, AWS_KINESIS, "https://kinesis.r-1.amazonaws.com"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_settings settings;
        struct aws_endpoint endpoint;
        struct status status = resolve_chosen(&cases[i].given, NULL, "r-1", &settings);
        assert_string_equal(status.reason, "");
        status = aws_settings_endpoint(&settings, cases[i].service, &endpoint);
        assert_string_equal(status.reason, "");
        assert_string_equal(endpoint.url, cases[i].url);
    }
}

static void the_ca_bundle(void **state)
{
    (void)state;
    static const struct fake_variable missing[] = {{"AWS_CA_BUNDLE", "/nonexistent.pem"}, {NULL, NULL}};
    static const struct fake_variable from_env[] = {
        {"AWS_CA_BUNDLE", "$D/null"}, {"D", "/dev"}, {NULL, NULL}};
    struct fixture fixture;
    char path[64];
    fixture_open(&fixture, no_variables, "[default]\nca_bundle = /dev/zero\n", "", no_steps);
    struct status status =
        aws_settings_find_ca_bundle(NULL, &fixture.environment, &fixture.profiles, path, 64);
    assert_string_equal(status.reason, "");
    assert_string_equal(path, "/dev/zero");
    fixture_close(&fixture);
    fixture_open(&fixture, from_env, "[default]\nca_bundle = /dev/zero\n", "", no_steps);
    status = aws_settings_find_ca_bundle(NULL, &fixture.environment, &fixture.profiles, path, 64);
    assert_string_equal(status.reason, "");
    assert_string_equal(path, "/dev/null");
    fixture_close(&fixture);
    fixture_open(&fixture, missing, "", "", no_steps);
    status = aws_settings_find_ca_bundle(NULL, &fixture.environment, &fixture.profiles, path, 64);
    check_reason(&status, STATUS_INVALID, "AWS_CA_BUNDLE: cannot read '/nonexistent.pem'");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_region_by_precedence),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(the_retry_mode_by_precedence),
        cmocka_unit_test(what_is_accepted),
        cmocka_unit_test(the_user_agent_by_precedence),
        cmocka_unit_test(the_endpoint_by_precedence),
        cmocka_unit_test(the_ca_bundle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
