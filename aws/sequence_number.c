#include "aws/sequence_number.h"

bool sequence_number_parse(struct slice text, struct sequence_number *ret_number)
{
    while (text.length > 1 && text.at[0] == '0') {
        text.at++;
        text.length--;
    }
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

int sequence_number_compare(const struct sequence_number *left, const struct sequence_number *right)
{
    if (left->length != right->length) {
        return left->length < right->length ? -1 : 1;
    }
    return left->length == 0 ? 0 : memcmp(left->digits, right->digits, left->length);
}
