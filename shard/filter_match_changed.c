/* "changed": what a path leads to in the two images of a record. */
#include "shard/filter_program.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

/* The attribute's value, typed, where the path leads; empty: nowhere. */
static struct slice find_attribute(const struct filter_match *match, struct slice image,
                                   const struct filter_run *path)
{
    struct slice names = image; /* an object of attributes by name */
    struct slice value = {.at = NULL};
    for (uint32_t i = 0; i < path->count; i++) {
        const struct filter_step *step = &match->pattern->steps[path->first + i];
        if (i > 0) {
            names = filter_walk_find(value, slice_of_text(step->index >= 0 ? "L" : "M"));
        }
        if (step->index < 0) {
            value = filter_walk_find(names, step->name);
            continue;
        }
        struct filter_walk walk;
        filter_walk_begin(&walk, names);
        for (int64_t index = 0; index <= step->index; index++) {
            if (filter_walk_kind(names) != '[' || !filter_walk_element(&walk, &value)) {
                value = slice_of(NULL, 0);
                break;
            }
        }
    }
    return value;
}

static bool same_value(struct filter_match *match, struct slice left, struct slice right, struct slice type);

static size_t count_values(struct slice container, bool members)
{
    struct filter_walk walk;
    struct slice name_raw;
    struct slice value;
    size_t count = 0;
    filter_walk_begin(&walk, container);
    while (members ? filter_walk_member(&walk, &name_raw, &value) : filter_walk_element(&walk, &value)) {
        count++;
    }
    return count;
}

/* The value of an object's member, whose name is raw here. */
static struct slice find_raw(struct slice object, struct slice wanted_raw)
{
    struct filter_walk walk;
    struct slice name_raw;
    struct slice value;
    filter_walk_begin(&walk, object);
    while (filter_walk_member(&walk, &name_raw, &value)) {
        if (filter_text_same(name_raw, wanted_raw)) {
            return value;
        }
    }
    return slice_of(NULL, 0);
}

/* Members stand in any order. */
static bool same_objects(struct filter_match *match, struct slice left, struct slice right)
{
    struct filter_walk walk;
    struct slice name_raw;
    struct slice value;
    filter_walk_begin(&walk, left);
    while (filter_walk_member(&walk, &name_raw, &value)) {
        if (!filter_spend(match, right.length) ||
            !same_value(match, value, find_raw(right, name_raw), name_raw)) {
            return false;
        }
    }
    return count_values(left, true) == count_values(right, true);
}

static bool holds_element(struct filter_match *match, struct slice list, struct slice wanted,
                          struct slice type)
{
    struct filter_walk walk;
    struct slice element;
    filter_walk_begin(&walk, list);
    while (filter_walk_element(&walk, &element)) {
        if (same_value(match, element, wanted, type)) {
            return true;
        }
    }
    return false;
}

/* The elements of a set are unequal to each other and stand in any order. */
static bool same_sets(struct filter_match *match, struct slice left, struct slice right, struct slice type)
{
    struct filter_walk walk;
    struct slice element;
    filter_walk_begin(&walk, left);
    while (filter_walk_element(&walk, &element)) {
        if (!filter_spend(match, right.length) || !holds_element(match, right, element, type)) {
            return false;
        }
    }
    return count_values(left, false) == count_values(right, false);
}

static bool same_lists(struct filter_match *match, struct slice left, struct slice right)
{
    struct filter_walk left_walk;
    struct filter_walk right_walk;
    struct slice left_element;
    struct slice right_element;
    filter_walk_begin(&left_walk, left);
    filter_walk_begin(&right_walk, right);
    for (;;) {
        bool has_left = filter_walk_element(&left_walk, &left_element);
        bool has_right = filter_walk_element(&right_walk, &right_element);
        if (!has_left || !has_right) {
            return has_left == has_right;
        }
        if (!same_value(match, left_element, right_element, slice_of(NULL, 0))) {
            return false;
        }
    }
}

static bool same_texts(struct slice left, struct slice right, struct slice type)
{
    struct filter_number left_number;
    struct filter_number right_number;
    struct slice left_raw = filter_walk_inside(left);
    struct slice right_raw = filter_walk_inside(right);
    if (type.length > 0 && type.at[0] == 'N' && filter_number_parse(left_raw, &left_number) &&
        filter_number_parse(right_raw, &right_number)) {
        return filter_number_compare(&left_number, &right_number) == 0;
    }
    return filter_text_same(left_raw, right_raw);
}

/* `type` is the name of the member that holds the two ("N", "SS"), or empty. */
static bool same_value(struct filter_match *match, struct slice left, struct slice right, struct slice type)
{
    char kind = filter_walk_kind(left);
    if (left.length == right.length && (left.length == 0 || memcmp(left.at, right.at, left.length) == 0)) {
        return true;
    }
    if (kind != filter_walk_kind(right) || !filter_spend(match, left.length + right.length)) {
        return false;
    }
    switch (kind) {
    case '"':
        return same_texts(left, right, type);
    case '{':
        return same_objects(match, left, right);
    case '[':
        return type.length == 2 && type.at[1] == 'S' ? same_sets(match, left, right, type)
                                                     : same_lists(match, left, right);
    default:
        return false;
    }
}

bool filter_match_changed(struct filter_match *match, const struct filter_node *node)
{
    for (uint32_t i = 0; i < node->changed.count; i++) {
        const struct filter_run *path = &match->pattern->paths[node->changed.first + i];
        if (!filter_spend(match, match->record->old_image.length + match->record->new_image.length)) {
            return false;
        }
        struct slice before = find_attribute(match, match->record->old_image, path);
        struct slice after = find_attribute(match, match->record->new_image, path);
        if (!same_value(match, before, after, slice_of(NULL, 0))) {
            return true;
        }
    }
    return false;
}
