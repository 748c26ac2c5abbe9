#include "tests/support/faultd/role.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/tree.h"

static bool same(char one, char other, bool ignore_case)
{
    return ignore_case ? tolower((unsigned char)one) == tolower((unsigned char)other) : one == other;
}

bool role_matches(const char *pattern, const char *text, bool ignore_case)
{
    const char *star = NULL;
    const char *resume = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern != '\0' && (*pattern == '?' || same(*pattern, *text, ignore_case))) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

/* A member that is one text or a list of them. */
static bool any_matches(const cJSON *patterns, const char *text, bool ignore_case)
{
    const cJSON *entry = NULL;
    if (cJSON_IsString(patterns)) {
        return role_matches(patterns->valuestring, text, ignore_case);
    }
    cJSON_ArrayForEach(entry, patterns)
    {
        if (role_matches(entry->valuestring, text, ignore_case)) {
            return true;
        }
    }
    return false;
}

bool role_allows(const cJSON *policy, const char *action, const char *arn)
{
    const cJSON *statement = NULL;
    cJSON_ArrayForEach(statement, cJSON_GetObjectItemCaseSensitive(policy, "Statement"))
    {
        if (any_matches(cJSON_GetObjectItemCaseSensitive(statement, "Action"), action, true) &&
            any_matches(cJSON_GetObjectItemCaseSensitive(statement, "Resource"), arn, false)) {
            return true;
        }
    }
    return false;
}

static bool is_texts(const cJSON *member)
{
    const cJSON *entry = NULL;
    if (!cJSON_IsArray(member)) {
        return cJSON_IsString(member);
    }
    cJSON_ArrayForEach(entry, member)
    {
        if (!cJSON_IsString(entry)) {
            return false;
        }
    }
    return true;
}

static bool is_understood(const cJSON *statement)
{
    static const char *const known[] = {"Sid", "Effect", "Action", "Resource"};
    const char *effect = tree_text(statement, "Effect");
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, statement)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strcmp(member->string, known[i]) == 0;
        }
        if (!found) {
            return false;
        }
    }
    return effect != NULL && strcmp(effect, "Allow") == 0 &&
           is_texts(cJSON_GetObjectItemCaseSensitive(statement, "Action")) &&
           is_texts(cJSON_GetObjectItemCaseSensitive(statement, "Resource"));
}

static struct status check_policy(const cJSON *policy, const char *path)
{
    const cJSON *statements = cJSON_GetObjectItemCaseSensitive(policy, "Statement");
    const cJSON *statement = NULL;
    if (!cJSON_IsArray(statements)) {
        return status_make(STATUS_INVALID, "%s is no policy document with a list of statements", path);
    }
    cJSON_ArrayForEach(statement, statements)
    {
        if (!is_understood(statement)) {
            return status_make(STATUS_INVALID,
                               "%s: only Sid, Effect (Allow), Action and Resource are understood", path);
        }
    }
    return status_ok();
}

struct status role_open(struct role *role, const char *path)
{
    *role = (struct role){.policy = NULL};
    mutex_init(&role->lock);
    if (path == NULL) {
        return status_ok();
    }
    static char text[ROLE_FILE_BYTES];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return status_make(STATUS_INVALID, "cannot read %s", path);
    }
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    if (length == sizeof text) {
        return status_make(STATUS_INVALID, "%s is longer than %d bytes", path, ROLE_FILE_BYTES - 1);
    }
    role->policy = tree_parse(slice_of(text, length));
    return check_policy(role->policy, path);
}

void role_close(struct role *role)
{
    cJSON_Delete(role->policy);
    role->policy = NULL;
}

static void count_denial(struct role *role, const char *action, const char *arn)
{
    mutex_lock(&role->lock);
    size_t i = 0;
    while (i < role->denial_count &&
           (strcmp(role->denials[i].action, action) != 0 || strcmp(role->denials[i].arn, arn) != 0)) {
        i++;
    }
    if (i == ROLE_DENIALS) {
        i--;
    } else if (i == role->denial_count) {
        role->denials[i].calls = 0;
        snprintf(role->denials[i].action, sizeof role->denials[i].action, "%s", action);
        snprintf(role->denials[i].arn, sizeof role->denials[i].arn, "%s", arn);
        role->denial_count++;
    }
    role->denials[i].calls++;
    mutex_unlock(&role->lock);
}

bool role_check(struct role *role, const struct request *request, const char *region, struct reply *reply)
{
    char action[ROLE_ACTION_BYTES];
    char arn[ROLE_ARN_BYTES];
    if (role->policy == NULL || !role_name_call(request, region, action, arn) ||
        role_allows(role->policy, action, arn)) {
        return true;
    }
    count_denial(role, action, arn);
    reply_error(reply, request, 400, "AccessDeniedException",
                "User: arn:aws:sts::000000000000:assumed-role/penstock-task/worker is not authorized to "
                "perform: %s on resource: %s because no identity-based policy allows the %s action",
                action, arn, action);
    return false;
}

cJSON *role_report(struct role *role)
{
    cJSON *list = cJSON_CreateArray();
    mutex_lock(&role->lock);
    for (size_t i = 0; i < role->denial_count; i++) {
        cJSON *entry = tree_append(list, cJSON_CreateObject());
        tree_add_text(entry, "action", role->denials[i].action);
        tree_add_text(entry, "resource", role->denials[i].arn);
        tree_add_integer(entry, "calls", role->denials[i].calls);
    }
    mutex_unlock(&role->lock);
    return list;
}

void role_forget(struct role *role)
{
    mutex_lock(&role->lock);
    role->denial_count = 0;
    mutex_unlock(&role->lock);
}
