/* "changed": paths to attributes, as DynamoDB writes document paths: price, address.city, lines[0].qty. A backslash
 * takes the meaning from a point, a bracket or another backslash that is part of a name. */
#include "shard/filter_compile.h"
#include "shard/filter_walk.h"

enum { INDEX_DIGITS = 9 };

static struct status bad_path(const struct filter_compiler *compiler, struct slice value)
{
    return filter_compile_fail(compiler, value.at,
                               "not a path to an attribute, such as price, address.city or lines[0].qty");
}

/* "[12]" at *at. */
static bool take_index(const char **at, const char *end, struct filter_step *ret_step)
{
    const char *close = memchr(*at, ']', (size_t)(end - *at));
    int64_t index;
    if (close == NULL) {
        return false;
    }
    struct slice digits = slice_of(*at + 1, (size_t)(close - *at - 1));
    if (digits.length == 0 || digits.length > INDEX_DIGITS || digits.at[0] == '-' ||
        !slice_parse_int64(digits, &index)) {
        return false;
    }
    *ret_step = (struct filter_step){.index = index};
    *at = close + 1;
    return true;
}

/* A name at *at, whose backslashes are removed in place. */
static bool take_name(const char **at, const char *end, char *target, struct filter_step *ret_step)
{
    size_t length = 0;
    while (*at < end && **at != '.' && **at != '[') {
        if (**at == '\\' && ++*at == end) {
            return false;
        }
        target[length++] = *(*at)++;
    }
    *ret_step = (struct filter_step){.name = slice_of(target, length), .index = -1};
    return length > 0;
}

static bool compile_path(struct filter_pattern *pattern, struct slice text)
{
    struct filter_run *path = &pattern->paths[pattern->path_count];
    const char *at = text.at;
    const char *end = text.at + text.length;
    *path = (struct filter_run){.first = pattern->step_count};
    do {
        struct filter_step *step = &pattern->steps[pattern->step_count];
        char *target = pattern->texts + (at - pattern->texts);
        bool is_index = path->count > 0 && at < end && *at == '[';
        bool taken = is_index ? take_index(&at, end, step) : take_name(&at, end, target, step);
        if (!taken) {
            return false;
        }
        pattern->step_count++;
        path->count++;
        if (at < end && *at == '.') {
            at++;
            if (at == end || *at == '[') {
                return false;
            }
        } else if (at < end && *at != '[') {
            return false;
        }
    } while (at < end);
    pattern->path_count++;
    return true;
}

struct status filter_compile_changed(struct filter_compiler *compiler, struct slice list,
                                     struct filter_node *node)
{
    struct filter_pattern *pattern = compiler->pattern;
    struct filter_walk walk;
    struct slice value;
    node->changed = (struct filter_run){.first = pattern->path_count};
    filter_walk_begin(&walk, list);
    while (filter_walk_kind(list) == '[' && filter_walk_element(&walk, &value)) {
        struct slice text = {.at = NULL};
        if (filter_walk_kind(value) == '"') {
            text = filter_compile_text(compiler, value);
        }
        if (text.length == 0 || !compile_path(pattern, text)) {
            return bad_path(compiler, value);
        }
        node->changed.count++;
    }
    if (node->changed.count == 0) {
        return filter_compile_fail(compiler, list.at,
                                   "changed takes a list of paths to attributes, such as [\"price\"]");
    }
    return status_ok();
}
