#include "aws/sequence_number.h"

bool sequence_number_parse(struct slice text, struct sequence_number *ret_number)
{
    if (text.length == 0 || text.length > SEQUENCE_NUMBER_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
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
