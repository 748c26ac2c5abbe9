/* "s3://BUCKET/PREFIX": a place in S3, as a user writes it. Pure. */
#ifndef PENSTOCK_AWS_S3_URL_H
#define PENSTOCK_AWS_S3_URL_H

#include "base/bytes.h"

enum {
    S3_BUCKET_BYTES = 64,
    S3_PREFIX_BYTES = 513, /* what a prefix may have, so that every key below it fits S3's 1,024 bytes */
    S3_KEY_BYTES = 1025,
};

struct s3_url {
    char bucket[S3_BUCKET_BYTES];
    char prefix[S3_PREFIX_BYTES]; /* without '/' at its ends; may be empty */
};

/* STATUS_INVALID quotes the text and says which character of it, counted from 1, is wrong and what is allowed.
 * A bucket's name follows
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; a prefix takes the characters that
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html calls safe, and '=', in segments that are
 * neither empty, "." nor "..". */
struct status s3_url_parse(const char *text, struct s3_url *ret_url) MUST_USE;

/* "s3://bucket/prefix" again, for messages. */
void s3_url_format(const struct s3_url *url, char *target, size_t size);

#endif
