#include "worker/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "aws/json.h"
#include "shard/filter_walk.h"

enum { FILE_CEILING = 1024 * 1024, READ_STEP = 16 * 1024, PLACE_BYTES = 80, VALUE_BYTES = 32 };

static struct status read_all(int descriptor, const char *path, struct bytes *content)
{
    for (;;) {
        char step[READ_STEP];
        ssize_t got = read(descriptor, step, sizeof step);
        if (got == 0) {
            return status_ok();
        }
        if (got < 0 && errno != EINTR) {
            return status_errno(errno, "cannot read the file of --config, '%.120s'", path);
        }
        if (got > 0) {
            struct status status = bytes_append(content, step, (size_t)got);
            if (status.code == STATUS_TOO_LARGE) {
                return status_make(STATUS_INVALID, "the file of --config, '%.120s', is over 1 MiB", path);
            }
            TRY(status);
        }
    }
}

static struct status read_file(const char *path, struct bytes *content)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return status_errno(errno, "cannot open the file of --config, '%.120s'", path);
    }
    struct status status = read_all(descriptor, path, content);
    close(descriptor);
    return status;
}

/* JSON's value in the words that a flag would use; texts are borrowed from `member`, others written to
 * `buffer`. */
static bool value_text(const cJSON *member, char buffer[VALUE_BYTES], struct slice *ret_text)
{
    if (cJSON_IsString(member)) {
        *ret_text = slice_of_text(member->valuestring);
        return true;
    }
    if (cJSON_IsBool(member)) {
        *ret_text = slice_of_text(cJSON_IsTrue(member) ? "true" : "false");
        return true;
    }
    if (cJSON_IsNumber(member) && fabs(member->valuedouble) < 9e15) {
        /* A fraction keeps its point and is refused like any malformed number. */
        snprintf(buffer, VALUE_BYTES, "%.17g", member->valuedouble);
        *ret_text = slice_of_text(buffer);
        return true;
    }
    return false;
}

/* The texts of an array, joined as those of a flag given several times. False: it is no such array, or the setting
 * takes none. */
static bool join_array(const cJSON *member, char glue, struct bytes *joined)
{
    if (!cJSON_IsArray(member) || glue == '\0') {
        return false;
    }
    const cJSON *element;
    cJSON_ArrayForEach(element, member)
    {
        struct status status = status_ok();
        if (!cJSON_IsString(element)) {
            return false;
        }
        if (element != member->child) {
            status = bytes_append(joined, &glue, sizeof glue);
        }
        if (status_is_ok(&status)) {
            status = bytes_append_text(joined, element->valuestring);
        }
        if (!status_is_ok(&status)) {
            return false;
        }
    }
    return true;
}

/* Patterns may stand in the file as objects: as they are written there, since numbers lose digits in a tree. */
static bool find_patterns(const cJSON *member, char glue, struct slice content, struct slice *ret_text)
{
    if (glue != '\n' || !(cJSON_IsObject(member) || cJSON_IsArray(member))) {
        return false;
    }
    while (content.length > 0 && (unsigned char)*content.at <= ' ') {
        content = slice_of(content.at + 1, content.length - 1);
    }
    *ret_text = filter_walk_find(content, slice_of_text(member->string));
    return ret_text->length > 0;
}

static struct status unknown_key(const char *path, const char *key)
{
    const char *near = setting_suggest(slice_of_text(key));
    if (near == NULL) {
        return status_make(STATUS_INVALID, "unknown setting '%.60s' in '%.80s'", key, path);
    }
    return status_make(STATUS_INVALID, "unknown setting '%.60s' in '%.80s'; did you mean '%s'?", key, path,
                       near);
}

static struct status refuse_kind(enum setting_id id, const char *place)
{
    char allowed[SETTING_ALLOWED_BYTES];
    setting_describe_allowed(setting_of(id), allowed);
    return status_make(STATUS_INVALID, "%s: not a text, number or boolean%s; give %s", place,
                       setting_of(id)->glue == '\0' ? "" : " or array of texts", allowed);
}

static struct status set_member(const char *path, const cJSON *member, struct slice content,
                                bool seen[SETTING_COUNT], struct settings *settings)
{
    enum setting_id id;
    if (!setting_find(slice_of_text(member->string), &id)) {
        return unknown_key(path, member->string);
    }
    if (id == SETTING_CONFIG) {
        return status_make(STATUS_INVALID, "'%.80s' sets 'config': a file cannot name another file", path);
    }
    if (seen[id]) {
        return status_make(STATUS_INVALID, "'%.80s' sets '%s' twice", path, member->string);
    }
    seen[id] = true;
    char place[PLACE_BYTES];
    const char *tail = strlen(path) > 40 ? path + strlen(path) - 40 : path;
    snprintf(place, sizeof place, "'%s' in %s%s", member->string, tail == path ? "" : "...", tail);
    char buffer[VALUE_BYTES];
    struct slice text;
    struct bytes joined;
    bytes_init(&joined, FILE_CEILING);
    struct status status;
    if (value_text(member, buffer, &text) || find_patterns(member, setting_of(id)->glue, content, &text)) {
        status = settings_set(settings, id, text, SETTING_FROM_FILE, place);
    } else if (join_array(member, setting_of(id)->glue, &joined)) {
        status = settings_set(settings, id, bytes_slice(&joined), SETTING_FROM_FILE, place);
    } else {
        status = refuse_kind(id, place);
    }
    bytes_free(&joined);
    return status;
}

static struct status set_members(const char *path, const cJSON *tree, struct slice content,
                                 struct settings *settings)
{
    if (!cJSON_IsObject(tree)) {
        return status_make(STATUS_INVALID, "the file of --config, '%.120s', is not a JSON object", path);
    }
    bool seen[SETTING_COUNT] = {false};
    const cJSON *member;
    cJSON_ArrayForEach(member, tree)
    {
        TRY(set_member(path, member, content, seen, settings));
    }
    return status_ok();
}

struct status settings_read_file(const char *path, struct settings *settings)
{
    struct bytes content;
    bytes_init(&content, FILE_CEILING);
    cJSON *tree = NULL;
    struct status status;
    TRY_GOTO(status, done, read_file(path, &content));
    status = json_parse(bytes_slice(&content), &tree);
    if (!status_is_ok(&status)) {
        status = status_prefix(status, "the file of --config, '%.120s', is not JSON", path);
        status.code = STATUS_INVALID;
        goto done;
    }
    status = set_members(path, tree, bytes_slice(&content), settings);
done:
    cJSON_Delete(tree);
    bytes_free(&content);
    return status;
}
