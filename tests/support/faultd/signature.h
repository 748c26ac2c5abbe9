/* Checks a request's Signature Version 4, an implementation of its own beside penstock's signer:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
#ifndef PENSTOCK_FAULTD_SIGNATURE_H
#define PENSTOCK_FAULTD_SIGNATURE_H

#include "tests/support/faultd/keyring.h"
#include "tests/support/faultd/message.h"

struct signature_scope {
    const char *region;
    const char *service; /* "dynamodb" for DynamoDB Streams too */
    int64_t now_wall_ms; /* the server's clock, with its simulated offset */
};

enum { SIGNATURE_SKEW_MS = 5 * 60 * 1000 };

struct signature_refusal {
    const char *code; /* AWS's error code */
    char message[1024];
};

/* True when the request is signed rightly; else why not, as AWS puts it. */
bool signature_check(const struct request *request, struct keyring *keyring,
                     const struct signature_scope *scope, struct signature_refusal *ret_refusal) MUST_USE;

/* The access key's id that the request names, right or wrong; empty when it names none. Borrowed. */
struct slice signature_key_id(const struct request *request);

#endif
