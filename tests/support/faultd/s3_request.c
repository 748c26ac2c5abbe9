/* What a request to S3 asks for. */
#include <stdlib.h>

#include "tests/support/faultd/s3_request.h"

/* Undoes %XX. False: too long, or a NUL. */
static bool decode(struct slice text, char *target, size_t size)
{
    size_t out = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (c == '%' && i + 2 < text.length) {
            char digits[3] = {text.at[i + 1], text.at[i + 2], '\0'};
            c = (char)strtoul(digits, NULL, 16);
            i += 2;
        }
        if (out + 1 >= size || c == '\0') {
            return false;
        }
        target[out++] = c;
    }
    target[out] = '\0';
    return true;
}

bool s3_query(const struct request *request, const char *name, char *target, size_t size)
{
    struct slice query = request->query;
    size_t length = strlen(name);
    while (query.length > 0) {
        const char *end = memchr(query.at, '&', query.length);
        size_t part = end == NULL ? query.length : (size_t)(end - query.at);
        if (part > length && memcmp(query.at, name, length) == 0 && query.at[length] == '=') {
            return decode(slice_of(query.at + length + 1, part - length - 1), target, size);
        }
        query = slice_of(query.at + part + (end != NULL), query.length - part - (end != NULL));
    }
    return false;
}

bool s3_read_place(const struct request *request, struct s3_place *ret_place)
{
    struct slice path = slice_of(request->path.at + 1, request->path.length - 1);
    const char *slash = path.length == 0 ? NULL : memchr(path.at, '/', path.length);
    struct slice bucket = slash == NULL ? path : slice_of(path.at, (size_t)(slash - path.at));
    struct slice key = slash == NULL ? slice_of("", 0) : slice_of(slash + 1, path.length - bucket.length - 1);
    return decode(bucket, ret_place->bucket, sizeof ret_place->bucket) &&
           decode(key, ret_place->key, sizeof ret_place->key);
}

bool s3_identify(struct request *request)
{
    struct slice authorization = request_header(request, "authorization");
    static const char scope[] = "/s3/aws4_request";
    static const struct {
        const char *method;
        const char *of_object;
        const char *of_bucket;
    } names[] = {
        {"PUT", "PutObject", ""}, {"GET", "GetObject", "ListObjectsV2"}, {"DELETE", "DeleteObject", ""}};
    if (authorization.length == 0 ||
        memmem(authorization.at, authorization.length, scope, sizeof scope - 1) == NULL) {
        return false;
    }
    struct s3_place place;
    request->operation[0] = '\0';
    if (!s3_read_place(request, &place)) {
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equals_text(request->method, names[i].method)) {
            const char *name = place.key[0] == '\0' ? names[i].of_bucket : names[i].of_object;
            memcpy(request->operation, name, strlen(name) + 1);
        }
    }
    memcpy(request->resource, place.bucket, sizeof place.bucket);
    return true;
}
