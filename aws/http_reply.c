#include "aws/http_reply.h"

#include <ctype.h>

void http_reply_free(struct http_reply *reply)
{
    bytes_free(&reply->body);
    bytes_free(&reply->headers);
    reply->status = 0;
}

struct slice http_reply_header(const struct http_reply *reply, const char *name)
{
    struct slice rest = bytes_slice(&reply->headers);
    size_t name_length = strlen(name);
    while (rest.length > 0) {
        const char *end = memchr(rest.at, '\n', rest.length);
        size_t length = end == NULL ? rest.length : (size_t)(end - rest.at);
        if (length >= name_length + 2 && memcmp(rest.at, name, name_length) == 0 &&
            rest.at[name_length] == ':') {
            return slice_of(rest.at + name_length + 2, length - name_length - 2);
        }
        size_t step = end == NULL ? length : length + 1;
        rest = slice_of(rest.at + step, rest.length - step);
    }
    return slice_of(NULL, 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice trim(struct slice text)
{
    while (text.length > 0 && is_blank(text.at[0])) {
        text = slice_of(text.at + 1, text.length - 1);
    }
    while (text.length > 0 && is_blank(text.at[text.length - 1])) {
        text.length--;
    }
    return text;
}

void http_reply_begin(struct http_reply *reply, size_t body_ceiling)
{
    reply->status = 0;
    reply->body.ceiling = body_ceiling;
    reply->headers.ceiling = (size_t)HTTP_REPLY_HEADERS_CEILING * 2;
    bytes_clear(&reply->body);
    bytes_clear(&reply->headers);
}

struct status http_reply_add_header(struct http_reply *reply, struct slice line)
{
    if (slice_starts_with(line, "HTTP/")) {
        bytes_clear(&reply->headers);
        return status_ok();
    }
    const char *colon = line.length == 0 ? NULL : memchr(line.at, ':', line.length);
    if (colon == NULL || colon == line.at || is_blank(line.at[0])) {
        return status_ok();
    }
    struct slice name = trim(slice_of(line.at, (size_t)(colon - line.at)));
    struct slice value = trim(slice_of(colon + 1, line.length - (size_t)(colon + 1 - line.at)));
    struct bytes *headers = &reply->headers;
    TRY(bytes_reserve(headers, name.length + value.length + 3));
    for (size_t i = 0; i < name.length; i++) {
        headers->at[headers->length++] = (char)tolower((unsigned char)name.at[i]);
    }
    TRY(bytes_append_text(headers, ": "));
    TRY(bytes_append_slice(headers, value));
    return bytes_append_text(headers, "\n");
}

size_t http_reply_announced_length(const struct http_reply *reply)
{
    int64_t length = 0;
    if (!slice_parse_int64(http_reply_header(reply, "content-length"), &length) || length < 0) {
        return 0;
    }
    return (size_t)length;
}
