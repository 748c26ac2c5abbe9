/* The canonical request: the one form that signer and server derive the same signature from. */
#include <stdlib.h>

#include "aws/sigv4_canonical.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static struct status append_encoded(struct bytes *target, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        bool plain = is_unreserved(text.at[i]);
        TRY(bytes_append(target, plain ? &text.at[i] : escape, plain ? 1 : 3));
    }
    return status_ok();
}

/* Takes the part before the next `separator` off `rest`; false at the end. */
static bool take_part(struct slice *rest, char separator, struct slice *ret_part)
{
    if (rest->at == NULL) {
        return false;
    }
    const char *end = rest->length == 0 ? NULL : memchr(rest->at, separator, rest->length);
    if (end == NULL) {
        *ret_part = *rest;
        *rest = slice_of(NULL, 0);
        return true;
    }
    size_t length = (size_t)(end - rest->at);
    *ret_part = slice_of(rest->at, length);
    *rest = slice_of(end + 1, rest->length - length - 1);
    return true;
}

/* RFC 3986, 5.2.4 without dot segments, and without empty ones, as AWS wants it. Each segment is encoded. */
static struct status append_path(struct bytes *target, struct slice path)
{
    size_t start = target->length;
    struct slice rest = path;
    struct slice segment;
    while (take_part(&rest, '/', &segment)) {
        if (segment.length == 0 || slice_equals_text(segment, ".")) {
            continue;
        }
        if (slice_equals_text(segment, "..")) {
            while (target->length > start && target->at[--target->length] != '/') {
            }
            continue;
        }
        TRY(bytes_append_text(target, "/"));
        TRY(append_encoded(target, segment));
    }
    if (target->length == start || path.at[path.length - 1] == '/') {
        return bytes_append_text(target, "/");
    }
    return status_ok();
}

struct pair {
    struct slice name;
    struct slice value;
};

static int compare_slices(struct slice left, struct slice right)
{
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = shorter == 0 ? 0 : memcmp(left.at, right.at, shorter);
    if (order != 0) {
        return order;
    }
    return left.length < right.length ? -1 : left.length > right.length;
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    int order = compare_slices(a->name, b->name);
    return order != 0 ? order : compare_slices(a->value, b->value);
}

/* Apart, since its room is wanted for S3 alone. */
static __attribute__((noinline)) struct status append_pairs(struct bytes *target, struct slice query)
{
    struct pair pairs[SIGV4_QUERY_PAIRS];
    size_t count = 0;
    struct slice rest = query;
    struct slice part;
    while (take_part(&rest, '&', &part)) {
        if (count == SIGV4_QUERY_PAIRS) {
            return status_make(STATUS_INVALID, "a query of more than %d pairs", SIGV4_QUERY_PAIRS);
        }
        struct pair *pair = &pairs[count++];
        struct slice value = part;
        *pair = (struct pair){0};
        if (take_part(&value, '=', &pair->name)) {
            pair->value = value;
        }
    }
    qsort(pairs, count, sizeof pairs[0], compare_pairs);
    for (size_t i = 0; i < count; i++) {
        TRY(bytes_append_text(target, i == 0 ? "" : "&"));
        TRY(bytes_append_slice(target, pairs[i].name));
        TRY(bytes_append_text(target, "="));
        TRY(bytes_append_slice(target, pairs[i].value));
    }
    return status_ok();
}

static struct status append_query(struct bytes *target, struct slice query)
{
    return query.length == 0 ? status_ok() : append_pairs(target, query);
}

/* The value without blanks around it and with single spaces inside. */
static struct status append_folded(struct bytes *target, const char *value)
{
    static const char blanks[] = " \t\n\v\f\r";
    value += strspn(value, blanks);
    while (*value != '\0') {
        size_t length = strcspn(value, blanks);
        TRY(bytes_append(target, value, length));
        value += length;
        value += strspn(value, blanks);
        TRY(bytes_append_text(target, *value == '\0' ? "" : " "));
    }
    return status_ok();
}

/* By name; headers of one name keep the order of the request. */
static int compare_headers(const void *left, const void *right)
{
    const struct http_header *a = *(const struct http_header *const *)left;
    const struct http_header *b = *(const struct http_header *const *)right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a > b) - (a < b);
}

struct status sigv4_sort_headers(const struct sigv4_request *request,
                                 const struct http_header *sorted[SIGV4_HEADERS])
{
    if (request->header_count > SIGV4_HEADERS) {
        return status_make(STATUS_INVALID, "more than %d headers to sign", SIGV4_HEADERS);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        sorted[i] = &request->headers[i];
    }
    qsort(sorted, request->header_count, sizeof sorted[0], compare_headers);
    return status_ok();
}

struct status sigv4_append_signed_names(const struct http_header *const *sorted, size_t count,
                                        struct bytes *target)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
            continue;
        }
        TRY(bytes_append_text(target, i == 0 ? "" : ";"));
        TRY(bytes_append_text(target, sorted[i]->name));
    }
    return status_ok();
}

static struct status append_headers(struct bytes *target, const struct http_header *const *sorted,
                                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool repeated = i > 0 && strcmp(sorted[i - 1]->name, sorted[i]->name) == 0;
        TRY(bytes_append_text(target, repeated ? "," : sorted[i]->name));
        TRY(bytes_append_text(target, repeated ? "" : ":"));
        TRY(append_folded(target, sorted[i]->value));
        bool last = i + 1 == count || strcmp(sorted[i]->name, sorted[i + 1]->name) != 0;
        TRY(bytes_append_text(target, last ? "\n" : ""));
    }
    return status_ok();
}

struct status sigv4_canonical_request(const struct sigv4_request *request, struct bytes *target)
{
    const struct http_header *sorted[SIGV4_HEADERS];
    TRY(sigv4_sort_headers(request, sorted));
    TRY(bytes_append_text(target, request->method));
    TRY(bytes_append_text(target, "\n"));
    TRY(request->path_as_is ? bytes_append_slice(target, request->path) : append_path(target, request->path));
    TRY(bytes_append_text(target, "\n"));
    TRY(append_query(target, request->query));
    TRY(bytes_append_text(target, "\n"));
    TRY(append_headers(target, sorted, request->header_count));
    TRY(bytes_append_text(target, "\n"));
    TRY(sigv4_append_signed_names(sorted, request->header_count, target));
    TRY(bytes_append_text(target, "\n"));
    return bytes_append_text(target, request->body_sha256);
}
