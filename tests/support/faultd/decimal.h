/* DynamoDB's numbers: 38 significant digits, magnitude 1E-130 to 9.99...E+125.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
#ifndef PENSTOCK_FAULTD_DECIMAL_H
#define PENSTOCK_FAULTD_DECIMAL_H

#include "base/bytes.h"

enum { DECIMAL_DIGITS = 38, DECIMAL_TEXT_BYTES = 64 };

/* digits[0] is the most significant; value = digits x 10^exponent; zero has no digits. No zeros at either
 * end. */
struct decimal {
    bool negative;
    int count;
    int exponent;
    unsigned char digits[DECIMAL_DIGITS];
};

/* NULL, or what is wrong in AWS's words (a literal). */
const char *decimal_parse(const char *text, struct decimal *ret_decimal) MUST_USE;
int decimal_compare(const struct decimal *left, const struct decimal *right);
const char *decimal_add(const struct decimal *left, const struct decimal *right, bool subtract,
                        struct decimal *ret_sum) MUST_USE;
/* The one spelling of a value. */
void decimal_format(const struct decimal *decimal, char text[DECIMAL_TEXT_BYTES]);

#endif
