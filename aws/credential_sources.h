/* The places credentials can come from, one function each. The chain (aws/credential_chain.h) asks them in
 * botocore's order.
 *
 * Every function answers OK with whole credentials (text, expiry and `source` set); STATUS_NOT_FOUND when the
 * place is not configured, with a reason of a few words, since the chain's error lists them all; anything
 * else when it is configured but fails. *ret_credentials is left alone on failure. They read files and make
 * calls each time they are asked, on the caller's thread, and keep nothing.
 */
#ifndef PENSTOCK_AWS_CREDENTIAL_SOURCES_H
#define PENSTOCK_AWS_CREDENTIAL_SOURCES_H

#include "aws/container_host.h"
#include "aws/credentials.h"
#include "aws/http.h"
#include "aws/settings.h"
#include "base/clock.h"

/* What sources need to know; all borrowed. */
struct credential_context {
    const struct aws_settings *settings; /* profile, region, the endpoint of STS */
    const struct profiles *profiles; /* the shared files as they are now */
    const struct environment *environment;
    struct http_transport *transport;
    const struct host_resolver *resolver;
    const struct clock *clock;
    struct stop *cancel; /* ends waits early with STATUS_STOPPED */
};

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or AWS_SECURITY_TOKEN),
 * AWS_CREDENTIAL_EXPIRATION. */
struct status credential_env_get(const struct credential_context *context,
                                 struct credentials *ret_credentials) MUST_USE;

/* role_arn with source_profile or credential_source, through any number of profiles up to 8. */
struct status credential_role_get(const struct credential_context *context, const char *profile,
                                  struct credentials *ret_credentials) MUST_USE;

/* AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME if `use_environment`, each before the
 * profile's web_identity_token_file, role_arn and role_session_name. The token file is read at each call. */
struct status credential_web_identity_get(const struct credential_context *context, const char *profile,
                                          bool use_environment, struct credentials *ret_credentials) MUST_USE;

/* aws_access_key_id, aws_secret_access_key and aws_session_token of a profile, from one of the two files. */
struct status credential_profile_get_from_credentials(const struct credential_context *context,
                                                      const char *profile,
                                                      struct credentials *ret_credentials) MUST_USE;
struct status credential_profile_get_from_config(const struct credential_context *context,
                                                 const char *profile, struct credentials *ret_credentials)
    MUST_USE;

/* Profiles that need a browser (IAM Identity Center, console login): never credentials; STATUS_INVALID says
 * what to do instead, STATUS_NOT_FOUND when the profile is none of them. */
struct status credential_profile_refuse_sso(const struct credential_context *context, const char *profile)
    MUST_USE;
struct status credential_profile_refuse_login(const struct credential_context *context, const char *profile)
    MUST_USE;

/* The profile's credential_process, run without a shell, for 60 s at most:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
struct status credential_process_get(const struct credential_context *context, const char *profile,
                                     struct credentials *ret_credentials) MUST_USE;

/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, else AWS_CONTAINER_CREDENTIALS_FULL_URI (ECS, EKS Pod Identity):
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * 3 tries of 2 s, 1 s apart. */
struct status credential_container_get(const struct credential_context *context,
                                       struct credentials *ret_credentials) MUST_USE;

/* The instance's role from the EC2 metadata service, version 2 only. STATUS_NOT_FOUND, too, when the service
 * does not answer: most machines are no EC2 instances. One try of 1 s for each of three calls unless
 * AWS_METADATA_SERVICE_TIMEOUT and AWS_METADATA_SERVICE_NUM_ATTEMPTS say otherwise. */
struct status credential_imds_get(const struct credential_context *context,
                                  struct credentials *ret_credentials) MUST_USE;

#endif
