/* The texts that patterns come in. */
#include <stdlib.h>

#include "shard/decode_text.h"
#include "shard/filter_set.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

/* "line 2, " where it is not the first. */
static struct status bad_json(struct slice text, const struct decode_cursor *cursor)
{
    size_t column = 1;
    size_t line = 1;
    for (const char *at = text.at; at < cursor->at; at++) {
        column = *at == '\n' ? 1 : column + ((*at & 0xC0) != 0x80);
        line += *at == '\n';
    }
    return status_make(STATUS_INVALID, "not JSON at line %zu, column %zu: %s", line, column, cursor->error);
}

/* The JSON value that `*text` begins with, and moves *text behind it and the white space there. */
static struct status take_value(struct slice *text, struct slice *ret_value)
{
    struct decode_cursor cursor = {.at = text->at, .end = text->at + text->length};
    struct slice value = {.at = NULL};
    if (!decode_cursor_value(&cursor, &value)) {
        return bad_json(*text, &cursor);
    }
    decode_cursor_space(&cursor);
    *ret_value = value;
    *text = slice_of(cursor.at, (size_t)(cursor.end - cursor.at));
    return status_ok();
}

static struct slice skip_space(struct slice text)
{
    if (text.length == 0) {
        return text;
    }
    struct decode_cursor cursor = {.at = text.at, .end = text.at + text.length};
    decode_cursor_space(&cursor);
    return slice_of(cursor.at, (size_t)(cursor.end - cursor.at));
}

static struct status add_one(struct filter *filter, struct slice whole, struct slice text)
{
    if (filter->count == FILTER_PATTERNS_MOST) {
        return status_make(STATUS_INVALID, "over %d patterns", FILTER_PATTERNS_MOST);
    }
    TRY(filter_compile(whole, text, &filter->patterns[filter->count]));
    filter->count++;
    return status_ok();
}

/* A pattern inside a JSON string, as FilterCriteria has it. */
static struct status add_quoted(struct filter *filter, struct slice string)
{
    struct slice raw = filter_walk_inside(string);
    char *text = malloc(raw.length + 1);
    size_t length = 0;
    if (text == NULL) {
        return status_no_memory("a filter pattern", raw.length);
    }
    struct slice value = {.at = NULL};
    struct status status;
    if (!decode_text_unescape(raw, text, raw.length + 1, &length)) {
        length = 0;
    }
    struct slice rest = skip_space(slice_of(text, length));
    status = take_value(&rest, &value);
    if (status_is_ok(&status)) {
        status = rest.length > 0 ? status_make(STATUS_INVALID, "something stands behind the pattern")
                                 : add_one(filter, slice_of(text, length), value);
    }
    free(text);
    return status;
}

/* {"Pattern": "..."} of a FilterCriteria, a pattern as a text, or a pattern. */
static struct status add_element(struct filter *filter, struct slice whole, struct slice element,
                                 bool criteria)
{
    if (criteria) {
        element = filter_walk_find(element, slice_of_text("Pattern"));
        if (filter_walk_kind(element) != '"') {
            return status_make(STATUS_INVALID, "no text \"Pattern\" in it, as a FilterCriteria has");
        }
    }
    return filter_walk_kind(element) == '"' ? add_quoted(filter, element) : add_one(filter, whole, element);
}

static struct status add_list(struct filter *filter, struct slice whole, struct slice list, bool criteria)
{
    struct filter_walk walk;
    struct slice element;
    size_t count = 0;
    filter_walk_begin(&walk, list);
    while (filter_walk_element(&walk, &element)) {
        count++;
        TRY(status_prefix(add_element(filter, whole, element, criteria), "pattern %zu", count));
    }
    return count > 0 ? status_ok() : status_make(STATUS_INVALID, "the list of patterns is empty");
}

static struct status add_value(struct filter *filter, struct slice whole, struct slice value)
{
    struct slice criteria = filter_walk_find(value, slice_of_text("FilterCriteria"));
    struct slice filters = filter_walk_find(criteria.length > 0 ? criteria : value, slice_of_text("Filters"));
    if (filter_walk_kind(value) == '{' && filter_walk_kind(filters) == '[') {
        return add_list(filter, whole, filters, true);
    }
    if (filter_walk_kind(value) == '[') {
        return add_list(filter, whole, value, false);
    }
    return add_one(filter, whole, value);
}

static struct status add_all(struct filter *filter, struct slice text)
{
    struct slice rest = skip_space(text);
    if (rest.length == 0) {
        return status_make(STATUS_INVALID, "no pattern is there");
    }
    for (size_t number = 1; rest.length > 0; number++) {
        struct slice whole = rest;
        struct slice value = {.at = NULL};
        struct status status = take_value(&rest, &value);
        if (status_is_ok(&status)) {
            status = add_value(filter, whole, value);
        }
        if (!status_is_ok(&status)) {
            return number == 1 && rest.length == 0 ? status : status_prefix(status, "pattern %zu", number);
        }
    }
    return status_ok();
}

struct status filter_add(struct filter *filter, struct slice text)
{
    size_t before = filter->count;
    struct status status = add_all(filter, text);
    while (!status_is_ok(&status) && filter->count > before) {
        filter->count--;
        filter_pattern_free(&filter->patterns[filter->count]);
    }
    return status;
}
