#include "worker/leases/leases_wrap.h"

#include "worker/leases/leases_text.h"

/* How many bytes of `text` take `width` columns at most; one character at least. */
static size_t fitting(struct slice text, size_t width)
{
    size_t at = 0;
    size_t used = 0;
    while (at < text.length) {
        size_t length = 0;
        (void)leases_text_decode(slice_of(text.at + at, text.length - at), &length);
        used += leases_text_width(slice_of(text.at + at, length));
        if (at > 0 && used > width) {
            break;
        }
        at += length;
    }
    return at;
}

/* The bytes of the next line: up to its last blank, or as many as fit. */
static size_t line_of(struct slice text, size_t width)
{
    size_t length = fitting(text, width);
    if (length == text.length || text.at[length] == ' ') {
        return length;
    }
    for (size_t i = length; i > 0; i--) {
        if (text.at[i - 1] == ' ') {
            return i - 1 > 0 ? i - 1 : length;
        }
    }
    return length;
}

struct status leases_wrap_append(struct bytes *target, struct slice escaped, size_t indent, size_t width)
{
    while (width > 0 && leases_text_width(escaped) > width) {
        size_t length = line_of(escaped, width);
        if (length == escaped.length) {
            break; /* one character wider than a line */
        }
        TRY(bytes_append(target, escaped.at, length));
        length += length < escaped.length && escaped.at[length] == ' ' ? 1 : 0;
        escaped = slice_of(escaped.at + length, escaped.length - length);
        TRY(bytes_append_format(target, "\n%*s", (int)indent, ""));
    }
    return bytes_append_slice(target, escaped);
}
