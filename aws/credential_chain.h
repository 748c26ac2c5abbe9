/* The chain of places credentials can come from, in botocore's order:
 *
 *   environment (left out when a profile was chosen on the command line) > role of the profile > web identity
 *   > IAM Identity Center (refused) > credentials file > console login (refused) > credential_process
 *   > config file > container > instance metadata
 *
 * The first that is configured decides: when it fails, the chain fails, as in the CLI.
 */
#ifndef PENSTOCK_AWS_CREDENTIAL_CHAIN_H
#define PENSTOCK_AWS_CREDENTIAL_CHAIN_H

#include "aws/credential_sources.h"

struct credential_chain_options {
    const struct aws_settings *settings;
    const struct environment *environment;
    struct http_transport *transport;
    const struct host_resolver *resolver;
    const struct clock *clock;
    struct stop *cancel;
};

/* A source over all places; the options' things are borrowed and outlive it. It keeps nothing: each get()
 * reads the shared files again, so that changed keys are found, and may call the network on the caller's
 * thread: put a cache (aws/credential_cache.h) over it. STATUS_NOT_FOUND names every place and why it did
 * not do. Any thread may call. */
struct status credential_chain_create(const struct credential_chain_options *options,
                                      struct credentials_source **ret_source) MUST_USE;

/* Only what a source_profile may have: no environment, no role of its own, no container, no instance. */
struct status credential_chain_get_profile(const struct credential_context *context, const char *profile,
                                           struct credentials *ret_credentials) MUST_USE;

#endif
