#include "aws/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "aws/region.h"

enum { MAX_ATTEMPTS = 100 };

/* A setting and where it stood, for messages. `value` is NULL when it is nowhere. */
struct setting {
    const char *value;
    const char *place;
};

/* What all look-ups need. */
struct lookup {
    const struct environment *environment;
    const struct profiles *profiles;
    const char *profile;
};

static struct setting find(const struct lookup *lookup, const char *variable, const char *key)
{
    const char *value = environment_text(lookup->environment, variable);
    if (value != NULL) {
        return (struct setting){value, variable};
    }
    value = profiles_get(lookup->profiles, lookup->profile, key);
    return (struct setting){value == NULL || value[0] == '\0' ? NULL : value, key};
}

static struct status find_flag(const struct lookup *lookup, const char *variable, const char *key,
                               bool *ret_flag)
{
    struct setting setting = find(lookup, variable, key);
    *ret_flag = setting.value != NULL && strcasecmp(setting.value, "true") == 0;
    if (setting.value == NULL || *ret_flag || strcasecmp(setting.value, "false") == 0) {
        return status_ok();
    }
    return status_make(STATUS_INVALID, "%s is '%.60s': only 'true' and 'false' are known", setting.place,
                       setting.value);
}

static struct status find_max_attempts(const struct lookup *lookup, uint32_t *ret_attempts)
{
    struct setting setting = find(lookup, "AWS_MAX_ATTEMPTS", "max_attempts");
    int64_t attempts = 0;
    if (setting.value != NULL && (!slice_parse_int64(slice_of_text(setting.value), &attempts) ||
                                  attempts < 1 || attempts > MAX_ATTEMPTS)) {
        return status_make(STATUS_INVALID, "%s is '%.60s': a whole number from 1 to %d is wanted",
                           setting.place, setting.value, MAX_ATTEMPTS);
    }
    *ret_attempts = (uint32_t)attempts;
    return status_ok();
}

static struct status find_retry_mode(const struct lookup *lookup, enum retry_mode *ret_mode)
{
    static const char *const names[] = {[RETRY_MODE_STANDARD] = "standard",
                                        [RETRY_MODE_LEGACY] = "legacy",
                                        [RETRY_MODE_ADAPTIVE] = "adaptive"};
    struct setting setting = find(lookup, "AWS_RETRY_MODE", "retry_mode");
    if (setting.value == NULL) {
        *ret_mode = RETRY_MODE_STANDARD;
        return status_ok();
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(setting.value, names[i]) == 0) {
            *ret_mode = (enum retry_mode)i;
            return status_ok();
        }
    }
    return status_make(STATUS_INVALID, "%s is '%.60s': use 'standard', 'adaptive' or 'legacy'", setting.place,
                       setting.value);
}

/* https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html: regional endpoints serve
 * every account, so 'preferred' and 'disabled' come to the same here. */
static struct status check_account_id_mode(const struct lookup *lookup)
{
    struct setting setting = find(lookup, "AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode");
    if (setting.value == NULL || strcasecmp(setting.value, "preferred") == 0 ||
        strcasecmp(setting.value, "disabled") == 0) {
        return status_ok();
    }
    bool is_required = strcasecmp(setting.value, "required") == 0;
    return status_make(STATUS_INVALID, "%s is '%.60s': %s; use 'preferred' or 'disabled'", setting.place,
                       setting.value,
                       is_required ? "account-based DynamoDB endpoints are not built" : "it is no such mode");
}

/* The endpoint in "[services NAME]" that the profile points to, or NULL. */
static struct status find_in_services(const struct lookup *lookup, const char *service_key,
                                      const char **ret_url)
{
    *ret_url = NULL;
    const char *name = profiles_get(lookup->profiles, lookup->profile, "services");
    if (name == NULL) {
        return status_ok();
    }
    if (!config_file_has(lookup->profiles->config, CONFIG_SERVICES, name)) {
        return status_make(STATUS_INVALID,
                           "profile '%.60s' has 'services = %.60s', but '%.80s' has no [services %.60s]",
                           lookup->profile, name, config_file_path(lookup->profiles->config), name);
    }
    *ret_url =
        config_file_get_nested(lookup->profiles->config, CONFIG_SERVICES, name, service_key, "endpoint_url");
    return status_ok();
}

