/* S3: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and its neighbours, as far as this
 * program needs them. Any thread may call with one struct s3. */
#ifndef PENSTOCK_AWS_S3_H
#define PENSTOCK_AWS_S3_H

#include "aws/s3_list.h"
#include "aws/session.h"

/* Zeroed memory is a valid closed one. Constant between s3_open and s3_close. */
struct s3 {
    struct aws_client *client;
    char endpoint[AWS_ENDPOINT_BYTES];
    bool path_style;
};

/* With the session's endpoint (AWS_ENDPOINT_URL_S3 and so on), region and credentials. */
struct status s3_open(struct aws_session *session, struct s3 *ret_s3) MUST_USE;
void s3_close(struct s3 *s3);

struct s3_limits {
    int64_t attempt_timeout_ms; /* 0: 10 s */
    int64_t deadline_boot_ms; /* 0: none */
    struct stop *cancel; /* or NULL */
};

/* All borrowed. */
struct s3_object {
    const char *bucket;
    const char *key; /* 1 to 1,024 bytes */
    const char *content_type; /* of a put; NULL: none said */
};

/* Each call tries again as aws/client.h says; `limits` may be NULL. Failures by code: STATUS_NOT_FOUND (no such
 * bucket or key), STATUS_DENIED (rights, a KMS key, a bucket of another region), STATUS_THROTTLED,
 * STATUS_UNAVAILABLE, STATUS_TIMEOUT, STATUS_STOPPED, ... STATUS_CORRUPT: the answer is not S3's, and tells nothing. */

/* Once it returns OK the object is durable and seen by every later read and list. A put of the same key replaces
 * the object: after an unknown outcome the same put can be made again. S3 checks the content against its SHA-256. */
struct status s3_put_object(const struct s3 *s3, const struct s3_object *object, struct slice content,
                            const struct s3_limits *limits) MUST_USE;

/* `ret_content` gets the object, of at most `ceiling` bytes (STATUS_TOO_LARGE); the caller's to free. */
struct status s3_get_object(const struct s3 *s3, const struct s3_object *object, size_t ceiling,
                            const struct s3_limits *limits, struct bytes *ret_content) MUST_USE;

/* An object that is not there counts as deleted. */
struct status s3_delete_object(const struct s3 *s3, const struct s3_object *object,
                               const struct s3_limits *limits) MUST_USE;

/* Calls `visit` for the objects whose key begins with `prefix`, in the order of their keys, until it returns
 * false or there are no more. Entries are borrowed for the call. */
struct s3_visit {
    bool (*visit)(void *context, const struct s3_entry *entry);
    void *context;
};
struct status s3_list_objects(const struct s3 *s3, const char *bucket, const char *prefix,
                              const struct s3_limits *limits, const struct s3_visit *visit) MUST_USE;

#endif
