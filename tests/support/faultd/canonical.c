#include "tests/support/faultd/canonical.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "tests/support/faultd/digest.h"

enum { QUERY_PARTS = 64, SIGNED_HEADERS = 64 };

static bool put(struct bytes *target, struct slice slice)
{
    struct status status = bytes_append_slice(target, slice);
    return status_is_ok(&status);
}

static bool put_text(struct bytes *target, const char *text)
{
    return put(target, slice_of_text(text));
}

static int compare_slices(const void *left, const void *right)
{
    const struct slice *a = left, *b = right;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->at, b->at, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* Clients send the query encoded already, so that sorting its parts is all that is left. */
static bool put_query(struct bytes *target, struct slice query)
{
    struct slice parts[QUERY_PARTS];
    size_t count = 0;
    while (query.length > 0) {
        const char *end = memchr(query.at, '&', query.length);
        size_t length = end == NULL ? query.length : (size_t)(end - query.at);
        if (count == QUERY_PARTS) {
            return false;
        }
        parts[count++] = slice_of(query.at, length);
        query = slice_of(query.at + length + (end != NULL), query.length - length - (end != NULL));
    }
    qsort(parts, count, sizeof parts[0], compare_slices);
    for (size_t i = 0; i < count; i++) {
        bool has_value = memchr(parts[i].at, '=', parts[i].length) != NULL;
        if ((i > 0 && !put_text(target, "&")) || !put(target, parts[i]) ||
            (!has_value && !put_text(target, "="))) {
            return false;
        }
    }
    return true;
}

/* Trims and folds runs of spaces, as the specification wants. */
static bool put_header(struct bytes *target, struct slice name, struct slice value)
{
    if (!put(target, name) || !put_text(target, ":")) {
        return false;
    }
    for (size_t i = 0; i < value.length; i++) {
        bool repeated = value.at[i] == ' ' && i > 0 && value.at[i - 1] == ' ';
        if (!repeated && !put(target, slice_of(value.at + i, 1))) {
            return false;
        }
    }
    return put_text(target, "\n");
}

static bool is_signed(struct slice name, const struct slice *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].length == name.length && strncasecmp(names[i].at, name.at, name.length) == 0) {
            return true;
        }
    }
    return false;
}

static size_t split_names(struct slice list, struct slice names[SIGNED_HEADERS])
{
    size_t count = 0;
    while (list.length > 0 && count < SIGNED_HEADERS) {
        const char *end = memchr(list.at, ';', list.length);
        size_t length = end == NULL ? list.length : (size_t)(end - list.at);
        names[count++] = slice_of(list.at, length);
        list = slice_of(list.at + length + (end != NULL), list.length - length - (end != NULL));
    }
    return count;
}

static bool names_are_right(const struct request *request, const struct slice *names, size_t count,
                            char *reason, size_t reason_size)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_slices(&names[i - 1], &names[i]) >= 0) {
            snprintf(reason, reason_size, "SignedHeaders must be sorted and without repetition.");
            return false;
        }
        for (size_t j = 0; j < names[i].length; j++) {
            if (isupper((unsigned char)names[i].at[j])) {
                snprintf(reason, reason_size, "SignedHeaders must be in lower case.");
                return false;
            }
        }
    }
    if (!is_signed(slice_of_text("host"), names, count)) {
        snprintf(reason, reason_size, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
        return false;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        struct slice name = request->headers[i].name;
        if (name.length > 6 && strncasecmp(name.at, "x-amz-", 6) == 0 && !is_signed(name, names, count)) {
            snprintf(reason, reason_size, "'%.*s' must be a 'SignedHeader' in the AWS Authorization.",
                     (int)(name.length > 64 ? 64 : name.length), name.at);
            return false;
        }
    }
    return true;
}

bool canonical_request(const struct request *request, struct slice signed_headers, struct bytes *target,
                       char *reason, size_t reason_size)
{
    struct slice names[SIGNED_HEADERS];
    size_t count = split_names(signed_headers, names);
    unsigned char digest[DIGEST_BYTES];
    char hex[DIGEST_HEX_BYTES], name[64];
    if (!names_are_right(request, names, count, reason, reason_size)) {
        return false;
    }
    bool whole = put(target, request->method) && put_text(target, "\n") && put(target, request->path) &&
                 put_text(target, "\n") && put_query(target, request->query) && put_text(target, "\n");
    for (size_t i = 0; i < count && whole; i++) {
        struct slice value = slice_of("", 0);
        whole = slice_copy_text(names[i], name, sizeof name);
        value = request_header(request, name);
        if (!whole || value.at == NULL || (value.length == 0 && value.at[0] == '\0')) {
            snprintf(reason, reason_size, "A signed header is not in the request: '%s'.", name);
            return false;
        }
        whole = put_header(target, names[i], value);
    }
    struct slice declared = request_header(request, "x-amz-content-sha256");
    whole = whole && put_text(target, "\n") && put(target, signed_headers) && put_text(target, "\n") &&
            digest_sha256(request->body, digest);
    if (!whole) {
        snprintf(reason, reason_size, "The request is too long to be signed.");
        return false;
    }
    digest_hex(digest, hex);
    if (declared.length > 0 && !slice_equals_text(declared, hex)) {
        snprintf(reason, reason_size,
                 "The provided 'x-amz-content-sha256' does not match what was computed.");
        return false;
    }
    return put_text(target, hex);
}