/* AWS_ENDPOINT_URL_<S> > AWS_ENDPOINT_URL > the profile's services > the profile's endpoint_url. */
static struct status find_endpoint_url(const struct lookup *lookup, enum aws_service service,
                                       char ret_url[AWS_ENDPOINT_BYTES])
{
    char variable[64];
    char service_key[32] = "";
    const char *setting = aws_service_setting(service);
    (void)snprintf(variable, sizeof(variable), "AWS_ENDPOINT_URL_%s", setting);
    for (size_t i = 0; setting[i] != '\0' && i + 1 < sizeof(service_key); i++) {
        service_key[i] = (char)tolower((unsigned char)setting[i]);
    }
    const char *url = environment_text(lookup->environment, variable);
    if (url == NULL) {
        url = environment_text(lookup->environment, "AWS_ENDPOINT_URL");
    }
    if (url == NULL) {
        TRY(find_in_services(lookup, service_key, &url));
    }
    if (url == NULL || url[0] == '\0') {
        url = profiles_get(lookup->profiles, lookup->profile, "endpoint_url");
    }
    if (!slice_copy_text(slice_of_text(url), ret_url, AWS_ENDPOINT_BYTES)) {
        return status_make(STATUS_INVALID, "the endpoint for %s has more than %d bytes",
                           aws_service_name(service), AWS_ENDPOINT_BYTES - 1);
    }
    return status_ok();
}

static struct status find_endpoint_urls(const struct lookup *lookup, struct aws_settings *settings)
{
    bool is_ignored = false;
    TRY(find_flag(lookup, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls",
                  &is_ignored));
    for (int service = 0; service < AWS_SERVICE_COUNT && !is_ignored; service++) {
        TRY(find_endpoint_url(lookup, (enum aws_service)service, settings->endpoint_urls[service]));
    }
    return status_ok();
}

struct status aws_settings_resolve(const char *profile, const char *region,
                                   const struct environment *environment, const struct profiles *profiles,
                                   struct aws_settings *ret_settings)
{
    struct aws_settings settings = {.profile_is_chosen = profile != NULL};
    struct aws_region resolved = {0};
    bool is_named = false;
    struct lookup lookup = {environment, profiles, profiles_choose(environment, profile, &is_named)};
    TRY(profiles_check(profiles, lookup.profile, is_named));
    if (!slice_copy_text(slice_of_text(lookup.profile), settings.profile, sizeof(settings.profile))) {
        return status_make(STATUS_INVALID, "the profile's name has more than %zu bytes",
                           sizeof(settings.profile) - 1);
    }
    TRY(aws_region_resolve(region, environment, profiles, lookup.profile, &resolved));
    (void)snprintf(settings.region, sizeof(settings.region), "%s", resolved.name);
    TRY(find_flag(&lookup, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &settings.use_fips));
    TRY(find_flag(&lookup, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", &settings.use_dual_stack));
    settings.use_fips = settings.use_fips || resolved.is_fips;
    TRY(find_max_attempts(&lookup, &settings.max_attempts));
    TRY(find_retry_mode(&lookup, &settings.retry_mode));
    TRY(check_account_id_mode(&lookup));
    TRY(find_endpoint_urls(&lookup, &settings));
    *ret_settings = settings;
    return status_ok();
}

struct status aws_settings_endpoint(const struct aws_settings *settings, enum aws_service service,
                                    struct aws_endpoint *ret_endpoint)
{
    const char *custom = settings->endpoint_urls[service];
    return aws_endpoint_resolve(service,
                                &(struct aws_endpoint_options){
                                    .region = settings->region,
                                    .custom_url = custom[0] == '\0' ? NULL : custom,
                                    .use_fips = settings->use_fips,
                                    .use_dual_stack = settings->use_dual_stack,
                                },
                                ret_endpoint);
}

struct status aws_settings_find_ca_bundle(const char *profile, const struct environment *environment,
                                          const struct profiles *profiles, char *ret_path, size_t size)
{
    bool is_named = false;
    struct lookup lookup = {environment, profiles, profiles_choose(environment, profile, &is_named)};
    TRY(profiles_check(profiles, lookup.profile, is_named));
    struct setting setting = find(&lookup, "AWS_CA_BUNDLE", "ca_bundle");
    char path[4096] = "";
    if (setting.value != NULL) {
        TRY(environment_expand_path(environment, setting.value, path, sizeof(path)));
        if (access(path, R_OK) != 0) {
            struct status status = status_errno(errno, "%s: cannot read '%.150s'", setting.place, path);
            status.code = STATUS_INVALID;
            return status;
        }
    }
    if (!slice_copy_text(slice_of_text(path), ret_path, size)) {
        return status_make(STATUS_INVALID, "%s: the file name has more than %zu bytes", setting.place,
                           size - 1);
    }
    return status_ok();
}

struct status aws_settings_find_user_agent(const char *profile, const struct environment *environment,
                                           const struct profiles *profiles, char ret_text[USER_AGENT_BYTES],
                                           bool *ret_whole)
{
    bool is_named = false;
    struct lookup lookup = {environment, profiles, profiles_choose(environment, profile, &is_named)};
    TRY(profiles_check(profiles, lookup.profile, is_named));
    *ret_whole = user_agent_make(find(&lookup, "AWS_SDK_UA_APP_ID", "sdk_ua_app_id").value, ret_text);
    return status_ok();
}
