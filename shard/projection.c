#include "shard/projection.h"

#include <stdlib.h>

#include "shard/attribute.h"
#include "shard/decode_text.h"
#include "shard/projection_paths.h"

enum { KEY_NAMES = 2, KEY_NAME_BYTES = 255 }; /* of a table, as DynamoDB limits them */

struct projection {
    struct projection_paths include; /* no nodes: all */
    struct projection_paths exclude; /* no nodes: nothing */
};

/* What the paths say about a place in an item. */
struct view {
    const struct projection_node *include; /* NULL: all that is here lands */
    const struct projection_node *exclude; /* NULL: nothing that is here is left out */
};

enum verdict { VERDICT_DROP, VERDICT_WHOLE, VERDICT_PART };

/* The names of the item's key. */
struct key_names {
    struct slice at[KEY_NAMES];
    char plain[KEY_NAMES][KEY_NAME_BYTES];
    size_t count;
};

static struct status parse_setting(const char *text, const char *setting, struct projection_paths *ret_paths)
{
    return text == NULL
               ? status_ok()
               : status_prefix(projection_paths_parse(slice_of_text(text), ret_paths), "%s", setting);
}

/* Refuses an excluded path that names an included one, or what holds it: nothing would be left of that. */
static struct status check_both(const struct projection_node *include, const struct projection_node *exclude,
                                const char *text)
{
    for (const struct projection_node *node = include->child; node != NULL; node = node->next) {
        const struct projection_node *same = projection_find_same(exclude, node);
        if (same == NULL) {
            continue;
        }
        if (same->whole) {
            return status_prefix(projection_complain(slice_of_text(text), same->offset,
                                                     "this leaves nothing of a path that is included"),
                                 "--exclude-attributes");
        }
        TRY(check_both(node, same, text)); /* at most PROJECTION_DEPTH deep */
    }
    return status_ok();
}

struct status projection_create(const char *include, const char *exclude, struct projection **ret_projection)
{
    if (include == NULL && exclude == NULL) {
        *ret_projection = NULL;
        return status_ok();
    }
    struct projection *projection = calloc(1, sizeof *projection);
    if (projection == NULL) {
        return status_no_memory("a projection", sizeof *projection);
    }
    struct status status;
    TRY_GOTO(status, fail, parse_setting(include, "--include-attributes", &projection->include));
    TRY_GOTO(status, fail, parse_setting(exclude, "--exclude-attributes", &projection->exclude));
    if (include != NULL && exclude != NULL) {
        TRY_GOTO(status, fail, check_both(projection->include.nodes, projection->exclude.nodes, exclude));
    }
    *ret_projection = projection;
    return status_ok();
fail:
    projection_destroy(projection);
    return status;
}

void projection_destroy(struct projection *projection)
{
    if (projection != NULL) {
        projection_paths_free(&projection->include);
        projection_paths_free(&projection->exclude);
        free(projection);
    }
}

static void read_key_names(struct slice keys, struct key_names *names)
{
    struct decode_cursor cursor = {.at = keys.at, .end = keys.at + keys.length};
    bool first = true;
    struct slice raw;
    struct slice value;
    names->count = 0;
    while (names->count < KEY_NAMES && decode_cursor_raw_member(&cursor, &first, &raw) == DECODE_STEP_ITEM &&
           decode_cursor_value(&cursor, &value)) {
        size_t length;
        if (decode_text_unescape(raw, names->plain[names->count], KEY_NAME_BYTES, &length)) {
            names->at[names->count] = slice_of(names->plain[names->count], length);
            names->count++;
        }
    }
}

static bool is_key(const struct key_names *keys, struct slice raw)
{
    for (size_t i = 0; keys != NULL && i < keys->count; i++) {
        if (decode_text_equals(raw, keys->at[i].at, keys->at[i].length)) {
            return true;
        }
    }
    return false;
}

/* What becomes of the value for which the trees have these nodes (NULL: none), and what they say of its inside. */
static enum verdict decide(const struct view *view, const struct projection_node *include,
                           const struct projection_node *exclude, struct view *ret_inside)
{
    *ret_inside = (struct view){.include = NULL};
    if (view->include != NULL) {
        if (include == NULL) {
            return VERDICT_DROP;
        }
        ret_inside->include = include->whole ? NULL : include;
    }
    if (exclude != NULL) {
        if (exclude->whole) {
            return VERDICT_DROP;
        }
        ret_inside->exclude = exclude;
    }
    return ret_inside->include == NULL && ret_inside->exclude == NULL ? VERDICT_WHOLE : VERDICT_PART;
}

