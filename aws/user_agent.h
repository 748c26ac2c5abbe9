/* The User-Agent of every request: "penstock/VERSION", with " app/ID" behind it for whom CloudTrail is to tell
 * applications apart: https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html */
#ifndef PENSTOCK_AWS_USER_AGENT_H
#define PENSTOCK_AWS_USER_AGENT_H

#include <stdbool.h>

#include "base/status.h"

enum { USER_AGENT_APP_CHARACTERS = 50, USER_AGENT_BYTES = 128 };

/* `app_id` is UTF-8, or NULL for none. As in the SDKs each character but letters, digits and !$%&'*+-.^_`|~,# becomes
 * a '-'. False when it has more than 50 characters: the rest is left out, where the SDKs only warn. */
bool user_agent_make(const char *app_id, char ret_text[USER_AGENT_BYTES]) MUST_USE;

#endif
