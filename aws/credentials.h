/* Credentials and where they come from.
 *
 * `struct credentials_source` is the seam: anything that can produce credentials. The chain
 * (aws/credential_chain.h) is a source over the others; the cache (aws/credential_cache.h) is a source that
 * keeps another's answer fresh from one background thread.
 */
#ifndef PENSTOCK_AWS_CREDENTIALS_H
#define PENSTOCK_AWS_CREDENTIALS_H

#include "base/bytes.h"
#include "base/status.h"

enum {
    CREDENTIALS_KEY_BYTES = 256,
    CREDENTIALS_SECRET_BYTES = 512,
    CREDENTIALS_TOKEN_BYTES = 16384,
};

#define CREDENTIALS_NEVER INT64_MAX

/* Plain data, held in place; wipe it after use. Texts are NUL-terminated. */
struct credentials {
    char access_key_id[CREDENTIALS_KEY_BYTES];
    char secret_access_key[CREDENTIALS_SECRET_BYTES];
    char session_token[CREDENTIALS_TOKEN_BYTES]; /* empty: none */
    int64_t expires_wall_ms; /* CREDENTIALS_NEVER: static */
    char source[64]; /* "environment", "profile 'x'", ...: for messages */
};

void credentials_wipe(struct credentials *credentials);

/* Copies texts up to their ends: what lies behind them stays as it was. A tenth of the bytes, and calls are many. */
void credentials_copy(struct credentials *target, const struct credentials *source);

struct credential_shared;

struct credentials_source {
    /* Produces credentials that are valid now. STATUS_NOT_FOUND: this source is not configured (the chain
     * asks the next); anything else: configured but failing, with the reason. May block for network time; see
     * each source for its bound. */
    struct status (*get)(struct credentials_source *self, struct credentials *ret_credentials) MUST_USE;
    /* The server refused these as expired: the next get() must not give the same again if a newer can be had.
     */
    void (*invalidate)(struct credentials_source *self);
    void (*destroy)(struct credentials_source *self);
    /* As get(), without a copy: what it gives is shared, and the caller lets go of it (aws/credential_shared.h). NULL
     * where a source keeps nothing that it could share. */
    struct status (*share)(struct credentials_source *self, struct credential_shared **ret_shared) MUST_USE;
};

static inline MUST_USE struct status credentials_get(struct credentials_source *source,
                                                     struct credentials *ret_credentials)
{
    return source->get(source, ret_credentials);
}

/* A source of fixed credentials, copied: for tests and for an assumed role's source. Freed by its destroy().
 */
struct status credentials_create_static(const struct credentials *credentials,
                                        struct credentials_source **ret_source) MUST_USE;

#endif
