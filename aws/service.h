/* What differs between the services on the wire. */
#ifndef PENSTOCK_AWS_SERVICE_H
#define PENSTOCK_AWS_SERVICE_H

#include "aws/client.h"

struct aws_service_traits {
    const char *name; /* for people: "DynamoDB" */
    const char *signing_name;
    const char *content_type; /* NULL: the call's own, or none */
    const char *target_prefix; /* of x-amz-target, with its dot; NULL: errors are XML */
    bool dynamodb; /* retries by DynamoDB's numbers */
    bool s3; /* paths are signed as they are, and the body's hash is a header */
};

/* Never NULL for a value of the enum. */
const struct aws_service_traits *aws_service_traits(enum aws_service service);

#endif
