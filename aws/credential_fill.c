#include "aws/credential_fill.h"

#include <stdarg.h>
#include <stdio.h>

#include "aws/json.h"
#include "aws/timestamp.h"

bool credential_text_is_visible(struct slice text, size_t most)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] <= ' ' || text.at[i] > '~') {
            return false;
        }
    }
    return text.length > 0 && text.length <= most;
}

static struct status take(struct slice text, const char *what, char *target, size_t size)
{
    if (text.length == 0) {
        return status_make(STATUS_INVALID, "the %s is empty", what);
    }
    if (!credential_text_is_visible(text, size - 1)) {
        return status_make(STATUS_INVALID,
                           "the %s has a space, a line end or another byte that cannot be sent, or is over "
                           "%zu bytes",
                           what, size - 1);
    }
    memcpy(target, text.at, text.length);
    target[text.length] = '\0';
    return status_ok();
}

struct status credential_fill(struct credentials *target, struct slice key, struct slice secret,
                              struct slice token)
{
    TRY(take(key, "access key id", target->access_key_id, sizeof(target->access_key_id)));
    TRY(take(secret, "secret access key", target->secret_access_key, sizeof(target->secret_access_key)));
    target->session_token[0] = '\0';
    if (token.length > 0) {
        TRY(take(token, "session token", target->session_token, sizeof(target->session_token)));
    }
    target->expires_wall_ms = CREDENTIALS_NEVER;
    return status_ok();
}

void credential_name_source(struct credentials *target, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(target->source, sizeof(target->source), format, arguments);
    va_end(arguments);
}

static struct status fill_from_tree(struct credentials *target, const cJSON *tree,
                                    const struct credential_json_form *form)
{
    struct slice token = json_text(tree, form->token_key);
    struct slice expiration = json_text(tree, "Expiration");
    if (!cJSON_IsObject(tree)) {
        return status_make(STATUS_CORRUPT, "the answer is no JSON object");
    }
    if (form->is_temporary && (token.length == 0 || expiration.length == 0)) {
        return status_make(STATUS_CORRUPT, "the answer has no %s",
                           token.length == 0 ? form->token_key : "Expiration");
    }
    struct status status =
        credential_fill(target, json_text(tree, "AccessKeyId"), json_text(tree, "SecretAccessKey"), token);
    if (!status_is_ok(&status)) {
        status.code = STATUS_CORRUPT;
        return status_prefix(status, "in the answer");
    }
    if (expiration.length > 0 && !timestamp_parse_iso(expiration, &target->expires_wall_ms)) {
        return status_make(STATUS_CORRUPT, "the answer's Expiration is no time such as 2026-11-23T10:00:00Z");
    }
    return status_ok();
}

void credential_tree_wipe(cJSON *tree)
{
    for (cJSON *member = tree == NULL ? NULL : tree->child; member != NULL; member = member->next) {
        if (cJSON_IsString(member)) {
            memory_wipe(member->valuestring, strlen(member->valuestring));
        }
    }
    cJSON_Delete(tree);
}

struct status credential_fill_from_json(struct credentials *target, struct slice body,
                                        const struct credential_json_form *form)
{
    cJSON *tree = NULL;
    struct status status = json_parse(body, &tree);
    if (!status_is_ok(&status)) {
        return status_make(STATUS_CORRUPT, "the answer is no JSON");
    }
    status = fill_from_tree(target, tree, form);
    credential_tree_wipe(tree);
    return status;
}

void credential_reply_wipe(struct http_reply *reply)
{
    bytes_wipe(&reply->body);
    http_reply_free(reply);
}
