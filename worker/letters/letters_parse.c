#include "worker/letters/letters_parse.h"

#include <stdio.h>

#include "aws/base64.h"
#include "aws/json.h"

/* Controls become spaces: it is printed. */
static void copy(const cJSON *tree, const char *name, char *target, size_t size)
{
    struct slice text = json_text(tree, name);
    size_t length = text.length < size ? text.length : size - 1;
    while (length > 0 && length < text.length && ((unsigned char)text.at[length] & 0xc0) == 0x80) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        target[i] = c < ' ' || c == 0x7f ? ' ' : text.at[i];
    }
    target[length] = '\0';
}

/* The bytes of the last member, "content", as they stand. No text before it can look so: its quotes would be
 * escaped. */
static bool find_content(struct slice text, struct slice *ret_content)
{
    static const char name[] = ",\"content\":";
    const char *at = memmem(text.at, text.length, name, sizeof name - 1);
    if (at == NULL || text.at[text.length - 1] != '}') {
        return false;
    }
    at += sizeof name - 1;
    *ret_content = slice_of(at, text.length - (size_t)(at - text.at) - 1);
    return true;
}

static struct status read_content(struct slice text, const cJSON *tree, bool is_line, struct bytes *content)
{
    struct slice encoded = json_text(tree, "content_base64");
    struct slice raw;
    if (encoded.at != NULL) {
        TRY(base64_decode(encoded, content));
    } else if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(tree, "content")) &&
               find_content(text, &raw)) {
        TRY(bytes_append_slice(content, raw));
    } else {
        return status_make(STATUS_CORRUPT, "the letter has no content");
    }
    bool ended = content->length > 0 && content->at[content->length - 1] == '\n';
    return is_line && !ended ? bytes_append_text(content, "\n") : status_ok();
}

static struct status read_tree(struct slice text, const cJSON *tree, struct letter_view *view,
                               struct bytes *content)
{
    const cJSON *attempts = cJSON_GetObjectItemCaseSensitive(tree, "attempts");
    struct slice kind = json_text(tree, "kind");
    view->is_line = slice_equals_text(kind, "line");
    if (!cJSON_IsObject(tree) || !cJSON_IsNumber(attempts) || json_text(tree, "reason").at == NULL ||
        json_text(tree, "shard").at == NULL || (!view->is_line && !slice_equals_text(kind, "record"))) {
        return status_make(STATUS_CORRUPT, "it is no dead letter");
    }
    bool counts = attempts->valuedouble >= 0 && attempts->valuedouble < 1e9;
    view->attempts = counts ? (int64_t)attempts->valuedouble : 0;
    copy(tree, "ts", view->ts, sizeof view->ts);
    copy(tree, "shard", view->shard, sizeof view->shard);
    copy(tree, "seq", view->sequence, sizeof view->sequence);
    copy(tree, "reason", view->reason, sizeof view->reason);
    return content == NULL ? status_ok() : read_content(text, tree, view->is_line, content);
}

struct status letters_parse(struct slice text, struct letter_view *ret_view, struct bytes *ret_content)
{
    struct letter_view view = {.attempts = 0};
    cJSON *tree = NULL;
    while (text.length > 0 && (text.at[text.length - 1] == '\n' || text.at[text.length - 1] == '\r')) {
        text.length--;
    }
    if (ret_content != NULL) {
        bytes_clear(ret_content);
    }
    struct status status = json_parse(text, &tree);
    if (status_is_ok(&status)) {
        status = read_tree(text, tree, &view, ret_content);
    }
    cJSON_Delete(tree);
    if (!status_is_ok(&status)) {
        status.code = STATUS_CORRUPT;
        return status;
    }
    *ret_view = view;
    return status;
}
