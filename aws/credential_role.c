#include "aws/credential_role.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/credential_chain.h"
#include "aws/credential_fill.h"

enum { ROLE_DEPTH = 8, ROLE_SHORTEST_S = 900, ROLE_LONGEST_S = 43200 };

/* The profiles whose roles are taken, outermost first, and where the first credentials come from: one of the
 * last two. */
struct role_path {
    const char *profiles[ROLE_DEPTH];
    size_t count;
    const char *base_profile; /* a source_profile without a role of its own */
    const char *base_source; /* a credential_source */
};

struct status credential_role_name_session(const struct credential_context *context, const char *wanted,
                                           char ret_name[ROLE_SESSION_NAME_BYTES])
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
    if (wanted == NULL || wanted[0] == '\0') {
        (void)snprintf(ret_name, ROLE_SESSION_NAME_BYTES, "penstock-%lld",
                       (long long)(clock_wall_ms(context->clock) / 1000));
        return status_ok();
    }
    size_t length = strlen(wanted);
    if (length < 2 || length >= ROLE_SESSION_NAME_BYTES || strspn(wanted, allowed) != length) {
        return status_make(STATUS_INVALID,
                           "the role session name '%.64s' is not 2 to 64 of A-Z a-z 0-9 and _+=,.@-", wanted);
    }
    (void)snprintf(ret_name, ROLE_SESSION_NAME_BYTES, "%s", wanted);
    return status_ok();
}

struct status credential_role_prepare_sts(const struct credential_context *context,
                                          struct aws_endpoint *ret_endpoint, struct sts_options *ret_options)
{
    TRY(aws_settings_endpoint(context->settings, AWS_STS, ret_endpoint));
    *ret_options = (struct sts_options){
        .transport = context->transport,
        .endpoint = ret_endpoint->url,
        .region = ret_endpoint->signing_region,
        .clock = context->clock,
        .max_attempts = context->settings->max_attempts,
        .cancel = context->cancel,
    };
    return status_ok();
}

static bool has_role(const struct profiles *profiles, const char *profile)
{
    return profiles_get(profiles, profile, "role_arn") != NULL &&
           profiles_get(profiles, profile, "web_identity_token_file") == NULL;
}

static bool has_keys(const struct profiles *profiles, const char *profile)
{
    return profiles_get(profiles, profile, "aws_access_key_id") != NULL ||
           profiles_get(profiles, profile, "aws_secret_access_key") != NULL;
}

static bool was_visited(const struct role_path *path, const char *profile)
{
    for (size_t i = 0; i < path->count; i++) {
        if (strcmp(path->profiles[i], profile) == 0) {
            return true;
        }
    }
    return false;
}

static struct status check_source_profile(const struct profiles *profiles, const struct role_path *path,
                                          const char *profile, const char *source)
{
    if (!profiles_has(profiles, source)) {
        return status_make(STATUS_INVALID, "profile '%.60s' has source_profile '%.60s', which does not exist",
                           profile, source);
    }
    /* A profile may name itself when it holds keys beside its role. */
    bool names_itself = strcmp(profile, source) == 0 && has_keys(profiles, source);
    if (was_visited(path, source) && !names_itself) {
        return status_make(STATUS_INVALID, "source_profile goes in a circle: '%.60s' leads back to '%.60s'",
                           profile, source);
    }
    return status_ok();
}

/* Follows source_profile from `profile` to where credentials come from. */
static struct status trace(const struct profiles *profiles, const char *profile, struct role_path *path)
{
    for (;;) {
        if (path->count == ROLE_DEPTH) {
            return status_make(STATUS_INVALID, "more than %d profiles follow one another by source_profile",
                               ROLE_DEPTH);
        }
        path->profiles[path->count++] = profile;
        const char *source = profiles_get(profiles, profile, "source_profile");
        path->base_source = profiles_get(profiles, profile, "credential_source");
        if ((source == NULL) == (path->base_source == NULL)) {
            return status_make(STATUS_INVALID,
                               "profile '%.60s' has a role_arn and %s of source_profile and "
                               "credential_source: exactly one is wanted",
                               profile, source == NULL ? "none" : "both");
        }
        if (profiles_get(profiles, profile, "mfa_serial") != NULL) {
            return status_make(STATUS_INVALID,
                               "profile '%.60s' has mfa_serial, which asks for a code at each refresh that a "
                               "service cannot type: use a role without it",
                               profile);
        }
        if (source == NULL) {
            return status_ok();
        }
        TRY(check_source_profile(profiles, path, profile, source));
        if (has_keys(profiles, source) || !has_role(profiles, source)) {
            path->base_profile = source;
            return status_ok();
        }
        profile = source;
    }
}

