/* Parts of the canonical request that the Authorization header names again. */
#ifndef PENSTOCK_AWS_SIGV4_CANONICAL_H
#define PENSTOCK_AWS_SIGV4_CANONICAL_H

#include "aws/sigv4.h"

/* Pointers to the request's headers, ordered by name; those of one name in the order of the request. */
struct status sigv4_sort_headers(const struct sigv4_request *request,
                                 const struct http_header *sorted[SIGV4_HEADERS]) MUST_USE;

/* Appends "content-type;host;x-amz-date", each name once. */
struct status sigv4_append_signed_names(const struct http_header *const *sorted, size_t count,
                                        struct bytes *target) MUST_USE;

#endif
