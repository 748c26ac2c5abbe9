#include "tests/support/faultd/sequence.h"

#include <stdio.h>
#include <stdlib.h>

enum { STRIDE = 1000003 };

static const uint64_t low_limit = 1000000000000000000u;

/* hi is 999, 9999, ... by generation and becomes 1000, 10000, ... within it, so a number has 21 digits at
 * first and 40 from generation 18 on; from 19 on the leading digits count the generations instead. */
void sequence_space_init(struct sequence_space *space, uint64_t seed, uint32_t generation, uint32_t ordinal,
                         uint64_t records)
{
    *space = (struct sequence_space){.seed = sequence_mix(seed, ordinal)};
    int width = (int)(generation < 19 ? 3 + generation : 22);
    uint64_t half = (records / 2 + 1) * STRIDE;
    space->low = low_limit - (half < low_limit ? half : low_limit);
    char digits[SEQUENCE_HI_BYTES];
    memset(digits, '9', (size_t)width);
    if (generation >= 19) {
        snprintf(digits, sizeof digits, "2%06u%015u", generation % 1000000, 999u);
    }
    memcpy(space->hi[0], digits, (size_t)width);
    space->hi_length[0] = (size_t)width;
    memcpy(space->hi[1], digits, (size_t)width);
    space->hi_length[1] = (size_t)width;
    int at = width - 1;
    while (at >= 0 && space->hi[1][at] == '9') {
        space->hi[1][at--] = '0';
    }
    if (at >= 0) {
        space->hi[1][at]++;
    } else {
        memmove(space->hi[1] + 1, space->hi[1], (size_t)width);
        space->hi[1][0] = '1';
        space->hi_length[1]++;
    }
}

static uint64_t low_of(const struct sequence_space *space, uint64_t index)
{
    if (index == UINT64_MAX) {
        return space->low;
    }
    return space->low + (index + 1) * STRIDE + sequence_mix(space->seed, index) % (STRIDE / 2);
}

size_t sequence_format(const struct sequence_space *space, uint64_t index, char text[SEQUENCE_BYTES])
{
    uint64_t low = low_of(space, index);
    int carry = low >= low_limit;
    low -= carry ? low_limit : 0;
    size_t length = space->hi_length[carry];
    memcpy(text, space->hi[carry], length);
    for (int i = SEQUENCE_LOW_DIGITS - 1; i >= 0; i--) {
        text[length + (size_t)i] = (char)('0' + low % 10);
        low /= 10;
    }
    length += SEQUENCE_LOW_DIGITS;
    text[length] = '\0';
    return length;
}

bool sequence_find(const struct sequence_space *space, struct slice text, uint64_t records,
                   uint64_t *ret_index)
{
    char again[SEQUENCE_BYTES];
    int64_t parsed = 0;
    if (text.length <= SEQUENCE_LOW_DIGITS || text.length >= SEQUENCE_BYTES) {
        return false;
    }
    size_t hi_length = text.length - SEQUENCE_LOW_DIGITS;
    int carry = hi_length == space->hi_length[0] && memcmp(text.at, space->hi[0], hi_length) == 0 ? 0 : 1;
    if (!slice_parse_int64(slice_of(text.at + hi_length, SEQUENCE_LOW_DIGITS), &parsed)) {
        return false;
    }
    uint64_t low = (uint64_t)parsed + (carry ? low_limit : 0);
    if (low < space->low + STRIDE) {
        return false;
    }
    uint64_t index = (low - space->low) / STRIDE - 1;
    if (index >= records || !slice_equals(text, slice_of(again, sequence_format(space, index, again)))) {
        return false;
    }
    *ret_index = index;
    return true;
}

int sequence_compare(struct slice left, struct slice right)
{
    while (left.length > 1 && left.at[0] == '0') {
        left = slice_of(left.at + 1, left.length - 1);
    }
    while (right.length > 1 && right.at[0] == '0') {
        right = slice_of(right.at + 1, right.length - 1);
    }
    if (left.length != right.length) {
        return left.length > right.length ? 1 : -1;
    }
    return left.length == 0 ? 0 : memcmp(left.at, right.at, left.length);
}
