/* Credentials that calls under way read together: written once, then constant, counted, wiped and freed when the last
 * of them lets go. A call that copied them would want 17 KiB for a session token that may be long, as many times as calls
 * are under way. Any thread. */
#ifndef PENSTOCK_AWS_CREDENTIAL_SHARED_H
#define PENSTOCK_AWS_CREDENTIAL_SHARED_H

#include <stdatomic.h>

#include "aws/credentials.h"

struct credential_shared {
    atomic_size_t holders;
    struct credentials credentials; /* constant once a second holder can be */
};

/* Empty credentials, for the caller alone to fill; it holds them. NULL: out of memory. */
struct credential_shared *credential_shared_create(void) MUST_USE;

/* One holder more; gives back its argument. The caller holds it already, or keeps who does from letting go. */
struct credential_shared *credential_shared_hold(struct credential_shared *shared) MUST_USE;

/* One holder less. NULL is nothing. */
void credential_shared_release(struct credential_shared *shared);

/* Credentials that are valid now, for the caller to release: the source's own where it shares them
 * (credentials_source.share), else a copy. Status codes as credentials_get(). */
struct status credential_shared_get(struct credentials_source *source, struct credential_shared **ret_shared)
    MUST_USE;

#endif
