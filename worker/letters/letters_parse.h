/* A dead letter's text, taken apart: foreign bytes, in bounds whatever they are. Pure. */
#ifndef PENSTOCK_WORKER_LETTERS_LETTERS_PARSE_H
#define PENSTOCK_WORKER_LETTERS_LETTERS_PARSE_H

#include "base/bytes.h"

struct letter_view {
    char ts[40];
    char shard[80];
    char sequence[48]; /* empty: none */
    char reason[256]; /* cut to fit */
    int64_t attempts;
    bool is_line;
};

/* STATUS_CORRUPT when it is no letter of this form. `ret_content` (or NULL) gets the content as it was, with the newline
 * that ends a line; it has a ceiling. */
struct status letters_parse(struct slice text, struct letter_view *ret_view, struct bytes *ret_content)
    MUST_USE;

#endif
