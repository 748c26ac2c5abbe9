#include "worker/leases/leases_text.h"

#include <inttypes.h>
#include <stdio.h>

static const char cut_mark[] = "..";

int32_t leases_text_decode(struct slice text, size_t *ret_length)
{
    static const struct {
        uint8_t mask;
        uint8_t lead;
        size_t length;
        int32_t least;
    } forms[] = {{0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};
    uint8_t first = (uint8_t)text.at[0];
    *ret_length = 1;
    if (first < 0x80) {
        return first;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((first & forms[i].mask) != forms[i].lead || text.length < forms[i].length) {
            continue;
        }
        int32_t point = first & (uint8_t)~forms[i].mask;
        for (size_t k = 1; k < forms[i].length; k++) {
            uint8_t byte = (uint8_t)text.at[k];
            if ((byte & 0xc0) != 0x80) {
                return -1;
            }
            point = (point << 6) | (byte & 0x3f);
        }
        if (point < forms[i].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
            return -1;
        }
        *ret_length = forms[i].length;
        return point;
    }
    return -1;
}

/* What must not reach a terminal as it is: controls, separators, and marks that turn text around or hide it
 * (Unicode 15, general categories Cc, Cf, Zl and Zp as far as they act on lines). */
static bool is_unsafe(int32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           point == 0x61c;
}

static struct status append_unsafe(struct bytes *target, int32_t point, uint8_t byte)
{
    switch (point) {
    case '\n':
        return bytes_append_text(target, "\\n");
    case '\r':
        return bytes_append_text(target, "\\r");
    case '\t':
        return bytes_append_text(target, "\\t");
    case '\\':
        return bytes_append_text(target, "\\\\");
    default:
        return point < 0x80 ? bytes_append_format(target, "\\x%02x", point < 0 ? byte : (unsigned)point)
                            : bytes_append_format(target, "\\u{%x}", (unsigned)point);
    }
}

struct status leases_text_escape(struct bytes *target, struct slice text, bool utf8)
{
    size_t plain = 0; /* where the run of characters began that stay as they are */
    size_t at = 0;
    while (at < text.length) {
        size_t length = 0;
        int32_t point = leases_text_decode(slice_of(text.at + at, text.length - at), &length);
        if (is_unsafe(point) || point == '\\' || (point >= 0x80 && !utf8)) {
            TRY(bytes_append(target, text.at + plain, at - plain));
            TRY(append_unsafe(target, point, (uint8_t)text.at[at]));
            plain = at + length;
        }
        at += length;
    }
    return plain < at ? bytes_append(target, text.at + plain, at - plain) : status_ok();
}

/* Unicode 15, East_Asian_Width W and F, and combining marks, in the ranges that names are likely to use. */
static size_t width_of(int32_t point)
{
    static const struct {
        int32_t first;
        int32_t last;
        size_t width;
    } ranges[] = {
        {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},
        {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x20d0, 0x20ff, 0},
        {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},
        {0xfe00, 0xfe0f, 0},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
        {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; point >= ranges[0].first && i < sizeof ranges / sizeof ranges[0]; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return ranges[i].width;
        }
    }
    return 1;
}

size_t leases_text_width(struct slice escaped)
{
    size_t width = 0;
    while (escaped.length > 0) {
        size_t length = 0;
        width += width_of(leases_text_decode(escaped, &length));
        escaped = slice_of(escaped.at + length, escaped.length - length);
    }
    return width;
}

/* The longest beginning of `text` that takes `width` columns at most, in bytes. */
static size_t beginning(struct slice text, size_t width)
{
    size_t at = 0;
    while (at < text.length) {
        size_t length = 0;
        size_t taken = width_of(leases_text_decode(slice_of(text.at + at, text.length - at), &length));
        if (taken > width) {
            break;
        }
        width -= taken;
        at += length;
    }
    return at;
}

struct status leases_text_fit(struct bytes *target, struct slice escaped, size_t width)
{
    size_t whole = leases_text_width(escaped);
    if (whole <= width) {
        return bytes_append_slice(target, escaped);
    }
    size_t mark = sizeof cut_mark - 1;
    if (width <= mark + 1) {
        return bytes_append(target, escaped.at, beginning(escaped, width));
    }
    size_t head = (width - mark) / 2;
    size_t tail = width - mark - head;
    TRY(bytes_append(target, escaped.at, beginning(escaped, head)));
    TRY(bytes_append_text(target, cut_mark));
    size_t from = beginning(escaped, whole - tail);
    while (leases_text_width(slice_of(escaped.at + from, escaped.length - from)) > tail) {
        size_t length = 0; /* a wide character stood across the cut */
        (void)leases_text_decode(slice_of(escaped.at + from, escaped.length - from), &length);
        from += length;
    }
    return bytes_append(target, escaped.at + from, escaped.length - from);
}

struct status leases_text_csv(struct bytes *target, struct slice text)
{
    bool quoted = text.length > 0 && (text.at[0] == ' ' || text.at[text.length - 1] == ' ');
    for (size_t i = 0; i < text.length; i++) {
        quoted = quoted || strchr(",\"\r\n", text.at[i]) != NULL;
    }
    if (!quoted) {
        return bytes_append_slice(target, text);
    }
    TRY(bytes_append_text(target, "\""));
    for (size_t i = 0; i < text.length; i++) {
        TRY(bytes_append(target, text.at[i] == '"' ? "\"\"" : text.at + i, text.at[i] == '"' ? 2 : 1));
    }
    return bytes_append_text(target, "\"");
}

static bool is_plain_in_json(int32_t point)
{
    return point >= 0 && point != '"' && point != '\\' && !is_unsafe(point);
}

static struct status append_json_escape(struct bytes *target, int32_t point)
{
    if (point == '"' || point == '\\') {
        return bytes_append_format(target, "\\%c", (char)point);
    }
    if (point < 0) {
        return bytes_append_text(target, "\xef\xbf\xbd");
    }
    if (point == '\n' || point == '\r' || point == '\t') {
        return append_unsafe(target, point, 0);
    }
    return bytes_append_format(target, "\\u%04x", (unsigned)point);
}

struct status leases_text_json(struct bytes *target, struct slice text)
{
    TRY(bytes_append_text(target, "\""));
    size_t plain = 0;
    size_t at = 0;
    while (at < text.length) {
        size_t length = 0;
        int32_t point = leases_text_decode(slice_of(text.at + at, text.length - at), &length);
        if (!is_plain_in_json(point)) {
            TRY(bytes_append(target, text.at + plain, at - plain));
            TRY(append_json_escape(target, point));
            plain = at + length;
        }
        at += length;
    }
    if (plain < at) {
        TRY(bytes_append(target, text.at + plain, at - plain));
    }
    return bytes_append_text(target, "\"");
}

struct status leases_text_json_safe(struct bytes *target, struct slice json)
{
    size_t plain = 0;
    size_t at = 0;
    while (at < json.length) {
        size_t length = 0;
        int32_t point = leases_text_decode(slice_of(json.at + at, json.length - at), &length);
        if (point < 0 || is_unsafe(point)) {
            bool between =
                point == '\n' || point == '\r' || point == '\t'; /* inside a string JSON has none */
            TRY(bytes_append(target, json.at + plain, at - plain));
            TRY(between ? bytes_append_text(target, " ") : append_json_escape(target, point));
            plain = at + length;
        }
        at += length;
    }
    return plain < at ? bytes_append(target, json.at + plain, at - plain) : status_ok();
}

void leases_text_time(int64_t ms, char ret_text[LEASES_TIME_BYTES])
{
    int64_t s = ms / 1000;
    if (ms < 1000) {
        snprintf(ret_text, LEASES_TIME_BYTES, "%" PRId64 "ms", ms > 0 ? ms : 0);
    } else if (s < 60) {
        snprintf(ret_text, LEASES_TIME_BYTES, "%" PRId64 "s", s);
    } else if (s < 3600) {
        snprintf(ret_text, LEASES_TIME_BYTES, "%" PRId64 "m%02ds", s / 60, (int)(s % 60));
    } else if (s < 86400) {
        snprintf(ret_text, LEASES_TIME_BYTES, "%" PRId64 "h%02dm", s / 3600, (int)(s / 60 % 60));
    } else {
        snprintf(ret_text, LEASES_TIME_BYTES, "%" PRId64 "d%02dh", s / 86400, (int)(s / 3600 % 24));
    }
}
