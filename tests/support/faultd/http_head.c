#include "tests/support/faultd/http_head.h"

#include <strings.h>

static bool line_next(struct slice *rest, struct slice *ret_line)
{
    const char *end = memmem(rest->at, rest->length, "\r\n", 2);
    if (end == NULL) {
        return false;
    }
    *ret_line = slice_of(rest->at, (size_t)(end - rest->at));
    rest->length -= ret_line->length + 2;
    rest->at = end + 2;
    return true;
}

static bool parse_request_line(struct slice line, struct request *request)
{
    const char *space = memchr(line.at, ' ', line.length);
    if (space == NULL) {
        return false;
    }
    request->method = slice_of(line.at, (size_t)(space - line.at));
    struct slice rest = slice_of(space + 1, line.length - request->method.length - 1);
    space = memchr(rest.at, ' ', rest.length);
    if (space == NULL || rest.length == 0 || rest.at[0] != '/') {
        return false;
    }
    struct slice target = slice_of(rest.at, (size_t)(space - rest.at));
    struct slice version = slice_of(space + 1, rest.length - target.length - 1);
    const char *question = memchr(target.at, '?', target.length);
    request->path = question == NULL ? target : slice_of(target.at, (size_t)(question - target.at));
    request->query =
        question == NULL ? slice_of("", 0) : slice_of(question + 1, target.length - request->path.length - 1);
    request->keep_alive = slice_equals_text(version, "HTTP/1.1");
    return request->keep_alive || slice_equals_text(version, "HTTP/1.0");
}

static bool parse_header(struct slice line, struct header *header)
{
    const char *colon = memchr(line.at, ':', line.length);
    if (colon == NULL || colon == line.at) {
        return false;
    }
    header->name = slice_of(line.at, (size_t)(colon - line.at));
    struct slice value = slice_of(colon + 1, line.length - header->name.length - 1);
    while (value.length > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) {
        value.at++;
        value.length--;
    }
    while (value.length > 0 && (value.at[value.length - 1] == ' ' || value.at[value.length - 1] == '\t')) {
        value.length--;
    }
    header->value = value;
    return true;
}

static bool same_word(struct slice value, const char *word)
{
    return value.length == strlen(word) && strncasecmp(value.at, word, value.length) == 0;
}

static bool read_framing(struct request *request, struct head *head)
{
    struct slice length = request_header(request, "content-length");
    int64_t value = 0;
    if (length.length > 0 && (!slice_parse_int64(length, &value) || value < 0)) {
        return false;
    }
    if (request_header(request, "transfer-encoding").length > 0) {
        return false;
    }
    head->body_length = (size_t)value;
    head->expects_continue = same_word(request_header(request, "expect"), "100-continue");
    struct slice connection = request_header(request, "connection");
    if (same_word(connection, "close")) {
        request->keep_alive = false;
    }
    return true;
}

enum head_verdict head_parse(struct slice buffer, struct request *request, struct head *ret_head)
{
    const char *blank = buffer.length == 0 ? NULL : memmem(buffer.at, buffer.length, "\r\n\r\n", 4);
    if (blank == NULL) {
        return buffer.length >= REQUEST_HEAD_BYTES ? HEAD_BAD : HEAD_INCOMPLETE;
    }
    size_t length = (size_t)(blank - buffer.at) + 4;
    struct slice rest = slice_of(buffer.at, length - 2);
    struct slice line;
    if (length > REQUEST_HEAD_BYTES || !line_next(&rest, &line) || !parse_request_line(line, request)) {
        return HEAD_BAD;
    }
    request->header_count = 0;
    while (line_next(&rest, &line)) {
        if (request->header_count == REQUEST_HEADERS ||
            !parse_header(line, &request->headers[request->header_count])) {
            return HEAD_BAD;
        }
        request->header_count++;
    }
    struct head head = {.length = length};
    if (!read_framing(request, &head)) {
        return HEAD_BAD;
    }
    *ret_head = head;
    return HEAD_COMPLETE;
}
