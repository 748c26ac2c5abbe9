#include "aws/sequence_number.h"

/* Eight digits at once. */
static bool are_digits(const char eight[8])
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, eight, sizeof word);
    uint64_t zeroed = word ^ ones * '0'; /* '0' to '9' become 0 to 9, all else more */
    return ((((zeroed & ones * 0x7F) + ones * (0x7F - 9)) | zeroed) & ones * 0x80) == 0;
}

bool sequence_number_parse(struct slice text, struct sequence_number *ret_number)
{
    if (text.length == 0 || text.length > SEQUENCE_NUMBER_DIGITS) {
        return false;
    }
    size_t i = 0;
    for (; text.length - i >= 8; i += 8) {
        if (!are_digits(text.at + i)) {
            return false;
        }
    }
    for (; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
    }
    ret_number->length = (uint8_t)text.length;
    memcpy(ret_number->digits, text.at, text.length);
    return true;
}

/* What decides: "007" and "7" are one number. One digit stays of zeros alone, none of no number. */
static struct slice without_leading_zeros(const struct sequence_number *number)
{
    struct slice digits = sequence_number_slice(number);
    while (digits.length > 1 && digits.at[0] == '0') {
        digits.at++;
        digits.length--;
    }
    return digits;
}

int sequence_number_compare(const struct sequence_number *left, const struct sequence_number *right)
{
    struct slice one = without_leading_zeros(left);
    struct slice other = without_leading_zeros(right);
    if (one.length != other.length) {
        return one.length < other.length ? -1 : 1;
    }
    return one.length == 0 ? 0 : memcmp(one.at, other.at, one.length);
}
