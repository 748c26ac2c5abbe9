/* One attempt of a call: headers, signature, one exchange, and the reply's meaning. No retries, no state. */
#ifndef PENSTOCK_AWS_ATTEMPT_H
#define PENSTOCK_AWS_ATTEMPT_H

#include "aws/error.h"
#include "aws/retry.h"
#include "aws/service.h"
#include "aws/sigv4.h"
#include "base/random.h"

enum { ATTEMPT_INVOCATION_ID_BYTES = 37 };

/* All borrowed. */
struct attempt {
    const struct aws_service_traits *service;
    const char *region;
    const char *url; /* the endpoint with its path */
    struct http_transport *transport;
    const struct aws_call *call;
    const char *invocation_id; /* one for all attempts of a call */
    uint32_t number; /* from 1 */
    uint32_t max;
    int64_t timeout_ms;
    int64_t signing_time_ms; /* wall clock, corrected */
    const struct credentials *credentials; /* NULL: the call is not signed */
    const unsigned char *signing_key; /* CRYPTO_SHA256_BYTES, for credentials */
};

/* A random UUID, version 4 (RFC 9562). */
void attempt_make_invocation_id(struct random *random, char id[ATTEMPT_INVOCATION_ID_BYTES]);

/* Leaves nothing of an earlier answer in the reply, but its memory. */
void attempt_clear_reply(struct aws_reply *reply);

/* Replaces `reply`'s content. On failure *ret_verdict says whether trying again can help. */
struct status attempt_perform(const struct attempt *attempt, struct aws_reply *reply,
                              enum retry_verdict *ret_verdict) MUST_USE;

#endif
