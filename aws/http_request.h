/* Checks and forms of a request that transports share. */
#ifndef PENSTOCK_AWS_HTTP_REQUEST_H
#define PENSTOCK_AWS_HTTP_REQUEST_H

#include "aws/http.h"

/* STATUS_INVALID: a method that is not supported, a header with a line break or without a proper name.
 * STATUS_TIMEOUT: no time given. STATUS_STOPPED: its stop is requested already. */
struct status http_request_check(const struct http_request *request) MUST_USE;

/* The connect timeout in force: what is asked for, never more than the whole. */
int64_t http_request_connect_timeout_ms(const struct http_request *request);

/* How much of the reply is read at a time. Memory for it comes and goes with each exchange, so that a thousand quiet
 * shards ask for little. */
enum { HTTP_READ_LITTLE_BYTES = 16 * 1024, HTTP_READ_MUCH_BYTES = 128 * 1024 };
size_t http_request_read_bytes(const struct http_request *request);

/* Replaces `text` with the header lines, each ended by a NUL, as libcurl wants them: "name: value", "name;"
 * for an empty value, and "Name:" for what is to be left out. */
struct status http_request_lay_headers(const struct http_request *request, struct bytes *text) MUST_USE;

#endif
