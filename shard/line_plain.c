#include "shard/line_plain.h"

#include "shard/attribute.h"
#include "shard/decode_text.h"

/* A number has 38 digits, a sign, a point and an exponent. */
enum { NUMBER_BYTES = 64 };

static char *put(char *at, struct slice text)
{
    memcpy(at, text.at, text.length);
    return at + text.length;
}

/* Copies the value at the cursor. NULL: there is none. */
static char *put_as_is(char *at, struct decode_cursor *cursor)
{
    struct slice value;
    return decode_cursor_value(cursor, &value) ? put(at, value) : NULL;
}

static bool is_json_number(struct slice text)
{
    struct decode_cursor cursor = {.at = text.at, .end = text.at + text.length};
    char first = decode_cursor_peek(&cursor);
    struct slice value;
    return (first == '-' || (first >= '0' && first <= '9')) && decode_cursor_value(&cursor, &value) &&
           cursor.at == cursor.end;
}

/* The functions from here on write the content at the cursor, of one type, and return the end, or NULL when it
 * is not of that type. */

static char *put_string(char *at, struct decode_cursor *cursor)
{
    return decode_cursor_peek(cursor) == '"' ? put_as_is(at, cursor) : NULL;
}

static char *put_number(char *at, struct decode_cursor *cursor)
{
    const char *start = cursor->at;
    struct slice text;
    if (!decode_cursor_string(cursor, &text)) {
        return NULL;
    }
    if (is_json_number(text)) {
        return put(at, text);
    }
    char plain[NUMBER_BYTES];
    size_t length;
    if (decode_text_unescape(text, plain, sizeof plain, &length) && is_json_number(slice_of(plain, length))) {
        return put(at, slice_of(plain, length));
    }
    return put(at, slice_of(start, (size_t)(cursor->at - start)));
}

static char *put_null(char *at, struct decode_cursor *cursor)
{
    struct slice value;
    return decode_cursor_value(cursor, &value) ? put(at, slice_of_text("null")) : NULL;
}

static char *put_array(char *at, struct decode_cursor *cursor,
                       char *(*put_element)(char *at, struct decode_cursor *cursor))
{
    bool first = true;
    *at++ = '[';
    for (;;) {
        bool glue = !first;
        enum decode_step step = decode_cursor_element(cursor, &first);
        if (step != DECODE_STEP_ITEM) {
            *at++ = ']';
            return step == DECODE_STEP_END ? at : NULL;
        }
        if (glue) {
            *at++ = ',';
        }
        at = put_element(at, cursor);
        if (at == NULL) {
            return NULL;
        }
    }
}

static char *put_strings(char *at, struct decode_cursor *cursor)
{
    return put_array(at, cursor, put_string);
}

static char *put_numbers(char *at, struct decode_cursor *cursor)
{
    return put_array(at, cursor, put_number);
}

static char *put_value(char *at, struct decode_cursor *cursor);

static char *put_list(char *at, struct decode_cursor *cursor)
{
    return put_array(at, cursor, put_value);
}

static char *put_map(char *at, struct decode_cursor *cursor)
{
    bool first = true;
    *at++ = '{';
    for (;;) {
        bool glue = !first;
        struct slice name;
        enum decode_step step = decode_cursor_raw_member(cursor, &first, &name);
        if (step != DECODE_STEP_ITEM) {
            *at++ = '}';
            return step == DECODE_STEP_END ? at : NULL;
        }
        if (glue) {
            *at++ = ',';
        }
        *at++ = '"';
        at = put(at, name);
        *at++ = '"';
        *at++ = ':';
        at = put_value(at, cursor);
        if (at == NULL) {
            return NULL;
        }
    }
}

/* An attribute's value, or anything else as it came. A value holds values no deeper than the decoder lets
 * through (DECODE_NESTING). */
static char *put_value(char *at, struct decode_cursor *cursor)
{
    static char *(*const put_content[ATTRIBUTE_OTHER])(char *at, struct decode_cursor *cursor) = {
        [ATTRIBUTE_S] = put_string,   [ATTRIBUTE_N] = put_number,   [ATTRIBUTE_B] = put_string,
        [ATTRIBUTE_BOOL] = put_as_is, [ATTRIBUTE_NULL] = put_null,  [ATTRIBUTE_SS] = put_strings,
        [ATTRIBUTE_NS] = put_numbers, [ATTRIBUTE_BS] = put_strings, [ATTRIBUTE_L] = put_list,
        [ATTRIBUTE_M] = put_map,
    };
    const char *start = cursor->at;
    enum attribute_type type = attribute_open(cursor);
    if (type != ATTRIBUTE_OTHER) {
        char *end = put_content[type](at, cursor);
        if (end != NULL && attribute_close(cursor)) {
            return end;
        }
    }
    cursor->at = start;
    return put_as_is(at, cursor);
}

char *line_plain_put(char *at, struct slice image)
{
    struct decode_cursor cursor = {.at = image.at, .end = image.at + image.length};
    char *end = put_map(at, &cursor);
    return end != NULL ? end : put(at, image);
}
