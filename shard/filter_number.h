/* Decimal numbers compared exactly, however many digits they have: no conversion to binary, nothing copied. Pure. */
#ifndef PENSTOCK_SHARD_FILTER_NUMBER_H
#define PENSTOCK_SHARD_FILTER_NUMBER_H

#include "base/bytes.h"

/* 0.DIGITS x 10^exponent. Borrows the text it was made of. */
struct filter_number {
    const char
        *digits; /* from the first significant one on; a point may stand between; NULL: the number is 0 */
    const char *end;
    int64_t exponent;
    bool negative;
};

/* A number as JSON and DynamoDB write it: "-12", "1.50", "1E-130", also "+5". False: `text` is none. */
bool filter_number_parse(struct slice text, struct filter_number *ret_number) MUST_USE;

/* Below 0, 0 or above 0 as `left` is less than, equal to or greater than `right`. */
int filter_number_compare(const struct filter_number *left, const struct filter_number *right);

#endif
