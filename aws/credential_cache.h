/* Keeps another source's credentials fresh from one background thread, which alone asks that source: a slow
 * metadata service is never waited for on a caller's thread while valid credentials are at hand.
 *
 * The two windows are botocore's (credentials.py, RefreshableCredentials): from 15 minutes before the end a
 * refresh is tried while the old ones stay in use, whatever it brings; from 10 minutes before the end callers
 * wait for a refresh, and fail in its words when it fails. For credentials that live under 30 minutes in all
 * the windows shrink to a half and a third of the life, so that short ones are not asked for at every call.
 */
#ifndef PENSTOCK_AWS_CREDENTIAL_CACHE_H
#define PENSTOCK_AWS_CREDENTIAL_CACHE_H

#include "aws/credentials.h"
#include "base/clock.h"

enum {
    CREDENTIAL_CACHE_ADVISORY_MS = 15 * 60 * 1000,
    CREDENTIAL_CACHE_MANDATORY_MS = 10 * 60 * 1000,
    CREDENTIAL_CACHE_FIRST_WAIT_MS = 75 * 1000, /* a caller's longest wait when there are none at all */
    CREDENTIAL_CACHE_WAIT_MS = 5 * 1000, /* and when old ones are about to end: lease renewals wait, too */
};

struct credential_cache_options {
    struct credentials_source *inner; /* owned: destroyed with the cache; asked by one thread only */
    const struct clock *clock;
    struct stop *cancel; /* borrowed; the inner source's waits must end on it. Request it before destroy(). */
};

/* Starts the thread, which sleeps until the first get(). On failure the inner source stays the caller's.
 *
 * get(): any thread; waits as said above. STATUS_TIMEOUT when no refresh came in time, STATUS_EXPIRED when
 * the inner source gave credentials that had ended already, STATUS_STOPPED.
 * invalidate(): any thread, at once; the next get() waits for a refresh. Ignored within a second of the last
 * refresh, whose credentials the refused request cannot have used. */
struct status credential_cache_create(const struct credential_cache_options *options,
                                      struct credentials_source **ret_source) MUST_USE;

/* For metrics and health; any thread. */
struct credential_cache_state {
    bool has_credentials;
    int64_t expires_wall_ms;
    uint64_t refreshes; /* that succeeded */
    uint64_t failures;
    struct status last; /* how the last refresh ended; OK before the first */
};
void credential_cache_read_state(struct credentials_source *cache, struct credential_cache_state *ret_state);

/* What a caller and the thread may do at a time. Pure. */
enum credential_age {
    CREDENTIAL_FRESH,
    CREDENTIAL_ADVISORY, /* use, and refresh meanwhile */
    CREDENTIAL_MANDATORY, /* refresh before use */
};
enum credential_age credential_cache_age(int64_t obtained_wall_ms, int64_t expires_wall_ms,
                                         int64_t now_wall_ms);

#endif
