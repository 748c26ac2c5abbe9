/* AWS STS: temporary credentials for a role. Query protocol, XML replies:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 *
 * Any thread may call. Calls retry as aws/retry.h says and block for max_attempts x attempt_timeout_ms plus
 * the pauses between (40 s at most each). They go through the proxies of the environment, as every AWS
 * endpoint does. STATUS_DENIED: STS refused (no right, token or keys invalid or expired); STATUS_INVALID: a
 * malformed request; STATUS_THROTTLED, STATUS_UNAVAILABLE, STATUS_TIMEOUT, STATUS_STOPPED; STATUS_CORRUPT: a
 * reply without credentials. The reason names the operation, the role, and STS's code and message.
 */
#ifndef PENSTOCK_AWS_STS_H
#define PENSTOCK_AWS_STS_H

#include "aws/credentials.h"
#include "aws/http.h"
#include "base/clock.h"

/* All borrowed for the time of the call. */
struct sts_options {
    struct http_transport *transport;
    const char *endpoint; /* whole URL, as aws/endpoint.h makes it */
    const char *region; /* for the signature */
    const struct clock *clock;
    const struct credentials *credentials; /* sign AssumeRole; not used by AssumeRoleWithWebIdentity */
    int64_t attempt_timeout_ms; /* one exchange; 0: 10 s */
    uint32_t max_attempts; /* 0: 3 */
    struct stop *cancel; /* or NULL */
};

struct sts_assume_role_request {
    const char *role_arn;
    const char *session_name; /* 2 to 64 of [A-Za-z0-9_+=,.@-] */
    const char *external_id; /* or NULL */
    uint32_t duration_s; /* 0: 3,600; STS takes 900 to 43,200 */
};

struct sts_web_identity_request {
    const char *role_arn;
    const char *session_name;
    struct slice token; /* the content of the token file */
    uint32_t duration_s; /* as above */
};

/* *ret_credentials gets key, secret, token and expiry; its `source` is left as it is. */
struct status sts_assume_role(const struct sts_options *options,
                              const struct sts_assume_role_request *request,
                              struct credentials *ret_credentials) MUST_USE;
struct status sts_assume_role_with_web_identity(const struct sts_options *options,
                                                const struct sts_web_identity_request *request,
                                                struct credentials *ret_credentials) MUST_USE;

#endif
