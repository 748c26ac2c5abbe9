#include "shard/decode_cursor.h"

#include "shard/decode_string.h"
#include "shard/decode_text.h"
#include "shard/decode_usual.h"

bool decode_cursor_fail(struct decode_cursor *cursor, const char *error)
{
    cursor->error = error;
    return false;
}

void decode_cursor_space_found(struct decode_cursor *cursor)
{
    for (; cursor->at < cursor->end; cursor->at++) {
        char byte = *cursor->at;
        if (byte == '\n' || byte == '\r') {
            cursor->line_break = true;
        } else if (byte != ' ' && byte != '\t') {
            return;
        }
    }
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool pass_digits(struct decode_cursor *cursor)
{
    if (!is_digit(decode_cursor_peek(cursor))) {
        return decode_cursor_fail(cursor, "not a number of JSON");
    }
    while (is_digit(decode_cursor_peek(cursor))) {
        cursor->at++;
    }
    return true;
}

static bool pass_number(struct decode_cursor *cursor)
{
    if (decode_cursor_peek(cursor) == '-') {
        cursor->at++;
    }
    if (decode_cursor_peek(cursor) == '0') {
        cursor->at++;
        if (is_digit(decode_cursor_peek(cursor))) {
            return decode_cursor_fail(cursor, "not a number of JSON");
        }
    } else if (!pass_digits(cursor)) {
        return false;
    }
    if (decode_cursor_peek(cursor) == '.') {
        cursor->at++;
        if (!pass_digits(cursor)) {
            return false;
        }
    }
    if (decode_cursor_peek(cursor) == 'e' || decode_cursor_peek(cursor) == 'E') {
        cursor->at++;
        if (decode_cursor_peek(cursor) == '+' || decode_cursor_peek(cursor) == '-') {
            cursor->at++;
        }
        return pass_digits(cursor);
    }
    return true;
}

static bool pass_literal(struct decode_cursor *cursor, const char *literal)
{
    size_t length = strlen(literal);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, literal, length) != 0) {
        return decode_cursor_fail(cursor, "a value was expected");
    }
    cursor->at += length;
    return true;
}

