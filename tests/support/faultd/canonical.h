/* The canonical request of Signature Version 4, from what arrived on the wire. */
#ifndef PENSTOCK_FAULTD_CANONICAL_H
#define PENSTOCK_FAULTD_CANONICAL_H

#include "tests/support/faultd/message.h"

/* Appends the canonical request. False, with `reason`, when the signed headers cannot be right: unsorted,
 * repeated, absent from the request, or without host or an x-amz-* header that the request carries. */
bool canonical_request(const struct request *request, struct slice signed_headers, struct bytes *target,
                       char *reason, size_t reason_size) MUST_USE;

#endif
