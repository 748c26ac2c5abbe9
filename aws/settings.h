/* AWS's own settings other than credentials, resolved from environment and profile. Pure but for its inputs:
 * the same environment and files give the same settings. */
#ifndef PENSTOCK_AWS_SETTINGS_H
#define PENSTOCK_AWS_SETTINGS_H

#include "aws/endpoint.h"
#include "aws/profiles.h"
#include "aws/user_agent.h"

struct aws_settings {
    char profile[256];
    bool profile_is_chosen; /* on the command line: environment credentials are left out */
    char region[AWS_REGION_BYTES];
    bool use_fips;
    bool use_dual_stack;
    uint32_t max_attempts; /* 0: the service's default */
    enum retry_mode retry_mode;
    char endpoint_urls[AWS_SERVICE_COUNT][AWS_ENDPOINT_BYTES]; /* empty: by the rules */
};

/* `profile` and `region` as in struct aws_session_options. Reasons name the variable or the profile's key. */
struct status aws_settings_resolve(const char *profile, const char *region,
                                   const struct environment *environment, const struct profiles *profiles,
                                   struct aws_settings *ret_settings) MUST_USE;

struct status aws_settings_endpoint(const struct aws_settings *settings, enum aws_service service,
                                    struct aws_endpoint *ret_endpoint) MUST_USE;

/* AWS_CA_BUNDLE, else the profile's ca_bundle, expanded; empty: none. STATUS_INVALID when it cannot be read.
 */
struct status aws_settings_find_ca_bundle(const char *profile, const struct environment *environment,
                                          const struct profiles *profiles, char *ret_path, size_t size)
    MUST_USE;

/* With AWS_SDK_UA_APP_ID, else the profile's sdk_ua_app_id, in it. *ret_whole: nothing of that was left out
 * (aws/user_agent.h). */
struct status aws_settings_find_user_agent(const char *profile, const struct environment *environment,
                                           const struct profiles *profiles, char ret_text[USER_AGENT_BYTES],
                                           bool *ret_whole) MUST_USE;

#endif
