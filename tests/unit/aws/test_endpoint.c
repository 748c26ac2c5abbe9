/* A wrong endpoint means no worker at all in that region. The table is reference/aws-conventions.md, section
 * 1; tests/integration/test_endpoints_botocore.py compares every region with botocore's own rules. */
#include "tests/unit/aws/credential_fixture.h"

static struct status resolve(enum aws_service service, const char *region, bool fips, bool dual,
                             const char *custom, struct aws_endpoint *endpoint)
{
    struct aws_endpoint_options options = {
        .region = region, .custom_url = custom, .use_fips = fips, .use_dual_stack = dual};
    return aws_endpoint_resolve(service, &options, endpoint);
}

static void the_rules_for_each_partition(void **state)
{
    (void)state;
    static const struct {
        enum aws_service service;
        const char *region;
        bool fips;
        bool dual;
        const char *url;
    } cases[] = {
        {AWS_DYNAMODB, "us-east-1", false, false, "https://dynamodb.us-east-1.amazonaws.com"},
        {AWS_DYNAMODB, "us-east-1", true, false, "https://dynamodb-fips.us-east-1.amazonaws.com"},
        {AWS_DYNAMODB, "us-east-1", false, true, "https://dynamodb.us-east-1.api.aws"},
        {AWS_DYNAMODB, "us-east-1", true, true, "https://dynamodb-fips.us-east-1.api.aws"},
        {AWS_DYNAMODB, "us-gov-west-1", true, false, "https://dynamodb.us-gov-west-1.amazonaws.com"},
        {AWS_DYNAMODB, "us-gov-west-1", true, true, "https://dynamodb-fips.us-gov-west-1.api.aws"},
        {AWS_DYNAMODB, "cn-north-1", false, false, "https://dynamodb.cn-north-1.amazonaws.com.cn"},
        {AWS_DYNAMODB, "cn-north-1", false, true, "https://dynamodb.cn-north-1.api.amazonwebservices.com.cn"},
        {AWS_DYNAMODB, "eusc-de-east-1", false, false, "https://dynamodb.eusc-de-east-1.amazonaws.eu"},
        {AWS_DYNAMODB, "eusc-de-east-1", false, true,
         "https://dynamodb.eusc-de-east-1.api.amazonwebservices.eu"},
        {AWS_DYNAMODB, "us-iso-east-1", false, false, "https://dynamodb.us-iso-east-1.c2s.ic.gov"},
        {AWS_DYNAMODB, "us-isob-east-1", false, false, "https://dynamodb.us-isob-east-1.sc2s.sgov.gov"},
        {AWS_DYNAMODB, "eu-isoe-west-1", false, false, "https://dynamodb.eu-isoe-west-1.cloud.adc-e.uk"},
        {AWS_DYNAMODB, "us-isof-south-1", false, false, "https://dynamodb.us-isof-south-1.csp.hci.ic.gov"},
        {AWS_DYNAMODB, "xx-new-9", false, false, "https://dynamodb.xx-new-9.amazonaws.com"},
        {AWS_DYNAMODB_STREAMS, "eu-west-1", false, false, "https://streams.dynamodb.eu-west-1.amazonaws.com"},
        {AWS_DYNAMODB_STREAMS, "eu-west-1", true, false,
         "https://streams.dynamodb-fips.eu-west-1.amazonaws.com"},
        {AWS_DYNAMODB_STREAMS, "eu-west-1", false, true, "https://streams-dynamodb.eu-west-1.api.aws"},
        {AWS_DYNAMODB_STREAMS, "eu-west-1", true, true, "https://streams-dynamodb-fips.eu-west-1.api.aws"},
        {AWS_DYNAMODB_STREAMS, "us-gov-east-1", true, false,
         "https://streams.dynamodb.us-gov-east-1.amazonaws.com"},
        {AWS_DYNAMODB_STREAMS, "us-gov-east-1", false, true,
         "https://streams-dynamodb.us-gov-east-1.api.aws"},
        {AWS_DYNAMODB_STREAMS, "cn-north-1", false, true,
         "https://streams-dynamodb.cn-north-1.api.amazonwebservices.com.cn"},
        {AWS_DYNAMODB_STREAMS, "eusc-de-east-1", false, true,
         "https://streams-dynamodb.eusc-de-east-1.api.amazonwebservices.eu"},
        {AWS_FIREHOSE, "us-east-2", false, false, "https://firehose.us-east-2.amazonaws.com"},
        {AWS_FIREHOSE, "us-gov-west-1", true, false, "https://firehose-fips.us-gov-west-1.amazonaws.com"},
        {AWS_KINESIS, "us-east-2", true, false, "https://kinesis-fips.us-east-2.amazonaws.com"},
        {AWS_KINESIS, "us-gov-west-1", true, false, "https://kinesis.us-gov-west-1.amazonaws.com"},
        {AWS_STS, "eu-central-1", false, false, "https://sts.eu-central-1.amazonaws.com"},
        {AWS_STS, "us-gov-west-1", true, false, "https://sts.us-gov-west-1.amazonaws.com"},
        {AWS_S3, "eu-central-1", false, false, "https://s3.eu-central-1.amazonaws.com"},
        {AWS_S3, "eu-central-1", false, true, "https://s3.dualstack.eu-central-1.amazonaws.com"},
        {AWS_S3, "us-west-2", true, true, "https://s3-fips.dualstack.us-west-2.amazonaws.com"},
        {AWS_S3, "cn-north-1", false, true, "https://s3.dualstack.cn-north-1.amazonaws.com.cn"},
        {AWS_S3, "aws-global", false, false, "https://s3.amazonaws.com"},
        {AWS_DYNAMODB, "local", false, false, "http://localhost:8000"},
        {AWS_DYNAMODB_STREAMS, "local", false, false, "http://localhost:8000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_endpoint endpoint;
        struct status status =
            resolve(cases[i].service, cases[i].region, cases[i].fips, cases[i].dual, NULL, &endpoint);
        assert_true(status_is_ok(&status));
        assert_string_equal(endpoint.url, cases[i].url);
    }
}

static void signing_names_and_regions(void **state)
{
    (void)state;
    static const char *const names[AWS_SERVICE_COUNT] = {"dynamodb", "dynamodb", "firehose",
                                                         "kinesis",  "sts",      "s3"};
    struct aws_endpoint endpoint;
    for (int service = 0; service < AWS_SERVICE_COUNT; service++) {
        struct status status =
            resolve((enum aws_service)service, "eu-north-1", false, false, NULL, &endpoint);
        assert_true(status_is_ok(&status));
        assert_string_equal(endpoint.signing_name, names[service]);
        assert_string_equal(endpoint.signing_region, "eu-north-1");
    }
    struct status status = resolve(AWS_DYNAMODB, "local", false, false, NULL, &endpoint);
    assert_true(status_is_ok(&status));
    assert_string_equal(endpoint.signing_region, "us-east-1");
    status = resolve(AWS_DYNAMODB, "eu-west-1", false, false, "http://127.0.0.1:4566/", &endpoint);
    assert_true(status_is_ok(&status));
    assert_string_equal(endpoint.url, "http://127.0.0.1:4566");
    assert_string_equal(endpoint.signing_region, "eu-west-1");
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *region;
        bool fips;
        bool dual;
        const char *custom;
        const char *reason;
    } cases[] = {
        {"eu-west-1", true, false, "http://x:1", "together with FIPS endpoints"},
        {"eu-west-1", true, false, "http://me:secret@x", "together with FIPS endpoints"},
        {"eu-west-1", false, true, "http://x:1", "together with dual-stack endpoints"},
        {"local", true, false, NULL, "'local' has no FIPS endpoints"},
        {"local", false, true, NULL, "'local' has no dual-stack endpoints"},
        {"eu-west-1", false, false, "localhost:8000", "'https://host:port' (character 1)"},
        {"eu-west-1", false, false, "ftp://x", "'https://host:port' (character 1)"},
        {"eu-west-1", false, false, "http://", "'https://host:port' (character 8)"},
        {"eu-west-1", false, false, "http://a b", "'https://host:port' (character 9)"},
        {"eu-west-1", false, false, "http://me:secret@x", "(one with '@', which may hold a password)"},
        {"eu-west-1", false, false, "http:///x", "'https://host:port' (character 8)"},
        {"eu-west-1", false, false, "https://x:1/?y", "'https://host:port' (character 13)"},
        {"eu-west-1", false, false, "http://x\r\ny", "'https://host:port' (character 9)"},
        {"evil.com/", false, false, NULL, "no AWS region"},
        {"", false, false, NULL, "no AWS region"},
        {"-x", false, false, NULL, "no AWS region"},
        {"123", false, false, NULL, "no AWS region"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_endpoint endpoint = {.url = "untouched"};
        struct status status =
            resolve(AWS_DYNAMODB, cases[i].region, cases[i].fips, cases[i].dual, cases[i].custom, &endpoint);
        check_reason(&status, STATUS_INVALID, cases[i].reason);
        assert_null(strstr(status.reason, "secret"));
        assert_string_equal(endpoint.url, "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_for_each_partition),
        cmocka_unit_test(signing_names_and_regions),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
