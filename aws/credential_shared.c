#include "aws/credential_shared.h"

#include <stdlib.h>

struct credential_shared *credential_shared_create(void)
{
    struct credential_shared *shared = calloc(1, sizeof *shared);
    if (shared != NULL) {
        atomic_init(&shared->holders, 1);
    }
    return shared;
}

struct credential_shared *credential_shared_hold(struct credential_shared *shared)
{
    (void)atomic_fetch_add_explicit(&shared->holders, 1, memory_order_relaxed);
    return shared;
}

void credential_shared_release(struct credential_shared *shared)
{
    if (shared == NULL || atomic_fetch_sub(&shared->holders, 1) != 1) {
        return;
    }
    credentials_wipe(&shared->credentials);
    free(shared);
}

struct status credential_shared_get(struct credentials_source *source, struct credential_shared **ret_shared)
{
    if (source->share != NULL) {
        return source->share(source, ret_shared);
    }
    struct credential_shared *shared = credential_shared_create();
    if (shared == NULL) {
        return status_no_memory("credentials", sizeof *shared);
    }
    struct status status = credentials_get(source, &shared->credentials);
    if (!status_is_ok(&status)) {
        credential_shared_release(shared);
        return status;
    }
    *ret_shared = shared;
    return status;
}
