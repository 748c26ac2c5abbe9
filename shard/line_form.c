#include "shard/line_form.h"

#include "base/json_scan.h"
#include "shard/line_plain.h"

bool line_form_is_verbatim(const struct line_form *form)
{
    return form->format == LINE_TYPED && form->images == LINE_OBJECTS && form->projection == NULL;
}

/* A text is at most twice as long as what it holds, and its quotes. */
static size_t text_bound(size_t length)
{
    return 2 * length + 2;
}

/* The result, and behind it a place for what each step but the last leaves to the next one. */
size_t line_form_bound(const struct line_form *form, size_t length)
{
    bool plain = form->format == LINE_PLAIN;
    bool text = form->images == LINE_TEXTS;
    size_t result = text ? text_bound(length) : length;
    size_t between = plain && text ? length : 0;
    size_t projected = form->projection != NULL && (plain || text) ? length : 0;
    return result + between + projected;
}

/* Writes JSON as the text of a JSON string. Control characters stand only between its tokens, and are left out. */
static char *put_text(char *at, struct slice json)
{
    const char *from = json.at;
    const char *end = json.at + json.length;
    *at++ = '"';
    while (from < end) {
        const char *special = json_scan(from, end);
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

char *line_form_put(char *at, const struct line_form *form, struct slice keys, struct slice image)
{
    bool plain = form->format == LINE_PLAIN;
    bool text = form->images == LINE_TEXTS;
    size_t length = image.length;
    if (form->projection != NULL) {
        char *target = plain || text ? at + line_form_bound(form, length) - length : at;
        image = slice_of(target, (size_t)(projection_put(target, form->projection, keys, image) - target));
    }
    if (plain) {
        char *target = text ? at + text_bound(length) : at;
        image = slice_of(target, (size_t)(line_plain_put(target, image) - target));
    }
    if (text) {
        return put_text(at, image);
    }
    if (image.at != at) {
        memcpy(at, image.at, image.length);
    }
    return at + image.length;
}
