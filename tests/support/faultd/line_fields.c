#include "tests/support/faultd/tracker.h"

/* The end of the string that starts behind the quote at `at`; `end` when it has none. */
static const char *string_end(const char *at, const char *end)
{
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL) {
            return end;
        }
        const char *back = quote;
        while (back > at && back[-1] == '\\') {
            back--;
        }
        if ((quote - back) % 2 == 0) {
            return quote;
        }
        at = quote + 1;
    }
    return end;
}

static struct slice *field_of(struct line_fields *fields, struct slice name)
{
    switch (name.length) {
    case 5:
        return memcmp(name.at, "shard", 5) == 0 ? &fields->shard : NULL;
    case 3:
        return memcmp(name.at, "seq", 3) == 0 ? &fields->sequence : NULL;
    case 8:
        return memcmp(name.at, "event_id", 8) == 0 ? &fields->event_id : NULL;
    case 2:
        return memcmp(name.at, "op", 2) == 0 ? &fields->operation : NULL;
    default:
        return NULL;
    }
}

static bool is_whole(const struct line_fields *fields)
{
    return fields->shard.at != NULL && fields->sequence.at != NULL && fields->event_id.at != NULL &&
           fields->operation.at != NULL;
}

void line_fields_read(struct slice line, struct line_fields *ret_fields)
{
    struct line_fields fields = {0};
    const char *at = line.at, *end = line.at + line.length;
    int depth = 0;
    bool name_next = false;
    struct slice *target = NULL;
    for (; at < end && !is_whole(&fields); at++) {
        if (*at == '{' || *at == '[') {
            depth++;
            name_next = depth == 1;
        } else if (*at == '}' || *at == ']') {
            depth--;
        } else if (*at == ',') {
            name_next = depth == 1;
        } else if (*at == '"') {
            const char *close = string_end(at + 1, end);
            struct slice text = slice_of(at + 1, (size_t)(close - at - 1));
            if (depth == 1 && name_next) {
                target = field_of(&fields, text);
                name_next = false;
            } else if (depth == 1 && target != NULL) {
                *target = text;
                target = NULL;
            }
            at = close;
        }
    }
    *ret_fields = fields;
}
