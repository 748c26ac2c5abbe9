/* What the caller's role may do: an IAM policy of Allow statements with actions and resource ARNs, wildcards
 * included (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html). */
#ifndef PENSTOCK_FAULTD_ROLE_H
#define PENSTOCK_FAULTD_ROLE_H

#include <cjson/cJSON.h>

#include "base/bytes.h"
#include "base/thread.h"
#include "tests/support/faultd/message.h"

enum { ROLE_DENIALS = 64, ROLE_ACTION_BYTES = 96, ROLE_ARN_BYTES = 512, ROLE_FILE_BYTES = 64 * 1024 };

struct role_denial {
    char action[ROLE_ACTION_BYTES];
    char arn[ROLE_ARN_BYTES];
    uint64_t calls;
};

struct role {
    cJSON *policy; /* NULL: there is no role, everything is allowed. Not changed after role_open */
    struct mutex lock;
    struct role_denial denials[ROLE_DENIALS] GUARDED_BY(lock); /* the last takes what is over */
    size_t denial_count GUARDED_BY(lock);
};

/* Reads the policy document; NULL makes a role that may do everything. What it would not enforce as AWS does
 * (Deny, Condition, NotAction, ...) is refused. */
struct status role_open(struct role *role, const char *path) MUST_USE;
void role_close(struct role *role);

/* '*' is any text, '?' any one character. */
bool role_matches(const char *pattern, const char *text, bool ignore_case) MUST_USE;
/* Pure. */
bool role_allows(const cJSON *policy, const char *action, const char *arn) MUST_USE;

/* The IAM action and the ARN of the resource of a call: false where a role has no say (STS: the caller of
 * AssumeRole is not in the role yet) or the request names no resource (its handler answers that). */
bool role_name_call(const struct request *request, const char *region, char ret_action[ROLE_ACTION_BYTES],
                    char ret_arn[ROLE_ARN_BYTES]) MUST_USE;

/* True when the call may go on; else the reply is AWS's AccessDeniedException, and the denial is counted.
 * Any thread. */
bool role_check(struct role *role, const struct request *request, const char *region, struct reply *reply)
    MUST_USE EXCLUDES(role->lock);

/* [{"action","resource","calls"}]. Owned. */
cJSON *role_report(struct role *role) EXCLUDES(role->lock);
void role_forget(struct role *role) EXCLUDES(role->lock);

#endif
