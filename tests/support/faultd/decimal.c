#include "tests/support/faultd/decimal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOWEST = -167, PLACES = 300, PARSED_DIGITS = 512 };

static const char not_a_number[] = "The parameter cannot be converted to a numeric value";
static const char too_precise[] = "Attempting to store more than 38 significant digits in a Number";
static const char too_large[] =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
static const char too_small[] =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";

/* Cuts zeros off both ends of `digits` and checks the range. */
static const char *normalize(const unsigned char *digits, int count, int exponent, bool negative,
                             struct decimal *ret_decimal)
{
    while (count > 0 && digits[0] == 0) {
        digits++;
        count--;
    }
    while (count > 0 && digits[count - 1] == 0) {
        count--;
        exponent++;
    }
    struct decimal decimal = {.negative = negative && count > 0, .count = count};
    if (count > DECIMAL_DIGITS) {
        return too_precise;
    }
    if (count > 0) {
        int magnitude = exponent + count - 1;
        if (magnitude > 125) {
            return too_large;
        }
        if (magnitude < -130) {
            return too_small;
        }
        memcpy(decimal.digits, digits, (size_t)count);
        decimal.exponent = exponent;
    }
    *ret_decimal = decimal;
    return NULL;
}

static const char *parse_exponent(const char *text, int *exponent)
{
    char *end = NULL;
    if (*text == '\0' || isspace((unsigned char)*text)) {
        return not_a_number;
    }
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0') {
        return not_a_number;
    }
    if (value > 1000 || value < -1000) {
        return value > 0 ? too_large : too_small;
    }
    *exponent += (int)value;
    return NULL;
}

const char *decimal_parse(const char *text, struct decimal *ret_decimal)
{
    unsigned char digits[PARSED_DIGITS];
    int count = 0, exponent = 0;
    bool negative = *text == '-', point = false, any = false;
    if (*text == '-' || *text == '+') {
        text++;
    }
    for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (count == PARSED_DIGITS) {
            return too_precise;
        }
        any = true;
        digits[count++] = (unsigned char)(*text - '0');
        exponent -= point;
    }
    if (!any) {
        return not_a_number;
    }
    if (*text == 'e' || *text == 'E') {
        const char *problem = parse_exponent(text + 1, &exponent);
        if (problem != NULL) {
            return problem;
        }
    } else if (*text != '\0') {
        return not_a_number;
    }
    return normalize(digits, count, exponent, negative, ret_decimal);
}

/* Compares magnitudes. */
static int compare_absolute(const struct decimal *left, const struct decimal *right)
{
    if (left->count == 0 || right->count == 0) {
        return (left->count > 0) - (right->count > 0);
    }
    int left_top = left->count + left->exponent, right_top = right->count + right->exponent;
    if (left_top != right_top) {
        return left_top > right_top ? 1 : -1;
    }
    for (int i = 0; i < left->count || i < right->count; i++) {
        int a = i < left->count ? left->digits[i] : 0, b = i < right->count ? right->digits[i] : 0;
        if (a != b) {
            return a > b ? 1 : -1;
        }
    }
    return 0;
}

int decimal_compare(const struct decimal *left, const struct decimal *right)
{
    if (left->negative != right->negative) {
        return left->negative ? -1 : 1;
    }
    int order = compare_absolute(left, right);
    return left->negative ? -order : order;
}

/* Adds `sign` times the digits into places, each place a power of ten from LOWEST up. */
static void accumulate(const struct decimal *decimal, int sign, int places[PLACES])
{
    for (int i = 0; i < decimal->count; i++) {
        int power = decimal->exponent + decimal->count - 1 - i;
        places[power - LOWEST] += sign * decimal->digits[i];
    }
}

const char *decimal_add(const struct decimal *left, const struct decimal *right, bool subtract,
                        struct decimal *ret_sum)
{
    struct decimal other = *right;
    other.negative = subtract ? !right->negative : right->negative;
    const struct decimal *larger = compare_absolute(left, &other) >= 0 ? left : &other;
    int places[PLACES] = {0};
    unsigned char digits[PLACES];
    accumulate(left, left->negative == larger->negative ? 1 : -1, places);
    accumulate(&other, other.negative == larger->negative ? 1 : -1, places);
    for (int i = 0; i + 1 < PLACES; i++) {
        while (places[i] < 0) {
            places[i] += 10;
            places[i + 1]--;
        }
        places[i + 1] += places[i] / 10;
        places[i] %= 10;
    }
    for (int i = 0; i < PLACES; i++) {
        digits[i] = (unsigned char)places[PLACES - 1 - i];
    }
    return normalize(digits, PLACES, LOWEST, larger->negative, ret_sum);
}

void decimal_format(const struct decimal *decimal, char text[DECIMAL_TEXT_BYTES])
{
    size_t at = 0;
    int top = decimal->count + decimal->exponent; /* digits before the point */
    if (decimal->count == 0) {
        memcpy(text, "0", 2);
        return;
    }
    if (decimal->negative) {
        text[at++] = '-';
    }
    if (decimal->exponent >= 0 && top <= DECIMAL_DIGITS) {
        for (int i = 0; i < top; i++) {
            text[at++] = (char)('0' + (i < decimal->count ? decimal->digits[i] : 0));
        }
        text[at] = '\0';
        return;
    }
    if (decimal->exponent < 0 && top > -7) {
        if (top <= 0) {
            text[at++] = '0';
        }
        for (int i = top < 0 ? top : 0; i < decimal->count; i++) {
            if (i == (top <= 0 ? (top < 0 ? top : 0) : top)) {
                text[at++] = '.';
            }
            text[at++] = (char)('0' + (i >= 0 ? decimal->digits[i] : 0));
        }
        text[at] = '\0';
        return;
    }
    for (int i = 0; i < decimal->count; i++) {
        if (i == 1) {
            text[at++] = '.';
        }
        text[at++] = (char)('0' + decimal->digits[i]);
    }
    snprintf(text + at, DECIMAL_TEXT_BYTES - at, "E%+d", top - 1);
}