static enum verdict decide_name(const struct view *view, struct slice raw, struct view *ret_inside)
{
    return decide(view, view->include == NULL ? NULL : projection_find_name(view->include, raw),
                  view->exclude == NULL ? NULL : projection_find_name(view->exclude, raw), ret_inside);
}

static enum verdict decide_index(const struct view *view, size_t index, struct view *ret_inside)
{
    return decide(view, view->include == NULL ? NULL : projection_find_index(view->include, index),
                  view->exclude == NULL ? NULL : projection_find_index(view->exclude, index), ret_inside);
}

static char *put(char *at, struct slice text)
{
    memcpy(at, text.at, text.length);
    return at + text.length;
}

/* The functions from here on pass over the value at the cursor, write what lands of it and return the end;
 * NULL: nothing of it lands. */

static char *put_part(char *at, struct decode_cursor *cursor, const struct view *view);

static char *put_value(char *at, struct decode_cursor *cursor, enum verdict verdict,
                       const struct view *inside)
{
    if (verdict == VERDICT_PART) {
        return put_part(at, cursor, inside);
    }
    struct slice value;
    return decode_cursor_value(cursor, &value) && verdict == VERDICT_WHOLE ? put(at, value) : NULL;
}

static char *put_members(char *at, struct decode_cursor *cursor, const struct view *view,
                         const struct key_names *keys)
{
    bool first = true;
    char *start = at;
    struct slice raw;
    *at++ = '{';
    while (decode_cursor_raw_member(cursor, &first, &raw) == DECODE_STEP_ITEM) {
        struct view inside;
        enum verdict verdict = decide_name(view, raw, &inside);
        if (verdict != VERDICT_WHOLE && is_key(keys, raw)) {
            verdict = VERDICT_WHOLE;
        }
        char *member = at;
        if (at - start > 1) {
            *at++ = ',';
        }
        *at++ = '"';
        at = put(at, raw);
        at = put(at, slice_of("\":", 2));
        char *end = put_value(at, cursor, verdict, &inside);
        at = end != NULL ? end : member;
    }
    bool nothing = at - start == 1 && view->include != NULL && keys == NULL;
    *at++ = '}';
    return nothing ? NULL : at;
}

static char *put_elements(char *at, struct decode_cursor *cursor, const struct view *view)
{
    bool first = true;
    char *start = at;
    *at++ = '[';
    for (size_t index = 0; decode_cursor_element(cursor, &first) == DECODE_STEP_ITEM; index++) {
        struct view inside;
        enum verdict verdict = decide_index(view, index, &inside);
        char *element = at;
        if (at - start > 1) {
            *at++ = ',';
        }
        char *end = put_value(at, cursor, verdict, &inside);
        at = end != NULL ? end : element;
    }
    bool nothing = at - start == 1 && view->include != NULL;
    *at++ = ']';
    return nothing ? NULL : at;
}

/* The inside of a map or list, with its type around it. False: the value is neither. */
static bool put_container(char *at, struct decode_cursor *cursor, const struct view *view, char **ret_end)
{
    enum attribute_type type = attribute_open(cursor);
    char *end = NULL;
    if (type == ATTRIBUTE_M) {
        end = put_members(put(at, slice_of_text("{\"M\":")), cursor, view, NULL);
    } else if (type == ATTRIBUTE_L) {
        end = put_elements(put(at, slice_of_text("{\"L\":")), cursor, view);
    } else {
        return false;
    }
    if (!attribute_close(cursor)) {
        return false;
    }
    *ret_end = end == NULL ? NULL : put(end, slice_of("}", 1));
    return true;
}

static char *put_part(char *at, struct decode_cursor *cursor, const struct view *view)
{
    const char *start = cursor->at;
    char *end;
    if (put_container(at, cursor, view, &end)) {
        return end;
    }
    cursor->at = start;
    return put_value(at, cursor, view->include == NULL ? VERDICT_WHOLE : VERDICT_DROP, NULL);
}

char *projection_put(char *at, const struct projection *projection, struct slice keys, struct slice image)
{
    struct key_names names;
    read_key_names(keys, &names);
    const struct view view = {.include = projection->include.nodes, .exclude = projection->exclude.nodes};
    struct decode_cursor cursor = {.at = image.at, .end = image.at + image.length};
    return put_members(at, &cursor, &view, &names);
}
