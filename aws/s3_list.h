/* The reply of ListObjectsV2, read without a tree: foreign bytes, in bounds whatever they are.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (asked with encoding-type=url) */
#ifndef PENSTOCK_AWS_S3_LIST_H
#define PENSTOCK_AWS_S3_LIST_H

#include "aws/s3_url.h"

enum { S3_TOKEN_BYTES = 2048, S3_TIME_BYTES = 40 };

struct s3_entry {
    char key[S3_KEY_BYTES]; /* decoded */
    int64_t size; /* bytes */
    char modified[S3_TIME_BYTES]; /* "2026-11-23T10:00:00.000Z", as S3 has it */
};

/* A reply under way; borrows its document. */
struct s3_list {
    struct slice rest; /* what was not read yet */
    bool truncated; /* there is more; `token` asks for it */
    char token[S3_TOKEN_BYTES];
};

/* STATUS_CORRUPT when it is no such reply, or one that is truncated without a token. */
struct status s3_list_begin(struct slice document, struct s3_list *ret_list) MUST_USE;

/* The next object; false through `ret_more` behind the last. STATUS_CORRUPT: it has no key or size. */
struct status s3_list_next(struct s3_list *list, struct s3_entry *ret_entry, bool *ret_more) MUST_USE;

#endif
