#include "aws/profiles.h"

static struct status load_one(const struct environment *environment, const char *variable,
                              const char *usual_path, struct config_file **ret_file)
{
    const char *path = environment_text(environment, variable);
    char expanded[512];
    TRY(environment_expand_path(environment, path == NULL ? usual_path : path, expanded, sizeof(expanded)));
    return config_file_load(expanded, ret_file);
}

struct status profiles_load(const struct environment *environment, struct profiles *ret_profiles)
{
    struct profiles profiles = {0};
    TRY(load_one(environment, "AWS_CONFIG_FILE", "~/.aws/config", &profiles.config));
    struct status status =
        load_one(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", &profiles.credentials);
    if (!status_is_ok(&status)) {
        profiles_free(&profiles);
        return status;
    }
    *ret_profiles = profiles;
    return status_ok();
}

void profiles_free(struct profiles *profiles)
{
    config_file_free(profiles->config);
    config_file_free(profiles->credentials);
    *profiles = (struct profiles){0};
}

bool profiles_has(const struct profiles *profiles, const char *profile)
{
    return config_file_has(profiles->config, CONFIG_PROFILE, profile) ||
           config_file_has(profiles->credentials, CONFIG_PLAIN, profile);
}

const char *profiles_get(const struct profiles *profiles, const char *profile, const char *key)
{
    const char *value = config_file_get(profiles->credentials, CONFIG_PLAIN, profile, key);
    return value != NULL ? value : config_file_get(profiles->config, CONFIG_PROFILE, profile, key);
}

const char *profiles_choose(const struct environment *environment, const char *chosen, bool *ret_is_named)
{
    const char *profile = chosen;
    if (profile == NULL) {
        profile = environment_text(environment, "AWS_DEFAULT_PROFILE");
    }
    if (profile == NULL) {
        profile = environment_text(environment, "AWS_PROFILE");
    }
    *ret_is_named = profile != NULL;
    return profile == NULL ? "default" : profile;
}

struct status profiles_check(const struct profiles *profiles, const char *profile, bool is_named)
{
    if (!is_named || profiles_has(profiles, profile)) {
        return status_ok();
    }
    return status_make(STATUS_NOT_FOUND,
                       "there is no profile '%.60s' in '%.80s' or '%.80s': see 'aws configure list-profiles'",
                       profile, config_file_path(profiles->config), config_file_path(profiles->credentials));
}