static bool pass_scalar(struct decode_cursor *cursor)
{
    struct slice text;
    switch (decode_cursor_peek(cursor)) {
    case '"':
        return decode_cursor_string(cursor, &text);
    case 't':
        return pass_literal(cursor, "true");
    case 'f':
        return pass_literal(cursor, "false");
    case 'n':
        return pass_literal(cursor, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return pass_number(cursor);
    default:
        return decode_cursor_fail(cursor, "a value was expected");
    }
}

/* Which of the open containers are objects, one bit each, the innermost lowest. */
struct nesting {
    uint64_t objects[(DECODE_NESTING + 63) / 64];
    unsigned depth;
};

static bool nesting_in_object(const struct nesting *nesting)
{
    unsigned top = nesting->depth - 1;
    return (nesting->objects[top / 64] >> (top % 64) & 1) != 0;
}

/* Passes over a comma, or over closing brackets until one is not followed by another. */
static bool pass_ends(struct decode_cursor *cursor, struct nesting *nesting)
{
    while (nesting->depth > 0) {
        decode_cursor_space(cursor);
        char byte = decode_cursor_peek(cursor);
        if (byte == ',') {
            cursor->at++;
            decode_cursor_space(cursor);
            return true;
        }
        if (byte != (nesting_in_object(nesting) ? '}' : ']')) {
            return decode_cursor_fail(cursor, "a comma or a closing bracket was expected");
        }
        cursor->at++;
        nesting->depth--;
    }
    return true;
}

/* Enters the container at the cursor; an empty one is passed over at once, with what ends behind it. */
static bool pass_opening(struct decode_cursor *cursor, struct nesting *nesting)
{
    if (nesting->depth == DECODE_NESTING) {
        return decode_cursor_fail(cursor, "nested too deep");
    }
    unsigned top = nesting->depth++;
    bool is_object = *cursor->at++ == '{';
    uint64_t bit = (uint64_t)1 << (top % 64);
    nesting->objects[top / 64] = (nesting->objects[top / 64] & ~bit) | (is_object ? bit : 0);
    decode_cursor_space(cursor);
    return decode_cursor_peek(cursor) != (is_object ? '}' : ']') || pass_ends(cursor, nesting);
}

static bool pass_name(struct decode_cursor *cursor, struct slice *ret_name, bool *ret_escaped)
{
    if (!decode_string_pass(cursor, ret_name, ret_escaped)) {
        return false;
    }
    decode_cursor_space(cursor);
    if (decode_cursor_peek(cursor) != ':') {
        return decode_cursor_fail(cursor, "a colon was expected");
    }
    cursor->at++;
    decode_cursor_space(cursor);
    return true;
}

/* Passes over one value inside a container and what ends behind it; a container is only entered. */
static bool pass_item(struct decode_cursor *cursor, struct nesting *nesting)
{
    char byte = decode_cursor_peek(cursor);
    return byte == '{' || byte == '[' ? pass_opening(cursor, nesting)
                                      : pass_scalar(cursor) && pass_ends(cursor, nesting);
}

static bool pass_container(struct decode_cursor *cursor)
{
    const char *behind = decode_usual_container(cursor->at, cursor->end);
    if (behind != NULL) {
        cursor->at = behind;
        return true;
    }
    struct nesting nesting = {.depth = 0};
    struct slice name;
    bool escaped;
    if (!pass_opening(cursor, &nesting)) {
        return false;
    }
    while (nesting.depth > 0) {
        if ((nesting_in_object(&nesting) && !pass_name(cursor, &name, &escaped)) ||
            !pass_item(cursor, &nesting)) {
            return false;
        }
    }
    return true;
}

bool decode_cursor_value(struct decode_cursor *cursor, struct slice *ret_value)
{
    const char *start = cursor->at;
    char byte = decode_cursor_peek(cursor);
    if (!(byte == '{' || byte == '[' ? pass_container(cursor) : pass_scalar(cursor))) {
        return false;
    }
    *ret_value = slice_of(start, (size_t)(cursor->at - start));
    return true;
}

/* Passes over what stands before the next item of the container: its opening bracket or a comma. */
static enum decode_step pass_to_item(struct decode_cursor *cursor, bool *first, char open, char close)
{
    decode_cursor_space(cursor);
    char byte = decode_cursor_peek(cursor);
    if (!*first && byte == close) {
        cursor->at++;
        return DECODE_STEP_END;
    }
    if (byte != (*first ? open : ',')) {
        decode_cursor_fail(cursor, *first ? "an object or array was expected"
                                          : "a comma or a closing bracket was expected");
        return DECODE_STEP_ERROR;
    }
    cursor->at++;
    decode_cursor_space(cursor);
    if (*first && decode_cursor_peek(cursor) == close) {
        cursor->at++;
        return DECODE_STEP_END;
    }
    *first = false;
    return DECODE_STEP_ITEM;
}

static inline enum decode_step pass_to_member(struct decode_cursor *cursor, bool *first,
                                              struct slice *ret_raw, bool *ret_escaped)
{
    enum decode_step step = pass_to_item(cursor, first, '{', '}');
    return step != DECODE_STEP_ITEM || pass_name(cursor, ret_raw, ret_escaped) ? step : DECODE_STEP_ERROR;
}

enum decode_step decode_cursor_raw_member(struct decode_cursor *cursor, bool *first, struct slice *ret_raw)
{
    bool escaped;
    return pass_to_member(cursor, first, ret_raw, &escaped);
}

enum decode_step decode_cursor_member(struct decode_cursor *cursor, bool *first,
                                      char plain[DECODE_NAME_BYTES], struct slice *ret_name)
{
    struct slice raw;
    bool escaped;
    enum decode_step step = pass_to_member(cursor, first, &raw, &escaped);
    if (step != DECODE_STEP_ITEM) {
        return step;
    }
    if (escaped) {
        size_t length = 0;
        raw = decode_text_unescape(raw, plain, DECODE_NAME_BYTES, &length) ? slice_of(plain, length)
                                                                           : slice_of(plain, 0);
    }
    *ret_name = raw;
    return DECODE_STEP_ITEM;
}

enum decode_step decode_cursor_element(struct decode_cursor *cursor, bool *first)
{
    return pass_to_item(cursor, first, '[', ']');
}