static struct status get_from_source(const struct credential_context *context, const char *source,
                                     struct credentials *ret_credentials)
{
    if (strcmp(source, "Environment") == 0) {
        return credential_env_get(context, ret_credentials);
    }
    if (strcmp(source, "EcsContainer") == 0) {
        return credential_container_get(context, ret_credentials);
    }
    if (strcmp(source, "Ec2InstanceMetadata") == 0) {
        return credential_imds_get(context, ret_credentials);
    }
    return status_make(STATUS_INVALID, "it is none of Environment, EcsContainer and Ec2InstanceMetadata");
}

static struct status get_base(const struct credential_context *context, const struct role_path *path,
                              struct credentials *ret_credentials)
{
    struct status status;
    if (path->base_source != NULL) {
        status = get_from_source(context, path->base_source, ret_credentials);
        status = status_prefix(status, "credential_source '%.40s'", path->base_source);
    } else {
        status = credential_chain_get_profile(context, path->base_profile, ret_credentials);
        status = status_prefix(status, "source_profile '%.60s'", path->base_profile);
    }
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_DENIED; /* configured, so the chain must not pass on */
    }
    return status;
}

static struct status find_duration(const struct profiles *profiles, const char *profile, uint32_t *ret_s)
{
    int64_t seconds = 0;
    const char *text = profiles_get(profiles, profile, "duration_seconds");
    if (text != NULL && (!slice_parse_int64(slice_of_text(text), &seconds) || seconds < ROLE_SHORTEST_S ||
                         seconds > ROLE_LONGEST_S)) {
        return status_make(STATUS_INVALID,
                           "duration_seconds is '%.40s': a whole number from %d to %d is wanted", text,
                           ROLE_SHORTEST_S, ROLE_LONGEST_S);
    }
    *ret_s = (uint32_t)seconds;
    return status_ok();
}

/* Takes the role of one profile, signing with `source`. */
static struct status assume(const struct credential_context *context, const char *profile,
                            const struct credentials *source, struct credentials *ret_credentials)
{
    const struct profiles *profiles = context->profiles;
    char session_name[ROLE_SESSION_NAME_BYTES];
    struct aws_endpoint endpoint;
    struct sts_options options;
    struct sts_assume_role_request request = {
        .role_arn = profiles_get(profiles, profile, "role_arn"),
        .session_name = session_name,
        .external_id = profiles_get(profiles, profile, "external_id"),
    };
    TRY(find_duration(profiles, profile, &request.duration_s));
    TRY(credential_role_name_session(context, profiles_get(profiles, profile, "role_session_name"),
                                     session_name));
    TRY(credential_role_prepare_sts(context, &endpoint, &options));
    options.credentials = source;
    return sts_assume_role(&options, &request, ret_credentials);
}

/* pair[0] ends as the credentials of the outermost role. */
static struct status climb(const struct credential_context *context, const struct role_path *path,
                           struct credentials pair[2])
{
    TRY(get_base(context, path, &pair[0]));
    for (size_t i = path->count; i > 0; i--) {
        TRY(status_prefix(assume(context, path->profiles[i - 1], &pair[0], &pair[1]),
                          "the role of profile '%.48s'", path->profiles[i - 1]));
        pair[0] = pair[1];
    }
    return status_ok();
}

struct status credential_role_get(const struct credential_context *context, const char *profile,
                                  struct credentials *ret_credentials)
{
    struct role_path path = {0};
    if (!has_role(context->profiles, profile)) {
        return status_make(STATUS_NOT_FOUND, "no role_arn");
    }
    TRY(trace(context->profiles, profile, &path));
    struct credentials *pair = calloc(2, sizeof(*pair));
    if (pair == NULL) {
        return status_no_memory("a role's credentials", 2 * sizeof(*pair));
    }
    struct status status = climb(context, &path, pair);
    if (status_is_ok(&status)) {
        credential_name_source(&pair[0], "role of profile '%.40s'", profile);
        *ret_credentials = pair[0];
    }
    memory_wipe(pair, 2 * sizeof(*pair));
    free(pair);
    return status;
}
