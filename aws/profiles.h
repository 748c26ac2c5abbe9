/* The two shared files together, as the AWS CLI sees them: a profile's settings are those of
 * "[profile NAME]" in the config file, with those of "[NAME]" in the credentials file on top. */
#ifndef PENSTOCK_AWS_PROFILES_H
#define PENSTOCK_AWS_PROFILES_H

#include "aws/config_file.h"
#include "aws/environment.h"

/* Constant once loaded. Zeroed memory is valid to free. */
struct profiles {
    struct config_file *config; /* AWS_CONFIG_FILE, else ~/.aws/config */
    struct config_file *credentials; /* AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials */
};

/* Errors as config_file_load(). */
struct status profiles_load(const struct environment *environment, struct profiles *ret_profiles) MUST_USE;
void profiles_free(struct profiles *profiles);

bool profiles_has(const struct profiles *profiles, const char *profile);

/* The value of `key` (lower case), or NULL. Borrowed. */
const char *profiles_get(const struct profiles *profiles, const char *profile, const char *key);

/* Which profile counts: the one chosen, else AWS_DEFAULT_PROFILE, AWS_PROFILE (in botocore's order), else
 * "default". *ret_is_named: anything but the last, so it must exist. Borrowed from the environment or
 * `chosen`. */
const char *profiles_choose(const struct environment *environment, const char *chosen, bool *ret_is_named);

/* STATUS_NOT_FOUND in words that name the files; OK for an unnamed default that does not exist. */
struct status profiles_check(const struct profiles *profiles, const char *profile, bool is_named) MUST_USE;

#endif
