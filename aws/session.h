/* What a process knows of AWS, resolved once: region, credentials, endpoints, attempts.
 *
 * Reads the environment and the shared files as the AWS CLI does
 * (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html). Opening makes no network
 * call; the first credentials are fetched when the first request is signed, or by
 * aws_session_check_credentials().
 */
#ifndef PENSTOCK_AWS_SESSION_H
#define PENSTOCK_AWS_SESSION_H

#include "aws/credential_cache.h"
#include "aws/endpoint.h"
#include "aws/environment.h"
#include "aws/user_agent.h"

struct aws_session; /* opaque */

struct aws_session_options {
    const char *profile; /* chosen on the command line, skips environment credentials; NULL: AWS_PROFILE, else
                            "default" */
    const char *region; /* chosen on the command line, or known from a stream's ARN; NULL: AWS_REGION,
                           AWS_DEFAULT_REGION, the profile */
    struct http_transport *transport; /* borrowed, outlives the session */
    const struct clock *clock; /* borrowed; NULL: the machine's */
    const struct environment *environment; /* borrowed; NULL: the process's own */
};

/* Resolves everything that needs no network and starts the credentials' background thread. STATUS_INVALID
 * names the variable, or the file and line, that is wrong; STATUS_NOT_FOUND for no region or an unknown
 * profile, with the ways to give one. */
struct status aws_session_open(const struct aws_session_options *options, struct aws_session **ret_session)
    MUST_USE;

/* After all its clients are destroyed. NULL is fine. */
void aws_session_close(struct aws_session *session);

/* Borrowed from the session; any thread. */
const char *aws_session_region(const struct aws_session *session);
enum retry_mode aws_session_retry_mode(const struct aws_session *session);
struct credentials_source *aws_session_credentials(struct aws_session *session);

/* Fetches credentials now, so that a start can fail in words: STATUS_DENIED or STATUS_NOT_FOUND name every
 * source that was tried and why each did not do. `ret_key_id` and `ret_source` (both may be NULL) are for
 * messages. Bounded by 75 s in the worst case (a slow credential_process). */
struct status aws_session_check_credentials(struct aws_session *session,
                                            char ret_key_id[CREDENTIALS_KEY_BYTES], char ret_source[64])
    MUST_USE;

/* How fresh the credentials are, for metrics and health; any thread. */
void aws_session_read_credential_state(struct aws_session *session, struct credential_cache_state *ret_state);

/* The endpoint of a service with all AWS_ENDPOINT_URL settings applied. */
struct status aws_session_endpoint(const struct aws_session *session, enum aws_service service,
                                   struct aws_endpoint *ret_endpoint) MUST_USE;

/* A client with the session's endpoint, region, credentials, attempts and retry mode. Destroy it before the session. */
struct status aws_session_create_client(struct aws_session *session, enum aws_service service,
                                        struct aws_client **ret_client) MUST_USE;

/* For making the transport, before a session can be opened: AWS_CA_BUNDLE, else the profile's ca_bundle, with
 * `profile` and `environment` as in the options. Empty: the system's certificates. STATUS_INVALID when
 * a shared file is broken or names a bundle that cannot be read. */
struct status aws_session_find_ca_bundle(const char *profile, const struct environment *environment,
                                         char *ret_path, size_t size) MUST_USE;

/* For making the transport too: who we are to AWS, with AWS_SDK_UA_APP_ID, else the profile's sdk_ua_app_id.
 * *ret_whole: nothing of that was left out (aws/user_agent.h). */
struct status aws_session_find_user_agent(const char *profile, const struct environment *environment,
                                          char ret_text[USER_AGENT_BYTES], bool *ret_whole) MUST_USE;

#endif
