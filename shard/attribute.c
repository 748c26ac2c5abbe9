#include "shard/attribute.h"

/* Each type's content begins with one byte, and of BOOL with one of two. */
static enum attribute_type type_of(struct slice name, char content)
{
    static const struct {
        char name[5];
        char content;
    } types[ATTRIBUTE_OTHER] = {
        [ATTRIBUTE_S] = {"S", '"'},       [ATTRIBUTE_N] = {"N", '"'},       [ATTRIBUTE_B] = {"B", '"'},
        [ATTRIBUTE_BOOL] = {"BOOL", 't'}, [ATTRIBUTE_NULL] = {"NULL", 't'}, [ATTRIBUTE_SS] = {"SS", '['},
        [ATTRIBUTE_NS] = {"NS", '['},     [ATTRIBUTE_BS] = {"BS", '['},     [ATTRIBUTE_L] = {"L", '['},
        [ATTRIBUTE_M] = {"M", '{'},
    };
    for (int type = 0; type < ATTRIBUTE_OTHER; type++) {
        if (slice_equals_text(name, types[type].name)) {
            bool fits = types[type].content == content || (type == ATTRIBUTE_BOOL && content == 'f');
            return fits ? (enum attribute_type)type : ATTRIBUTE_OTHER;
        }
    }
    return ATTRIBUTE_OTHER;
}

enum attribute_type attribute_open(struct decode_cursor *cursor)
{
    bool first = true;
    char plain[DECODE_NAME_BYTES];
    struct slice name;
    if (decode_cursor_peek(cursor) != '{' ||
        decode_cursor_member(cursor, &first, plain, &name) != DECODE_STEP_ITEM) {
        return ATTRIBUTE_OTHER;
    }
    return type_of(name, decode_cursor_peek(cursor));
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
