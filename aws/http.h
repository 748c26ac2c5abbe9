/* The one transport seam: a request in, a reply out. Production hands in the libcurl transport
 * (aws/http_curl.h); tests a script.
 *
 * A transport may be called by many threads at once. It does one exchange: no retries, no redirects, no
 * decompression (x-amz-crc32 covers the bytes as sent).
 */
#ifndef PENSTOCK_AWS_HTTP_H
#define PENSTOCK_AWS_HTTP_H

#include "base/buffers.h"
#include "base/status.h"
#include "base/thread.h"

struct http_header {
    const char *name; /* lower case */
    const char *value;
};

/* All fields are borrowed for the time of the call. */
struct http_request {
    const char *method;
    const char *url; /* http:// or https:// */
    const struct http_header *headers;
    size_t header_count;
    struct slice body;
    int64_t connect_timeout_ms; /* 0: a tenth of timeout_ms, 1 s at least */
    int64_t timeout_ms; /* for the whole exchange, above 0 */
    size_t reply_ceiling; /* greatest body, in bytes; a longer one is STATUS_TOO_LARGE */
    size_t reply_expected; /* about how long it will be; 0: short, or not known */
    struct buffers *buffers; /* where a great reply's memory comes from, or NULL */
    bool direct; /* never through a proxy: metadata and credential calls */
    struct stop *cancel; /* or NULL: a requested stop ends the exchange with STATUS_STOPPED within 200 ms */
};

enum { HTTP_REPLY_HEADERS_CEILING = 32 * 1024 };

/* Zeroed memory is a valid empty reply; a reply can be used again and keeps its memory. */
struct http_reply {
    int status; /* 200, 400, ... */
    struct bytes body;
    struct bytes headers; /* "name: value\n" for each, names in lower case, values trimmed */
};

void http_reply_free(struct http_reply *reply);

/* The value of the first header `name` (lower case), or an empty slice with NULL. Borrowed from the reply. */
struct slice http_reply_header(const struct http_reply *reply, const char *name);

struct http_transport {
    /* An exchange that got a whole reply is OK whatever its HTTP status. STATUS_UNAVAILABLE: could not
     * connect, reset, cut or malformed reply. STATUS_TIMEOUT; STATUS_TOO_LARGE; STATUS_STOPPED;
     * STATUS_DENIED: the server's certificate is not trusted. */
    struct status (*perform)(struct http_transport *self, const struct http_request *request,
                             struct http_reply *reply) MUST_USE;
    void (*destroy)(struct http_transport *self);
};

static inline MUST_USE struct status
http_perform(struct http_transport *transport, const struct http_request *request, struct http_reply *reply)
{
    return transport->perform(transport, request, reply);
}

#endif
