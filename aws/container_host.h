/* Which hosts may be asked for container credentials: over https any; over plain http only this machine and
 * the fixed addresses of ECS and EKS, so that a wrong or malicious URI cannot send the authorization token
 * elsewhere. For host names every address they resolve to must be allowed, and the checked address itself is
 * what gets called, so that a second look-up cannot answer differently. The rule is aws-c-auth's and
 * botocore's: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
#ifndef PENSTOCK_AWS_CONTAINER_HOST_H
#define PENSTOCK_AWS_CONTAINER_HOST_H

#include <sys/socket.h>

#include "base/bytes.h"

enum { CONTAINER_URL_BYTES = 2048, CONTAINER_HOST_BYTES = 320, CONTAINER_ADDRESSES = 8 };

struct host_resolver {
    /* All addresses of `host`, at most `capacity` (more is an error); STATUS_UNAVAILABLE when there are none.
     * Blocks as the system's resolver does. */
    struct status (*resolve)(void *context, const char *host, struct sockaddr_storage *addresses,
                             size_t capacity, size_t *ret_count) MUST_USE;
    void *context;
};

/* getaddrinfo(); the table is constant. */
const struct host_resolver *host_resolver_real(void);

/* 127.0.0.0/8, ::1, 169.254.170.2, 169.254.170.23, fd00:ec2::23. */
bool container_address_is_allowed(const struct sockaddr *address) MUST_USE;

/* What to call. */
struct container_target {
    size_t url_count; /* 1, or one for each address of a name: try them in turn */
    char urls[CONTAINER_ADDRESSES][CONTAINER_URL_BYTES];
    char host[CONTAINER_HOST_BYTES]; /* for the Host header, when the URLs have an address instead of the
                                        name; empty: none */
};

/* STATUS_INVALID for what is no http(s) URI, or one with a user name, or with bytes that cannot stand in a
 * URI; STATUS_DENIED for a host that is not allowed, with the rule in words. */
struct status container_target_resolve(const char *uri, const struct host_resolver *resolver,
                                       struct container_target *ret_target) MUST_USE;

#endif
