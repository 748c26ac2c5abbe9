#include "aws/json.h"

enum { NESTING_CEILING = 64 };

/* cJSON recurses by the depth of the text, on a small stack: so the depth is looked at first. */
static bool is_too_deep(struct slice text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > NESTING_CEILING) {
                return true;
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

struct status json_parse(struct slice text, cJSON **ret_tree)
{
    if (is_too_deep(text)) {
        return status_make(STATUS_CORRUPT, "the JSON is nested deeper than %d", NESTING_CEILING);
    }
    const char *end = text.at;
    cJSON *tree = text.length == 0 ? NULL : cJSON_ParseWithLengthOpts(text.at, text.length, &end, 0);
    size_t parsed = text.length == 0 ? 0 : (size_t)(end - text.at);
    while (tree != NULL && parsed < text.length && strchr(" \t\r\n", text.at[parsed]) != NULL &&
           text.at[parsed] != '\0') {
        parsed++;
    }
    if (tree == NULL || parsed < text.length) {
        cJSON_Delete(tree);
        return status_make(STATUS_CORRUPT, "the JSON is malformed at byte %zu of %zu", parsed, text.length);
    }
    *ret_tree = tree;
    return status_ok();
}

const cJSON *json_object(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsObject(member) ? member : NULL;
}

const cJSON *json_array(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsArray(member) ? member : NULL;
}

struct slice json_text(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(member) ? slice_of_text(member->valuestring) : slice_of(NULL, 0);
}

bool json_bool(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name)) != 0;
}

bool json_copy_text(const cJSON *object, const char *name, char *target, size_t size)
{
    struct slice text = json_text(object, name);
    return text.at != NULL && slice_copy_text(text, target, size);
}

/* The escape of a character below 0x20, '"' or '\\'. */
static struct status append_escaped(struct bytes *target, char c)
{
    switch (c) {
    case '"':
        return bytes_append_text(target, "\\\"");
    case '\\':
        return bytes_append_text(target, "\\\\");
    case '\n':
        return bytes_append_text(target, "\\n");
    case '\r':
        return bytes_append_text(target, "\\r");
    case '\t':
        return bytes_append_text(target, "\\t");
    default:
        return bytes_append_format(target, "\\u%04x", (unsigned)(unsigned char)c);
    }
}

struct status json_append_string(struct bytes *target, struct slice text)
{
    TRY(bytes_append_text(target, "\""));
    size_t plain = 0; /* where the run of plain characters began */
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if ((unsigned char)c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        TRY(bytes_append(target, text.at + plain, i - plain));
        TRY(append_escaped(target, c));
        plain = i + 1;
    }
    if (plain < text.length) {
        TRY(bytes_append(target, text.at + plain, text.length - plain));
    }
    return bytes_append_text(target, "\"");
}

struct status json_append_tree(struct bytes *target, const cJSON *tree)
{
    char *text = cJSON_PrintUnformatted(tree);
    if (text == NULL) {
        return status_make(STATUS_NO_MEMORY, "out of memory for a JSON text");
    }
    struct status status = bytes_append_text(target, text);
    cJSON_free(text);
    return status;
}
