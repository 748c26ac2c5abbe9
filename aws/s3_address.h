/* The URL of a request to S3. Pure.
 *
 * A bucket is the first part of the host where its name can be one (botocore's aws.isVirtualHostableS3Bucket: no
 * dots, since AWS's certificates cover one label), else the first segment of the path; always there with a
 * custom endpoint, as in the AWS CLI. */
#ifndef PENSTOCK_AWS_S3_ADDRESS_H
#define PENSTOCK_AWS_S3_ADDRESS_H

#include "base/bytes.h"

/* All borrowed. */
struct s3_address {
    const char *endpoint; /* as aws/endpoint.h makes it: no bucket in it */
    bool path_style;
    const char *bucket;
    struct slice key; /* not encoded; empty: the bucket itself */
    const char *query; /* encoded, without '?'; NULL: none */
};

/* Appends the URL; the key is encoded but for A-Z a-z 0-9 - . _ ~ and '/'. */
struct status s3_address_append(const struct s3_address *address, struct bytes *target) MUST_USE;

/* Appends `text` as the value of a query: '/' is encoded too. */
struct status s3_address_append_value(struct bytes *target, struct slice text) MUST_USE;

#endif
