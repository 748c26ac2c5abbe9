#include "aws/credential_fill.h"
#include "aws/credential_sources.h"

/* One of the two files and how its sections are called. */
struct place {
    const struct config_file *file;
    enum config_section_kind kind;
};

static struct slice get(const struct place *place, const char *profile, const char *key)
{
    return slice_of_text(config_file_get(place->file, place->kind, profile, key));
}

static struct status get_static(const struct place *place, const char *profile,
                                struct credentials *ret_credentials)
{
    struct slice key = get(place, profile, "aws_access_key_id");
    if (key.at == NULL) {
        const char *problem = config_file_problem(place->file);
        return status_make(STATUS_NOT_FOUND, "%s", problem == NULL ? "no keys" : problem);
    }
    /* botocore's order of the two names */
    struct slice token = get(place, profile, "aws_security_token");
    if (token.at == NULL) {
        token = get(place, profile, "aws_session_token");
    }
    struct credentials credentials = {0};
    struct status status =
        credential_fill(&credentials, key, get(place, profile, "aws_secret_access_key"), token);
    if (status_is_ok(&status)) {
        credential_name_source(&credentials, "profile '%.48s'", profile);
        *ret_credentials = credentials;
    }
    credentials_wipe(&credentials);
    return status_prefix(status, "profile '%.48s' in '%.100s'", profile, config_file_path(place->file));
}

struct status credential_profile_get_from_credentials(const struct credential_context *context,
                                                      const char *profile,
                                                      struct credentials *ret_credentials)
{
    return get_static(&(struct place){context->profiles->credentials, CONFIG_PLAIN}, profile,
                      ret_credentials);
}

struct status credential_profile_get_from_config(const struct credential_context *context,
                                                 const char *profile, struct credentials *ret_credentials)
{
    return get_static(&(struct place){context->profiles->config, CONFIG_PROFILE}, profile, ret_credentials);
}

static struct status refuse(const char *profile, const char *what)
{
    return status_make(STATUS_INVALID,
                       "profile '%.40s' signs in with %s, which needs a browser: make another profile with "
                       "'credential_process = aws configure export-credentials --profile %.40s', or give "
                       "the process a role",
                       profile, what, profile);
}

struct status credential_profile_refuse_sso(const struct credential_context *context, const char *profile)
{
    if (profiles_get(context->profiles, profile, "sso_account_id") == NULL &&
        profiles_get(context->profiles, profile, "sso_role_name") == NULL) {
        return status_make(STATUS_NOT_FOUND, "not set");
    }
    return refuse(profile, "IAM Identity Center (sso_*)");
}

struct status credential_profile_refuse_login(const struct credential_context *context, const char *profile)
{
    if (profiles_get(context->profiles, profile, "login_session") == NULL) {
        return status_make(STATUS_NOT_FOUND, "not set");
    }
    return refuse(profile, "'aws login' (login_session)");
}
