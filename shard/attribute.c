#include "shard/attribute.h"

#include "shard/decode_text.h"

static enum attribute_type type_of_letter(char letter)
{
    switch (letter) {
    case 'S':
        return ATTRIBUTE_S;
    case 'N':
        return ATTRIBUTE_N;
    case 'B':
        return ATTRIBUTE_B;
    case 'L':
        return ATTRIBUTE_L;
    case 'M':
        return ATTRIBUTE_M;
    default:
        return ATTRIBUTE_OTHER;
    }
}

static enum attribute_type type_of_name(struct slice name)
{
    if (name.length == 1) {
        return type_of_letter(name.at[0]);
    }
    if (name.length == 2 && name.at[1] == 'S') {
        enum attribute_type element = type_of_letter(name.at[0]);
        return element == ATTRIBUTE_S   ? ATTRIBUTE_SS
               : element == ATTRIBUTE_N ? ATTRIBUTE_NS
               : element == ATTRIBUTE_B ? ATTRIBUTE_BS
                                        : ATTRIBUTE_OTHER;
    }
    if (name.length == 4) {
        return memcmp(name.at, "BOOL", 4) == 0   ? ATTRIBUTE_BOOL
               : memcmp(name.at, "NULL", 4) == 0 ? ATTRIBUTE_NULL
                                                 : ATTRIBUTE_OTHER;
    }
    return ATTRIBUTE_OTHER;
}

/* Each type's content begins with one byte, and of BOOL with one of two. */
static bool is_content(enum attribute_type type, char first)
{
    static const char firsts[ATTRIBUTE_OTHER] = {
        [ATTRIBUTE_S] = '"',    [ATTRIBUTE_N] = '"',  [ATTRIBUTE_B] = '"',  [ATTRIBUTE_BOOL] = 't',
        [ATTRIBUTE_NULL] = 't', [ATTRIBUTE_SS] = '[', [ATTRIBUTE_NS] = '[', [ATTRIBUTE_BS] = '[',
        [ATTRIBUTE_L] = '[',    [ATTRIBUTE_M] = '{',
    };
    return type != ATTRIBUTE_OTHER && (firsts[type] == first || (type == ATTRIBUTE_BOOL && first == 'f'));
}

enum attribute_type attribute_open(struct decode_cursor *cursor)
{
    bool first = true;
    struct slice name;
    if (decode_cursor_peek(cursor) != '{' ||
        decode_cursor_raw_member(cursor, &first, &name) != DECODE_STEP_ITEM) {
        return ATTRIBUTE_OTHER;
    }
    char plain[DECODE_NAME_BYTES];
    size_t length;
    if (name.length > 4 && decode_text_unescape(name, plain, sizeof plain, &length)) {
        name = slice_of(plain, length);
    }
    enum attribute_type type = type_of_name(name);
    return is_content(type, decode_cursor_peek(cursor)) ? type : ATTRIBUTE_OTHER;
}

bool attribute_close(struct decode_cursor *cursor)
{
    decode_cursor_space(cursor);
    if (decode_cursor_peek(cursor) != '}') {
        return false;
    }
    cursor->at++;
    return true;
}
