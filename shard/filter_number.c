#include "shard/filter_number.h"

enum { EXPONENT_MOST = 1000000 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* What stands behind 'e', held within +-EXPONENT_MOST. */
static bool parse_exponent(const char *at, const char *end, int64_t *ret_exponent)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    if (at == end) {
        return false;
    }
    int64_t exponent = 0;
    for (; at < end; at++) {
        if (!is_digit(*at)) {
            return false;
        }
        if (exponent < EXPONENT_MOST) {
            exponent = exponent * 10 + (*at - '0');
        }
    }
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

/* Passes over digits with at most one point; finds the first significant digit and the power of ten that it has.
 * NULL: no digit at all, or a second point. */
static const char *pass_mantissa(const char *at, const char *end, struct filter_number *number)
{
    bool point = false;
    size_t digits = 0;
    for (; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            if (point) {
                return NULL;
            }
            point = true;
            continue;
        }
        digits++;
        if (number->digits == NULL && *at != '0') {
            number->digits = at;
        }
        if (number->digits != NULL) {
            number->exponent += !point;
        } else {
            number->exponent -= point;
        }
    }
    number->end = at;
    return digits > 0 ? at : NULL;
}

bool filter_number_parse(struct slice text, struct filter_number *ret_number)
{
    if (text.length == 0) {
        return false;
    }
    const char *at = text.at;
    const char *end = text.at + text.length;
    struct filter_number number = {.digits = NULL};
    if (*at == '-' || *at == '+') {
        number.negative = *at == '-';
        at++;
    }
    at = pass_mantissa(at, end, &number);
    if (at == NULL) {
        return false;
    }
    if (at < end) {
        int64_t exponent;
        if ((*at != 'e' && *at != 'E') || !parse_exponent(at + 1, end, &exponent)) {
            return false;
        }
        number.exponent += exponent;
    }
    if (number.digits == NULL) {
        number = (struct filter_number){.digits = NULL};
    }
    *ret_number = number;
    return true;
}

/* The next digit; 0 behind the last. */
static int next_digit(const char **at, const char *end)
{
    if (*at < end && **at == '.') {
        ++*at;
    }
    return *at < end ? *(*at)++ - '0' : 0;
}

/* Of two numbers that are not 0, without their signs. */
static int compare_sizes(const struct filter_number *left, const struct filter_number *right)
{
    if (left->exponent != right->exponent) {
        return left->exponent < right->exponent ? -1 : 1;
    }
    const char *left_at = left->digits;
    const char *right_at = right->digits;
    while (left_at < left->end || right_at < right->end) {
        int difference = next_digit(&left_at, left->end) - next_digit(&right_at, right->end);
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

static int sign_of(const struct filter_number *number)
{
    return number->digits == NULL ? 0 : number->negative ? -1 : 1;
}

int filter_number_compare(const struct filter_number *left, const struct filter_number *right)
{
    int left_sign = sign_of(left);
    int right_sign = sign_of(right);
    if (left_sign != right_sign) {
        return left_sign - right_sign;
    }
    return left_sign == 0 ? 0 : left_sign * compare_sizes(left, right);
}
