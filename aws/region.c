#include "aws/region.h"

#include <stdio.h>
#include <string.h>

bool aws_region_is_valid(const char *region)
{
    size_t length = strlen(region);
    size_t digits = strspn(region, "0123456789");
    size_t label = strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    return length > 0 && length < AWS_REGION_BYTES && label == length && digits < length &&
           region[0] != '-' && region[length - 1] != '-';
}

/* Takes "fips-" from the front or "-fips" from the end. */
static void split_fips(const char *written, struct aws_region *region)
{
    size_t length = strlen(written);
    region->is_fips = true;
    if (strncmp(written, "fips-", 5) == 0) {
        (void)snprintf(region->name, sizeof(region->name), "%s", written + 5);
    } else if (length > 5 && strcmp(written + length - 5, "-fips") == 0) {
        (void)snprintf(region->name, sizeof(region->name), "%.*s", (int)length - 5, written);
    } else {
        region->is_fips = false;
        (void)snprintf(region->name, sizeof(region->name), "%s", written);
    }
}

static const char *find(const char *chosen, const struct environment *environment,
                        const struct profiles *profiles, const char *profile, const char **ret_place)
{
    static const char *const variables[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    if (chosen != NULL) {
        *ret_place = "the region that was chosen";
        return chosen;
    }
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = environment_text(environment, variables[i]);
        if (value != NULL) {
            *ret_place = variables[i];
            return value;
        }
    }
    *ret_place = "region in the profile";
    const char *value = profiles_get(profiles, profile, "region");
    return value == NULL || value[0] == '\0' ? NULL : value;
}

struct status aws_region_resolve(const char *chosen, const struct environment *environment,
                                 const struct profiles *profiles, const char *profile,
                                 struct aws_region *ret_region)
{
    const char *place = NULL;
    const char *written = find(chosen, environment, profiles, profile, &place);
    if (written == NULL) {
        return status_make(STATUS_NOT_FOUND,
                           "no AWS region: set AWS_REGION or AWS_DEFAULT_REGION, or 'region' in profile "
                           "'%.60s' of '%.90s'",
                           profile, config_file_path(profiles->config));
    }
    if (!aws_region_is_valid(written)) {
        return status_make(STATUS_INVALID, "%s is '%.64s', which is no AWS region such as 'eu-central-1'",
                           place, written);
    }
    split_fips(written, ret_region);
    return status_ok();
}
