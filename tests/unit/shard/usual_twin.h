/* The decoder's short way over a container beside its long way. A space behind the opening bracket changes nothing in
 * JSON and rules the short way out, so decode_cursor_value then goes the long one. */
#ifndef PENSTOCK_TESTS_UNIT_SHARD_USUAL_TWIN_H
#define PENSTOCK_TESTS_UNIT_SHARD_USUAL_TWIN_H

#include <stdlib.h>

#include "shard/decode_cursor.h"
#include "shard/decode_usual.h"

/* Where the container that opens at text.at ends by the long way, as its length; 0: it is wrong. */
static inline size_t usual_twin_long(struct slice text)
{
    char *spaced = malloc(text.length + 1);
    if (spaced == NULL) {
        abort();
    }
    spaced[0] = text.at[0];
    spaced[1] = ' ';
    memcpy(spaced + 2, text.at + 1, text.length - 1);
    struct decode_cursor cursor = {.at = spaced, .end = spaced + text.length + 1};
    struct slice value;
    size_t length = decode_cursor_value(&cursor, &value) ? value.length - 1 : 0;
    free(spaced);
    return length;
}

/* What differs (a literal); NULL: nothing, or the short way is not for this text. The text starts with a bracket. */
static inline const char *usual_twin_check(struct slice text, bool *ret_usual)
{
    const char *behind = decode_usual_container(text.at, text.at + text.length);
    *ret_usual = behind != NULL;
    if (behind == NULL) {
        return NULL;
    }
    if (behind <= text.at || behind > text.at + text.length) {
        return "the short way ends outside of the text";
    }
    return (size_t)(behind - text.at) == usual_twin_long(text) ? NULL
                                                               : "the long way ends elsewhere, or refuses";
}

/* usual_twin_check of the first containers that open anywhere in a page, inside strings too; NULL: nothing differs. */
static inline const char *usual_twin_check_page(struct slice page)
{
    enum { USUAL_TWINS = 16 };
    const char *difference = NULL;
    int twins = 0;
    for (size_t i = 0; i < page.length && twins < USUAL_TWINS && difference == NULL; i++) {
        bool usual;
        if (page.at[i] == '{' || page.at[i] == '[') {
            difference = usual_twin_check(slice_of(page.at + i, page.length - i), &usual);
            twins++;
        }
    }
    return difference;
}

#endif
