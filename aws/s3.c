#include "aws/s3.h"

#include <stdio.h>

#include "aws/base64.h"
#include "aws/crypto.h"
#include "aws/s3_address.h"

enum {
    URL_CEILING = 8 * 1024,
    LIST_CEILING = 8 * 1024 * 1024, /* a page of 1,000 keys, encoded */
    CHECKSUM_BYTES = 48,
    PAGES_MOST = 100000,
};

/* One request: `call` with its URL made from object and query. */
static struct status perform(const struct s3 *s3, const struct s3_object *object, const char *query,
                             const struct s3_limits *limits, struct aws_call *call, struct aws_reply *reply)
{
    struct s3_address address = {.endpoint = s3->endpoint,
                                 .path_style = s3->path_style,
                                 .bucket = object->bucket,
                                 .key = slice_of_text(object->key),
                                 .query = query};
    struct bytes url;
    bytes_init(&url, URL_CEILING);
    struct status status = s3_address_append(&address, &url);
    if (status_is_ok(&status)) {
        status = bytes_terminate(&url, &call->url);
    }
    if (status_is_ok(&status)) {
        if (limits != NULL) {
            call->attempt_timeout_ms = limits->attempt_timeout_ms;
            call->deadline_boot_ms = limits->deadline_boot_ms;
            call->cancel = limits->cancel;
        }
        status = aws_client_call(s3->client, call, reply);
    }
    bytes_free(&url);
    return status_prefix(status, "s3://%s/%.150s", object->bucket, object->key == NULL ? "" : object->key);
}

/* The content's SHA-256 in base64: S3 keeps it with the object, and buckets with a lock ask for one. */
static struct status make_checksum(struct slice content, char text[CHECKSUM_BYTES])
{
    unsigned char digest[CRYPTO_SHA256_BYTES];
    TRY(crypto_sha256(content, digest));
    base64_encode(digest, sizeof digest, text);
    text[base64_length(sizeof digest)] = '\0';
    return status_ok();
}

/* S3 says an object's ETag when it was stored and when it is read, and answers a deletion with 204. A 2xx without it
 * comes from somebody else on the way, such as a proxy with a page of its own: nothing was stored, read or deleted. */
static struct status check_is_s3(const struct s3 *s3, const struct s3_object *object, const char *operation,
                                 const struct aws_reply *reply)
{
    bool deletes = strcmp(operation, "DeleteObject") == 0;
    if (deletes ? reply->http.status == 204 : http_reply_header(&reply->http, "etag").length > 0) {
        return status_ok();
    }
    return status_make(STATUS_CORRUPT, "s3://%s/%.150s: S3 %s: HTTP %d %s: is the endpoint %.100s right?",
                       object->bucket, object->key, operation, reply->http.status,
                       deletes ? "in place of 204" : "without an ETag", s3->endpoint);
}

struct status s3_put_object(const struct s3 *s3, const struct s3_object *object, struct slice content,
                            const struct s3_limits *limits)
{
    char checksum[CHECKSUM_BYTES];
    TRY(make_checksum(content, checksum));
    struct http_header headers[] = {{"x-amz-checksum-sha256", checksum},
                                    {"content-type", object->content_type}};
    struct aws_call call = {.operation = "PutObject",
                            .method = "PUT",
                            .body = content,
                            .headers = headers,
                            .header_count = object->content_type == NULL ? 1 : 2};
    struct aws_reply reply = {.attempts = 0};
    struct status status = perform(s3, object, NULL, limits, &call, &reply);
    if (status_is_ok(&status)) {
        status = check_is_s3(s3, object, "PutObject", &reply);
    }
    aws_reply_free(&reply);
    return status;
}

struct status s3_get_object(const struct s3 *s3, const struct s3_object *object, size_t ceiling,
                            const struct s3_limits *limits, struct bytes *ret_content)
{
    struct aws_call call = {.operation = "GetObject", .method = "GET", .reply_ceiling = ceiling};
    struct aws_reply reply = {.attempts = 0};
    struct status status = perform(s3, object, NULL, limits, &call, &reply);
    if (status_is_ok(&status)) {
        status = check_is_s3(s3, object, "GetObject", &reply);
    }
    if (status_is_ok(&status)) {
        *ret_content = reply.http.body;
        reply.http.body = (struct bytes){.at = NULL};
    }
    aws_reply_free(&reply);
    return status;
}

struct status s3_delete_object(const struct s3 *s3, const struct s3_object *object,
                               const struct s3_limits *limits)
{
    struct aws_call call = {.operation = "DeleteObject", .method = "DELETE"};
    struct aws_reply reply = {.attempts = 0};
    struct status status = perform(s3, object, NULL, limits, &call, &reply);
    bool gone = status.code == STATUS_NOT_FOUND && strcmp(reply.error_code, "NoSuchKey") == 0;
    if (status_is_ok(&status)) {
        status = check_is_s3(s3, object, "DeleteObject", &reply);
    }
    aws_reply_free(&reply);
    return gone ? status_ok() : status;
}

static struct status make_list_query(const char *prefix, const char *token, struct bytes *query,
                                     const char **ret_text)
{
    bytes_clear(query);
    if (token[0] != '\0') {
        TRY(bytes_append_text(query, "continuation-token="));
        TRY(s3_address_append_value(query, slice_of_text(token)));
        TRY(bytes_append_text(query, "&"));
    }
    TRY(bytes_append_text(query, "encoding-type=url&list-type=2&prefix="));
    TRY(s3_address_append_value(query, slice_of_text(prefix)));
    return bytes_terminate(query, ret_text);
}

/* Visits one page; *ret_on: there is another, and the visitor wants it. */
static struct status visit_page(struct slice document, const struct s3_visit *visit, struct s3_list *list,
                                bool *ret_on)
{
    TRY(s3_list_begin(document, list));
    for (;;) {
        struct s3_entry entry;
        bool more = false;
        TRY(s3_list_next(list, &entry, &more));
        if (!more) {
            *ret_on = list->truncated;
            return status_ok();
        }
        if (!visit->visit(visit->context, &entry)) {
            *ret_on = false;
            return status_ok();
        }
    }
}

struct status s3_list_objects(const struct s3 *s3, const char *bucket, const char *prefix,
                              const struct s3_limits *limits, const struct s3_visit *visit)
{
    struct s3_object object = {.bucket = bucket};
    struct s3_list list = {.token = ""};
    struct aws_reply reply = {.attempts = 0};
    struct bytes query;
    struct status status = status_ok();
    bool on = true;
    bytes_init(&query, URL_CEILING);
    for (uint32_t page = 0; on && status_is_ok(&status); page++) {
        struct aws_call call = {.operation = "ListObjectsV2", .method = "GET", .reply_ceiling = LIST_CEILING};
        const char *text = NULL;
        if (page == PAGES_MOST) {
            status = status_make(STATUS_TOO_LARGE, "s3://%s/%.100s holds more objects than can be listed",
                                 bucket, prefix);
            break;
        }
        TRY_GOTO(status, end, make_list_query(prefix, list.token, &query, &text));
        TRY_GOTO(status, end, perform(s3, &object, text, limits, &call, &reply));
        TRY_GOTO(status, end, visit_page(bytes_slice(&reply.http.body), visit, &list, &on));
    }
end:
    bytes_free(&query);
    aws_reply_free(&reply);
    return status;
}
