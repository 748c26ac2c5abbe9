#include <stdio.h>

#include "aws/credential_fill.h"
#include "aws/credential_role.h"
#include "aws/credential_sources.h"
#include "aws/small_file.h"

/* The role to be taken, and by which token. */
struct web_identity {
    const char *token_file;
    const char *role_arn;
    const char *session_name; /* NULL: made up */
};

static const char *find(const struct credential_context *context, const char *profile, bool use_environment,
                        const char *variable, const char *key)
{
    const char *value = use_environment ? environment_text(context->environment, variable) : NULL;
    return value != NULL ? value : profiles_get(context->profiles, profile, key);
}

static struct status assume(const struct credential_context *context, const struct web_identity *identity,
                            struct slice token, struct credentials *credentials)
{
    struct sts_options options;
    struct aws_endpoint endpoint;
    char session_name[ROLE_SESSION_NAME_BYTES];
    TRY(credential_role_name_session(context, identity->session_name, session_name));
    TRY(credential_role_prepare_sts(context, &endpoint, &options));
    while (token.length > 0 && (token.at[token.length - 1] == '\n' || token.at[token.length - 1] == '\r')) {
        token.length--;
    }
    if (!credential_text_is_visible(token, CREDENTIALS_TOKEN_BYTES)) {
        return status_make(STATUS_INVALID, "'%.120s' holds no token: it is empty, or has spaces or lines",
                           identity->token_file);
    }
    struct sts_web_identity_request request = {
        .role_arn = identity->role_arn,
        .session_name = session_name,
        .token = token,
    };
    return sts_assume_role_with_web_identity(&options, &request, credentials);
}

static struct status get(const struct credential_context *context, const struct web_identity *identity,
                         struct credentials *credentials)
{
    char path[4096];
    struct bytes token;
    TRY(environment_expand_path(context->environment, identity->token_file, path, sizeof(path)));
    bytes_init(&token, CREDENTIALS_TOKEN_BYTES);
    struct status status = small_file_read(path, &token);
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_DENIED; /* configured, so the chain must not pass on */
    }
    if (status_is_ok(&status)) {
        status = assume(context, identity, bytes_slice(&token), credentials);
    }
    bytes_wipe(&token);
    return status;
}

struct status credential_web_identity_get(const struct credential_context *context, const char *profile,
                                          bool use_environment, struct credentials *ret_credentials)
{
    struct web_identity identity = {
        .token_file =
            find(context, profile, use_environment, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"),
        .role_arn = find(context, profile, use_environment, "AWS_ROLE_ARN", "role_arn"),
        .session_name = find(context, profile, use_environment, "AWS_ROLE_SESSION_NAME", "role_session_name"),
    };
    if (identity.token_file == NULL || identity.token_file[0] == '\0') {
        return status_make(STATUS_NOT_FOUND, "no token file");
    }
    if (identity.role_arn == NULL || identity.role_arn[0] == '\0') {
        return status_make(STATUS_INVALID,
                           "web identity: there is a token file ('%.100s') but no role: set AWS_ROLE_ARN or "
                           "role_arn",
                           identity.token_file);
    }
    struct credentials credentials = {0};
    struct status status = get(context, &identity, &credentials);
    if (status_is_ok(&status)) {
        credential_name_source(&credentials, "web identity");
        *ret_credentials = credentials;
    }
    credentials_wipe(&credentials);
    return status_prefix(status, "web identity");
}
