/* Texts, numbers, true, false and null against the tests of a leaf. */
#include "shard/decode_text.h"
#include "shard/filter_program.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

enum { SHORT_TEXT_BYTES = 64 }; /* no address and no number of DynamoDB is longer */

/* A value that tests look at. */
struct scalar {
    struct slice value;
    struct slice raw; /* of a text: its inside */
    char kind; /* its first byte */
    bool decimal; /* a text is one of DynamoDB's numbers */
};

/* The text behind the escapes, which is a copy in `room` when there are any. False: it does not fit. */
static bool plain_text(struct slice raw, char room[SHORT_TEXT_BYTES], struct slice *ret_text)
{
    *ret_text = raw;
    if (raw.length == 0 || memchr(raw.at, '\\', raw.length) == NULL) {
        return true;
    }
    size_t length;
    if (!decode_text_unescape(raw, room, SHORT_TEXT_BYTES, &length)) {
        return false;
    }
    *ret_text = slice_of(room, length);
    return true;
}

static bool compare_number(const struct scalar *scalar, const struct filter_number *number, int *ret_order)
{
    char room[SHORT_TEXT_BYTES];
    struct slice text = scalar->value;
    struct filter_number mine;
    if (scalar->kind == '"' && (!scalar->decimal || !plain_text(scalar->raw, room, &text))) {
        return false;
    }
    if (!filter_number_parse(text, &mine)) {
        return false;
    }
    *ret_order = filter_number_compare(&mine, number);
    return true;
}

static bool is_number(const struct scalar *scalar, const struct filter_number *number)
{
    int order;
    return compare_number(scalar, number, &order) && order == 0;
}

static bool is_in_range(const struct scalar *scalar, const struct filter_range *range)
{
    int order;
    if (range->low.given && (!compare_number(scalar, &range->low.number, &order) || order < 0 ||
                             (order == 0 && range->low.open))) {
        return false;
    }
    if (range->high.given && (!compare_number(scalar, &range->high.number, &order) || order > 0 ||
                              (order == 0 && range->high.open))) {
        return false;
    }
    return true;
}

static bool is_in_block(const struct scalar *scalar, const struct filter_block *block)
{
    char room[SHORT_TEXT_BYTES];
    struct slice text;
    return plain_text(scalar->raw, room, &text) && filter_block_holds(block, text);
}

static bool is_like(struct filter_match *match, struct slice raw, struct slice wildcard)
{
    bool like = filter_text_like(raw, wildcard, &match->work);
    match->exhausted = match->exhausted || match->work == 0;
    return like;
}

/* The tests of texts. */
static bool test_text(struct filter_match *match, const struct filter_test *test, const struct scalar *scalar)
{
    switch (test->kind) {
    case FILTER_TEXT:
        return filter_text_equals(scalar->raw, test->text);
    case FILTER_TEXT_FOLDED:
        return filter_text_equals_folded(scalar->raw, test->text);
    case FILTER_PREFIX:
        return filter_text_starts(scalar->raw, test->text);
    case FILTER_PREFIX_FOLDED:
        return filter_text_starts_folded(scalar->raw, test->text);
    case FILTER_SUFFIX:
        return filter_text_ends(scalar->raw, test->text);
    case FILTER_SUFFIX_FOLDED:
        return filter_text_ends_folded(scalar->raw, test->text);
    case FILTER_WILDCARD:
        return is_like(match, scalar->raw, test->text);
    default:
        return is_in_block(scalar, &test->block);
    }
}

static bool test_scalar(struct filter_match *match, const struct filter_test *test,
                        const struct scalar *scalar)
{
    if (test->kind <= FILTER_BLOCK) {
        return scalar->kind == '"' && test_text(match, test, scalar);
    }
    switch (test->kind) {
    case FILTER_NUMBER:
        return is_number(scalar, &test->number);
    case FILTER_RANGE:
        return is_in_range(scalar, &test->range);
    case FILTER_TRUE:
        return scalar->kind == 't';
    case FILTER_FALSE:
        return scalar->kind == 'f';
    case FILTER_NULL:
        return scalar->kind == 'n';
    case FILTER_EXISTS:
        return true;
    default:
        return false; /* FILTER_ABSENT: there is a value */
    }
}

static bool test_anything_but(struct filter_match *match, const struct filter_test *test,
                              const struct scalar *scalar)
{
    for (uint32_t i = 0; i < test->tests.count; i++) {
        if (test_scalar(match, &match->pattern->tests[test->tests.first + i], scalar)) {
            return false;
        }
    }
    return true;
}

bool filter_match_scalar(struct filter_match *match, const struct filter_node *leaf, struct slice value)
{
    const struct scalar scalar = {
        .value = value, .raw = filter_walk_inside(value), .kind = value.at[0], .decimal = leaf->decimal};
    for (uint32_t i = 0; i < leaf->fields.count; i++) {
        const struct filter_test *test = &match->pattern->tests[leaf->fields.first + i];
        if (!filter_spend(match, value.length)) {
            return false;
        }
        if (test->kind == FILTER_ANYTHING_BUT ? test_anything_but(match, test, &scalar)
                                              : test_scalar(match, test, &scalar)) {
            return true;
        }
    }
    return false;
}
