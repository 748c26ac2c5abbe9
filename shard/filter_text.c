#include "shard/filter_text.h"

#include "base/utf8.h"
#include "shard/decode_text.h"
#include "shard/filter_case.h"

/* Gives the bytes behind the escapes of a raw text, one by one. */
struct text_cursor {
    const char *at, *end;
    char pending[4]; /* of an escape that stands for several bytes */
    unsigned char next, count;
};

static struct text_cursor begin(struct slice raw)
{
    return (struct text_cursor){.at = raw.at, .end = raw.length == 0 ? raw.at : raw.at + raw.length};
}

static bool has_escapes(struct slice raw)
{
    return raw.length > 0 && memchr(raw.at, '\\', raw.length) != NULL;
}

/* -1: the end. */
static int next_byte(struct text_cursor *cursor)
{
    if (cursor->next < cursor->count) {
        return (unsigned char)cursor->pending[cursor->next++];
    }
    if (cursor->at >= cursor->end) {
        return -1;
    }
    if (*cursor->at != '\\') {
        return (unsigned char)*cursor->at++;
    }
    size_t count;
    cursor->at += decode_text_escape(cursor->at, cursor->pending, &count);
    cursor->count = (unsigned char)count;
    cursor->next = 1;
    return (unsigned char)cursor->pending[0];
}

/* The next code point of valid UTF-8; -1: the end. */
static int64_t next_point(struct text_cursor *cursor)
{
    int lead = next_byte(cursor);
    if (lead < 0x80) {
        return lead;
    }
    int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    int64_t point = lead & (0x3F >> more);
    for (int byte = 0; more > 0 && (byte = next_byte(cursor)) >= 0; more--) {
        point = point << 6 | (byte & 0x3F);
    }
    return point;
}

/* Does what the cursor gives begin with `text`? */
static bool takes_bytes(struct text_cursor *cursor, struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (next_byte(cursor) != (unsigned char)text.at[i]) {
            return false;
        }
    }
    return true;
}

static bool starts_plainly(struct slice raw, struct slice text)
{
    return raw.length >= text.length && (text.length == 0 || memcmp(raw.at, text.at, text.length) == 0);
}

bool filter_text_equals(struct slice raw, struct slice text)
{
    if (raw.length <= text.length) {
        return raw.length == text.length &&
               starts_plainly(raw, text); /* an escape would make raw the longer one */
    }
    struct text_cursor cursor = begin(raw);
    return has_escapes(raw) && takes_bytes(&cursor, text) && next_byte(&cursor) < 0;
}

bool filter_text_starts(struct slice raw, struct slice text)
{
    struct text_cursor cursor = begin(raw);
    return starts_plainly(raw, text)
               ? !has_escapes(slice_of(raw.at, text.length)) || takes_bytes(&cursor, text)
               : has_escapes(raw) && takes_bytes(&cursor, text);
}

bool filter_text_ends(struct slice raw, struct slice text)
{
    if (raw.length < text.length) {
        return false;
    }
    if (!has_escapes(raw)) {
        return starts_plainly(slice_of(raw.at + raw.length - text.length, text.length), text);
    }
    struct text_cursor cursor = begin(raw);
    size_t length = 0;
    while (next_byte(&cursor) >= 0) {
        length++;
    }
    cursor = begin(raw);
    for (size_t skip = length < text.length ? 0 : length - text.length; skip > 0; skip--) {
        (void)next_byte(&cursor);
    }
    return length >= text.length && takes_bytes(&cursor, text);
}

/* As takes_bytes, letters without regard to case. */
static bool takes_folded(struct text_cursor *cursor, struct slice folded)
{
    struct text_cursor wanted = begin(folded);
    while (wanted.at < wanted.end) {
        int64_t point = next_point(cursor);
        int64_t want = (unsigned char)*wanted.at < 0x80 ? (unsigned char)*wanted.at++ : next_point(&wanted);
        if (point < 0 || filter_case_lower((uint32_t)point) != (uint32_t)want) {
            return false;
        }
    }
    return true;
}

bool filter_text_equals_folded(struct slice raw, struct slice folded)
{
    struct text_cursor cursor = begin(raw);
    return takes_folded(&cursor, folded) && next_byte(&cursor) < 0;
}

bool filter_text_starts_folded(struct slice raw, struct slice folded)
{
    struct text_cursor cursor = begin(raw);
    return takes_folded(&cursor, folded);
}

static size_t count_points(struct slice raw)
{
    struct text_cursor cursor = begin(raw);
    size_t count = 0;
    for (int byte = next_byte(&cursor); byte >= 0; byte = next_byte(&cursor)) {
        count += (byte & 0xC0) != 0x80;
    }
    return count;
}

bool filter_text_ends_folded(struct slice raw, struct slice folded)
{
    size_t have = count_points(raw);
    size_t want = 0;
    for (size_t i = 0; i < folded.length; i++) {
        want += (folded.at[i] & 0xC0) != 0x80;
    }
    struct text_cursor cursor = begin(raw);
    for (size_t skip = have < want ? 0 : have - want; skip > 0; skip--) {
        (void)next_point(&cursor);
    }
    return have >= want && takes_folded(&cursor, folded);
}

bool filter_text_same(struct slice left_raw, struct slice right_raw)
{
    if (left_raw.length == right_raw.length && starts_plainly(left_raw, right_raw)) {
        return true;
    }
    if (!has_escapes(left_raw) && !has_escapes(right_raw)) {
        return false;
    }
    struct text_cursor left = begin(left_raw);
    struct text_cursor right = begin(right_raw);
    int byte;
    do {
        byte = next_byte(&left);
        if (byte != next_byte(&right)) {
            return false;
        }
    } while (byte >= 0);
    return true;
}

bool filter_text_like(struct slice raw, struct slice wildcard, uint64_t *work)
{
    struct text_cursor cursor = begin(raw);
    struct text_cursor retry = cursor; /* where what follows the last star is tried next */
    size_t at = 0;
    size_t behind_star = 0; /* 0: no star yet */
    for (;;) {
        while (at < wildcard.length && (unsigned char)wildcard.at[at] == FILTER_TEXT_ANY) {
            at++;
            behind_star = at;
            retry = cursor;
        }
        if (at == wildcard.length && behind_star == at && at > 0) {
            return true;
        }
        if (*work == 0) {
            return false;
        }
        --*work;
        int byte = next_byte(&cursor);
        if (at < wildcard.length && byte == (unsigned char)wildcard.at[at]) {
            at++;
        } else if (byte < 0 && at == wildcard.length) {
            return true;
        } else if (byte < 0 || behind_star == 0) {
            return false;
        } else {
            at = behind_star;
            (void)next_byte(&retry);
            cursor = retry;
        }
    }
}

bool filter_text_fold(struct slice text, char *target, size_t size, size_t *ret_length)
{
    struct text_cursor cursor = {.at = text.at, .end = text.at + text.length};
    size_t length = 0;
    while (cursor.at < cursor.end) {
        bool backslash = *cursor.at == '\\'; /* here a character like any other */
        int64_t point = backslash ? '\\' : next_point(&cursor);
        cursor.at += backslash;
        char bytes[4];
        size_t count = utf8_write(filter_case_lower((uint32_t)point), bytes);
        if (count > size - length) {
            return false;
        }
        memcpy(target + length, bytes, count);
        length += count;
    }
    *ret_length = length;
    return true;
}
