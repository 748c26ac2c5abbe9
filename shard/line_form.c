#include "shard/line_form.h"

#include "shard/decode_scan.h"
#include "shard/line_plain.h"

bool line_form_is_verbatim(const struct line_form *form)
{
    return form->format == LINE_TYPED && form->images == LINE_OBJECTS;
}

/* A text is at most twice as long as what it holds, and its quotes. */
static size_t text_bound(size_t length)
{
    return 2 * length + 2;
}

size_t line_form_bound(const struct line_form *form, size_t length)
{
    size_t bound = form->images == LINE_TEXTS ? text_bound(length) : length;
    return bound + (form->format == LINE_PLAIN ? length : 0);
}

/* Writes JSON as the text of a JSON string. Control characters stand only between its tokens, and are left out. */
static char *put_text(char *at, struct slice json)
{
    const char *from = json.at;
    const char *end = json.at + json.length;
    *at++ = '"';
    while (from < end) {
        const char *special = decode_scan(from, end);
        while (special < end && (unsigned char)*special >= 0x80) {
            special++;
        }
        memcpy(at, from, (size_t)(special - from));
        at += special - from;
        from = special;
        if (from < end && (*from == '"' || *from == '\\')) {
            *at++ = '\\';
            *at++ = *from++;
        } else if (from < end && (unsigned char)*from < 0x20) {
            from++;
        }
    }
    *at++ = '"';
    return at;
}

char *line_form_put(char *at, const struct line_form *form, struct slice image)
{
    if (form->format == LINE_PLAIN) {
        char *target = form->images == LINE_TEXTS ? at + text_bound(image.length) : at;
        image = slice_of(target, (size_t)(line_plain_put(target, image) - target));
    }
    return form->images == LINE_TEXTS ? put_text(at, image) : at + image.length;
}
