/* The real emulator behind this server: requests are forwarded as they came, so that faults can be made
 * against it. */
#ifndef PENSTOCK_FAULTD_UPSTREAM_H
#define PENSTOCK_FAULTD_UPSTREAM_H

#include "tests/support/faultd/world.h"

/* "127.0.0.1:8000", or NULL when this server answers itself. */
const char *upstream_of(const struct world *world, enum service service);

/* Sends the request and fills `reply` from the answer; 502 when there is none. Loopback addresses only. */
void upstream_forward(const char *address, const struct request *request, struct reply *reply);

/* Cuts "http://127.0.0.1:8000/" to host and port; NULL when it is not of that form. Borrowed from `url`'s
 * copy in `target`. */
const char *upstream_parse(const char *url, char *target, size_t size);

#endif
