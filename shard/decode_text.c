#include "shard/decode_text.h"

#include "base/utf8.h"

static unsigned hex_value(char byte)
{
    return (unsigned)(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
}

static unsigned read_unit(const char *at)
{
    return hex_value(at[0]) << 12 | hex_value(at[1]) << 8 | hex_value(at[2]) << 4 | hex_value(at[3]);
}

size_t decode_text_escape(const char *at, char bytes[4], size_t *ret_length)
{
    static const char short_forms[] = "\"\\/bfnrt";
    static const char short_values[] = "\"\\/\b\f\n\r\t";
    *ret_length = 1;
    if (at[1] != 'u') {
        const char *found = strchr(short_forms, at[1]);
        bytes[0] = found == NULL ? at[1] : short_values[found - short_forms];
        return 2;
    }
    unsigned unit = read_unit(at + 2);
    if (unit >= 0xD800 && unit < 0xDC00) {
        unsigned low = read_unit(at + 8);
        *ret_length = utf8_write(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), bytes);
        return 12;
    }
    *ret_length = utf8_write(unit, bytes);
    return 6;
}

bool decode_text_unescape(struct slice raw, char *target, size_t size, size_t *ret_length)
{
    size_t length = 0;
    for (size_t i = 0; i < raw.length;) {
        char bytes[4];
        size_t count = 1;
        if (raw.at[i] == '\\') {
            i += decode_text_escape(raw.at + i, bytes, &count);
        } else {
            bytes[0] = raw.at[i++];
        }
        if (count > size - length) {
            return false;
        }
        memcpy(target + length, bytes, count);
        length += count;
    }
    *ret_length = length;
    return true;
}

bool decode_text_equals(struct slice raw, const char *text, size_t length)
{
    if (raw.length == length) {
        return memcmp(raw.at, text, length) == 0; /* an escape would make raw the longer one */
    }
    if (raw.length < length || raw.length > 6 * length || memchr(raw.at, '\\', raw.length) == NULL) {
        return false;
    }
    size_t equal = 0;
    for (size_t i = 0; i < raw.length;) {
        char bytes[4] = {raw.at[i]};
        size_t count = 1;
        i += raw.at[i] == '\\' ? decode_text_escape(raw.at + i, bytes, &count) : 1;
        if (count > length - equal || memcmp(bytes, text + equal, count) != 0) {
            return false;
        }
        equal += count;
    }
    return equal == length;
}

enum { EXPONENT_LIMIT = 10000, SECONDS_DIGITS = 15 };

/* The exponent behind 'e', held within +-EXPONENT_LIMIT. */
static int read_exponent(const char *at, const char *end)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    int exponent = 0;
    for (; at < end && exponent < EXPONENT_LIMIT; at++) {
        exponent = exponent * 10 + (*at - '0');
    }
    return negative ? -exponent : exponent;
}

/* Whole seconds, as the service writes them. */
static bool read_whole_seconds(struct slice number, int64_t *ret_ms)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < number.length; i++) {
        if (number.at[i] < '0' || number.at[i] > '9') {
            return false;
        }
        seconds = seconds * 10 + (number.at[i] - '0');
    }
    *ret_ms = seconds * 1000;
    return true;
}

bool decode_text_milliseconds(struct slice number, int64_t *ret_ms)
{
    if (number.length <= SECONDS_DIGITS && read_whole_seconds(number, ret_ms)) {
        return true;
    }
    const char *end = number.at + number.length;
    int64_t digits = 0;
    int power = 3; /* the value is digits x 10^power milliseconds */
    bool behind_point = false;
    for (const char *at = number.at; at < end; at++) {
        if (*at == '-') {
            return false;
        }
        if (*at == 'e' || *at == 'E') {
            power += read_exponent(at + 1, end);
            break;
        }
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        if (digits < INT64_C(10000000000000000)) { /* further digits only move the point */
            digits = digits * 10 + (*at - '0');
            power -= behind_point;
        } else {
            power += !behind_point;
        }
    }
    for (; power < 0 && digits > 0; power++) {
        digits /= 10;
    }
    for (; power > 0 && digits > 0; power--) {
        if (digits >= INT64_C(100000000000000000)) {
            return false;
        }
        digits *= 10;
    }
    *ret_ms = digits;
    return true;
}
