/* AWS Signature Version 4 in the Authorization header:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * The steps are separate functions, so that vectors can check each. Paths are normalized and encoded once
 * more than in the request line, as every service but S3 wants it; for S3 they stand as they are. Pure
 * functions; any thread may call.
 */
#ifndef PENSTOCK_AWS_SIGV4_H
#define PENSTOCK_AWS_SIGV4_H

#include "aws/crypto.h"
#include "aws/http.h"
#include "aws/timestamp.h"

enum {
    SIGV4_HEADERS = 64, /* signed headers a request */
    SIGV4_DATE_LENGTH = 8, /* "20261123" */
    SIGV4_QUERY_PAIRS = 128, /* name=value pairs in a query */
    SIGV4_TEXT_CEILING = 128 * 1024, /* for the buffers handed in; a session token may have 16 KiB */
};

/* All borrowed. */
struct sigv4_scope {
    const char *region;
    const char *service; /* the signing name: "dynamodb" for DynamoDB and Streams */
    const char *timestamp; /* x-amz-date, from timestamp_format_basic */
};

/* All borrowed. */
struct sigv4_request {
    const char *method;
    struct slice path; /* as in the request line */
    struct slice query; /* as in the request line, without '?' */
    const struct http_header
        *headers; /* those to sign: host and x-amz-date among them; names in lower case */
    size_t header_count;
    const char *body_sha256; /* hexadecimal */
    bool path_as_is; /* S3: a key may hold empty segments and dots, and is encoded once only */
};

/* Appends the canonical request. STATUS_INVALID over the bounds above. */
struct status sigv4_canonical_request(const struct sigv4_request *request, struct bytes *target) MUST_USE;

/* Appends the string to sign. */
struct status sigv4_string_to_sign(const struct sigv4_scope *scope, struct slice canonical_request,
                                   struct bytes *target) MUST_USE;

struct status sigv4_signing_key(const struct sigv4_scope *scope, const char *secret_access_key,
                                unsigned char ret_key[CRYPTO_SHA256_BYTES]) MUST_USE;

/* The last signing key made, since one serves a day. Zeroed memory is a valid empty cache; wipe it at the
 * end. It belongs to one thread, or to a lock. */
struct sigv4_key_cache {
    bool filled;
    char date[SIGV4_DATE_LENGTH];
    /* One that is longer is not kept. */
    char region[64];
    char service[64];
    char secret[512];
    unsigned char key[CRYPTO_SHA256_BYTES];
};

/* As sigv4_signing_key, from the cache where it is the same. */
struct status sigv4_cached_key(struct sigv4_key_cache *cache, const struct sigv4_scope *scope,
                               const char *secret_access_key, unsigned char ret_key[CRYPTO_SHA256_BYTES])
    MUST_USE;

/* Replaces `target` with the value of the Authorization header. `scratch` is working memory. */
struct status sigv4_authorize(const struct sigv4_request *request, const struct sigv4_scope *scope,
                              const char *access_key_id, const unsigned char key[CRYPTO_SHA256_BYTES],
                              struct bytes *scratch, struct bytes *target) MUST_USE;

#endif
