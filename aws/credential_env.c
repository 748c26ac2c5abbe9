#include "aws/credential_fill.h"
#include "aws/credential_sources.h"
#include "aws/timestamp.h"

static struct status fill(const struct environment *environment, const char *key,
                          struct credentials *credentials)
{
    const char *secret = environment_text(environment, "AWS_SECRET_ACCESS_KEY");
    const char *token = environment_text(environment, "AWS_SECURITY_TOKEN");
    const char *expiration = environment_text(environment, "AWS_CREDENTIAL_EXPIRATION");
    if (secret == NULL) {
        return status_make(STATUS_DENIED, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    }
    if (token == NULL) {
        token = environment_text(environment, "AWS_SESSION_TOKEN");
    }
    TRY(credential_fill(credentials, slice_of_text(key), slice_of_text(secret), slice_of_text(token)));
    if (expiration != NULL &&
        !timestamp_parse_iso(slice_of_text(expiration), &credentials->expires_wall_ms)) {
        return status_make(STATUS_INVALID,
                           "AWS_CREDENTIAL_EXPIRATION is '%.40s': a time such as 2026-11-23T10:00:00Z is "
                           "wanted",
                           expiration);
    }
    return status_ok();
}

struct status credential_env_get(const struct credential_context *context,
                                 struct credentials *ret_credentials)
{
    const char *key = environment_text(context->environment, "AWS_ACCESS_KEY_ID");
    if (key == NULL) {
        return status_make(STATUS_NOT_FOUND, "not set");
    }
    struct credentials credentials = {0};
    struct status status = fill(context->environment, key, &credentials);
    if (status_is_ok(&status)) {
        credential_name_source(&credentials, "environment");
        *ret_credentials = credentials;
    }
    credentials_wipe(&credentials);
    return status_prefix(status, "credentials in the environment");
}
