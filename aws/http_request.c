#include "aws/http_request.h"

enum { CONNECT_TIMEOUT_MIN_MS = 1000 };

static bool header_is_safe(const struct http_header *header)
{
    return header->name[0] != '\0' && strpbrk(header->name, "\r\n: ") == NULL &&
           strpbrk(header->value, "\r\n") == NULL;
}

struct status http_request_check(const struct http_request *request)
{
    if (strcmp(request->method, "HEAD") == 0 || strcmp(request->method, "CONNECT") == 0) {
        return status_make(STATUS_INVALID, "%s requests are not supported", request->method);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        if (!header_is_safe(&request->headers[i])) {
            return status_make(STATUS_INVALID, "the header '%.60s' holds a line break or has no proper name",
                               request->headers[i].name);
        }
    }
    if (request->timeout_ms <= 0) {
        return status_make(STATUS_TIMEOUT, "no time left to ask %.200s", request->url);
    }
    if (request->cancel != NULL && stop_is_requested(request->cancel)) {
        return status_make(STATUS_STOPPED, "stopped before asking %.200s", request->url);
    }
    return status_ok();
}

int64_t http_request_connect_timeout_ms(const struct http_request *request)
{
    int64_t ms = request->connect_timeout_ms;
    if (ms <= 0) {
        ms = request->timeout_ms / 10 > CONNECT_TIMEOUT_MIN_MS ? request->timeout_ms / 10
                                                               : CONNECT_TIMEOUT_MIN_MS;
    }
    return ms < request->timeout_ms ? ms : request->timeout_ms;
}

size_t http_request_read_bytes(const struct http_request *request)
{
    return request->reply_expected > HTTP_READ_LITTLE_BYTES ? HTTP_READ_MUCH_BYTES : HTTP_READ_LITTLE_BYTES;
}

struct status http_request_lay_headers(const struct http_request *request, struct bytes *text)
{
    bytes_clear(text);
    bool has_type = false;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        has_type = has_type || strcmp(header->name, "content-type") == 0;
        TRY(bytes_append_text(text, header->name));
        TRY(bytes_append_text(text, header->value[0] == '\0' ? ";" : ": "));
        TRY(bytes_append(text, header->value, strlen(header->value) + 1));
    }
    /* libcurl would add these: "Expect: 100-continue" costs a body of a MiB a round trip. */
    TRY(bytes_append(text, "Expect:", sizeof "Expect:"));
    TRY(bytes_append(text, "Accept:", sizeof "Accept:"));
    return has_type ? status_ok() : bytes_append(text, "Content-Type:", sizeof "Content-Type:");
}
