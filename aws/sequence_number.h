/* A stream's sequence number: 1 to 40 decimal digits (the service gives 21 to 40), compared as a number.
 * Plain data. */
#ifndef PENSTOCK_AWS_SEQUENCE_NUMBER_H
#define PENSTOCK_AWS_SEQUENCE_NUMBER_H

#include "base/bytes.h"

enum { SEQUENCE_NUMBER_DIGITS = 40 };

struct sequence_number {
    uint8_t length; /* 0: none */
    char digits[SEQUENCE_NUMBER_DIGITS];
};

/* False when `text` is not 1 to 40 decimal digits. */
bool sequence_number_parse(struct slice text, struct sequence_number *ret_number) MUST_USE;

/* Below, equal or above 0, as a number; none is below everything. */
int sequence_number_compare(const struct sequence_number *left, const struct sequence_number *right);

static inline struct slice sequence_number_slice(const struct sequence_number *number)
{
    return slice_of(number->digits, number->length);
}

#endif
