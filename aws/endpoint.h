/* Where a service listens and under which name and region its requests are signed.
 *
 * The rules are AWS's endpoint rule sets (the botocore data files endpoint-rule-set-1.json of each service
 * and partitions.json). Account-based endpoints are not used: the regional ones serve every account.
 */
#ifndef PENSTOCK_AWS_ENDPOINT_H
#define PENSTOCK_AWS_ENDPOINT_H

#include "aws/client.h"

enum { AWS_REGION_BYTES = 64, AWS_ENDPOINT_BYTES = 512 };

struct aws_endpoint {
    char url[AWS_ENDPOINT_BYTES]; /* scheme, host, perhaps port and path; no '/' at the end */
    char signing_region[AWS_REGION_BYTES];
    const char *signing_name; /* "dynamodb" for DynamoDB and for Streams; a literal */
    bool is_custom; /* a custom_url: a server of its own, whose buckets are in the path */
};

struct aws_endpoint_options {
    const char *region;
    const char *custom_url; /* replaces the rule's URL; NULL: none */
    bool use_fips;
    bool use_dual_stack;
};

/* STATUS_INVALID for a region that is no host label, a custom URL that is no URL (with the place in it, and never a
 * password that it holds) or comes with FIPS or dual-stack, or a partition without them. Pure. */
struct status aws_endpoint_resolve(enum aws_service service, const struct aws_endpoint_options *options,
                                   struct aws_endpoint *ret_endpoint) MUST_USE;

/* "dynamodb", "streams.dynamodb", ...: the service in words for messages. A literal. */
const char *aws_service_name(enum aws_service service);

/* The <S> of AWS_ENDPOINT_URL_<S>: "DYNAMODB_STREAMS"; its lower case names the service in a profile's
 * services section. A literal. */
const char *aws_service_setting(enum aws_service service);

#endif
