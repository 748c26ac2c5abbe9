#include "aws/endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aws/region.h"

struct partition {
    const char *id;
    const char *region_prefix; /* its regions are this, a word, '-' and a number */
    const char *suffix;
    const char *dual_stack_suffix;
};

/* botocore/data/partitions.json; whatever fits none is in the first. */
static const struct partition partitions[] = {
    {"aws", NULL, "amazonaws.com", "api.aws"},
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"},
    {"aws-eusc", "eusc-de-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
};

struct service {
    const char *words;
    const char *setting;
    const char *signing_name;
    const char *host;
    const char *fips_host;
    bool is_plain_fips_in_gov; /* GovCloud's ordinary host is its FIPS host */
};

static const struct service services[AWS_SERVICE_COUNT] = {
    [AWS_DYNAMODB] = {"DynamoDB", "DYNAMODB", "dynamodb", "dynamodb", "dynamodb-fips", true},
    [AWS_DYNAMODB_STREAMS] = {"DynamoDB Streams", "DYNAMODB_STREAMS", "dynamodb", "streams.dynamodb",
                              "streams.dynamodb-fips", true},
    [AWS_FIREHOSE] = {"Firehose", "FIREHOSE", "firehose", "firehose", "firehose-fips", false},
    [AWS_KINESIS] = {"Kinesis", "KINESIS", "kinesis", "kinesis", "kinesis-fips", true},
    [AWS_STS] = {"STS", "STS", "sts", "sts", "sts-fips", true},
    [AWS_S3] = {"S3", "S3", "s3", "s3", "s3-fips", false},
};

const char *aws_service_name(enum aws_service service)
{
    return services[service].words;
}

const char *aws_service_setting(enum aws_service service)
{
    return services[service].setting;
}

/* PREFIX\w+-\d+ as in partitions.json, or the partition's own "ID-global". */
static bool holds(const struct partition *partition, const char *region)
{
    size_t id_length = strlen(partition->id);
    if (strncmp(region, partition->id, id_length) == 0 && strcmp(region + id_length, "-global") == 0) {
        return true;
    }
    size_t prefix = strlen(partition->region_prefix);
    if (strncmp(region, partition->region_prefix, prefix) != 0) {
        return false;
    }
    const char *dash = strchr(region + prefix, '-');
    if (dash == NULL || dash == region + prefix || dash[1] == '\0') {
        return false;
    }
    return dash[1 + strspn(dash + 1, "0123456789")] == '\0';
}

static const struct partition *partition_of(const char *region)
{
    for (size_t i = 1; i < sizeof(partitions) / sizeof(partitions[0]); i++) {
        if (holds(&partitions[i], region)) {
            return &partitions[i];
        }
    }
    return &partitions[0];
}

/* Where a custom endpoint is wrong: the place of the first character that cannot stand there. False: nowhere. */
static bool find_fault(const char *url, size_t *ret_at)
{
    size_t host = 0;
    if (strncasecmp(url, "https://", 8) == 0) {
        host = 8;
    } else if (strncasecmp(url, "http://", 7) == 0) {
        host = 7;
    }
    size_t at = host;
    while (at < AWS_ENDPOINT_BYTES - 1 && isgraph((unsigned char)url[at]) &&
           strchr("?#@\"<>\\^`{|}", url[at]) == NULL) {
        at++;
    }
    bool no_host = host == 0 || url[host] == '/' || url[host] == '\0';
    *ret_at = no_host ? host : at;
    return no_host || url[at] != '\0';
}

static const char *shown_url(const char *url)
{
    return strchr(url, '@') == NULL ? url : "(one with '@', which may hold a password)";
}

static struct status use_custom(enum aws_service service, const struct aws_endpoint_options *options,
                                struct aws_endpoint *endpoint)
{
    if (options->use_fips || options->use_dual_stack) {
        return status_make(STATUS_INVALID,
                           "a custom endpoint for %s ('%.80s') together with %s endpoints: unset one of them",
                           services[service].words, shown_url(options->custom_url),
                           options->use_fips ? "FIPS" : "dual-stack");
    }
    size_t at = 0;
    if (find_fault(options->custom_url, &at)) {
        return status_make(
            STATUS_INVALID,
            "the endpoint '%.100s' for %s is no URL such as 'https://host:port' (character %zu)",
            shown_url(options->custom_url), services[service].words, at + 1);
    }
    size_t length = strlen(options->custom_url);
    while (length > 0 && options->custom_url[length - 1] == '/') {
        length--;
    }
    (void)snprintf(endpoint->url, sizeof(endpoint->url), "%.*s", (int)length, options->custom_url);
    endpoint->is_custom = true;
    return status_ok();
}

/* DynamoDB Local's place, as every AWS SDK has it. */
static struct status use_local(const struct aws_endpoint_options *options, struct aws_endpoint *endpoint)
{
    if (options->use_fips || options->use_dual_stack) {
        return status_make(STATUS_INVALID, "the region 'local' has no %s endpoints",
                           options->use_fips ? "FIPS" : "dual-stack");
    }
    (void)snprintf(endpoint->url, sizeof(endpoint->url), "http://localhost:8000");
    return status_ok();
}

static const char *host_of(enum aws_service service, const struct partition *partition,
                           const struct aws_endpoint_options *options)
{
    if (service == AWS_DYNAMODB_STREAMS && options->use_dual_stack) {
        return options->use_fips ? "streams-dynamodb-fips" : "streams-dynamodb";
    }
    if (service == AWS_S3 && options->use_dual_stack) {
        return options->use_fips ? "s3-fips.dualstack" : "s3.dualstack";
    }
    bool is_gov = strcmp(partition->id, "aws-us-gov") == 0;
    if (!options->use_fips ||
        (is_gov && services[service].is_plain_fips_in_gov && !options->use_dual_stack)) {
        return services[service].host;
    }
    return services[service].fips_host;
}

/* S3's dual-stack hosts are under the partition's ordinary suffix. */
static struct status use_rules(enum aws_service service, const struct aws_endpoint_options *options,
                               struct aws_endpoint *endpoint)
{
    const struct partition *partition = partition_of(options->region);
    if (service == AWS_S3 && options->use_fips && strcmp(partition->id, "aws-cn") == 0) {
        return status_make(STATUS_INVALID, "S3 has no FIPS endpoints in the region '%s'", options->region);
    }
    bool dual_suffix = options->use_dual_stack && service != AWS_S3;
    (void)snprintf(endpoint->url, sizeof(endpoint->url), "https://%s.%s.%s",
                   host_of(service, partition, options), endpoint->signing_region,
                   dual_suffix ? partition->dual_stack_suffix : partition->suffix);
    return status_ok();
}

/* Regions that are no places, with an endpoint and a signing region of their own. */
static bool is_local(enum aws_service service, const struct aws_endpoint_options *options)
{
    return (service == AWS_DYNAMODB || service == AWS_DYNAMODB_STREAMS) &&
           strcmp(options->region, "local") == 0;
}

static bool is_global(enum aws_service service, const struct aws_endpoint_options *options)
{
    return (service == AWS_STS || service == AWS_S3) && strcmp(options->region, "aws-global") == 0 &&
           !options->use_fips && !options->use_dual_stack;
}

static struct status fill(enum aws_service service, const struct aws_endpoint_options *options,
                          struct aws_endpoint *endpoint)
{
    if (options->custom_url != NULL) {
        return use_custom(service, options, endpoint);
    }
    if (is_local(service, options)) {
        (void)snprintf(endpoint->signing_region, sizeof(endpoint->signing_region), "us-east-1");
        return use_local(options, endpoint);
    }
    if (is_global(service, options)) {
        (void)snprintf(endpoint->signing_region, sizeof(endpoint->signing_region), "us-east-1");
        (void)snprintf(endpoint->url, sizeof(endpoint->url), "https://%s.amazonaws.com",
                       services[service].host);
        return status_ok();
    }
    if (service == AWS_S3 && strcmp(options->region, "aws-global") == 0) {
        (void)snprintf(endpoint->signing_region, sizeof(endpoint->signing_region), "us-east-1");
    }
    return use_rules(service, options, endpoint);
}

struct status aws_endpoint_resolve(enum aws_service service, const struct aws_endpoint_options *options,
                                   struct aws_endpoint *ret_endpoint)
{
    struct aws_endpoint endpoint = {.signing_name = services[service].signing_name};
    if (!aws_region_is_valid(options->region)) {
        return status_make(STATUS_INVALID, "'%.64s' is no AWS region such as 'eu-central-1'",
                           options->region);
    }
    (void)snprintf(endpoint.signing_region, sizeof(endpoint.signing_region), "%s", options->region);
    TRY(fill(service, options, &endpoint));
    *ret_endpoint = endpoint;
    return status_ok();
}
