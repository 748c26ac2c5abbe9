/* What roles taken from a profile and by a web identity share. */
#ifndef PENSTOCK_AWS_CREDENTIAL_ROLE_H
#define PENSTOCK_AWS_CREDENTIAL_ROLE_H

#include "aws/credential_sources.h"
#include "aws/sts.h"

enum { ROLE_SESSION_NAME_BYTES = 65 };

/* `wanted`, checked (2 to 64 of [A-Za-z0-9_+=,.@-]), or, when NULL or empty, "penstock-" and the time. */
struct status credential_role_name_session(const struct credential_context *context, const char *wanted,
                                           char ret_name[ROLE_SESSION_NAME_BYTES]) MUST_USE;

/* Options for STS in the session's region, with no credentials. `ret_options` borrows from `ret_endpoint` and
 * `context`. */
struct status credential_role_prepare_sts(const struct credential_context *context,
                                          struct aws_endpoint *ret_endpoint, struct sts_options *ret_options)
    MUST_USE;

#endif
