#include "shard/filter_walk.h"

#include "base/json_scan.h"
#include "shard/filter_text.h"

/* Behind the string that begins at `at`. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; (at = json_scan(at, end)) < end; at++) {
        if (*at == '"') {
            return at + 1;
        }
        if (*at == '\\' && ++at == end) {
            break;
        }
    }
    return end;
}

/* Behind the object or array that begins at `at`. */
static const char *skip_container(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        switch (*at) {
        case '"':
            at = skip_string(at, end);
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0) {
                return at + 1;
            }
            break;
        default:
            break;
        }
        at++;
    }
    return end;
}

static const char *skip_scalar(const char *at, const char *end)
{
    while (at < end && *at != ',' && *at != '}' && *at != ']' && (unsigned char)*at > ' ') {
        at++;
    }
    return at;
}

static struct slice take_value(struct filter_walk *walk)
{
    const char *start = walk->at;
    char first = start < walk->end ? *start : '\0';
    walk->at = first == '"'                   ? skip_string(start, walk->end)
               : first == '{' || first == '[' ? skip_container(start, walk->end)
                                              : skip_scalar(start, walk->end);
    return slice_of(start, (size_t)(walk->at - start));
}

/* To the next token that is none of a comma, a colon and the container's end. False: the end. */
static bool pass_to_token(struct filter_walk *walk)
{
    while (walk->at < walk->end &&
           ((unsigned char)*walk->at <= ' ' || *walk->at == ',' || *walk->at == ':')) {
        walk->at++;
    }
    return walk->at < walk->end && *walk->at != '}' && *walk->at != ']';
}

void filter_walk_begin(struct filter_walk *walk, struct slice container)
{
    char kind = filter_walk_kind(container);
    bool enters = kind == '{' || kind == '[';
    *walk = (struct filter_walk){.at = NULL, .end = NULL};
    if (enters) {
        *walk = (struct filter_walk){.at = container.at + 1, .end = container.at + container.length};
    }
}

bool filter_walk_member(struct filter_walk *walk, struct slice *ret_name_raw, struct slice *ret_value)
{
    if (!pass_to_token(walk)) {
        return false;
    }
    struct slice name = take_value(walk);
    if (filter_walk_kind(name) != '"' || !pass_to_token(walk)) {
        walk->at = walk->end;
        return false;
    }
    *ret_name_raw = filter_walk_inside(name);
    *ret_value = take_value(walk);
    return true;
}

bool filter_walk_element(struct filter_walk *walk, struct slice *ret_value)
{
    if (!pass_to_token(walk)) {
        return false;
    }
    *ret_value = take_value(walk);
    return true;
}

struct slice filter_walk_find(struct slice object, struct slice name)
{
    struct filter_walk walk;
    struct slice name_raw;
    struct slice value;
    filter_walk_begin(&walk, object);
    while (filter_walk_kind(object) == '{' && filter_walk_member(&walk, &name_raw, &value)) {
        if (filter_text_equals(name_raw, name)) {
            return value;
        }
    }
    return slice_of(NULL, 0);
}
