#include "aws/credential_chain.h"

#include <stdio.h>
#include <stdlib.h>

struct chain {
    struct credentials_source source;
    struct credential_chain_options options; /* constant */
};

enum place {
    PLACE_ENVIRONMENT,
    PLACE_ROLE,
    PLACE_WEB_IDENTITY,
    PLACE_SSO,
    PLACE_CREDENTIALS_FILE,
    PLACE_LOGIN,
    PLACE_PROCESS,
    PLACE_CONFIG_FILE,
    PLACE_CONTAINER,
    PLACE_IMDS,
    PLACE_COUNT,
};

static const char *const place_names[PLACE_COUNT] = {
    "environment",   "role",    "web identity", "SSO",       "credentials file",
    "console login", "process", "config file",  "container", "instance metadata",
};

/* Which part of the order to walk, and what was found missing on the way. */
struct walk {
    const struct credential_context *context;
    const char *profile;
    enum place first;
    enum place last;
    bool use_environment;
    char notes[STATUS_REASON_BYTES]; /* "environment: not set; role: ..." */
};

static struct status ask(const struct walk *walk, enum place place, struct credentials *ret_credentials)
{
    const struct credential_context *context = walk->context;
    switch (place) {
    case PLACE_ENVIRONMENT:
        return walk->use_environment ? credential_env_get(context, ret_credentials)
                                     : status_make(STATUS_NOT_FOUND, "left out for the chosen profile");
    case PLACE_ROLE:
        return credential_role_get(context, walk->profile, ret_credentials);
    case PLACE_WEB_IDENTITY:
        return credential_web_identity_get(context, walk->profile, walk->use_environment, ret_credentials);
    case PLACE_SSO:
        return credential_profile_refuse_sso(context, walk->profile);
    case PLACE_CREDENTIALS_FILE:
        return credential_profile_get_from_credentials(context, walk->profile, ret_credentials);
    case PLACE_LOGIN:
        return credential_profile_refuse_login(context, walk->profile);
    case PLACE_PROCESS:
        return credential_process_get(context, walk->profile, ret_credentials);
    case PLACE_CONFIG_FILE:
        return credential_profile_get_from_config(context, walk->profile, ret_credentials);
    case PLACE_CONTAINER:
        return credential_container_get(context, ret_credentials);
    case PLACE_IMDS:
        return credential_imds_get(context, ret_credentials);
    case PLACE_COUNT:
        break;
    }
    return status_make(STATUS_INTERNAL, "no such place for credentials");
}

static void note(struct walk *walk, enum place place, const struct status *status)
{
    if (place == PLACE_SSO || place == PLACE_LOGIN) {
        return; /* no place that could have done */
    }
    size_t length = strlen(walk->notes);
    (void)snprintf(walk->notes + length, sizeof(walk->notes) - length, "%s%s: %s", length == 0 ? "" : "; ",
                   place_names[place], status->reason);
}

static struct status walk_places(struct walk *walk, struct credentials *ret_credentials)
{
    for (int place = (int)walk->first; place <= (int)walk->last; place++) {
        struct status status = ask(walk, (enum place)place, ret_credentials);
        if (status.code != STATUS_NOT_FOUND) {
            return status;
        }
        note(walk, (enum place)place, &status);
    }
    return status_make(STATUS_NOT_FOUND, "no AWS credentials: %s", walk->notes);
}

struct status credential_chain_get_profile(const struct credential_context *context, const char *profile,
                                           struct credentials *ret_credentials)
{
    struct walk walk = {
        .context = context,
        .profile = profile,
        .first = PLACE_WEB_IDENTITY,
        .last = PLACE_CONFIG_FILE,
    };
    return walk_places(&walk, ret_credentials);
}

static struct status chain_get(struct credentials_source *self, struct credentials *ret_credentials)
{
    const struct credential_chain_options *options = &((struct chain *)self)->options;
    struct profiles profiles = {0};
    TRY(profiles_load(options->environment, &profiles));
    struct credential_context context = {
        .settings = options->settings,
        .profiles = &profiles,
        .environment = options->environment,
        .transport = options->transport,
        .resolver = options->resolver,
        .clock = options->clock,
        .cancel = options->cancel,
    };
    struct walk walk = {
        .context = &context,
        .profile = options->settings->profile,
        .first = PLACE_ENVIRONMENT,
        .last = PLACE_IMDS,
        .use_environment = !options->settings->profile_is_chosen,
    };
    struct status status = walk_places(&walk, ret_credentials);
    profiles_free(&profiles);
    return status;
}

static void chain_invalidate(struct credentials_source *self)
{
    (void)self; /* it keeps nothing */
}

static void chain_destroy(struct credentials_source *self)
{
    free(self);
}

struct status credential_chain_create(const struct credential_chain_options *options,
                                      struct credentials_source **ret_source)
{
    struct chain *chain = malloc(sizeof(*chain));
    if (chain == NULL) {
        return status_no_memory("the credential chain", sizeof(*chain));
    }
    chain->source = (struct credentials_source){
        .get = chain_get, .invalidate = chain_invalidate, .destroy = chain_destroy};
    chain->options = *options;
    *ret_source = &chain->source;
    return status_ok();
}
