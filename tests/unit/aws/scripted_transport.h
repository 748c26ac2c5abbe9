/* A transport that plays a script: each exchange takes the next step, and what was asked is kept. One thread.
 */
#ifndef PENSTOCK_TESTS_UNIT_AWS_SCRIPTED_TRANSPORT_H
#define PENSTOCK_TESTS_UNIT_AWS_SCRIPTED_TRANSPORT_H

#include <stdio.h>
#include <stdlib.h>

#include "aws/http_reply.h"

enum { SCRIPT_STEPS = 64, SCRIPT_TEXT = 8192 };

struct script_step {
    enum status_code transport; /* not OK: the exchange fails so */
    int status;
    const char *headers; /* "Name: value\n..." or NULL */
    const char *body; /* or NULL */
};

/* What one exchange asked for. */
struct script_request {
    char method[16];
    char url[512];
    char headers[SCRIPT_TEXT]; /* "name: value\n" each */
    char body[SCRIPT_TEXT];
    int64_t timeout_ms;
    size_t reply_ceiling;
    bool direct;
};

struct scripted_transport {
    struct http_transport transport; /* first: the two share their address */
    const struct script_step *steps;
    size_t step_count;
    size_t used;
    struct script_request *requests; /* `used` of them */
};

static inline void script_keep(struct script_request *kept, const struct http_request *request)
{
    snprintf(kept->method, sizeof kept->method, "%s", request->method);
    snprintf(kept->url, sizeof kept->url, "%s", request->url);
    snprintf(kept->body, sizeof kept->body, "%.*s", (int)request->body.length,
             request->body.length == 0 ? "" : request->body.at);
    size_t length = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        length += (size_t)snprintf(kept->headers + length, sizeof kept->headers - length, "%s: %s\n",
                                   request->headers[i].name, request->headers[i].value);
        if (length >= sizeof kept->headers) {
            abort();
        }
    }
    kept->timeout_ms = request->timeout_ms;
    kept->reply_ceiling = request->reply_ceiling;
    kept->direct = request->direct;
}

static inline struct status script_perform(struct http_transport *transport,
                                           const struct http_request *request, struct http_reply *reply)
{
    struct scripted_transport *self = (struct scripted_transport *)transport;
    if (self->used == self->step_count) {
        return status_make(STATUS_INTERNAL, "the script has only %zu steps", self->step_count);
    }
    const struct script_step *step = &self->steps[self->used];
    script_keep(&self->requests[self->used++], request);
    bytes_clear(&reply->body);
    bytes_clear(&reply->headers);
    reply->body.ceiling = request->reply_ceiling;
    reply->headers.ceiling = HTTP_REPLY_HEADERS_CEILING;
    reply->status = 0;
    if (step->transport != STATUS_OK) {
        return status_make(step->transport, "as scripted");
    }
    reply->status = step->status;
    struct slice rest = slice_of_text(step->headers);
    while (rest.length > 0) {
        const char *end = memchr(rest.at, '\n', rest.length);
        size_t length = end == NULL ? rest.length : (size_t)(end - rest.at);
        TRY(http_reply_add_header(reply, slice_of(rest.at, length)));
        size_t step_length = end == NULL ? length : length + 1;
        rest = slice_of(rest.at + step_length, rest.length - step_length);
    }
    return bytes_append_slice(&reply->body, slice_of_text(step->body));
}

static inline void script_start(struct scripted_transport *script, const struct script_step *steps,
                                size_t count)
{
    *script = (struct scripted_transport){.transport = {.perform = script_perform},
                                          .steps = steps,
                                          .step_count = count,
                                          .requests = calloc(count + 1, sizeof(struct script_request))};
    if (script->requests == NULL) {
        abort();
    }
}

static inline void script_end(struct scripted_transport *script)
{
    free(script->requests);
}

/* The value of a header of a kept request, into `value`; false when it was not sent. */
static inline bool script_header(const struct script_request *request, const char *name, char *value,
                                 size_t size)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s: ", name);
    const char *at = request->headers;
    while (at != NULL && *at != '\0') {
        const char *end = strchr(at, '\n');
        if (strncmp(at, wanted, strlen(wanted)) == 0) {
            snprintf(value, size, "%.*s", (int)(end - at - (ptrdiff_t)strlen(wanted)), at + strlen(wanted));
            return true;
        }
        at = end == NULL ? NULL : end + 1;
    }
    return false;
}

#endif
